package storetest

import (
	"fmt"
	"testing"
	"time"

	"dreambot/store"
)

// made returns a job that Luma has under an id, created n seconds after the start.
func made(id string, n int, remote string) store.Job {
	j := job(id, n)
	j.Remote = remote
	return j
}

// wantRemote checks which job has a generation; empty: none has.
func wantRemote(t *testing.T, s store.Store, remote, want string) {
	t.Helper()
	j, err := s.ByRemote(t.Context(), remote)
	if want == "" {
		wantError(t, fmt.Sprintf("ByRemote(%q)", remote), err, store.ErrNotFound)
		wantSame(t, "the job returned beside an error", j, store.Job{})
	} else if err != nil || j.ID != want {
		t.Errorf("ByRemote(%q) = %q, %v; want %q", remote, j.ID, err, want)
	}
}

func remotes() []testCase {
	return []testCase{
		{"a generation finds its job from when it is known", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), job("b", 1), made("c", 2, "500"))
			wantRemote(t, s, "50", "")
			wantRemote(t, s, "", "")
			wantRemote(t, s, "500", "c")
			update(t, s, "a", func(j *store.Job) { j.State = store.StateSubmitting })
			wantRemote(t, s, "50", "")
			update(t, s, "a", func(j *store.Job) { j.State, j.Remote = store.StateQueued, "50" })
			update(t, s, "b", func(j *store.Job) { j.Remote = "5" })
			wantRemote(t, s, "50", "a")
			wantRemote(t, s, "5", "b")
			wantRemote(t, s, "500", "c")
			wantRemote(t, s, "5\x00", "")
			wantRemote(t, s, "", "")
			update(t, s, "a", func(j *store.Job) { j.Remote = "51" })
			wantRemote(t, s, "50", "")
			wantRemote(t, s, "51", "a")
			update(t, s, "a", enter(store.StateFailed))
			wantRemote(t, s, "51", "a")
			update(t, s, "a", func(j *store.Job) { j.Remote = "" })
			wantRemote(t, s, "51", "")
			wantRemote(t, s, "5", "b")
		}},
		{"a change that fails makes no generation known", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			_, err := s.Update(t.Context(), "a", func(j *store.Job) error {
				j.Remote = "50"
				return store.ErrConflict
			})
			wantError(t, "Update", err, store.ErrConflict)
			wantError(t, "Create of an id that is taken", s.Create(t.Context(), made("a", 0, "50")), store.ErrExists)
			wantRemote(t, s, "50", "")
		}},
		{"of several jobs of a generation, the newest is found", func(t *testing.T, s store.Store) {
			// Neither the ids nor the order of creation give the order; equal times go
			// by id. One is before 1970.
			create(t, s, made("b", 5, "50"), made("z", 1, "50"), made("d", -1<<31, "50"), made("a", 5, "50"))
			create(t, s, made("x", 9, "51"), made("y", 9, "5"))
			for i, id := range []string{"b", "a", "z", "d"} {
				wantRemote(t, s, "50", id)
				update(t, s, id, func(j *store.Job) { j.Remote = fmt.Sprint("another ", i) })
			}
			wantRemote(t, s, "50", "")
			wantRemote(t, s, "51", "x")
			wantRemote(t, s, "5", "y")
		}},
		{"the job of a generation is whole", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			want := update(t, s, "a", func(j *store.Job) { j.State, j.Remote, j.SentAt = store.StateSubmitting, "50", at(3) })
			got, err := s.ByRemote(t.Context(), "50")
			if err != nil {
				t.Fatalf("ByRemote: %v", err)
			}
			wantSame(t, "ByRemote", got, want)
		}},
		{"no generation has another's job", func(t *testing.T, s store.Store) {
			for i, remote := range trickyIDs() {
				create(t, s, made(fmt.Sprint("j", i), i, remote))
			}
			for i, remote := range trickyIDs() {
				wantRemote(t, s, remote, fmt.Sprint("j", i))
			}
		}},
		{"a job that is deleted has none, and a member who is forgotten leaves them", func(t *testing.T, s store.Store) {
			over(t, s, "a", "b", "c")
			update(t, s, "c", func(j *store.Job) { j.Remote = "r-b" }) // b is the newer one
			wantRemote(t, s, "r-b", "b")
			wantRemote(t, s, "r-c", "")
			forget(t, s, "30")
			wantRemote(t, s, "r-a", "a")
			wantRemote(t, s, "r-b", "b")
			for _, id := range []string{"a", "b"} {
				update(t, s, id, func(j *store.Job) { j.Shown = j.Revision })
			}
			prune(t, s, at(2), 10, 2)
			wantRemote(t, s, "r-a", "")
			wantRemote(t, s, "r-b", "c")
			update(t, s, "c", func(j *store.Job) { j.Shown = j.Revision })
			prune(t, s, at(3), 10, 1)
			wantRemote(t, s, "r-b", "")
			create(t, s, made("d", 0, "r-a"))
			wantRemote(t, s, "r-a", "d")
		}},
		{"many that are known at once are all found", func(t *testing.T, s store.Store) {
			const n = 60
			many(t, s, n, func(int, *store.Job) {})
			together(n, func(i int) {
				_, err := s.Update(t.Context(), fmt.Sprintf("j%04d", i), func(j *store.Job) error {
					j.Remote = fmt.Sprint("r", i%20)
					return nil
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			})
			for i := range 20 {
				wantRemote(t, s, fmt.Sprint("r", i), fmt.Sprintf("j%04d", n-20+i))
			}
		}},
	}
}

// kinds holds that a store takes every kind of job alike, and keeps them apart.
func kinds() []testCase {
	return []testCase{
		{"every kind is kept, with what it is made from", func(t *testing.T, s store.Store) {
			var all []string
			for i, kind := range store.Kinds() {
				j := job(string(kind), i)
				j.Kind, j.Settings = kind, store.Settings{AspectRatio: "9:16", Loop: true}
				j.Parent, j.Second, j.Source, j.SecondSource = "p", "s", "r-p", "r-s"
				j.Back, j.SecondBack = store.Spot{Channel: "20", Message: "1"}, store.Spot{Channel: "21", Message: "2"}
				j.Backward, j.Inline, j.Priced, j.Price = true, true, true, 1_620_000
				create(t, s, j)
				j.State, j.Revision, j.Root, j.Part = store.StateWaiting, 1, j.ID, 1
				wantSame(t, "Get", get(t, s, j.ID), j)
				all = append(all, j.ID)
				bring(t, s, j.ID, store.StateCompleted)
			}
			wantEach(t, s, "30", all...)
			if len(all) < 5 {
				t.Errorf("the kinds are %q", all)
			}
		}},
		{"each kind has durations of its own", func(t *testing.T, s store.Store) {
			for i, kind := range store.Kinds() {
				complete(t, s, string(kind), store.Measure{Kind: kind, Resolution: "1080p"}, time.Duration(i+1)*time.Second)
			}
			for i, kind := range store.Kinds() {
				wantDurations(t, s, store.Measure{Kind: kind, Resolution: "1080p"}, time.Duration(i+1)*time.Second)
			}
		}},
		{"no kind becomes another", func(t *testing.T, s store.Store) {
			for i, kind := range store.Kinds() {
				j := job(string(kind), i)
				j.Kind = kind
				create(t, s, j)
				for _, other := range store.Kinds() {
					_, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Kind = other; return nil })
					if other != kind {
						wantError(t, fmt.Sprintf("%s to %s", kind, other), err, store.ErrTransition)
					} else if err != nil {
						t.Errorf("%s to itself: %v", kind, err)
					}
				}
			}
		}},
	}
}
