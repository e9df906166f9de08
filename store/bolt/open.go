package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dreambot/store"
)

// The keys of the meta bucket, and what says that a file is ours.
const (
	keyProgram = "program"
	keyVersion = "version"
	program    = "dreambot"
)

// A migration brings a file from the version before to its own.
type migration func(*bbolt.Tx) error

// migrations returns the way from an empty file to the present version; the
// first one makes version 1. One that was released is never changed, as there
// are files that took it: another one follows it.
func migrations() []migration { return []migration{createBuckets} }

func createBuckets(tx *bbolt.Tx) error {
	for _, name := range buckets() {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return nil
}

// buckets returns the names of all buckets besides meta, as of version 1.
func buckets() []string {
	return []string{bucketJobs, bucketOpen, bucketDue, bucketMessage, bucketMember, bucketChannel, bucketDurations}
}

// Option alters how Open opens.
type Option func(*config)

type config struct {
	lockTimeout time.Duration
	migrations  []migration
}

// WithLockTimeout sets how long Open waits for another process to let go of the
// file; 1 s otherwise. It must be more than zero.
func WithLockTimeout(d time.Duration) Option {
	return func(c *config) { c.lockTimeout = d }
}

// Open opens the store in a file, which it makes, but not its folder, where it
// is missing or empty; only its owner may read it. An older format is brought
// to the present one.
//
// store.ErrInUse: another process has it. store.ErrForeign: the file is
// something else, cut short or damaged, as far as its own account of itself
// shows; its jobs are not all read. A damaged file can stay locked until the
// process ends. store.ErrNewer: written by a newer version.
func Open(path string, options ...Option) (*Store, error) {
	c := config{lockTimeout: time.Second, migrations: migrations()}
	for _, o := range options {
		o(&c)
	}
	s, err := open(path, c)
	var at *fs.PathError
	switch {
	case err == nil:
		return s, nil
	case errors.As(err, &at) && errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open database %q: is its folder there? %w", path, at.Err)
	case errors.As(err, &at) && errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("open database %q: the file and its folder must be writable: %w", path, at.Err)
	}
	return nil, fmt.Errorf("open database %q: %w", path, err)
}

func open(path string, c config) (*Store, error) {
	if c.lockTimeout <= 0 {
		return nil, fmt.Errorf("lock timeout %v is not more than zero", c.lockTimeout)
	}

	// When bbolt panics it leaves its file open, and mapped, for good. What can
	// be given back is; the mapping, which keeps the lock on some systems, goes
	// with the process.
	var file *os.File
	var db *bbolt.DB
	err := guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:      c.lockTimeout,
			FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				f, err := os.OpenFile(name, flag, mode)
				file = f
				return f, err
			},
		})
		return err
	})
	if db == nil || err != nil {
		if file != nil {
			_ = file.Close() // closed already unless bbolt panicked
		}
		return nil, opening(err)
	}
	db.MaxBatchDelay = batchDelay

	s := &Store{db: db}
	if err := s.prepare(file, c.migrations); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// opening says what an error of bbolt.Open means. What does not come from the
// system comes from what is in the file.
func opening(err error) error {
	var errno syscall.Errno
	var at *fs.PathError
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return store.ErrInUse
	case errors.Is(err, store.ErrForeign), errors.As(err, &errno), errors.As(err, &at):
		return err
	}
	return fmt.Errorf("%w, or is damaged: %w", store.ErrForeign, err)
}

// prepare checks that the file is a store and brings it to the present version.
func (s *Store) prepare(file *os.File, migrations []migration) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	version := 0
	err = s.look(context.Background(), func(tx *bbolt.Tx) (err error) {
		// Reading what is missing would end the process later.
		if want := tx.Size(); info.Size() < want {
			return fmt.Errorf("%w, or is damaged: %d bytes of %d", store.ErrForeign, info.Size(), want)
		}
		version, err = versionOf(tx)
		return err
	})
	if err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("format %d, and this version reads up to %d: %w", version, len(migrations), store.ErrNewer)
	}
	for ; version < len(migrations); version++ {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			return guard(func() error { return migrate(tx, migrations[version], version+1) })
		})
		if err != nil {
			return fmt.Errorf("bring to format %d: %w", version+1, err)
		}
	}
	return s.look(context.Background(), func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if tx.Bucket([]byte(name)) == nil {
				return fmt.Errorf("%w, or is damaged: bucket %s is missing", store.ErrForeign, name)
			}
		}
		return nil
	})
}

// versionOf returns the version of a file: 0 where nothing is in it yet.
func versionOf(tx *bbolt.Tx) (int, error) {
	meta := tx.Bucket([]byte(bucketMeta))
	if meta == nil {
		if first, _ := tx.Cursor().First(); first != nil {
			return 0, fmt.Errorf("%w: a bbolt file of another program", store.ErrForeign)
		}
		return 0, nil
	}
	if !bytes.Equal(meta.Get([]byte(keyProgram)), []byte(program)) {
		return 0, fmt.Errorf("%w: a bbolt file of another program", store.ErrForeign)
	}
	text := string(meta.Get([]byte(keyVersion)))
	version, err := strconv.Atoi(text)
	if err != nil || version < 1 {
		return 0, fmt.Errorf("%w, or is damaged: format %q", store.ErrForeign, text)
	}
	return version, nil
}

// migrate runs one migration and notes its version with it.
func migrate(tx *bbolt.Tx, m migration, version int) error {
	if err := m(tx); err != nil {
		return err
	}
	meta, err := tx.CreateBucketIfNotExists([]byte(bucketMeta))
	if err != nil {
		return err
	}
	if err := meta.Put([]byte(keyProgram), []byte(program)); err != nil {
		return err
	}
	return meta.Put([]byte(keyVersion), []byte(strconv.Itoa(version)))
}

// syncFolder makes the name of the file, which may be new, as lasting as what is
// in it. Windows, and some file systems, know no such thing.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	return nil
}
