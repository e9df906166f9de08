package community_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

const showcase = "300" // a channel

func toShowcase(s *community.Settings) { s.Showcase = showcase }

func TestWhatIsSharedOfAJob(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		line := []store.Credit{{Job: "d0job000000000000009", Member: "409"}}
		j := w.result(1, "400", func(j *store.Job) {
			j.Spoiler, j.Remixes, j.Settings = true, line, store.Settings{Model: "ray-v2"}
			j.Image = store.Picture{URL: "https://cdn.example/a.png"}
		})
		p, err := w.now.Share(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		if p.ID != j.ID || p.Guild != "100" || p.Author != "400" || p.Text != "a boat" || p.Settings.Model != "ray-v2" || !p.Pictures || p.Extends ||
			!p.Spoiler || !slices.Equal(p.Remixes, line) || p.Result != j.Spot() || p.Video != j.Upload || p.Length != 5*time.Second ||
			!p.SharedAt.Equal(time.Now()) || p.Contest != "" || p.Post.State != community.PostNone {
			t.Errorf("shared is %+v", p)
		}
		if _, err := w.now.Share(t.Context(), j); !errors.Is(err, community.ErrExists) {
			t.Errorf("shared again: %v", err)
		}
		w.done()
		if now, ever := w.discord.standing(p.ID); now+ever > 0 {
			t.Error("it is posted without a showcase")
		}
	})
}

func TestWhatCannotBeShared(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		good := w.result(1, "400")
		for name, change := range map[string]func(*store.Job){
			"unfinished":      func(j *store.Job) { j.State = store.StateDreaming },
			"failed":          func(j *store.Job) { j.State = store.StateFailed },
			"removed":         func(j *store.Job) { j.Removed = true },
			"not uploaded":    func(j *store.Job) { j.Upload = store.Upload{} },
			"outside":         func(j *store.Job) { j.Guild = "" },
			"as a guest":      func(j *store.Job) { j.Guest = true },
			"sent directly":   func(j *store.Job) { j.Direct = "250" },
			"without message": func(j *store.Job) { j.Message = "" },
			"of nobody's":     func(j *store.Job) { j.Member = store.Nobody },
			"removed meanwhile": func(*store.Job) {
				if _, err := w.jobs.Update(t.Context(), good.ID, func(j *store.Job) error { j.Removed = true; return nil }); err != nil {
					t.Error(err)
				}
			},
		} {
			j := good
			change(&j)
			if _, err := w.now.Share(t.Context(), j); !errors.Is(err, community.ErrNotVideo) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := w.shared.Prompt(t.Context(), "100", j.ID); !errors.Is(err, community.ErrNotFound) {
				t.Errorf("%s: it is in the gallery: %v", name, err)
			}
		}
	})
}

// steps runs a test once for each step at which the process can end, and for a
// restart at once and long after. prepare is done by a process that lives; do by
// one that ends after so many steps, unless it needs fewer; check by the next.
func steps(t *testing.T, prepare, do, check func(t *testing.T, w *world)) {
	t.Helper()
	for _, pause := range []time.Duration{0, time.Hour} {
		for n, over := 0, false; !over; n++ {
			inWorld(t, func(t *testing.T, w *world) {
				prepare(t, w)
				w.restart(0, n)
				do(t, w)
				settle(10 * time.Minute)
				w.restart(pause, 2*n) // and perhaps again
				settle(10 * time.Minute)
				w.restart(pause, -1)
				w.done()
				check(t, w)
				if t.Failed() {
					t.Logf("ended after %d steps, and went on after %v", n, pause)
				}
			})
			over = t.Failed() || n == 12 // more than any of it takes
		}
	}
}

