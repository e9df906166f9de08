package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/internal/agenda"
	"dreambot/internal/i18n"
	"dreambot/internal/metrics"
	"dreambot/store"
)

// Bounds of the editor.
const (
	editors      = 32          // edits and uploads at once
	maxEditTries = 100         // failures in a row before it is tried once an hour
	maxEditWait  = time.Minute // between two of them
	// quietStart is how long a start with replies that are due waits before it
	// edits. An edit that the last run had sent may still take effect, and would
	// undo a later one.
	quietStart = 2 * time.Second
	// gather is how long changes are gathered before an edit: those that follow
	// one another at once cost one. Discord takes about one edit a second.
	gather      = 250 * time.Millisecond
	tokenMargin = 20 * time.Second // before a token's end it is not begun with any more
)

// EditorConfig is what an Editor needs; all but Log and Metrics is required.
type EditorConfig struct {
	Store   store.Store
	REST    *rest.Client
	Catalog *i18n.Catalog
	// Loopback allows videos from this machine over plain http.
	Loopback bool
	Log      *slog.Logger
	Metrics  *metrics.Metrics
}

// Editor keeps replies true: a job whose reply shows less than is known is
// drawn and edited until Discord has accepted it, or has said a final no. It
// compares the store with what was shown, and so loses no edit by a crash.
type Editor struct {
	EditorConfig
	agenda *agenda.Agenda
	fetch  *fetcher
	quiet  time.Time // no edit before; set by Resume

	mu      sync.Mutex
	tries   map[string]int     // failures in a row, by job that is due
	fetches map[string]fetches // and of fetching its video
}

// NewEditor returns an editor that does nothing before Run.
func NewEditor(c EditorConfig) *Editor {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := &Editor{EditorConfig: c, fetch: newFetcher(c.Loopback), tries: map[string]int{},
		fetches: map[string]fetches{}}
	e.agenda = agenda.New(editors, e.work)
	return e
}

// Changed has the job's reply compared with the store soon. It does not block.
func (e *Editor) Changed(id string) {
	at := time.Now().Add(gather)
	if at.Before(e.quiet) {
		at = e.quiet
	}
	e.agenda.At(id, at)
}

// Resume takes up the replies that an earlier run left behind. It must return
// before Changed or Run is called.
func (e *Editor) Resume(ctx context.Context) error {
	jobs, err := e.Store.Due(ctx)
	if err != nil {
		return fmt.Errorf("read replies that are due: %w", err)
	}
	if len(jobs) > 0 {
		e.quiet = time.Now().Add(quietStart)
	}
	for _, j := range jobs {
		e.Changed(j.ID)
	}
	return nil
}

// Run edits until ctx ends. An edit under way is given up then; the next run
// finds that it is due.
func (e *Editor) Run(ctx context.Context) {
	e.agenda.Run(ctx)
	e.fetch.close()
}

func origin(j store.Job) rest.Interaction {
	return rest.Interaction{Application: j.Origin.Application, ID: j.Origin.Interaction, Token: j.Origin.Token}
}

// work shows one job. It returns when to try again.
func (e *Editor) work(ctx context.Context, id string) (again time.Time) {
	defer func() {
		if r := recover(); r != nil {
			e.Metrics.Panic("editor")
			e.Log.Error("an edit panicked", "job", id, "panic", r, "stack", stack())
			again = e.later(id, 0)
		}
	}()
	j, err := e.Store.Get(ctx, id)
	if err == nil && !j.Due() || errors.Is(err, store.ErrNotFound) {
		e.forget(id)
		return time.Time{}
	}
	if err == nil {
		err = e.show(ctx, j)
	}
	switch {
	case ctx.Err() != nil:
		return time.Time{}
	case err == nil:
		e.forget(id)
		e.Metrics.Edit("shown")
		return time.Now() // something may have changed meanwhile
	}
	e.Log.Warn("a reply could not be edited yet", "job", id, "err", err)
	e.Metrics.Edit("retried")
	var limited *rest.Error
	switch {
	case errors.As(err, &limited) && limited.Code == codeTooFast:
		return e.later(id, maxEditWait)
	case limited != nil:
		return e.later(id, limited.RetryAfter)
	}
	return e.later(id, 0)
}

