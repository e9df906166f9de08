package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// change alters a file behind the back of the store, which has it closed.
func change(t testing.TB, path string, fn func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// contentOf returns what a version sees of a file: all keys and values but those
// of the buckets that it does not know.
func contentOf(t *testing.T, path string, version int) map[string]string {
	t.Helper()
	all := map[string]string{}
	change(t, path, func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if string(name) != bucketMeta && !slices.Contains(buckets(version), string(name)) {
				return nil
			}
			return b.ForEach(func(k, v []byte) error { all[string(name)+" "+string(k)] = string(v); return nil })
		})
	})
	return all
}

// versionOne makes a file of version 1 with jobs of every state, and more
// completed ones, all answered, and returns its path. Of those whose ids end in
// 7, every way to the reply is closed; one record is damaged.
func versionOne(t testing.TB, completed int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	var jobs []store.Job
	for i := range completed {
		jobs = append(jobs, ended(fmt.Sprintf("j%05d", i), store.StateCompleted, i))
	}
	for i, state := range store.States() {
		jobs = append(jobs, ended(string(state), state, i))
	}
	putAll(t, s, append(jobs, admitted(t, "damaged"))...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	toVersionTwo(t, path)
	change(t, path, func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucketJobs))
		errs := []error{tx.DeleteBucket([]byte(bucketDone)), b.Put([]byte("damaged"), []byte(`{"id":`)), note(tx, 1)}
		for _, j := range jobs {
			if record := b.Get([]byte(j.ID)); strings.HasSuffix(j.ID, "7") {
				errs = append(errs, b.Put([]byte(j.ID), bytes.Replace(record, []byte(`"revision"`), []byte(`"unreachable":true,"revision"`), 1)))
			}
		}
		return errors.Join(errs...)
	})
	return path
}

// ended returns a job in that state, answered and shown; if it is final, it
// ended n seconds after 2000.
func ended(id string, state store.State, n int) store.Job {
	j := job(id)
	j.Message, j.AnsweredAt, j.State, j.Revision, j.Shown = "m-"+id, j.CreatedAt, state, 2, 2
	j.Root, j.Part = id, 1
	if state == store.StateFailed {
		j.Failure = store.FailureLost
	}
	if state.Final() {
		j.FinishedAt = time.Unix(2000+int64(n), 0)
	}
	return j
}

// admitted returns a job as Create stores it.
func admitted(t testing.TB, id string) store.Job {
	t.Helper()
	j, err := store.Admit(job(id))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// putAll stores jobs as they are, whatever they are.
func putAll(t testing.TB, s *Store, jobs ...store.Job) {
	t.Helper()
	for part := range slices.Chunk(jobs, 10_000) {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			for _, j := range part {
				record, err := encode(j)
				if err != nil {
					return err
				}
				if err := put(tx, nil, j, record); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFileOfVersion1IsBroughtToThePresentOne(t *testing.T) {
	t.Parallel()
	const n = stageStep + 20
	path := versionOne(t, n)
	s := openStore(t, path)
	for id, want := range map[string]store.Route{"j00007": store.RouteNone, "j00006": store.RouteReply} {
		if j, err := s.Get(t.Context(), id); err != nil || j.Route != want {
			t.Errorf("job %s has route %q, %v; want %q", id, j.Route, err, want)
		}
	}
	if j := update(t, s, "j00007", func(j *store.Job) { j.Attempts++ }); j.Route != store.RouteNone {
		t.Errorf("job j00007 has route %q once written anew", j.Route)
	}
	mend(t, s)
	if err := s.check(); err != nil {
		t.Errorf("check: %v", err)
	}
	deleted := 0
	for {
		some, err := s.Prune(t.Context(), time.Unix(1<<40, 0), 700)
		if err != nil {
			t.Fatal(err)
		}
		if deleted += some; some < 700 {
			break
		}
	}
	if want := n + 3; deleted != want { // completed, failed, cancelled
		t.Errorf("%d jobs were pruned, want %d", deleted, want)
	}
}

// mend replaces the record that versionOne damaged, and all that it asks for.
func mend(t *testing.T, s *Store) {
	t.Helper()
	j := admitted(t, "damaged")
	record, err := encode(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return put(tx, nil, j, record) }); err != nil {
		t.Fatal(err)
	}
}

// TestAnInterruptedMigrationLeavesTheFileAsItWas stops between the transactions
// of a migration, has version 1 go on with the file, and migrates it then.
func TestAnInterruptedMigrationLeavesTheFileAsItWas(t *testing.T) {
	t.Parallel()
	for steps := range 3 {
		path := versionOne(t, 60)
		before := contentOf(t, path, 1)
		boom := errors.New("boom")
		_, err := Open(path, func(c *config) {
			c.migrations = []migration{{}, {stage: func(db *bbolt.DB) error {
				last := ""
				err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte(bucketDone)); return err })
				for range steps {
					if last, err = indexDone(db, last, 20); err != nil {
						return err
					}
				}
				return errors.Join(err, boom)
			}}}
		})
		if !errors.Is(err, boom) || !contains(err, "format 2") {
			t.Fatalf("a migration that fails: %v; want its error and the format", err)
		}
		if after := contentOf(t, path, 1); !maps.Equal(before, after) {
			t.Errorf("after %d steps, the file is not as it was", steps)
		}
		// Version 1 knows no index that a change would have to keep true.
		change(t, path, func(tx *bbolt.Tx) error {
			jobs := tx.Bucket([]byte(bucketJobs))
			record := bytes.Replace(jobs.Get([]byte("j00001")), []byte(`"finished_at":"1970-01-01T00:33:21Z"`), []byte(`"finished_at":"1970-01-01T00:44:44Z"`), 1)
			return jobs.Put([]byte("j00001"), record)
		})
		s := openStore(t, path)
		mend(t, s)
		if err := s.check(); err != nil {
			t.Errorf("after %d steps and another migration: %v", steps, err)
		}
	}
}

