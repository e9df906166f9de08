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
	"dreambot/store"
)

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
	alike  int // how many prompts there are; 0: each job has its own
	memory *memory
	log    *logged
	life   *life
	lives  int
	told   map[mood]int // how often such a mood began
	list   []string     // jobs that were taken
	next   int
}

// newStory begins a story with a Luma of a kind: one without a list, or one with a
// list, to whom jobs are alike, or are told apart by the addresses at which it calls
// back, or would be if it listed those.
func newStory(t *testing.T, seed uint64, kind string) *story {
	s := &story{rand: rand.New(rand.NewPCG(seed, 1)), memory: newMemory(), log: &logged{}, told: map[mood]int{},
		moody: &moody{t: t, rand: rand.New(rand.NewPCG(seed, 2)), maybe: map[string]bool{}}}
	s.world = worldWith(t, s.memory, 1+s.rand.IntN(4))
	s.config.Generator, s.config.Log, s.config.MemberJobs = s.moody, s.log.log(), 12
	if kind != "no list" {
		s.moody.lists, s.config.Capabilities.List = true, true
	}
	if kind != "no list" && kind != "a list" {
		s.alike, s.moody.twins = 2, kind != "addresses"
	}
	if s.moody.silent = kind == "addresses that are not listed"; s.moody.silent || kind == "addresses" {
		s.config.Callback = func(job string) string { return "https://bot/" + job }
	}
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
	if s.alike > 0 {
		j.Prompt = fmt.Sprint("prompt ", s.rand.IntN(s.alike))
	}
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
	switch s.rand.IntN(13) {
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
	case 12:
		for _, id := range s.list {
			s.Nudge(id)
		}
	}
	longest := []time.Duration{10 * time.Millisecond, time.Second, 30 * time.Second, 10 * time.Minute}[s.rand.IntN(4)]
	settle(rand.N(longest))
}

// Random stories of faults, restarts and cancellations: no job is lost, none is
// paid for twice or after it was taken back, each comes to its end, and nothing
// is left of any. Where Luma keeps a list, nothing that it has accepted is nobody's.
func TestRandomStoriesEndWell(t *testing.T) {
	const stories = 100
	for _, kind := range []string{"no list", "a list", "a list of twins", "addresses", "addresses that are not listed"} {
		t.Run(kind, func(t *testing.T) {
			var ends sync.Map
			t.Run("stories", func(t *testing.T) {
				for seed := range uint64(stories) {
					t.Run(fmt.Sprint(seed), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							s := newStory(t, seed, kind)
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
		})
	}
}

func (s *story) judge(ends *sync.Map) {
	t := s.t
	t.Helper()
	there, owner := map[string]bool{}, map[string]string{}
	excused := map[string]int{} // jobs by prompt that were given up after an hour in which nobody could look
	for _, j := range s.memory.all() {
		id := j.ID
		there[id] = true
		excused[j.Prompt] += 0
		if strings.Contains(j.Cause, "cannot be read") && j.FinishedAt.Sub(j.SentAt) > time.Hour {
			excused[j.Prompt]++
		}
		ends.Store(fmt.Sprint(j.State, " ", j.Failure), true)
		accepted := s.moody.took(j.Prompt)
		switch {
		case !j.State.Final():
			t.Errorf("job %s is %s at the end of it all", id, j.State)
		case j.Hold != store.HoldNone || j.Place != 0:
			t.Errorf("job %s is %s, and shown as held %q at %d", id, j.State, j.Hold, j.Place)
		case j.Remote != "" && !slices.Contains(accepted, j.Remote):
			t.Errorf("job %s is of generation %s, which is another's", id, j.Remote)
		case j.Remote != "" && owner[j.Remote] != "":
			t.Errorf("jobs %s and %s have one generation", id, owner[j.Remote])
		case j.State == store.StateCompleted && j.Remote == "":
			t.Errorf("job %s is completed and was never accepted", id)
		case s.alike == 0 && len(accepted) > 1:
			t.Errorf("job %s was accepted %d times", id, len(accepted))
		case (j.Remote != "" || s.alike == 0 && len(accepted) > 0) && (j.State == store.StateCancelled || slices.Contains([]store.Failure{
			store.FailureAccount, store.FailureUnreachable, store.FailureLineTooLong, store.FailureInvalid}, j.Failure)):
			t.Errorf("job %s is %s %s, and was paid for", id, j.State, j.Failure)
		}
		owner[j.Remote] = id
	}
	for prompt, n := range excused {
		accepted := s.moody.took(prompt)
		nobodys := slices.DeleteFunc(slices.Clone(accepted), func(g string) bool { return owner[g] != "" })
		if s.moody.lists && len(nobodys) > n {
			t.Errorf("of %s, %v are nobody's", prompt, nobodys)
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
