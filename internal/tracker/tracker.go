// Package tracker takes a job from submission to its end: it holds the line,
// makes the one paid call, asks Luma how far the job is, and writes every step
// to the store before the next.
//
// What it promises: a job is stored before anybody hears of it; the paid call
// is made only after Discord accepted the first reply, after the intent was
// stored, and never again by itself unless it surely did not start. A job that
// a crash leaves between intent and answer fails as "can't tell".
//
// Places in line are shown exactly up to 10, and rounded up to tens beyond.
package tracker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dreambot/internal/agenda"
	"dreambot/internal/metrics"
	"dreambot/luma"
	"dreambot/store"
)

// Generator makes videos. *luma.Client is one.
type Generator interface {
	Create(ctx context.Context, r luma.CreateRequest) (luma.Generation, error)
	Extend(ctx context.Context, id string, r luma.ExtendRequest) (luma.Generation, error)
	Get(ctx context.Context, id string) (luma.Generation, error)
}

// Notifier shows jobs to people.
type Notifier interface {
	// Changed says that the job's reply may be due for an edit. It does not
	// block.
	Changed(id string)
	// Reply looks the job's first reply up and returns its message id, which
	// is empty where there is none that could be edited. An error means that
	// nobody knows yet.
	Reply(ctx context.Context, j store.Job) (message string, err error)
}

// Config is what a Tracker needs; all of it is required but Now, Log and
// Metrics.
type Config struct {
	Store       store.Store
	Generator   Generator
	Notifier    Notifier
	Concurrency int           // jobs unfinished at Luma at once
	Poll        time.Duration // base interval between queries of one job
	Deadline    time.Duration // from the paid call to the end
	MaxLine     int           // jobs waiting at once; 0: 10,000
	Now         func() time.Time
	Log         *slog.Logger
	Metrics     *metrics.Metrics
}

// Workers of the agenda: queries, look-ups and waits that end.
const workers = 32

// callLimit bounds a paid call; the client's own bound is shorter.
const callLimit = 2 * time.Minute

// confirmAfter is how long after submission a job that nobody reported as
// answered is looked up. An interaction not answered within 3 s is void, so by
// then the reply is there or never will be.
const confirmAfter = 6 * time.Second

// Tracker is made by New. Resume must return before Run starts; Submit and the
// others may be called from then on.
type Tracker struct {
	Config
	agenda *agenda.Agenda

	mu      sync.Mutex
	line    []place             // waiting jobs, first come first
	atLuma  map[string]struct{} // jobs that take one of the places at Luma
	strikes map[string]strikes  // by job
	paused  time.Time           // no paid call before
	open    bool                // paid calls are allowed: between Run's start and its end

	sending  sync.WaitGroup // paid calls under way
	relabel  chan struct{}  // the line moved
	payments context.Context
	cancel   context.CancelFunc
}

// admitKey is the agenda's key for "a pause is over"; no job has it.
const admitKey = ""

// New returns a tracker that does nothing yet.
func New(c Config) *Tracker {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxLine == 0 {
		c.MaxLine = 10_000
	}
	t := &Tracker{Config: c, atLuma: map[string]struct{}{}, strikes: map[string]strikes{},
		relabel: make(chan struct{}, 1)}
	t.payments, t.cancel = context.WithCancel(context.Background())
	t.agenda = agenda.New(workers, t.work)
	return t
}

// Resume takes up the jobs that an earlier run left unfinished. It makes no
// paid call; those begin with Run.
func (t *Tracker) Resume(ctx context.Context) error {
	jobs, err := t.Store.Open(ctx)
	if err != nil {
		return fmt.Errorf("read unfinished jobs: %w", err)
	}
	now := t.Now()
	for i, j := range jobs {
		switch j.State {
		case store.StateWaiting:
			t.join(j)
		case store.StateSubmitting:
			// The one crash that nobody can see through: never sent again.
			_, err := t.update(ctx, j.ID, func(j *store.Job) error {
				t.finish(j, verdict{state: store.StateFailed, failure: store.FailureUncertain,
					cause: "the process ended during the paid call"})
				return nil
			})
			if err != nil {
				return err
			}
		default:
			t.mu.Lock()
			t.atLuma[j.ID] = struct{}{}
			t.mu.Unlock()
			// Spread over one interval: thousands at once help nobody.
			t.agenda.At(j.ID, now.Add(t.Poll*time.Duration(i)/time.Duration(len(jobs))))
		}
	}
	return nil
}

