package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
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

// Option alters how Open opens.
type Option func(*config)

type config struct {
	lockTimeout time.Duration
	maxSize     int64
	migrations  []migration
	openFile    func(name string, flag int, mode os.FileMode) (*os.File, error)
}

// WithLockTimeout sets how long Open waits for another process to let go of the
// file; 1 s otherwise. It must be more than zero.
func WithLockTimeout(d time.Duration) Option {
	return func(c *config) { c.lockTimeout = d }
}

// WithMaxSize bounds the file, in bytes; MinMaxSize at least. Near the bound
// Create and Keep give store.ErrNoSpace while the jobs that are there go on: a quarter
// is kept for them, and a MiB stays unused, by which the file grows. A file that
// is greater already is opened. 0, as otherwise: as much as the disk takes.
func WithMaxSize(bytes int64) Option {
	return func(c *config) { c.maxSize = bytes }
}

// Open opens the store in a file, which it makes, but not its folder, where it
// is missing or empty; only its owner may read it. An older format is brought
// to the present one. The structure of a file that is there is read once, from
// end to end; its jobs are not.
//
// store.ErrInUse: another process has it. store.ErrForeign: the file is
// something else, cut short or damaged. store.ErrNewer: written by a newer
// version. store.ErrNoSpace: no room for what is to be written.
func Open(path string, options ...Option) (*Store, error) {
	c := config{lockTimeout: time.Second, migrations: migrations(), openFile: os.OpenFile}
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
	case errors.As(err, &at) && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)):
		return nil, fmt.Errorf("open database %q: the file and its folder must be writable: %w", path, at.Err)
	}
	return nil, fmt.Errorf("open database %q: %w", path, err)
}

func open(path string, c config) (*Store, error) {
	switch {
	case c.lockTimeout <= 0:
		return nil, fmt.Errorf("lock timeout %v is not more than zero", c.lockTimeout)
	case c.maxSize != 0 && c.maxSize < MinMaxSize:
		return nil, fmt.Errorf("greatest size %d is less than %d bytes", c.maxSize, MinMaxSize)
	}
	if err := inspect(path, c); err != nil {
		return nil, err
	}
	o := bbolt.Options{
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mapped(),
		MaxSize:         int(min(c.maxSize, math.MaxInt)),
	}
	db, err := openBolt(path, c, o)
	if errors.Is(err, syscall.ENOMEM) {
		o.InitialMmapSize = 0 // as where a limit is set for address space
		db, err = openBolt(path, c, o)
	}
	if err != nil {
		return nil, err
	}
	db.MaxBatchDelay = batchDelay
	db.MaxBatchSize = batchSize(c.maxSize, db.MaxBatchSize)
	db.AllocSize = growth

	s := &Store{db: db, maxSize: c.maxSize}
	if err := s.prepare(c.migrations); err != nil {
		return nil, errors.Join(noSpace(err), db.Close())
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// mapped returns how much of the address space the file gets at the start.
// While it is less, it is never mapped anew, for which every reader, and a
// backup above all, would have to end first. Where a mapping has its size on
// the disk, or the address space is small, the file is mapped as it is.
func mapped() int {
	if runtime.GOOS == "windows" || strconv.IntSize < 64 {
		return 0
	}
	size := int64(4) << 30
	return int(size)
}

var errNotRegular = errors.New("it is not a regular file")

// inspect checks a file that is there before it is opened for writing.
func inspect(path string, c config) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errNotRegular
	case info.Size() == 0:
		return nil
	}
	db, file, err := openToRead(path, c)
	if err != nil {
		return err
	}
	return errors.Join(walkPages(db, file), db.Close())
}

// openToRead opens a file that others may read at the same time, but not write.
// Nothing of it is believed yet besides that one of its meta pages is whole.
func openToRead(path string, c config) (*bbolt.DB, *os.File, error) {
	var file *os.File
	openFile := c.openFile
	c.openFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		f, err = openFile(name, flag, mode)
		file = f
		return f, err
	}
	db, err := openBolt(path, c, bbolt.Options{ReadOnly: true})
	return db, file, err
}

func walkPages(db *bbolt.DB, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return checkPages(file, info.Size(), db.Info().PageSize)
}

// openBolt opens a bbolt file. Were bbolt to panic, which it does not on a file
// whose pages were walked, it would keep the file's lock to the end of the
// process.
func openBolt(path string, c config, o bbolt.Options) (*bbolt.DB, error) {
	o.Timeout, o.OpenFile = c.lockTimeout, c.openFile
	var db *bbolt.DB
	err := guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &o)
		return err
	})
	if err != nil {
		return nil, opening(err)
	}
	return db, nil
}

// opening says what an error of bbolt.Open means. What does not come from the
// system comes from what is in the file.
func opening(err error) error {
	var errno syscall.Errno
	var at *fs.PathError
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return store.ErrInUse
	case errors.Is(err, store.ErrForeign), errors.As(err, &errno), errors.As(err, &at), full(err):
		return noSpace(err)
	}
	return fmt.Errorf("%w, or is damaged: %w", store.ErrForeign, err)
}

// prepare checks that the file is a store and brings it to the present version.
func (s *Store) prepare(migrations []migration) error {
	version := 0
	err := s.look(context.Background(), func(tx *bbolt.Tx) (err error) {
		if version, err = versionOf(tx); err != nil || version == 0 || version > len(migrations) {
			return err
		}
		return hasBuckets(tx, version) // before anything is written
	})
	if err != nil {
		return err
	}
	if version > len(migrations) {
		return newer(version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		if err := migrate(s.db, migrations[version], version+1); err != nil {
			return fmt.Errorf("bring to format %d: %w", version+1, err)
		}
	}
	return s.look(context.Background(), func(tx *bbolt.Tx) error { return hasBuckets(tx, version) })
}

func newer(version, known int) error {
	return fmt.Errorf("format %d, and this version reads up to %d: %w", version, known, store.ErrNewer)
}

// hasBuckets checks that all is there that a version cannot do without.
func hasBuckets(tx *bbolt.Tx, version int) error {
	for _, name := range buckets(version) {
		if tx.Bucket([]byte(name)) == nil {
			return damaged("bucket %s is missing", name)
		}
	}
	if version >= 4 {
		_, err := digestKey(tx)
		return err
	}
	return nil
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
		return 0, damaged("format %q", text)
	}
	return version, nil
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
