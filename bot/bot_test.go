package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/bot/gateway"
	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/luma"
	"dreambot/store"
)

// heard is a Tracker that takes every job and remembers what it is told.
type heard struct {
	mu     sync.Mutex
	panics bool
	fails  error
	told   []string
}

func (h *heard) Submit(_ context.Context, j store.Job) (store.Job, error) {
	if h.panics {
		panic("the line is broken")
	}
	if h.fails != nil {
		return store.Job{}, h.fails
	}
	return store.Admit(j)
}

func (h *heard) Cancel(_ context.Context, id, _ string) error {
	h.say("cancel %s", id)
	return nil
}

func (h *heard) Remove(_ context.Context, id string) error {
	h.say("remove %s", id)
	return nil
}

func (h *heard) React(_ context.Context, id, member string, wishes bool) (store.Job, error) {
	h.say("react %s %s %v", id, member, wishes)
	return store.Job{}, nil
}

func (h *heard) Link(context.Context, store.Job) (string, error) { return "", nil }

func (h *heard) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, fmt.Sprintf(format, args...))
}

func (h *heard) Answered(_ context.Context, _, message string, shown int64) error {
	h.say("answered by %s at %d", message, shown)
	return nil
}

func (h *heard) Unanswered(context.Context, string) error {
	h.say("unanswered")
	return nil
}

func (h *heard) Doubtful(string) { h.say("doubtful") }

func newBot(t testing.TB, d *discord, h *heard, log *bytes.Buffer) *Bot {
	t.Helper()
	c := catalog(t)
	data := newStore(t)
	set := commands.New(commands.Config{Store: data, Submitter: h, Community: shared(t, data, nil), Catalog: c,
		Capabilities: luma.Capabilities{PromptMin: 1, PromptMax: 100}})
	return New(Config{REST: d.rest(), Commands: set, Tracker: h, Catalog: c,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
}

func event(kind int, data string) gateway.Event {
	return gateway.Event{Type: "INTERACTION_CREATE", Data: fmt.Appendf(nil, `{"id":"500","application_id":"600","type":%d,
		"token":"aToken","guild_id":"100","channel_id":"200","member":{"user":{"id":"400"}},"locale":"en-US","data":%s}`, kind, data)}
}

const dreamData = `{"name":"dream","options":[{"name":"prompt","type":3,"value":"a boat"}]}`

// What Discord says to the first reply decides whether the job lives.
func TestTheTrackerHearsWhatBecameOfTheFirstReply(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"accepted":             {200, `{"interaction":{},"resource":{"type":4,"message":{"id":"700","channel_id":"200"}}}`, "answered by 700 at 1"},
		"accepted, no message": {200, `{"interaction":{}}`, "doubtful"},
		"accepted, no body":    {204, ``, "doubtful"},
		"too late":             {404, `{"message":"Unknown interaction","code":10062}`, "unanswered"},
		"not understood":       {400, `{"message":"Invalid Form Body","code":50035}`, "unanswered"},
		"answered already":     {400, `{"message":"Interaction has already been acknowledged.","code":40060}`, "unanswered"},
		"in trouble":           {502, `<html>bad gateway</html>`, "doubtful"},
	} {
		d, h := newDiscord(t), &heard{}
		d.on("POST callback", says(c.status, c.body))
		b := newBot(t, d, h, &bytes.Buffer{})
		b.handle(event(2, dreamData))
		b.handlers.Wait()
		if got := strings.Join(h.told, ", "); got != c.want {
			t.Errorf("%s: the tracker hears %q, want %q", name, got, c.want)
		}
	}
}

// Whatever comes in, the process lives, the person gets an answer where there
// is one to give, and no token is logged.
func TestNoInteractionEndsTheProcess(t *testing.T) {
	for name, c := range map[string]struct {
		event  gateway.Event
		panics bool
		want   string // part of the answer; empty: none is given
	}{
		"a handler panics":           {event(2, dreamData), true, "went wrong on our side"},
		"a command nobody knows":     {event(2, `{"name":"drown"}`), false, "is out of date"},
		"a component nobody knows":   {event(3, `{"custom_id":"2:x:y","component_type":99}`), false, "is out of date"},
		"a modal of newer parts":     {event(5, `{"custom_id":"zzz","components":[{"type":18,"component":{"type":99}}]}`), false, "is out of date"},
		"a kind nobody knows":        {event(77, `{}`), false, "is out of date"},
		"data that is none":          {event(2, `[1,2]`), false, "went wrong on our side"},
		"no data":                    {event(3, `null`), false, "is out of date"},
		"a payload that is none":     {gateway.Event{Type: "INTERACTION_CREATE", Data: []byte(`"aToken"`)}, false, ""},
		"another event":              {gateway.Event{Type: "TYPING_START", Data: []byte(`{}`)}, false, ""},
		"completion of nothing":      {event(4, `{"name":"drown","options":[{"name":"x","focused":true}]}`), false, `"choices":[]`},
		"completion that is no data": {event(4, `7`), false, `"choices":[]`},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			d := newDiscord(t)
			b := newBot(t, d, &heard{panics: c.panics}, &log)
			b.handle(c.event)
			b.handlers.Wait()
			got := d.requests()
			if (len(got) == 1) != (c.want != "") {
				t.Fatalf("%d answers", len(got))
			}
			if len(got) == 1 {
				body, err := json.Marshal(got[0].body)
				if err != nil || !strings.Contains(string(body), c.want) {
					t.Errorf("it answers %s, %v", body, err)
				}
			}
			if strings.Contains(log.String(), "aToken") {
				t.Errorf("the token is logged:\n%s", log.String())
			}
		})
	}
}

