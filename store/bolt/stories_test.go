package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// toVersionTwo makes a file of the present version one that version 2 wrote, whose
// records it reads and writes again as that version did.
func toVersionTwo(t testing.TB, path string) {
	t.Helper()
	toVersionThree(t, path)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	db.AllocSize = growth // so that a file within a bound stays there
	var ids []string
	err = db.Update(func(tx *bbolt.Tx) error {
		errs := []error{note(tx, 2)}
		for _, name := range storyBuckets() {
			errs = append(errs, tx.DeleteBucket([]byte(name)))
		}
		errs = append(errs, tx.Bucket([]byte(bucketJobs)).ForEach(func(k, _ []byte) error { ids = append(ids, string(k)); return nil }))
		return errors.Join(errs...)
	})
	errs := []error{err}
	for part := range slices.Chunk(ids, 50) {
		errs = append(errs, db.Update(func(tx *bbolt.Tx) error {
			var errs []error
			for _, id := range part {
				errs = append(errs, byVersionTwo(tx.Bucket([]byte(bucketJobs)), id))
			}
			return errors.Join(errs...)
		}))
	}
	if err := errors.Join(append(errs, db.Close())...); err != nil {
		t.Fatal(err)
	}
}

// byVersionTwo writes a record anew as version 2 does, which drops what it does
// not know.
func byVersionTwo(jobs *bbolt.Bucket, id string) error {
	record, err := asVersionTwo(jobs.Get([]byte(id)))
	if err != nil {
		return err
	}
	return jobs.Put([]byte(id), record)
}

// asVersionTwo returns the record as version 2 would write it again. A picture
// that has only a time of expiry gets the time of giving that leads to it.
func asVersionTwo(record []byte) ([]byte, error) {
	fields := map[string]any{}
	if err := json.Unmarshal(record, &fields); err != nil {
		return nil, err
	}
	dropFields(fields, versionFour())
	dropFive(fields)
	for _, name := range []string{"root", "part", "back", "reaction", "reactors", "guest", "invitation", "ready"} {
		delete(fields, name)
	}
	for _, name := range []string{"image", "end_image"} {
		p := fields[name].(map[string]any)
		if text, ok := p["expires"].(string); ok {
			at, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return nil, err
			}
			p["given_at"] = at.Add(-23 * time.Hour)
			delete(p, "expires")
		}
	}
	return json.Marshal(fields)
}

// extension returns a job that extends another, in a state, answered and shown.
func extension(id, parent string, state store.State) store.Job {
	j := ended(id, state, 1)
	j.Kind, j.Parent = store.KindExtend, parent
	j.Image = store.Picture{URL: "https://c/" + id, Name: "a.png", Expires: time.Unix(90_000, 0).UTC()}
	return j
}

// versionTwo makes a file of version 2 with these jobs, and returns its path.
func versionTwo(t testing.TB, jobs ...store.Job) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	putAll(t, s, jobs...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	toVersionTwo(t, path)
	return path
}

// stories returns what is stored of each job's place: the root, and the part.
func stories(t *testing.T, s *Store, ids ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, id := range ids {
		j, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		all[id] = fmt.Sprintf("%s %d", j.Root, j.Part)
	}
	return all
}

