package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// stageRemote makes the index of Luma's ids of generations, from the records.
// Version 4 may go on with the file after an interruption and knows nothing of it,
// so that it is made anew then.
func stageRemote(db *bbolt.DB) error {
	err := beginRemote(db)
	if err == nil {
		err = steps(func(after string) (string, error) { return indexRemote(db, after, stageStep) })
	}
	if err != nil {
		return fmt.Errorf("index %s: %w", bucketRemote, err)
	}
	return nil
}

func beginRemote(db *bbolt.DB) error {
	return db.Update(func(tx *bbolt.Tx) error { return anew(tx, bucketRemote) })
}

// indexRemote is a step of stageRemote, as eachRecord says.
func indexRemote(db *bbolt.DB, after string, limit int) (last string, err error) {
	return eachRecord(db, after, limit, func(tx *bbolt.Tx, j store.Job, _ []byte) error {
		e, ok := remoteEntry(j)
		if !ok {
			return nil
		}
		return tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), nil)
	})
}
