package bolt

import (
	"bytes"
	"encoding/binary"
	"math"

	"go.etcd.io/bbolt"
)

// reader goes through the postings of a term, the newest first.
type reader struct {
	c      *bbolt.Cursor
	prefix string
	chunk  []posting // begins where the key does
	left   int       // postings of the chunk not passed yet
	least  uint64    // seq that the chunk begins at
	empty  bool      // nothing begins before what was looked for
}

// last moves to the newest posting, and reports whether there is any.
func (r *reader) last() (bool, error) { return r.load(seekChunk(r.c, r.prefix, math.MaxUint64)) }

// load takes up a chunk; nil: there is none.
func (r *reader) load(k, v []byte) (more bool, err error) {
	if len(k) != len(r.prefix)+seqSize || string(k[:len(r.prefix)]) != r.prefix {
		return false, nil
	}
	r.least = binary.BigEndian.Uint64(k[len(r.prefix):])
	r.chunk, err = decodeChunk(r.chunk[:0], r.least, v)
	r.left = len(r.chunk)
	return err == nil, err
}

func (r *reader) now() posting { return r.chunk[r.left-1] }

// prev moves to the posting before, and reports whether there is one.
func (r *reader) prev() (bool, error) {
	if r.left--; r.left > 0 {
		return true, nil
	}
	return r.load(r.c.Prev())
}

// at returns how often the term is in a prompt. Seqs must fall from call to call.
func (r *reader) at(seq uint64) (uint64, error) {
	if r.empty {
		return 0, nil
	}
	if len(r.chunk) == 0 || seq < r.least {
		more, err := r.load(seekChunk(r.c, r.prefix, seq))
		if err != nil || !more {
			r.empty = err == nil
			return 0, err
		}
	}
	if i, there := findPosting(r.chunk, seq); there {
		return r.chunk[i].times, nil
	}
	return 0, nil
}

// readers are a heap of them, with the newest posting first.
type readers []*reader

func (h readers) Len() int           { return len(h) }
func (h readers) Less(i, j int) bool { return h[i].now().seq > h[j].now().seq }
func (h readers) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *readers) Push(x any)        { *h = append(*h, x.(*reader)) }
func (h *readers) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// freshWalk reads the index of that name by falling seqs.
type freshWalk struct {
	c      *bbolt.Cursor
	prefix []byte
	begun  bool
}

// walkSteps is how many keys are passed before one is sought: about as many as
// cost the same.
const walkSteps = 8

// at returns the value of a seq; nil: there is none.
func (w *freshWalk) at(seq uint64) []byte {
	for step := 0; w.begun && step < walkSteps; step++ {
		k, v := w.c.Prev()
		if len(k) != len(w.prefix)+seqSize || !bytes.HasPrefix(k, w.prefix) {
			break
		}
		switch now := binary.BigEndian.Uint64(k[len(w.prefix):]); {
		case now == seq:
			return v
		case now < seq:
			w.begun = false
			return nil
		}
	}
	w.begun = true
	want := appendSeq(w.prefix, seq)
	if k, v := w.c.Seek(want); bytes.Equal(k, want) {
		return v
	}
	w.begun = false
	return nil
}
