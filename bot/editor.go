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
	inviters     = 4           // reactions of the bot's own at once
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

// EditorConfig is what an Editor needs. Store, REST and Catalog are required.
type EditorConfig struct {
	Store   store.Store
	REST    *rest.Client
	Catalog *i18n.Catalog
	// Loopback allows videos from this machine over plain http.
	Loopback bool
	// Emoji is the bot's own reaction under completed results: a character, or
	// NAME:ID of a server's own. Empty: none.
	Emoji string
	// Link asks Luma, for free, where a finished video can be fetched now; empty:
	// nowhere. nil: the address that the job has is the only one.
	Link    func(ctx context.Context, j store.Job) (string, error)
	Rules   Rules            // say where nobody is invited by it; nil: nowhere
	Now     func() time.Time // of tokens, nonces and signed addresses; nil: time.Now
	Log     *slog.Logger
	Metrics *metrics.Metrics
}

// Editor keeps replies true: a job whose reply shows less than is known is
// drawn and edited until Discord has accepted it, or has said a final no. It
// compares the store with what was shown, and so loses no edit by a crash.
type Editor struct {
	EditorConfig
	agenda *agenda.Agenda
	// invitations are apart from the edits: Discord takes one reaction of a
	// channel in 250 ms, and nothing else is to wait for that.
	invitations *agenda.Agenda
	fetch       *fetcher
	quiet       time.Time // no edit before; set by Resume

	mu      sync.Mutex
	tries   map[string]int     // failures in a row, by job that is due
	fetches map[string]fetches // and of fetching its video
}

// NewEditor returns an editor that does nothing before Run.
func NewEditor(c EditorConfig) *Editor {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	e := &Editor{EditorConfig: c, fetch: newFetcher(c.Loopback), tries: map[string]int{},
		fetches: map[string]fetches{}}
	e.agenda = agenda.New(editors, e.work)
	e.invitations = agenda.New(inviters, e.invitation)
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
	return e.redraw(ctx, time.Now().Add(quietStart))
}

// Redraw has all replies edited that are due. It is for changes of which Changed
// was not told one by one.
func (e *Editor) Redraw(ctx context.Context) error { return e.redraw(ctx, time.Time{}) }

// redraw has what is due edited, if there is any not before quiet.
func (e *Editor) redraw(ctx context.Context, quiet time.Time) error {
	jobs, err := e.Store.Due(ctx)
	if err != nil {
		return fmt.Errorf("read replies that are due: %w", err)
	}
	if len(jobs) > 0 && !quiet.IsZero() {
		e.quiet = quiet
	}
	for _, j := range jobs {
		e.Changed(j.ID)
	}
	return nil
}

// Run edits until ctx ends. An edit under way is given up then; the next run
// finds that it is due.
func (e *Editor) Run(ctx context.Context) {
	var inviting sync.WaitGroup
	inviting.Go(func() { e.invitations.Run(ctx) })
	e.agenda.Run(ctx)
	inviting.Wait()
	e.fetch.close()
}

func origin(j store.Job) rest.Interaction {
	return rest.Interaction{Application: j.Origin.Application, ID: j.Origin.Interaction, Token: j.Origin.Token}
}

// work shows one job. It returns when to try again.
func (e *Editor) work(ctx context.Context, id string) time.Time {
	return e.attempt(ctx, id, id, func(ctx context.Context, j store.Job) (bool, error) {
		if j.Invitation == store.InvitationDue {
			e.invitations.At(id, time.Now())
		}
		if !j.Answered() || j.Shown == j.Revision {
			return true, nil
		}
		return false, e.show(ctx, j)
	})
}

// attempt does something for a job as it stands in the store, until do says that
// nothing is left to be done, and counts its failures under key.
func (e *Editor) attempt(ctx context.Context, key, id string, do func(context.Context, store.Job) (done bool, err error)) (again time.Time) {
	defer func() {
		if r := recover(); r != nil {
			e.Metrics.Panic("editor")
			e.Log.Error("an edit panicked", "job", id, "panic", r, "stack", stack())
			again = e.later(key, 0)
		}
	}()
	j, err := e.Store.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		e.forget(key)
		return time.Time{}
	}
	done := false
	if err == nil {
		done, err = do(ctx, j)
	}
	switch {
	case ctx.Err() != nil:
		return time.Time{}
	case err == nil && done:
		e.forget(key)
		return time.Time{}
	case err == nil:
		e.forget(key)
		e.Metrics.Edit("shown")
		return time.Now() // something may have changed meanwhile
	}
	e.Log.Warn("what stands at Discord could not be brought up to date yet", "job", id, "err", err)
	e.Metrics.Edit("retried")
	var limited *rest.Error
	switch {
	case errors.As(err, &limited) && limited.Code == codeTooFast:
		return e.later(key, maxEditWait)
	case limited != nil:
		return e.later(key, limited.RetryAfter)
	}
	return e.later(key, 0)
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
	by := wayTo(j, e.Now())
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
	d, err := e.draw(ctx, j, uploadLimit(j, by))
	if err != nil {
		return err
	}
	defer d.close()
	m, err := e.deliver(d, by, func() (rest.Message, error) {
		card := reply.Card(e.Catalog.For(j.Locale), d.job, d.screen)
		if by == byWebhook {
			return e.REST.EditOriginal(ctx, origin(j), card, d.files...)
		}
		return e.REST.EditMessage(ctx, j.Spot().Channel, j.Message, card, d.files...)
	})
	if err != nil {
		return e.refusal(ctx, j, by, d.screen, err)
	}
	return e.update(ctx, j, func(now *store.Job) {
		now.Shown = max(now.Shown, d.job.Revision)
		if now.Message == "" {
			now.Message = m.ID
		}
		e.keep(now, m, d.length)
		e.wishInvitation(now, j)
	})
}

// deliver puts a drawing at Discord, and once more without the pictures where it
// is not taken with them.
func (e *Editor) deliver(d *drawing, by way, put func() (rest.Message, error)) (rest.Message, error) {
	m, err := put()
	if no := denialTo(by, err); no != nil && ofTheCard(no) && d.lighten() {
		e.Log.Warn("Discord does not take a job with its pictures", "job", d.job, "way", string(by), "err", err)
		e.Metrics.Edit("refused")
		return put()
	}
	return m, err
}

// refusal takes in what Discord, or the way there, had against a try. A no is
// written into the job; anything else is returned, to be tried again.
func (e *Editor) refusal(ctx context.Context, j store.Job, by way, drawn reply.Screen, err error) error {
	no := denialTo(by, err)
	if no == nil {
		return err
	}
	e.Log.Warn("Discord refused to show a job", "job", j, "way", string(by), "screen", int(drawn), "err", err)
	e.Metrics.Edit("refused")
	return e.update(ctx, j, func(now *store.Job) { descend(now, j, by, drawn, no) })
}

// update changes what the store knows of the reply.
func (e *Editor) update(ctx context.Context, j store.Job, change func(*store.Job)) error {
	_, err := e.record(ctx, j, change)
	return err
}

// record is update that returns the job as it is stored.
func (e *Editor) record(ctx context.Context, j store.Job, change func(*store.Job)) (store.Job, error) {
	after, err := e.Store.Update(ctx, j.ID, func(now *store.Job) error {
		change(now)
		return nil
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("record what became of an edit: %w", err)
	}
	return after, nil
}
