package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"dreambot/store"
)

// extend returns a job that goes on from a parent in the story of a root.
func extend(root, parent, id string, n int) store.Job {
	j := job(id, n)
	j.Kind, j.Root, j.Parent, j.Part = store.KindExtend, root, parent, 2
	return j
}

// reaction returns a job that a reaction to the parent's result asks for; the
// story begins with the parent.
func reaction(parent, id string, n int) store.Job {
	j := extend(parent, parent, id, n)
	j.Reaction = true
	return j
}

// wantStory checks a story, order included.
func wantStory(t *testing.T, s store.Store, root string, want ...string) {
	t.Helper()
	jobs, err := s.Story(t.Context(), root)
	wantIDs(t, fmt.Sprintf("Story(%q)", root), jobs, err, want...)
}

// wantCarried checks which job Carried gives; empty: none.
func wantCarried(t *testing.T, s store.Store, parent, want string) {
	t.Helper()
	j, err := s.Carried(t.Context(), parent)
	if want == "" {
		wantError(t, fmt.Sprintf("Carried(%q)", parent), err, store.ErrNotFound)
		wantSame(t, "the job returned beside an error", j, store.Job{})
	} else if err != nil || j.ID != want {
		t.Errorf("Carried(%q) = %q, %v; want %q", parent, j.ID, err, want)
	}
}

