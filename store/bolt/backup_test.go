package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"dreambot/internal/secret"
	"dreambot/store"
)

func TestBackupIsAStoreOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	want := create(t, s, "a", "b")
	path := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Backup(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != n {
		t.Errorf("Backup says %d bytes; %v, %v", n, info, err)
	}
	update(t, s, "a", func(j *store.Job) { j.Attempts = 9 })

	copied := openStore(t, path)
	got, err := copied.Get(t.Context(), "a")
	if err != nil || !cmp.Equal(got, want, cmp.Comparer(sameToken)) {
		t.Errorf("the copy has %+v, %v; want %+v", got, err, want)
	}
	if open, err := copied.Open(t.Context()); err != nil || len(open) != 2 {
		t.Errorf("the copy has %d open jobs, %v; want 2", len(open), err)
	}
}

func sameToken(a, b secret.Text) bool { return a == b }

// stopper ends a context at its nth write.
type stopper struct {
	stop context.CancelFunc
	left int
}

func (s *stopper) Write(p []byte) (int, error) {
	if s.left--; s.left == 0 {
		s.stop()
	}
	return len(p), nil
}

func TestBackupEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	for writes := range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		w := &stopper{stop: cancel, left: writes}
		if writes == 0 {
			cancel()
		}
		if n, err := s.Backup(ctx, w); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in write %d: %d bytes, %v; want context.Canceled", writes, n, err)
		}
		cancel()
	}
	boom := errors.New("disk full")
	if _, err := s.Backup(t.Context(), failing{boom}); !errors.Is(err, boom) {
		t.Errorf("a writer that fails: %v, want its error", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// halfway is a writer that calls back in its second write, when the copy has
// begun and has its moment.
type halfway struct {
	bytes.Buffer
	writes int
	call   func()
}

func (h *halfway) Write(p []byte) (int, error) {
	if h.writes++; h.writes == 2 {
		h.call()
	}
	return h.Buffer.Write(p)
}

// TestBackupOfABusyStoreIsWholeAndHoldsUpNobody has writers at work all the
// time, and waits in the middle of the copy until the file has grown, which it
// could not were the writers to wait for the copy.
func TestBackupOfABusyStoreIsWholeAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putAll(t, s, admitted(t, "before"))
	var stop atomic.Bool
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := 0; !stop.Load(); i++ {
				crashJob(s, fmt.Sprintf("w%d-%d", w, i), func(_ store.Job, err error) {
					if err != nil {
						t.Errorf("a writer, while a copy is made: %v", err)
						stop.Store(true)
					}
				})
			}
		})
	}
	w := &halfway{call: func() {
		many := make([]store.Job, 2000)
		for i := range many {
			many[i] = ended(fmt.Sprintf("meanwhile-%d", i), store.StateCompleted, i)
		}
		putAll(t, s, many...)
		if n, err := s.Prune(t.Context(), many[len(many)-1].FinishedAt, 100); n != 100 || err != nil {
			t.Errorf("Prune, while a copy is made: %d, %v", n, err)
		}
	}}
	n, err := s.Backup(t.Context(), w)
	stop.Store(true)
	all.Wait()
	if err != nil || n != int64(w.Len()) {
		t.Fatalf("Backup: %d bytes of %d, %v", n, w.Len(), err)
	}
	path := write(t, w.Bytes())
	if err := Verify(path); err != nil {
		t.Error(err)
	}
	copied := openStore(t, path)
	if _, err := copied.Get(t.Context(), "before"); err != nil {
		t.Errorf("a job from before the copy: %v", err)
	}
	if _, err := copied.Get(t.Context(), "meanwhile-1999"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a job that came while the copy was made: %v, want ErrNotFound", err)
	}
}

