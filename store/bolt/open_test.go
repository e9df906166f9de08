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
	if _, err := Open(folder); err == nil || !contains(err, folder[1:]) || errors.Is(err, store.ErrForeign) {
		t.Errorf("a folder as the file: %v", err)
	}
	if _, err := Open(""); err == nil {
		t.Error("an empty path is taken")
	}
	if _, err := Open(filepath.Join(folder, "a.db"), WithLockTimeout(0)); err == nil {
		t.Error("a lock timeout of 0, by which bbolt waits for ever, is taken")
	}
}

func TestOpenSaysThatAFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("modes do not bind this user")
	}
	path := filepath.Join(t.TempDir(), "jobs.db")
	if err := openStore(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, fs.ErrPermission) || !contains(err, "writable") {
		t.Errorf("a read-only file: %v", err)
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(folder, "jobs.db")); !errors.Is(err, fs.ErrPermission) || !contains(err, "writable") {
		t.Errorf("a read-only folder: %v", err)
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

// storeFile returns the file of a store that was closed, with jobs on more than
// a few pages.
func storeFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	for i := range 30 {
		j := job(strings.Repeat("i", i+1))
		j.Prompt = strings.Repeat("a cat ", 100)
		if err := s.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
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
	for pages := 1; pages < len(whole)/os.Getpagesize(); pages++ {
		path := write(t, whole[:pages*os.Getpagesize()])
		s, err := Open(path)
		if err == nil {
			// The file had room to spare, and that is what was cut off.
			if err := errors.Join(s.check(), s.Close()); err != nil {
				t.Errorf("%d pages: %v", pages, err)
			}
			continue
		}
		if !errors.Is(err, store.ErrForeign) {
			t.Errorf("%d pages: %v, want ErrForeign", pages, err)
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

func TestOpenRefusesANewerFile(t *testing.T) {
	t.Parallel()
	content := metaFile(t, keyProgram, program, keyVersion, "2", "future", "yes")
	path := write(t, content)
	if _, err := Open(path); !errors.Is(err, store.ErrNewer) || !contains(err, "format 2") || !contains(err, path) {
		t.Errorf("Open: %v; want ErrNewer, the format and the path", err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file was changed, %v", err)
	}
}

// openWith opens with other migrations than those of the package.
func openWith(path string, m ...migration) (*Store, error) {
	return Open(path, func(c *config) { c.migrations = m })
}

func TestOpenMigratesAnOlderFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	want := create(t, s, "a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	never := func(*bbolt.Tx) error { t.Error("a migration of an older version runs"); return nil }
	var ran []string
	note := func(name string, err error) migration {
		return func(tx *bbolt.Tx) error {
			ran = append(ran, name)
			_, err2 := tx.CreateBucket([]byte(name))
			return errors.Join(err2, err)
		}
	}
	boom := errors.New("boom")
	if _, err := openWith(path, never, note("two", nil), note("three", boom)); !errors.Is(err, boom) || !contains(err, "format 3") {
		t.Fatalf("a migration that fails: %v; want its error and the format", err)
	}
	if _, err := Open(path); !errors.Is(err, store.ErrNewer) {
		t.Fatalf("the migration before the one that failed is lost: %v", err)
	}
	s, err := openWith(path, never, never, note("three", nil))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "a")
	if err != nil || got.Prompt != want.Prompt {
		t.Errorf("the job is %+v, %v", got, err)
	}
	if err := s.db.View(func(tx *bbolt.Tx) error {
		if v, err := versionOf(tx); v != 3 || err != nil {
			t.Errorf("the version is %d, %v; want 3", v, err)
		}
		if tx.Bucket([]byte("two")) == nil || tx.Bucket([]byte("three")) == nil {
			t.Error("a migration left nothing")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.check(), s.Close()); err != nil {
		t.Error(err)
	}
	if want := []string{"two", "three", "three"}; !slices.Equal(ran, want) {
		t.Errorf("the migrations %q ran, want %q", ran, want)
	}
}

func TestAMigrationThatPanicsIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	if _, err := openWith(path, createBuckets, func(*bbolt.Tx) error { panic("ouch") }); !errors.Is(err, store.ErrForeign) {
		t.Errorf("Open: %v, want ErrForeign", err)
	}
	create(t, openStore(t, path), "a") // version 1 stands
}
