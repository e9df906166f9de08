package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"dreambot/store"
)

func forget(t *testing.T, s store.Store, member string) {
	t.Helper()
	if err := s.Forget(t.Context(), member); err != nil {
		t.Fatalf("Forget(%q): %v", member, err)
	}
}

func forgetting() []testCase {
	plain := func(*store.Job) {}
	return []testCase{
		{"their jobs are nobody's", func(t *testing.T, s store.Store) {
			ways := map[string]struct {
				alter func(*store.Job)
				due   bool
			}{
				"plain":   {plain, true},
				"posted":  {func(j *store.Job) { j.Route, j.Posted = store.RoutePost, true }, true},
				"direct":  {func(j *store.Job) { j.Route, j.Direct, j.Posted = store.RouteDirect, "60", true }, true},
				"closed":  {func(j *store.Job) { j.Route = store.RouteNone }, false},
				"guest":   {func(j *store.Job) { j.Guest = true }, false},
				"removed": {func(j *store.Job) { j.Removed = true }, false},
				"unseen":  {func(j *store.Job) { j.Message = "" }, false},
			}
			before := map[string]store.Job{}
			for name, way := range ways {
				for _, state := range []store.State{store.StateCompleted, store.StateFailed, store.StateCancelled} {
					before[name+" "+string(state)] = settled(t, s, name+" "+string(state), state, way.alter)
				}
			}
			forget(t, s, "30")
			due := []string{}
			for name, way := range ways {
				for _, state := range []store.State{store.StateCancelled, store.StateCompleted, store.StateFailed} {
					id := name + " " + string(state)
					wantForgotten(t, s, before[id], way.due)
					if way.due {
						due = append(due, id)
					}
				}
			}
			slices.Sort(due)
			wantDue(t, s, due...)
		}},
		{"what was asked for outside of servers, too", func(t *testing.T, s store.Store) {
			j := job("direct", 0)
			j.Guild = ""
			create(t, s, j, job("unanswered", 1))
			bring(t, s, "direct", store.StateCompleted)
			bring(t, s, "unanswered", store.StateCancelled)
			direct, unanswered := get(t, s, "direct"), get(t, s, "unanswered")
			forget(t, s, "30")
			wantForgotten(t, s, direct, false)
			wantForgotten(t, s, unanswered, false)
			wantEach(t, s, "30")
		}},
		{"a reply that is to be deleted still is", func(t *testing.T, s store.Store) {
			settled(t, s, "a", store.StateCompleted, plain)
			update(t, s, "a", func(j *store.Job) { j.Removed = true })
			forget(t, s, "30")
			wantDue(t, s, "a")
			if j := get(t, s, "a"); !j.Removed || j.Member != store.Nobody {
				t.Errorf("the job is %s", show(j))
			}
		}},
		{"every way to a job follows", func(t *testing.T, s store.Store) {
			settled(t, s, "a", store.StateCompleted, plain)
			settled(t, s, "b", store.StateCompleted, func(j *store.Job) { j.Guest = true })
			carried := reaction("a", "c", 3)
			create(t, s, carried)
			bring(t, s, "c", store.StateCompleted)
			forget(t, s, "30")
			wantEach(t, s, "30")
			wantList(t, s, store.Query{Member: "30", Guild: "10"})
			wantList(t, s, store.Query{Channel: "20"}, "c", "b", "a")
			wantEach(t, s, store.Nobody, "a", "b", "c")
			wantStory(t, s, "a", "a", "c")
			wantCarried(t, s, "a", "c")
			if j, err := s.ByMessage(t.Context(), "m-a"); err != nil || j.ID != "a" {
				t.Errorf("ByMessage: %q, %v", j.ID, err)
			}
			prune(t, s, at(1<<30), 10, 2) // a is due
			update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision })
			prune(t, s, at(1<<30), 10, 1)
			wantEach(t, s, store.Nobody)
		}},
		{"their name is gone from others' jobs", func(t *testing.T, s store.Store) {
			reactors := func(j *store.Job) { j.Reactors = []string{"31", "30", "32"} }
			credits := func(j *store.Job) {
				j.Remixes = []store.Credit{{Job: "x", Member: "32"}, {Job: "y", Member: "30"}, {Job: "z", Member: "30"}}
			}
			alters := map[string]func(*store.Job){
				"neither": func(j *store.Job) { j.Reactors, j.Prompt = []string{"300", "3"}, `"30"` }, "reactors": reactors, "credits": credits,
				"guest": func(j *store.Job) { credits(j); j.Guest = true }, "open": credits,
			}
			before := map[string]store.Job{}
			for id, alter := range alters {
				j := job(id, 0)
				j.Member = "33"
				create(t, s, j)
				if id != "open" {
					bring(t, s, id, store.StateCompleted)
				}
				update(t, s, id, func(j *store.Job) { j.Message, j.AnsweredAt = "m-"+id, at(1); alter(j) })
				before[id] = update(t, s, id, func(j *store.Job) { j.Shown = j.Revision })
			}
			forget(t, s, "30")
			for id, want := range before {
				if len(want.Remixes) > 0 {
					want.Remixes = []store.Credit{{Job: "x", Member: "32"}, {Job: "y", Member: store.Nobody}, {Job: "z", Member: store.Nobody}}
				}
				if id == "reactors" {
					want.Reactors = []string{"31", "32"}
				}
				if id == "credits" || id == "open" {
					want.Revision++
				}
				wantSame(t, "the job with "+id, get(t, s, id), want)
			}
			wantDue(t, s, "credits", "open")
		}},
		{"their drafts are gone, and nobody else's", func(t *testing.T, s store.Store) {
			other := draft("c", 0)
			other.Member, other.Image.Name = "300", `"30"`
			keep(t, s, draft("a", 0), draft("b", 1), other)
			forget(t, s, "30")
			wantNoDraft(t, s, "a")
			wantNoDraft(t, s, "b")
			wantDraft(t, s, other)
		}},
		{"their tallies are gone, and nobody else's", func(t *testing.T, s store.Store) {
			const guilds = 120
			together(guilds, func(i int) {
				j := counting(fmt.Sprint(i), i, time.Second)
				j.Guild = fmt.Sprint(i)
				if i == 0 {
					j.Member, j.Remixes = "300", []store.Credit{{Job: "1", Member: "30"}}
				}
				err := s.Create(t.Context(), j)
				for _, state := range way(store.StateCompleted) {
					_, e := s.Update(t.Context(), j.ID, func(j *store.Job) error { enter(state)(j); return nil })
					err = errors.Join(err, e)
				}
				if err != nil {
					t.Error(err)
				}
			})
			wantTally(t, s, "0", "30", store.Tally{Remixed: 1})
			forget(t, s, "30")
			for i := range guilds {
				wantTally(t, s, fmt.Sprint(i), "30", store.Tally{})
				wantTally(t, s, fmt.Sprint(i), store.Nobody, store.Tally{})
			}
			wantTally(t, s, "0", "300", store.Tally{Dreams: 1, Length: time.Second})
		}},
		{"once more changes nothing", func(t *testing.T, s store.Store) {
			settled(t, s, "a", store.StateCompleted, plain)
			settled(t, s, "b", store.StateCompleted, func(j *store.Job) { j.Remixes = []store.Credit{{Job: "x", Member: "30"}} })
			forget(t, s, "30")
			before := []store.Job{get(t, s, "a"), get(t, s, "b")}
			for _, member := range []string{"30", store.Nobody, "", "nobody"} {
				forget(t, s, member)
			}
			for _, j := range before {
				wantSame(t, "the job", get(t, s, j.ID), j)
			}
		}},
		{"whoever comes again begins anew", func(t *testing.T, s store.Store) {
			settled(t, s, "a", store.StateCompleted, plain)
			forget(t, s, "30")
			create(t, s, counting("b", 5, time.Second))
			bring(t, s, "b", store.StateCompleted)
			wantEach(t, s, "30", "b")
			wantTally(t, s, "10", "30", store.Tally{Dreams: 1, Length: time.Second})
		}},
		{"many jobs, while others change", func(t *testing.T, s store.Store) {
			const n = 240
			many(t, s, n, func(i int, j *store.Job) {
				if i%2 == 1 {
					j.Member, j.Reactors = "31", []string{"30"}
				}
			})
			together(n/2, func(i int) {
				if _, err := s.Update(t.Context(), fmt.Sprintf("j%04d", 2*i), func(j *store.Job) error {
					j.State = store.StateCancelled
					return nil
				}); err != nil {
					t.Errorf("Update: %v", err)
				}
			})
			together(n/2+2, func(i int) {
				if i >= n/2 { // twice at once
					if err := s.Forget(t.Context(), "30"); err != nil {
						t.Errorf("Forget: %v", err)
					}
					return
				}
				if _, err := s.Update(t.Context(), fmt.Sprintf("j%04d", 2*i+1), func(j *store.Job) error { j.Attempts++; return nil }); err != nil {
					t.Errorf("Update: %v", err)
				}
			})
			wantEach(t, s, "30")
			err := s.Each(t.Context(), "31", func(j store.Job) error {
				if j.Attempts != 1 || len(j.Reactors) > 0 {
					return fmt.Errorf("job %q: %d attempts, reactors %q", j.ID, j.Attempts, j.Reactors)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}},
		{"a job by its zero fields is forgotten, too", func(t *testing.T, s store.Store) {
			create(t, s, store.Job{ID: "few", Kind: store.KindExtend, Channel: "20", Member: "30", CreatedAt: start})
			before := bring(t, s, "few", store.StateCancelled)
			forget(t, s, "30")
			wantForgotten(t, s, before, false)
			if got := get(t, s, "few"); !reflect.DeepEqual(got.Image, store.Picture{}) {
				t.Errorf("the picture is %+v", got.Image)
			}
		}},
	}
}
