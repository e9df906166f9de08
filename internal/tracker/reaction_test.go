package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// byReaction is the nth job, which a member's reaction asked for.
func byReaction(member string, n int, parent string) store.Job {
	j := jobOf(member, n)
	j.Kind, j.Parent, j.Source, j.Reaction, j.Origin = store.KindExtend, parent, "gen-0", true, store.Origin{}
	return j
}

// Nobody else answers a reaction: its first message is made by asking for it, at
// once, and the job is paid for then.
func TestAReactionsFirstMessageIsMadeAtOnce(t *testing.T) {
	for name, shown := range map[string]int64{"which shows it as it is": 1, "of which nobody knows what it shows": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := worldWith(t, newMemory(), 1)
				w.people.shown = shown
				w.run()
				defer w.end()
				began := time.Now()
				j := byReaction("3", 1, "parent")
				w.people.stands(j.ID, "m")
				if _, err := w.Submit(context.Background(), j); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if n := w.people.timesAsked(); n != 1 {
					t.Errorf("asked %d times for the message", n)
				}
				if now := w.get(j.ID); now.Message != "m" || !now.AnsweredAt.Equal(began) || now.Shown != shown {
					t.Errorf("message %q at %v, which shows %d", now.Message, now.AnsweredAt, now.Shown)
				}
				settle(time.Second)
				if got := w.luma.payments(); !slices.Equal(got, []string{"1 after gen-0"}) {
					t.Errorf("paid for %v", got)
				}
				w.luma.finish()
				settle(time.Minute)
				w.expect(j.ID, store.StateCompleted, "")
				if n := w.people.timesAsked(); n != 1 {
					t.Errorf("asked %d times for the message in all", n)
				}
			})
		})
	}
}

// A process that ended before it made the message leaves it to the next.
func TestAReactionsFirstMessageIsMadeAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		j := byReaction("3", 1, "parent")
		if err := w.store.Create(context.Background(), j); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		w.people.stands(j.ID, "m")
		w.run()
		defer w.end()
		settle(time.Second)
		w.expect(j.ID, store.StateQueued, "")
	})
}

// Where Discord takes no message, nobody could see the video: it is not begun,
// its member has their place back, and others may ask again.
func TestAReactionWithoutAMessageIsDroppedUnpaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.with(func(c *tracker.Config) { c.MemberJobs = 1 })
		w.run()
		defer w.end()
		for n := range 3 {
			j := byReaction("3", n, "parent")
			if _, err := w.Submit(context.Background(), j); err != nil {
				t.Fatal(err)
			}
			settle(time.Second)
			w.expect(j.ID, store.StateCancelled, "")
			if got := w.luma.payments(); len(got) != 0 {
				t.Errorf("paid for %v", got)
			}
			if left := w.Kept(); left != "" {
				t.Errorf("kept: %s", left)
			}
		}
	})
}

// While nobody knows, it is tried again, and the job is not paid for.
func TestAReactionsMessageIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.people.err = errors.New("no route")
		w.run()
		defer w.end()
		j := byReaction("3", 1, "parent")
		w.people.stands(j.ID, "m")
		if _, err := w.Submit(context.Background(), j); err != nil {
			t.Fatal(err)
		}
		settle(10 * time.Minute)
		w.expect(j.ID, store.StateWaiting, "")
		if n := w.people.timesAsked(); n < 10 || n > 40 {
			t.Errorf("asked %d times", n)
		}
		if got := w.luma.payments(); len(got) != 0 {
			t.Fatalf("paid for %v", got)
		}
		w.people.fails(nil)
		settle(2 * time.Minute)
		w.expect(j.ID, store.StateDreaming, "")
		if got := w.luma.payments(); len(got) != 1 {
			t.Errorf("paid for %v", got)
		}
	})
}

