// Package community is what the members of a server share and by which rules:
// a gallery of prompts, votes, contests, and the settings of the server. It knows
// neither Discord's API nor the store's engine.
//
// What it promises: whatever it has confirmed outlasts any crash; a post or an
// announcement is made once; nothing of one server is ever found from another.
//
// Package communitytest holds the conformance suite that every backend passes.
package community

import (
	"context"
	"errors"
	"time"
)

// Errors that callers decide by. Backends wrap them.
var (
	// ErrNotFound: there is none, or it was withdrawn, or it is another server's.
	ErrNotFound = errors.New("no such thing in this server")
	// ErrExists: it is shared already, or a contest runs already.
	ErrExists = errors.New("it is there already")
	// ErrConflict is for a change function that finds what it changes other than it
	// expected; it is returned as it is and nothing is stored.
	ErrConflict = errors.New("it has changed meanwhile")
	// ErrNotVideo: a job has no video that could be shared from where it stands.
	ErrNotVideo = errors.New("there is no video to share")
)

// Store keeps what servers share. It is safe for concurrent use. When a method
// has returned without error, what it stored survives a crash of the process and
// of the machine. Change functions may run more than once, on a fresh copy each
// time, and must do nothing else. A prompt that was withdrawn is found by nothing
// but Due, Change, Each and Forget.
type Store interface {
	// Settings returns a server's rules: the zero ones where it has set none.
	Settings(ctx context.Context, guild string) (Settings, error)
	// SetSettings changes them and returns them as stored.
	SetSettings(ctx context.Context, guild string, change func(*Settings) error) (Settings, error)

	// Share stores a prompt, with the votes that its result has already. Its Contest
	// stays where that runs in its server, so that there is no entry once it is over.
	// ErrExists where it is shared already. One that was withdrawn and waits for its
	// post to go is ErrConflict.
	Share(ctx context.Context, p Prompt) (Prompt, error)
	// Prompt returns a prompt of a server, or ErrNotFound.
	Prompt(ctx context.Context, guild, id string) (Prompt, error)
	// ByPost returns the prompt whose post is that message, or ErrNotFound.
	ByPost(ctx context.Context, message string) (Prompt, error)
	// Change changes a prompt's Post or Withdrawn, and nothing else of it, and
	// returns it as stored. One that is withdrawn leaves every list, for good: to
	// take that back is ErrConflict. Once it has no post that stands or is due it is
	// deleted, and its votes with it.
	Change(ctx context.Context, id string, change func(*Prompt) error) (Prompt, error)
	// List returns a page of a server's prompts. In any order, of those that are
	// alike in it the newest is first.
	List(ctx context.Context, q Query) (Page, error)
	// Random returns one of a server's prompts, each as likely as any other for a
	// draw from 0 to 1 that is even, or ErrNotFound.
	Random(ctx context.Context, guild string, draw float64) (Prompt, error)
	// Due returns the prompts for which Prompt.Due holds.
	Due(ctx context.Context) ([]Prompt, error)
	// Voted returns the newest prompts of all servers that were shared since a time
	// or stand in a contest that runs, at most limit: those whose votes can still
	// change.
	Voted(ctx context.Context, since time.Time, limit int) ([]Prompt, error)

	// Vote notes a reaction, or that it was taken away, and returns how many votes
	// the prompt has. Twice the same changes nothing. ErrNotFound where another server
	// has shared it.
	Vote(ctx context.Context, v Vote, given bool) (int, error)
	// SetVotes makes members the only ones whose reactions stand at a place of a
	// prompt, and returns how many votes it has. ErrNotFound as with Vote.
	SetVotes(ctx context.Context, guild, prompt string, at Place, members []string) (int, error)
	// Standing returns what a member has in a server's gallery.
	Standing(ctx context.Context, guild, member string) (Standing, error)

	// StartContest stores a contest that begins; ErrExists while one runs there.
	StartContest(ctx context.Context, c Contest) error
	// Contest returns a contest, or ErrNotFound.
	Contest(ctx context.Context, id string) (Contest, error)
	// Running returns the contest that runs in a server, or ErrNotFound.
	Running(ctx context.Context, guild string) (Contest, error)
	// Contests returns those that are not closed, of all servers.
	Contests(ctx context.Context) ([]Contest, error)
	// ChangeContest changes a contest and returns it as stored. A state can only go
	// on: running, over, closed; else ErrConflict.
	ChangeContest(ctx context.Context, id string, change func(*Contest) error) (Contest, error)
	// Entries returns the entries of a contest, the most votes first, and of as many
	// votes the one that was shared first; at most limit, and how many there are.
	Entries(ctx context.Context, contest string, limit int) ([]Prompt, int, error)

	// Each calls each with all that is kept of a member, in all servers: a Prompt, a
	// Vote, or a Contest that they have begun or won.
	Each(ctx context.Context, member string, each func(any) error) error
	// Forget takes a member out of everything: their prompts are withdrawn, and
	// Nobody's without their text while their post is yet to go, their votes are gone,
	// and where others' prompts and contests name them, store.Nobody stands. It works
	// in steps; after an error or a crash it is to be called again.
	Forget(ctx context.Context, member string) error

	// Mark notes that a member's data is to be forgotten, Marked returns all who are
	// noted, and Unmark ends it. So it is done to the end, through a crash.
	Mark(ctx context.Context, member string) error
	Marked(ctx context.Context) ([]string, error)
	Unmark(ctx context.Context, member string) error
}

// Order is how a list of prompts is ordered, and of what.
type Order string

// The orders.
const (
	OrderNew    Order = "new"    // the newest first
	OrderTop    Order = "top"    // the most votes first, of those that were shared since Query.Since
	OrderSearch Order = "search" // the best match of Query.Text first: of those with all its words or, where there are none, with any
	OrderMine   Order = "mine"   // those of Query.Author, the newest first
)

// Query asks for a page of a server's prompts.
type Query struct {
	Guild  string
	Order  Order
	Since  time.Time // with OrderTop; zero: of all time
	Text   string    // with OrderSearch: words in any script
	Prefix bool      // with OrderSearch: the last word may be the beginning of one
	Author string    // with OrderMine
	Offset int       // how many are passed over; at most MaxOffset
	Limit  int       // 1 to MaxPage; 0: MaxPage
}

// Bounds of Query.
const (
	MaxPage   = 25
	MaxOffset = 1000
	MaxText   = 200 // characters of Query.Text that are looked at
)

// Page is a page of prompts.
type Page struct {
	Prompts []Prompt
	More    bool // there is a page after it, within MaxOffset
}