func TestASharedPromptIsPostedOnce(t *testing.T) {
	steps(t, func(t *testing.T, w *world) { w.rules(toShowcase); w.result(1, "400") },
		func(t *testing.T, w *world) {
			j, err := w.jobs.Get(t.Context(), "d0job000000000000001")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.now.Share(t.Context(), j) // the process may end
		},
		func(t *testing.T, w *world) {
			now, ever := w.discord.standing("d0job000000000000001")
			p, err := w.shared.Prompt(t.Context(), "100", "d0job000000000000001")
			switch {
			case errors.Is(err, community.ErrNotFound) && ever == 0: // it has ended before
			case err != nil || now != 1 || ever != 1 || p.Post.State != community.PostMade || p.Post.Channel != showcase || p.Post.Message != "800" || p.Post.Video.ID != "990":
				t.Errorf("%d posts stand of %d; %+v, %v", now, ever, p.Post, err)
			}
			if by, err := w.shared.ByPost(t.Context(), "800"); err == nil && by.ID != p.ID {
				t.Errorf("by its post it is %+v", by)
			}
		})
}

func TestThePostOfAWithdrawnPromptGoes(t *testing.T) {
	withdrawn := func(t *testing.T, w *world) {
		if now, _ := w.discord.standing("d0job000000000000001"); now != 0 {
			// Unless it was never withdrawn.
			if _, err := w.shared.Prompt(t.Context(), "100", "d0job000000000000001"); err != nil {
				t.Errorf("its post stands: %v", err)
			}
		}
	}
	withdraw := func(t *testing.T, w *world) { _ = w.now.Withdraw(t.Context(), "100", "d0job000000000000001") }
	steps(t, func(t *testing.T, w *world) { w.rules(toShowcase); w.share(1, "400"); settle(time.Minute) }, withdraw, withdrawn)
	// While its answer is lost, nobody knows whether it stands.
	steps(t, func(t *testing.T, w *world) {
		w.rules(toShowcase)
		w.discord.loses = true
		w.share(1, "400")
		settle(time.Minute)
		if _, ever := w.discord.standing("d0job000000000000001"); ever != 1 || w.prompt("d0job000000000000001").Post.State != community.PostDue {
			t.Fatal("it is not in doubt")
		}
	}, func(t *testing.T, w *world) {
		withdraw(t, w)
		w.discord.set(func() { w.discord.loses, w.discord.refuses = false, nil })
	}, withdrawn)
}

func TestWithdrawnIsWithdrawnEverywhere(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.rules(toShowcase)
		p := w.share(1, "400")
		settle(time.Minute)
		for _, guild := range []string{"101", ""} {
			if err := w.now.Withdraw(t.Context(), guild, p.ID); !errors.Is(err, community.ErrNotFound) {
				t.Errorf("from server %q: %v", guild, err)
			}
		}
		if err := w.now.Withdraw(t.Context(), "100", p.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.now.Withdraw(t.Context(), "100", p.ID); !errors.Is(err, community.ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
		w.done()
		if now, ever := w.discord.standing(p.ID); now != 0 || ever != 1 {
			t.Errorf("%d posts stand of %d", now, ever)
		}
		// It can be shared anew.
		j, err := w.jobs.Get(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.now.Share(t.Context(), j); err != nil {
			t.Error(err)
		}
	})
}

// Discord's no leaves the prompt in the gallery; trouble is waited out, for a day.
func TestAPostThatIsNotTaken(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		after time.Duration
		want  community.PostState
	}{
		"refused":      {community.ErrRefused, time.Second, community.PostNone},
		"trouble":      {errors.New("trouble"), 23 * time.Hour, community.PostDue},
		"long trouble": {errors.New("trouble"), 27 * time.Hour, community.PostNone},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.rules(toShowcase)
				w.discord.refuses = c.err
				p := w.share(1, "400")
				settle(c.after)
				if got := w.prompt(p.ID).Post.State; got != c.want {
					t.Errorf("its post is %q", got)
				}
				w.discord.set(func() { w.discord.refuses = nil })
				settle(2 * time.Hour)
				if now, _ := w.discord.standing(p.ID); (now == 1) != (c.want == community.PostDue) {
					t.Errorf("%d posts stand", now)
				}
			})
		})
	}
}
