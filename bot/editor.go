package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/internal/agenda"
	"dreambot/internal/i18n"
	"dreambot/internal/metrics"
	"dreambot/internal/secret"
	"dreambot/store"
)

// Bounds of the editor.
const (
	editors       = 32              // edits and uploads at once
	maxEditTries  = 100             // failures in a row before it is tried once an hour
	maxEditWait   = time.Minute     // between two of them
	maxFetches    = 4               // downloads of a video before its link is written instead
	fetchPatience = 5 * time.Minute // after its completion, for which a download is tried at least
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

	mu    sync.Mutex
	tries map[string]int // failures in a row, by job
}

// NewEditor returns an editor that does nothing before Run.
func NewEditor(c EditorConfig) *Editor {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := &Editor{EditorConfig: c, fetch: newFetcher(c.Loopback), tries: map[string]int{}}
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

// Reply looks up whether the job's first reply stands, as tracker.Notifier
// says. Discord's no is final: without the token the message cannot be found.
// What stands there may be another answer, a notice or the card of another
// job: then this one has no reply.
func (e *Editor) Reply(ctx context.Context, j store.Job) (string, error) {
	m, err := e.REST.Original(ctx, origin(j))
	var no *rest.Error
	switch {
	case errors.As(err, &no) && (no.Status == http.StatusNotFound || no.Status == http.StatusUnauthorized):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("look up the first reply: %w", err)
	case m.Flags&reply.FlagEphemeral != 0, !m.Says(j.ID):
		return "", nil
	}
	return m.ID, nil
}

func origin(j store.Job) rest.Interaction {
	return rest.Interaction{Application: j.Origin.Application, ID: j.Origin.Interaction, Token: j.Origin.Token}
}

// refused reports whether an error is Discord's no: asking again changes
// nothing.
func refused(err error) bool {
	var e *rest.Error
	return errors.As(err, &e) && e.Status >= 400 && e.Status < 500 &&
		e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout
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
	if errors.As(err, &limited) {
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
}

func (e *Editor) failures(id string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tries[id]
}

// show draws the job and edits its reply. nil means that the store knows
// better now, not that all is shown.
func (e *Editor) show(ctx context.Context, j store.Job) error {
	way := e.way(j)
	if way == noWay {
		return e.update(ctx, j, func(now *store.Job) { now.Shown, now.Unreachable = now.Revision, true })
	}
	screen, files, done, err := e.screen(ctx, j)
	if err != nil {
		return err
	}
	defer done()
	card := reply.Card(e.Catalog.For(j.Locale), j, screen)
	var m rest.Message
	if way == byWebhook {
		m, err = e.REST.EditOriginal(ctx, origin(j), card, files...)
	} else {
		m, err = e.REST.EditMessage(ctx, j.Channel, j.Message, card, files...)
	}
	if err == nil {
		return e.shown(ctx, j, m, len(files) > 0)
	}
	var no *rest.Error
	if !refused(err) || !errors.As(err, &no) {
		return err
	}
	return e.refusal(ctx, j, way, screen, no)
}

// way is how a reply is reached.
type way string

const (
	byWebhook way = "webhook" // the interaction's, while its token lives
	byChannel way = "channel" // by bot token
	noWay     way = "none"
)

func (e *Editor) way(j store.Job) way {
	switch {
	case j.Unreachable:
		return noWay
	case !j.Origin.Token.IsZero() && time.Now().Before(j.Origin.Expires.Add(-tokenMargin)):
		return byWebhook
	case j.Message != "":
		return byChannel
	}
	return noWay
}

// shown records what Discord has accepted.
func (e *Editor) shown(ctx context.Context, j store.Job, m rest.Message, uploaded bool) error {
	return e.update(ctx, j, func(now *store.Job) {
		now.Shown = max(now.Shown, j.Revision)
		if now.Message == "" {
			now.Message = m.ID
		}
		if a, ok := m.File(reply.FileName(j)); ok && uploaded {
			now.Upload = store.Upload{ID: a.ID, Name: a.Filename, Size: a.Size}
		}
	})
}

// refusal records a final no, so that it is not asked for again, after a
// restart either: a card that is not taken is drawn simpler, and a way that is
// closed is followed by the next.
func (e *Editor) refusal(ctx context.Context, j store.Job, by way, drawn reply.Screen, no *rest.Error) error {
	// A card can be refused for what it carries: its size, a permission that
	// the bot lacks, a picture that is gone.
	card := no.Status == http.StatusBadRequest || no.Status == http.StatusRequestEntityTooLarge ||
		no.Code == rest.CodeTooLarge || no.Code == rest.CodeMissingPermissions
	if no.Status == http.StatusUnauthorized && by == byChannel {
		return no // the bot's own token: nothing that this job could do about
	}
	e.Log.Warn("Discord refused an edit", "job", j, "way", string(by), "screen", int(drawn), "err", no)
	e.Metrics.Edit("refused")
	return e.update(ctx, j, func(now *store.Job) {
		switch {
		case card && !j.State.Final():
			now.Shown = max(now.Shown, j.Revision) // the next change is drawn anew
		case card && drawn < reply.ScreenPlain && j.State == store.StateCompleted:
			now.Fallback = int(drawn) + 1
		case card && drawn < reply.ScreenPlain:
			now.Fallback = int(reply.ScreenPlain) // without a video there is no other step
		case by == byWebhook:
			now.Origin.Token = secret.Text{}
		default:
			now.Shown, now.Unreachable = now.Revision, true
		}
	})
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

// screen decides how the job is shown, and fetches its video where that is to
// be uploaded. done must be called after the upload.
func (e *Editor) screen(ctx context.Context, j store.Job) (s reply.Screen, files []rest.File, done func(), err error) {
	nothing := func() {}
	s = min(reply.Screen(j.Fallback), reply.ScreenPlain)
	if s != reply.ScreenUpload || j.State != store.StateCompleted || j.Upload.ID != "" {
		return s, nil, nothing, nil
	}
	c, err := e.fetch.fetch(ctx, j.Video.URL, j.UploadLimit)
	switch {
	case errors.Is(err, errTooLarge):
		return reply.ScreenLink, nil, nothing, nil
	case err != nil && ctx.Err() == nil && e.failures(j.ID)+1 >= maxFetches && time.Since(j.FinishedAt) >= fetchPatience:
		e.Log.Warn("a video cannot be fetched; its link is written instead", "job", j, "err", err)
		return reply.ScreenLinkOnly, nil, nothing, nil
	case err != nil:
		return 0, nil, nil, err
	}
	return s, []rest.File{c.upload(reply.FileName(j))}, c.close, nil
}
