package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// leaver is the id of a member that occurs nowhere by chance.
const leaver = "998877665544332211"

// named returns the keys and values of all buckets that hold an id, as BUCKET KEY.
func named(t *testing.T, s *Store, id string) (found []string) {
	t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				if bytes.Contains(k, []byte(id)) || bytes.Contains(v, []byte(id)) {
					found = append(found, fmt.Sprintf("%s %q", name, k))
				}
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// leave stores n jobs of the leaver, and n of others that name them, in several
// servers, and all else that is kept of a member.
func leave(t *testing.T, s *Store, n int) {
	t.Helper()
	var jobs []store.Job
	for i := range n {
		own, other := ended(fmt.Sprintf("a%05d", i), store.StateCompleted, i), ended(fmt.Sprintf("b%05d", i), store.StateCompleted, i)
		own.Member, own.Guild = leaver, strings.Repeat("1", i%3)
		own.Image = store.Picture{URL: "https://c/" + leaver + "/a.png", Expires: time.Unix(1900, 0)}
		own.Reactors = []string{leaver}
		other.Reactors = []string{"31", leaver}
		if i%2 == 0 {
			other.Remixes = []store.Credit{{Job: own.ID, Member: leaver}, {Job: "x", Member: leaver}}
		}
		jobs = append(jobs, own, other)
	}
	putAll(t, s, jobs...)
	live := job("live")
	live.Member, live.Counts = leaver, time.Second
	remix := job("remix")
	remix.Remixes = []store.Credit{{Job: "live", Member: leaver}}
	for _, j := range []store.Job{live, remix} {
		if err := s.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		update(t, s, j.ID, func(j *store.Job) { j.State = store.StateSubmitting })
		update(t, s, j.ID, func(j *store.Job) { j.State = store.StateCompleted })
	}
	for i := range 2 * forgetStep {
		d := store.Draft{ID: fmt.Sprint(i), Member: leaver, CreatedAt: time.Unix(1, 0)}
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingNamesWhoIsForgotten reads every key and value afterwards.
func TestNothingNamesWhoIsForgotten(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	leave(t, s, stageStep)
	all := strings.Join(named(t, s, leaver), "\n")
	for _, bucket := range []string{bucketJobs, bucketMember, bucketDrafts, bucketTally} {
		if !strings.Contains(all, bucket+` "`) {
			t.Errorf("nothing in %s names the member beforehand", bucket)
		}
	}
	if err := s.Forget(t.Context(), leaver); err != nil {
		t.Fatal(err)
	}
	if left := named(t, s, leaver); len(left) > 0 {
		t.Errorf("%d keys and values name the member, the first is %s", len(left), left[0])
	}
}

// TestForgettingGoesOnAfterAnInterruption ends it after some of its steps, each time
// a little later, until it is done.
func TestForgettingGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	leave(t, s, 4*forgetStep)
	before, calls := len(named(t, s, leaver)), 0
	for done := false; !done; calls++ {
		if calls > 1000 {
			t.Fatal("it never ends")
		}
		ctx := &fewAsks{Context: t.Context(), left: 6 + calls}
		err := s.Forget(ctx, leaver)
		if done = err == nil; !done && !errors.Is(err, context.Canceled) {
			t.Fatalf("Forget: %v, want context.Canceled", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, path)
		if err := s.check(); err != nil {
			t.Fatalf("after %d calls: %v", calls, err)
		}
		after := len(named(t, s, leaver))
		if after > before {
			t.Fatalf("call %d has left %d keys and values, and there were %d", calls, after, before)
		}
		before = after
	}
	if before > 0 || calls < 3 {
		t.Errorf("after %d calls, %d keys and values name the member", calls, before)
	}
}

// fewAsks is a context that is over once it was asked so many times.
type fewAsks struct {
	context.Context
	left int
}

func (c *fewAsks) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestAJobThatComesMeanwhileStopsIt has a job of theirs begin after it was found that
// none runs.
func TestAJobThatComesMeanwhileStopsIt(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	if last, _, err := s.forgetSome(t.Context(), "30", "", forgetStep); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a step: to %q, %v; want ErrConflict", last, err)
	}
	if j := create(t, s, "b"); j.Member != "30" {
		t.Errorf("job b is %s's", j.Member)
	}
}

// TestADamagedRecordIsLeftAndSaid holds that one record that nobody can read keeps
// nothing else from being forgotten.
func TestADamagedRecordIsLeftAndSaid(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	leave(t, s, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var whole []byte
	change(t, path, func(tx *bbolt.Tx) error {
		jobs := tx.Bucket([]byte(bucketJobs))
		whole = bytes.Clone(jobs.Get([]byte("a00001")))
		return jobs.Put([]byte("a00001"), whole[:len(whole)-1])
	})
	s = openStore(t, path)
	err := s.Forget(t.Context(), leaver)
	if err == nil || !contains(err, `"a00001"`) || contains(err, leaver) {
		t.Errorf("Forget: %v, want an error that says which record, and not whose", err)
	}
	want := []string{`jobs "a00001"`, "member "}
	if left := named(t, s, leaver); len(left) != 2 || left[0] != want[0] || !strings.HasPrefix(left[1], want[1]) {
		t.Errorf("%q name the member, want %q", left, want)
	}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketJobs)).Put([]byte("a00001"), whole) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(t.Context(), leaver); err != nil {
		t.Errorf("Forget, once it is mended: %v", err)
	}
	if left := named(t, s, leaver); len(left) > 0 {
		t.Errorf("%q name the member", left)
	}
}

// TestForgettingWorksInAFullFile fills a bounded file, and takes out of it who
// filled it.
func TestForgettingWorksInAFullFile(t *testing.T) {
	t.Parallel()
	s, err := Open(filepath.Join(t.TempDir(), "jobs.db"), WithMaxSize(MinMaxSize))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := 0; err == nil; i++ {
		j := job(fmt.Sprintf("j%05d", i))
		j.Member, j.Prompt = leaver, strings.Repeat("猫", 6000)
		if err = s.Create(t.Context(), j); err == nil {
			update(t, s, j.ID, func(j *store.Job) { j.State = store.StateCancelled })
		}
	}
	if !errors.Is(err, store.ErrNoSpace) {
		t.Fatalf("Create: %v, want ErrNoSpace", err)
	}
	if err := s.Forget(t.Context(), leaver); err != nil {
		t.Errorf("Forget: %v", err)
	}
	if left := named(t, s, leaver); len(left) > 0 {
		t.Errorf("%d keys and values name the member", len(left))
	}
	if err := s.check(); err != nil {
		t.Error(err)
	}
}

// BenchmarkForget takes a member with 100 jobs out of 10,000, sync included.
func BenchmarkForget(b *testing.B) {
	s := newStore(b)
	putAll(b, s, endedJobs(10_000)...)
	for round := 0; b.Loop(); round++ {
		b.StopTimer()
		var own []store.Job
		for i := range 100 {
			j := ended(fmt.Sprintf("own%d-%03d", round, i), store.StateCompleted, i)
			j.Member = leaver
			own = append(own, j)
		}
		putAll(b, s, own...)
		b.StartTimer()
		if err := s.Forget(b.Context(), leaver); err != nil {
			b.Fatal(err)
		}
	}
}
