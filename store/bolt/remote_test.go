package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"dreambot/internal/money"
	"dreambot/store"
)

// dropFive takes out of a record what version 5 has brought.
func dropFive(fields map[string]any) {
	dropFields(fields, []string{"second", "second_back", "second_source", "backward", "inline", "price", "priced"})
	if settings, ok := fields["settings"].(map[string]any); ok {
		dropFields(settings, []string{"aspect_ratio", "loop"})
	}
}

// byVersionFour writes a job's record as version 4 does, which drops what it does
// not know, and moves the entries of its indexes. A nil before is for a new one, and
// a nil after for one that is pruned.
func byVersionFour(tx *bbolt.Tx, before, after *store.Job) error {
	id, old, now := "", []entry(nil), []entry(nil)
	if before != nil {
		id, old = before.ID, entries(*before)
	}
	jobs := tx.Bucket([]byte(bucketJobs))
	errs := []error{jobs.Delete([]byte(id))}
	if after != nil {
		id, now = after.ID, entries(*after)
		fields := map[string]any{}
		record, err := encode(*after)
		errs = append(errs, err, json.Unmarshal(record, &fields))
		dropFive(fields)
		record, err = json.Marshal(fields)
		errs = append(errs, err, jobs.Put([]byte(id), record))
	}
	for _, e := range old {
		if slices.Contains(buckets(4), e.bucket) {
			errs = append(errs, tx.Bucket([]byte(e.bucket)).Delete([]byte(e.key)))
		}
	}
	for _, e := range now {
		if slices.Contains(buckets(4), e.bucket) {
			errs = append(errs, tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), nil))
		}
	}
	return errors.Join(errs...)
}

// toVersionFour makes a file of the present version one that version 4 wrote. Its
// records must have nothing that version 4 does not know, and so cost nothing.
func toVersionFour(t testing.TB, path string) {
	t.Helper()
	change(t, path, func(tx *bbolt.Tx) error {
		return errors.Join(note(tx, 4), tx.DeleteBucket([]byte(bucketRemote)))
	})
}

// versionFourFile makes a file of version 4 with these jobs, and returns its path.
func versionFourFile(t testing.TB, jobs ...store.Job) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	putAll(t, s, jobs...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	toVersionFour(t, path)
	return path
}

// remote returns a job that Luma has made, ended n seconds after 2000, or has in
// another state.
func remote(id, at string, state store.State, n int) store.Job {
	j := ended(id, state, n)
	j.Remote = at
	return j
}

func wantRemote(t *testing.T, s *Store, at, id string) {
	t.Helper()
	switch j, err := s.ByRemote(t.Context(), at); {
	case id == "" && !errors.Is(err, store.ErrNotFound):
		t.Errorf("generation %q: job %q, %v; want ErrNotFound", at, j.ID, err)
	case id != "" && (err != nil || j.ID != id):
		t.Errorf("generation %q: job %q, %v; want %q", at, j.ID, err, id)
	}
}