// A second reaction's job is refused by the store, and leaves no trace.
func TestAClaimedResultIsAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		w := worldWith(t, m, 1)
		w.with(func(c *tracker.Config) { c.MemberJobs = 1 })
		w.run()
		defer w.end()
		first := byReaction("3", 0, "parent")
		w.people.stands(first.ID, "m")
		if _, err := w.Submit(context.Background(), first); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		waiting, atLuma := w.Counts()
		for n := 1; n < 20; n++ {
			late := byReaction("4", n, "parent")
			if _, err := w.Submit(context.Background(), late); !errors.Is(err, store.ErrClaimed) {
				t.Fatalf("the %dth: %v", n, err)
			}
		}
		if a, b := w.Counts(); a != waiting || b != atLuma {
			t.Errorf("%d wait, %d are at Luma; before it was %d and %d", a, b, waiting, atLuma)
		}
		settle(time.Minute)
		if n := len(m.all()); n != 1 || w.people.timesAsked() != 1 {
			t.Errorf("%d jobs are stored, and %d messages were asked for", n, w.people.timesAsked())
		}
		if _, err := w.Submit(context.Background(), jobOf("4", 50)); err != nil {
			t.Errorf("the member has no place left: %v", err)
		}
		// Another result is another matter.
		if _, err := w.Submit(context.Background(), byReaction("5", 51, "another")); err != nil {
			t.Errorf("another result: %v", err)
		}
	})
}

func TestReactionsAreNoted(t *testing.T) {
	ctx := context.Background()
	m := newMemory()
	w := worldWith(t, m, 1)
	j := job(1)
	if err := m.Create(ctx, j); err != nil {
		t.Fatal(err)
	}
	if _, err := w.React(ctx, j.ID, "a", true); !errors.Is(err, store.ErrConflict) {
		t.Errorf("of a job that waits: %v", err)
	}
	if _, err := w.React(ctx, "no such job", "a", true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no job: %v", err)
	}
	for _, state := range []store.State{store.StateSubmitting, store.StateCompleted} {
		if _, err := m.Update(ctx, j.ID, func(j *store.Job) error {
			j.State, j.AnsweredAt, j.Shown = state, time.Now(), j.Revision+1
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	before := w.get(j.ID)
	for i, c := range []struct {
		member string
		wishes bool
		want   []string
	}{
		{"a", false, nil}, {"a", true, []string{"a"}}, {"b", true, []string{"a", "b"}}, {"a", true, []string{"a", "b"}},
		{"c", true, []string{"a", "b", "c"}}, {"d", false, []string{"a", "b", "c"}}, {"b", false, []string{"a", "c"}},
		{"b", true, []string{"a", "c", "b"}}, {"a", false, []string{"c", "b"}}, {"c", false, []string{"b"}}, {"b", false, nil},
	} {
		got, err := w.React(ctx, j.ID, c.member, c.wishes)
		if err != nil || !slices.Equal(got.Reactors, c.want) || !slices.Equal(w.get(j.ID).Reactors, c.want) {
			t.Errorf("%d: %s, %v: %v, %v; want %v", i, c.member, c.wishes, got.Reactors, err, c.want)
		}
	}
	for n := range store.MaxReactors + 20 {
		got, err := w.React(ctx, j.ID, fmt.Sprint("m", n), true)
		if want := min(n+1, store.MaxReactors); err != nil || len(got.Reactors) != want {
			t.Fatalf("after %d of them: %d, %v", n+1, len(got.Reactors), err)
		}
	}
	if got, err := w.React(ctx, j.ID, "", false); err != nil || len(got.Reactors) != 0 {
		t.Errorf("after all were taken away: %v, %v", got.Reactors, err)
	}
	// None of it is anything that the reply shows.
	if after := w.get(j.ID); after.Revision != before.Revision || len(w.people.changed) != 0 {
		t.Errorf("revision %d, was %d; %v are to be edited", after.Revision, before.Revision, w.people.changed)
	}
}

func TestWhereAVideoCanBeSeenNow(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		remote string
		gen    luma.Generation
		err    error
		want   string
		fails  bool
		asked  int
	}{
		"there":              {"g", luma.Generation{State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil, "https://v", false, 1},
		"without a video":    {"g", luma.Generation{State: luma.StateFailed}, nil, "", false, 1},
		"unknown there":      {"g", luma.Generation{}, &luma.Error{Status: 404, Kind: luma.ErrNotFound}, "", false, 1},
		"nobody knows":       {"g", luma.Generation{}, err503, "", true, 1},
		"never sent to Luma": {"", luma.Generation{}, nil, "", false, 0},
	} {
		w := worldWith(t, newMemory(), 1)
		w.luma.get = func(string) (luma.Generation, error) { return c.gen, c.err }
		j := job(1)
		j.Remote = c.remote
		got, err := w.Link(ctx, j)
		if got != c.want || (err != nil) != c.fails || w.luma.timesAsked() != c.asked {
			t.Errorf("%s: %q, %v, asked %d times", name, got, err, w.luma.timesAsked())
		}
	}
}
