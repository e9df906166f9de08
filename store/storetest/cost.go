package storetest

import (
	"fmt"
	"testing"
	"time"

	"dreambot/internal/money"
	"dreambot/store"
)

// costing returns a job that counts as 5 s and costs as much,
// created n seconds after the start.
func costing(id string, n int, price money.Amount) store.Job {
	j := counting(id, n, 5*time.Second)
	j.Price = price
	return j
}

// wantUse checks what was begun on a day, as wantUsage does, with what it cost.
func wantUse(t *testing.T, s store.Store, guild, member string, day time.Time, want store.Usage) {
	t.Helper()
	if got, err := s.Usage(t.Context(), guild, member, day); err != nil || got != want {
		t.Errorf("Usage(%q, %q, %v) = %+v, %v; want %+v", guild, member, day, got, err, want)
	}
}

// wantCost checks what so many jobs of costing have cost, their member and the
// guild as a whole.
func wantCost(t *testing.T, s store.Store, jobs int, cost money.Amount) {
	t.Helper()
	want := store.Usage{Dreams: jobs, Length: time.Duration(jobs) * 5 * time.Second, Cost: cost}
	wantUse(t, s, "10", "30", start, want)
	wantUse(t, s, "10", "", start, want)
}

func spending() []testCase {
	const length = 5 * time.Second
	return []testCase{
		{"a price counts for its member and its server", func(t *testing.T, s store.Store) {
			other, elsewhere, direct := costing("c", 2, 3), costing("d", 3, 9), costing("e", 4, 7)
			other.Member, elsewhere.Guild, direct.Guild = "31", "11", ""
			create(t, s, costing("a", 0, 710_000), costing("b", 1, 0), other, elsewhere, direct)
			wantUse(t, s, "10", "30", start, store.Usage{Dreams: 2, Length: 2 * length, Cost: 710_000})
			wantUse(t, s, "10", "31", start, store.Usage{Dreams: 1, Length: length, Cost: 3})
			wantUse(t, s, "10", "", start, store.Usage{Dreams: 3, Length: 3 * length, Cost: 710_003})
			wantUse(t, s, "11", "", start, store.Usage{Dreams: 1, Length: length, Cost: 9})
			wantUse(t, s, "", "30", start, store.Usage{})
		}},
		{"what fails or is cancelled gives back its price, once", func(t *testing.T, s store.Store) {
			jobs, cost := 0, money.Amount(0)
			for i, state := range store.States() {
				price := money.Amount(1) << (4 * i)
				create(t, s, costing(string(state), i, price))
				wantCost(t, s, jobs+1, cost+price)
				bring(t, s, string(state), state)
				if state != store.StateFailed && state != store.StateCancelled {
					jobs, cost = jobs+1, cost+price
				}
				for range 2 {
					update(t, s, string(state), func(j *store.Job) { j.Attempts++ })
				}
				wantCost(t, s, jobs, cost)
			}
		}},
		{"a price that is learnt of later, or is another, is counted as that", func(t *testing.T, s store.Store) {
			create(t, s, costing("a", 0, 0), costing("b", 1, 100))
			wantCost(t, s, 2, 100)
			update(t, s, "a", func(j *store.Job) { j.Price = 30 })
			wantCost(t, s, 2, 130)
			update(t, s, "b", func(j *store.Job) { j.Price = 20 })
			wantCost(t, s, 2, 50)
			update(t, s, "a", func(j *store.Job) { j.Price, j.State = 99, store.StateCancelled })
			wantCost(t, s, 1, 20)
			update(t, s, "a", func(j *store.Job) { j.Price = 1 }) // which is no longer counted
			wantCost(t, s, 1, 20)
			update(t, s, "b", func(j *store.Job) { j.Price = 0 })
			wantCost(t, s, 1, 0)
		}},
		{"it is given back to the day of its creation", func(t *testing.T, s store.Store) {
			create(t, s, costing("a", 0, 1), costing("b", 24*3600, 2))
			next := store.Usage{Dreams: 1, Length: length, Cost: 2}
			wantCost(t, s, 1, 1)
			wantUse(t, s, "10", "", at(24*3600), next)
			update(t, s, "a", func(j *store.Job) { j.State, j.FinishedAt = store.StateCancelled, at(24*3600) })
			wantCost(t, s, 0, 0)
			wantUse(t, s, "10", "", at(24*3600), next)
		}},
		{"a job that is deleted, or whose member is forgotten, has cost all the same", func(t *testing.T, s store.Store) {
			create(t, s, costing("a", 0, 5), costing("b", 1, 7))
			bring(t, s, "a", store.StateCompleted)
			prune(t, s, at(1<<30), 10, 1)
			wantCost(t, s, 2, 12)
			bring(t, s, "b", store.StateCompleted)
			forget(t, s, "30")
			if j := get(t, s, "b"); j.Price != 7 {
				t.Errorf("the price is %d, want 7", j.Price)
			}
			wantCost(t, s, 2, 12)
			wantUse(t, s, "10", store.Nobody, start, store.Usage{})
		}},
		{"of great prices, and of many at once, none is lost", func(t *testing.T, s store.Store) {
			const n, price = 40, money.Amount(1_000_000_000_000)
			together(n, func(i int) {
				if err := s.Create(t.Context(), costing(fmt.Sprint(i), i, price)); err != nil {
					t.Errorf("Create: %v", err)
				}
			})
			wantCost(t, s, n, n*price)
		}},
	}
}
