package sandbox_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

const commands = `[{"name":"dream","description":"Make a video","options":[
	{"type":3,"name":"prompt","description":"What it shows","required":true},
	{"type":3,"name":"video","description":"Which one","autocomplete":true},
	{"type":11,"name":"image","description":"First frame"}]}]`

// respond is a bot that knows all the ways of answering.
func respond(i interaction) any {
	type m = map[string]any
	switch {
	case i.Type == 4:
		return m{"type": 8, "data": m{"choices": []m{{"name": "A boat", "value": "job"}}}}
	case i.Type == 5:
		return m{"type": 4, "data": m{"content": "sent off"}}
	case i.Type == 3 && i.Data.CustomID == "open":
		return m{"type": 9, "data": m{"title": "Extend", "custom_id": "dialog", "components": []m{
			{"type": 18, "label": "What next?", "component": m{"type": 4, "custom_id": "prompt", "style": 2}}}}}
	case i.Data.Options[0].Value == "silence":
		return nil
	}
	return m{"type": 4, "data": m{"flags": 1 << 15, "components": []m{
		{"type": 10, "content": i.Data.Options[0].Value},
		{"type": 1, "components": []m{{"type": 2, "style": 1, "label": "Open", "custom_id": "open"}}}}}}
}

// page is what a person's browser does.
type page struct {
	t       *testing.T
	s       *sandbox.Sandbox
	client  *http.Client
	user    string
	channel string
}

func open(t *testing.T, s *sandbox.Sandbox) page {
	p := page{t: t, s: s, client: browser(t)}
	var state discord.State
	p.get("/sandbox/state", &state)
	p.user, p.channel = state.Users[0].ID, state.Guilds[0].Channels[0].ID
	return p
}

func (p page) get(path string, into any) {
	p.t.Helper()
	resp, body := do(p.t, p.client, "GET", p.s.URL()+path, "")
	if resp.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d %s", path, resp.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		p.t.Fatal(err)
	}
}

// post sends JSON that is written by hand, as the page's script does.
func (p page) post(path, body string) (int, discord.Outcome, string) {
	p.t.Helper()
	resp, text := do(p.t, p.client, "POST", p.s.URL()+path, body, "Content-Type", "application/json", "Origin", p.s.URL())
	var outcome discord.Outcome
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(text), &outcome); err != nil {
			p.t.Fatal(err)
		}
	}
	return resp.StatusCode, outcome, text
}

func (p page) put(t *testing.T, path, body string, want int) {
	t.Helper()
	resp, text := do(t, p.client, "PUT", p.s.URL()+path, body, "Content-Type", "application/json")
	if resp.StatusCode != want {
		t.Fatalf("PUT %s %s: %d %s", path, body, resp.StatusCode, text)
	}
}

func (p page) invocation(options, rest string) string {
	return `{"user":"` + p.user + `","channel":"` + p.channel + `","command":"dream","options":[` + options + `]` + rest + `}`
}

func TestAPersonCanDoAllThatTheChatOffers(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	runBot(t, s, commands, respond)
	p := open(t, s)

	var file discord.Attachment
	resp, body := do(t, p.client, "POST", s.URL()+"/sandbox/uploads?filename="+url.QueryEscape("a boat.png"), picture(t), "Content-Type", "image/png")
	if err := json.Unmarshal([]byte(body), &file); err != nil || resp.StatusCode != http.StatusOK || file.Width != 4 {
		t.Fatalf("upload: %d %s %v", resp.StatusCode, body, err)
	}
	resp, got := do(t, p.client, "GET", file.URL, "")
	if resp.StatusCode != http.StatusOK || got != picture(t) {
		t.Errorf("the upload is not served: %d", resp.StatusCode)
	}
	status, outcome, text := p.post("/sandbox/autocomplete", p.invocation(`{"name":"prompt","value":"a"},{"name":"video","value":"b"}`, `,"focused":"video"`))
	if status != 200 || outcome.Kind != discord.OutcomeChoices || len(outcome.Choices) != 1 || outcome.Choices[0].Value != "job" {
		t.Errorf("autocomplete: %d %s", status, text)
	}
	status, outcome, text = p.post("/sandbox/commands", p.invocation(`{"name":"prompt","value":"a boat"},{"name":"image","value":"`+file.ID+`"}`, ""))
	if status != 200 || outcome.Kind != discord.OutcomeMessage || outcome.Message == nil || outcome.Message.Components[0].Content != "a boat" {
		t.Fatalf("command: %d %s", status, text)
	}
	status, outcome, text = p.post("/sandbox/components", `{"user":"`+p.user+`","message":"`+outcome.Message.ID+`","custom_id":"open"}`)
	if status != 200 || outcome.Kind != discord.OutcomeModal || outcome.Modal == nil || outcome.Modal.Title != "Extend" {
		t.Fatalf("component: %d %s", status, text)
	}
	status, outcome, text = p.post("/sandbox/modals", `{"user":"`+p.user+`","modal":"`+outcome.Modal.ID+`","values":{"prompt":"on"}}`)
	if status != 200 || outcome.Kind != discord.OutcomeMessage || outcome.Message.Content != "sent off" {
		t.Errorf("modal: %d %s", status, text)
	}
}

