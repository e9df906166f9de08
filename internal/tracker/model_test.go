package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// mood is how a moody Luma answers for a while.
type mood int

const (
	well mood = iota
	down
	inTrouble
	silent
	noKey
	noBalance
	tooMany
	firewall
	moods
)

// moody is a Luma whose answers a seed decides. It remembers what it took.
type moody struct {
	t *testing.T

	mu    sync.Mutex
	rand  *rand.Rand
	mood  mood
	taken map[string]time.Time // accepted, by prompt
	maybe map[string]bool      // sent, and nobody told the caller that it was not accepted
}

func (l *moody) feel(m mood) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mood = m
}

func (l *moody) took(prompt string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.taken[prompt].IsZero()
}

// chance is true once in n times. It needs mu.
func (l *moody) chance(n int) bool { return l.rand.IntN(n) == 0 }

// refusal is what all calls come to in a mood; nil where that is good.
func (m mood) refusal(op string) *luma.Error {
	switch m {
	case down:
		return &luma.Error{Op: op, Kind: luma.ErrUnavailable}
	case inTrouble:
		return &luma.Error{Op: op, Status: 503, Kind: luma.ErrUnavailable, Uncertain: op == "create"}
	case silent:
		return &luma.Error{Op: op, Kind: luma.ErrUnavailable, Uncertain: op == "create"}
	case noKey:
		return &luma.Error{Op: op, Status: 401, Kind: luma.ErrUnauthorized}
	case noBalance:
		if op == "create" {
			return &luma.Error{Op: op, Status: 403, Kind: luma.ErrInsufficientQuota}
		}
	case tooMany:
		return &luma.Error{Op: op, Status: 429, Kind: luma.ErrRateLimited, RetryAfter: 20 * time.Second}
	case firewall:
		return &luma.Error{Op: op, Status: 403, Kind: luma.ErrForbidden}
	}
	return nil
}

