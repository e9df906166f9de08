// Package tracker takes a job from submission to its end: it holds the line,
// makes the one paid call, asks Luma how far the job is, and writes every step
// to the store before the next.
//
// What it promises: a job is stored before anybody hears of it; the paid call
// is made only after Discord accepted the first reply, after the intent was
// stored, and never again by itself unless it surely did not start. A job that
// a crash leaves between intent and answer fails as "can't tell".
//
// While Luma is in an outage, or takes no paid call for the sake of the
// operator's account, none is made: a breaker, fed by what every call says,
// holds the line, asks when it can move again, and then lets one paid call at a
// time through until one is accepted. Jobs that wait show the reason.
//
// The line is fair: its turns go round the servers, and in a server round its
// members; a member's own jobs are sent first come first. Outside of servers each
// member is one by themselves. Whose turn it is is not stored: after a start the
// turns begin anew, with whose job has waited longest.
//
// A place in line is the one in the order in which jobs are sent if nothing else
// comes, so it can rise when others come. Places are shown exactly up to 10, and
// rounded up to tens beyond.
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
	"dreambot/internal/money"
	"dreambot/luma"
	"dreambot/store"
)

// Generator makes videos. *luma.Client is one.
type Generator interface {
	Create(ctx context.Context, r luma.Request) (luma.Generation, error)
	Get(ctx context.Context, id string) (luma.Generation, error)
	// Find looks for what became of a paid call whose answer was lost.
	Find(ctx context.Context, r luma.Request, from, to time.Time) ([]luma.Generation, error)
	// Balance asks, for free, what the account holds.
	Balance(ctx context.Context) (money.Amount, error)
	// Ping asks, for free, whether paid calls have a chance.
	Ping(ctx context.Context) error
}

// Notifier shows jobs to people.
type Notifier interface {
	// Changed says that the job's reply may be due for an edit. It does not
	// block.
	Changed(id string)
	// Reply looks the job's first reply up and returns its message id, which
	// is empty where there is none that could be edited, and the revision that it
	// shows, 0 where that is not known. Of a job by a reaction, which nobody else
	// answers, it makes the first message where there is none yet. An error means
	// that nobody knows yet.
	Reply(ctx context.Context, j store.Job) (message string, shown int64, err error)
	// Fresh stores addresses of the job's pictures that work, and returns it.
	// store.ErrPictureGone where a picture is gone for good; another error means
	// that nobody knows yet.
	Fresh(ctx context.Context, j store.Job) (store.Job, error)
	// Picture fetches one of the job's pictures, whose address works, of at most
	// limit bytes. mediaType is what its bytes say. store.ErrPictureGone where it is
	// gone for good, or larger; after another error it may yet be had.
	Picture(ctx context.Context, p store.Picture, limit int64) (data []byte, mediaType string, err error)
}

// Config is what a Tracker needs. Now, Log and Metrics may be left out, and
// what says what its 0 means.
type Config struct {
	Store       store.Store
	Generator   Generator
	Notifier    Notifier
	Concurrency int           // jobs unfinished at Luma at once
	Poll        time.Duration // base interval between queries of one job, and of what else Luma is asked again
	Deadline    time.Duration // from the paid call to the end
	MaxLine     int           // jobs waiting at once; 0: 10,000
	MemberJobs  int           // unfinished jobs that one member may have; 0: as many as they like
	Retention   time.Duration // how long jobs are kept after their end; 0: for ever
	// Capabilities are the Generator's: whether it has a list to find lost calls in,
	// takes pictures by themselves, and has a balance.
	Capabilities luma.Capabilities
	// Callback returns the address at which Luma tells of a job; nil: there is none.
	// Whoever serves it calls Nudge.
	Callback func(job string) string
	// BalanceWarn is the balance under which the operator is warned; nil: nobody is.
	BalanceWarn *money.Amount
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
	live    map[string]*live    // unfinished jobs
	members map[string]int      // how many of them each member has
	line    line                // those that wait
	atLuma  map[string]struct{} // those that take one of the places at Luma
	paused  time.Time           // no paid call before
	open    bool                // paid calls are allowed: between Run's start and its end
	breaker breaker

	sending  sync.WaitGroup // paid calls under way
	relabel  chan struct{}  // the line moved
	balance  chan balance   // holds what is known of it, unless somebody asks
	payments context.Context
	cancel   context.CancelFunc
}

// admitKey is the agenda's key for "a pause is over, or the breaker has a
// question"; no job has it.
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
	t := &Tracker{Config: c, live: map[string]*live{}, members: map[string]int{}, line: newLine(), atLuma: map[string]struct{}{},
		breaker: breaker{poll: c.Poll, spread: jitter}, relabel: make(chan struct{}, 1), balance: make(chan balance, 1)}
	t.balance <- balance{}
	t.payments, t.cancel = context.WithCancel(context.Background())
	t.agenda = agenda.New(workers, t.work)
	t.agenda.Now = c.Now
	t.gauge()
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
			t.adopt(j)
			t.join(j)
		case store.StateSubmitting:
			// Never sent again.
			if t.Capabilities.List {
				t.adopt(j)
				continue
			}
			_, err := t.update(ctx, j.ID, func(j *store.Job) error {
				t.finish(j, verdict{state: store.StateFailed, failure: store.FailureUncertain,
					cause: "the process ended during the paid call"})
				return nil
			})
			if err != nil {
				return err
			}
		default:
			t.adopt(j)
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
	if t.Retention > 0 {
		loops.Go(func() { t.prune(ctx) })
	}
	if t.Capabilities.Balance && t.BalanceWarn != nil {
		loops.Go(func() { t.watchBalance(ctx) })
	}
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
	return t.line.len(), len(t.atLuma)
}

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
		t.forget(id)
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
		j.Place, j.Ready, j.Hold = 0, time.Time{}, store.HoldNone
	}
	if v.state.Final() {
		j.FinishedAt = now
	}
}
