package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What nobody knows today is handed on, or passed over; the connection stays.
func TestWhatIsUnknownOrOddDoesNotEndTheConnection(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		say  string
		want *Event // nil: nothing is handed on
	}{
		"an unknown event":              {`{"op":0,"s":2,"t":"SOMETHING_NEW","d":{"a":1}}`, &Event{"SOMETHING_NEW", []byte(`{"a":1}`)}},
		"an event with null data":       {`{"op":0,"s":2,"t":"GUILD_CREATE","d":null}`, &Event{"GUILD_CREATE", []byte(`null`)}},
		"an event without data":         {`{"op":0,"s":2,"t":"GUILD_CREATE"}`, &Event{"GUILD_CREATE", []byte(`null`)}},
		"an event whose data is a list": {`{"op":0,"s":2,"t":"VOICE_STATE_UPDATE","d":[null]}`, &Event{"VOICE_STATE_UPDATE", []byte(`[null]`)}},
		"an event that discordgo reads": {`{"op":0,"s":2,"t":"INTERACTION_CREATE","d":{"type":2,"data":7}}`, &Event{"INTERACTION_CREATE", []byte(`{"type":2,"data":7}`)}},
		"an unknown component type": {`{"op":0,"s":2,"t":"INTERACTION_CREATE","d":{"type":3,"data":{"component_type":99}}}`,
			&Event{"INTERACTION_CREATE", []byte(`{"type":3,"data":{"component_type":99}}`)}},
		"an event without a name":       {`{"op":0,"s":2,"d":{}}`, &Event{"", []byte(`{}`)}},
		"an event without a sequence":   {`{"op":0,"t":"X","d":{}}`, &Event{"X", []byte(`{}`)}},
		"a READY that is null":          {`{"op":0,"s":2,"t":"READY","d":null}`, &Event{"READY", []byte(`null`)}},
		"an unknown opcode":             {`{"op":99,"d":{}}`, nil},
		"an opcode below zero":          {`{"op":-1}`, nil},
		"an opcode of clients":          {`{"op":2,"d":{"token":"x"}}`, nil},
		"a second HELLO":                {`{"op":10,"d":{"heartbeat_interval":1}}`, nil},
		"an ACK that was not asked for": {`{"op":11,"d":7}`, nil},
		"fields that nobody knows":      {`{"op":11,"x":{"y":[{}]}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false)
			b := start(t, s, nil)
			p := s.accept()
			p.ready("abc")
			b.event("READY")
			p.send("%s", tc.say)
			p.send(`{"op":0,"s":9,"t":"AFTER","d":{}}`)
			if tc.want != nil {
				if got := b.event(tc.want.Type); string(got.Data) != string(tc.want.Data) {
					t.Errorf("data %s, want %s", got.Data, tc.want.Data)
				}
			}
			b.event("AFTER")
			if !b.Ready() {
				t.Error("it is not ready")
			}
			// The session is still known, and where it is.
			p.send(`{"op":7}`)
			s.accept().resumed("abc", 9)
			b.event("RESUMED")
			b.stop()
		})
	}
}

func TestALargeMessageWithinTheBoundIsHandedOn(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	b := start(t, s, nil)
	p := s.accept()
	p.ready("abc")
	b.event("READY")
	const size = 4 << 20
	p.send(`{"op":0,"s":2,"t":"GUILD_CREATE","d":%q}`, strings.Repeat("x", size))
	if got := b.event("GUILD_CREATE"); len(got.Data) != size+2 {
		t.Errorf("%d bytes, want %d", len(got.Data), size+2)
	}
	b.stop()
}

func TestFewStartsLeftAreWaitedForBeforeTheNextIdentify(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	asked := 0
	answers := []string{
		`{"remaining":3,"reset_after":40}`,       // its share of the time is waited
		`{"remaining":0,"reset_after":20}`,       // all of it, even so
		`{"remaining":3,"reset_after":36000000}`, // now it has waited
	}
	s.ask = func(w http.ResponseWriter, _ *http.Request) {
		s.addressAnd(w, answers[min(asked, len(answers)-1)])
		asked++
	}
	b := start(t, s, nil)
	s.accept().ready("abc")
	b.event("READY")
	b.stop()
	if asked != len(answers) {
		t.Errorf("asked %d times, want %d", asked, len(answers))
	}
	for _, left := range []int{0, 3} {
		if want := fmt.Sprintf("%d more sessions today", left); !strings.Contains(b.log.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}
