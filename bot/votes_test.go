package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dreambot/bot/gateway"
	"dreambot/internal/community"
	"dreambot/store"
)

// A vote goes from the gateway into the store, and back out of it.
func TestAReactionIsAVote(t *testing.T) {
	b := newBot(t, newDiscord(t), &heard{}, &bytes.Buffer{})
	b.self = "600"
	j := put(t, b.Commands.Store, store.StateCompleted, func(j *store.Job) { j.Message = "700" })
	if _, err := b.Commands.Store.Update(t.Context(), j.ID, func(j *store.Job) error {
		j.Upload = store.Upload{ID: "900", Name: "v.mp4"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Commands.Community.Share(t.Context(), get(t, b.Commands.Store, j.ID)); err != nil {
		t.Fatal(err)
	}
	happens := func(event, member string) {
		b.handle(gateway.Event{Type: event, Data: fmt.Appendf(nil, `{"user_id":%q,"channel_id":"200","message_id":"700","guild_id":"100","emoji":{"name":"🌟"}}`, member)})
		b.handlers.Wait()
	}
	expect := func(want int) {
		t.Helper()
		p, err := b.Commands.Community.Store.Prompt(t.Context(), "100", j.ID)
		if err != nil || p.Votes != want {
			t.Errorf("%d votes, want %d, %v", p.Votes, want, err)
		}
	}
	happens("MESSAGE_REACTION_ADD", "401")
	happens("MESSAGE_REACTION_ADD", "402")
	happens("MESSAGE_REACTION_ADD", "600") // its own
	expect(2)
	happens("MESSAGE_REACTION_REMOVE", "401")
	expect(1)
	happens("MESSAGE_REACTION_REMOVE_EMOJI", "")
	expect(0)
	happens("MESSAGE_REACTION_ADD", "401")
	b.handle(gateway.Event{Type: "MESSAGE_REACTION_REMOVE_ALL", Data: []byte(`{"channel_id":"200","message_id":"700","guild_id":"100"}`)})
	b.handlers.Wait()
	expect(0)
}

// missing counts how often votes may have been missed.
type missing struct{ n int }

func (m *missing) Missed() { m.n++ }

// A session that begins may have missed votes, and one that is resumed has not.
func TestANewSessionMayHaveMissedVotes(t *testing.T) {
	b := newBot(t, newDiscord(t), &heard{}, &bytes.Buffer{})
	b.handle(gateway.Event{Type: "READY", Data: []byte(`{}`)}) // nobody wants to know
	m := &missing{}
	b.Votes = m
	for _, event := range []string{"READY", "RESUMED", "GUILD_CREATE", "READY"} {
		b.handle(gateway.Event{Type: event, Data: []byte(`{}`)})
	}
	if m.n != 2 {
		t.Errorf("told %d times", m.n)
	}
}

// Where a server wants no extensions by reactions, nobody is invited to them.
func TestNobodyIsInvitedWhereReactionsAreOff(t *testing.T) {
	for _, off := range []bool{false, true} {
		d, s := newDiscord(t), newStore(t)
		c := shared(t, s, nil)
		if _, err := c.Store.SetSettings(t.Context(), "100", func(r *community.Settings) error { r.Reaction.Off = off; return nil }); err != nil {
			t.Fatal(err)
		}
		j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = d.URL + "/film/v.mp4" })
		e := newInviting(t, d, s)
		e.Rules = c
		edit(t, e, j.ID)
		if got := slices.Contains(d.routes(), "PUT reaction"); got == off || get(t, s, j.ID).Due() {
			t.Errorf("off %v: asked for %v", off, d.routes())
		}
	}
}

// rulesAway are rules that cannot be read.
type rulesAway struct{}

func (rulesAway) Settings(context.Context, string) (community.Settings, error) {
	return community.Settings{}, errors.New("the disk is slow")
}

// What is not known is asked again, and nobody is invited meanwhile.
func TestAnInvitationWaitsForTheRules(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = d.URL + "/film/v.mp4" })
	e := newInviting(t, d, s)
	e.Rules = rulesAway{}
	if wait := edit(t, e, j.ID); wait == 0 || slices.Contains(d.routes(), "PUT reaction") || !get(t, s, j.ID).Due() {
		t.Errorf("it waits %v; asked for %v", wait, d.routes())
	}
}

// A contest learns which message has told of it.
func TestAContestKnowsItsMessage(t *testing.T) {
	var log bytes.Buffer
	d := newDiscord(t)
	d.on("POST callback", says(200, `{"resource":{"type":4,"message":{"id":"740","channel_id":"200"}}}`))
	b := newBot(t, d, &heard{}, &log)
	b.handle(gateway.Event{Type: "INTERACTION_CREATE", Data: []byte(`{"id":"500","application_id":"600","type":2,"token":"aToken","guild_id":"100","channel_id":"200",
		"member":{"user":{"id":"400"},"permissions":"8192"},"locale":"en-US","data":{"name":"contest","options":[{"type":1,"name":"start","options":[
		{"name":"theme","type":3,"value":"boats"},{"name":"ends","type":3,"value":"2h"}]}]}}`)})
	b.handlers.Wait()
	c, err := b.Commands.Community.Store.Running(t.Context(), "100")
	if err != nil || c.Message != "740" || c.Theme != "boats" {
		t.Errorf("it is %+v, %v; log:\n%s", c, err, log.String())
	}
	if text := d.requests()[0].text(t); !strings.Contains(text, `"flags":32768`) || !strings.Contains(text, "boats") {
		t.Errorf("everybody reads %s", text)
	}
}

// What was changed without a word of each job is drawn anew all the same.
func TestWhatIsDueIsRedrawn(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	put(t, s, store.StateFailed, nil)
	if err := e.Redraw(t.Context()); err != nil || e.agenda.Len() != 1 || !e.quiet.IsZero() {
		t.Errorf("%d are to be looked at, %v", e.agenda.Len(), err)
	}
}
