package community_test

import (
	"errors"
	"testing"
	"time"

	"dreambot/internal/community"
)

const contestID = "d0contest00000000000"

// contest begins one that runs for a time.
func (w *world) contest(runs time.Duration) {
	w.t.Helper()
	err := w.now.StartContest(w.t.Context(), community.Contest{ID: contestID, Guild: "100", Channel: "200", Theme: "boats", StartedBy: "409",
		Locale: "en-US", Starts: time.Now().UTC(), Ends: time.Now().UTC().Add(runs)})
	if err != nil {
		w.t.Fatal(err)
	}
}

// known gives a prompt votes at Discord that are known here.
func (w *world) known(p community.Prompt, members ...string) {
	w.t.Helper()
	w.discord.set(func() { w.discord.voters[p.Result.Message] = members })
	for _, member := range members {
		w.star(p.Result, "100", member, true, true)
	}
}

func (w *world) closed() community.Contest {
	w.t.Helper()
	c, err := w.shared.Contest(w.t.Context(), contestID)
	if err != nil || c.State != community.ContestClosed {
		w.t.Fatalf("the contest is %+v, %v", c, err)
	}
	return c
}

func TestAContestFromBeginningToEnd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		before := w.share(1, "400")
		w.known(before, "401", "402", "403", "404")
		w.contest(time.Hour)
		if err := w.now.StartContest(t.Context(), community.Contest{ID: "d0contest00000000001", Guild: "100", Ends: time.Now()}); !errors.Is(err, community.ErrExists) {
			t.Errorf("a second one: %v", err)
		}
		if err := w.now.Opened(t.Context(), contestID, "777"); err != nil {
			t.Error(err)
		}
		first, second, third, fourth, none := w.share(2, "400"), w.share(3, "401"), w.share(4, "402"), w.share(5, "403"), w.share(6, "404")
		w.known(first, "401", "402")
		w.known(second, "401")
		w.known(third, "401", "402", "403")
		w.known(fourth, "401") // shared later than the second
		w.known(none)
		settle(time.Hour - time.Second)
		if _, ever := w.discord.standing(contestID); ever > 0 {
			t.Error("it ends early")
		}
		w.discord.set(func() { w.discord.voters[second.Result.Message] = []string{"401", "402", "403", "404"} }) // was not heard
		settle(time.Minute)
		c := w.closed()
		if c.Entries != 5 || len(c.Winners) != 3 || c.Message != "777" || c.Announced != "800" {
			t.Fatalf("it is %+v", c)
		}
		for i, want := range []community.Winner{{Prompt: second.ID, Author: "401", Votes: 4}, {Prompt: third.ID, Author: "402", Votes: 3}, {Prompt: first.ID, Author: "400", Votes: 2}} {
			want.Text, want.Result = "a boat", c.Winners[i].Result
			if c.Winners[i] != want || want.Result.IsZero() {
				t.Errorf("place %d: %+v, want %+v", i+1, c.Winners[i], want)
			}
		}
		if after := w.share(7, "400"); after.Contest != "" {
			t.Error("what is shared after the end takes part")
		}
		w.contestAgain(t)
	})
}

// contestAgain: after one is closed, another can begin.
func (w *world) contestAgain(t *testing.T) {
	t.Helper()
	err := w.now.StartContest(t.Context(), community.Contest{ID: "d0contest00000000002", Guild: "100", Channel: "200", Theme: "x", StartedBy: "409",
		Starts: time.Now(), Ends: time.Now().Add(time.Hour)})
	if err != nil {
		t.Error(err)
	}
}

func TestAContestIsAnnouncedOnce(t *testing.T) {
	steps(t, func(t *testing.T, w *world) {
		w.contest(time.Minute)
		w.known(w.share(1, "400"), "401")
		w.stop()
		settle(time.Hour)
	}, func(*testing.T, *world) {},
		func(t *testing.T, w *world) {
			c := w.closed()
			if now, ever := w.discord.standing(contestID); now != 1 || ever != 1 || c.Announced != "800" || len(c.Winners) != 1 {
				t.Errorf("%d announcements stand of %d; %+v", now, ever, c)
			}
		})
}

func TestAContestCanBeStopped(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		if _, err := w.now.StopContest(t.Context(), "100"); !errors.Is(err, community.ErrNotFound) {
			t.Errorf("without one: %v", err)
		}
		w.contest(time.Hour)
		settle(time.Minute)
		if _, err := w.now.StopContest(t.Context(), "101"); !errors.Is(err, community.ErrNotFound) {
			t.Errorf("of another server: %v", err)
		}
		c, err := w.now.StopContest(t.Context(), "100")
		if err != nil || !c.Ends.Equal(time.Now()) {
			t.Errorf("it ends %v, %v", c.Ends, err)
		}
		settle(time.Minute)
		if c := w.closed(); c.Entries != 0 || len(c.Winners) != 0 {
			t.Errorf("it is %+v", c)
		}
	})
}

// While Discord is away the votes are not known; after an hour they are taken as
// they are. The announcement waits on.
func TestAContestIsJudgedByWhatIsKnown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.contest(time.Hour)
		p := w.share(1, "400")
		w.known(p, "401")
		settle(30 * time.Minute)
		w.discord.set(func() { w.discord.fails = errors.New("away") })
		settle(time.Hour)
		if c, err := w.shared.Contest(t.Context(), contestID); err != nil || c.State != community.ContestRunning {
			t.Errorf("it is %+v, %v", c, err)
		}
		settle(time.Hour)
		if c, err := w.shared.Contest(t.Context(), contestID); err != nil || c.State != community.ContestOver || len(c.Winners) != 1 {
			t.Errorf("it is %+v, %v", c, err)
		}
		w.discord.set(func() { w.discord.fails = nil })
		settle(2 * time.Hour)
		w.closed()
	})
}

func TestAnAnnouncementThatIsRefused(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.discord.refuses = community.ErrRefused
		w.contest(time.Minute)
		settle(2 * time.Minute)
		if c := w.closed(); c.Announced != "" {
			t.Errorf("it is %+v", c)
		}
	})
}
