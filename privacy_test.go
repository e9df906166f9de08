package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"dreambot/internal/sandbox/discord"
)

// file is what a private answer carries.
func (w *world) file(o discord.Outcome, user string) []byte {
	w.t.Helper()
	m := w.told(o, user)
	if len(m.Attachments) == 0 {
		w.t.Fatalf("no file with:\n%s", says(&m))
	}
	data := fetched(w.t, m.Attachments[0].URL)
	if data == nil {
		w.t.Fatal("the file cannot be fetched")
	}
	return data
}

func TestExportHoldsOnesOwnAndNobodyElses(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	mine := w.shared(ada, dreams, "what Ada has dreamed")
	w.shared(ben, dreams, "what Ben has dreamed")
	w.reacts(ada, mine, star)
	w.votes("what Ada", "1")
	w.dreamt(ada, workshop, "what Ada dreams elsewhere")
	here := w.file(w.types(ada, dreams, "export"), ada)
	everywhere := w.file(w.types(ada, w.box.Discord.DirectChannel(ada), "export"), ada)
	for _, data := range [][]byte{here, everywhere} {
		var parsed map[string]any
		if err := json.Unmarshal(data, &parsed); err != nil {
			t.Errorf("not JSON: %v", err)
		}
		if !bytes.Contains(data, []byte("what Ada has dreamed")) || bytes.Contains(data, []byte("what Ben")) {
			t.Errorf("it holds:\n%s", data)
		}
		for _, secret := range w.calls.tokens() {
			if bytes.Contains(data, []byte(secret)) {
				t.Error("a token stands in it")
			}
		}
	}
	if bytes.Contains(here, []byte("elsewhere")) || !bytes.Contains(everywhere, []byte("elsewhere")) {
		t.Error("a server's holds another's, or that of direct messages does not")
	}
}

func TestForgetTakesOneOutOfEverything(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.settles(ada, dreams, "sharing", "showcase", general)
	boat := w.shared(mei, dreams, "a boat to be forgotten")
	post := w.shownIn(general, "a boat to be forgotten")
	others := w.shared(ben, dreams, "a boat that stays")
	w.reacts(mei, others, star)
	w.votes("that stays", "1")
	w.reacts(mei, others, fastForward)
	carried := w.answers(others, "Queued")
	again := w.card(w.does(ben, boat, "again"))
	w.told(w.types(mei, dreams, "forget"), mei)

	// Not while something of theirs is under way.
	question := w.told(w.types(mei, dreams, "forget"), mei)
	if pressable(question, "forget") != "" {
		w.told(w.does(mei, question, "forget"), mei)
	}
	for _, g := range w.box.Luma.Generations() {
		if g.State != "completed" {
			w.box.Luma.Release()
		}
	}
	w.shows(carried.ID, "Completed")
	w.shows(again.ID, "Completed", "<@"+mei+">")
	question = w.told(w.types(mei, dreams, "forget"), mei)
	gone := w.disappears(post.ID)
	w.told(w.does(mei, question, "forget"), mei)
	gone()
	w.shows(boat.ID, "已离开的成员")
	w.shows(again.ID, "a former member")
	w.shows(carried.ID, "a former member")
	w.votes("that stays", "0")
	w.end()
	for _, m := range []discord.Message{boat, again, carried} {
		for _, now := range w.box.Discord.Messages(dreams) {
			if now.ID == m.ID && strings.Contains(says(&now), mei) {
				t.Errorf("it names who is forgotten:\n%s", says(&now))
			}
		}
	}
}
