package bolt

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

func TestOpenMakesAFileForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	openStore(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != 0o600 {
		t.Errorf("the file has mode %o, want 600", got)
	}
}

func TestOpenTakesAnEmptyFile(t *testing.T) {
	t.Parallel()
	path := write(t, nil)
	create(t, openStore(t, path), "a")
}

func TestOpenSaysThatAnotherHasTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	create(t, s, "a")
	for _, options := range [][]Option{nil, {WithLockTimeout(time.Millisecond)}} {
		_, err := Open(path, options...)
		if !errors.Is(err, store.ErrInUse) || !contains(err, path) || !contains(err, "in use by another process") {
			t.Errorf("Open: %v; want ErrInUse and the path", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openStore(t, path)
	if _, err := again.Get(t.Context(), "a"); err != nil {
		t.Errorf("after the other closed: %v", err)
	}
}

func TestOpenSaysWhatIsWrongWithThePath(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing", "jobs.db")
	_, err := Open(missing)
	if !errors.Is(err, fs.ErrNotExist) || !contains(err, "folder") || !contains(err, "missing") {
		t.Errorf("no folder: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(missing)); err == nil {
		t.Error("the folder was made")
	}
	if _, err := Open(folder); err == nil || !contains(err, folder) || !contains(err, "regular file") || errors.Is(err, store.ErrForeign) {
		t.Errorf("a folder as the file: %v", err)
	}
	if _, err := Open(os.DevNull); err == nil || !contains(err, os.DevNull) || !contains(err, "regular file") {
		t.Errorf("a device as the file: %v", err)
	}
	if _, err := Open(""); err == nil {
		t.Error("an empty path is taken")
	}
	if _, err := Open(filepath.Join(folder, "a.db"), WithLockTimeout(0)); err == nil {
		t.Error("a lock timeout of 0, by which bbolt waits for ever, is taken")
	}
	if _, err := Open(filepath.Join(folder, "a.db"), WithMaxSize(MinMaxSize-1)); err == nil {
		t.Error("a bound is taken in which nothing fits")
	}
}

// TestOpenSaysThatAFileCannotBeWritten has the system's no from where the file
// is opened: for some users, modes of files do not count.
func TestOpenSaysThatAFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	create(t, s, "a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, no := range []syscall.Errno{syscall.EACCES, syscall.EPERM, syscall.EROFS} {
		readOnly := func(c *config) {
			c.openFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
				if flag&(os.O_RDWR|os.O_WRONLY) != 0 {
					return nil, &fs.PathError{Op: "open", Path: name, Err: no}
				}
				return os.OpenFile(name, flag, mode)
			}
		}
		for name, path := range map[string]string{"a file": path, "a folder": filepath.Join(t.TempDir(), "jobs.db")} {
			if _, err := Open(path, readOnly); !errors.Is(err, no) || !contains(err, path) || !contains(err, "must be writable") {
				t.Errorf("%s where writing gives %q: %v; want that, the path, and that it must be writable", name, no, err)
			}
		}
	}
	if _, err := openStore(t, path).Get(t.Context(), "a"); err != nil {
		t.Errorf("once it can be written: %v", err)
	}
}

// write makes a file of the content and returns its path.
func write(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bboltFile returns what is in a bbolt file after change.
func bboltFile(t *testing.T, change func(*bbolt.Tx) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// metaFile returns a bbolt file whose meta bucket has these keys and values.
func metaFile(t *testing.T, pairs ...string) []byte {
	t.Helper()
	return bboltFile(t, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte(bucketMeta))
		for pair := range slices.Chunk(pairs, 2) {
			err = errors.Join(err, b.Put([]byte(pair[0]), []byte(pair[1])))
		}
		return err
	})
}

// storeFile returns the file of a store with jobs on more than a few pages, and
// no room to spare.
func storeFile(t testing.TB) []byte {
	t.Helper()
	s := newStore(t)
	for i := range 30 {
		j := job(strings.Repeat("i", i+1))
		j.Prompt = strings.Repeat("a cat ", 100)
		if err := s.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	made := ended("e1", store.StateCompleted, 1)
	made.Remote = "r-e1"
	putAll(t, s, made, ended("e2", store.StateFailed, 2))
	var content bytes.Buffer
	if _, err := s.Backup(t.Context(), &content); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func TestOpenRefusesWhatIsNotAStore(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 64<<10)
	random := rand.NewChaCha8([32]byte{})
	if _, err := random.Read(noise); err != nil {
		t.Fatal(err)
	}
	whole := storeFile(t)
	noMetas := slices.Clone(whole)
	clear(noMetas[:2*os.Getpagesize()])
	for name, content := range map[string][]byte{
		"text":              []byte("DISCORD_TOKEN=\n"),
		"a byte":            {0},
		"zeros":             make([]byte, 64<<10),
		"noise":             noise,
		"no metas":          noMetas,
		"cut in a page":     whole[:len(whole)/2+100],
		"another program's": bboltFile(t, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err }),
		"another's meta":    metaFile(t, "version", "1"),
		"no version":        metaFile(t, keyProgram, program),
		"version 0":         metaFile(t, keyProgram, program, keyVersion, "0"),
		"version one":       metaFile(t, keyProgram, program, keyVersion, "one"),
		"no buckets":        metaFile(t, keyProgram, program, keyVersion, "1"),
	} {
		path := write(t, content)
		for range 2 { // the second time shows that the first let go of the file
			if _, err := Open(path); !errors.Is(err, store.ErrForeign) || !contains(err, path) {
				t.Errorf("%s: %v; want ErrForeign and the path", name, err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: the file was changed, %v", name, err)
		}
	}
}

func TestOpenRefusesAFileThatWasCutShort(t *testing.T) {
	t.Parallel()
	whole := storeFile(t)
	if err := Verify(write(t, whole)); err != nil {
		t.Fatalf("the whole file: %v", err)
	}
	page := os.Getpagesize()
	var lengths []int
	for n := page; n < len(whole); n += page {
		lengths = append(lengths, n-1, n, n+1)
	}
	for _, n := range append(lengths, 1, 15, 80, 100, 1000, len(whole)-1) {
		path := write(t, whole[:n])
		for name, err := range map[string]error{"Open": second(Open(path)), "Verify": Verify(path)} {
			if !errors.Is(err, store.ErrForeign) || !contains(err, path) {
				t.Errorf("%s of %d bytes of %d: %v; want ErrForeign and the path", name, n, len(whole), err)
			}
		}
	}
}

// TestADamagedPageEndsInAnError overwrites one page after the other. What was
// on it, and what bbolt then does, differs; the process goes on.
func TestADamagedPageEndsInAnError(t *testing.T) {
	t.Parallel()
	whole := storeFile(t)
	size := os.Getpagesize()
	seen := 0
	for page := range len(whole) / size {
		for _, with := range []byte{0, 0xff} {
			content := slices.Clone(whole)
			copy(content[page*size:], bytes.Repeat([]byte{with}, size))
			s, err := Open(write(t, content))
			if err != nil {
				seen++
				if !errors.Is(err, store.ErrForeign) {
					t.Errorf("page %d of %#x: Open: %v, want ErrForeign", page, with, err)
				}
				continue
			}
			for _, err := range everyWayTo(t, s, strings.Repeat("i", 15)) {
				if err != nil {
					seen++
				}
				if err != nil && (!errors.Is(err, store.ErrForeign) && !contains(err, "damaged") && !contains(err, "missing") &&
					!errors.Is(err, store.ErrNotFound)) {
					t.Errorf("page %d of %#x: %v", page, with, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Errorf("page %d of %#x: Close: %v", page, with, err)
			}
		}
	}
	if seen == 0 {
		t.Error("no damage was seen")
	}
}
