package community_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

// stars is what each of some votes is expected to be.
func (w *world) star(at store.Spot, guild, member string, given, want bool) {
	w.t.Helper()
	if got, err := w.now.Star(w.t.Context(), at, guild, member, given); got != want || err != nil {
		w.t.Errorf("a vote by %q at %v in %q: %v, %v", member, at, guild, got, err)
	}
}

func (w *world) votes(id string, want int) {
	w.t.Helper()
	if got := w.prompt(id).Votes; got != want {
		w.t.Errorf("%d votes, want %d", got, want)
	}
}

// posted is a shared prompt with its post.
func (w *world) posted(n int, member string) community.Prompt {
	w.t.Helper()
	w.rules(toShowcase)
	p := w.share(n, member)
	settle(time.Minute)
	if p = w.prompt(p.ID); p.Post.State != community.PostMade {
		w.t.Fatalf("its post is %+v", p.Post)
	}
	return p
}

func TestOneMemberHasOneVote(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		p := w.posted(1, "400")
		w.star(p.Result, "100", "401", true, true)
		w.star(p.Result, "100", "401", true, true)
		w.star(p.Post.Spot(), "100", "401", true, true)
		w.votes(p.ID, 1)
		w.star(p.Post.Spot(), "100", "402", true, true)
		w.votes(p.ID, 2)
		w.star(p.Result, "100", "401", false, true)
		w.votes(p.ID, 2) // the other reaction stands
		w.star(p.Post.Spot(), "100", "401", false, true)
		w.votes(p.ID, 1)
		w.star(p.Result, "100", "403", true, true)
		w.star(p.Post.Spot(), "100", "", false, true) // all of them
		w.votes(p.ID, 1)
	})
}

func TestVotesFromBeforeASharing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		j := w.result(1, "400")
		w.star(j.Spot(), "100", "401", true, true)
		w.discord.voters[j.Message] = []string{"401", "402"} // the second was not heard
		p, err := w.now.Share(t.Context(), j)
		if err != nil || p.Votes != 1 {
			t.Errorf("shared with %d votes, %v", p.Votes, err)
		}
		settle(time.Minute)
		w.votes(p.ID, 2)
	})
}

func TestMessagesThatCannotBeVotedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		p := w.posted(1, "400")
		at := p.Result
		w.star(at, "101", "401", true, false)
		w.star(at, "", "401", true, false)
		w.star(store.Spot{Channel: "201", Message: at.Message}, "100", "401", true, false)
		w.star(store.Spot{Channel: at.Channel, Message: "1"}, "100", "401", true, false)
		w.star(p.Post.Spot(), "101", "401", true, false)
		w.star(store.Spot{Channel: "201", Message: p.Post.Message}, "100", "401", true, false)
		removed := w.result(2, "400", func(j *store.Job) { j.Removed = true })
		w.star(removed.Spot(), "100", "401", true, false)
		guest := w.result(3, "400", func(j *store.Job) { j.Guest = true })
		w.star(guest.Spot(), "100", "401", true, false)
		w.votes(p.ID, 0)
	})
}

func TestMissedVotesAreMadeGood(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		p := w.posted(1, "400")
		w.star(p.Result, "100", "401", true, true)
		w.star(p.Post.Spot(), "100", "402", true, true)
		w.discord.set(func() {
			w.discord.voters[p.Result.Message] = []string{"403"}
			w.discord.voters[p.Post.Message] = []string{"403", "404"}
		})
		w.now.Missed()
		settle(time.Minute)
		w.votes(p.ID, 2)
		// A message that is gone leaves its votes as they are.
		w.discord.set(func() { delete(w.discord.voters, p.Post.Message) })
		w.now.Missed()
		settle(time.Minute)
		w.votes(p.ID, 2)
		// So do those that are more than are read, but those are added.
		w.discord.set(func() { w.discord.few = true; w.discord.voters[p.Post.Message] = []string{"405"} })
		w.now.Missed()
		settle(time.Minute)
		w.votes(p.ID, 3)
	})
}

// What is heard while the votes are counted is newer than what was read.
func TestACountDoesNotOvertakeWhatIsHeard(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		p := w.share(1, "400")
		settle(time.Minute)
		w.discord.voters[p.Result.Message] = []string{"401", "402"}
		w.discord.reading = func(at store.Spot) {
			w.star(at, "100", "403", true, true)  // is not in the list yet
			w.star(at, "100", "402", false, true) // is in it still
		}
		w.now.Missed()
		settle(time.Minute)
		w.votes(p.ID, 2)
		w.discord.set(func() {
			w.discord.reading = func(at store.Spot) {
				w.star(at, "100", "", false, true)
				w.star(at, "100", "409", true, true)
			}
		})
		w.now.Missed()
		settle(time.Minute)
		w.votes(p.ID, 1)
	})
}

// Discord that is away is asked again, and not for each message.
func TestACountWaitsForDiscord(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var all []community.Prompt
		for n := range 10 {
			all = append(all, w.share(n, "400"))
		}
		settle(time.Minute)
		for _, p := range all {
			w.discord.voters[p.Result.Message] = []string{"401"}
		}
		w.discord.set(func() { w.discord.fails, w.discord.asked = errors.New("away"), 0 })
		w.now.Missed()
		settle(100 * time.Millisecond)
		w.discord.set(func() {
			if w.discord.asked != 3 {
				t.Errorf("asked %d times", w.discord.asked)
			}
			w.discord.fails = nil
		})
		settle(2 * time.Minute)
		for _, p := range all {
			w.votes(p.ID, 1)
		}
	})
}

// What is older than two weeks is counted no more, unless its contest runs.
func TestOldVotesAreLeft(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		old := w.share(1, "400")
		w.contest(30 * 24 * time.Hour)
		entry := w.share(2, "400")
		settle(15 * 24 * time.Hour)
		for _, p := range []community.Prompt{old, entry} {
			w.discord.voters[p.Result.Message] = []string{"401"}
		}
		w.now.Missed()
		settle(time.Minute)
		w.votes(old.ID, 0)
		w.votes(entry.ID, 1)
	})
}

// A live vote that comes while Run has ended is stored all the same.
func TestVotesNeedNoRun(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		p := w.share(1, "400")
		w.stop()
		w.star(p.Result, "100", "401", true, true)
		w.votes(p.ID, 1)
		if got := []string{p.Author}; !slices.Equal(got, []string{"400"}) {
			t.Errorf("by %v", got)
		}
	})
}