func TestAFileOfVersion4FindsItsGenerations(t *testing.T) {
	t.Parallel()
	const n = stageStep + 20
	jobs := []store.Job{ended("none", store.StateFailed, 1), remote("runs", "r-runs", store.StateDreaming, 0)}
	for i := range n {
		jobs = append(jobs, remote(fmt.Sprintf("j%05d", i), fmt.Sprintf("r-%d", i), store.StateCompleted, i))
	}
	older, newer := remote("z", "twice", store.StateCompleted, 1), remote("y", "twice", store.StateCompleted, 2)
	newer.CreatedAt = older.CreatedAt.Add(1)
	path := versionFourFile(t, append(jobs, older, newer)...)
	if err := Verify(path); err != nil {
		t.Errorf("Verify of version 4: %v", err)
	}
	s := openStore(t, path)
	for i := range n {
		wantRemote(t, s, fmt.Sprintf("r-%d", i), fmt.Sprintf("j%05d", i))
	}
	wantRemote(t, s, "r-runs", "runs")
	wantRemote(t, s, "twice", "y")
	wantRemote(t, s, "", "")
	wantRemote(t, s, "r-", "")
	if err := errors.Join(s.check(), s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}

func TestFilesOfOlderVersionsFindTheirGenerations(t *testing.T) {
	t.Parallel()
	for version, to := range map[int]func(testing.TB, string){3: toVersionThree, 2: toVersionTwo} {
		path := versionFourFile(t, remote("a", "r-a", store.StateCompleted, 1), remote("b", "r-b", store.StateQueued, 1))
		openStore(t, path).Close()
		to(t, path)
		s := openStore(t, path)
		wantRemote(t, s, "r-a", "a")
		wantRemote(t, s, "r-b", "b")
		if err := s.check(); err != nil {
			t.Errorf("from version %d: %v", version, err)
		}
	}
}

// TestVersion4GoesOnAfterAnInterruption stops between the steps of the migration,
// has version 4 go on with the file, and migrates it then.
func TestVersion4GoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	const done = store.StateCompleted
	for steps := range 5 {
		a, b, c := remote("a", "r-a", done, 1), remote("b", "", store.StateSubmitting, 1), remote("c", "r-c", done, 1)
		path := versionFourFile(t, a, b, c)
		before := contentOf(t, path, 4)
		boom := errors.New("boom")
		_, err := Open(path, func(c *config) {
			c.migrations[4].stage = func(db *bbolt.DB) error {
				err := beginRemote(db)
				for last, n := "", 0; n < steps && err == nil; n++ {
					last, err = indexRemote(db, last, 1)
				}
				return errors.Join(err, boom)
			}
		})
		if !errors.Is(err, boom) || !contains(err, "format 5") {
			t.Fatalf("a migration that fails: %v; want its error and the format", err)
		}
		if after := contentOf(t, path, 4); !maps.Equal(before, after) {
			t.Errorf("after %d steps, version 4 does not see what it wrote:\n%q\n%q", steps, after, before)
		}
		if err := Verify(path); err != nil {
			t.Errorf("after %d steps, Verify: %v", steps, err)
		}

		// Version 4 prunes a, learns of b's generation, and stores d.
		queued, d := b, remote("d", "r-d", done, 1)
		queued.State, queued.Remote = store.StateQueued, "r-b"
		change(t, path, func(tx *bbolt.Tx) error {
			return errors.Join(byVersionFour(tx, &a, nil), byVersionFour(tx, &b, &queued), byVersionFour(tx, nil, &d), count(tx, nil, d))
		})
		s := openStore(t, path)
		if err := s.check(); err != nil {
			t.Errorf("after %d steps and another migration: %v", steps, err)
		}
		for at, id := range map[string]string{"r-a": "", "r-b": "b", "r-c": "c", "r-d": "d"} {
			wantRemote(t, s, at, id)
		}
		if !holds(t, s, "sesame-b") {
			t.Errorf("after %d steps the token is lost", steps)
		}
	}
}

// TestWhatVersion4CountedCostsNothing holds that its counters are read, and that
// what is begun since, and given back, is added to them.
func TestWhatVersion4CountedCostsNothing(t *testing.T) {
	t.Parallel()
	path := versionFourFile(t, ended("a", store.StateCompleted, 1), ended("b", store.StateDreaming, 1))
	s := openStore(t, path)
	size := func() (n int) {
		t.Helper()
		err := s.db.View(func(tx *bbolt.Tx) error {
			key, err := counterKey(tx, "10", "", job("").CreatedAt)
			n = len(tx.Bucket([]byte(bucketUsage)).Get([]byte(key)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	usage := func(dreams int, cost money.Amount) {
		t.Helper()
		for _, member := range []string{"30", ""} {
			got, err := s.Usage(t.Context(), "10", member, job("").CreatedAt)
			if want := (store.Usage{Dreams: dreams, Cost: cost}); err != nil || got != want {
				t.Errorf("usage of %q: %+v, %v; want %+v", member, got, err, want)
			}
		}
	}
	usage(2, 0)
	if n := size(); n != 16 {
		t.Fatalf("version 4 could not read the %d bytes of its counter", n)
	}
	dear := job("c")
	dear.Price = 710_000
	if err := s.Create(t.Context(), dear); err != nil {
		t.Fatal(err)
	}
	usage(3, 710_000)
	update(t, s, "b", func(j *store.Job) { j.Price = 1 }) // is learnt of later
	usage(3, 710_001)
	update(t, s, "b", func(j *store.Job) { j.State, j.Failure = store.StateFailed, store.FailureLost })
	usage(2, 710_000)
	if n := size(); n != 24 {
		t.Errorf("a counter with a cost has %d bytes, want 24", n)
	}
	update(t, s, "c", func(j *store.Job) { j.State = store.StateCancelled })
	usage(1, 0)
	if n := size(); n != 16 {
		t.Errorf("a counter without a cost has %d bytes, want 16", n)
	}
	if err := errors.Join(s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}
