package communitytest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dreambot/internal/community"
)

func sharing() []testCase {
	return []testCase{
		{"a prompt is kept in every detail", func(t *testing.T, s community.Store) {
			p := prompt("a", 1, withPost(made("42")))
			p.SharedAt = p.SharedAt.In(time.FixedZone("x", 3601))
			got, err := s.Share(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			p.SharedAt = p.SharedAt.UTC()
			wantSame(t, "Share", got, p)
			wantSame(t, "Prompt", get(t, s, "a"), p)
			byPost, err := s.ByPost(t.Context(), "42")
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "ByPost", byPost, p)
			for _, q := range everyQuery(p) {
				if page := list(t, s, q); len(page.Prompts) != 1 || !same(page.Prompts[0], p) || page.More {
					t.Errorf("List(%+v) = %+v", q, page)
				}
			}
			if r, err := s.Random(t.Context(), here, 0.5); err != nil || !same(r, p) {
				t.Errorf("Random = %+v, %v", r, err)
			}
		}},
		{"it is shared once", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			_, err := s.Share(t.Context(), prompt("a", 2, saying("another")))
			wantError(t, "Share again", err, community.ErrExists)
			_, err = s.Share(t.Context(), prompt("a", 2, in(there)))
			wantError(t, "Share in another server", err, community.ErrExists)
			wantSame(t, "Prompt", get(t, s, "a"), prompt("a", 1))
		}},
		{"its votes are those of its result, whatever it says", func(t *testing.T, s community.Store) {
			vote(t, s, "a", ben, carla)
			vote(t, s, "b", ben)
			got, err := s.Share(t.Context(), prompt("a", 1, func(p *community.Prompt) { p.Votes = 99 }))
			if err != nil || got.Votes != 2 || get(t, s, "a").Votes != 2 {
				t.Errorf("Share = %d votes, %v; want 2", got.Votes, err)
			}
			share(t, s, prompt("b", 2))
			wantList(t, s, community.Query{Order: community.OrderTop}, "a", "b")
		}},
		{"it is not withdrawn, whatever it says", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1, func(p *community.Prompt) { p.Withdrawn = true }))
			if get(t, s, "a").Withdrawn {
				t.Error("it is withdrawn")
			}
		}},
		{"it enters a contest that runs in its server, and no other", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			begin(t, s, contest("other", there))
			share(t, s, prompt("a", 1, entering("c")), prompt("b", 2, entering("other")), prompt("c", 3, entering("none")))
			bring(t, s, "c", community.ContestOver)
			share(t, s, prompt("d", 4, entering("c")))
			for id, want := range map[string]string{"a": "c", "b": "", "c": "", "d": ""} {
				if got := get(t, s, id).Contest; got != want {
					t.Errorf("%s is an entry of %q, want %q", id, got, want)
				}
			}
			wantEntries(t, s, "c", 9, 1, "a")
		}},
		{"what is not there is not found", func(t *testing.T, s community.Store) {
			_, err := s.Prompt(t.Context(), here, "a")
			wantError(t, "Prompt", err, community.ErrNotFound)
			_, err = s.ByPost(t.Context(), "42")
			wantError(t, "ByPost", err, community.ErrNotFound)
			_, err = s.Random(t.Context(), here, 0.5)
			wantError(t, "Random", err, community.ErrNotFound)
			_, err = s.Change(t.Context(), "a", func(*community.Prompt) error { t.Error("change is called"); return nil })
			wantError(t, "Change", err, community.ErrNotFound)
		}},
	}
}

