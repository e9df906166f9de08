package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"dreambot/internal/secret"
	"dreambot/store"
)

func creating() []testCase {
	return []testCase{
		{"a created job is there, whole, waiting, with nothing shown", func(t *testing.T, s store.Store) {
			j := job("full", 0)
			fill(t, &j, nil)
			j.ID, j.State, j.Failure, j.Shown = "full", "", "", 5
			create(t, s, j)
			want := j
			want.State, want.Revision, want.Shown = store.StateWaiting, 1, 0
			wantSame(t, "Get", get(t, s, "full"), want)
		}},
		{"a job of the fewest fields is kept as it is", func(t *testing.T, s store.Store) {
			j := store.Job{ID: "few", Kind: store.KindExtend, Channel: "20", Member: "30", CreatedAt: start}
			create(t, s, j)
			j.State, j.Revision, j.Root, j.Part = store.StateWaiting, 1, "few", 1
			wantSame(t, "Get", get(t, s, "few"), j)
		}},
		{"what Admit refuses is refused", func(t *testing.T, s store.Store) {
			for name, spoil := range map[string]func(*store.Job){
				"no id":      func(j *store.Job) { j.ID = "" },
				"no kind":    func(j *store.Job) { j.Kind = "" },
				"no channel": func(j *store.Job) { j.Channel = "" },
				"no member":  func(j *store.Job) { j.Member = "" },
				"no time":    func(j *store.Job) { j.CreatedAt = time.Time{} },
				"begun":      func(j *store.Job) { j.State = store.StateQueued },
			} {
				j := job("a", 0)
				spoil(&j)
				wantError(t, name, s.Create(t.Context(), j), store.ErrTransition)
			}
			wantOpen(t, s)
		}},
		{"an id is taken once", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			bring(t, s, "a", store.StateFailed)
			before := get(t, s, "a")
			again := job("a", 5)
			again.Prompt, again.Member, again.Channel = "another", "31", "21"
			wantError(t, "Create", s.Create(t.Context(), again), store.ErrExists)
			wantSame(t, "Get", get(t, s, "a"), before)
			wantOpen(t, s)
			page, err := s.List(t.Context(), store.Query{Channel: "21"})
			wantIDs(t, "List", page.Jobs, err)
		}},
		{"a job passed in or out is a copy", func(t *testing.T, s store.Store) {
			j := job("a", 0)
			j.Settings.ExpandPrompt, j.Reactors = new(bool), []string{"31", "32"}
			create(t, s, j)
			*j.Settings.ExpandPrompt, j.Reactors[0] = true, "66"
			got := get(t, s, "a")
			if *got.Settings.ExpandPrompt || got.Reactors[0] != "31" {
				t.Error("the job follows a change of what was passed in")
			}
			*got.Settings.ExpandPrompt, got.Reactors[1] = true, "66"
			if again := get(t, s, "a"); *again.Settings.ExpandPrompt || again.Reactors[1] != "32" {
				t.Error("the job follows a change of what was passed out")
			}
		}},
		{"a job that was never created is not found", func(t *testing.T, s store.Store) {
			create(t, s, job("12", 0))
			for _, id := range []string{"", "1", "123", "12\x00", "nobody"} {
				_, err := s.Get(t.Context(), id)
				wantError(t, fmt.Sprintf("Get(%q)", id), err, store.ErrNotFound)
			}
		}},
		{"times are kept to the nanosecond, in any location", func(t *testing.T, s store.Store) {
			// The offset has seconds, as offsets before 1900 do.
			odd := time.FixedZone("odd", 19*60+32)
			j := job("a", 0)
			fill(t, &j, odd)
			j.ID, j.State, j.Failure = "a", "", ""
			create(t, s, j)
			got := get(t, s, "a")
			kept := map[time.Time]bool{}
			eachTime(reflect.ValueOf(&got).Elem(), func(v *time.Time) { kept[v.UTC()] = true })
			eachTime(reflect.ValueOf(&j).Elem(), func(v *time.Time) {
				if !kept[v.UTC()] {
					t.Errorf("%v was not kept", v)
				}
			})
			again := update(t, s, "a", func(j *store.Job) {
				eachTime(reflect.ValueOf(j).Elem(), func(v *time.Time) { *v = v.In(odd) })
			})
			wantSame(t, "the job after a change of location", again, got)
		}},
	}
}

