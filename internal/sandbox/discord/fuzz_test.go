package discord

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzMessage: whatever is sent, it is refused or becomes a message that obeys
// the rules, can be shown, and can be sent back.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{card, `{"content":"a <@1> @here","nonce":1,"embeds":[{"title":"a"}],"attachments":[{"id":0}]}`,
		v2(`{"type":12,"items":[{"media":{"url":"attachment://a.png"}}]},{"type":13,"file":{"url":"attachment://a.png"}},{"type":14}`),
		v2(`{"type":9,"components":[{"type":10,"content":"a"}],"accessory":{"type":11,"media":{"url":"https://a.b"}}}`),
		v2(`{"type":1,"components":[{"type":3,"custom_id":"a","options":[{"label":"a","value":"b","emoji":{"name":"x"}}]}]}`),
		`{"flags":"32768","components":[null,[],{"type":1e3}]}`, `null`, `[]`} {
		f.Add([]byte(seed))
	}
	s, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	c, _, _ := s.world.channel(dreams)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b body
		if b.decode(raw) != nil {
			return
		}
		m, err := b.object()
		if err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		blank := s.newMessage(c, s.world.bot, s.world.people[0].joined)
		sent := []upload{{0, &file{ID: "7", Filename: "a.png"}}}
		fm := newForm()
		readNonce(fm, m)
		s.readReference(fm, m, blank)
		next, err := s.compose(fm, m, blank, sent, flagsOfAnswers)
		if err != nil {
			if _, err := json.Marshal(err.(*apiError).body()); err != nil {
				t.Error(err)
			}
			return
		}
		count, ids := 0, map[int]bool{}
		eachComponent(next.Components, func(c *Component) {
			count++
			if c.ID == 0 || ids[c.ID] {
				t.Errorf("component id %d", c.ID)
			}
			ids[c.ID] = true
		})
		if count > maxComponents || next.empty() {
			t.Errorf("%d components, empty %v", count, next.empty())
		}
		next.ID = "1"
		if _, err := json.Marshal(s.messageJSON(next)); err != nil {
			t.Error(err)
		}
	})
}

// FuzzCommands: what is accepted can be shown and found again.
func FuzzCommands(f *testing.F) {
	for _, seed := range []string{dreamCommand, `[{"name":"a","description":"b","options":[{"type":2,"name":"g","description":"b","options":[{"type":1,"name":"s","description":"b"}]}]}]`,
		`[{"type":2,"name":"Show"},{"name":"a","description":"b","default_member_permissions":"8","nsfw":true,"contexts":[0],"integration_types":[1]}]`,
		withOption(`"type":10,"min_value":-1e-7,"max_value":1e300,"choices":[{"name":"a","value":0.1}]`), withOption(`"type":4,"choices":[{"name":"a","value":9007199254740991}]`), `[{"name":"a","description":"b","options":[null,{"type":1}]}]`, `[1]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b body
		if b.decode(raw) != nil {
			return
		}
		list, ok := b.json.([]any)
		if !ok {
			return
		}
		fm := newForm()
		commands := readCommands(fm, list, true)
		if fm.failed() {
			return
		}
		s := &Server{world: newWorld(0)}
		if _, err := json.Marshal(s.commandsJSON(commands)); err != nil {
			t.Error(err)
		}
		for _, c := range commands {
			// A change of nothing changes nothing.
			if sent, err := s.asSent(c); err != nil {
				t.Error(err)
			} else if again := readCommand(fm, sent, true); fm.failed() || !cmp.Equal(c, again, cmpopts.EquateEmpty()) {
				t.Errorf("%+v became %+v: %v", c, again, fm.err())
			}
			if c.Name == "" || c.size() > maxCommand || len(c.Options) > maxOptions {
				t.Errorf("accepted %+v", c)
			}
		}
	})
}

// FuzzModal: what is accepted has fields that can be told apart.
func FuzzModal(f *testing.F) {
	f.Add([]byte(modal))
	f.Add([]byte(`{"data":{"custom_id":"a","title":"b","components":[{"type":1,"components":[{"type":1}]},null]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b body
		if b.decode(raw) != nil {
			return
		}
		o, _ := b.json.(object)
		data, _ := o["data"].(object)
		fm := newForm()
		m := readModal(fm, data)
		if fm.failed() {
			return
		}
		seen := map[string]bool{}
		for _, c := range m.inputs() {
			if c.CustomID == "" || seen[c.CustomID] {
				t.Errorf("a field %q", c.CustomID)
			}
			seen[c.CustomID] = true
			_, _ = fill(c, "a\nb", func(string) bool { return true })
		}
	})
}
