package communitytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

// Fill puts a member into everything that a store keeps, beside others, so that a
// backend's own tests can look for them where the contract does not reach.
func Fill(t *testing.T, s community.Store, member string) {
	t.Helper()
	remixed := func(p *community.Prompt) {
		p.Remixes = []store.Credit{{Job: "x", Member: ben}, {Job: "y", Member: member}, {Job: "z", Member: member}}
	}
	begin(t, s, contest("old", here))
	share(t, s,
		prompt("mine", 1, by(member), entering("old"), saying("my own words")),
		prompt("posted", 2, by(member), withPost(made("42")), saying("my posted words")),
		prompt("due", 3, by(member), withPost(due()), saying("my due words"), remixed),
		prompt("leaving", 4, by(member), withPost(made("43")), saying("my leaving words")),
		prompt("away", 5, by(member), in(there), saying("my words far away")),
		prompt("theirs", 6, by(ben), entering("old"), remixed),
		prompt("going", 7, by(ben), withPost(made("44")), remixed))
	withdraw(t, s, "leaving")
	withdraw(t, s, "going")
	for _, id := range []string{"mine", "theirs", "unshared", "going", "leaving"} {
		vote(t, s, id, member, carla)
		react(t, s, id, member, community.PlacePost, true)
	}
	_, err := s.ChangeContest(t.Context(), "old", func(c *community.Contest) error {
		c.State, c.StartedBy = community.ContestClosed, member
		c.Winners = []community.Winner{{Prompt: "theirs", Author: ben, Votes: 2}, {Prompt: "mine", Author: member, Votes: 1}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c := contest("now", there)
	c.StartedBy = member
	begin(t, s, c)
}

func forgetting() []testCase {
	const member = "7700000000000077"
	return []testCase{
		{"each thing of a member is told, in all servers", func(t *testing.T, s community.Store) {
			Fill(t, s, member)
			want := []string{"prompt mine", "prompt posted", "prompt due", "prompt leaving", "prompt away", "contest old", "contest now"}
			for _, id := range []string{"mine", "theirs", "unshared", "going", "leaving"} {
				for _, place := range []string{"result", "post"} {
					want = append(want, fmt.Sprintf("vote 10 %s %s %s", id, member, place))
				}
			}
			wantEach(t, s, member, want...)
			wantEach(t, s, "77")
			boom := errors.New("boom")
			n := 0
			if err := s.Each(t.Context(), member, func(any) error { n++; return boom }); err != boom || n != 1 {
				t.Errorf("Each after an error: %v, after %d calls; want the error as it is", err, n)
			}
			if err := s.Each(t.Context(), member, func(v any) error {
				_, err := s.Settings(t.Context(), here)
				return err
			}); err != nil {
				t.Errorf("Each that asks the store: %v", err)
			}
		}},
		{"nothing of one who is forgotten stays", func(t *testing.T, s community.Store) {
			Fill(t, s, member)
			for range 2 {
				if err := s.Forget(t.Context(), member); err != nil {
					t.Fatal(err)
				}
				wantEach(t, s, member)
				wantList(t, s, community.Query{Order: community.OrderNew}, "theirs")
				wantList(t, s, community.Query{Guild: there, Order: community.OrderNew})
				wantList(t, s, community.Query{Order: community.OrderSearch, Text: "own posted due leaving words"})
				wantList(t, s, community.Query{Order: community.OrderMine, Author: member})
				wantDue(t, s, "due", "going", "leaving", "posted")
				theirs := get(t, s, "theirs")
				if theirs.Votes != 1 || !slices.Equal(theirs.Remixes, []store.Credit{{Job: "x", Member: ben}, {Job: "y", Member: store.Nobody}, {Job: "z", Member: store.Nobody}}) {
					t.Errorf("another's prompt is %s", plain(theirs))
				}
				if n := vote(t, s, "unshared", carla); n != 1 {
					t.Errorf("what is not shared has %d votes, want 1", n)
				}
				old, err := s.Contest(t.Context(), "old")
				if err != nil || old.StartedBy != store.Nobody || old.Winners[0].Author != ben || old.Winners[1].Author != store.Nobody {
					t.Errorf("the contest is %s, %v", plain(old), err)
				}
				if now, err := s.Running(t.Context(), there); err != nil || now.StartedBy != store.Nobody {
					t.Errorf("the contest that runs is %s, %v", plain(now), err)
				}
				prompts, err := s.Due(t.Context())
				if text := plain(prompts); err != nil || strings.Contains(text, member) || strings.Contains(text, "my ") {
					t.Errorf("what is due says %s, %v", text, err)
				}
			}
			wantEach(t, s, carla, "vote 10 going 3010 result", "vote 10 leaving 3010 result", "vote 10 theirs 3010 result", "vote 10 unshared 3010 result")
		}},
		{"its posts go as others do", func(t *testing.T, s community.Store) {
			Fill(t, s, member)
			if err := s.Forget(t.Context(), member); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"due", "posted", "leaving"} {
				p := change(t, s, id, func(p *community.Prompt) { p.Post.State = community.PostGone })
				if p.Guild != here || !p.Withdrawn || p.Post.Channel != "40" {
					t.Errorf("the prompt of the post is %s", plain(p))
				}
			}
			wantDue(t, s, "going")
			share(t, s, prompt("posted", 9))
		}},
		{"many things are forgotten", func(t *testing.T, s community.Store) {
			for i := range 130 {
				share(t, s, prompt(fmt.Sprintf("a%03d", i), i, by(member)), prompt(fmt.Sprintf("b%03d", i), i, by(ben)))
				vote(t, s, fmt.Sprintf("b%03d", i), member)
				vote(t, s, fmt.Sprintf("c%03d", i), member)
			}
			if err := s.Forget(t.Context(), member); err != nil {
				t.Fatal(err)
			}
			wantEach(t, s, member)
			wantPages(t, s, community.Query{Order: community.OrderNew}, 25, 130)
			if standing, err := s.Standing(t.Context(), here, ben); err != nil || standing != (community.Standing{Shared: 130}) {
				t.Errorf("Standing = %+v, %v", standing, err)
			}
		}},
		{"nobody is not forgotten", func(t *testing.T, s community.Store) {
			Fill(t, s, member)
			if err := s.Forget(t.Context(), member); err != nil {
				t.Fatal(err)
			}
			before := get(t, s, "theirs")
			_ = s.Forget(t.Context(), store.Nobody)
			wantSame(t, "Prompt", get(t, s, "theirs"), before)
			wantDue(t, s, "due", "going", "leaving", "posted")
		}},
	}
}

func servers() []testCase {
	return []testCase{
		{"nothing of one is found from another", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			p := prompt("a", 1, entering("c"), withPost(made("42")), saying("cat 猫"))
			share(t, s, p)
			vote(t, s, "a", ben)
			for _, other := range []string{there, "1", "", "10\x00", "0"} {
				_, err := s.Prompt(t.Context(), other, "a")
				wantError(t, "Prompt", err, community.ErrNotFound)
				_, err = s.Random(t.Context(), other, 0.5)
				wantError(t, "Random", err, community.ErrNotFound)
				_, err = s.Running(t.Context(), other)
				wantError(t, "Running", err, community.ErrNotFound)
				for _, q := range everyQuery(p) {
					q.Guild = other
					page, err := s.List(t.Context(), q)
					if err != nil || len(page.Prompts) != 0 || page.More {
						t.Errorf("List(%+v) = %q, %v", q, ids(page.Prompts), err)
					}
				}
				if got, err := s.Standing(t.Context(), other, ann); err != nil || got != (community.Standing{}) {
					t.Errorf("Standing = %+v, %v", got, err)
				}
			}
			_, err := s.Vote(t.Context(), community.Vote{Guild: there, Prompt: "a", Member: carla, Place: community.PlaceResult}, true)
			wantError(t, "Vote", err, community.ErrNotFound)
			_, err = s.SetVotes(t.Context(), there, "a", community.PlaceResult, nil)
			wantError(t, "SetVotes", err, community.ErrNotFound)
			if got := get(t, s, "a").Votes; got != 1 {
				t.Errorf("it has %d votes, want 1", got)
			}
		}},
		{"votes of another server do not count", func(t *testing.T, s community.Store) {
			if _, err := s.Vote(t.Context(), community.Vote{Guild: there, Prompt: "a", Member: ben, Place: community.PlaceResult}, true); err != nil {
				t.Fatal(err)
			}
			vote(t, s, "a", carla)
			share(t, s, prompt("a", 1))
			if got := get(t, s, "a").Votes; got != 1 {
				t.Errorf("it has %d votes, want 1", got)
			}
		}},
		{"words of one do not weigh in another", func(t *testing.T, s community.Store) {
			for i := range 50 {
				share(t, s, prompt(fmt.Sprint("x", i), i, in(there), saying("rare rare")))
			}
			share(t, s, prompt("a", 1, saying("rare words")), prompt("b", 2, saying("common words")), prompt("c", 3, saying("common words")))
			wantList(t, s, community.Query{Order: community.OrderSearch, Text: "rare common", Limit: 1}, "a")
			if voted, err := s.Voted(t.Context(), time.Time{}, 99); err != nil || len(voted) != 53 {
				t.Errorf("Voted has %d of all servers, %v", len(voted), err)
			}
		}},
	}
}