// later counts a failure and says when to try again; not before atLeast has
// gone by.
func (e *Editor) later(id string, atLeast time.Duration) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tries[id]++
	n := e.tries[id]
	if n >= maxEditTries {
		e.Log.Error("a reply cannot be edited for long; trying once an hour", "job", id, "tries", n)
		return time.Now().Add(time.Hour)
	}
	return time.Now().Add(max(atLeast, min(time.Second<<min(n-1, 10), maxEditWait)))
}

func (e *Editor) forget(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.tries, id)
	delete(e.fetches, id)
}

// fetches are the downloads of a video that failed, in this process.
type fetches struct {
	n     int
	since time.Time // of the first
}

// unfetched counts a download that failed.
func (e *Editor) unfetched(id string) fetches {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.fetches[id]
	if f.n++; f.n == 1 {
		f.since = time.Now()
	}
	e.fetches[id] = f
	return f
}

// show brings the job's message up to date. nil means that the store knows
// better now, not that all is shown.
func (e *Editor) show(ctx context.Context, j store.Job) error {
	by := wayTo(j)
	switch {
	case j.Removed:
		return e.remove(ctx, j)
	case by == noWay:
		return e.update(ctx, j, func(now *store.Job) { abandon(now, j) })
	case silent(j, by):
		return e.update(ctx, j, func(now *store.Job) { now.Shown = max(now.Shown, j.Revision) })
	case by.sends():
		return e.send(ctx, j, by)
	}
	return e.edit(ctx, j, by)
}

// edit draws the job on the message that stands.
func (e *Editor) edit(ctx context.Context, j store.Job, by way) error {
	screen, files, done, err := e.screen(ctx, j, uploadLimit(j, by))
	if err != nil {
		return err
	}
	defer done()
	card := reply.Card(e.Catalog.For(j.Locale), j, screen)
	var m rest.Message
	if by == byWebhook {
		m, err = e.REST.EditOriginal(ctx, origin(j), card, files...)
	} else {
		m, err = e.REST.EditMessage(ctx, place(j), j.Message, card, files...)
	}
	if err != nil {
		return e.refusal(ctx, j, by, screen, err)
	}
	return e.update(ctx, j, func(now *store.Job) {
		now.Shown = max(now.Shown, j.Revision)
		if now.Message == "" {
			now.Message = m.ID
		}
		if len(files) > 0 {
			keep(now, m)
		}
	})
}

// keep records the job's video as it stands on the message.
func keep(now *store.Job, m rest.Message) {
	if a, ok := m.File(reply.FileName(*now)); ok {
		now.Upload = store.Upload{ID: a.ID, Name: a.Filename, Size: a.Size}
	}
}

// refusal takes in what Discord, or the way there, had against a try. A no is
// written into the job; anything else is returned, to be tried again.
func (e *Editor) refusal(ctx context.Context, j store.Job, by way, drawn reply.Screen, err error) error {
	no := denialToBot(err)
	if by == byWebhook {
		no = denial(err)
	}
	if no == nil {
		return err
	}
	e.Log.Warn("Discord refused to show a job", "job", j, "way", string(by), "screen", int(drawn), "err", err)
	e.Metrics.Edit("refused")
	return e.update(ctx, j, func(now *store.Job) { descend(now, j, by, drawn, no) })
}

// update changes what the store knows of the reply.
func (e *Editor) update(ctx context.Context, j store.Job, change func(*store.Job)) error {
	_, err := e.Store.Update(ctx, j.ID, func(now *store.Job) error {
		change(now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("record what became of an edit: %w", err)
	}
	return nil
}
