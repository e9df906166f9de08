package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
	"dreambot/internal/words"
)

// TestPostingsAgreeWithASet adds and takes away postings in an order of chance, and
// holds what is stored against a set.
func TestPostingsAgreeWithASet(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	random := rand.New(rand.NewPCG(3, 4))
	want := map[uint64]uint64{}
	const prefix = "10cat\x00"
	for range 60 {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte(bucketTerms))
			for range 100 {
				p := posting{1 + random.Uint64N(3000), 1 + random.Uint64N(3)}
				if random.IntN(3) == 0 {
					delete(want, p.seq)
					if err := removePosting(b, prefix, p.seq); err != nil {
						return err
					}
					continue
				}
				want[p.seq] = p.times
				if err := addPosting(b, prefix, p); err != nil {
					return err
				}
			}
			// Neighbours, which must stay as they are.
			return errors.Join(addPosting(b, "10ca\x00", posting{7, 1}), addPosting(b, "10cats\x00", posting{7, 1}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var list []posting
	for seq, times := range want {
		list = append(list, posting{seq, times})
	}
	slices.SortFunc(list, func(a, b posting) int { return cmp.Compare(b.seq, a.seq) })
	err := s.db.View(func(tx *bbolt.Tx) error {
		var got []posting
		err := sought{terms: []string{prefix}}.each(t.Context(), tx, 1<<20, func(p posting) { got = append(got, p) })
		if err != nil || !slices.Equal(got, list) {
			t.Errorf("%d postings, %v; want %d", len(got), err, len(list))
		}
		if n := countTerm(tx, prefix); n != len(list) {
			t.Errorf("countTerm = %d, want %d", n, len(list))
		}
		r := reader{c: tx.Bucket([]byte(bucketTerms)).Cursor(), prefix: prefix}
		for seq := uint64(3001); seq > 0; seq-- {
			if times, err := r.at(seq); err != nil || times != want[seq] {
				t.Errorf("at(%d) = %d, %v; want %d", seq, times, err, want[seq])
			}
		}
		for _, neighbour := range []string{"10ca\x00", "10cats\x00"} {
			if n := countTerm(tx, neighbour); n != 1 {
				t.Errorf("%q has %d postings", neighbour, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucketTerms))
		for seq := range want {
			if err := removePosting(b, prefix, seq); err != nil {
				return err
			}
		}
		if n := countKeys(b); n != 2 {
			t.Errorf("%d chunks are left, want those of the neighbours", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzChunk(f *testing.F) {
	f.Add(uint64(1), encodeChunk([]posting{{1, 1}, {2, 3}, {900, 1}}))
	f.Add(uint64(0), []byte{})
	f.Add(uint64(0), []byte{200, 1, 2})
	f.Fuzz(func(t *testing.T, first uint64, value []byte) {
		list, err := decodeChunk(nil, first, value)
		if err != nil {
			return
		}
		if len(list) == 0 || len(list) > chunkMax || len(list) != countOf(value) {
			t.Fatalf("%d postings, and the chunk says %d", len(list), countOf(value))
		}
		if list[0].seq != first || !slices.IsSortedFunc(list, func(a, b posting) int { return cmp.Compare(a.seq, b.seq) }) ||
			list[len(list)-1].seq >= 1<<63 || slices.ContainsFunc(list, func(p posting) bool { return p.times == 0 }) {
			return // not one of ours
		}
		if again, err := decodeChunk(nil, first, encodeChunk(list)); err != nil || !slices.Equal(again, list) {
			t.Fatalf("%v is written and read as %v, %v", list, again, err)
		}
	})
}

// TestALongSearchEndsWithItsContext asks for all of many prompts.
func TestALongSearchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := newCommunity(t)
	fillCats(t, c, 3*lookEvery)
	for _, q := range []community.Query{{Order: community.OrderSearch, Text: "cat"}, {Order: community.OrderSearch, Text: "ca", Prefix: true},
		{Order: community.OrderSearch, Text: "cat roof"}, {Order: community.OrderSearch, Text: "cat unheard"},
		{Order: community.OrderTop, Since: time.Unix(1, 0)}} {
		q.Guild = "10"
		if page, err := c.List(t.Context(), q); err != nil || len(page.Prompts) != community.MaxPage {
			t.Errorf("List(%+v) = %d prompts, %v", q, len(page.Prompts), err)
		}
		err := c.s.db.View(func(tx *bbolt.Tx) error {
			ctx := &ending{Context: t.Context()}
			_, err := find(ctx, tx, q)
			if ctx.asked == 0 {
				t.Errorf("find(%+v) never asks whether anybody waits", q)
			}
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("find(%+v): %v, want that the context is over", q, err)
		}
	}
}

// ending is a context that is over once it was asked.
type ending struct {
	context.Context
	asked int
}

func (e *ending) Err() error {
	if e.asked++; e.asked > 1 {
		return context.Canceled
	}
	return nil
}

// fillCats shares n prompts of cats.
func fillCats(t testing.TB, c *Community, n int) {
	t.Helper()
	err := c.s.db.Update(func(tx *bbolt.Tx) error {
		for i := range n {
			next, err := admit(tx, community.Prompt{ID: fmt.Sprintf("p%06d", i), Guild: "10", Author: "30",
				Text: "a cat on a roof", SharedAt: time.Unix(1000+int64(i), 0)})
			if err != nil {
				return err
			}
			after, record, err := encodeShared(next)
			if err != nil {
				return err
			}
			if err := putShared(tx, nil, after, record); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestASearchFindsWhatALookAtAllTextsFinds shares prompts of chance and holds which
// are found against their texts, where few have a word and where many have.
func TestASearchFindsWhatALookAtAllTextsFinds(t *testing.T) {
	t.Parallel()
	c := newCommunity(t)
	random := rand.New(rand.NewPCG(5, 6))
	vocabulary := strings.Fields("a ab abc abd b ba bac c ca cab cad dog do d 猫 猫狗 狗")
	texts := map[string][]string{}
	err := c.s.db.Update(func(tx *bbolt.Tx) error {
		for i := range 900 {
			var text []string
			for range 1 + random.IntN(5) {
				// The first ones are in most of them.
				text = append(text, vocabulary[random.IntN(1+random.IntN(len(vocabulary)))])
			}
			id := fmt.Sprintf("p%03d", i)
			texts[id] = words.Terms(strings.Join(text, " "))
			next, err := admit(tx, community.Prompt{ID: id, Guild: "10", Author: "30", Text: strings.Join(text, " "), SharedAt: time.Unix(1000, int64(i))})
			if err != nil {
				return err
			}
			after, record, err := encodeShared(next)
			if err != nil {
				return err
			}
			if err := putShared(tx, nil, after, record); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 400 {
		q := community.Query{Guild: "10", Order: community.OrderSearch, Limit: 1000, Prefix: random.IntN(2) == 0}
		var text []string
		for range 1 + random.IntN(3) {
			text = append(text, vocabulary[random.IntN(len(vocabulary))])
		}
		q.Text = strings.Join(text, " ")
		var got []string
		err := c.s.db.View(func(tx *bbolt.Tx) (err error) {
			got, err = find(t.Context(), tx, q)
			return err
		})
		want := matching(texts, q)
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q, prefix: %v: %d prompts, %v; want %d", q.Text, q.Prefix, len(got), err, len(want))
		}
	}
}

// matching returns the ids of the texts that have all words of a query, or else any.
func matching(texts map[string][]string, q community.Query) []string {
	asked := words.Split(q.Text)
	var all, some []string
	for id, terms := range texts {
		n := 0
		for i, w := range asked {
			// A word that is asked for before is no beginning.
			begins := q.Prefix && i == len(asked)-1 && words.Open(w) && !slices.Contains(asked[:i], w)
			if slices.ContainsFunc(terms, func(term string) bool { return term == w || begins && strings.HasPrefix(term, w) }) {
				n++
			}
		}
		if n == len(asked) {
			all = append(all, id)
		}
		if n > 0 {
			some = append(some, id)
		}
	}
	if len(all) == 0 {
		all = some
	}
	slices.Sort(all)
	return all
}

// TestASearchIsBounded shares more prompts with a word than are compared: the newest
// are.
func TestASearchIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it shares many prompts")
	}
	t.Parallel()
	c := newCommunity(t)
	fillCats(t, c, 3000)
	err := c.s.db.View(func(tx *bbolt.Tx) error {
		var got []uint64
		list := []sought{{terms: []string{termPrefix("10", "cat"), termPrefix("10", "roof")}}}
		err := list[0].each(t.Context(), tx, 100, func(p posting) {
			if p.times != 2 {
				t.Errorf("both words are in it %d times, want twice", p.times)
			}
			got = append(got, p.seq)
		})
		if len(got) != 100 || got[0] != uint64(time.Unix(3999, 0).UnixMilli()) || !slices.IsSortedFunc(got, func(a, b uint64) int { return cmp.Compare(b, a) }) {
			t.Errorf("%d prompts from %d on, want the 100 newest", len(got), got[0])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
