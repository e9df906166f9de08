package bolt

import (
	"context"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// Backup writes a copy of the store, as it is at the start, which Open opens,
// and returns the number of bytes written. The store goes on meanwhile. Where
// its file is of 4 GiB, or the system is Windows or has 32 bits, a write for
// which the file must be mapped anew, and all that comes after it, waits for
// the end of the copy; there w should not be slow. The copy holds what the
// store holds: interaction tokens in the clear.
func (s *Store) Backup(ctx context.Context, w io.Writer) (int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n, err := writeTo(ctx, s.db, w)
	if err != nil {
		return n, fmt.Errorf("back up the database: %w", err)
	}
	return n, nil
}

// Copy writes a copy of the store in a file that no process has open, and
// returns the number of bytes written. It changes nothing there: a file of an
// older format is copied in that. What it copies is for Verify to check.
// store.ErrInUse where a process has it.
func Copy(ctx context.Context, path string, w io.Writer) (n int64, err error) {
	err = readFile(path, func(db *bbolt.DB, _ *os.File) (err error) {
		n, err = writeTo(ctx, db, w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy database %q: %w", path, err)
	}
	return n, nil
}

func writeTo(ctx context.Context, db *bbolt.DB, w io.Writer) (n int64, err error) {
	out := &contextWriter{ctx: ctx, w: w}
	err = db.View(func(tx *bbolt.Tx) error {
		return guard(func() (err error) {
			n, err = tx.WriteTo(out)
			return err
		})
	})
	if out.err != nil {
		err = out.err // bbolt keeps the text of it alone
	}
	return n, err
}

// contextWriter refuses to write once its context has ended, and keeps the
// error that it returned last.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (c *contextWriter) Write(p []byte) (n int, err error) {
	if c.err = c.ctx.Err(); c.err == nil {
		n, c.err = c.w.Write(p)
	}
	return n, c.err
}
