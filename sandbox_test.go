package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// playing is "dreambot sandbox", with the bot as a process of its own.
type playing struct {
	t   *testing.T
	url string
	out *logBuffer
	end func() int
}

// plays starts "dreambot sandbox" with further arguments, and waits for what it
// says first.
func plays(t *testing.T, args ...string) playing {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	status := make(chan int, 1)
	out, logs := &logBuffer{}, &logBuffer{}
	go func() {
		status <- run(ctx, append([]string{"sandbox", "-addr", "127.0.0.1:0"}, args...), map[string]string{"LOG_LEVEL": "debug"}, out, logs)
	}()
	s := playing{t: t, out: out, end: func() int {
		cancel()
		code := <-status
		status <- code
		return code
	}}
	t.Cleanup(func() {
		if code := s.end(); code != exitOK {
			t.Errorf("exit status %d", code)
		}
		if t.Failed() {
			t.Logf("the log:\n%s", logs.tail(8000))
		}
	})
	address := regexp.MustCompile(`http://[\d.]+:\d+`)
	patient := within(t)
	for s.url == "" {
		grown := out.grown()
		if s.url = address.FindString(out.String()); s.url != "" {
			break
		}
		select {
		case <-grown:
		case code := <-status:
			status <- code
			t.Fatalf("it ends with status %d\n%s", code, logs.tail(4000))
		case <-patient.Done():
			t.Fatalf("it says %q only", out.String())
		}
	}
	return s
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// asks is a request to the control API.
func (s playing) asks(method, path string, body, into any) {
	s.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(within(s.t), method, s.url+path, bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		s.t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			s.t.Fatal(err)
		}
	}
}

// backstage reads what the page is told of what happens behind the scenes, until
// it is as it should be.
func (s playing) backstage(fits func(sandbox.Backstage) bool) sandbox.Backstage {
	s.t.Helper()
	ctx := within(s.t)
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/sandbox/events", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			s.t.Fatalf("behind the scenes it is never so: %v", err)
		}
		var b sandbox.Backstage
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: {\"bot\":"); ok {
				if err := json.Unmarshal([]byte("{\"bot\":"+data), &b); err != nil {
					s.t.Fatal(err)
				}
				break
			}
		}
		_ = resp.Body.Close()
		if fits(b) {
			return b
		}
	}
}

// TestTheSandboxsBotIsKilled kills the bot of "dreambot sandbox" as the page does.
func TestTheSandboxsBotIsKilled(t *testing.T) {
	t.Parallel()
	s := plays(t, "-queued", "300ms", "-dreaming", "300ms")
	s.backstage(func(b sandbox.Backstage) bool {
		return b.Bot.State == sandbox.BotRunning && len(b.Gateway.Sessions) == 1
	})
	dream := func(prompt string) discord.Message {
		t.Helper()
		var o discord.Outcome
		s.asks("POST", "/sandbox/commands", discord.Invocation{User: ada, Channel: general, Command: "dream",
			Options: []discord.GivenValue{given("prompt", prompt)}}, &o)
		if o.Kind != discord.OutcomeMessage {
			t.Fatalf("/dream: %s", o.Kind)
		}
		return *o.Message
	}
	s.asks("PUT", "/sandbox/pace", map[string]any{"held": true}, nil)
	m := dream("a boat")
	s.backstage(func(b sandbox.Backstage) bool {
		return slices.ContainsFunc(b.Jobs, func(j sandbox.Job) bool { return j.Message == m.ID && j.State == "queued" })
	})
	s.asks("POST", "/sandbox/bot", map[string]string{"do": "kill"}, nil)
	s.asks("PUT", "/sandbox/pace", map[string]any{"held": false}, nil)
	s.asks("POST", "/sandbox/wait", map[string]any{"message": m.ID, "says": []string{"Completed"}, "video": true, "seconds": 60}, nil)
	b := s.backstage(func(b sandbox.Backstage) bool {
		return len(b.Jobs) == 1 && b.Jobs[0].State == "completed" && b.Jobs[0].Shown
	})
	var states []string
	for _, step := range b.Jobs[0].Steps {
		states = append(states, step.State)
	}
	if !slices.Equal(states[:3], []string{"waiting", "submitting", "queued"}) || b.Bot.Starts != 2 || !b.Bot.Ours {
		t.Errorf("states %v, bot %+v", states, b.Bot)
	}
	var paid []any
	if s.asks("GET", "/sandbox/generations", nil, &paid); len(paid) != 1 {
		t.Errorf("paid for %d", len(paid))
	}
}

