package play

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dreambot/internal/sandbox"
)

// patience bounds a wait in a test: reaching it is a failure.
const patience = 30 * time.Second

// TestMain lets the test binary be the bot of a sandbox.
func TestMain(m *testing.M) {
	if os.Getenv("PLAY_TEST_BOT") != "" {
		be()
		return
	}
	goleak.VerifyTestMain(m)
}

// be reports its settings as the prompt of a job, and runs until it is told to
// stop.
func be() {
	ctx, settings, err := Obey(context.Background(), os.Stdin)
	if err != nil {
		panic(err)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		panic(err)
	}
	err = json.NewEncoder(os.Stdout).Encode(sandbox.Job{ID: settings["LUMA_API"], Prompt: string(text)})
	if err != nil {
		panic(err)
	}
	<-ctx.Done()
}

// playing is the command, run with arguments.
type playing struct {
	t   *testing.T
	url string
	ctx context.Context
}

func plays(t *testing.T, environ map[string]string, args ...string) playing {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Run(ctx, Config{Stdout: in, Stderr: io.Discard, Environ: environ, Bot: func() *exec.Cmd {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "PLAY_TEST_BOT=1")
			return c
		}}, append([]string{"-addr", "127.0.0.1:0"}, args...))
		_ = in.Close() // never fails
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("it ends with %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	p := playing{t: t, ctx: ctx}
	lines := bufio.NewScanner(out)
	for p.url == "" && lines.Scan() {
		p.url = regexp.MustCompile(`http://[\d.]+:\d+`).FindString(lines.Text())
	}
	if p.url == "" {
		t.Fatal("it names no address")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // until it ends
	return p
}

// settings waits for a bot that speaks a dialect, and returns what it was given.
func (p playing) settings(dialect string) (settings map[string]string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.ctx, http.MethodGet, p.url+"/sandbox/events", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		var told struct {
			Jobs []sandbox.Job
			Job  sandbox.Job
		}
		if !ok || json.Unmarshal([]byte(data), &told) != nil {
			continue
		}
		for _, j := range append(told.Jobs, told.Job) {
			if j.ID != dialect {
				continue
			}
			if err := json.Unmarshal([]byte(j.Prompt), &settings); err != nil {
				p.t.Fatal(err)
			}
			return settings
		}
	}
	p.t.Fatalf("no bot speaks %s: %v", dialect, lines.Err())
	return nil
}

func TestTheBotSpeaksTheDialectThatIsChosen(t *testing.T) {
	t.Parallel()
	p := plays(t, nil, "-luma", "lumalabs")
	first := p.settings("lumalabs")
	if first["LUMA_API_URL"] != p.url+"/dream-machine/v1" || first["CALLBACK_URL"] != p.url+"/sandbox/bot" ||
		first["HTTP_ADDR"] != "127.0.0.1:0" {
		t.Errorf("the bot was given %v", first)
	}
	resp, err := http.Post(p.url+"/sandbox/luma/dialect", "application/json", strings.NewReader(`{"dialect":"agents"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("choosing: %d", resp.StatusCode)
	}
	second := p.settings("agents")
	if second["LUMA_API_URL"] != p.url+"/agents/v1" {
		t.Errorf("the bot was given %v", second)
	}
	// All else is as it was, so that callbacks still find the bot.
	delete(first, "LUMA_API")
	delete(first, "LUMA_API_URL")
	for name, want := range first {
		if second[name] != want {
			t.Errorf("%s is %q, and was %q", name, second[name], want)
		}
	}
}

func TestTheBotListensWhereItIsTold(t *testing.T) {
	t.Parallel()
	p := plays(t, map[string]string{"HTTP_ADDR": "localhost:9090", "PRICE_SHOWN_FROM": "0.50", "DISCORD_TOKEN": "another"})
	got := p.settings("crazyrouter")
	if got["PRICE_SHOWN_FROM"] != "0.50" || got["DISCORD_TOKEN"] == "another" {
		t.Errorf("the bot was given %v", got)
	}
	if got["HTTP_ADDR"] != "localhost:9090" || got["CALLBACK_URL"] != p.url+"/sandbox/bot" {
		t.Errorf("the bot was given %v", got)
	}
}

func TestTheBotSaysWhereItListens(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", "[::1]:8080": "[::1]:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "127.0.0.1:8080",
	} {
		var line bytes.Buffer
		NewReport(&line).Serves(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr)))
		var told map[string]any
		if err := json.Unmarshal(line.Bytes(), &told); err != nil || told["serves"] != want {
			t.Errorf("of %s it says %s, %v", addr, line.String(), err)
		}
	}
}

func TestABotThatListensNowhereIsNotCalledBack(t *testing.T) {
	t.Parallel()
	p := plays(t, map[string]string{"HTTP_ADDR": ""})
	got := p.settings("crazyrouter")
	if _, ok := got["CALLBACK_URL"]; ok || got["HTTP_ADDR"] != "" {
		t.Errorf("the bot was given %v", got)
	}
}

func TestAnUnknownDialectIsRefusedWithAllThatThereAre(t *testing.T) {
	t.Parallel()
	for _, more := range [][]string{nil, {"-headless"}} {
		var out, stderr bytes.Buffer
		err := Run(t.Context(), Config{Stdout: &out, Stderr: &stderr}, append(more, "-luma", "klingon"))
		if err == nil || out.Len() > 0 {
			t.Fatalf("%v, and it says %q", err, out.String())
		}
		for _, name := range append(sandbox.Dialects(), "klingon") {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("it does not name %s: %v", name, err)
			}
		}
	}
}

func TestAHeadlessSandboxExportsTheDialect(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Config{Stdout: in, Stderr: io.Discard}, []string{"-addr", "127.0.0.1:0", "-headless", "-luma", "agents"})
	}()
	var all strings.Builder
	for lines := bufio.NewScanner(out); !strings.Contains(all.String(), "LUMA_API_URL") && lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
	}
	if !regexp.MustCompile(`(?m)^export LUMA_API=agents$`).MatchString(all.String()) ||
		!regexp.MustCompile(`(?m)^export LUMA_API_URL=http://127\.0\.0\.1:\d+/agents/v1$`).MatchString(all.String()) {
		t.Errorf("it exports %s", all.String())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
