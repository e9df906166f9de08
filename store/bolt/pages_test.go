package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// deepFile returns the file of a store with branches, values on several pages,
// and a long list of free pages.
func deepFile(t testing.TB) []byte {
	t.Helper()
	s := newStore(t)
	jobs := endedJobs(700)
	jobs[7].Prompt = strings.Repeat("a cat ", 3*os.Getpagesize())
	putAll(t, s, jobs...)
	for range 3 {
		if _, err := s.Prune(t.Context(), late, 100); err != nil {
			t.Fatal(err)
		}
	}
	var content bytes.Buffer
	if _, err := s.Backup(t.Context(), &content); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func TestHealthyFilesPass(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{"few pages": storeFile(t), "many pages": deepFile(t)} {
		if err := Verify(write(t, content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// kinds returns the kind of each page.
func kinds(content []byte) []uint16 {
	var list []uint16
	for page := range slices.Chunk(content, os.Getpagesize()) {
		list = append(list, binary.NativeEndian.Uint16(page[8:]))
	}
	return list
}

// TestBytesFlippedAtRandomAreRefusedOrRead spoils a file in many ways, half of
// them where bbolt keeps its own account. The process goes on, and lets go of
// the file.
func TestBytesFlippedAtRandomAreRefusedOrRead(t *testing.T) {
	t.Parallel()
	page := os.Getpagesize()
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for name, whole := range map[string][]byte{"few pages": storeFile(t), "many pages": deepFile(t)} {
		path := write(t, whole)
		for round := range 60 {
			content := slices.Clone(whole)
			for range 1 + random.IntN(4) {
				at := random.IntN(len(content))
				if random.IntN(2) == 0 {
					at = at/page*page + random.IntN(6*elementSize)
				}
				content[at] ^= byte(1 + random.IntN(255))
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path)
			if err != nil {
				if refused++; !errors.Is(err, store.ErrForeign) && !errors.Is(err, store.ErrNewer) {
					t.Errorf("%s, round %d: %v, want ErrForeign", name, round, err)
				}
				continue
			}
			use(t, s)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := openStore(t, path).check(); err != nil {
			t.Errorf("%s, whole again: %v", name, err)
		}
	}
	if refused == 0 {
		t.Error("no damage was seen")
	}
}

// use reads and writes a store whose records may be damaged, and closes it.
func use(t *testing.T, s *Store) {
	everyWayTo(t, s, strings.Repeat("i", 15))
	_ = s.Create(t.Context(), job("new"))
	_, _ = s.Prune(t.Context(), late, 10)
	_, _ = s.Update(t.Context(), "new", func(j *store.Job) error { j.Attempts++; return nil })
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// living returns the root of the jobs, which is a branch, and the list of free
// pages that counts. What else is of these kinds may be of earlier commits.
func living(t *testing.T, content []byte) (branch, free int) {
	t.Helper()
	m, err := newestMeta(bytes.NewReader(content), int64(os.Getpagesize()))
	if err != nil {
		t.Fatal(err)
	}
	change(t, write(t, content), func(tx *bbolt.Tx) error {
		branch = int(tx.Bucket([]byte(bucketJobs)).RootPage())
		return nil
	})
	if kinds(content)[branch] != kindBranch || kinds(content)[m.free] != kindFree {
		t.Fatal("the file has no branch, or no list of free pages")
	}
	return branch, int(m.free)
}

// TestPagesThatWouldEndTheProcessAreRefused makes, with sums that are right,
// what no recovery helps against once bbolt reads it.
func TestPagesThatWouldEndTheProcessAreRefused(t *testing.T) {
	t.Parallel()
	whole := deepFile(t)
	size := os.Getpagesize()
	branch, free := living(t, whole)
	put64 := func(b []byte, at int, v uint64) { binary.NativeEndian.PutUint64(b[at:], v) }
	for name, spoil := range map[string]func(b []byte){
		"a branch that leads to itself": func(b []byte) { put64(b, branch*size+headSize+8, uint64(branch)) },
		"a branch that leads nowhere":   func(b []byte) { put64(b, branch*size+headSize+8, 1<<50) },
		"a branch without elements":     func(b []byte) { binary.NativeEndian.PutUint16(b[branch*size+10:], 0) },
		"a page of the greatest length": func(b []byte) { binary.NativeEndian.PutUint32(b[branch*size+12:], 1<<32-1) },
		"free pages beyond memory": func(b []byte) {
			binary.NativeEndian.PutUint16(b[free*size+10:], 0xffff)
			put64(b, free*size+headSize, 1<<44)
		},
		"a free page that is used":  func(b []byte) { put64(b, free*size+headSize, uint64(branch)) },
		"a list that is none":       func(b []byte) { binary.NativeEndian.PutUint16(b[free*size+8:], kindLeaf) },
		"a root that is none":       func(b []byte) { setMeta(b, size, 16, uint64(free)) },
		"a root beyond the end":     func(b []byte) { setMeta(b, size, 16, 1<<60) },
		"no list of free pages":     func(b []byte) { setMeta(b, size, 32, 1<<64-1) },
		"more pages than there are": func(b []byte) { setMeta(b, size, 40, 1<<62) },
	} {
		content := slices.Clone(whole)
		spoil(content)
		path := write(t, content)
		for range 2 { // the second time shows that the first let go of the file
			for what, err := range map[string]error{"Open": second(Open(path)), "Verify": Verify(path)} {
				if !errors.Is(err, store.ErrForeign) || !contains(err, path) {
					t.Errorf("%s of %s: %v; want ErrForeign and the path", what, name, err)
				}
			}
		}
	}
}

// setMeta sets a field in both meta pages, and makes their sums right again.
func setMeta(b []byte, pageSize, field int, v uint64) {
	for i := range 2 {
		m := b[i*pageSize+headSize:][:metaSize]
		binary.NativeEndian.PutUint64(m[field:], v)
		sum := fnv.New64a()
		_, _ = sum.Write(m[:metaSize-8])
		binary.NativeEndian.PutUint64(m[metaSize-8:], sum.Sum64())
	}
}

// FuzzPages overwrites a part of a file. What passes the walk, bbolt's own check
// must find nothing amiss with, besides pages that nothing leads to any more.
func FuzzPages(f *testing.F) {
	whole := storeFile(f)
	f.Add(uint32(0), []byte{})
	for page := range len(whole) / os.Getpagesize() {
		at := uint32(page * os.Getpagesize())
		f.Add(at, whole[at+4096-64:at+4096])
		f.Add(at+8, []byte{kindBranch})
		f.Add(at+10, []byte{200})
		f.Add(at+headSize, []byte{9, 9, 9, 9, 9, 9, 9, 9})
	}
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		content := slices.Clone(whole)
		copy(content[int(at)%len(content):], with)
		if err := checkPages(bytes.NewReader(content), int64(len(content)), os.Getpagesize()); err != nil {
			if !errors.Is(err, store.ErrForeign) {
				t.Fatalf("%v, want ErrForeign", err)
			}
			return
		}
		db, err := bbolt.Open(write(t, content), 0o600, nil)
		if err != nil {
			t.Fatalf("bbolt refuses what passed: %v", err)
		}
		err = db.View(func(tx *bbolt.Tx) error {
			var errs []error
			for err := range tx.Check() {
				if !contains(err, "unreachable unfreed") {
					errs = append(errs, err)
				}
			}
			return errors.Join(errs...)
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(fmt.Errorf("what passed: %w", err))
		}
	})
}
