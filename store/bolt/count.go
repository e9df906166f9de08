package bolt

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// stageUsage counts what the jobs that are there have used and made, and makes the
// buckets of what members share. Version 3 may go on with the file after an
// interruption, so that all is counted anew then.
func stageUsage(db *bbolt.DB) error {
	err := beginUsage(db)
	if err == nil {
		err = steps(func(after string) (string, error) { return countJobs(db, after, stageStep) })
	}
	if err != nil {
		return fmt.Errorf("count for %s: %w", bucketUsage, err)
	}
	return nil
}

func beginUsage(db *bbolt.DB) error {
	key := make([]byte, digestSize)
	_, _ = rand.Read(key) // never fails
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range slices.Concat(usageBuckets(), communityBuckets()) {
			if err := anew(tx, name); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketMeta)).Put([]byte(keyDigest), key)
	})
}

// countJobs is a step of stageUsage, as eachRecord says.
func countJobs(db *bbolt.DB, after string, limit int) (last string, err error) {
	return eachRecord(db, after, limit, countJob)
}

// countJob counts a job as if it came now. Version 3 did not say what a video
// counts as: it is the length that was asked for. That is noted where it may be
// given back yet.
func countJob(tx *bbolt.Tx, j store.Job, record []byte) error {
	if j.Counts == 0 {
		j.Counts = cmp.Or(j.Settings.Duration, j.Length())
		if j.Counts != 0 && !j.State.Final() {
			record, err := withFields(record, fmt.Sprintf(`"counts":%d`, j.Counts))
			if err != nil {
				return err
			}
			if err := tx.Bucket([]byte(bucketJobs)).Put([]byte(j.ID), record); err != nil {
				return err
			}
		}
	}
	if err := count(tx, nil, j); err != nil {
		return err
	}
	return addTallies(tx, store.Job{}, j)
}
