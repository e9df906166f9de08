package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"dreambot/store"
)

// RunReopen checks what lasts when a store is closed and opened again. start is
// called once per test, for data of its own; each call of what it returns opens
// this data, which the suite has closed before.
func RunReopen(t *testing.T, start func(t *testing.T) (open func(t *testing.T) store.Store)) {
	t.Run("every state, list and duration is as it was", func(t *testing.T) {
		t.Parallel()
		open := start(t)
		s := open(t)
		m := store.Measure{Kind: store.KindExtend, Model: "ray-2"}
		var want []store.Job
		for i, state := range store.States() {
			id := string(state)
			create(t, s, job(id, i))
			bring(t, s, id, state)
			want = append(want, update(t, s, id, func(j *store.Job) {
				j.Message, j.Remote, j.AnsweredAt, j.Shown = "m-"+id, "r-"+id, at(100+i), 1
				j.Video.URL, j.Settings.ExpandPrompt = "https://v/"+id, new(bool)
			}))
		}
		complete(t, s, "measured", m, time.Minute)
		carried := reaction("waiting", "carried", 50)
		create(t, s, carried)
		kept := draft("d", 0)
		keep(t, s, kept)
		lent := counting("lent", 51, 5*time.Second)
		lent.Member, lent.Price, lent.Remixes = "31", 710_000, []store.Credit{{Job: "waiting", Member: "32"}}
		create(t, s, lent)
		bring(t, s, "lent", store.StateCompleted)
		leave := counting("leave", 52, time.Second)
		leave.Member = "33"
		create(t, s, leave)
		bring(t, s, "leave", store.StateCompleted)
		if err := s.Forget(t.Context(), "33"); err != nil {
			t.Fatalf("Forget: %v", err)
		}
		due, err := s.Due(t.Context())
		if err != nil || len(due) != len(want) {
			t.Fatalf("Due: %d jobs, %v; want %d", len(due), err, len(want))
		}
		first, err := s.List(t.Context(), store.Query{Channel: "20", Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		closeStore(t, s)

		s = open(t)
		defer closeStore(t, s)
		for _, j := range want {
			wantSame(t, "Get", get(t, s, j.ID), j)
			found, err := s.ByMessage(t.Context(), j.Message)
			if err != nil {
				t.Errorf("ByMessage(%q): %v", j.Message, err)
			}
			wantSame(t, "ByMessage", found, j)
			wantRemote(t, s, j.Remote, j.ID)
		}
		wantOpen(t, s, "waiting", "submitting", "queued", "dreaming", "carried")
		wantStory(t, s, "waiting", "waiting", "carried")
		wantCarried(t, s, "waiting", "carried")
		wantError(t, "Create of what is claimed from before", s.Create(t.Context(), reaction("waiting", "again", 51)), store.ErrClaimed)
		wantDraft(t, s, kept)
		wantError(t, "Keep of an id from before", s.Keep(t.Context(), kept), store.ErrExists)
		wantDue(t, s, ids(due)...)
		wantDurations(t, s, m, time.Minute)
		wantUse(t, s, "10", "31", at(0), store.Usage{Dreams: 1, Length: 5 * time.Second, Cost: 710_000})
		wantTally(t, s, "10", "31", store.Tally{Dreams: 1, Length: 5 * time.Second})
		wantTally(t, s, "10", "32", store.Tally{Remixed: 1})
		spent := counting("spent", 53, time.Second)
		spent.Member, spent.Allowance.MemberDreams = "31", 1
		wantSpent(t, s.Create(t.Context(), spent), store.BoundMember)
		wantEach(t, s, "33")
		wantTally(t, s, "10", "33", store.Tally{})
		wantUsage(t, s, "10", "33", at(0), 1, time.Second)
		all := pages(t, s, store.Query{Channel: "20", Limit: 3})
		rest := pages(t, s, store.Query{Channel: "20", Limit: 3, Cursor: first.Next})
		if len(first.Next) == 0 || fmt.Sprint(all[1:]) != fmt.Sprint(rest) {
			t.Errorf("a cursor from before goes on with %q, want %q", rest, all[1:])
		}
		wantError(t, "Create of an id from before", s.Create(t.Context(), job("queued", 0)), store.ErrExists)
		update(t, s, "dreaming", enter(store.StateCompleted))
		wantOpen(t, s, "waiting", "submitting", "queued", "carried")
	})

	t.Run("what was stored while it closed is there", func(t *testing.T) {
		t.Parallel()
		open := start(t)
		s := open(t)
		const n = 50
		var stored [n]atomic.Bool
		together(n+1, func(i int) {
			if i == n {
				closeStore(t, s)
				return
			}
			stored[i].Store(s.Create(t.Context(), job(fmt.Sprint(i), i)) == nil)
		})
		s = open(t)
		defer closeStore(t, s)
		for i := range stored {
			if stored[i].Load() {
				get(t, s, fmt.Sprint(i))
			}
		}
	})
}
