package bolt

import (
	"cmp"
	"encoding/binary"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
)

// wholeCommunity checks that the records of what is shared can be read, and that
// the indexes say what they do. It holds a number for each server, and looks each
// term up.
func wholeCommunity(tx *bbolt.Tx) error {
	want := map[string]int{}  // entries by bucket
	all := map[string]sums{}  // by server
	terms := map[string]int{} // postings by server
	lacks := func(p pair) bool {
		v := tx.Bucket([]byte(p.bucket)).Get([]byte(p.key))
		return v == nil || string(v) != p.value
	}
	err := tx.Bucket([]byte(bucketPrompts)).ForEach(func(k, v []byte) error {
		p, err := decodeShared(string(k), v)
		if err != nil {
			return damaged("%w", err)
		}
		for _, e := range p.pairs() {
			if want[e.bucket]++; lacks(e) {
				return damaged("%s lacks prompt %q", e.bucket, p.ID)
			}
		}
		if n := countVotes(tx, p.Guild, p.ID); n != p.Votes {
			return damaged("prompt %q has %d votes, and says %d", p.ID, n, p.Votes)
		}
		if !p.listed() {
			return nil
		}
		s := all[p.Guild]
		all[p.Guild] = sums{s.prompts + 1, s.words + int64(p.Words)}
		texts := termsOf(p.Text)
		terms[p.Guild] += len(texts)
		for term, times := range texts {
			if err := hasPosting(tx, termPrefix(p.Guild, term), posting{p.Seq, times}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range []string{bucketAuthor, bucketFresh, bucketBest, bucketEntries, bucketPosts, bucketDuePosts} {
		if n := countKeys(tx.Bucket([]byte(name))); n != want[name] {
			return damaged("%s has %d entries, and the prompts ask for %d", name, n, want[name])
		}
	}
	return cmp.Or(wholeSums(tx, all), wholeTerms(tx, terms), wholeVotes(tx), wholeContests(tx), wholeSettings(tx))
}

func hasPosting(tx *bbolt.Tx, prefix string, want posting) error {
	k, v := seekChunk(tx.Bucket([]byte(bucketTerms)).Cursor(), prefix, want.seq)
	if k == nil {
		return damaged("%s lacks a term", bucketTerms)
	}
	chunk, err := decodeChunk(nil, binary.BigEndian.Uint64(k[len(prefix):]), v)
	if err != nil {
		return damaged("%w", err)
	}
	if at, there := findPosting(chunk, want.seq); !there || chunk[at] != want {
		return damaged("%s lacks a term, or how often it is there", bucketTerms)
	}
	return nil
}

func wholeSums(tx *bbolt.Tx, want map[string]sums) error {
	n := 0
	err := tx.Bucket([]byte(bucketSums)).ForEach(func(k, _ []byte) error {
		n++
		s, err := sumsOf(tx, string(k))
		if err != nil || s != want[string(k)] {
			return damaged("the sums of server %q are %v, and its prompts %v", k, s, want[string(k)])
		}
		return nil
	})
	if err == nil && n != len(want) {
		err = damaged("%s has %d servers of %d", bucketSums, n, len(want))
	}
	return err
}

// wholeTerms counts the postings; that each term of each prompt is there has been
// looked up.
func wholeTerms(tx *bbolt.Tx, want map[string]int) error {
	have := map[string]int{}
	var chunk []posting
	err := tx.Bucket([]byte(bucketTerms)).ForEach(func(k, v []byte) error {
		guild, rest, err := partOf(k)
		if err != nil || len(rest) <= seqSize {
			return damaged("%s has key %q", bucketTerms, k)
		}
		if chunk, err = decodeChunk(chunk[:0], binary.BigEndian.Uint64(k[len(k)-seqSize:]), v); err != nil {
			return damaged("%w", err)
		}
		have[guild] += len(chunk)
		return nil
	})
	for guild, n := range have {
		if err == nil && n != want[guild] {
			err = damaged("%s has %d postings of server %q, and its prompts ask for %d", bucketTerms, n, guild, want[guild])
		}
	}
	return err
}

func wholeVotes(tx *bbolt.Tx) error {
	votes := 0
	voters := tx.Bucket([]byte(bucketVoters))
	err := tx.Bucket([]byte(bucketVotes)).ForEach(func(k, v []byte) error {
		votes++
		guild, rest, err := partOf(k)
		if err != nil {
			return damaged("%w", err)
		}
		prompt, member, err := partOf(rest)
		if err != nil || len(v) != 1 || v[0]&^(onResult|onPost) != 0 || v[0] == 0 {
			return damaged("%s has %q → %q", bucketVotes, k, v)
		}
		if voters.Get([]byte(keyOf(string(member), guild)+prompt)) == nil {
			return damaged("%s lacks a vote for %q", bucketVoters, prompt)
		}
		return nil
	})
	if n := countKeys(voters); err == nil && n != votes {
		err = damaged("%s has %d entries, and there are %d votes", bucketVoters, n, votes)
	}
	return err
}

func wholeContests(tx *bbolt.Tx) error {
	open := 0
	running := map[string]int{}
	current := tx.Bucket([]byte(bucketCurrent))
	err := tx.Bucket([]byte(bucketContests)).ForEach(func(k, v []byte) error {
		c, err := decodeContest(string(k), v)
		if err != nil {
			return damaged("%w", err)
		}
		is := current.Get([]byte(keyOf(c.Guild)+c.ID)) != nil
		if is {
			open++
		}
		if c.State == community.ContestRunning {
			running[c.Guild]++
		}
		if is != (c.State != community.ContestClosed) || running[c.Guild] > 1 {
			return damaged("contest %q is %s, and %s says otherwise", c.ID, c.State, bucketCurrent)
		}
		return nil
	})
	if n := countKeys(current); err == nil && n != open {
		err = damaged("%s has %d entries, and %d contests are not closed", bucketCurrent, n, open)
	}
	return err
}

func wholeSettings(tx *bbolt.Tx) error {
	return tx.Bucket([]byte(bucketSettings)).ForEach(func(k, _ []byte) error {
		if _, _, err := getSettings(tx, string(k)); err != nil {
			return damaged("%w", err)
		}
		return nil
	})
}
