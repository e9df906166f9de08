package storetest

import (
	"fmt"
	"testing"
	"time"

	"dreambot/store"
)

func wantTally(t *testing.T, s store.Store, guild, member string, want store.Tally) {
	t.Helper()
	got, err := s.Tally(t.Context(), guild, member)
	if err != nil || got != want {
		t.Errorf("Tally(%q, %q) = %+v, %v; want %+v", guild, member, got, err, want)
	}
}

func tallying() []testCase {
	const second = time.Second
	remix := func(id string, credits ...store.Credit) store.Job {
		j := counting(id, 1, second)
		j.Remixes = credits
		return j
	}
	return []testCase{
		{"a completed job counts, once, and no other", func(t *testing.T, s store.Store) {
			wantTally(t, s, "10", "30", store.Tally{})
			for i, state := range store.States() {
				create(t, s, counting(string(state), i, 5*second))
				bring(t, s, string(state), state)
			}
			wantTally(t, s, "10", "30", store.Tally{Dreams: 1, Length: 5 * second})
			for range 2 {
				update(t, s, "completed", func(j *store.Job) { j.Attempts, j.Counts = j.Attempts+1, 9*second })
			}
			wantTally(t, s, "10", "30", store.Tally{Dreams: 1, Length: 5 * second})
			bring(t, s, "waiting", store.StateCompleted)
			wantTally(t, s, "10", "30", store.Tally{Dreams: 2, Length: 10 * second})
		}},
		{"each member has one in each server, and none outside", func(t *testing.T, s store.Store) {
			list := trickyIDs()
			for i, id := range list {
				a, b := counting("a"+id, i, time.Duration(i+1)), counting("b"+id, i, time.Duration(i+1))
				a.Member, b.Guild = id, id
				create(t, s, a, b)
				bring(t, s, a.ID, store.StateCompleted)
				bring(t, s, b.ID, store.StateCompleted)
			}
			direct := counting("direct", 0, second)
			direct.Guild = ""
			create(t, s, direct)
			bring(t, s, "direct", store.StateCompleted)
			for i, id := range list {
				wantTally(t, s, "10", id, store.Tally{Dreams: 1, Length: time.Duration(i + 1)})
				wantTally(t, s, id, "30", store.Tally{Dreams: 1, Length: time.Duration(i + 1)})
			}
			wantTally(t, s, "", "30", store.Tally{})
			wantTally(t, s, "10", "30", store.Tally{})
		}},
		{"a remix counts for whose result is the nearest", func(t *testing.T, s store.Store) {
			create(t, s, remix("a", store.Credit{Job: "x", Member: "31"}, store.Credit{Job: "y", Member: "32"}),
				remix("b", store.Credit{Job: "z", Member: "31"}), remix("failed", store.Credit{Job: "x", Member: "31"}))
			wantTally(t, s, "10", "31", store.Tally{})
			bring(t, s, "a", store.StateCompleted)
			bring(t, s, "b", store.StateCompleted)
			bring(t, s, "failed", store.StateFailed)
			update(t, s, "a", func(j *store.Job) { j.Attempts++ })
			wantTally(t, s, "10", "31", store.Tally{Remixed: 2})
			wantTally(t, s, "10", "32", store.Tally{})
			wantTally(t, s, "11", "31", store.Tally{})
			wantTally(t, s, "10", "30", store.Tally{Dreams: 2, Length: 2 * second})
		}},
		{"a remix of one's own, or of nobody's, counts for nobody", func(t *testing.T, s store.Store) {
			create(t, s, remix("own", store.Credit{Job: "x", Member: "30"}, store.Credit{Job: "y", Member: "32"}),
				remix("nobody", store.Credit{Job: "x", Member: store.Nobody}, store.Credit{Job: "y", Member: "32"}))
			bring(t, s, "own", store.StateCompleted)
			bring(t, s, "nobody", store.StateCompleted)
			wantTally(t, s, "10", "30", store.Tally{Dreams: 2, Length: 2 * second})
			wantTally(t, s, "10", "32", store.Tally{})
			wantTally(t, s, "10", store.Nobody, store.Tally{})
		}},
		{"it outlasts the jobs", func(t *testing.T, s store.Store) {
			create(t, s, remix("a", store.Credit{Job: "x", Member: "31"}))
			bring(t, s, "a", store.StateCompleted)
			prune(t, s, at(1<<30), 10, 1)
			wantTally(t, s, "10", "30", store.Tally{Dreams: 1, Length: second})
			wantTally(t, s, "10", "31", store.Tally{Remixed: 1})
		}},
		{"completed at once, all count", func(t *testing.T, s store.Store) {
			const n = 20
			for i := range n {
				create(t, s, remix(fmt.Sprint(i), store.Credit{Job: "x", Member: "31"}))
				bring(t, s, fmt.Sprint(i), store.StateQueued)
			}
			together(3*n, func(i int) {
				_, err := s.Update(t.Context(), fmt.Sprint(i%n), func(j *store.Job) error {
					j.State, j.Attempts = store.StateCompleted, i
					return nil
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			})
			wantTally(t, s, "10", "30", store.Tally{Dreams: n, Length: n * second})
			wantTally(t, s, "10", "31", store.Tally{Remixed: n})
		}},
	}
}
