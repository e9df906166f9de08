package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
	"dreambot/internal/community/communitytest"
	"dreambot/store"
)

func TestCommunityKeepsTheContract(t *testing.T) {
	communitytest.Run(t, func(t *testing.T) community.Store { return newCommunity(t) })
}

func TestCommunityLastsAcrossOpenings(t *testing.T) {
	communitytest.RunReopen(t, func(t *testing.T) func(t *testing.T) (community.Store, func()) {
		path := filepath.Join(t.TempDir(), "jobs.db")
		return func(t *testing.T) (community.Store, func()) {
			c := checked(t, openStore(t, path))
			return c, func() {
				if err := c.s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
		}
	})
}

// newCommunity returns what members share in an empty store, whose indexes must be
// whole when the test ends.
func newCommunity(t testing.TB) *Community {
	t.Helper()
	return checked(t, newStore(t))
}

func checked(t testing.TB, s *Store) *Community {
	t.Cleanup(func() {
		if err := s.db.View(wholeCommunity); err != nil && err.Error() != "database not open" {
			t.Errorf("the community: %v", err)
		}
	})
	return s.Community()
}

// holders returns the buckets of what members share that have a text in them.
func holders(t *testing.T, s *Store, text string) []string {
	t.Helper()
	var list []string
	err := s.db.View(func(tx *bbolt.Tx) error {
		for _, name := range communityBuckets() {
			found := false
			err := tx.Bucket([]byte(name)).ForEach(func(k, v []byte) error {
				found = found || bytes.Contains(k, []byte(text)) || bytes.Contains(v, []byte(text))
				return nil
			})
			if err != nil {
				return err
			}
			if found {
				list = append(list, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestNoBucketNamesAForgottenMember looks at every key and value.
func TestNoBucketNamesAForgottenMember(t *testing.T) {
	t.Parallel()
	const member = "7700000000000077"
	c := newCommunity(t)
	communitytest.Fill(t, c, member)
	if err := c.Mark(t.Context(), member); err != nil {
		t.Fatal(err)
	}
	for _, bucket := range []string{bucketPrompts, bucketAuthor, bucketVotes, bucketVoters, bucketContests, bucketMarks} {
		if !slices.Contains(holders(t, c.s, member), bucket) {
			t.Errorf("%s does not name the member before, so that the test shows nothing", bucket)
		}
	}
	if err := c.Forget(t.Context(), member); err != nil {
		t.Fatal(err)
	}
	if got := holders(t, c.s, member); len(got) != 1 || got[0] != bucketMarks {
		t.Errorf("%q name the member, want the marks alone", got)
	}
	if err := c.Unmark(t.Context(), member); err != nil {
		t.Fatal(err)
	}
	if got := holders(t, c.s, member); len(got) != 0 {
		t.Errorf("%q name the member", got)
	}
	if got := holders(t, c.s, "my "); len(got) != 0 {
		t.Errorf("%q have the member's words", got)
	}
}

// TestVotesGoWithTheirJob prunes results that were voted for and never shared.
func TestVotesGoWithTheirJob(t *testing.T) {
	t.Parallel()
	c := newCommunity(t)
	create(t, c.s, "never", "shared")
	for _, id := range []string{"never", "shared"} {
		update(t, c.s, id, func(j *store.Job) { j.State = store.StateCancelled })
		v := community.Vote{Guild: "10", Prompt: id, Member: "7700000000000077", Place: community.PlaceResult}
		if n, err := c.Vote(t.Context(), v, true); n != 1 || err != nil {
			t.Fatalf("Vote = %d, %v", n, err)
		}
	}
	if _, err := c.Share(t.Context(), example("shared")); err != nil {
		t.Fatal(err)
	}
	if n, err := c.s.Prune(t.Context(), late, 9); n != 2 || err != nil {
		t.Fatalf("Prune = %d, %v", n, err)
	}
	if p, err := c.Prompt(t.Context(), "10", "shared"); err != nil || p.Votes != 1 {
		t.Errorf("Prompt = %d votes, %v; want it to outlast its job", p.Votes, err)
	}
	withdrawn, err := c.Change(t.Context(), "shared", func(p *community.Prompt) error { p.Withdrawn = true; return nil })
	if err != nil || !withdrawn.Withdrawn {
		t.Fatal(err)
	}
	if got := holders(t, c.s, "7700000000000077"); len(got) != 0 {
		t.Errorf("%q name the member", got)
	}
}

// example returns a prompt that Share takes.
func example(id string) community.Prompt {
	return community.Prompt{ID: id, Guild: "10", Author: "30", Text: "a cat on a roof", SharedAt: time.Unix(1000, 7)}
}

// TestAFullStoreTakesNothingNewAndLetsGo fills a file to its bound: what is there can
// be changed and taken away, and nothing new comes.
func TestAFullStoreTakesNothingNewAndLetsGo(t *testing.T) {
	t.Parallel()
	s, err := Open(filepath.Join(t.TempDir(), "jobs.db"), WithMaxSize(MinMaxSize))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.db.NoSync = true
	c := checked(t, s)
	full := error(nil)
	n := 0
	for ; full == nil && n < 5000; n++ {
		p := example(fmt.Sprintf("%05d", n))
		p.Text = strings.Repeat("a long prompt. ", 400)
		_, full = c.Share(t.Context(), p)
	}
	if !errors.Is(full, store.ErrNoSpace) || n < 10 {
		t.Fatalf("Share after %d: %v, want ErrNoSpace", n, full)
	}
	vote := community.Vote{Guild: "10", Prompt: "00000", Member: "30", Place: community.PlaceResult}
	_, voted := c.Vote(t.Context(), vote, true)
	_, set := c.SetVotes(t.Context(), "10", "00000", community.PlaceResult, []string{"30"})
	_, settings := c.SetSettings(t.Context(), "10", func(s *community.Settings) error { s.Showcase = "1"; return nil })
	contest := c.StartContest(t.Context(), community.Contest{ID: "c", Guild: "10"})
	for name, err := range map[string]error{"Vote": voted, "SetVotes": set, "SetSettings": settings, "StartContest": contest} {
		if !errors.Is(err, store.ErrNoSpace) {
			t.Errorf("%s: %v, want ErrNoSpace", name, err)
		}
	}
	if err := c.Mark(t.Context(), "30"); err != nil {
		t.Errorf("Mark: %v", err)
	}
	if err := c.Forget(t.Context(), "30"); err != nil {
		t.Errorf("Forget: %v", err)
	}
	if _, err := c.Share(t.Context(), example("again")); err != nil {
		t.Errorf("Share once there is room: %v", err)
	}
}

// TestDamagedRecordsOfACommunityAreErrors spoils what is stored, a bucket after the
// other, and has it told by the method that reads it and by a look at all.
func TestDamagedRecordsOfACommunityAreErrors(t *testing.T) {
	t.Parallel()
	list := func(c *Community, q community.Query) error {
		q.Guild = "10"
		_, err := c.List(t.Context(), q)
		return err
	}
	for name, damage := range map[string]struct {
		bucket, key, value string
		read               func(c *Community) error
	}{
		"a prompt":             {bucketPrompts, "a", "{", func(c *Community) error { _, err := c.Prompt(t.Context(), "10", "a"); return err }},
		"a prompt of another":  {bucketPrompts, "a", `{"id":"b"}`, func(c *Community) error { return list(c, community.Query{Order: community.OrderTop}) }},
		"a prompt with no one": {bucketPrompts, "a", `{"id":"a"}`, func(c *Community) error { return c.Forget(t.Context(), "30") }},
		"fresh":                {bucketFresh, freshKey("10", 1_000_000), "x", func(c *Community) error { return list(c, community.Query{Order: community.OrderNew}) }},
		"a key of fresh": {bucketFresh, keyOf("10") + "x", "x", func(c *Community) error {
			return list(c, community.Query{Order: community.OrderTop, Since: time.Unix(1, 0)})
		}},
		"a chunk":        {bucketTerms, string(appendSeq([]byte(termPrefix("10", "cat")), 1_000_000)), "x", func(c *Community) error { return list(c, community.Query{Order: community.OrderSearch, Text: "cat"}) }},
		"the sums":       {bucketSums, "10", "x", func(c *Community) error { _, err := c.Random(t.Context(), "10", 0); return err }},
		"a contest":      {bucketContests, "c", `{"id":"c","guild":"10","state":"lost"}`, func(c *Community) error { _, err := c.Contest(t.Context(), "c"); return err }},
		"settings":       {bucketSettings, "10", "{", func(c *Community) error { _, err := c.Settings(t.Context(), "10"); return err }},
		"an author":      {bucketAuthor, keyOf("30", "10") + "x", "s", func(c *Community) error { return list(c, community.Query{Order: community.OrderMine, Author: "30"}) }},
		"a voter":        {bucketVoters, keyOf("30") + "\xff", "", func(c *Community) error { return c.Each(t.Context(), "30", func(any) error { return nil }) }},
		"a vote":         {bucketVotes, keyOf("10", "a") + "31", "\x04", nil},
		"a vote too few": {bucketVotes, keyOf("10", "b") + "31", "\x01", nil},
		"best":           {bucketBest, votesKey("10", 5, 7), "a", nil},
		"a post":         {bucketPosts, "42", "a", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newStore(t).Community()
			if _, err := c.Share(t.Context(), example("a")); err != nil {
				t.Fatal(err)
			}
			if err := c.s.db.View(wholeCommunity); err != nil {
				t.Fatalf("before: %v", err)
			}
			err := c.s.db.Update(func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte(damage.bucket)).Put([]byte(damage.key), []byte(damage.value))
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.s.db.View(wholeCommunity); !errors.Is(err, store.ErrForeign) {
				t.Errorf("a look at all: %v, want ErrForeign", err)
			}
			if damage.read == nil {
				return
			}
			if err := damage.read(c); err == nil || errors.Is(err, community.ErrNotFound) {
				t.Errorf("reading it: %v, want an error", err)
			}
		})
	}
}

func TestAPanicOfAChangeIsAnError(t *testing.T) {
	t.Parallel()
	c := newCommunity(t)
	if _, err := c.Share(t.Context(), example("a")); err != nil {
		t.Fatal(err)
	}
	if err := c.StartContest(t.Context(), community.Contest{ID: "c", Guild: "10"}); err != nil {
		t.Fatal(err)
	}
	_, prompt := c.Change(t.Context(), "a", func(*community.Prompt) error { panic("boom") })
	_, contest := c.ChangeContest(t.Context(), "c", func(*community.Contest) error { panic("boom") })
	_, settings := c.SetSettings(t.Context(), "10", func(*community.Settings) error { panic("boom") })
	for name, err := range map[string]error{"Change": prompt, "ChangeContest": contest, "SetSettings": settings} {
		if err == nil || !contains(err, "boom") {
			t.Errorf("%s: %v, want that it panicked", name, err)
		}
	}
}

func TestIdsOfACommunityAreChecked(t *testing.T) {
	t.Parallel()
	c := newCommunity(t)
	for _, bad := range []string{"", "a\xff"} {
		p := example("a")
		for name, field := range map[string]*string{"id": &p.ID, "server": &p.Guild, "author": &p.Author} {
			good := *field
			*field = bad
			if _, err := c.Share(t.Context(), p); err == nil {
				t.Errorf("Share with %s %q succeeds", name, bad)
			}
			*field = good
		}
		_, set := c.SetVotes(t.Context(), "10", "a", community.PlaceResult, []string{"30", bad})
		_, settings := c.SetSettings(t.Context(), bad, func(*community.Settings) error { return nil })
		for name, err := range map[string]error{"SetVotes": set, "SetSettings": settings, "Mark": c.Mark(t.Context(), bad),
			"StartContest": c.StartContest(t.Context(), community.Contest{ID: "c", Guild: bad})} {
			if !errors.Is(err, errInvalid) {
				t.Errorf("%s with %q: %v", name, bad, err)
			}
		}
	}
	p := example("a")
	p.SharedAt = time.Time{}
	if _, err := c.Share(t.Context(), p); err == nil {
		t.Error("Share without a time succeeds")
	}
}
