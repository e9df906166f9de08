package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"dreambot/store"
)

// counting returns a job that counts as a length of video, created n seconds after
// the start.
func counting(id string, n int, counts time.Duration) store.Job {
	j := job(id, n)
	j.Counts = counts
	return j
}

// bounded returns a job that is held to an allowance, and counts as 5 s.
func bounded(id string, dreams int, length time.Duration) store.Job {
	j := counting(id, 0, 5*time.Second)
	j.Allowance = store.Allowance{MemberDreams: dreams, GuildLength: length}
	return j
}

// wantUsage checks what was begun on a day: by a member, or in the guild where it
// is empty. It has cost nothing.
func wantUsage(t *testing.T, s store.Store, guild, member string, day time.Time, dreams int, length time.Duration) {
	t.Helper()
	wantUse(t, s, guild, member, day, store.Usage{Dreams: dreams, Length: length})
}

// wantSpent checks that a job was refused by a bound, until the day after start.
func wantSpent(t *testing.T, err error, bound store.Bound) {
	t.Helper()
	spent, ok := errors.AsType[*store.SpentError](err)
	if until := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC); !ok || spent.Bound != bound || !spent.Until.Equal(until) {
		t.Errorf("Create: %v, want the allowance of the %s spent until %v", err, bound, until)
	}
}

