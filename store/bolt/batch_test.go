package bolt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dreambot/store"
)

// inOneBatch makes every later writer of the store part of a batch that starts
// when it is complete, and not before. What it returns undoes that.
func inOneBatch(s *Store, n int) (undo func()) {
	s.writers.Add(1) // so that nobody is alone
	size, delay := s.db.MaxBatchSize, s.db.MaxBatchDelay
	s.db.MaxBatchSize, s.db.MaxBatchDelay = n, time.Hour
	return func() {
		s.writers.Add(-1)
		s.db.MaxBatchSize, s.db.MaxBatchDelay = size, delay
	}
}

func TestWritersShareACommit(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const n = 100
	before := commits(t, s)
	undo := inOneBatch(s, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := s.Create(t.Context(), job(fmt.Sprint(i))); err != nil {
				t.Errorf("Create: %v", err)
			}
		})
	}
	all.Wait()
	undo()
	if got := commits(t, s) - before; got != 1 {
		t.Errorf("%d jobs took %d commits, want 1", n, got)
	}
}

// TestABadChangeIsItsOwnAffair puts changes that look harmless in the first
// look, and then are not, into one batch with changes that are.
func TestABadChangeIsItsOwnAffair(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		spoil func(*store.Job) error
		runs  int // of each change that is good
		want  error
		text  string
	}{
		"an error": {func(*store.Job) error { return boom }, 2, boom, ""},
		"an illegal change": {func(j *store.Job) error {
			j.State = store.StateCompleted
			return nil
		}, 2, store.ErrTransition, ""},
		"a panic": {func(*store.Job) error { panic("ouch") }, 2, nil, `change of job "bad" panicked: ouch`},
		"what the file does not take": {func(j *store.Job) error {
			j.Message = strings.Repeat("x", bbolt.MaxKeySize)
			return nil
		}, 3, berrors.ErrKeyTooLarge, `index job "bad"`},
		"nothing, in the end": {func(j *store.Job) error {
			j.Attempts = 0
			return nil
		}, 2, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			const n = 10
			for i := range n {
				create(t, s, fmt.Sprint(i))
			}
			first := create(t, s, "bad")
			before := commits(t, s)
			undo := inOneBatch(s, n+1)
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() {
					runs := 0
					j, err := s.Update(t.Context(), fmt.Sprint(i), func(j *store.Job) error {
						runs++
						j.Attempts++
						return nil
					})
					if err != nil || j.Attempts != 1 {
						t.Errorf("Update: %d attempts, %v; want 1", j.Attempts, err)
					}
					if runs > c.runs {
						t.Errorf("a good change ran %d times, want %d at most", runs, c.runs)
					}
				})
			}
			var err error
			all.Go(func() {
				looks := 0
				_, err = s.Update(t.Context(), "bad", func(j *store.Job) error {
					j.Attempts++
					if looks++; looks == 1 {
						return nil
					}
					return c.spoil(j)
				})
			})
			all.Wait()
			undo()
			if c.want != nil && !errors.Is(err, c.want) || c.text != "" && (err == nil || !contains(err, c.text)) ||
				c.want == nil && c.text == "" && err != nil {
				t.Errorf("the bad one: %v; want %v %s", err, c.want, c.text)
			}
			if got := commits(t, s) - before; got != 1 {
				t.Errorf("%d commits, want 1", got)
			}
			if j, err := s.Get(t.Context(), "bad"); err != nil || j.Attempts != first.Attempts || j.Message != "" {
				t.Errorf("the bad one is stored: %+v, %v", j, err)
			}
			if open, err := s.Open(t.Context()); err != nil || len(open) != n+1 {
				t.Errorf("%d open jobs, %v; want %d", len(open), err, n+1)
			}
		})
	}
}

// reactionTo returns a job that a reaction to the parent's result asks for.
func reactionTo(parent, id string) store.Job {
	j := job(id)
	j.Kind, j.Parent, j.Root, j.Part, j.Reaction = store.KindExtend, parent, parent, 2, true
	return j
}

