package bolt

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dreambot/store"
)

// growth is by how many bytes a file grows at once.
const growth = 1 << 20

// MinMaxSize is the least bound that WithMaxSize takes, in bytes.
const MinMaxSize = 8 * growth

// greatRecord is more than most records take, in bytes: a prompt of 6,000
// characters, in a script of three bytes each, and the rest of the job.
const greatRecord = 32 << 10

// batchSize returns how many writers, of as many as bbolt would take, may share
// a transaction: their records take room beside those that they replace.
func batchSize(maxSize int64, most int) int {
	if maxSize == 0 {
		return most
	}
	return int(min(int64(most), maxSize/16/greatRecord))
}

// room checks that a new job leaves those that are there enough room to go on,
// and to be pruned, within the bound of the file.
func (s *Store) room(tx *bbolt.Tx) error {
	if s.maxSize == 0 {
		return nil
	}
	stats := s.db.Stats()
	free := int64(stats.FreePageN+stats.PendingPageN) * int64(s.db.Info().PageSize)
	if used := tx.Size() - free; used > s.maxSize-s.maxSize/4-growth {
		return fmt.Errorf("%d bytes of at most %d are used: %w", used, s.maxSize, store.ErrNoSpace)
	}
	return nil
}

// noSpace returns the error, as a store.ErrNoSpace where it says that there is
// no room.
func noSpace(err error) error {
	if errors.Is(err, store.ErrNoSpace) || !full(err) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrNoSpace, err)
}

func full(err error) bool {
	if err == nil || errors.Is(err, berrors.ErrMaxSizeReached) {
		return err != nil
	}
	for _, no := range []syscall.Errno{syscall.ENOSPC, syscall.EFBIG, syscall.EDQUOT} {
		// Of an error in growing the file bbolt keeps the text alone.
		if errors.Is(err, no) || strings.HasSuffix(err.Error(), ": "+no.Error()) {
			return true
		}
	}
	return false
}
