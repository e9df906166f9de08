package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dreambot/internal/sandbox"
)

// What Luma tells the bot is passed on to where the bot listens, and nothing else is.
func TestCallbacksArePassedOn(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	post := func(path string) int {
		t.Helper()
		resp, err := http.Post(s.URL()+path, "application/json", strings.NewReader(`{"state":"completed"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	address := strings.TrimPrefix(s.BotURL(), s.URL()) + "/luma/job/code"
	if status := post(address); status != http.StatusBadGateway {
		t.Errorf("with no bot: status %d", status)
	}
	got := make(chan string, 10)
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + r.URL.Path + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer bot.Close()
	s.BotServes(strings.TrimPrefix(bot.URL, "http://"))
	if status := post(address); status != http.StatusAccepted {
		t.Errorf("status %d", status)
	}
	if said, want := <-got, `POST /luma/job/code {"state":"completed"}`; said != want {
		t.Errorf("the bot gets %q, want %q", said, want)
	}
	for _, other := range []string{"/sandbox/bot/metrics", "/sandbox/bot/luma/../metrics", "/sandbox/bot/"} {
		if status := post(other); status == http.StatusAccepted {
			t.Errorf("%s is passed on", other)
		}
	}
	bot.Close()
	if status := post(address); status != http.StatusBadGateway {
		t.Errorf("with a bot that is gone: status %d", status)
	}
	if len(got) != 0 {
		t.Errorf("the bot gets %q besides", <-got)
	}
}
