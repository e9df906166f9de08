package bolt

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// Verify checks that a file is a whole store, such as Backup and Copy write:
// every page, every record, draft, counter and tally, what members share, and that
// the indexes say what the records do. It changes nothing, an older format neither.
// store.ErrInUse where a store has the file open. store.ErrForeign: it is something
// else, cut short or damaged. store.ErrNewer: written by a newer version.
func Verify(path string) error {
	err := readFile(path, func(db *bbolt.DB, file *os.File) error {
		if err := walkPages(db, file); err != nil {
			return err
		}
		return db.View(func(tx *bbolt.Tx) error {
			return guard(func() error { return whole(tx) })
		})
	})
	if err != nil {
		return fmt.Errorf("verify database %q: %w", path, err)
	}
	return nil
}

// readFile opens a file that is no store's at the moment for fn to read.
func readFile(path string, fn func(db *bbolt.DB, file *os.File) error) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errNotRegular
	case info.Size() == 0:
		return fmt.Errorf("%w: it is empty", store.ErrForeign)
	}
	db, file, err := openToRead(path, config{lockTimeout: time.Second, openFile: os.OpenFile})
	if err != nil {
		return err
	}
	return errors.Join(fn(db, file), db.Close())
}

// whole compares the indexes with the records: what the records ask for is
// there, and as many entries as they ask for.
func whole(tx *bbolt.Tx) error {
	version, err := versionOf(tx)
	switch present := len(migrations()); {
	case err != nil:
		return err
	case version == 0:
		return fmt.Errorf("%w: nothing is in it", store.ErrForeign)
	case version > present:
		return newer(version, present)
	}
	if err := hasBuckets(tx, version); err != nil {
		return err
	}
	want := map[string]int{}
	err = tx.Bucket([]byte(bucketJobs)).ForEach(func(k, v []byte) error {
		j, err := decode(string(k), v)
		if err != nil {
			return damaged("%w", err)
		}
		for _, e := range entries(j) {
			if !slices.Contains(buckets(version), e.bucket) {
				continue
			}
			if tx.Bucket([]byte(e.bucket)).Get([]byte(e.key)) == nil {
				return damaged("%s lacks job %q", e.bucket, j.ID)
			}
			want[e.bucket]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range buckets(version) {
		if !slices.Contains(indexBuckets(), name) {
			continue
		}
		if n := countKeys(tx.Bucket([]byte(name))); n != want[name] {
			return damaged("%s has %d entries, and the jobs ask for %d", name, n, want[name])
		}
	}
	var more []func(*bbolt.Tx) error
	if version >= 3 {
		more = append(more, wholeDrafts)
	}
	if version >= 4 {
		more = append(more, wholeUsage, wholeTallies, wholeCommunity)
	}
	for _, check := range more {
		if err := check(tx); err != nil {
			return err
		}
	}
	return nil
}

func wholeDrafts(tx *bbolt.Tx) error {
	return tx.Bucket([]byte(bucketDrafts)).ForEach(func(k, v []byte) error {
		if _, err := decodeDraft(string(k), v); err != nil {
			return damaged("%w", err)
		}
		return nil
	})
}

func countKeys(b *bbolt.Bucket) int {
	n := 0
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		n++
	}
	return n
}