func using() []testCase {
	const second = time.Second
	return []testCase{
		{"a job counts for its member and its server", func(t *testing.T, s store.Store) {
			other, elsewhere, direct := counting("c", 2, 3*second), counting("d", 3, 9*second), counting("e", 4, 7*second)
			other.Member, elsewhere.Guild, direct.Guild = "31", "11", ""
			create(t, s, counting("a", 0, 5*second), counting("b", 1, 4*second), other, elsewhere, direct)
			wantUsage(t, s, "10", "30", start, 2, 9*second)
			wantUsage(t, s, "10", "31", start, 1, 3*second)
			wantUsage(t, s, "10", "", start, 3, 12*second)
			wantUsage(t, s, "11", "30", start, 1, 9*second)
			wantUsage(t, s, "11", "31", start, 0, 0)
			wantUsage(t, s, "11", "", start, 1, 9*second)
			for _, member := range []string{"30", ""} { // outside of servers
				wantUsage(t, s, "", member, start, 0, 0)
			}
		}},
		{"members and servers are not taken for each other", func(t *testing.T, s store.Store) {
			list := trickyIDs()
			for i, id := range list {
				a, b := counting("a"+id, i, time.Duration(i+1)), counting("b"+id, i, time.Duration(i+1))
				a.Member, b.Guild = id, id
				create(t, s, a, b)
			}
			for i, id := range list {
				wantUsage(t, s, "10", id, start, 1, time.Duration(i+1))
				wantUsage(t, s, id, "30", start, 1, time.Duration(i+1))
				wantUsage(t, s, id, "", start, 1, time.Duration(i+1))
			}
		}},
		{"a day is one of UTC, and begins at midnight", func(t *testing.T, s store.Store) {
			midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
			last, first := counting("last", 0, second), counting("first", 0, 2*second)
			last.CreatedAt, first.CreatedAt = midnight.Add(-1), midnight.In(time.FixedZone("x", -8*3600))
			create(t, s, last, first)
			early := midnight.In(time.FixedZone("y", 9*3600))
			for _, day := range []time.Time{start, midnight.Add(-1), midnight.Add(-24 * time.Hour), early.Add(-1)} {
				wantUsage(t, s, "10", "30", day, 1, second)
				wantUsage(t, s, "10", "", day, 1, second)
			}
			for _, day := range []time.Time{midnight, early, midnight.Add(24*time.Hour - 1)} {
				wantUsage(t, s, "10", "30", day, 1, 2*second)
			}
			wantUsage(t, s, "10", "", midnight.Add(24*time.Hour), 0, 0)
			wantUsage(t, s, "10", "", midnight.Add(-24*time.Hour-1), 0, 0)
		}},
		{"what fails or is cancelled is given back, once", func(t *testing.T, s store.Store) {
			dreams := 0
			for i, state := range store.States() {
				create(t, s, counting(string(state), i, second))
				bring(t, s, string(state), state)
				if state != store.StateFailed && state != store.StateCancelled {
					dreams++
				}
				for range 2 {
					update(t, s, string(state), func(j *store.Job) { j.Attempts++ })
				}
				wantUsage(t, s, "10", "30", start, dreams, time.Duration(dreams)*second)
				wantUsage(t, s, "10", "", start, dreams, time.Duration(dreams)*second)
			}
		}},
		{"it is given back to the day of its creation", func(t *testing.T, s store.Store) {
			create(t, s, counting("a", 0, second), counting("b", 0, 2*second), counting("c", 24*3600, 4*second))
			next := at(24 * 3600)
			update(t, s, "a", func(j *store.Job) { j.State, j.FinishedAt = store.StateCancelled, next })
			wantUsage(t, s, "10", "30", start, 1, 2*second)
			wantUsage(t, s, "10", "", start, 1, 2*second)
			wantUsage(t, s, "10", "30", next, 1, 4*second)
			update(t, s, "b", func(j *store.Job) { j.State = store.StateCancelled })
			wantUsage(t, s, "10", "30", start, 0, 0)
			wantUsage(t, s, "10", "", start, 0, 0)
			wantUsage(t, s, "10", "", next, 1, 4*second)
		}},
		{"given back by many at once, it is given back once", func(t *testing.T, s store.Store) {
			const n = 10
			for i := range n {
				create(t, s, counting(fmt.Sprint(i), i, second))
			}
			together(5*n, func(i int) {
				_, err := s.Update(t.Context(), fmt.Sprint(i%n), func(j *store.Job) error {
					if i%n < 3 {
						return nil
					}
					j.State, j.Place = store.StateCancelled, i
					return nil
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			})
			wantUsage(t, s, "10", "30", start, 3, 3*second)
			wantUsage(t, s, "10", "", start, 3, 3*second)
		}},
		{"a job that counts as something else is counted as that", func(t *testing.T, s store.Store) {
			create(t, s, counting("a", 0, 5*second), counting("b", 0, second))
			update(t, s, "a", func(j *store.Job) { j.Counts = 9 * second })
			wantUsage(t, s, "10", "30", start, 2, 10*second)
			update(t, s, "a", func(j *store.Job) { j.Counts, j.State = 7*second, store.StateCancelled })
			wantUsage(t, s, "10", "30", start, 1, second)
			wantUsage(t, s, "10", "", start, 1, second)
		}},
		{"a job that is deleted was begun all the same", func(t *testing.T, s store.Store) {
			create(t, s, counting("a", 0, 5*second))
			bring(t, s, "a", store.StateCompleted)
			dropped(t, s, "b")
			prune(t, s, at(1<<30), 10, 2)
			wantUsage(t, s, "10", "30", start, 1, 5*second)
			wantUsage(t, s, "10", "", start, 1, 5*second)
		}},
		{"a day is kept while the next one lasts", func(t *testing.T, s store.Store) {
			const n = 30
			midnight, _ := store.Day(start)
			for day := range 2 {
				together(n, func(i int) {
					j := counting(fmt.Sprintf("%d-%d", day, i), 0, second)
					j.CreatedAt, j.Guild, j.Member = midnight.Add(time.Duration(day)*24*time.Hour+time.Duration(i)), fmt.Sprint(i%3), fmt.Sprint(i)
					if day == 1 {
						j.CreatedAt = midnight.Add(store.UsageKept - 1 - time.Duration(i))
					}
					if err := s.Create(t.Context(), j); err != nil {
						t.Errorf("Create(%q): %v", j.ID, err)
					}
				})
			}
			for _, day := range []time.Time{midnight, midnight.Add(24 * time.Hour)} {
				for i := range n {
					wantUsage(t, s, fmt.Sprint(i%3), fmt.Sprint(i), day, 1, second)
				}
				wantUsage(t, s, "0", "", day, n/3, n/3*second)
			}
		}},
	}
}

func allowing() []testCase {
	const second = time.Second
	return []testCase{
		{"a member's allowance is theirs, in a server, of a day", func(t *testing.T, s store.Store) {
			create(t, s, bounded("a", 2, 0), bounded("b", 2, 0))
			wantSpent(t, s.Create(t.Context(), bounded("c", 2, 0)), store.BoundMember)
			_, err := s.Get(t.Context(), "c")
			wantError(t, "Get of what was refused", err, store.ErrNotFound)
			wantUsage(t, s, "10", "30", start, 2, 10*second)

			other, elsewhere, direct, tomorrow := bounded("d", 2, 0), bounded("e", 2, 0), bounded("f", 2, 0), bounded("g", 2, 0)
			other.Member, elsewhere.Guild, direct.Guild, tomorrow.CreatedAt = "31", "11", "", at(12*3600)
			create(t, s, other, elsewhere, direct, tomorrow, bounded("h", 3, 0), job("free", 0))
			wantOpen(t, s, "a", "b", "d", "e", "f", "free", "h", "g")
		}},
		{"a server's allowance is for all of its members", func(t *testing.T, s store.Store) {
			other, elsewhere := bounded("b", 0, 10*second), bounded("d", 0, 10*second)
			other.Member, elsewhere.Guild = "31", "11"
			create(t, s, bounded("a", 0, 10*second), other) // to the last second of it
			small := bounded("c", 0, 10*second)
			small.Member, small.Counts = "32", 1
			wantSpent(t, s.Create(t.Context(), small), store.BoundGuild)
			wantUsage(t, s, "10", "", start, 2, 10*second)
			small.Counts = 0 // which takes nothing of it
			create(t, s, elsewhere, small)
			wantOpen(t, s, "a", "b", "c", "d")
		}},
		{"a refusal says what the allowance is", func(t *testing.T, s store.Store) {
			create(t, s, bounded("a", 1, 3600*second))
			err := s.Create(t.Context(), bounded("b", 1, 3600*second))
			spent, ok := errors.AsType[*store.SpentError](err)
			if want := (store.Allowance{MemberDreams: 1, GuildLength: 3600 * second}); !ok || spent.Allowance != want {
				t.Errorf("Create: %v (%+v), want the allowance %+v", err, spent, want)
			}
		}},
		{"what is given back can be begun again", func(t *testing.T, s store.Store) {
			create(t, s, bounded("a", 1, 5*second))
			wantSpent(t, s.Create(t.Context(), bounded("b", 1, 5*second)), store.BoundMember)
			bring(t, s, "a", store.StateFailed)
			create(t, s, bounded("b", 1, 5*second))
			wantSpent(t, s.Create(t.Context(), bounded("c", 0, 5*second)), store.BoundGuild)
			bring(t, s, "b", store.StateCompleted)
			wantSpent(t, s.Create(t.Context(), bounded("c", 1, 0)), store.BoundMember)
		}},
		{"an allowance is not stored", func(t *testing.T, s store.Store) {
			create(t, s, bounded("a", 5, 5*second))
			if a := get(t, s, "a").Allowance; a != (store.Allowance{}) {
				t.Errorf("the job has the allowance %+v", a)
			}
			if j := update(t, s, "a", func(j *store.Job) { j.Allowance.MemberDreams, j.Attempts = 5, 1 }); j.Allowance != (store.Allowance{}) {
				t.Errorf("the job returned has the allowance %+v", j.Allowance)
			}
		}},
		{"what is refused for another reason takes nothing, and says that", func(t *testing.T, s store.Store) {
			carried := reaction("p", "a", 0)
			carried.Allowance.MemberDreams = 1
			create(t, s, carried)
			wantError(t, "Create of an id that is taken", s.Create(t.Context(), carried), store.ErrExists)
			carried.ID = "b"
			wantError(t, "Create of what is claimed", s.Create(t.Context(), carried), store.ErrClaimed)
			wantUsage(t, s, "10", "30", start, 1, 0)
		}},
		{"of many at once, as many are begun as a member may", func(t *testing.T, s store.Store) {
			atOnce(t, s, 50, 10, store.BoundMember, func(i int) store.Job { return bounded(fmt.Sprint(i), 10, 0) })
		}},
		{"of many at once, as many are begun as a server may", func(t *testing.T, s store.Store) {
			atOnce(t, s, 50, 10, store.BoundGuild, func(i int) store.Job {
				j := bounded(fmt.Sprint(i), 1, 50*second)
				j.Member = fmt.Sprint(100 + i)
				return j
			})
		}},
	}
}

// atOnce creates n jobs at once, of which as many must be stored as said, and the
// others refused by a bound.
func atOnce(t *testing.T, s store.Store, n, stored int, bound store.Bound, of func(i int) store.Job) {
	t.Helper()
	errs := make([]error, n)
	together(n, func(i int) { errs[i] = s.Create(t.Context(), of(i)) })
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else {
			wantSpent(t, err, bound)
		}
	}
	jobs, err := s.Open(t.Context())
	if err != nil || done != stored || len(jobs) != stored {
		t.Errorf("%d jobs were begun and %d are stored, %v; want %d", done, len(jobs), err, stored)
	}
	wantUsage(t, s, "10", "", start, stored, time.Duration(stored)*5*time.Second)
}