func (l *moody) Create(ctx context.Context, r luma.CreateRequest) (luma.Generation, error) {
	l.mu.Lock()
	if l.maybe[r.Prompt] {
		l.t.Errorf("job %s is sent again, though it may have been accepted", r.Prompt)
	}
	l.maybe[r.Prompt] = true
	way := time.Duration(l.rand.IntN(4000)) * time.Millisecond
	if l.mood == silent {
		way = 90 * time.Second
	}
	l.mu.Unlock()
	select {
	case <-ctx.Done(): // on its way, and then it arrives or it does not
	case <-time.After(way):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fail := l.mood.refusal("create")
	if ctx.Err() != nil {
		fail = &luma.Error{Op: "create", Kind: luma.ErrUnavailable, Uncertain: true}
	}
	if fail == nil || fail.Uncertain && l.chance(2) {
		if !l.taken[r.Prompt].IsZero() {
			l.t.Errorf("job %s is accepted twice", r.Prompt)
		}
		l.taken[r.Prompt] = time.Now()
	}
	if fail == nil {
		return luma.Generation{ID: "gen-" + r.Prompt, State: luma.StateQueued}, nil
	}
	if !fail.Uncertain {
		l.maybe[r.Prompt] = false
	}
	return luma.Generation{}, fail
}

func (l *moody) Extend(context.Context, string, luma.ExtendRequest) (luma.Generation, error) {
	return luma.Generation{}, errors.New("nobody asked for it")
}

func (l *moody) Get(_ context.Context, id string) (luma.Generation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fail := l.mood.refusal("get"); fail != nil {
		return luma.Generation{}, fail
	}
	if strings.HasSuffix(id, "7") { // never comes to its end
		return luma.Generation{ID: id, State: luma.StateDreaming}, nil
	}
	if l.chance(10) {
		return luma.Generation{}, err503
	}
	since := l.taken[id[len("gen-"):]]
	switch {
	case since.IsZero():
		l.t.Errorf("%s is asked for and was never accepted", id)
		return luma.Generation{}, &luma.Error{Op: "get", Status: 404, Kind: luma.ErrNotFound}
	case time.Since(since) > 90*time.Second:
		return done(id)
	}
	return luma.Generation{ID: id, State: luma.StateDreaming}, nil
}

func (l *moody) Ping(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fail := l.mood.refusal("ping"); fail != nil {
		return fail
	}
	return nil
}

// life is what one process sees of a store: nothing any more once it is killed.
type life struct {
	store.Store
	dead atomic.Bool
}

var errDead = errors.New("the process is dead")

func (l *life) Create(ctx context.Context, j store.Job) error {
	if l.dead.Load() {
		return errDead
	}
	return l.Store.Create(ctx, j)
}

func (l *life) Update(ctx context.Context, id string, change func(*store.Job) error) (store.Job, error) {
	if l.dead.Load() {
		return store.Job{}, errDead
	}
	return l.Store.Update(ctx, id, change)
}

// story is a run of a model: jobs come, and everything happens to them.
type story struct {
	*world
	rand   *rand.Rand
	moody  *moody
	memory *memory
	log    *logged
	life   *life
	lives  int
	told   map[mood]int // how often such a mood began
	list   []string     // jobs that were taken
	next   int
}

func newStory(t *testing.T, seed uint64) *story {
	s := &story{rand: rand.New(rand.NewPCG(seed, 1)), memory: newMemory(), log: &logged{}, told: map[mood]int{},
		moody: &moody{t: t, rand: rand.New(rand.NewPCG(seed, 2)), taken: map[string]time.Time{}, maybe: map[string]bool{}}}
	s.world = worldWith(t, s.memory, 1+s.rand.IntN(4))
	s.config.Generator, s.config.Log, s.config.MemberJobs = s.moody, s.log.log(), 12
	s.born()
	return s
}

// born starts a process.
func (s *story) born() {
	s.life = &life{Store: s.memory}
	s.config.Store = s.life
	s.Tracker = tracker.New(s.config)
	s.run()
	s.lives++
}

// die ends the process: by a kill, or in order.
func (s *story) die() {
	if s.rand.IntN(3) > 0 {
		s.life.dead.Store(true)
	}
	s.stop()
}

// ask submits a job and reports what became of its reply, as the bot does.
func (s *story) ask() {
	s.next++
	j := jobOf(fmt.Sprint("m", s.rand.IntN(3)), s.next)
	j.Guild = []string{"", "1", "2"}[s.rand.IntN(3)]
	j, err := s.Submit(context.Background(), j)
	if err != nil {
		return // the member was told so
	}
	s.list = append(s.list, j.ID)
	if s.rand.IntN(8) == 0 {
		_ = s.Unanswered(context.Background(), j.ID)
		return
	}
	s.people.stands(j.ID, "m-"+j.ID)
	if s.rand.IntN(8) == 0 || s.Answered(context.Background(), j.ID, "m-"+j.ID, j.Revision) != nil {
		s.Doubtful(j.ID)
	}
}

// step is one thing that happens.
func (s *story) step() {
	switch s.rand.IntN(12) {
	case 0, 1, 2, 3, 4:
		s.ask()
	case 5:
		if len(s.list) > 0 {
			_ = s.Cancel(context.Background(), s.list[s.rand.IntN(len(s.list))], "message")
		}
	case 6, 7:
		m := mood(s.rand.IntN(int(moods)))
		s.told[m]++
		s.moody.feel(m)
	case 8:
		s.moody.feel(well)
	case 9:
		s.die()
		s.memory.faults(nil)
		s.born()
	case 10:
		n := s.rand.IntN(3)
		s.memory.faults(func(string) (before, after error) {
			switch n {
			case 0:
				return errDisk, nil
			case 1:
				return nil, errDisk
			}
			return nil, nil
		})
	case 11:
		s.memory.faults(nil)
	}
	longest := []time.Duration{10 * time.Millisecond, time.Second, 30 * time.Second, 10 * time.Minute}[s.rand.IntN(4)]
	settle(rand.N(longest))
}

// Random stories of faults, restarts and cancellations: no job is lost, none is
// paid for twice or after it was taken back, each comes to its end, and nothing
// is left of any.
func TestRandomStoriesEndWell(t *testing.T) {
	const stories = 200
	var ends sync.Map
	t.Run("stories", func(t *testing.T) {
		for seed := range uint64(stories) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newStory(t, seed)
					for range 40 {
						s.step()
					}
					s.moody.feel(well)
					s.memory.faults(nil)
					settle(4 * time.Hour)
					s.judge(&ends)
					s.stop()
				})
			})
		}
	})
	// Where no story comes to such an end, they show nothing of it.
	for _, end := range []string{"completed ", "cancelled ", "failed uncertain", "failed timed_out", "failed invalid"} {
		if _, ok := ends.Load(end); !ok {
			t.Errorf("no job is %q in the end", end)
		}
	}
}

func (s *story) judge(ends *sync.Map) {
	t := s.t
	t.Helper()
	there := map[string]bool{}
	for _, j := range s.memory.all() {
		id := j.ID
		there[id] = true
		ends.Store(fmt.Sprint(j.State, " ", j.Failure), true)
		accepted := s.moody.took(j.Prompt)
		switch {
		case !j.State.Final():
			t.Errorf("job %s is %s at the end of it all", id, j.State)
		case j.Hold != store.HoldNone || j.Place != 0:
			t.Errorf("job %s is %s, and shown as held %q at %d", id, j.State, j.Hold, j.Place)
		case j.State == store.StateCompleted && !accepted:
			t.Errorf("job %s is completed and was never accepted", id)
		case accepted && (j.State == store.StateCancelled || slices.Contains([]store.Failure{store.FailureAccount,
			store.FailureUnreachable, store.FailureLineTooLong, store.FailureInvalid}, j.Failure)):
			t.Errorf("job %s is %s %s, and was paid for", id, j.State, j.Failure)
		}
	}
	for _, id := range s.list {
		if !there[id] {
			t.Errorf("job %s is lost", id)
		}
	}
	if left := s.Kept(); left != "" {
		t.Errorf("kept: %s", left)
	}
	for m, prefix := range map[mood]string{noKey: "ERROR luma does not accept", noBalance: "ERROR the balance"} {
		if n := len(s.log.of(prefix)); n > s.told[m]+s.lives {
			t.Errorf("%q is told %d times; it was so %d times in %d lives", prefix, n, s.told[m], s.lives)
		}
	}
}