func changing() []testCase {
	return []testCase{
		{"a post is due, is made and is gone", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1), prompt("b", 2, withPost(due())))
			wantDue(t, s, "b")
			change(t, s, "a", func(p *community.Prompt) { p.Post = due() })
			wantDue(t, s, "a", "b")
			tried := at(7).In(time.FixedZone("x", 60))
			change(t, s, "b", func(p *community.Prompt) { p.Post.TriedAt = tried })
			if got := get(t, s, "b").Post.TriedAt; !got.Equal(tried) {
				t.Errorf("it was tried at %v, want %v", got, tried)
			}
			_, err := s.ByPost(t.Context(), "42")
			wantError(t, "ByPost before it is made", err, community.ErrNotFound)
			got := change(t, s, "b", func(p *community.Prompt) { p.Post = made("42") })
			wantSame(t, "Change", got, prompt("b", 2, withPost(made("42"))))
			wantSame(t, "Prompt", get(t, s, "b"), got)
			wantDue(t, s, "a")
			if p, err := s.ByPost(t.Context(), "42"); err != nil || p.ID != "b" {
				t.Errorf("ByPost = %q, %v", p.ID, err)
			}
			change(t, s, "b", func(p *community.Prompt) { p.Post.State = community.PostGone })
			_, err = s.ByPost(t.Context(), "42")
			wantError(t, "ByPost of a post that is gone", err, community.ErrNotFound)
			wantList(t, s, community.Query{Order: community.OrderNew}, "b", "a")
			change(t, s, "a", func(p *community.Prompt) { p.Post.State = community.PostNone })
			wantDue(t, s)
		}},
		{"nothing else is changed", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			_, err := s.Change(t.Context(), "a", func(p *community.Prompt) error {
				*p = prompt("b", 9, in(there), by(ben), saying("else"), withPost(due()))
				p.Votes, p.Contest, p.Remixes = 99, "c", nil
				return nil
			})
			if err == nil {
				wantSame(t, "Prompt", get(t, s, "a"), prompt("a", 1, withPost(due())))
			}
			wantList(t, s, community.Query{Order: community.OrderNew}, "a")
			wantList(t, s, community.Query{Order: community.OrderMine, Author: ann}, "a")
			wantList(t, s, community.Query{Order: community.OrderSearch, Text: "else"})
		}},
		{"an error of the change is returned and stores nothing", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			boom := errors.New("boom")
			for _, want := range []error{boom, community.ErrConflict} {
				if _, err := s.Change(t.Context(), "a", func(p *community.Prompt) error { p.Withdrawn = true; return want }); err != want {
					t.Errorf("Change: %v, want the error as it is", err)
				}
			}
			wantSame(t, "Prompt", get(t, s, "a"), prompt("a", 1))
		}},
		{"one without a post is deleted when it is withdrawn", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			p := prompt("a", 1, entering("c"))
			share(t, s, p, prompt("b", 2))
			vote(t, s, "a", ben)
			withdraw(t, s, "a")
			wantGone(t, s, p)
			wantDue(t, s)
			wantEach(t, s, ann, "contest c", "prompt b")
			wantEach(t, s, ben)
			_, err := s.Change(t.Context(), "a", func(*community.Prompt) error { return nil })
			wantError(t, "Change of what is deleted", err, community.ErrNotFound)
			got, err := s.Share(t.Context(), prompt("a", 3))
			if err != nil || got.Votes != 0 {
				t.Errorf("Share after it was deleted = %d votes, %v", got.Votes, err)
			}
			wantList(t, s, community.Query{Order: community.OrderNew}, "a", "b")
		}},
		{"one with a post is in no list, and stays until it is gone", func(t *testing.T, s community.Store) {
			for _, post := range []community.Post{due(), made("42")} {
				p := prompt("a", 1, withPost(post))
				share(t, s, p)
				vote(t, s, "a", ben)
				withdraw(t, s, "a")
				wantGone(t, s, p)
				wantDue(t, s, "a")
				wantEach(t, s, ann, "prompt a")
				if standing, err := s.Standing(t.Context(), here, ann); err != nil || standing != (community.Standing{}) {
					t.Errorf("Standing = %+v, %v", standing, err)
				}
				_, err := s.Share(t.Context(), p)
				wantError(t, "Share while its post is to go", err, community.ErrConflict)
				_, err = s.Change(t.Context(), "a", func(p *community.Prompt) error { p.Withdrawn = false; return nil })
				wantError(t, "taking it back", err, community.ErrConflict)
				last := change(t, s, "a", func(p *community.Prompt) { p.Post.State = community.PostGone })
				if !last.Withdrawn || last.Post.State != community.PostGone || last.ID != "a" {
					t.Errorf("Change = %+v", last)
				}
				wantDue(t, s)
				wantEach(t, s, ann)
				wantEach(t, s, ben)
			}
			share(t, s, prompt("a", 9))
		}},
		{"a withdrawn one is due as it was stored", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1, withPost(made("42"))))
			withdraw(t, s, "a")
			want := prompt("a", 1, withPost(made("42")))
			want.Withdrawn = true
			if got, err := s.Due(t.Context()); err != nil || len(got) != 1 || !same(got[0], want) {
				t.Errorf("Due = %+v, %v", got, err)
			}
		}},
		{"what was returned is the caller's", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			get(t, s, "a").Remixes[0].Member = "changed"
			wantSame(t, "Prompt", get(t, s, "a"), prompt("a", 1))
		}},
		{"a long text and a short one are shared and withdrawn", func(t *testing.T, s community.Store) {
			long := ""
			for i := range 3000 {
				long += string(rune('一'+i)) + string(rune('一'+i*2))
			}
			texts := map[string]string{"long": long, "none": "", "signs": "!?", "broken": "a\xffb"}
			for id, text := range texts {
				share(t, s, prompt(id, 1, saying(text)))
			}
			wantList(t, s, community.Query{Order: community.OrderSearch, Text: "一一"}, "long")
			for id := range texts {
				withdraw(t, s, id)
			}
			wantList(t, s, community.Query{Order: community.OrderNew})
			wantList(t, s, community.Query{Order: community.OrderSearch, Text: "一一"})
		}},
	}
}

func wantDue(t *testing.T, s community.Store, want ...string) {
	t.Helper()
	prompts, err := s.Due(t.Context())
	if err != nil {
		t.Fatalf("Due: %v", err)
	}
	got := ids(prompts)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("Due = %q, want %q", got, want)
	}
}