func TestSilenceOfTheBotIsAnOutcome(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{Limits: discord.Limits{Ack: time.Millisecond}})
	runBot(t, s, commands, respond)
	p := open(t, s)
	status, outcome, text := p.post("/sandbox/commands", p.invocation(`{"name":"prompt","value":"silence"}`, ""))
	if status != 200 || outcome.Kind != discord.OutcomeNone {
		t.Errorf("%d %s", status, text)
	}
}

func TestWhatAClientWouldNotSendIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	runBot(t, s, commands, respond)
	p := open(t, s)
	for name, c := range map[string]struct {
		path, body string
		want       int
	}{
		"unknown command":   {"/sandbox/commands", `{"user":"` + p.user + `","channel":"` + p.channel + `","command":"nothing","options":[]}`, 404},
		"unknown person":    {"/sandbox/commands", `{"user":"1","channel":"` + p.channel + `","command":"dream","options":[]}`, 404},
		"required left out": {"/sandbox/commands", p.invocation("", ""), 400},
		"unknown message":   {"/sandbox/components", `{"user":"` + p.user + `","message":"1","custom_id":"open"}`, 404},
		"unknown modal":     {"/sandbox/modals", `{"user":"` + p.user + `","modal":"1","values":{}}`, 404},
		"unknown field":     {"/sandbox/commands", `{"usr":"1"}`, 400},
		"two values":        {"/sandbox/modals", `{}{}`, 400},
		"half of JSON":      {"/sandbox/modals", `{`, 400},
		"too much":          {"/sandbox/commands", p.invocation(`{"name":"prompt","value":"`+strings.Repeat("a", 256<<10)+`"}`, ""), 413},
	} {
		status, _, text := p.post(c.path, c.body)
		var e struct{ Error string }
		if err := json.Unmarshal([]byte(text), &e); err != nil || status != c.want || e.Error == "" {
			t.Errorf("%s: %d %s, want %d", name, status, text, c.want)
		}
	}
	if resp, text := do(t, p.client, "POST", s.URL()+"/sandbox/commands", p.invocation("", ""), "Content-Type", "text/plain"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a form's content type: %d %s", resp.StatusCode, text)
	}
}

func picture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestUploads(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	c := browser(t)
	form := func(field, name string) (string, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if err := w.WriteField("note", "first"); err != nil {
			t.Fatal(err)
		}
		if name != "" {
			part, err := w.CreateFormFile(field, name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write([]byte(picture(t))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String(), w.FormDataContentType()
	}
	whole, wholeType := form("file", "a.png")
	none, noneType := form("", "")
	for name, test := range map[string]struct {
		query, body, media string
		want               int
	}{
		"a form":            {"", whole, wholeType, 200},
		"a form without":    {"", none, noneType, 400},
		"a form in pieces":  {"", whole[:60], wholeType, 400},
		"no name":           {"", picture(t), "image/png", 400},
		"too large":         {"?filename=a.png", strings.Repeat("a", 25<<20+1), "image/png", 413},
		"as a body of 1 MB": {"?filename=a.txt", strings.Repeat("a", 1<<20), "text/plain", 200},
	} {
		resp, body := do(t, c, "POST", s.URL()+"/sandbox/uploads"+test.query, test.body, "Content-Type", test.media)
		if resp.StatusCode != test.want {
			t.Errorf("%s: %d %s, want %d", name, resp.StatusCode, body, test.want)
		}
	}
}

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	runBot(t, s, commands, respond)
	p := open(t, s)
	status, _, outcome := p.post("/sandbox/commands", p.invocation(`{"name":"prompt","value":"a boat"}`, ""))
	if status != 200 {
		t.Fatalf("command: %d", status)
	}
	env := s.Environ()
	_, state := do(t, p.client, "GET", s.URL()+"/sandbox/state", "")
	shown := []string{outcome, state}
	stream := p.events("", "")
	for range 2 { // everything, and what is behind the scenes
		shown = append(shown, stream.next().data)
	}
	for _, shown := range shown {
		for _, name := range []string{"DISCORD_TOKEN", "LUMA_API_KEY"} {
			if strings.Contains(shown, env[name]) {
				t.Errorf("%s is shown", name)
			}
		}
		if strings.Contains(shown, `"token"`) {
			t.Error("an interaction's token is shown")
		}
	}
}
