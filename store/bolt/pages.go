package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"

	"dreambot/store"
)

// bbolt maps its file and believes what it reads there. A page that leads to
// itself, or a list of free pages with a length out of all proportion, ends the
// process, past all that could be recovered. So the pages are walked first, by
// plain reads that believe nothing.
//
// The format is bbolt's, version 2, in the machine's own byte order. A page has
// a head of 16 bytes: id uint64, kind uint16, count uint16, and uint32 for how
// many pages after it belong to it. Elements of 16 bytes follow, which say
// where, counted from their own beginning, the key and the value are:
//
//	branch   pos, key size uint32; page uint64
//	leaf     flags, pos, key size, value size uint32
//	free     ids uint64; when count is 0xffff, the first one is the count
//
// The value of a bucket is root, sequence uint64; where root is 0, a leaf
// follows at once.
// Source: bbolt, internal/common.
const (
	headSize    = 16
	elementSize = 16
	bucketSize  = 16
	metaSize    = 64 // its last 8 bytes are the sum of the others

	kindBranch = 0x01
	kindLeaf   = 0x02
	kindMeta   = 0x04
	kindFree   = 0x10

	flagBucket = 0x01

	metaMagic   = 0xED0CDAED
	metaVersion = 2

	// maxDepth bounds a walk. A page of 4 KiB with keys of the greatest size
	// leads to two others, so that no file is as deep.
	maxDepth = 64
)

// meta is what the file says of itself.
type meta struct {
	pageSize                     uint32
	root, free, pages, committed uint64
}

// readMeta returns what a meta page holds, and whether its sum is right.
func readMeta(b []byte) (m meta, ok bool) {
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSize-8]) // never fails
	m = meta{
		pageSize: binary.NativeEndian.Uint32(b[8:]),
		root:     binary.NativeEndian.Uint64(b[16:]),
		free:     binary.NativeEndian.Uint64(b[32:]),
		pages:    binary.NativeEndian.Uint64(b[40:]), committed: binary.NativeEndian.Uint64(b[48:]),
	}
	return m, binary.NativeEndian.Uint32(b) == metaMagic && binary.NativeEndian.Uint32(b[4:]) == metaVersion &&
		binary.NativeEndian.Uint64(b[56:]) == sum.Sum64()
}

// walk is a look at every page of a file.
type walk struct {
	file     io.ReaderAt
	pageSize uint64
	pages    uint64   // ids are less
	seen     []uint64 // a bit per page
	room     [maxDepth][]byte
}

// checkPages walks the pages of a bbolt file of that size, and returns
// store.ErrForeign where one is not what it should be. What is in the values is
// not looked at. It reads the whole file once, and holds a bit for each page.
func checkPages(file io.ReaderAt, size int64, pageSize int) error {
	m, err := newestMeta(file, int64(pageSize))
	if err != nil {
		return err
	}
	if m.pageSize != uint32(pageSize) || m.pages > uint64(size)/uint64(pageSize) {
		return damaged("%d bytes of %d pages of %d", size, m.pages, m.pageSize)
	}
	w := &walk{file: file, pageSize: uint64(pageSize), pages: m.pages, seen: make([]uint64, m.pages/64+1)}
	if err := w.tree(m.root, 0, nil, nil); err != nil {
		return err
	}
	return w.free(m.free)
}

// newestMeta returns the meta page that counts: that of the last commit, or the
// one before where the last one did not get to its end.
func newestMeta(file io.ReaderAt, pageSize int64) (meta, error) {
	var newest meta
	found := false
	for i := range int64(2) {
		var b [headSize + metaSize]byte
		if _, err := file.ReadAt(b[:], i*pageSize); err != nil && !errors.Is(err, io.EOF) {
			return meta{}, err
		}
		if binary.NativeEndian.Uint64(b[:]) != uint64(i) || binary.NativeEndian.Uint16(b[8:]) != kindMeta {
			return meta{}, damaged("page %d is not a meta page", i)
		}
		if m, ok := readMeta(b[headSize:]); ok && (!found || m.committed > newest.committed) {
			newest, found = m, true
		}
	}
	if !found {
		return meta{}, damaged("neither meta page is whole")
	}
	return newest, nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w, or is damaged: "+format, append([]any{store.ErrForeign}, args...)...)
}

// page reads a page, which nothing else may have led to.
func (w *walk) page(id uint64, depth int) (kind uint16, count int, page []byte, err error) {
	if depth >= maxDepth {
		return 0, 0, nil, damaged("page %d is too deep", id)
	}
	if err := w.take(id, 1); err != nil {
		return 0, 0, nil, err
	}
	if w.room[depth] == nil {
		w.room[depth] = make([]byte, w.pageSize)
	}
	page = w.room[depth]
	if _, err := w.file.ReadAt(page, int64(id*w.pageSize)); err != nil {
		return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
	}
	more := uint64(binary.NativeEndian.Uint32(page[12:]))
	if got := binary.NativeEndian.Uint64(page); got != id {
		return 0, 0, nil, damaged("page %d says that it is %d", id, got)
	}
	if more > 0 {
		if err := w.take(id+1, more); err != nil {
			return 0, 0, nil, err
		}
		page = append(page[:len(page):len(page)], make([]byte, more*w.pageSize)...)
		if _, err := w.file.ReadAt(page[w.pageSize:], int64((id+1)*w.pageSize)); err != nil {
			return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
		}
	}
	return binary.NativeEndian.Uint16(page[8:]), int(binary.NativeEndian.Uint16(page[10:])), page, nil
}

