package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
	"dreambot/internal/words"
)

// A search finds the prompts that have all its words or, where none has, any of
// them, and orders them by BM25, with a small weight for votes. What it costs is
// bounded whatever there is: where a bound is met, the newest prompts count.
const (
	// searchWords is how many different words are looked for.
	searchWords = 32
	// searchFound is how many prompts are compared with each other.
	searchFound = 50_000
	// searchAny is how many prompts with any of the words are.
	searchAny = 20_000
	// searchKeys is how many keys are looked at for the words that begin so.
	searchKeys = 20_000
	// searchEndings is how many of the words that begin so are looked for, those
	// that are in the most prompts and the one itself.
	searchEndings = 50

	// The constants of BM25, as most choose them: how soon a word that is repeated
	// counts no more, and how much a long text must hold for it.
	// Source: Robertson and Zaragoza, The Probabilistic Relevance Framework.
	bm25K, bm25B = 1.2, 0.75
	// voteWeight is how much votes count: 10 of them a quarter more, 100 half more.
	voteWeight = 0.1
)

// sought is a word that is searched for: one term, or several with the same
// beginning, which count as one.
type sought struct {
	terms []string // prefixes of their chunks
	count int      // of prompts, at most
}

// search returns the ids of a page, and one more where there is one after it.
func search(ctx context.Context, tx *bbolt.Tx, q community.Query) ([]string, error) {
	list, err := seek(tx, q)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	hits, err := findAll(ctx, tx, list)
	if err == nil && len(hits.seqs) == 0 && len(list) > 1 {
		hits, err = findAny(ctx, tx, list)
	}
	if err != nil {
		return nil, err
	}
	best := leaders{room: q.Offset + q.Limit + 1}
	if err := rank(ctx, tx, q.Guild, list, hits, &best); err != nil {
		return nil, err
	}
	return best.ids(q.Offset), nil
}

// seek returns the words of a query, those in the fewest prompts first.
func seek(tx *bbolt.Tx, q community.Query) ([]sought, error) {
	text, n := q.Text, 0
	for i := range text {
		if n++; n > community.MaxText {
			text = text[:i]
			break
		}
	}
	all := words.Split(text)
	var list []sought
	seen := map[string]bool{}
	for i, w := range all {
		if seen[w] || len(list) == searchWords {
			continue
		}
		seen[w] = true
		var s sought
		if q.Prefix && i == len(all)-1 && words.Open(w) {
			s = endings(tx, q.Guild, w)
		} else {
			s = sought{terms: []string{termPrefix(q.Guild, w)}}
			s.count = countTerm(tx, s.terms[0])
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b sought) int { return cmp.Compare(a.count, b.count) })
	return list, nil
}

// countTerm returns in how many prompts a term is, as far as it matters.
func countTerm(tx *bbolt.Tx, prefix string) int {
	n := 0
	c := tx.Bucket([]byte(bucketTerms)).Cursor()
	for k, v := c.Seek([]byte(prefix)); bytes.HasPrefix(k, []byte(prefix)) && n < 2*searchFound; k, v = c.Next() {
		n += countOf(v)
	}
	return n
}

// endings returns the words with a beginning.
func endings(tx *bbolt.Tx, guild, beginning string) sought {
	type term struct {
		prefix string
		count  int
	}
	var list []term
	begin := []byte(termBegin(guild, beginning))
	c := tx.Bucket([]byte(bucketTerms)).Cursor()
	seen := 0
	for k, v := c.Seek(begin); bytes.HasPrefix(k, begin) && seen < searchKeys; k, v = c.Next() {
		seen++
		if len(k) <= seqSize {
			continue
		}
		prefix := k[:len(k)-seqSize]
		if len(list) == 0 || list[len(list)-1].prefix != string(prefix) {
			list = append(list, term{string(prefix), 0})
		}
		list[len(list)-1].count += countOf(v)
	}
	exact := termPrefix(guild, beginning)
	slices.SortStableFunc(list, func(a, b term) int {
		if a.prefix == exact || b.prefix == exact {
			return cmp.Compare(len(a.prefix), len(b.prefix))
		}
		return cmp.Compare(b.count, a.count)
	})
	var s sought
	for _, t := range list[:min(len(list), searchEndings)] {
		s.terms, s.count = append(s.terms, t.prefix), s.count+t.count
	}
	return s
}

// findAll returns the prompts that have all words.
func findAll(ctx context.Context, tx *bbolt.Tx, list []sought) (found, error) {
	n := len(list)
	var hits found
	err := list[0].each(ctx, tx, searchFound, func(p posting) {
		hits.seqs = append(hits.seqs, p.seq)
		hits.times = append(hits.times, clamp(p.times))
		hits.times = append(hits.times, make([]uint8, n-1)...)
	})
	for i := 1; i < n && err == nil && len(hits.seqs) > 0; i++ {
		err = list[i].keep(ctx, tx, &hits, i, n)
	}
	return hits, err
}

// findAny returns the prompts that have any of the words.
func findAny(ctx context.Context, tx *bbolt.Tx, list []sought) (found, error) {
	n := len(list)
	times := map[uint64][]uint8{}
	room := searchAny
	for i, s := range list {
		read := 0
		err := s.each(ctx, tx, room, func(p posting) {
			if read++; times[p.seq] == nil {
				times[p.seq] = make([]uint8, n)
			}
			times[p.seq][i] = clamp(p.times)
		})
		if room -= read; err != nil {
			return found{}, err
		}
	}
	var hits found
	for seq := range times {
		hits.seqs = append(hits.seqs, seq)
	}
	slices.SortFunc(hits.seqs, func(a, b uint64) int { return cmp.Compare(b, a) })
	for _, seq := range hits.seqs {
		hits.times = append(hits.times, times[seq]...)
	}
	return hits, nil
}

func clamp(times uint64) uint8 { return uint8(min(times, math.MaxUint8)) }

// rank puts prompts in order, by their words and votes.
func rank(ctx context.Context, tx *bbolt.Tx, guild string, list []sought, hits found, best *leaders) error {
	all, err := sumsOf(tx, guild)
	if err != nil || all.prompts <= 0 {
		return err
	}
	n := len(list)
	rare := make([]float64, n)
	for i, s := range list {
		rare[i] = math.Log(1 + max(0, float64(all.prompts)-float64(s.count)+0.5)/(float64(s.count)+0.5))
	}
	mean := max(1, float64(all.words)/float64(all.prompts))
	prefix := []byte(keyOf(guild))
	walk := freshWalk{c: tx.Bucket([]byte(bucketFresh)).Cursor(), prefix: prefix}
	for at, seq := range hits.seqs {
		if at%lookEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		value := walk.at(seq)
		if len(value) <= 8+timeSize {
			return fmt.Errorf("%s lacks what %s has", bucketFresh, bucketTerms)
		}
		votes, length := binary.BigEndian.Uint32(value), binary.BigEndian.Uint32(value[4:])
		score := 0.0
		for i, times := range hits.times[at*n : (at+1)*n] {
			t := float64(times)
			score += rare[i] * t * (bm25K + 1) / (t + bm25K*(1-bm25B+bm25B*float64(length)/mean))
		}
		score *= 1 + voteWeight*math.Log1p(float64(votes))
		if best.takes(score, seq) {
			best.add(ranked{score, seq, string(value[8+timeSize:])})
		}
	}
	return nil
}
