package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"dreambot/store"
)

func concurrent() []testCase {
	return []testCase{
		{"creates of many jobs all count", func(t *testing.T, s store.Store) {
			const n = 200
			together(n, func(i int) {
				if err := s.Create(t.Context(), job(fmt.Sprintf("j%03d", i), i)); err != nil {
					t.Errorf("Create: %v", err)
				}
			})
			var want []string
			for i := range n {
				want = append(want, fmt.Sprintf("j%03d", i))
			}
			wantOpen(t, s, want...)
		}},
		{"one of the creates of an id counts", func(t *testing.T, s store.Store) {
			const n = 20
			errs := make([]error, n)
			together(n, func(i int) {
				j := job("a", i)
				j.Prompt = fmt.Sprint(i)
				errs[i] = s.Create(t.Context(), j)
			})
			winner := slices.Index(errs, nil)
			for i, err := range errs {
				if i != winner && !errors.Is(err, store.ErrExists) {
					t.Errorf("Create %d: %v, want ErrExists", i, err)
				}
			}
			if winner < 0 {
				t.Fatal("no Create succeeded")
			}
			if got := get(t, s, "a").Prompt; got != fmt.Sprint(winner) {
				t.Errorf("job %s is stored, and %d succeeded", got, winner)
			}
			wantOpen(t, s, "a")
		}},
		{"updates of one job come one after the other", func(t *testing.T, s store.Store) {
			const n = 50
			create(t, s, job("a", 0))
			seen := make([]int, n)
			together(n, func(i int) {
				j, err := s.Update(t.Context(), "a", func(j *store.Job) error { j.Attempts++; return nil })
				if err != nil {
					t.Errorf("Update: %v", err)
				}
				seen[i] = j.Attempts
			})
			slices.Sort(seen)
			for i, got := range seen {
				if got != i+1 {
					t.Fatalf("the updates returned %v, want each of 1 to %d once", seen, n)
				}
			}
			if got := get(t, s, "a").Attempts; got != n {
				t.Errorf("%d updates were stored, want %d", got, n)
			}
		}},
		{"one of the takers of a job gets it", func(t *testing.T, s store.Store) {
			const n = 20
			create(t, s, job("a", 0))
			errs := make([]error, n)
			together(n, func(i int) {
				_, errs[i] = s.Update(t.Context(), "a", func(j *store.Job) error {
					if j.State != store.StateWaiting {
						return store.ErrConflict
					}
					j.State, j.Attempts = store.StateSubmitting, i
					return nil
				})
			})
			winner := slices.Index(errs, nil)
			if winner < 0 {
				t.Fatal("nobody got it")
			}
			for i, err := range errs {
				if i != winner && err != store.ErrConflict {
					t.Errorf("Update %d: %v, want ErrConflict as it is", i, err)
				}
			}
			if got := get(t, s, "a").Attempts; got != winner {
				t.Errorf("%d is stored, and %d was told so", got, winner)
			}
		}},
		{"a refused change spoils no other", func(t *testing.T, s store.Store) {
			const n = 40
			for i := range n {
				create(t, s, job(fmt.Sprintf("j%02d", i), i))
			}
			together(n, func(i int) {
				_, err := s.Update(t.Context(), fmt.Sprintf("j%02d", i), func(j *store.Job) error {
					j.State = store.StateCancelled
					if i%2 == 0 {
						j.State = store.StateCompleted
					}
					return nil
				})
				if refused := errors.Is(err, store.ErrTransition); refused != (i%2 == 0) || !refused && err != nil {
					t.Errorf("Update %d: %v", i, err)
				}
			})
			var want []string
			for i := 0; i < n; i += 2 {
				want = append(want, fmt.Sprintf("j%02d", i))
			}
			wantOpen(t, s, want...)
		}},
		{"readers see a job whole", func(t *testing.T, s store.Store) {
			const n = 20
			create(t, s, job("a", 0))
			together(2*n, func(i int) {
				if i%2 == 0 {
					if _, err := s.Update(t.Context(), "a", func(j *store.Job) error {
						j.Attempts++
						j.Remote = fmt.Sprint(j.Attempts)
						return nil
					}); err != nil {
						t.Errorf("Update: %v", err)
					}
					return
				}
				jobs, err := s.Open(t.Context())
				if err != nil || len(jobs) != 1 || jobs[0].Attempts > 0 && jobs[0].Remote != fmt.Sprint(jobs[0].Attempts) {
					t.Errorf("Open: %+v, %v", jobs, err)
				}
			})
		}},
	}
}
