package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/sandbox"
)

func TestEachDialectIsServedWhereEnvironSays(t *testing.T) {
	t.Parallel()
	for dialect, c := range map[string]struct{ name, path, query string }{
		"":            {"crazyrouter", "", "/luma/generations/unknown"},
		"crazyrouter": {"crazyrouter", "", "/luma/generations/unknown"},
		"lumalabs":    {"lumalabs", "/dream-machine/v1", "/generations/unknown"},
		"agents":      {"agents", "/agents/v1", "/generations/unknown"},
	} {
		s := start(t, sandbox.Config{Luma: dialect, Headless: dialect == "agents"})
		env := s.Environ()
		if env["LUMA_API"] != c.name || env["LUMA_API_URL"] != s.URL()+c.path || len(env) != 5 {
			t.Errorf("%q: LUMA_API is %q, LUMA_API_URL %q", dialect, env["LUMA_API"], env["LUMA_API_URL"])
		}
		for auth, want := range map[string]int{"Bearer " + env["LUMA_API_KEY"]: 404, "Bearer wrong": 401} {
			if resp, body := do(t, browser(t), "GET", env["LUMA_API_URL"]+c.query, "", "Authorization", auth); resp.StatusCode != want {
				t.Errorf("%q: %d %s, want %d", dialect, resp.StatusCode, body, want)
			}
		}
	}
	s, err := sandbox.Start(sandbox.Config{Luma: "klingon"})
	if err == nil {
		_ = s.Close(t.Context())
	}
	if err == nil || !strings.Contains(err.Error(), "klingon") || !strings.Contains(err.Error(), "lumalabs") {
		t.Errorf("an unknown dialect: %v", err)
	}
}

// From the page another dialect is chosen, and the bot is started with it anew.
func TestADialectIsChosen(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	p := open(t, s)
	stream := p.events("", "")
	var b sandbox.Backstage
	stream.named("backstage", &b)
	if diff := cmp.Diff(sandbox.Dialect{Name: "crazyrouter", URL: s.URL(), Known: sandbox.Dialects()}, b.Dialect); diff != "" {
		t.Error(diff)
	}
	r := &runner{}
	choose := func(body string, want int, restarts int, spoken string) {
		t.Helper()
		status, text := p.ask("POST", "/sandbox/luma/dialect", body)
		if status != want || want == http.StatusOK && !strings.Contains(text, `"name":"`+spoken+`"`) {
			t.Errorf("%s: %d %s, want %d", body, status, text, want)
		}
		if want := slices.Repeat([]string{"restart"}, restarts); !slices.Equal(r.did, want) {
			t.Errorf("%s: the bot did %v, want %v", body, r.did, want)
		}
		if got := s.Environ()["LUMA_API"]; got != spoken {
			t.Errorf("%s: LUMA_API is %q, want %q", body, got, spoken)
		}
	}
	// Whoever runs the bot reads what to set.
	choose(`{"dialect":"agents"}`, http.StatusOK, 0, "agents")
	s.RunBy(r)
	choose(`{"dialect":"lumalabs"}`, http.StatusOK, 1, "lumalabs")
	choose(`{"dialect":"lumalabs"}`, http.StatusOK, 1, "lumalabs") // which it speaks
	for _, bad := range []string{`{"dialect":"klingon"}`, `{}`, `{"api":"agents"}`, `{"dialect":3}`} {
		choose(bad, http.StatusBadRequest, 1, "lumalabs")
	}
	s.BotIs(sandbox.BotStopped, "")
	choose(`{"dialect":"crazyrouter"}`, http.StatusOK, 1, "crazyrouter") // for the next start
	s.BotIs(sandbox.BotRunning, "")
	choose(`{"dialect":"agents"}`, http.StatusOK, 2, "agents")
	var told []string
	for len(told) < 4 {
		var step struct{ Dialect sandbox.Dialect }
		if stream.named("step", &step); step.Dialect.Name != "" {
			told = append(told, step.Dialect.Name+" "+strings.TrimPrefix(step.Dialect.URL, s.URL()))
		}
	}
	// Each is told of as it is when the page is told.
	if told[3] != "agents /agents/v1" {
		t.Errorf("the page was told %q", told)
	}
}