func TestAFileOfVersion2GetsItsStories(t *testing.T) {
	t.Parallel()
	const done, dreaming = store.StateCompleted, store.StateDreaming
	lone := ended("d", done, 1)
	lone.Parent = "a" // no extension: whatever that says, it begins a story
	jobs := []store.Job{
		ended("a", done, 1), extension("b", "a", done), extension("c", "b", dreaming), extension("c2", "b", done), lone,
		extension("e", "gone", done), extension("f", "e", done), // the parent was pruned
		extension("g", "h", done), extension("h", "i", done), ended("i", done, 1), // the parent sorts behind
		extension("j", "k", done), extension("k", "j", done), extension("l", "l", done), // circles
		extension("m", "", done), extension("o", "n", done), ended("n", done, 1),
	}
	want := map[string]string{"a": "a 1", "b": "a 2", "c": "a 3", "c2": "a 3", "d": "d 1", "e": "e 1", "f": "e 2",
		"g": "i 3", "h": "i 2", "i": "i 1", "j": "j 1", "k": "j 2", "l": "l 1", "m": "m 1", "o": "n 2", "n": "n 1"}
	path := versionTwo(t, jobs...)
	if err := Verify(path); err != nil {
		t.Errorf("Verify of version 2: %v", err)
	}
	s := openStore(t, path)
	if got := stories(t, s, slices.Collect(maps.Keys(want))...); !maps.Equal(got, want) {
		t.Errorf("the stories are %v,\nwant %v", got, want)
	}
	if err := s.check(); err != nil {
		t.Errorf("check: %v", err)
	}
	story, err := s.Story(t.Context(), "a")
	if err != nil || len(story) != 4 || story[0].ID != "a" || story[3].ID != "c2" {
		t.Errorf("the story has %d jobs, %v; want a, b, c, c2", len(story), err)
	}
	for _, id := range []string{"b", "c"} {
		j, err := s.Get(t.Context(), id)
		if err != nil || !j.Image.Expires.Equal(time.Unix(90_000, 0)) || !j.EndImage.Expires.IsZero() {
			t.Errorf("the picture of %s is %+v, %v", id, j.Image, err)
		}
	}
	if holds(t, s, "sesame-b") || !holds(t, s, "sesame-c") {
		t.Error("the token of c is lost, or that of b is back")
	}
	if err := errors.Join(s.Close(), Verify(path)); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// TestAStoryIsAsLongAsItIs has a chain that is longer than what is followed at
// once, and than one step.
func TestAStoryIsAsLongAsItIs(t *testing.T) {
	t.Parallel()
	const n = stageStep + 2*chainMax
	jobs := []store.Job{ended("j00000", store.StateCompleted, 1)}
	for i := 1; i < n; i++ {
		jobs = append(jobs, extension(fmt.Sprintf("j%05d", i), jobs[i-1].ID, store.StateCompleted))
	}
	backwards := chainMax * 3
	for i := range backwards {
		jobs = append(jobs, extension(fmt.Sprintf("k%05d", i), fmt.Sprintf("k%05d", i+1), store.StateCompleted))
	}
	s := openStore(t, versionTwo(t, jobs...))
	last, err := s.Get(t.Context(), jobs[n-1].ID)
	if err != nil || last.Root != "j00000" || last.Part != n {
		t.Errorf("the last job has part %d of %q, %v; want %d of j00000", last.Part, last.Root, err, n)
	}
	// What is farther from its root than is followed begins a story.
	for i, want := range map[int]string{0: "k00000 1", backwards - 1: "k00299 1", backwards - 50: "k00299 50"} {
		id := fmt.Sprintf("k%05d", i)
		if got := stories(t, s, id)[id]; got != want {
			t.Errorf("job %s is %q, want %q", id, got, want)
		}
	}
}

// TestVersion2GoesOnAfterAnInterruption stops between the steps of the migration,
// has version 2 go on with the file, and migrates it then.
func TestVersion2GoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	const done = store.StateCompleted
	for steps := range 4 {
		path := versionTwo(t, ended("a", done, 1), extension("b", "a", done), extension("c", "b", store.StateDreaming), extension("d", "b", done))
		before := contentOf(t, path, 2)
		boom := errors.New("boom")
		_, err := Open(path, func(c *config) {
			c.migrations[2].stage = func(db *bbolt.DB) error {
				err := beginStories(db)
				for last := ""; steps > 0 && err == nil; steps-- {
					last, err = linkJobs(db, last, 1)
				}
				return errors.Join(err, boom)
			}
		})
		if !errors.Is(err, boom) || !contains(err, "format 3") {
			t.Fatalf("a migration that fails: %v; want its error and the format", err)
		}
		after := contentOf(t, path, 2)
		for key, value := range after {
			if strings.HasPrefix(key, bucketJobs+" ") {
				record, err := asVersionTwo([]byte(value))
				if err != nil {
					t.Fatal(err)
				}
				after[key] = string(record)
			}
		}
		if !maps.Equal(before, after) {
			t.Errorf("after %d steps, version 2 does not see what it wrote:\n%q\n%q", steps, after, before)
		}
		if err := Verify(path); err != nil {
			t.Errorf("after %d steps, Verify: %v", steps, err)
		}

		// Version 2 changes b, prunes a and stores e.
		change(t, path, func(tx *bbolt.Tx) error {
			errs := []error{byVersionTwo(tx.Bucket([]byte(bucketJobs)), "b")}
			a, e := ended("a", done, 1), extension("e", "d", done)
			e.Root, e.Part = "", 0
			record, err := encode(e)
			errs = append(errs, err, tx.Bucket([]byte(bucketJobs)).Delete([]byte(a.ID)), tx.Bucket([]byte(bucketJobs)).Put([]byte(e.ID), record))
			for _, of := range entries(a) {
				if slices.Contains(buckets(2), of.bucket) {
					errs = append(errs, tx.Bucket([]byte(of.bucket)).Delete([]byte(of.key)))
				}
			}
			for _, of := range entries(e) {
				if slices.Contains(buckets(2), of.bucket) {
					errs = append(errs, tx.Bucket([]byte(of.bucket)).Put([]byte(of.key), nil))
				}
			}
			return errors.Join(errs...)
		})
		s := openStore(t, path)
		if err := s.check(); err != nil {
			t.Errorf("after %d steps and another migration: %v", steps, err)
		}
		want := map[string]string{"b": "b 1", "c": "b 2", "d": "b 2", "e": "b 3"}
		if got := stories(t, s, "b", "c", "d", "e"); !maps.Equal(got, want) {
			t.Errorf("after %d steps the stories are %v, want %v", steps, got, want)
		}
		if !holds(t, s, "sesame-c") {
			t.Errorf("after %d steps the token is lost", steps)
		}
	}
}

// TestAFullFileIsMigratedWithinItsBound fills a bounded file as far as version 2
// did, and has it brought to the present version in the room that is left.
func TestAFullFileIsMigratedWithinItsBound(t *testing.T) {
	t.Parallel()
	for name, prompt := range map[string]int{"with great jobs": 6000, "with small jobs": 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "jobs.db")
			s, err := Open(path, WithMaxSize(MinMaxSize))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for ; err == nil; n += 10 {
				errs := make([]error, 10)
				together(10, func(i int) {
					j := job(fmt.Sprintf("j%05d", n+i))
					j.Prompt, j.Remote = strings.Repeat("猫", prompt), fmt.Sprintf("7f3c1f0e-1c52-4b02-8c4e-%012d", n+i)
					errs[i] = s.Create(t.Context(), j)
				})
				err = errors.Join(errs...)
			}
			if !errors.Is(err, store.ErrNoSpace) {
				t.Fatalf("Create: %v, want ErrNoSpace", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			toVersionTwo(t, path)
			if info, err := os.Stat(path); err != nil || info.Size() > MinMaxSize {
				t.Fatalf("the file of version 2 has %d bytes, %v; want %d at most", info.Size(), err, MinMaxSize)
			}
			s, err = Open(path, WithMaxSize(MinMaxSize))
			if err != nil {
				t.Fatalf("the file of %d jobs: %v", n, err)
			}
			if err := errors.Join(s.check(), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}