func updating() []testCase {
	cases := []testCase{
		{"a missing job is not found, and change is not asked", func(t *testing.T, s store.Store) {
			_, err := s.Update(t.Context(), "a", func(*store.Job) error {
				t.Error("change was called")
				return nil
			})
			wantError(t, "Update", err, store.ErrNotFound)
		}},
		{"all that may change is kept, and returned as stored", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			first := get(t, s, "a")
			want := first
			fill(t, &want, nil)
			want.ID, want.Kind, want.Member, want.Channel, want.Guild = first.ID, first.Kind, first.Member, first.Channel, first.Guild
			want.CreatedAt, want.State, want.Failure = first.CreatedAt, store.StateSubmitting, ""
			got := update(t, s, "a", func(j *store.Job) { *j = want })
			want.Revision = first.Revision + 1
			wantSame(t, "Update", got, want)
			wantSame(t, "Get", get(t, s, "a"), want)
		}},
		{"the revision rises with what is shown alone", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			if j := update(t, s, "a", func(j *store.Job) { j.Place = 3 }); j.Revision != 2 {
				t.Errorf("a new place in line makes revision %d, want 2", j.Revision)
			}
			if j := update(t, s, "a", func(j *store.Job) { j.Remote, j.Revision = "r", 99 }); j.Revision != 2 {
				t.Errorf("a new remote id makes revision %d, want 2", j.Revision)
			}
			if j := update(t, s, "a", func(j *store.Job) { j.Ready = at(90) }); j.Revision != 3 {
				t.Errorf("another time of being ready makes revision %d, want 3", j.Revision)
			}
			if j := update(t, s, "a", func(j *store.Job) { j.Ready = at(90).In(time.FixedZone("x", 60)) }); j.Revision != 3 {
				t.Errorf("the same time in another location makes revision %d, want 3", j.Revision)
			}
		}},
		{"a change that alters nothing leaves all as it is", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), job("b", 1))
			before := bring(t, s, "a", store.StateCompleted)
			got := update(t, s, "a", func(*store.Job) {})
			wantSame(t, "Update", got, before)
			wantSame(t, "Get", get(t, s, "a"), before)
			wantOpen(t, s, "b")
			wantDue(t, s)
		}},
		{"the error of change comes back as it is, and nothing is stored", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			before := get(t, s, "a")
			own := &ownError{}
			for _, want := range []error{own, store.ErrConflict, fmt.Errorf("not now: %w", store.ErrConflict)} {
				got, err := s.Update(t.Context(), "a", func(j *store.Job) error {
					j.State, j.Message, j.Shown = store.StateSubmitting, "50", 7
					j.AnsweredAt = at(3)
					return want
				})
				if err != want { // the very one, not one around it
					t.Errorf("Update: %v, want %v", err, want)
				}
				wantSame(t, "the job returned beside an error", got, store.Job{})
			}
			wantSame(t, "Get", get(t, s, "a"), before)
			wantDue(t, s)
			_, err := s.ByMessage(t.Context(), "50")
			wantError(t, "ByMessage", err, store.ErrNotFound)
		}},
		{"change works on a copy", func(t *testing.T, s store.Store) {
			j := job("a", 0)
			j.Settings.ExpandPrompt, j.Reactors = new(bool), []string{"31", "32"}
			create(t, s, j)
			var kept *store.Job
			_, err := s.Update(t.Context(), "a", func(j *store.Job) error {
				*j.Settings.ExpandPrompt, j.Reactors[0] = true, "66"
				return store.ErrConflict
			})
			wantError(t, "Update", err, store.ErrConflict)
			if j := get(t, s, "a"); *j.Settings.ExpandPrompt || j.Reactors[0] != "31" {
				t.Error("a change that failed reached the job")
			}
			got := update(t, s, "a", func(j *store.Job) {
				*j.Settings.ExpandPrompt, j.Reactors[0] = true, "33"
				kept = j
			})
			if j := get(t, s, "a"); !*got.Settings.ExpandPrompt || !*j.Settings.ExpandPrompt || got.Reactors[0] != "33" || j.Reactors[0] != "33" {
				t.Error("a change behind a pointer is not stored")
			}
			kept.Prompt, *kept.Settings.ExpandPrompt, kept.Reactors[1] = "later", false, "66"
			wantSame(t, "Get after a change that came too late", get(t, s, "a"), got)
		}},
		{"identity does not change", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			before := get(t, s, "a")
			for name, change := range map[string]func(*store.Job){
				"id":      func(j *store.Job) { j.ID = "b" },
				"kind":    func(j *store.Job) { j.Kind = store.KindExtend },
				"member":  func(j *store.Job) { j.Member = "31" },
				"channel": func(j *store.Job) { j.Channel = "21" },
				"guild":   func(j *store.Job) { j.Guild = "" },
				"time":    func(j *store.Job) { j.CreatedAt = at(9) },
			} {
				_, err := s.Update(t.Context(), "a", func(j *store.Job) error { change(j); return nil })
				wantError(t, name, err, store.ErrTransition)
			}
			wantSame(t, "Get", get(t, s, "a"), before)
		}},
		{"the token is kept while the reply may be edited by it", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			want := secret.New("token of a")
			if get(t, s, "a").Origin.Token != want {
				t.Error("the token of a new job is lost")
			}
			update(t, s, "a", func(j *store.Job) { j.AnsweredAt = at(1) })
			for _, state := range way(store.StateCompleted) {
				if j := update(t, s, "a", enter(state)); j.Origin.Token != want || !j.Due() {
					t.Errorf("%s: the token is lost, or the reply is not due", state)
				}
			}
			update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision - 1 })
			due, err := s.Due(t.Context())
			if err != nil || len(due) != 1 || due[0].Origin.Token != want {
				t.Errorf("Due gives %d jobs, %v; want one with its token", len(due), err)
			}
		}},
		{"the token is kept while the reply's way is open, and until the end is shown", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			want := secret.New("token of a")
			bring(t, s, "a", store.StateDreaming)
			for name, change := range map[string]func(*store.Job){
				"answered":    func(j *store.Job) { j.AnsweredAt = at(1) },
				"shown":       func(j *store.Job) { j.Shown = j.Revision },
				"drawn plain": func(j *store.Job) { j.Fallback = 3 },
			} {
				if j := update(t, s, "a", change); j.Origin.Token != want {
					t.Errorf("%s: the token is lost", name)
				}
			}
			update(t, s, "a", enter(store.StateCompleted))
			if j := get(t, s, "a"); j.Origin.Token != want || !j.Due() {
				t.Error("the token is lost, or the end is not due")
			}
		}},
		{"the token outlives an end that comes before the first reply", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			bring(t, s, "a", store.StateCancelled)
			j := update(t, s, "a", func(j *store.Job) { j.AnsweredAt, j.Shown = at(1), 1 })
			if !j.Due() || j.Origin.Token != secret.New("token of a") {
				t.Error("the token is lost, or the reply is not due")
			}
		}},
		{"a way that is closed stays closed, with all that is known of the next", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			for _, route := range []store.Route{store.RoutePost, store.RouteDirect, store.RouteNone} {
				want := update(t, s, "a", func(j *store.Job) {
					j.Route, j.PostedAt, j.Direct, j.Message = route, at(7), "60", "70"
				})
				got := get(t, s, "a")
				wantSame(t, string(route), got, want)
				if got.Route != route || !got.PostedAt.Equal(at(7)) || got.Direct != "60" {
					t.Errorf("%s is stored as %s", route, show(got))
				}
			}
		}},
		{"a line that stands still, and a removal, make a reply due", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			update(t, s, "a", func(j *store.Job) { j.AnsweredAt, j.Shown = at(1), j.Revision })
			wantDue(t, s)
			update(t, s, "a", func(j *store.Job) { j.Hold = store.HoldUnreachable })
			wantDue(t, s, "a")
			update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision })
			wantDue(t, s)
			update(t, s, "a", func(j *store.Job) { j.Hold = store.HoldNone })
			update(t, s, "a", enter(store.StateCancelled))
			update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision })
			wantDue(t, s)
			update(t, s, "a", func(j *store.Job) { j.Removed = true })
			wantDue(t, s, "a")
			update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision })
			wantDue(t, s)
			if !get(t, s, "a").Removed {
				t.Error("the removal is forgotten")
			}
		}},
	}
	for _, from := range store.States() {
		cases = append(cases, testCase{"from " + string(from), func(t *testing.T, s store.Store) {
			leave(t, s, from)
		}})
	}
	return cases
}

