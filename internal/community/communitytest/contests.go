package communitytest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"dreambot/internal/community"
	"dreambot/store"
)

// contest returns a contest that StartContest takes.
func contest(id, guild string) community.Contest {
	return community.Contest{ID: id, Guild: guild, Channel: "20", Message: "60", Theme: "cats <@1> 猫", StartedBy: ann,
		Locale: "zh-CN", Starts: at(0), Ends: at(3600), State: community.ContestRunning}
}

func begin(t *testing.T, s community.Store, c community.Contest) {
	t.Helper()
	if err := s.StartContest(t.Context(), c); err != nil {
		t.Fatalf("StartContest(%q): %v", c.ID, err)
	}
}

func bring(t *testing.T, s community.Store, id string, to community.ContestState) community.Contest {
	t.Helper()
	c, err := s.ChangeContest(t.Context(), id, func(c *community.Contest) error { c.State = to; return nil })
	if err != nil {
		t.Fatalf("ChangeContest(%q) to %s: %v", id, to, err)
	}
	return c
}

// wantEntries checks the entries of a contest, and how many there are.
func wantEntries(t *testing.T, s community.Store, id string, limit, n int, want ...string) {
	t.Helper()
	got, count, err := s.Entries(t.Context(), id, limit)
	if err != nil || count != n || !slices.Equal(ids(got), want) {
		t.Errorf("Entries(%q, %d) = %q of %d, %v; want %q of %d", id, limit, ids(got), count, err, want, n)
	}
}

func wantContests(t *testing.T, s community.Store, want ...string) {
	t.Helper()
	list, err := s.Contests(t.Context())
	var got []string
	for _, c := range list {
		got = append(got, c.ID)
	}
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("Contests = %q, %v; want %q", got, err, want)
	}
}

func contests() []testCase {
	return []testCase{
		{"a contest is kept in every detail", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			for name, find := range map[string]func() (community.Contest, error){
				"Contest": func() (community.Contest, error) { return s.Contest(t.Context(), "c") },
				"Running": func() (community.Contest, error) { return s.Running(t.Context(), here) },
			} {
				got, err := find()
				if err != nil {
					t.Fatal(err)
				}
				wantSame(t, name, got, contest("c", here))
			}
			winner := community.Winner{Prompt: "a", Author: ben, Text: "猫", Votes: 3, Result: store.Spot{Channel: "20", Message: "21"}}
			want := contest("c", here)
			want.State, want.Winners, want.Entries, want.TriedAt, want.Announced = community.ContestOver, []community.Winner{winner}, 7, at(5), "61"
			got, err := s.ChangeContest(t.Context(), "c", func(c *community.Contest) error { *c = want; return nil })
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "ChangeContest", got, want)
			if got, err = s.Contest(t.Context(), "c"); err != nil {
				t.Fatal(err)
			}
			wantSame(t, "Contest", got, want)
		}},
		{"one runs in a server at a time", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			begin(t, s, contest("other", there))
			wantError(t, "a second one", s.StartContest(t.Context(), contest("d", here)), community.ErrExists)
			wantError(t, "the same one", s.StartContest(t.Context(), contest("c", "9")), community.ErrExists)
			wantContests(t, s, "c", "other")
			bring(t, s, "c", community.ContestOver)
			_, err := s.Running(t.Context(), here)
			wantError(t, "Running once it is over", err, community.ErrNotFound)
			begin(t, s, contest("d", here))
			if got, err := s.Running(t.Context(), here); err != nil || got.ID != "d" {
				t.Errorf("Running = %q, %v", got.ID, err)
			}
			wantContests(t, s, "c", "d", "other")
			wantError(t, "one that was", s.StartContest(t.Context(), contest("c", "9")), community.ErrExists)
		}},
		{"its state only goes on", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			states := []community.ContestState{community.ContestRunning, community.ContestOver, community.ContestClosed}
			for i, now := range states {
				bring(t, s, "c", now)
				bring(t, s, "c", now)
				for _, to := range append(states[:i:i], "", "lost") {
					_, err := s.ChangeContest(t.Context(), "c", func(c *community.Contest) error { c.State = to; return nil })
					wantError(t, fmt.Sprintf("from %s to %q", now, to), err, community.ErrConflict)
				}
			}
			wantContests(t, s)
			if c, err := s.Contest(t.Context(), "c"); err != nil || c.State != community.ContestClosed {
				t.Errorf("Contest = %s, %v", c.State, err)
			}
			begin(t, s, contest("d", here))
			bring(t, s, "d", community.ContestClosed)
			wantContests(t, s)
		}},
		{"a new one runs, whatever it says", func(t *testing.T, s community.Store) {
			c := contest("c", here)
			c.State = ""
			begin(t, s, c)
			if got, err := s.Running(t.Context(), here); err != nil || got.State != community.ContestRunning {
				t.Errorf("Running = %s, %v", got.State, err)
			}
		}},
		{"it stays where it is", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			for name, change := range map[string]func(*community.Contest){
				"id": func(c *community.Contest) { c.ID = "d" }, "server": func(c *community.Contest) { c.Guild = there }} {
				_, err := s.ChangeContest(t.Context(), "c", func(c *community.Contest) error { change(c); return nil })
				wantError(t, "another "+name, err, community.ErrConflict)
			}
		}},
		{"an error of the change is returned and stores nothing", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			boom := errors.New("boom")
			for _, want := range []error{boom, community.ErrConflict} {
				_, err := s.ChangeContest(t.Context(), "c", func(c *community.Contest) error { c.State = community.ContestOver; return want })
				if err != want {
					t.Errorf("ChangeContest: %v, want the error as it is", err)
				}
			}
			if _, err := s.Running(t.Context(), here); err != nil {
				t.Errorf("Running: %v", err)
			}
		}},
		{"what is not there is not found", func(t *testing.T, s community.Store) {
			_, err := s.Contest(t.Context(), "c")
			wantError(t, "Contest", err, community.ErrNotFound)
			_, err = s.Running(t.Context(), here)
			wantError(t, "Running", err, community.ErrNotFound)
			_, err = s.ChangeContest(t.Context(), "c", func(*community.Contest) error { t.Error("change is called"); return nil })
			wantError(t, "ChangeContest", err, community.ErrNotFound)
			wantContests(t, s)
			wantEntries(t, s, "c", 9, 0)
		}},
		{"entries have the most votes first, then the first", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			begin(t, s, contest("cc", there))
			share(t, s, prompt("d", 4, entering("c")), prompt("a", 1, entering("c")), prompt("b", 2), prompt("e", 5, entering("c")),
				prompt("c", 3, entering("c")), prompt("f", 6, in(there), entering("cc")))
			vote(t, s, "b", ann, ben, carla)
			vote(t, s, "e", ann, ben)
			vote(t, s, "c", ann)
			vote(t, s, "d", ben)
			wantEntries(t, s, "c", 9, 4, "e", "c", "d", "a")
			wantEntries(t, s, "c", 2, 4, "e", "c")
			wantEntries(t, s, "c", 0, 4)
			withdraw(t, s, "e")
			react(t, s, "d", carla, community.PlacePost, true)
			wantEntries(t, s, "c", 9, 3, "d", "c", "a")
			bring(t, s, "c", community.ContestOver)
			wantEntries(t, s, "c", 9, 3, "d", "c", "a")
			wantEntries(t, s, "cc", 9, 1, "f")
		}},
	}
}
