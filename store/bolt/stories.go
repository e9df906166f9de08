package bolt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// chainMax is how many parents of a job are followed of which none has its place
// in a story yet. Ids sort by time, so that a parent is met before its child and
// the first one has it; it bounds what other ids, or a circle, can cost.
const chainMax = 100

// stageStories gives every job its place in a story, and makes the indexes of
// stories and reactions. What it adds to a record means nothing to version 2,
// which may go on with the file after an interruption and drops it with the next
// change. So the indexes are made anew then, and every place is found anew.
func stageStories(db *bbolt.DB) error {
	err := beginStories(db)
	if err == nil {
		err = steps(func(after string) (string, error) { return linkJobs(db, after, stageStep) })
	}
	if err != nil {
		return fmt.Errorf("index %s: %w", bucketStory, err)
	}
	return nil
}

func beginStories(db *bbolt.DB) error {
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range storyBuckets() {
			if err := anew(tx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// linkJobs is a step of stageStories, as eachRecord says.
func linkJobs(db *bbolt.DB, after string, limit int) (last string, err error) {
	return eachRecord(db, after, limit, link)
}

// link gives a job its place and its entries.
func link(tx *bbolt.Tx, j store.Job, record []byte) error {
	if root, part := placeInStory(tx, j); root != j.Root || part != j.Part {
		j.Root, j.Part = root, part
		record, err := withPlace(record, j.Root, j.Part)
		if err != nil {
			return err
		}
		if err := tx.Bucket([]byte(bucketJobs)).Put([]byte(j.ID), record); err != nil {
			return err
		}
	}
	for _, e := range entries(j) {
		if !slices.Contains(storyBuckets(), e.bucket) {
			continue
		}
		if err := tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), nil); err != nil {
			return err
		}
	}
	return nil
}

// placeInStory returns the root and the part of a job by those of its parent, as
// jobs with lesser ids have theirs by now. A story begins with a job that has no
// parent, or none that can be read.
func placeInStory(tx *bbolt.Tx, j store.Job) (root string, part int) {
	at := j
	for n := range chainMax {
		if at.ID < j.ID {
			return at.Root, at.Part + n
		}
		if at.Kind != store.KindExtend {
			return at.ID, n + 1
		}
		parent, _, err := get(tx, at.Parent)
		if err != nil {
			return at.ID, n + 1
		}
		at = parent
	}
	return j.ID, 1
}

// withPlace adds the place to a record.
func withPlace(record []byte, root string, part int) ([]byte, error) {
	quoted, err := json.Marshal(root)
	if err != nil {
		return nil, err
	}
	return withFields(record, fmt.Sprintf(`"root":%s,"part":%d`, quoted, part))
}

// withFields adds fields to a record and leaves the rest of it, byte by byte: what
// an older version wrote there is what it reads. Of two values of a field the last
// one counts.
func withFields(record []byte, fields string) ([]byte, error) {
	head, ok := bytes.CutSuffix(bytes.TrimSpace(record), []byte("}"))
	if !ok {
		return nil, damaged("it is no object")
	}
	return fmt.Appendf(slices.Clone(head), ",%s}", fields), nil
}