func TestBeyondItsRoomTheBotDropsInteractions(t *testing.T) {
	var log bytes.Buffer
	d := newDiscord(t)
	b := newBot(t, d, &heard{}, &log)
	for range maxHandlers {
		b.room <- struct{}{}
	}
	b.handle(event(2, dreamData))
	b.handlers.Wait()
	if len(d.requests()) != 0 || !strings.Contains(log.String(), "too many at once") {
		t.Errorf("%d answers; log:\n%s", len(d.requests()), log.String())
	}
}

func TestTheInviteAsksForTheLeastPermissions(t *testing.T) {
	// 64 + 1024 + 2048 + 16384 + 32768 + 65536 + 274877906944
	want := "https://discord.com/oauth2/authorize?client_id=600&permissions=274878024768&scope=bot+applications.commands"
	if got := invite("600"); got != want {
		t.Errorf("invite = %s, want %s", got, want)
	}
}

// What a button leads to decides how the interaction is answered.
func TestEachAnswerHasItsResponse(t *testing.T) {
	b := newBot(t, newDiscord(t), &heard{}, &bytes.Buffer{})
	question := reply.DeleteQuestion(b.Catalog.For("en-US"), store.Job{ID: "d0abcdefghijklmnopqr", State: store.StateCompleted})
	modal := reply.Modal{CustomID: "1:extend:d0abcdefghijklmnopqr"}
	news := reply.ContestOpened(b.Catalog.For("en-US"), community.Contest{Theme: "boats"})
	for name, c := range map[string]struct {
		answer commands.Answer
		err    error
		want   string // how the response begins
		part   string
	}{
		"the card is edited by itself": {commands.Answer{Deferred: true}, nil, `{"type":6}`, ``},
		"a question":                   {commands.Answer{Notice: &question}, nil, `{"type":4,"data":{"flags":32832,`, `"custom_id":"1:remove:d0abcdefghijklmnopqr"`},
		"in the question's place":      {commands.Answer{Notice: &question, Replace: true}, nil, `{"type":7,"data":{"flags":32768,`, `"components":[`},
		"news for everybody":           {commands.Answer{Public: &news}, nil, `{"type":4,"data":{"flags":32768,`, `boats`},
		"a modal":                      {commands.Answer{Modal: &modal}, nil, `{"type":9,`, `1:extend:`},
		"a mistake":                    {commands.Answer{}, &commands.Refusal{Key: "refusal.unknown"}, `{"type":4,"data":{"flags":32832,`, `out of date`},
		"a bound that ends at a time": {commands.Answer{}, &commands.Refusal{Key: "refusal.busy", Args: i18n.Args{"Max": 5, "Time": time.Unix(1_800_000_000, 0)}},
			`{"type":4,"data":{"flags":32832,`, `\u003ct:1800000000:R\u003e`},
		"a fault of ours that is told": {commands.Answer{}, &commands.Refusal{Key: "refusal.unstored", Err: errors.New("disk full")}, `{"type":4,"data":{"flags":32832,`, `could not be stored`},
		"a fault of ours":              {commands.Answer{}, errors.New("disk full"), `{"type":4,"data":{"flags":32832,`, `our side`},
	} {
		body, err := json.Marshal(b.response(commands.Interaction{Kind: commands.KindComponent, Locale: "en-US"}, c.answer, c.err))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(body); !strings.HasPrefix(got, c.want) || !strings.Contains(got, c.part) || strings.Contains(got, "disk full") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if question.Flags&reply.FlagEphemeral == 0 {
		t.Error("answering changes the question")
	}
}

// What the person is told of a fault of ours, the operator reads the cause of.
func TestAFaultThatAPersonIsToldOfIsLogged(t *testing.T) {
	var log bytes.Buffer
	d := newDiscord(t)
	b := newBot(t, d, &heard{fails: errors.New("disk full")}, &log)
	b.handle(event(2, dreamData))
	b.handlers.Wait()
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "disk full") {
		t.Errorf("the log has\n%s", log.String())
	}
}