func TestVerifyRefusesWhatIsNotAWholeStore(t *testing.T) {
	t.Parallel()
	busy := filepath.Join(t.TempDir(), "jobs.db")
	create(t, openStore(t, busy), "a")
	if err := Verify(busy); !errors.Is(err, store.ErrInUse) || !contains(err, busy) {
		t.Errorf("a store that is open: %v; want ErrInUse and the path", err)
	}
	missing := filepath.Join(t.TempDir(), "jobs.db")
	if err := Verify(missing); !errors.Is(err, fs.ErrNotExist) || !contains(err, missing) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("the file was made")
	}
	if err := Verify(t.TempDir()); err == nil || !contains(err, "regular file") {
		t.Errorf("a folder: %v", err)
	}
	if err := Verify(write(t, metaFile(t, keyProgram, program, keyVersion, "1"))); !errors.Is(err, store.ErrForeign) {
		t.Errorf("a store without buckets: %v, want ErrForeign", err)
	}
	if err := Verify(write(t, bboltFile(t, func(*bbolt.Tx) error { return nil }))); !errors.Is(err, store.ErrForeign) {
		t.Errorf("a bbolt file with nothing in it: %v, want ErrForeign", err)
	}
	whole := storeFile(t)
	for name, spoil := range map[string]func(*bbolt.Tx) error{
		"a record that cannot be read": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketJobs)).Put([]byte("e1"), []byte(`{"id":"e1"}`))
		},
		"a record that is missing": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketJobs)).Delete([]byte("e1"))
		},
		"an index that lacks a job": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket([]byte(bucketDone)).Cursor().First()
			return tx.Bucket([]byte(bucketDone)).Delete(slices.Clone(k))
		},
		"an entry of nobody": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketMessage)).Put([]byte("nobody's"), nil)
		},
		"an index of Luma's ids that lacks a job": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket([]byte(bucketRemote)).Cursor().First()
			return tx.Bucket([]byte(bucketRemote)).Delete(slices.Clone(k))
		},
		"one of Luma's ids of nobody": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketRemote)).Put([]byte("nobody's"), nil)
		},
		"no index of Luma's ids": func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(bucketRemote)) },
		"a story that lacks a job": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket([]byte(bucketStory)).Cursor().First()
			return tx.Bucket([]byte(bucketStory)).Delete(slices.Clone(k))
		},
		"a reaction of nobody": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketReaction)).Put([]byte("nobody's"), nil)
		},
		"a damaged draft": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketDrafts)).Put([]byte("a"), []byte("{"))
		},
		"no drafts":                func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(bucketDrafts)) },
		"a bucket that is missing": func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(bucketDone)) },
		"another program":          func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(bucketMeta)) },
	} {
		path := write(t, whole)
		change(t, path, spoil)
		if err := Verify(path); !errors.Is(err, store.ErrForeign) || !contains(err, path) {
			t.Errorf("%s: %v; want ErrForeign and the path", name, err)
		}
	}
	for name, content := range map[string][]byte{"an empty file": nil, "text": []byte("DISCORD_TOKEN="), "half of it": whole[:len(whole)/2]} {
		if err := Verify(write(t, content)); !errors.Is(err, store.ErrForeign) {
			t.Errorf("%s: %v, want ErrForeign", name, err)
		}
	}
	path := write(t, whole)
	if err := Verify(path); err != nil {
		t.Errorf("a whole store: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("the file was changed, %v", err)
	}
}

func TestCopyTakesWhatNobodyHasOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openStore(t, path)
	create(t, s, "a")
	if n, err := Copy(t.Context(), path, new(bytes.Buffer)); n != 0 || !errors.Is(err, store.ErrInUse) || !contains(err, path) {
		t.Errorf("of a store that is open: %d bytes, %v; want ErrInUse and the path", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	old := versionOne(t, 3)
	change(t, old, func(tx *bbolt.Tx) error { // whole, but old
		jobs := tx.Bucket([]byte(bucketJobs))
		record, err := encode(admitted(t, "damaged"))
		return errors.Join(err, jobs.Put([]byte("damaged"), record))
	})
	present := len(migrations())
	for name, path := range map[string]string{"the present format": path, "an older one": old} {
		before := contentOf(t, path, present)
		var copied bytes.Buffer
		n, err := Copy(t.Context(), path, &copied)
		if err != nil || n != int64(copied.Len()) {
			t.Errorf("%s: %d bytes of %d, %v", name, n, copied.Len(), err)
		}
		to := write(t, copied.Bytes())
		if err := Verify(to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !maps.Equal(contentOf(t, to, present), before) || !maps.Equal(contentOf(t, path, present), before) {
			t.Errorf("%s: the copy, or what was copied, is not as it was", name)
		}
	}
	for name, path := range map[string]string{"missing": filepath.Join(t.TempDir(), "x"), "text": write(t, []byte("x")), "folder": t.TempDir()} {
		if _, err := Copy(t.Context(), path, new(bytes.Buffer)); err == nil || !contains(err, path) {
			t.Errorf("%s: %v; want an error with the path", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Copy(ctx, path, new(bytes.Buffer)); !errors.Is(err, context.Canceled) {
		t.Errorf("in a context that is over: %v", err)
	}
}
