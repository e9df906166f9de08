package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dreambot/store"
)

// A migration brings a file from the version before to its own.
type migration struct {
	// stage makes what is too much for one transaction, in as many as it takes;
	// nil: nothing. The version before must not see it, and after an
	// interruption it begins anew.
	stage func(*bbolt.DB) error
	// apply is the transaction that notes the new version; nil: no more.
	apply func(*bbolt.Tx) error
}

// migrations returns the way from an empty file to the present version; the
// first one makes version 1. One that was released is never changed, as there
// are files that took it: another one follows it.
func migrations() []migration {
	return []migration{{apply: createBuckets}, {stage: stageDone}, {stage: stageStories}, {stage: stageUsage}, {stage: stageRemote}}
}

func createBuckets(tx *bbolt.Tx) error {
	for _, name := range firstBuckets() {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return nil
}

// firstBuckets returns the names of the buckets of version 1 besides meta.
func firstBuckets() []string {
	return []string{bucketJobs, bucketOpen, bucketDue, bucketMessage, bucketMember, bucketChannel, bucketDurations}
}

// buckets returns the names of the buckets of a version, 1 at least, besides
// meta.
func buckets(version int) []string {
	list := firstBuckets()
	if version >= 2 {
		list = append(list, bucketDone)
	}
	if version >= 3 {
		list = append(list, storyBuckets()...)
	}
	if version >= 4 {
		list = append(append(list, usageBuckets()...), communityBuckets()...)
	}
	if version >= 5 {
		list = append(list, bucketRemote)
	}
	return list
}

// storyBuckets returns the names of the buckets that version 3 has brought.
func storyBuckets() []string { return []string{bucketStory, bucketReaction, bucketDrafts} }

// usageBuckets returns the names of the buckets of what was used and made, which
// version 4 has brought beside those of communityBuckets.
func usageBuckets() []string { return []string{bucketUsage, bucketTally} }

// migrate runs one migration and notes its version.
func migrate(db *bbolt.DB, m migration, version int) error {
	return guard(func() error {
		if m.stage != nil {
			if err := m.stage(db); err != nil {
				return err
			}
		}
		return db.Update(func(tx *bbolt.Tx) error {
			if m.apply != nil {
				if err := m.apply(tx); err != nil {
					return err
				}
			}
			return note(tx, version)
		})
	})
}

// note writes down that the file is a store of that version.
func note(tx *bbolt.Tx, version int) error {
	meta, err := tx.CreateBucketIfNotExists([]byte(bucketMeta))
	if err != nil {
		return err
	}
	if err := meta.Put([]byte(keyProgram), []byte(program)); err != nil {
		return err
	}
	return meta.Put([]byte(keyVersion), []byte(strconv.Itoa(version)))
}

// stageStep is how many records one transaction of a stage reads, which bounds
// what it holds in memory.
const stageStep = 1000

// stageBytes is after how many bytes of records a step ends that writes them anew,
// for which there must be room beside the old ones in a file of the least bound.
const stageBytes = MinMaxSize / 16

// steps runs a step until there are no more records. A step goes on behind an
// id, and returns the last id that it has seen; empty: there was none.
func steps(step func(after string) (last string, err error)) error {
	for after := ""; ; {
		last, err := step(after)
		if err != nil || last == "" {
			return err
		}
		after = last
	}
}

// anew makes a bucket empty, whatever an interrupted migration left of it.
func anew(tx *bbolt.Tx, name string) error {
	err := tx.DeleteBucket([]byte(name))
	if err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
		return err
	}
	_, err = tx.CreateBucket([]byte(name))
	return err
}

// eachRecord goes on with the records behind an id, at most limit and not many more
// bytes than stageBytes, and returns the last id; empty: there are no more. fn may
// write records. One that is damaged is passed over, as by indexDone.
func eachRecord(db *bbolt.DB, after string, limit int, fn func(tx *bbolt.Tx, j store.Job, record []byte) error) (last string, err error) {
	err = db.Update(func(tx *bbolt.Tx) error {
		at := []byte(after)
		for n, size := 0, 0; n < limit && size < stageBytes; n++ {
			c := tx.Bucket([]byte(bucketJobs)).Cursor() // as writing leaves no cursor valid
			k, v := c.Seek(at)
			if bytes.Equal(k, at) {
				k, v = c.Next()
			}
			if k == nil {
				return nil
			}
			last, at, size = string(k), slices.Clone(k), size+len(v)
			if j, err := decode(last, v); err == nil {
				if err := fn(tx, j, v); err != nil {
					return fmt.Errorf("job %q: %w", last, err)
				}
			}
		}
		return nil
	})
	return last, err
}

// stageDone makes the index of the jobs that may be pruned, from the records.
func stageDone(db *bbolt.DB) error {
	err := db.Update(func(tx *bbolt.Tx) error { return anew(tx, bucketDone) })
	if err == nil {
		err = steps(func(after string) (string, error) { return indexDone(db, after, stageStep) })
	}
	if err != nil {
		return fmt.Errorf("index %s: %w", bucketDone, err)
	}
	return nil
}

// indexDone goes on with the records behind an id, at most limit, and returns
// the last id; empty: there are no more. A record that is damaged is passed
// over: its job is never pruned, and reading it says what is amiss.
func indexDone(db *bbolt.DB, after string, limit int) (last string, err error) {
	err = db.Update(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucketJobs)).Cursor()
		k, v := c.Seek([]byte(after))
		if string(k) == after {
			k, v = c.Next()
		}
		for n := 0; k != nil && n < limit; n++ {
			last = string(k)
			if j, err := decode(last, v); err == nil {
				if e, ok := doneEntry(j); ok {
					if err := tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), nil); err != nil {
						return err
					}
				}
			}
			k, v = c.Next()
		}
		return nil
	})
	return last, err
}
