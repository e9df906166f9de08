package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// days returns the number of counters of each day of 2000, from 1.
func days(t *testing.T, s *Store) map[int]int {
	t.Helper()
	n := map[int]int{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucketUsage)).ForEach(func(k, _ []byte) error {
			begins, err := dayOf(string(k))
			n[begins.YearDay()-1]++
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// begin creates jobs of so many members on a day, each in a server of its own.
func begin(t *testing.T, s *Store, day, members int) {
	t.Helper()
	together(members, func(i int) {
		j := job(fmt.Sprintf("%d-%d", day, i))
		j.CreatedAt = time.Date(2000, 1, 1+day, 0, 0, i, 0, time.UTC)
		j.Guild, j.Member, j.Counts = fmt.Sprint(i), fmt.Sprint(i), time.Second
		if err := s.Create(t.Context(), j); err != nil {
			t.Errorf("Create(%q): %v", j.ID, err)
		}
	})
}

// TestCountersOfOldDaysGo holds that the bucket keeps today and yesterday, and that
// no write has to delete a whole day at once.
func TestCountersOfOldDaysGo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	begin(t, s, 1, 40)
	begin(t, s, 2, 40)
	if n := days(t, s); n[1] != 80 || n[2] != 80 {
		t.Fatalf("the days have %v counters, want 80 each", n)
	}
	begin(t, s, 3, 1)
	if n := days(t, s); n[1] != 80-2*expireStep || n[2] != 80 {
		t.Errorf("after the first job of the third day: %v, want %d of the first day", n, 80-2*expireStep)
	}
	begin(t, s, 4, 40)
	if n := days(t, s); n[1] != 0 || n[2] != 0 || n[3] != 2 || n[4] != 80 {
		t.Errorf("after the fourth day: %v, want 2 of the third and 80 of the fourth", n)
	}
}

// TestWhatIsGivenBackToAnOldDayIsNoMore has a job fail long after the day of its
// creation.
func TestWhatIsGivenBackToAnOldDayIsNoMore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	begin(t, s, 1, 2)
	begin(t, s, 5, 3)
	update(t, s, "1-0", func(j *store.Job) { j.State = store.StateCancelled })
	update(t, s, "1-1", func(j *store.Job) { j.Counts = time.Hour })
	if n := days(t, s); n[1] != 0 || n[5] != 6 {
		t.Errorf("the days have %v counters, want 6 of the fifth", n)
	}
	wantUsage(t, s, "0", "0", 5, 1, time.Second)
}

// TestNoCounterNamesItsMember holds that a digest says neither the member nor,
// between servers, days and files, that it is the same one.
func TestNoCounterNamesItsMember(t *testing.T) {
	t.Parallel()
	const member = "998877665544332211"
	seen := map[string]bool{}
	for range 2 {
		s := newStore(t)
		for i, guild := range []string{"10", "11"} {
			for day := range 2 {
				j := job(fmt.Sprint(i, day))
				j.Member, j.Guild, j.CreatedAt = member, guild, time.Date(2000, 1, 1+day, 0, 0, 0, 0, time.UTC)
				if err := s.Create(t.Context(), j); err != nil {
					t.Fatal(err)
				}
			}
		}
		err := s.db.View(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketUsage)).ForEach(func(k, v []byte) error {
				if bytes.Contains(k, []byte(member)) || bytes.Contains(v, []byte(member)) {
					return fmt.Errorf("%q → %q names the member", k, v)
				}
				if whose := string(k[8:]); whose[:1] == counterMember {
					if seen[whose] {
						return fmt.Errorf("the digest %q is there twice", whose)
					}
					seen[whose] = true
				}
				return nil
			})
		})
		if err != nil {
			t.Error(err)
		}
	}
	if len(seen) != 8 {
		t.Errorf("there are %d digests, want 8", len(seen))
	}
}

// TestDamagedCountersAreFound spoils the counters, the tallies and the key of the
// digests behind the back of the store.
func TestDamagedCountersAreFound(t *testing.T) {
	t.Parallel()
	day, _ := store.Day(time.Unix(1000, 0))
	key, value := dayPrefix(day)+counterGuild+"10", make([]byte, counterSize)
	value[7] = 1
	owed := append(slices.Clone(value), 0xff, 0, 0, 0, 0, 0, 0, 0)
	for name, c := range map[string]struct{ bucket, key, value string }{
		"no key of digests":  {bucketMeta, keyDigest, ""},
		"a short counter":    {bucketUsage, key, "123"},
		"a long counter":     {bucketUsage, key, string(append(value, 0))},
		"a cost below 0":     {bucketUsage, key, string(owed)},
		"a counter of none":  {bucketUsage, key, string(make([]byte, counterSize))},
		"a key of no day":    {bucketUsage, "day", string(value)},
		"a key within a day": {bucketUsage, dayPrefix(day.Add(time.Second)) + counterGuild + "10", string(value)},
		"a key of no kind":   {bucketUsage, dayPrefix(day) + "x", string(value)},
		"a short digest":     {bucketUsage, dayPrefix(day) + counterMember + "short", string(value)},
		"a damaged tally":    {bucketTally, memberPrefix("30", "10"), "{"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "jobs.db")
			s := openStore(t, path)
			create(t, s, "a")
			if err := errors.Join(s.Close(), Verify(path)); err != nil {
				t.Fatal(err)
			}
			change(t, path, func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte(c.bucket)).Put([]byte(c.key), []byte(c.value))
			})
			if err := Verify(path); !errors.Is(err, store.ErrForeign) {
				t.Errorf("Verify: %v, want ErrForeign", err)
			}
		})
	}
}

// TestWithoutTheKeyOfDigestsNothingIsCounted holds that a lost key is an error and
// not another count of zero.
func TestWithoutTheKeyOfDigestsNothingIsCounted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketMeta)).Delete([]byte(keyDigest)) })
	if _, err := Open(path); !errors.Is(err, store.ErrForeign) {
		t.Errorf("Open: %v, want ErrForeign", err)
	}
}
