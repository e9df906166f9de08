package main

import (
	"strings"
	"testing"

	"dreambot/internal/sandbox/discord"
)

// The bot is killed as soon as it has confirmed something, and started again: a
// vote, a share, a limit, a setting and a contest are as they were confirmed.
func TestWhatWasConfirmedSurvivesKilling(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	kill := w.spawn()
	again := func() {
		t.Helper()
		kill()
		w.offline()
		kill = w.spawn()
	}
	w.settles(ada, dreams, "sharing", "showcase", general)
	again()
	w.card(w.types(omar, general, "contest start", given("theme", "what survives"), given("ends", "3d")))
	again()
	boat := w.dreamt(ada, dreams, "a boat that survives")
	w.told(w.does(ada, boat, "share"), ada)
	again()
	post := w.shownIn(general, "a boat that survives")
	w.reacts(ben, boat, star)
	w.votes("survives", "1")
	again()
	w.votes("survives", "1")
	w.settles(ada, dreams, "limits", "memberdreams", "1")
	again()
	// Not during the paid call: one that nobody can tell about is given back.
	only := w.replies(ben, dreams, "dream", given("prompt", "the only one today"))
	w.shows(only.ID, "Luma has it")
	again()
	w.comeBack(w.types(ben, dreams, "dream", given("prompt", "one too many")), ben)
	w.comeBack(w.types(ada, dreams, "dream", given("prompt", "one too many of Ada's")), ada)
	gone := w.disappears(post.ID)
	w.told(w.forges(ada, boat, "1:withdraw:"+job(t, boat)), ada)
	again()
	gone()
	w.types(omar, general, "contest stop")
	again()
	w.announced(general, "what survives")
	again()
	w.card(w.types(omar, general, "contest start", given("theme", "the next"), given("ends", "3d")))
	announced, posts := 0, 0
	for _, m := range w.box.Discord.Messages(general) {
		if m.InteractionID == "" && strings.Contains(says(&m), "🏆") {
			announced++
		}
		if m.InteractionID == "" && strings.Contains(says(&m), "a boat that survives") && !strings.Contains(says(&m), "🏆") {
			posts++
		}
	}
	if announced != 1 || posts != 0 {
		t.Errorf("%d announcements, want 1; %d posts, want 0", announced, posts)
	}
}
