package sandbox_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dreambot/internal/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, c sandbox.Config) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// browser is a client of its own, so that no connection outlives the test.
func browser(t *testing.T) *http.Client {
	c := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// do sends a request with headers given as name, value, … and returns the
// answer with its body read.
func do(t *testing.T, c *http.Client, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(data)
}

func TestEverythingIsOnOneAddress(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	c := browser(t)
	env := s.Environ()
	for _, name := range []string{"DISCORD_API_URL", "LUMA_API_URL"} {
		if env[name] != s.URL() {
			t.Errorf("%s is %q, want %q", name, env[name], s.URL())
		}
	}
	if env["LUMA_API"] != "crazyrouter" || len(env) != 5 {
		t.Errorf("LUMA_API is %q, and %d variables are given", env["LUMA_API"], len(env))
	}
	for path, want := range map[string]struct {
		auth   string
		status int
	}{
		"/":                         {"", 200},
		"/api/v9/users/@me":         {"Bot " + env["DISCORD_TOKEN"], 200},
		"/api/v10/users/@me":        {"Bot " + env["DISCORD_TOKEN"], 200},
		"/luma/generations/unknown": {"Bearer " + env["LUMA_API_KEY"], 404},
		"/clips/sunset.mp4":         {"", 403}, // not signed
		"/attachments/1/2/a.png":    {"", 404},
		"/sandbox/state":            {"", 200},
		"/sandbox/nothing":          {"", 404},
		"/nothing":                  {"", 404},
	} {
		if resp, body := do(t, c, "GET", s.URL()+path, "", "Authorization", want.auth); resp.StatusCode != want.status {
			t.Errorf("%s: %d %s, want %d", path, resp.StatusCode, body, want.status)
		}
	}
}

func TestABusyPortIsLeftForAnotherOne(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	s := start(t, sandbox.Config{Addr: busy.Addr().String()})
	if s.URL() == "http://"+busy.Addr().String() || !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Errorf("it serves at %s", s.URL())
	}
	if resp, _ := do(t, browser(t), "GET", s.URL(), ""); resp.StatusCode != http.StatusOK {
		t.Errorf("the page: %d", resp.StatusCode)
	}
}

func TestAnAddressBeyondLoopbackIsRefused(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:80", "example.com:80", "127.0.0.1", "nonsense"} {
		s, err := sandbox.Start(sandbox.Config{Addr: addr})
		if err == nil {
			t.Errorf("%q is served", addr)
			_ = s.Close(t.Context())
		}
	}
}

func TestTheFolderIsKeptOrTemporary(t *testing.T) {
	t.Parallel()
	own := t.TempDir()
	kept, err := sandbox.Start(sandbox.Config{Dir: own})
	if err != nil {
		t.Fatal(err)
	}
	passing, err := sandbox.Start(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	key, folder := kept.Environ()["LUMA_API_KEY"], passing.Dir()
	if kept.Dir() != own {
		t.Errorf("the folder is %q, want %q", kept.Dir(), own)
	}
	for _, s := range []*sandbox.Sandbox{kept, passing} {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("closing again: %v", err)
		}
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the temporary folder is still there: %v", err)
	}
	again := start(t, sandbox.Config{Dir: own})
	if again.Environ()["LUMA_API_KEY"] != key {
		t.Error("the key is another after a restart in the same folder")
	}
}

func TestForeignRequestsAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	c := browser(t)
	host := strings.TrimPrefix(s.URL(), "http://")
	_, port, _ := net.SplitHostPort(host)
	for name, test := range map[string]struct {
		path    string
		headers []string
		want    int
	}{
		"own origin":                {"/sandbox/state", []string{"Origin", s.URL()}, 200},
		"own page":                  {"/sandbox/state", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		"another origin":            {"/sandbox/state", []string{"Origin", "http://evil.example"}, 403},
		"another port":              {"/sandbox/state", []string{"Origin", "http://127.0.0.1:1"}, 403},
		"no origin to speak of":     {"/sandbox/state", []string{"Origin", "null"}, 403},
		"a picture on another site": {"/attachments/1/2/a.png", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		"another local page":        {"/sandbox/state", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, 403},
		"a link to the page":        {"/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		"a link to the state":       {"/sandbox/state", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		"a name that resolves here": {"/", []string{"Host", "evil.example:" + port}, 421},
		"another port's host":       {"/", []string{"Host", "127.0.0.1:1"}, 421},
		"localhost":                 {"/", []string{"Host", "localhost:" + port}, 307},
		"localhost's state":         {"/sandbox/state", []string{"Host", "localhost:" + port}, 421},
	} {
		resp, body := do(t, c, "GET", s.URL()+test.path, "", test.headers...)
		if resp.StatusCode != test.want {
			t.Errorf("%s: %d %s, want %d", name, resp.StatusCode, body, test.want)
		}
		for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy"} {
			if resp.Header.Get(h) == "" {
				t.Errorf("%s: no %s", name, h)
			}
		}
	}
}

func TestAConnectionThatSaysNothingDoesNotHoldUpClosing(t *testing.T) {
	t.Parallel()
	s, err := sandbox.Start(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("closing: %v", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
