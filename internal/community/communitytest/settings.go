package communitytest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

func settings() []testCase {
	full := func() community.Settings {
		expand := false
		return community.Settings{
			Channels: []string{"20", "21"}, Roles: []string{"50"}, MemberDreams: 3, GuildLength: time.Minute,
			Defaults: store.Settings{Model: "ray-2", Duration: 9 * time.Second, Resolution: "720p", ExpandPrompt: &expand},
			Showcase: "40", Reaction: community.Reaction{Off: true, Members: 4}, Language: "zh-CN",
			Unwanted: []string{"Wort", "坏"}, Spoiler: community.SpoilerChannels, Hidden: []string{"22"}, Changed: at(1),
		}
	}
	set := func(t *testing.T, s community.Store, guild string, to community.Settings) {
		t.Helper()
		got, err := s.SetSettings(t.Context(), guild, func(now *community.Settings) error { *now = to; return nil })
		if err != nil {
			t.Fatalf("SetSettings: %v", err)
		}
		wantSame(t, "SetSettings", got, to)
	}
	return []testCase{
		{"a server that has set nothing has the zero ones", func(t *testing.T, s community.Store) {
			got, err := s.Settings(t.Context(), here)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "Settings", got, community.Settings{})
		}},
		{"they are kept in every detail", func(t *testing.T, s community.Store) {
			set(t, s, here, full())
			got, err := s.Settings(t.Context(), here)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "Settings", got, full())
		}},
		{"they are changed from what they are, and set back", func(t *testing.T, s community.Store) {
			set(t, s, here, full())
			got, err := s.SetSettings(t.Context(), here, func(now *community.Settings) error {
				now.MemberDreams++
				now.Unwanted = append(now.Unwanted, "x")
				return nil
			})
			if err != nil || got.MemberDreams != 4 || len(got.Unwanted) != 3 || got.Showcase != "40" {
				t.Errorf("SetSettings = %+v, %v", got, err)
			}
			set(t, s, here, community.Settings{})
			if got, err = s.Settings(t.Context(), here); err != nil || !same(got, community.Settings{}) {
				t.Errorf("Settings = %+v, %v; want the zero ones", got, err)
			}
		}},
		{"an error of the change is returned and stores nothing", func(t *testing.T, s community.Store) {
			boom := errors.New("boom")
			set(t, s, here, full())
			_, err := s.SetSettings(t.Context(), here, func(now *community.Settings) error { now.Showcase = "9"; return boom })
			if err != boom {
				t.Errorf("SetSettings: %v, want the error as it is", err)
			}
			if got, err := s.Settings(t.Context(), here); err != nil || got.Showcase != "40" {
				t.Errorf("Settings = %+v, %v", got, err)
			}
		}},
		{"each server has its own", func(t *testing.T, s community.Store) {
			set(t, s, here, full())
			if got, err := s.Settings(t.Context(), there); err != nil || !same(got, community.Settings{}) {
				t.Errorf("Settings of another server = %+v, %v", got, err)
			}
		}},
		{"none are lost when many change them at once", func(t *testing.T, s community.Store) {
			together(50, func(int) {
				_, err := s.SetSettings(t.Context(), here, func(now *community.Settings) error { now.MemberDreams++; return nil })
				if err != nil {
					t.Errorf("SetSettings: %v", err)
				}
			})
			if got, err := s.Settings(t.Context(), here); err != nil || got.MemberDreams != 50 {
				t.Errorf("%d changes of 50 were kept, %v", got.MemberDreams, err)
			}
		}},
		{"what was returned is the caller's", func(t *testing.T, s community.Store) {
			set(t, s, here, full())
			got, err := s.Settings(t.Context(), here)
			if err != nil {
				t.Fatal(err)
			}
			got.Unwanted[0] = "changed"
			if again, err := s.Settings(t.Context(), here); err != nil || again.Unwanted[0] != "Wort" {
				t.Errorf("Settings = %+v, %v", again, err)
			}
		}},
		{"marks stay until they are taken away", func(t *testing.T, s community.Store) {
			marked := func(want ...string) {
				t.Helper()
				got, err := s.Marked(t.Context())
				if slices.Sort(got); err != nil || !slices.Equal(got, want) {
					t.Errorf("Marked = %q, %v; want %q", got, err, want)
				}
			}
			marked()
			for _, m := range []string{ann, ben, ann} {
				if err := s.Mark(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			marked(ann, ben)
			if err := s.Forget(t.Context(), ann); err != nil {
				t.Fatal(err)
			}
			marked(ann, ben)
			for range 2 {
				if err := s.Unmark(t.Context(), ann); err != nil {
					t.Fatal(err)
				}
			}
			marked(ben)
		}},
		{"nothing is done for a context that is over", func(t *testing.T, s community.Store) {
			ctx := ended(t)
			for name, call := range everyCall(s) {
				if err := call(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v, want that the context is over", name, err)
				}
			}
			wantList(t, s, community.Query{Order: community.OrderNew})
		}},
	}
}