// trickyIDs run together, begin alike, and hold what a backend may separate,
// escape or count by.
func trickyIDs() []string {
	return []string{"1", "12", "2", "1\x00", "\x00", "\x00\x00", "\x011", "1\x001", "1/2", "1:2", "1|2", `1\`, "1%", "\u00ff", "_"}
}

func stories() []testCase {
	return []testCase{
		{"a job begins a story of its own, unless it says another", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), extend("a", "a", "b", 1))
			long := extend("a", "b", "c", 2)
			long.Part = 3
			create(t, s, long)
			for id, want := range map[string]struct {
				root string
				part int
			}{"a": {"a", 1}, "b": {"a", 2}, "c": {"a", 3}} {
				if j := get(t, s, id); j.Root != want.root || j.Part != want.part {
					t.Errorf("job %s is part %d of %q, want %d of %q", id, j.Part, j.Root, want.part, want.root)
				}
			}
			wantStory(t, s, "a", "a", "b", "c")
			wantStory(t, s, "b")
		}},
		{"a story is the oldest first, whatever the states and parents", func(t *testing.T, s store.Store) {
			// Neither the ids nor the order of creation give the order; equal
			// times go by id. One is before 1970.
			create(t, s, extend("r", "b", "c", 1), extend("r", "r", "b", 5), job("r", -1<<31), extend("r", "r", "z", 1),
				extend("r", "c", "a", 9), extend("r", "r", "y", 1), reaction("r", "x", 7))
			want := []string{"r", "c", "y", "z", "b", "x", "a"}
			wantStory(t, s, "r", want...)
			for i, state := range store.States() {
				bring(t, s, want[i], state)
			}
			wantStory(t, s, "r", want...)
		}},
		{"a story that nobody began is empty", func(t *testing.T, s store.Store) {
			create(t, s, job("12", 0))
			for _, root := range []string{"", "1", "123", "12\x00", "nobody"} {
				wantStory(t, s, root)
			}
		}},
		{"the jobs of a story are whole", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			want := update(t, s, "a", func(j *store.Job) { j.AnsweredAt, j.Message, j.Reactors = at(1), "50", []string{"31"} })
			story, err := s.Story(t.Context(), "a")
			if err != nil || len(story) != 1 {
				t.Fatalf("Story: %d jobs, %v", len(story), err)
			}
			wantSame(t, "Story", story[0], want)
		}},
		{"no story holds another's job", func(t *testing.T, s store.Store) {
			roots := trickyIDs()
			for i, root := range roots {
				create(t, s, job(root, i), extend(root, root, fmt.Sprintf("part of %d", i), 100+i))
			}
			for i, root := range roots {
				wantStory(t, s, root, root, fmt.Sprintf("part of %d", i))
			}
		}},
		{"of a long story, the first MaxScan jobs", func(t *testing.T, s store.Store) {
			const n = store.MaxScan + 20
			many(t, s, n, func(_ int, j *store.Job) { j.Root = "r" })
			wantStory(t, s, "r", numbered(store.MaxScan)...)
			bring(t, s, "j0002", store.StateCancelled)
			prune(t, s, at(n), 10, 1)
			all := slices.Delete(numbered(store.MaxScan+1), 2, 3)
			wantStory(t, s, "r", all...)
		}},
		{"a job that is pruned leaves its story, and the others stay in it", func(t *testing.T, s store.Store) {
			create(t, s, job("r", 0), extend("r", "r", "a", 1), reaction("r", "b", 2), extend("r", "b", "c", 3))
			bring(t, s, "r", store.StateCancelled)
			prune(t, s, at(100), 10, 1)
			wantStory(t, s, "r", "a", "b", "c")
			bring(t, s, "b", store.StateCompleted)
			wantCarried(t, s, "r", "b")
			prune(t, s, at(100), 10, 1)
			wantStory(t, s, "r", "a", "c")
			wantCarried(t, s, "r", "")
			bring(t, s, "a", store.StateFailed)
			bring(t, s, "c", store.StateCompleted)
			prune(t, s, at(100), 10, 2)
			wantStory(t, s, "r")
		}},
	}
}

func reactions() []testCase {
	return []testCase{
		{"a job by a reaction claims, unless it came to nothing", func(t *testing.T, s store.Store) {
			for i, state := range store.States() {
				parent := "p-" + string(state)
				first, again := string(state), string(state)+"-again"
				create(t, s, reaction(parent, first, i))
				bring(t, s, first, state)
				err := s.Create(t.Context(), reaction(parent, again, 100+i))
				wantCarried(t, s, parent, map[bool]string{true: first, false: again}[errors.Is(err, store.ErrClaimed)])
				if state == store.StateFailed || state == store.StateCancelled {
					if err != nil {
						t.Errorf("after one that is %s: %v", state, err)
					}
					wantError(t, "after another", s.Create(t.Context(), reaction(parent, "third-"+first, 200+i)), store.ErrClaimed)
					continue
				}
				wantError(t, "beside one that is "+first, err, store.ErrClaimed)
				_, err = s.Get(t.Context(), again)
				wantError(t, "Get of what was refused", err, store.ErrNotFound)
				wantStory(t, s, parent, first)
			}
		}},
		{"a result that was removed claims as before", func(t *testing.T, s store.Store) {
			create(t, s, reaction("p", "a", 0))
			bring(t, s, "a", store.StateCompleted)
			update(t, s, "a", func(j *store.Job) { j.Removed = true })
			wantError(t, "Create", s.Create(t.Context(), reaction("p", "b", 1)), store.ErrClaimed)
		}},
		{"a claim holds for reactions to the same result alone", func(t *testing.T, s store.Store) {
			parents := trickyIDs()
			for i, parent := range parents {
				create(t, s, reaction(parent, fmt.Sprintf("r%02d", i), i))
			}
			for i, parent := range parents {
				create(t, s, extend(parent, parent, fmt.Sprintf("e%02d", i), 100+i)) // by a command
				wantCarried(t, s, parent, fmt.Sprintf("r%02d", i))
				wantError(t, fmt.Sprintf("another reaction to %q", parent),
					s.Create(t.Context(), reaction(parent, fmt.Sprintf("s%02d", i), 200+i)), store.ErrClaimed)
			}
			wantCarried(t, s, "", "")
			wantCarried(t, s, "123", "")
		}},
		{"extensions by commands claim nothing and are not carried", func(t *testing.T, s store.Store) {
			create(t, s, extend("p", "p", "a", 0), extend("p", "p", "b", 1))
			wantCarried(t, s, "p", "")
			create(t, s, reaction("p", "c", 2))
			wantCarried(t, s, "p", "c")
		}},
		{"the newest is carried, whole", func(t *testing.T, s store.Store) {
			// Neither the ids nor the order of creation give the order; equal
			// times go by id.
			for _, j := range []store.Job{reaction("p", "b", 5), reaction("p", "a", 9), reaction("p", "c", 9), reaction("p", "d", 1)} {
				create(t, s, j)
				bring(t, s, j.ID, store.StateFailed)
			}
			wantCarried(t, s, "p", "c")
			prune(t, s, at(9), 10, 2)
			wantCarried(t, s, "p", "c")
			prune(t, s, at(10), 10, 2)
			wantCarried(t, s, "p", "")
			create(t, s, reaction("p", "e", 3))
			want := update(t, s, "e", func(j *store.Job) { j.Message, j.Back = "50", store.Spot{Channel: "20", Message: "49"} })
			got, err := s.Carried(t.Context(), "p")
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "Carried", got, want)
		}},
		{"an id that is taken is not a claim", func(t *testing.T, s store.Store) {
			create(t, s, reaction("p", "a", 0))
			wantError(t, "Create", s.Create(t.Context(), reaction("q", "a", 1)), store.ErrExists)
			wantCarried(t, s, "q", "")
		}},
		{"one of the reactions at once counts, and one more when it came to nothing", func(t *testing.T, s store.Store) {
			const n = 50
			for round := range 3 {
				errs := make([]error, n)
				id := func(i int) string { return fmt.Sprintf("j%d-%02d", round, i) }
				together(n, func(i int) {
					errs[i] = s.Create(t.Context(), reaction("p", id(i), 100*round+i))
				})
				winner := slices.Index(errs, nil)
				if winner < 0 {
					t.Fatalf("no Create succeeded: %v", errs[0])
				}
				for i, err := range errs {
					if i != winner {
						wantError(t, "Create "+id(i), err, store.ErrClaimed)
					}
				}
				wantCarried(t, s, "p", id(winner))
				wantOpen(t, s, id(winner))
				bring(t, s, id(winner), []store.State{store.StateFailed, store.StateCancelled, store.StateCompleted}[round])
			}
			wantError(t, "Create after a video", s.Create(t.Context(), reaction("p", "late", 900)), store.ErrClaimed)
		}},
		{"reactions to many results at once do not hold each other up", func(t *testing.T, s store.Store) {
			const n, each = 20, 3
			errs := make([]error, n*each)
			together(n*each, func(i int) {
				errs[i] = s.Create(t.Context(), reaction(fmt.Sprintf("p%02d", i%n), fmt.Sprintf("j%02d", i), i))
			})
			for p := range n {
				taken := 0
				for i := p; i < n*each; i += n {
					if errs[i] == nil {
						taken++
						wantCarried(t, s, fmt.Sprintf("p%02d", p), fmt.Sprintf("j%02d", i))
					} else {
						wantError(t, "Create", errs[i], store.ErrClaimed)
					}
				}
				if taken != 1 {
					t.Errorf("%d reactions to one result count, want 1", taken)
				}
			}
		}},
	}
}
