package bolt

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/internal/words"
)

// The index of words says for each term of a server which prompts it is in, and how
// often. Those postings stand in chunks, in the order of their seqs. The key of a
// chunk holds the first seq; its value is how many postings there are, and for each
// how far its seq is from the one before, and how often the term is there: as
// uvarints, the distance doubled, and one more where the term is there more than
// once, which follows then.

const (
	// chunkMax is the most postings of a chunk: 100 to 400 bytes, so that a new one
	// costs little more than the page that it is on.
	chunkMax = 128
	// textTerms is how many different terms of a text are indexed, which bounds what
	// sharing the longest prompt costs: it is far more than most have.
	textTerms = 2000
)

// posting says how often a term is in a prompt.
type posting struct {
	seq   uint64
	times uint64
}

// termPrefix is what the keys of a term's chunks begin with. No term has a zero byte.
func termPrefix(guild, term string) string { return termBegin(guild, term) + "\x00" }

// termBegin is what the keys of all terms begin with that begin so.
func termBegin(guild, beginning string) string { return keyOf(guild) + beginning }

func encodeChunk(list []posting) []byte {
	b := binary.AppendUvarint(make([]byte, 0, 4*len(list)+2), uint64(len(list)))
	last := list[0].seq
	for _, p := range list {
		if p.times == 1 {
			b = binary.AppendUvarint(b, (p.seq-last)<<1)
		} else {
			b = binary.AppendUvarint(b, (p.seq-last)<<1|1)
			b = binary.AppendUvarint(b, p.times)
		}
		last = p.seq
	}
	return b
}

// decodeChunk appends the postings of a chunk to a list.
func decodeChunk(list []posting, first uint64, value []byte) ([]posting, error) {
	count, n := binary.Uvarint(value)
	if n <= 0 || count == 0 || count > chunkMax {
		return nil, fmt.Errorf("%s has a damaged chunk", bucketTerms)
	}
	value = value[n:]
	for range count {
		step, n := binary.Uvarint(value)
		if n <= 0 {
			return nil, fmt.Errorf("%s has a damaged chunk", bucketTerms)
		}
		value = value[n:]
		first += step >> 1
		p := posting{first, 1}
		if step&1 == 1 {
			if p.times, n = binary.Uvarint(value); n <= 0 {
				return nil, fmt.Errorf("%s has a damaged chunk", bucketTerms)
			}
			value = value[n:]
		}
		list = append(list, p)
	}
	if len(value) != 0 {
		return nil, fmt.Errorf("%s has a damaged chunk", bucketTerms)
	}
	return list, nil
}

// countOf returns how many postings a chunk has.
func countOf(value []byte) int {
	n, _ := binary.Uvarint(value)
	return int(min(n, chunkMax))
}

// seekChunk moves to the chunk of a term that holds a seq, if any does: the last one
// that does not begin after it. nil: all begin after it.
func seekChunk(c *bbolt.Cursor, prefix string, seq uint64) (key, value []byte) {
	want := appendSeq([]byte(prefix), seq)
	k, v := c.Seek(want)
	if !bytes.Equal(k, want) {
		if k == nil {
			k, v = c.Last()
		} else {
			k, v = c.Prev()
		}
	}
	if len(k) != len(want) || string(k[:len(prefix)]) != prefix {
		return nil, nil
	}
	return k, v
}

