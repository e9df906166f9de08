package communitytest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"dreambot/internal/community"
)

func concurrent() []testCase {
	return []testCase{
		{"a hundred vote at once", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			together(100, func(i int) {
				v := community.Vote{Guild: here, Prompt: "a", Member: fmt.Sprint(5000 + i), Place: community.PlaceResult}
				for _, given := range []bool{true, i%2 == 0, i%4 == 0} {
					if _, err := s.Vote(t.Context(), v, given); err != nil {
						t.Errorf("Vote: %v", err)
					}
				}
			})
			if got := get(t, s, "a").Votes; got != 25 {
				t.Errorf("%d votes, want 25", got)
			}
			wantList(t, s, community.Query{Order: community.OrderTop}, "a")
		}},
		{"one of many shares it", func(t *testing.T, s community.Store) {
			var shared atomic.Int32
			together(20, func(i int) {
				switch _, err := s.Share(t.Context(), prompt("a", i)); {
				case err == nil:
					shared.Add(1)
				case !errors.Is(err, community.ErrExists):
					t.Errorf("Share: %v", err)
				}
			})
			if n := shared.Load(); n != 1 {
				t.Errorf("it was shared %d times", n)
			}
			wantPages(t, s, community.Query{Order: community.OrderNew}, 25, 1)
		}},
		{"many are shared at the same time", func(t *testing.T, s community.Store) {
			together(60, func(i int) {
				if _, err := s.Share(t.Context(), prompt(fmt.Sprint(i), 1)); err != nil {
					t.Errorf("Share: %v", err)
				}
			})
			wantPages(t, s, community.Query{Order: community.OrderNew}, 25, 60)
			wantPages(t, s, community.Query{Order: community.OrderSearch, Text: "cat roof"}, 25, 60)
		}},
		{"votes and a withdrawal race", func(t *testing.T, s community.Store) {
			for round := range 5 {
				p := prompt("a", round)
				share(t, s, p)
				together(21, func(i int) {
					if i == 20 {
						if _, err := s.Change(t.Context(), "a", func(p *community.Prompt) error { p.Withdrawn = true; return nil }); err != nil {
							t.Errorf("Change: %v", err)
						}
						return
					}
					v := community.Vote{Guild: here, Prompt: "a", Member: fmt.Sprint(5000 + i), Place: community.PlaceResult}
					if _, err := s.Vote(t.Context(), v, true); err != nil {
						t.Errorf("Vote: %v", err)
					}
				})
				wantGone(t, s, p)
				// What was given after it was withdrawn is for a result that is not shared.
				left := vote(t, s, "a", "5000")
				got, err := s.Share(t.Context(), p)
				if err != nil || got.Votes != left {
					t.Errorf("shared again it has %d votes, %v; want %d", got.Votes, err, left)
				}
				withdraw(t, s, "a")
			}
		}},
		{"votes and a recount race, and the sums are right", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1))
			together(20, func(i int) {
				if i%5 == 0 {
					if _, err := s.SetVotes(t.Context(), here, "a", community.PlaceResult, []string{"1", "2", "3"}); err != nil {
						t.Errorf("SetVotes: %v", err)
					}
					return
				}
				v := community.Vote{Guild: here, Prompt: "a", Member: fmt.Sprint(5000 + i), Place: community.PlacePost}
				if _, err := s.Vote(t.Context(), v, true); err != nil {
					t.Errorf("Vote: %v", err)
				}
			})
			if got := get(t, s, "a").Votes; got != 19 {
				t.Errorf("%d votes, want 19", got)
			}
		}},
		{"one contest of many begins", func(t *testing.T, s community.Store) {
			var begun atomic.Int32
			together(20, func(i int) {
				switch err := s.StartContest(t.Context(), contest(fmt.Sprint("c", i), here)); {
				case err == nil:
					begun.Add(1)
				case !errors.Is(err, community.ErrExists):
					t.Errorf("StartContest: %v", err)
				}
			})
			if n := begun.Load(); n != 1 {
				t.Errorf("%d contests began", n)
			}
			if list, err := s.Contests(t.Context()); err != nil || len(list) != 1 {
				t.Errorf("%d contests run, %v", len(list), err)
			}
		}},
		{"no entry comes once the contest is over", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			var over atomic.Int32
			together(20, func(i int) {
				if i == 10 {
					_, err := s.ChangeContest(t.Context(), "c", func(c *community.Contest) error { c.State = community.ContestOver; return nil })
					if err != nil {
						t.Errorf("ChangeContest: %v", err)
					}
					_, n, err := s.Entries(t.Context(), "c", 99)
					if err != nil {
						t.Errorf("Entries: %v", err)
					}
					over.Store(int32(n))
					return
				}
				if _, err := s.Share(t.Context(), prompt(fmt.Sprint(i), i, entering("c"))); err != nil {
					t.Errorf("Share: %v", err)
				}
			})
			if _, n, err := s.Entries(t.Context(), "c", 99); err != nil || n != int(over.Load()) {
				t.Errorf("%d entries, %v; there were %d when it was over", n, err, over.Load())
			}
			wantPages(t, s, community.Query{Order: community.OrderNew}, 25, 19)
		}},
		{"lists stay whole while prompts come, change and go", func(t *testing.T, s community.Store) {
			for i := range 30 {
				share(t, s, prompt(fmt.Sprint("stays", i), i))
			}
			together(12, func(i int) {
				for n := range 20 {
					id := fmt.Sprint("p", i, "-", n)
					switch {
					case i < 4:
						if _, err := s.Share(t.Context(), prompt(id, 100+n)); err != nil {
							t.Errorf("Share: %v", err)
						}
						if _, err := s.Change(t.Context(), id, func(p *community.Prompt) error { p.Withdrawn = true; return nil }); err != nil {
							t.Errorf("Change: %v", err)
						}
					case i < 6:
						v := community.Vote{Guild: here, Prompt: fmt.Sprint("stays", n), Member: fmt.Sprint(i), Place: community.PlaceResult}
						if _, err := s.Vote(t.Context(), v, n%3 > 0); err != nil {
							t.Errorf("Vote: %v", err)
						}
					default:
						for _, q := range everyQuery(prompt("x", 0)) {
							if page, err := s.List(t.Context(), q); err != nil || len(page.Prompts) != community.MaxPage {
								t.Errorf("List(%+v) = %d prompts, %v", q, len(page.Prompts), err)
							}
						}
					}
				}
			})
			wantPages(t, s, community.Query{Order: community.OrderNew}, 25, 30)
			wantPages(t, s, community.Query{Order: community.OrderTop}, 25, 30)
		}},
	}
}