// take marks n pages from id on as seen.
func (w *walk) take(id, n uint64) error {
	if id < 2 || id >= w.pages || n > w.pages-id {
		return damaged("page %d is out of bounds", id)
	}
	for i := id; i < id+n; i++ {
		if w.seen[i/64]&(1<<(i%64)) != 0 {
			return damaged("page %d is used twice", i)
		}
		w.seen[i/64] |= 1 << (i % 64)
	}
	return nil
}

// tree walks a page and all below it. Keys are at least low and less than high,
// where these are not nil.
func (w *walk) tree(id uint64, depth int, low, high []byte) error {
	kind, count, page, err := w.page(id, depth)
	if err != nil {
		return err
	}
	switch {
	case kind == kindLeaf:
		return w.leaf(id, page, count, depth, low, high)
	case kind != kindBranch || count == 0:
		return damaged("page %d is of kind %#x with %d elements", id, kind, count)
	}
	for i := range count {
		key, err := branchKey(id, page, count, i, &low, high)
		if err != nil {
			return err
		}
		end := high
		if i+1 < count {
			next := key
			if end, err = branchKey(id, page, count, i+1, &next, high); err != nil {
				return err
			}
		}
		child := binary.NativeEndian.Uint64(page[headSize+i*elementSize+8:])
		if err := w.tree(child, depth+1, key, end); err != nil {
			return err
		}
	}
	return nil
}

// branchKey returns a key of a branch, which must be from low on; low becomes
// what the next one must be above.
func branchKey(id uint64, page []byte, count, i int, low *[]byte, high []byte) ([]byte, error) {
	at := headSize + i*elementSize
	if at+elementSize > len(page) {
		return nil, damaged("page %d is too short for %d elements", id, count)
	}
	key, _, err := item(id, page, count, at, binary.NativeEndian.Uint32(page[at:]), binary.NativeEndian.Uint32(page[at+4:]), 0)
	if err != nil {
		return nil, err
	}
	return key, inOrder(id, key, i == 0, low, high)
}

// leaf checks the elements of a leaf, and walks the buckets that are in it.
func (w *walk) leaf(id uint64, page []byte, count, depth int, low, high []byte) error {
	for i := range count {
		at := headSize + i*elementSize
		if at+elementSize > len(page) {
			return damaged("page %d is too short for %d elements", id, count)
		}
		flags := binary.NativeEndian.Uint32(page[at:])
		key, value, err := item(id, page, count, at, binary.NativeEndian.Uint32(page[at+4:]),
			binary.NativeEndian.Uint32(page[at+8:]), binary.NativeEndian.Uint32(page[at+12:]))
		if err != nil {
			return err
		}
		if err := inOrder(id, key, i == 0, &low, high); err != nil {
			return err
		}
		switch flags {
		case 0:
		case flagBucket:
			if err := w.bucket(id, value, depth); err != nil {
				return err
			}
		default:
			return damaged("page %d has an element with flags %#x", id, flags)
		}
	}
	return nil
}

// bucket walks a bucket, found as a value on a page.
func (w *walk) bucket(id uint64, value []byte, depth int) error {
	if len(value) < bucketSize {
		return damaged("page %d has a bucket of %d bytes", id, len(value))
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return w.tree(root, depth+1, nil, nil)
	}
	page := value[bucketSize:]
	if len(page) < headSize || binary.NativeEndian.Uint16(page[8:]) != kindLeaf || depth+1 >= maxDepth {
		return damaged("page %d has a bucket that is none", id)
	}
	return w.leaf(id, page, int(binary.NativeEndian.Uint16(page[10:])), depth+1, nil, nil)
}

// item returns the key and the value of the element that begins at a place.
func item(id uint64, page []byte, count, at int, pos, keySize, valueSize uint32) (key, value []byte, err error) {
	from := uint64(at) + uint64(pos)
	middle := from + uint64(keySize)
	to := middle + uint64(valueSize)
	if from < uint64(headSize+count*elementSize) || to > uint64(len(page)) || keySize == 0 {
		return nil, nil, damaged("page %d has an element that is not on it", id)
	}
	return page[from:middle], page[middle:to], nil
}

// inOrder checks a key against its bounds, and makes it the lower one of the
// next. Only the first may be the lower one itself.
func inOrder(id uint64, key []byte, first bool, low *[]byte, high []byte) error {
	order := bytes.Compare(*low, key)
	if *low != nil && (order > 0 || order == 0 && !first) || high != nil && bytes.Compare(key, high) >= 0 {
		return damaged("page %d has keys out of order", id)
	}
	*low = key
	return nil
}

// free checks the list of free pages, which this program always writes.
func (w *walk) free(id uint64) error {
	kind, count, page, err := w.page(id, 0)
	if err != nil {
		return err
	}
	ids, n := page[headSize:], uint64(count)
	if n == 0xffff && len(ids) >= 8 {
		n, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if kind != kindFree || n > uint64(len(ids))/8 {
		return damaged("page %d is no list of %d free pages", id, n)
	}
	for i := range n {
		if err := w.take(binary.NativeEndian.Uint64(ids[8*i:]), 1); err != nil {
			return err
		}
	}
	return nil
}
