package storetest

import (
	"fmt"
	"testing"

	"dreambot/store"
)

func indexes() []testCase {
	return []testCase{
		{"open and due follow a job through its life", life},
		{"open and due are the oldest first", func(t *testing.T, s store.Store) {
			// Neither the ids nor the order of creation give the order; equal
			// times go by id. One is before 1970.
			create(t, s, job("b", 5), job("c", 1), job("z", 1), job("a", 9), job("d", -1<<31), job("y", 1))
			wantOpen(t, s, "d", "c", "y", "z", "b", "a")
			for _, id := range []string{"a", "z", "b", "d"} {
				update(t, s, id, func(j *store.Job) { j.AnsweredAt = at(20) })
			}
			wantDue(t, s, "d", "z", "b", "a")
		}},
		{"an empty store has nothing open and nothing due", func(t *testing.T, s store.Store) {
			wantOpen(t, s)
			wantDue(t, s)
		}},
		{"an invitation that is missing makes a reply due", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), job("b", 1))
			bring(t, s, "a", store.StateCompleted)
			update(t, s, "a", func(j *store.Job) { j.Invitation = store.InvitationDue })
			wantDue(t, s) // there is no reply yet
			update(t, s, "a", func(j *store.Job) { j.AnsweredAt, j.Shown = at(1), j.Revision })
			wantDue(t, s, "a")
			prune(t, s, at(1<<30), 10, 0)
			update(t, s, "a", func(j *store.Job) { j.Shown = 0 })
			update(t, s, "a", func(j *store.Job) { j.Invitation = store.InvitationMade })
			wantDue(t, s, "a")
			update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision })
			wantDue(t, s)
			update(t, s, "a", func(j *store.Job) { j.Invitation = store.InvitationDue })
			wantDue(t, s, "a")
			update(t, s, "a", func(j *store.Job) { j.Invitation = store.InvitationNone })
			wantDue(t, s)
			prune(t, s, at(1<<30), 10, 1)
		}},
		{"every final state leaves the open jobs", func(t *testing.T, s store.Store) {
			var want []string
			for i, state := range store.States() {
				create(t, s, job(string(state), i))
				bring(t, s, string(state), state)
				if !state.Final() {
					want = append(want, string(state))
				}
			}
			wantOpen(t, s, want...)
			wantDue(t, s)
		}},
		{"the jobs of a list are whole", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			want := update(t, s, "a", func(j *store.Job) { j.AnsweredAt, j.Message = at(1), "50" })
			open, err := s.Open(t.Context())
			if err != nil || len(open) != 1 {
				t.Fatalf("Open: %d jobs, %v", len(open), err)
			}
			due, err := s.Due(t.Context())
			if err != nil || len(due) != 1 {
				t.Fatalf("Due: %d jobs, %v", len(due), err)
			}
			page, err := s.List(t.Context(), store.Query{Channel: "20"})
			if err != nil || len(page.Jobs) != 1 {
				t.Fatalf("List: %d jobs, %v", len(page.Jobs), err)
			}
			byMessage, err := s.ByMessage(t.Context(), "50")
			if err != nil {
				t.Fatalf("ByMessage: %v", err)
			}
			wantSame(t, "Open", open[0], want)
			wantSame(t, "Due", due[0], want)
			wantSame(t, "List", page.Jobs[0], want)
			wantSame(t, "ByMessage", byMessage, want)
		}},
		{"a message finds its job from when it is set", func(t *testing.T, s store.Store) {
			find := func(message, want string) {
				t.Helper()
				j, err := s.ByMessage(t.Context(), message)
				if want == "" {
					wantError(t, fmt.Sprintf("ByMessage(%q)", message), err, store.ErrNotFound)
				} else if err != nil || j.ID != want {
					t.Errorf("ByMessage(%q) = %q, %v; want %q", message, j.ID, err, want)
				}
			}
			early := job("c", 2)
			early.Message = "500"
			create(t, s, job("a", 0), job("b", 1), early)
			find("50", "")
			find("", "")
			find("500", "c")
			update(t, s, "a", func(j *store.Job) { j.Message = "50" })
			update(t, s, "b", func(j *store.Job) { j.Message = "5" })
			find("50", "a")
			find("5", "b")
			find("500", "c")
			find("5\x00", "")
			find("", "")
			update(t, s, "a", func(j *store.Job) { j.Message = "51" }) // its reply was replaced by another
			find("50", "")
			find("51", "a")
			bring(t, s, "a", store.StateFailed)
			find("51", "a")
			update(t, s, "a", func(j *store.Job) { j.Message = "" })
			find("51", "")
			find("5", "b")
		}},
	}
}

// life takes a job from the command to the end, between two others, and asks at
// each step which lists it is in.
func life(t *testing.T, s store.Store) {
	create(t, s, job("1", 1), job("3", 3))
	create(t, s, job("2", 2))
	steps := []struct {
		name      string
		change    func(*store.Job)
		open, due bool
	}{
		{"a change before the first reply", func(j *store.Job) { j.Place = 4 }, true, false},
		{"the first reply", func(j *store.Job) { j.AnsweredAt, j.Message = at(4), "50" }, true, true},
		{"shown", func(j *store.Job) { j.Shown = j.Revision }, true, false},
		{"nothing that is shown", func(j *store.Job) { j.SentAt = at(5) }, true, false},
		{"submitting, out of the line", func(j *store.Job) { j.State, j.Place = store.StateSubmitting, 0 }, true, true},
		{"queued", enter(store.StateQueued), true, true},
		{"shown late", func(j *store.Job) { j.Shown = j.Revision - 1 }, true, true},
		{"shown again", func(j *store.Job) { j.Shown = j.Revision }, true, false},
		{"dreaming", enter(store.StateDreaming), true, true},
		{"completed", enter(store.StateCompleted), false, true},
		{"shown at last", func(j *store.Job) { j.Shown = j.Revision }, false, false},
		{"another address of the video", func(j *store.Job) { j.Video.URL = "https://v/2" }, false, true},
		{"shown for good", func(j *store.Job) { j.Shown = j.Revision }, false, false},
	}
	wantOpen(t, s, "1", "2", "3")
	wantDue(t, s)
	for _, step := range steps {
		j := update(t, s, "2", step.change)
		if j.Due() != step.due || j.State.Final() == step.open {
			t.Fatalf("%s: the step is not what it says: due %v, state %s", step.name, j.Due(), j.State)
		}
		open, due := []string{"1", "3"}, []string{}
		if step.open {
			open = []string{"1", "2", "3"}
		}
		if step.due {
			due = []string{"2"}
		}
		jobs, err := s.Open(t.Context())
		wantIDs(t, step.name+": Open", jobs, err, open...)
		jobs, err = s.Due(t.Context())
		wantIDs(t, step.name+": Due", jobs, err, due...)
	}
}
