package community

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dreambot/internal/agenda"
	"dreambot/store"
)

// Errors of what is done at Discord, and of what goes on after an answer.
var (
	// ErrRefused: Discord has said no for good, or what was asked about is gone
	// there. To ask again changes nothing.
	ErrRefused = errors.New("it is refused for good")
	// ErrUnderway: a member is being forgotten, and it goes on by itself.
	ErrUnderway = errors.New("it is under way")
)

// Poster shows at Discord what is shared. *bot.Showcase is one. ErrRefused is
// Discord's final no; after another error, nobody knows, and it is asked again.
type Poster interface {
	// Post sends the post of a prompt and returns the message and the file there. It
	// can be asked again: then it finds what an earlier try has sent.
	Post(ctx context.Context, p Prompt, s Settings) (store.Spot, store.Upload, error)
	// Unpost deletes the post of a prompt. Where it is not known whether one was
	// sent, Unpost looks for it. That there is none is no error.
	Unpost(ctx context.Context, p Prompt) error
	// Announce sends the announcement of a contest that is over, as Post does, and
	// returns its message.
	Announce(ctx context.Context, c Contest) (string, error)
	// Voters returns the members whose votes stand under a message, without the
	// bot; all is false where there are more than are looked at.
	Voters(ctx context.Context, at store.Spot) (members []string, all bool, err error)
}

// Cards are the replies of jobs. *bot.Editor keeps them.
type Cards interface {
	// Redraw has those brought up to date that show less than is stored, soon.
	Redraw(ctx context.Context) error
}

// Config is what a Community needs; Cards, Log and Now may be left out.
type Config struct {
	Store  Store
	Jobs   store.Store
	Poster Poster
	Cards  Cards // nil: they are brought up to date by the next run
	Log    *slog.Logger
	Now    func() time.Time
}

// Community is made by New. Resume must return before Run starts; the others may
// be called from then on.
//
// What is to be done at Discord follows from the store. The methods change the
// store and wake the work that it leads to; Run does that until it is done, and
// Resume finds it after the process has ended between any two of its steps.
type Community struct {
	Config
	// posts are apart from the other tasks: each can take minutes, for its video.
	posts *agenda.Agenda
	tasks *agenda.Agenda
	// counting holds one: the votes of one message are counted at a time.
	counting chan struct{}

	mu      sync.Mutex
	tries   map[string]int      // failures in a row, by task
	counted map[string]*changes // to the votes that are being counted, by message
}

// Bounds of the work.
const (
	posters = 4 // posts that are made, or taken away, at once
	workers = 4 // other tasks at once
	// quietStart is how long what an earlier run left behind waits: a call that it
	// had sent may still take effect.
	quietStart = 2 * time.Second
)

// New returns a community that does nothing yet.
func New(config Config) *Community {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	c := &Community{Config: config, counting: make(chan struct{}, 1),
		tries: map[string]int{}, counted: map[string]*changes{}}
	c.posts = agenda.New(posters, func(ctx context.Context, id string) time.Time {
		return c.attempt(ctx, task{taskPost, id})
	})
	c.tasks = agenda.New(workers, func(ctx context.Context, key string) time.Time {
		return c.attempt(ctx, taskOf(key))
	})
	c.posts.Now, c.tasks.Now = c.Now, c.Now
	return c
}

// Resume takes up what an earlier run left: posts, contests, and who is to be
// forgotten.
func (c *Community) Resume(ctx context.Context) error {
	soon := c.Now().Add(quietStart)
	if err := c.wakePosts(ctx, soon); err != nil {
		return err
	}
	contests, err := c.Store.Contests(ctx)
	if err != nil {
		return fmt.Errorf("read the contests that are not closed: %w", err)
	}
	for _, contest := range contests {
		at := soon
		if contest.State == ContestRunning && contest.Ends.After(soon) {
			at = contest.Ends
		}
		c.wake(task{taskContest, contest.ID}, at)
	}
	marked, err := c.Store.Marked(ctx)
	if err != nil {
		return fmt.Errorf("read who is to be forgotten: %w", err)
	}
	for _, member := range marked {
		c.wake(task{taskForget, member}, soon)
	}
	return nil
}

// Run works until ctx ends. What is under way is given up then; the next run takes
// it up.
func (c *Community) Run(ctx context.Context) {
	var posting sync.WaitGroup
	posting.Go(func() { c.posts.Run(ctx) })
	c.tasks.Run(ctx)
	posting.Wait()
}

// Settings returns a server's rules. Outside of servers there are none.
func (c *Community) Settings(ctx context.Context, guild string) (Settings, error) {
	if guild == "" {
		return Settings{}, nil
	}
	return c.Store.Settings(ctx, guild)
}