func addPosting(b *bbolt.Bucket, prefix string, p posting) error {
	k, v := seekChunk(b.Cursor(), prefix, p.seq)
	if k == nil {
		// Those that begin later may have room before them.
		c := b.Cursor()
		if k, v = c.Seek([]byte(prefix)); len(k) != len(prefix)+seqSize || string(k[:len(prefix)]) != prefix {
			return b.Put(appendSeq([]byte(prefix), p.seq), encodeChunk([]posting{p}))
		}
	}
	list, err := decodeChunk(nil, binary.BigEndian.Uint64(k[len(prefix):]), v)
	if err != nil {
		return err
	}
	at, there := findPosting(list, p.seq)
	switch {
	case there:
		list[at] = p
	case at == chunkMax:
		// The next one begins full chunks' successor, as most come in order.
		return b.Put(appendSeq([]byte(prefix), p.seq), encodeChunk([]posting{p}))
	default:
		list = slices.Insert(list, at, p)
	}
	if at == 0 {
		if err := b.Delete(bytes.Clone(k)); err != nil {
			return err
		}
	}
	for len(list) > 0 {
		part := list
		if len(list) > chunkMax {
			part = list[:len(list)/2]
		}
		if err := b.Put(appendSeq([]byte(prefix), part[0].seq), encodeChunk(part)); err != nil {
			return err
		}
		list = list[len(part):]
	}
	return nil
}

func removePosting(b *bbolt.Bucket, prefix string, seq uint64) error {
	k, v := seekChunk(b.Cursor(), prefix, seq)
	if k == nil {
		return nil
	}
	list, err := decodeChunk(nil, binary.BigEndian.Uint64(k[len(prefix):]), v)
	if err != nil {
		return err
	}
	at, there := findPosting(list, seq)
	if !there {
		return nil
	}
	list = slices.Delete(list, at, at+1)
	if at == 0 {
		if err := b.Delete(bytes.Clone(k)); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	return b.Put(appendSeq([]byte(prefix), list[0].seq), encodeChunk(list))
}

func findPosting(list []posting, seq uint64) (int, bool) {
	return slices.BinarySearchFunc(list, seq, func(p posting, seq uint64) int { return cmp.Compare(p.seq, seq) })
}

// termsOf returns the terms that a text is indexed by, and how often it has each.
func termsOf(text string) map[string]uint64 {
	terms := map[string]uint64{}
	for _, term := range words.Terms(text) {
		if _, there := terms[term]; there || len(terms) < textTerms {
			terms[term]++
		}
	}
	return terms
}

// enlist puts a prompt into the index of words and the sums of its server.
func enlist(tx *bbolt.Tx, p *shared) error {
	b := tx.Bucket([]byte(bucketTerms))
	terms := termsOf(p.Text)
	for term, times := range terms {
		if err := addPosting(b, termPrefix(p.Guild, term), posting{p.Seq, times}); err != nil {
			return err
		}
	}
	return addSums(tx, p.Guild, 1, p.Words)
}

// unlist takes a prompt out of them again.
func unlist(tx *bbolt.Tx, p *shared) error {
	b := tx.Bucket([]byte(bucketTerms))
	for term := range termsOf(p.Text) {
		if err := removePosting(b, termPrefix(p.Guild, term), p.Seq); err != nil {
			return err
		}
	}
	return addSums(tx, p.Guild, -1, -p.Words)
}

// sums are what a server's prompts are together.
type sums struct{ prompts, words int64 }

const sumsSize = 8 + 8

func sumsOf(tx *bbolt.Tx, guild string) (sums, error) {
	v := tx.Bucket([]byte(bucketSums)).Get([]byte(guild))
	switch len(v) {
	case 0:
		return sums{}, nil
	case sumsSize:
		return sums{int64(binary.BigEndian.Uint64(v)), int64(binary.BigEndian.Uint64(v[8:]))}, nil
	}
	return sums{}, fmt.Errorf("the sums of server %q are damaged", guild)
}

func addSums(tx *bbolt.Tx, guild string, prompts, words int) error {
	s, err := sumsOf(tx, guild)
	if err != nil {
		return err
	}
	s.prompts, s.words = s.prompts+int64(prompts), s.words+int64(words)
	b := tx.Bucket([]byte(bucketSums))
	if s == (sums{}) {
		return b.Delete([]byte(guild))
	}
	v := binary.BigEndian.AppendUint64(nil, uint64(s.prompts))
	return b.Put([]byte(guild), binary.BigEndian.AppendUint64(v, uint64(s.words)))
}
