package watch_test

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"dreambot/store"
	"dreambot/store/bolt"
	"dreambot/store/storetest"
	"dreambot/store/watch"
)

func open(t *testing.T, tell func(store.Job)) store.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "watch.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return watch.New(s, tell)
}

func TestItIsAStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, func(store.Job) {}) })
}

func TestEveryJobIsToldOfAsItWasStored(t *testing.T) {
	var mu sync.Mutex
	told := map[string][]int{}
	s := open(t, func(j store.Job) {
		mu.Lock()
		defer mu.Unlock()
		told[j.ID] = append(told[j.ID], j.Attempts)
	})
	const jobs, changes = 8, 20
	var all sync.WaitGroup
	for i := range jobs {
		id := string(rune('a' + i))
		j := store.Job{ID: id, Kind: store.KindDream, Channel: "1", Member: "2", CreatedAt: time.Unix(1, 0)}
		if err := s.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		for range changes {
			all.Go(func() {
				if _, err := s.Update(t.Context(), id, func(j *store.Job) error { j.Attempts++; return nil }); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if err := s.Create(t.Context(), store.Job{ID: "a"}); err == nil {
		t.Error("a job without a kind is stored")
	}
	if _, err := s.Update(t.Context(), "a", func(*store.Job) error { return store.ErrConflict }); err == nil {
		t.Error("a change that fails is stored")
	}
	for id, list := range told {
		if len(list) != changes+1 || !slices.IsSorted(list) || list[changes] != changes {
			t.Errorf("job %s: told of %v", id, list)
		}
	}
	if len(told) != jobs {
		t.Errorf("told of %d jobs", len(told))
	}
}

func TestAForgottenMembersJobsAreToldOf(t *testing.T) {
	told := map[string]store.Job{}
	s := open(t, func(j store.Job) { told[j.ID] = j })
	for id, member := range map[string]string{"a": "2", "b": "2", "c": "3"} {
		j := store.Job{ID: id, Kind: store.KindDream, Channel: "1", Member: member, CreatedAt: time.Unix(1, 0)}
		j.Allowance.MemberDreams = 9
		if err := s.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if told[id].Allowance != (store.Allowance{}) {
			t.Errorf("job %s: told of %+v, which is not stored", id, told[id].Allowance)
		}
	}
	if err := s.Forget(t.Context(), "2"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Forget: %v, want ErrConflict", err)
	}
	for _, id := range []string{"a", "b"} {
		if _, err := s.Update(t.Context(), id, func(j *store.Job) error { j.State = store.StateCancelled; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Forget(t.Context(), "2"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"a": store.Nobody, "b": store.Nobody, "c": "3"} {
		if told[id].Member != want {
			t.Errorf("job %s: told of member %s, want %s", id, told[id].Member, want)
		}
	}
}