func TestOpenRefusesANewerFile(t *testing.T) {
	t.Parallel()
	content := metaFile(t, keyProgram, program, keyVersion, strconv.Itoa(len(migrations())+1), "future", "yes")
	path := write(t, content)
	for name, err := range map[string]error{"Open": second(Open(path)), "Verify": Verify(path)} {
		if !errors.Is(err, store.ErrNewer) || !contains(err, fmt.Sprintf("format %d", len(migrations())+1)) || !contains(err, path) {
			t.Errorf("%s: %v; want ErrNewer, the format and the path", name, err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file was changed, %v", err)
	}
}

// second returns the error of what else returns a store.
func second(_ *Store, err error) error { return err }

// openWith opens with the migrations of the package, and others behind them.
func openWith(path string, more ...func(*bbolt.Tx) error) (*Store, error) {
	return Open(path, func(c *config) {
		for _, m := range more {
			c.migrations = append(c.migrations, migration{apply: m})
		}
	})
}

func TestOpenMigratesAnOlderFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	want := create(t, s, "a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	present := len(migrations())
	var ran []string
	note := func(name string, err error) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			ran = append(ran, name)
			_, err2 := tx.CreateBucket([]byte(name))
			return errors.Join(err2, err)
		}
	}
	boom := errors.New("boom")
	if _, err := openWith(path, note("next", nil), note("after", boom)); !errors.Is(err, boom) || !contains(err, fmt.Sprintf("format %d", present+2)) {
		t.Fatalf("a migration that fails: %v; want its error and the format", err)
	}
	if _, err := Open(path); !errors.Is(err, store.ErrNewer) {
		t.Fatalf("the migration before the one that failed is lost: %v", err)
	}
	s, err := openWith(path, note("next again", nil), note("after", nil))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "a")
	if err != nil || got.Prompt != want.Prompt {
		t.Errorf("the job is %+v, %v", got, err)
	}
	if err := s.db.View(func(tx *bbolt.Tx) error {
		if v, err := versionOf(tx); v != present+2 || err != nil {
			t.Errorf("the version is %d, %v; want %d", v, err, present+2)
		}
		if tx.Bucket([]byte("next")) == nil || tx.Bucket([]byte("after")) == nil {
			t.Error("a migration left nothing")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.check(), s.Close()); err != nil {
		t.Error(err)
	}
	if want := []string{"next", "after", "after"}; !slices.Equal(ran, want) {
		t.Errorf("the migrations %q ran, want %q", ran, want)
	}
}

func TestAMigrationThatPanicsIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	if _, err := openWith(path, func(*bbolt.Tx) error { panic("ouch") }); !errors.Is(err, store.ErrForeign) {
		t.Errorf("Open: %v, want ErrForeign", err)
	}
	create(t, openStore(t, path), "a") // the present version stands
}