// Run works until ctx ends. Then it begins no further call, lets paid calls
// under way come to their end for as long as grace allows, and returns when
// nothing of it runs any more. Jobs keep their states.
func (t *Tracker) Run(ctx context.Context, grace time.Duration) {
	var loops sync.WaitGroup
	defer t.cancel()
	loops.Go(func() { t.agenda.Run(ctx) })
	loops.Go(func() { t.label(ctx) })
	t.setOpen(true)
	t.admit()
	<-ctx.Done()
	t.setOpen(false)
	giveUp := time.AfterFunc(grace, t.cancel)
	defer giveUp.Stop()
	t.sending.Wait()
	loops.Wait()
}

func (t *Tracker) setOpen(open bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = open
}

// Counts returns how many jobs wait in line and how many are at Luma.
func (t *Tracker) Counts() (waiting, atLuma int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.line), len(t.atLuma)
}

// Submit stores a new job, which is then in line, and returns it as it is to
// be shown. Nothing is paid before Answered is called for it. store.ErrFull
// where the line is full.
func (t *Tracker) Submit(ctx context.Context, j store.Job) (store.Job, error) {
	t.mu.Lock()
	full := len(t.line) >= t.MaxLine
	j.Place = t.place(len(t.line))
	t.mu.Unlock()
	if full {
		return store.Job{}, store.ErrFull
	}
	if err := t.Store.Create(ctx, j); err != nil {
		return store.Job{}, fmt.Errorf("store the new job: %w", err)
	}
	j, err := store.Admit(j)
	if err != nil {
		return store.Job{}, err
	}
	t.Metrics.Transition(string(j.Kind), "", string(j.State))
	t.join(j)
	return j, nil
}

// Answered says that Discord accepted the job's first reply as message, so
// that the job may be paid for. shown is the revision that the reply shows.
func (t *Tracker) Answered(ctx context.Context, id, message string, shown int64) error {
	j, err := t.update(ctx, id, func(j *store.Job) error {
		if j.Answered() || j.State != store.StateWaiting {
			return store.ErrConflict // told twice
		}
		j.AnsweredAt, j.Message, j.Shown = t.Now(), message, shown
		return nil
	})
	if err != nil {
		if errors.Is(err, store.ErrConflict) {
			return nil
		}
		return err
	}
	t.forgive(id)
	t.join(j) // it is there, and is marked as answered
	t.moved()
	t.admit()
	return nil
}

// Unanswered says that Discord refused the job's first reply: the member saw
// "did not respond", so the job is dropped, unpaid.
func (t *Tracker) Unanswered(ctx context.Context, id string) error {
	_, err := t.update(ctx, id, func(j *store.Job) error {
		if j.Answered() || j.State != store.StateWaiting {
			return store.ErrConflict
		}
		t.finish(j, verdict{state: store.StateCancelled, cause: "the first reply was not accepted"})
		return nil
	})
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// Doubtful says that nobody knows whether Discord accepted the job's first
// reply: it is looked up, soon.
func (t *Tracker) Doubtful(id string) { t.agenda.At(id, t.Now()) }

// update changes a stored job, and tells whoever must know of it.
func (t *Tracker) update(ctx context.Context, id string, change func(*store.Job) error) (store.Job, error) {
	var before store.Job
	j, err := t.Store.Update(ctx, id, func(j *store.Job) error {
		before = *j
		return change(j)
	})
	if err != nil {
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			t.Notifier.Changed(id) // the store may have kept it all the same
		}
		return store.Job{}, fmt.Errorf("update job %s: %w", id, err)
	}
	if j.State != before.State {
		t.Metrics.Transition(string(j.Kind), string(before.State), string(j.State))
		level := slog.LevelInfo
		if j.State == store.StateFailed {
			level = slog.LevelWarn
		}
		t.Log.Log(ctx, level, "job", "job", j, "was", string(before.State), "failure", string(j.Failure), "cause", j.Cause)
	}
	if took, ok := store.Took(before, j); ok {
		t.Metrics.Generation(string(j.Kind), took)
	}
	if j.State.Final() {
		t.leave(id)
	}
	if j.Due() && (j.Revision != before.Revision || !before.Due()) {
		t.Notifier.Changed(id)
	}
	return j, nil
}

// finish writes a verdict into a job, with the times that go with it.
func (t *Tracker) finish(j *store.Job, v verdict) {
	now := t.Now()
	j.State, j.Failure, j.Cause = v.state, v.failure, v.cause
	if v.remote != "" {
		j.Remote = v.remote
	}
	if v.video.URL != "" {
		j.Video = v.video
	}
	if v.noVideo && j.NoVideoAt.IsZero() {
		j.NoVideoAt = now
	}
	if v.state == store.StateDreaming && j.StartedAt.IsZero() {
		j.StartedAt = now
	}
	if v.state != store.StateWaiting {
		j.Place = 0
	}
	if v.state.Final() {
		j.FinishedAt = now
	}
}