// everyCall returns a call of every method.
func everyCall(s community.Store) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Settings": func(ctx context.Context) error { _, err := s.Settings(ctx, here); return err },
		"SetSettings": func(ctx context.Context) error {
			_, err := s.SetSettings(ctx, here, func(s *community.Settings) error { s.Showcase = "1"; return nil })
			return err
		},
		"Share":  func(ctx context.Context) error { _, err := s.Share(ctx, prompt("a", 1)); return err },
		"Prompt": func(ctx context.Context) error { _, err := s.Prompt(ctx, here, "a"); return err },
		"ByPost": func(ctx context.Context) error { _, err := s.ByPost(ctx, "1"); return err },
		"Change": func(ctx context.Context) error {
			_, err := s.Change(ctx, "a", func(*community.Prompt) error { return nil })
			return err
		},
		"List": func(ctx context.Context) error {
			_, err := s.List(ctx, community.Query{Guild: here, Order: community.OrderNew})
			return err
		},
		"Random": func(ctx context.Context) error { _, err := s.Random(ctx, here, 0.5); return err },
		"Due":    func(ctx context.Context) error { _, err := s.Due(ctx); return err },
		"Voted":  func(ctx context.Context) error { _, err := s.Voted(ctx, time.Time{}, 9); return err },
		"Vote": func(ctx context.Context) error {
			_, err := s.Vote(ctx, community.Vote{Guild: here, Prompt: "a", Member: ann, Place: community.PlacePost}, true)
			return err
		},
		"SetVotes": func(ctx context.Context) error {
			_, err := s.SetVotes(ctx, here, "a", community.PlaceResult, []string{ann})
			return err
		},
		"Standing":     func(ctx context.Context) error { _, err := s.Standing(ctx, here, ann); return err },
		"StartContest": func(ctx context.Context) error { return s.StartContest(ctx, contest("c", here)) },
		"Contest":      func(ctx context.Context) error { _, err := s.Contest(ctx, "c"); return err },
		"Running":      func(ctx context.Context) error { _, err := s.Running(ctx, here); return err },
		"Contests":     func(ctx context.Context) error { _, err := s.Contests(ctx); return err },
		"ChangeContest": func(ctx context.Context) error {
			_, err := s.ChangeContest(ctx, "c", func(*community.Contest) error { return nil })
			return err
		},
		"Entries": func(ctx context.Context) error { _, _, err := s.Entries(ctx, "c", 9); return err },
		"Each":    func(ctx context.Context) error { return s.Each(ctx, ann, func(any) error { return nil }) },
		"Forget":  func(ctx context.Context) error { return s.Forget(ctx, ann) },
		"Mark":    func(ctx context.Context) error { return s.Mark(ctx, ann) },
		"Marked":  func(ctx context.Context) error { _, err := s.Marked(ctx); return err },
		"Unmark":  func(ctx context.Context) error { return s.Unmark(ctx, ann) },
	}
}