// TestAHeadlessSandboxIsForAnyBot starts the bot by what "-headless" prints.
func TestAHeadlessSandboxIsForAnyBot(t *testing.T) {
	t.Parallel()
	s := plays(t, "-headless")
	patient := within(t)
	for grown := s.out.grown(); !strings.Contains(s.out.String(), "LUMA_API_URL"); grown = s.out.grown() { // the last of them
		select {
		case <-grown:
		case <-patient.Done():
			t.Fatalf("it exports %q only", s.out.String())
		}
	}
	environ := map[string]string{"DATABASE_URL": filepath.Join(t.TempDir(), "bot.db")}
	for _, m := range regexp.MustCompile(`(?m)^export (\w+)=(.*)$`).FindAllStringSubmatch(s.out.String(), -1) {
		environ[m[1]] = m[2]
	}
	if len(environ) != 6 {
		t.Fatalf("exported: %v", slices.Sorted(maps.Keys(environ)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	status := make(chan int, 1)
	go func() { status <- run(ctx, nil, environ, io.Discard, io.Discard) }()
	b := s.backstage(func(b sandbox.Backstage) bool { return len(b.Gateway.Sessions) == 1 })
	if b.Bot.Ours || b.Bot.State != sandbox.BotRunning {
		t.Errorf("the bot is %+v", b.Bot)
	}
	cancel()
	if code := <-status; code != exitOK {
		t.Errorf("the bot ends with status %d", code)
	}
}

// TestTheScriptsOfTheDocs plays each of them; so what they promise holds.
func TestTheScriptsOfTheDocs(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("docs/scripts/*.txt")
	if err != nil || len(scripts) < 3 {
		t.Fatalf("%d scripts, %v", len(scripts), err)
	}
	for _, path := range scripts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			logs := &logBuffer{}
			if code := run(within(t), []string{"sandbox", "-addr", "127.0.0.1:0", "-script", path}, nil, &out, logs); code != exitOK {
				t.Errorf("exit status %d\n%s\n%s", code, out.String(), logs.tail(4000))
			}
		})
	}
}

func TestAScriptThatDoesNotHold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		status int
		says   string
	}{
		"an expectation": {"as ada in general\n/dream prompt: \"a boat\"\nexpect reply \"Sunk\"\n", exitError, "Sunk"},
		"no such step":   {"dance\n", exitError, "line 1"},
		"no such fault":  {"fault luma drunk on\n", exitError, "drunk"},
	} {
		path := filepath.Join(t.TempDir(), "script.txt")
		if err := os.WriteFile(path, []byte(test.script), 0o600); err != nil {
			t.Fatal(err)
		}
		var stderr logBuffer
		if code := run(within(t), []string{"sandbox", "-addr", "127.0.0.1:0", "-script", path}, nil, io.Discard, &stderr); code != test.status || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("%s: status %d: %s", name, code, stderr.String())
		}
	}
}

// TestTheDocsNameWhatThereIs holds docs/sandbox.md against the control API and
// the faults.
func TestTheDocsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range discord.Faults() {
		if !bytes.Contains(text, []byte("| `"+string(f.Name)+"` | "+strings.TrimSuffix(f.Description, "."))) {
			t.Errorf("Discord's fault %s is not there, or other words", f.Name)
		}
	}
	for _, f := range luma.Faults() {
		if !bytes.Contains(text, []byte("| `"+string(f.Name)+"` | "+f.Calls+" | "+f.Description)) {
			t.Errorf("Luma's fault %s is not there, or with other words", f.Name)
		}
	}
	s := plays(t, "-headless")
	requests := regexp.MustCompile("(?m)^\\| `([A-Z]+)(?:`, `([A-Z]+))? (/sandbox/[^`?]+)").FindAllSubmatch(text, -1)
	if len(requests) < 20 {
		t.Errorf("%d requests only", len(requests))
	}
	for _, m := range requests {
		path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(string(m[3]), "1")
		if path == "/sandbox/events" {
			continue // which does not end
		}
		for _, method := range m[1:3] {
			if len(method) == 0 {
				continue
			}
			r, err := http.NewRequestWithContext(within(t), string(method), s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusMethodNotAllowed || strings.Contains(string(answer), "no such path") {
				t.Errorf("%s %s: %d %s", method, path, resp.StatusCode, answer)
			}
		}
	}
}
