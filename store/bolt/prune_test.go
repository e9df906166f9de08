package bolt

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// late is after the end of every job of these tests.
var late = time.Unix(1<<40, 0)

func endedJobs(n int) []store.Job {
	jobs := make([]store.Job, n)
	for i := range jobs {
		jobs[i] = ended(fmt.Sprintf("j%06d", i), store.StateCompleted, i)
	}
	return jobs
}

func TestPruneWorksInSteps(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const n = 3*pruneStep + 10
	putAll(t, s, endedJobs(n)...)
	before := commits(t, s)
	if got, err := s.Prune(t.Context(), late, n); got != n || err != nil {
		t.Fatalf("Prune: %d, %v; want %d", got, err, n)
	}
	if got := commits(t, s) - before; got != 4 {
		t.Errorf("%d jobs took %d transactions, want 4", n, got)
	}
	if got, err := s.Prune(t.Context(), late, n); got != 0 || err != nil || commits(t, s)-before != 4 {
		t.Errorf("with nothing left: %d, %v, %d commits", got, err, commits(t, s)-before)
	}
}

func TestPrunedRoomIsUsedAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	size := func() (n int64) {
		if err := s.db.View(func(tx *bbolt.Tx) error { n = tx.Size(); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var first int64
	for round := range 6 {
		putAll(t, s, endedJobs(500)...)
		if got, err := s.Prune(t.Context(), late, 500); got != 500 || err != nil {
			t.Fatalf("round %d: %d, %v", round, got, err)
		}
		if round == 1 {
			first = size()
		}
	}
	if last := size(); last > 2*first {
		t.Errorf("the file has %d bytes, and had %d with as many jobs", last, first)
	}
}

// TestDamageDoesNotStopPruning has an index whose first entries lead to nothing
// that could be pruned, more than one call looks at.
func TestDamageDoesNotStopPruning(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	jobs := endedJobs(store.MaxScan + 20)
	putAll(t, s, jobs...)
	kept := jobs[10]
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucketJobs))
		errs := []error{
			tx.Bucket([]byte(bucketDone)).Put([]byte("\x00short"), nil),
			b.Delete([]byte(jobs[1].ID)),
			b.Put([]byte(jobs[2].ID), []byte(`{"id":"another"}`)),
		}
		// One that the index calls done, and its record does not.
		kept.State, kept.FinishedAt = store.StateDreaming, time.Time{}
		record, err := encode(kept)
		errs = append(errs, err, b.Put([]byte(kept.ID), record))
		for _, j := range jobs[20:] {
			errs = append(errs, b.Put([]byte(j.ID), []byte("{")))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for range 3 {
		n, err := s.Prune(t.Context(), late, store.MaxScan)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if want := 20 - 3; total != want {
		t.Errorf("%d jobs were pruned, want %d", total, want)
	}
	if j, err := s.Get(t.Context(), kept.ID); err != nil || j.State != store.StateDreaming {
		t.Errorf("the job that goes on is %s, %v", j.State, err)
	}
	if _, err := s.Get(t.Context(), jobs[2].ID); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("the damaged record: %v; want that it is damaged", err)
	}
	if err := s.Close(); err != nil { // before the check at the end
		t.Fatal(err)
	}
}
