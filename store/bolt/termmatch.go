package bolt

import (
	"container/heap"
	"context"

	"go.etcd.io/bbolt"
)

// found are prompts with how often each has each of the words.
type found struct {
	seqs  []uint64 // falling
	times []uint8  // of each prompt, as many as there are words
}

// each calls fn with the newest prompts that have the word, at most limit, the
// newest first.
func (s sought) each(ctx context.Context, tx *bbolt.Tx, limit int, fn func(posting)) error {
	var heads readers
	for _, prefix := range s.terms {
		r := &reader{c: tx.Bucket([]byte(bucketTerms)).Cursor(), prefix: prefix}
		more, err := r.last()
		if err != nil {
			return err
		}
		if more {
			heads = append(heads, r)
		}
	}
	heap.Init(&heads)
	for n := 0; n < limit && len(heads) > 0; n++ {
		if n%lookEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		p := posting{seq: heads[0].now().seq}
		for len(heads) > 0 && heads[0].now().seq == p.seq {
			p.times += heads[0].now().times
			more, err := heads[0].prev()
			if err != nil {
				return err
			}
			if more {
				heap.Fix(&heads, 0)
			} else {
				heap.Pop(&heads)
			}
		}
		fn(p)
	}
	return nil
}

// keep leaves those prompts that have the word, the i-th of n.
func (s sought) keep(ctx context.Context, tx *bbolt.Tx, hits *found, i, n int) error {
	if len(s.terms) > 1 && len(hits.seqs) > s.count/len(s.terms) {
		return s.merge(ctx, tx, hits, i, n)
	}
	var list []*reader
	for _, prefix := range s.terms {
		list = append(list, &reader{c: tx.Bucket([]byte(bucketTerms)).Cursor(), prefix: prefix})
	}
	left := 0
	for at, seq := range hits.seqs {
		if at%lookEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		times := uint64(0)
		for _, r := range list {
			t, err := r.at(seq)
			if err != nil {
				return err
			}
			times += t
		}
		if times > 0 {
			hits.move(at, left, n)
			hits.times[left*n+i] = clamp(times)
			left++
		}
	}
	hits.cut(left, n)
	return nil
}

// merge is keep where there are so many prompts that going through all postings
// takes less than looking each one up.
func (s sought) merge(ctx context.Context, tx *bbolt.Tx, hits *found, i, n int) error {
	at, left := 0, 0
	err := s.each(ctx, tx, 2*searchFound, func(p posting) {
		for at < len(hits.seqs) && hits.seqs[at] > p.seq {
			at++
		}
		if at < len(hits.seqs) && hits.seqs[at] == p.seq {
			hits.move(at, left, n)
			hits.times[left*n+i] = clamp(p.times)
			left, at = left+1, at+1
		}
	})
	hits.cut(left, n)
	return err
}

// move puts a prompt, of as many words, where another one was.
func (f *found) move(from, to, n int) {
	f.seqs[to] = f.seqs[from]
	copy(f.times[to*n:(to+1)*n], f.times[from*n:(from+1)*n])
}

// cut leaves the first prompts.
func (f *found) cut(left, n int) { f.seqs, f.times = f.seqs[:left], f.times[:left*n] }
