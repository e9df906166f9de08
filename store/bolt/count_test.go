package bolt

import (
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// versionFour returns the names of the fields that version 4 has brought.
func versionFour() []string { return []string{"spoiler", "remixes", "counts"} }

func dropFields(fields map[string]any, names []string) {
	for _, name := range names {
		delete(fields, name)
	}
}

// asVersionThree returns the record as version 3 would write it again.
func asVersionThree(record []byte) ([]byte, error) {
	fields := map[string]any{}
	if err := json.Unmarshal(record, &fields); err != nil {
		return nil, err
	}
	dropFields(fields, versionFour())
	dropFive(fields)
	return json.Marshal(fields)
}

// toVersionThree makes a file of the present version one that version 3 wrote. Its
// records must have nothing that version 3 does not know.
func toVersionThree(t testing.TB, path string) {
	t.Helper()
	toVersionFour(t, path)
	change(t, path, func(tx *bbolt.Tx) error {
		errs := []error{note(tx, 3), tx.Bucket([]byte(bucketMeta)).Delete([]byte(keyDigest))}
		for _, name := range slices.Concat(usageBuckets(), communityBuckets()) {
			errs = append(errs, tx.DeleteBucket([]byte(name)))
		}
		return errors.Join(errs...)
	})
}

// versionThree makes a file of version 3 with these jobs, and returns its path.
func versionThree(t testing.TB, jobs ...store.Job) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	putAll(t, s, jobs...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	toVersionThree(t, path)
	return path
}

// counted returns a job of version 3, created on a day after 2000, that asked for
// a length of video.
func counted(id string, state store.State, day int, asked time.Duration) store.Job {
	j := ended(id, state, 1)
	j.CreatedAt = time.Date(2000, 1, 1+day, 12, 0, 0, 0, time.UTC)
	j.Settings.Duration = asked
	return j
}

func wantUsage(t *testing.T, s *Store, guild, member string, day, dreams int, length time.Duration) {
	t.Helper()
	at := time.Date(2000, 1, 1+day, 23, 0, 0, 0, time.UTC)
	got, err := s.Usage(t.Context(), guild, member, at)
	if want := (store.Usage{Dreams: dreams, Length: length}); err != nil || got != want {
		t.Errorf("day %d of %s in %s: %+v, %v; want %+v", day, member, guild, got, err, want)
	}
}

func wantTally(t *testing.T, s *Store, guild, member string, want store.Tally) {
	t.Helper()
	if got, err := s.Tally(t.Context(), guild, member); err != nil || got != want {
		t.Errorf("the tally of %s in %s is %+v, %v; want %+v", member, guild, got, err, want)
	}
}

// lastDays are jobs of version 3: two of today, one of yesterday, others of long
// ago, of other members, of none that counts.
func lastDays() []store.Job {
	const done = store.StateCompleted
	other, direct, shown := counted("d", done, 9, time.Second), counted("e", done, 9, time.Second), counted("f", done, 9, 0)
	other.Member, direct.Guild, shown.Member, shown.Upload.Length = "31", "", "32", 6*time.Second
	return []store.Job{
		counted("a", done, 1, 5*time.Second), counted("b", done, 8, 4*time.Second), counted("c", store.StateDreaming, 9, 3*time.Second),
		other, direct, shown, counted("g", store.StateFailed, 9, time.Second), counted("h", done, 9, 2*time.Second),
	}
}

func wantLastDays(t *testing.T, s *Store) {
	t.Helper()
	wantUsage(t, s, "10", "30", 9, 2, 5*time.Second)
	wantUsage(t, s, "10", "31", 9, 1, time.Second)
	wantUsage(t, s, "10", "32", 9, 1, 6*time.Second)
	wantUsage(t, s, "10", "", 9, 4, 12*time.Second)
	wantUsage(t, s, "10", "30", 8, 1, 4*time.Second)
	wantUsage(t, s, "10", "", 8, 1, 4*time.Second)
	wantUsage(t, s, "10", "30", 1, 0, 0)
	wantUsage(t, s, "10", "", 1, 0, 0)
	wantTally(t, s, "10", "30", store.Tally{Dreams: 3, Length: 11 * time.Second})
	wantTally(t, s, "10", "31", store.Tally{Dreams: 1, Length: time.Second})
	wantTally(t, s, "10", "32", store.Tally{Dreams: 1, Length: 6 * time.Second})
	wantTally(t, s, "", "30", store.Tally{})
}

func TestAFileOfVersion3IsCounted(t *testing.T) {
	t.Parallel()
	path := versionThree(t, lastDays()...)
	if err := Verify(path); err != nil {
		t.Errorf("Verify of version 3: %v", err)
	}
	s := openStore(t, path)
	wantLastDays(t, s)
	if err := s.check(); err != nil {
		t.Errorf("check: %v", err)
	}
	if !holds(t, s, "sesame-c") {
		t.Error("the token of c is lost")
	}
	// What is given back is what was counted.
	update(t, s, "c", func(j *store.Job) { j.State, j.Failure = store.StateFailed, store.FailureLost })
	wantUsage(t, s, "10", "30", 9, 1, 2*time.Second)
	wantUsage(t, s, "10", "", 9, 3, 9*time.Second)
	if err := errors.Join(s.Close(), Verify(path)); err != nil {
		t.Errorf("Verify: %v", err)
	}
	change(t, path, func(tx *bbolt.Tx) error { // version 4 may be where it ends, for now
		return tx.Bucket([]byte(bucketUsage)).ForEach(func(k, v []byte) error {
			if len(v) != 16 {
				t.Errorf("version 4 could not read the %d bytes of %q", len(v), k)
			}
			return nil
		})
	})
	again := openStore(t, path) // nothing is counted twice
	wantUsage(t, again, "10", "", 9, 3, 9*time.Second)
	wantTally(t, again, "10", "30", store.Tally{Dreams: 3, Length: 11 * time.Second})
}

func TestFilesOfOlderVersionsAreCounted(t *testing.T) {
	t.Parallel()
	path := versionThree(t, lastDays()...)
	openStore(t, path).Close()
	toVersionTwo(t, path)
	s := openStore(t, path)
	wantLastDays(t, s)

	s = openStore(t, versionOne(t, stageStep+20)) // with one completed job for its state, all on one day
	want := store.Tally{Dreams: stageStep + 21}
	wantTally(t, s, "10", "30", want)
	u, err := s.Usage(t.Context(), "10", "30", time.Unix(1000, 0))
	if dreams := want.Dreams + 4; err != nil || u.Dreams != dreams { // those that run
		t.Errorf("the day has %d dreams, %v; want %d", u.Dreams, err, dreams)
	}
	mend(t, s)
}

// TestVersion3GoesOnAfterAnInterruption stops between the steps of the migration,
// has version 3 go on with the file, and migrates it then.
func TestVersion3GoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	for steps := range 9 {
		path := versionThree(t, lastDays()...)
		before := contentOf(t, path, 3)
		boom := errors.New("boom")
		_, err := Open(path, func(c *config) {
			c.migrations[3].stage = func(db *bbolt.DB) error {
				err := beginUsage(db)
				for last, n := "", 0; n < steps && err == nil; n++ {
					last, err = countJobs(db, last, 1)
				}
				return errors.Join(err, boom)
			}
		})
		if !errors.Is(err, boom) || !contains(err, "format 4") {
			t.Fatalf("a migration that fails: %v; want its error and the format", err)
		}
		after := contentOf(t, path, 3)
		for _, content := range []map[string]string{before, after} {
			delete(content, bucketMeta+" "+keyDigest) // which version 3 does not read
			for key, value := range content {
				if record, err := asVersionThree([]byte(value)); err == nil && key[:4] == bucketJobs {
					content[key] = string(record)
				}
			}
		}
		if !maps.Equal(before, after) {
			t.Errorf("after %d steps, version 3 does not see what it wrote:\n%q\n%q", steps, after, before)
		}
		if err := Verify(path); err != nil {
			t.Errorf("after %d steps, Verify: %v", steps, err)
		}
		// Version 3 writes c anew, and drops what it does not know.
		change(t, path, func(tx *bbolt.Tx) error {
			jobs := tx.Bucket([]byte(bucketJobs))
			record, err := asVersionThree(jobs.Get([]byte("c")))
			return errors.Join(err, jobs.Put([]byte("c"), record))
		})
		s := openStore(t, path)
		wantLastDays(t, s)
		if err := s.check(); err != nil {
			t.Errorf("after %d steps and another migration: %v", steps, err)
		}
	}
}
