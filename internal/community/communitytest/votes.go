package communitytest

import (
	"fmt"
	"testing"

	"dreambot/internal/community"
)

func voting() []testCase {
	const result, post = community.PlaceResult, community.PlacePost
	count := func(t *testing.T, what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d votes, want %d", what, got, want)
		}
	}
	set := func(t *testing.T, s community.Store, id string, place community.Place, members ...string) int {
		t.Helper()
		n, err := s.SetVotes(t.Context(), here, id, place, members)
		if err != nil {
			t.Fatalf("SetVotes: %v", err)
		}
		return n
	}
	return []testCase{
		{"one member has one vote, taken back with the last reaction", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			for _, step := range []struct {
				member string
				place  community.Place
				given  bool
				want   int
			}{
				{ben, result, true, 1}, {ben, result, true, 1}, {ben, post, true, 1}, {carla, post, true, 2},
				{ben, result, false, 2}, {ben, result, false, 2}, {ann, post, false, 2}, {ben, post, false, 1},
				{ben, post, false, 1}, {ann, result, true, 2}, {carla, post, false, 1}, {ann, result, false, 0},
			} {
				what := fmt.Sprintf("%+v", step)
				count(t, what, react(t, s, "a", step.member, step.place, step.given), step.want)
				count(t, what, get(t, s, "a").Votes, step.want)
			}
		}},
		{"votes before it is shared are counted then", func(t *testing.T, s community.Store) {
			count(t, "the first", vote(t, s, "a", ben), 1)
			count(t, "the second", vote(t, s, "a", carla), 2)
			count(t, "taken back", react(t, s, "a", ben, result, false), 1)
			share(t, s, prompt("a", 1))
			count(t, "shared", get(t, s, "a").Votes, 1)
			count(t, "the same again", vote(t, s, "a", carla), 1)
		}},
		{"members are set, and no others stay", func(t *testing.T, s community.Store) {
			for _, shared := range []bool{false, true} {
				if shared {
					share(t, s, prompt("a", 1))
				}
				count(t, "the first", set(t, s, "a", result, ann, ben), 2)
				count(t, "at the other place", set(t, s, "a", post, ben, carla), 3)
				count(t, "doubled", set(t, s, "a", result, carla, carla), 2)
				wantEach(t, s, ann, map[bool][]string{true: {"prompt a"}}[shared]...)
				wantEach(t, s, carla, "vote 10 a 3010 post", "vote 10 a 3010 result")
				count(t, "none", set(t, s, "a", post), 1)
				count(t, "again", set(t, s, "a", result, carla), 1)
				count(t, "none at all", set(t, s, "a", result), 0)
				wantEach(t, s, carla)
			}
			count(t, "at last", get(t, s, "a").Votes, 0)
		}},
		{"many are set at once", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			var members []string
			for i := range 3000 {
				members = append(members, fmt.Sprint(5000+i))
			}
			count(t, "all", set(t, s, "a", result, members...), 3000)
			count(t, "half", set(t, s, "a", result, members[1500:]...), 1500)
			count(t, "the prompt", get(t, s, "a").Votes, 1500)
		}},
		{"votes are of one prompt", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1), prompt("aa", 2))
			vote(t, s, "a", ben, carla)
			count(t, "another", get(t, s, "aa").Votes, 0)
			count(t, "another set", set(t, s, "aa", result, ann), 1)
			count(t, "the one", get(t, s, "a").Votes, 2)
			withdraw(t, s, "a")
			count(t, "another withdrawn", get(t, s, "aa").Votes, 1)
		}},
		{"a vote for what was withdrawn does not bring it back", func(t *testing.T, s community.Store) {
			p := prompt("a", 1, withPost(made("42")))
			share(t, s, p)
			withdraw(t, s, "a")
			vote(t, s, "a", ben)
			wantGone(t, s, p)
			change(t, s, "a", func(p *community.Prompt) { p.Post.State = community.PostGone })
			wantEach(t, s, ben)
		}},
		{"no vote without a member, or at a place that is none", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			for _, v := range []community.Vote{{Guild: here, Prompt: "a", Place: result}, {Guild: here, Member: ben, Place: result},
				{Prompt: "a", Member: ben, Place: result}, {Guild: here, Prompt: "a", Member: ben},
				{Guild: here, Prompt: "a", Member: ben, Place: "wall"}} {
				if _, err := s.Vote(t.Context(), v, true); err == nil {
					t.Errorf("Vote(%+v) succeeds", v)
				}
			}
			if _, err := s.SetVotes(t.Context(), here, "a", "wall", []string{ben}); err == nil {
				t.Error("SetVotes at no place succeeds")
			}
			count(t, "after all", get(t, s, "a").Votes, 0)
		}},
	}
}