// ownError is an error of a change that a backend cannot know.
type ownError struct{}

func (*ownError) Error() string { return "mine" }

// leave tries every transition from one state.
func leave(t *testing.T, s store.Store, from store.State) {
	for i, to := range store.States() {
		id := "to-" + string(to)
		create(t, s, job(id, i))
		before := bring(t, s, id, from)
		got, err := s.Update(t.Context(), id, func(j *store.Job) error { enter(to)(j); return nil })
		after := get(t, s, id)
		switch {
		case to == from || from.CanBecome(to):
			if err != nil || after.State != to {
				t.Errorf("to %s: it is %s, %v", to, after.State, err)
			}
			wantSame(t, "to "+string(to), got, after)
		default:
			wantError(t, "to "+string(to), err, store.ErrTransition)
			wantSame(t, "to "+string(to), after, before)
		}
	}
	for name, change := range map[string]func(*store.Job){
		"failed without a reason":   func(j *store.Job) { j.State, j.Failure = store.StateFailed, "" },
		"a reason without a failed": func(j *store.Job) { j.State, j.Failure = from, store.FailureLost },
	} {
		if from == store.StateFailed && name != "failed without a reason" {
			continue // a failed job may get another reason
		}
		_, err := s.Update(t.Context(), "to-"+string(from), func(j *store.Job) error { change(j); return nil })
		wantError(t, name, err, store.ErrTransition)
	}
	if _, err := s.Update(t.Context(), "to-"+string(from), func(j *store.Job) error {
		j.State = "asleep"
		return nil
	}); !errors.Is(err, store.ErrTransition) {
		t.Errorf("to a state that is none: %v, want ErrTransition", err)
	}
}
