package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// generate asks Luma's stand-in for a video, as a bot does.
func generate(t *testing.T, s *sandbox.Sandbox, client *http.Client) {
	t.Helper()
	resp, text := do(t, client, "POST", s.URL()+"/luma/generations", `{"user_prompt":"a boat"}`,
		"Content-Type", "application/json", "Authorization", "Bearer "+s.Environ()["LUMA_API_KEY"])
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
}

func TestGenerationsAreMovedByHand(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	p := open(t, s)
	p.put(t, "/sandbox/pace", `{"held":true}`, http.StatusOK)
	generate(t, s, p.client)
	generate(t, s, p.client)
	var list []luma.Generation
	if p.get("/sandbox/generations", &list); len(list) != 2 || list[0].State != "queued" {
		t.Fatalf("generations: %+v", list)
	}
	step := func(id, body string, want int) {
		t.Helper()
		if resp, text := do(t, p.client, "POST", s.URL()+"/sandbox/generations/"+id, body, "Content-Type", "application/json"); resp.StatusCode != want {
			t.Errorf("%s %s: %d %s, want %d", id, body, resp.StatusCode, text, want)
		}
	}
	step(list[0].ID, `{}`, http.StatusNoContent)
	step(list[0].ID, `{}`, http.StatusNoContent)
	step(list[0].ID, `{}`, http.StatusBadRequest)
	step(list[1].ID, `{"failure":"out of paint"}`, http.StatusNoContent)
	step("luma_gen_none", `{}`, http.StatusNotFound)
	if p.get("/sandbox/generations", &list); list[0].State != "completed" || list[1].Failure != "out of paint" {
		t.Errorf("generations: %+v", list)
	}
	for _, bad := range []string{`{"queued":-1}`, `{"dreaming":100000000000}`, `{"held":null}`, `{"speed":1}`, `{"queued":"2s"}`} {
		p.put(t, "/sandbox/pace", bad, http.StatusBadRequest)
	}
	p.put(t, "/sandbox/pace", `{"dreaming":250,"held":false}`, http.StatusOK)
	if queued, dreaming := s.Luma.Pace(); queued != 0 || dreaming.Milliseconds() != 250 || s.Luma.Held() {
		t.Errorf("the pace is %v and %v", queued, dreaming)
	}
}

func TestWaitingForAMessage(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	runBot(t, s, commands, respond)
	p := open(t, s)
	_, outcome, _ := p.post("/sandbox/commands", p.invocation(`{"name":"prompt","value":"a boat sails"}`, ""))
	var m discord.Message
	resp, text := do(t, p.client, "POST", s.URL()+"/sandbox/wait", `{"channel":"`+p.channel+`","says":["boat","[Open]"]}`, "Content-Type", "application/json")
	if err := json.Unmarshal([]byte(text), &m); err != nil || resp.StatusCode != http.StatusOK || m.ID != outcome.Message.ID {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	for body, want := range map[string]int{
		`{"says":["a ship"],"seconds":0.05}`:                     http.StatusGatewayTimeout,
		`{"message":"` + m.ID + `","video":true,"seconds":0.05}`: http.StatusGatewayTimeout,
		`{"reply_to":"1","seconds":0.05}`:                        http.StatusGatewayTimeout,
		`{"message":"` + m.ID + `"}`:                             http.StatusOK,
		`{"seconds":121}`:                                        http.StatusBadRequest,
		`{"seconds":-1}`:                                         http.StatusBadRequest,
		`{"text":"a boat"}`:                                      http.StatusBadRequest,
	} {
		if resp, text := do(t, p.client, "POST", s.URL()+"/sandbox/wait", body, "Content-Type", "application/json"); resp.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", body, resp.StatusCode, text, want)
		}
	}
}

// runner notes what the bot is to do.
type runner struct{ did []string }

func (r *runner) Do(_ context.Context, act string) error {
	r.did = append(r.did, act)
	return nil
}

func TestTheBotAndItsGatewayAreDisturbed(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	p := open(t, s)
	post := func(path, body string, want int) {
		t.Helper()
		if resp, text := do(t, p.client, "POST", s.URL()+path, body, "Content-Type", "application/json"); resp.StatusCode != want {
			t.Errorf("%s %s: %d %s, want %d", path, body, resp.StatusCode, text, want)
		}
	}
	post("/sandbox/bot", `{"do":"restart"}`, http.StatusBadRequest) // nobody runs it
	r := &runner{}
	s.RunBy(r)
	for _, act := range sandbox.Acts() {
		post("/sandbox/bot", `{"do":"`+act+`"}`, http.StatusNoContent)
	}
	post("/sandbox/bot", `{"do":"dance"}`, http.StatusBadRequest)
	if !slices.Equal(r.did, sandbox.Acts()) {
		t.Errorf("it did %v", r.did)
	}
	for _, body := range []string{`{"do":"cut"}`, `{"do":"reconnect"}`, `{"do":"invalidate"}`, `{"do":"close","code":1001}`, `{"do":"close"}`} {
		post("/sandbox/gateway", body, http.StatusNoContent)
	}
	for _, body := range []string{`{"do":"close","code":1005}`, `{"do":"close","code":70000}`, `{"do":"dance"}`} {
		post("/sandbox/gateway", body, http.StatusBadRequest)
	}
	post("/sandbox/tokens/expire", ``, http.StatusNoContent)
}

func TestWithoutAPageThereAreTheAPIsAlone(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{Headless: true})
	for path, want := range map[string]int{"/": 404, "/main.js": 404, "/sandbox/state": 200, "/api/v10/gateway": 200} {
		if resp, _ := do(t, browser(t), "GET", s.URL()+path, ""); resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if _, ok := sandbox.Sample("boat.jpg"); !ok {
		t.Error("there is no boat")
	}
	if _, ok := sandbox.Sample("../main.js"); ok {
		t.Error("a script is a picture")
	}
	if text := sandbox.Text(discord.Message{Content: "a", Components: []discord.Component{{Type: 9,
		Components: []discord.Component{{Type: 10, Content: "b"}}, Accessory: &discord.Component{Type: 2, Label: "c"}}}}); text != "a\nb\n[c]" {
		t.Errorf("the text is %q", strings.ReplaceAll(text, "\n", "|"))
	}
}