// TestOneOfTheClaimsInABatchIsTaken has reactions that all find nothing claimed in
// the first look, and then share a transaction.
func TestOneOfTheClaimsInABatchIsTaken(t *testing.T) {
	t.Parallel()
	const n = 50
	for name, spoiled := range map[string]int{"alone": 0, "with some that the file does not take": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			before := commits(t, s)
			undo := inOneBatch(s, n+spoiled)
			errs := make([]error, n+spoiled)
			together(n+spoiled, func(i int) {
				j := reactionTo("p", fmt.Sprint(i))
				if i >= n { // it claims, and is rolled back
					j.Message = strings.Repeat("x", bbolt.MaxKeySize)
				}
				errs[i] = s.Create(t.Context(), j)
			})
			undo()
			winner := ""
			for i, err := range errs {
				switch {
				case err == nil && winner == "":
					winner = fmt.Sprint(i)
				case err == nil:
					t.Errorf("jobs %s and %d are both taken", winner, i)
				case !errors.Is(err, store.ErrClaimed) && (i < n || !errors.Is(err, berrors.ErrKeyTooLarge)):
					t.Errorf("Create %d: %v, want ErrClaimed", i, err)
				}
			}
			if j, err := s.Carried(t.Context(), "p"); err != nil || j.ID != winner {
				t.Errorf("Carried = %q, %v; want %q", j.ID, err, winner)
			}
			if jobs, err := s.Open(t.Context()); err != nil || len(jobs) != 1 {
				t.Errorf("%d jobs are stored, %v; want 1", len(jobs), err)
			}
			// Alone, what was rolled back can find the claim, and commits nothing.
			if got := commits(t, s) - before; got != 1 && spoiled == 0 {
				t.Errorf("%d commits, want 1", got)
			}
		})
	}
}

func TestAPanicOfALoneChangeIsAnError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	for _, good := range []int{0, 1} { // in the first look, and in the transaction
		looks := 0
		_, err := s.Update(t.Context(), "a", func(j *store.Job) error {
			j.Attempts++
			if looks++; looks > good {
				panic(errors.New("ouch"))
			}
			return nil
		})
		if err == nil || !contains(err, `change of job "a" panicked: ouch`) {
			t.Errorf("Update: %v", err)
		}
	}
	if j := update(t, s, "a", func(j *store.Job) { j.Attempts++ }); j.Attempts != 1 {
		t.Errorf("%d attempts, want 1", j.Attempts)
	}
}

// TestAWriterWhoseContextEndsInLineWritesNothing ends the context after the
// first look, which is before the transaction.
func TestAWriterWhoseContextEndsInLineWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := s.Update(ctx, "a", func(j *store.Job) error {
		j.Attempts++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update: %v, want context.Canceled", err)
	}
	if j, err := s.Get(t.Context(), "a"); err != nil || j.Attempts != 0 {
		t.Errorf("%d attempts, %v; want none", j.Attempts, err)
	}
}

// TestTheResultIsThatOfTheCommit has a change that does one thing in the first
// look and another one in the transaction.
func TestTheResultIsThatOfTheCommit(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	looks := 0
	got := update(t, s, "a", func(j *store.Job) {
		if looks++; looks == 2 {
			return
		}
		j.Attempts = 100
	})
	if got.Attempts != 0 {
		t.Errorf("%d attempts are returned, which were never stored", got.Attempts)
	}
}

// TestCloseLetsWritersInLineEnd closes the store while a writer waits for
// company.
func TestCloseLetsWritersInLineEnd(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	undo := inOneBatch(s, 2)
	defer undo()
	s.db.MaxBatchDelay = 100 * time.Millisecond // long after Close has begun

	looked := make(chan struct{})
	var once sync.Once
	var all sync.WaitGroup
	all.Go(func() {
		_, err := s.Update(t.Context(), "a", func(j *store.Job) error {
			once.Do(func() { close(looked) })
			j.Attempts++
			return nil
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
	<-looked
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	all.Wait()
}
