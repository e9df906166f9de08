package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"dreambot/internal/sandbox/discord"
)

func TestHealthAndMetricsAreServed(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["HTTP_ADDR"] = "127.0.0.1:0"
	w.start()
	w.completes(ada, dreams, "to be counted")
	addr := *w.served.Load()
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "",
		"/metrics": `dreambot_job_transitions_total{from="waiting",kind="dream",to="submitting"} 1`,
	} {
		resp, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: status %d, %v; want %q in %.500s", path, resp.StatusCode, err, want, body)
		}
		for _, secret := range append(w.calls.tokens(), w.environ["DISCORD_TOKEN"], w.environ["LUMA_API_KEY"]) {
			if strings.Contains(string(body), secret) {
				t.Errorf("%s shows a secret", path)
			}
		}
	}
}

// What only the operator can mend ends the program with a sentence that says
// what to do.
func TestWhatOnlyTheOperatorCanMendIsSaid(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	foreign := filepath.Join(t.TempDir(), "photo.db")
	if err := os.WriteFile(foreign, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		change map[string]string
		status int
		says   []string
	}{
		"nothing is configured": {nil, map[string]string{"DISCORD_TOKEN": "", "LUMA_API_KEY": ""}, exitUsage,
			[]string{"DISCORD_TOKEN", "LUMA_API_KEY", "dreambot sandbox"}},
		"several mistakes": {nil, map[string]string{"LUMA_CONCURRENCY": "many", "DISCORD_API_URL": "http://example.org", "LOG_LEVEL": "loud"}, exitUsage,
			[]string{"LUMA_CONCURRENCY", "DISCORD_API_URL", "LOG_LEVEL"}},
		"a dialect that is none":   {nil, map[string]string{"LUMA_API": "klingon"}, exitUsage, []string{"LUMA_API", "crazyrouter"}},
		"a token that is refused":  {nil, map[string]string{"DISCORD_TOKEN": "not.a.token", "DATABASE_URL": filepath.Join(t.TempDir(), "x.db")}, exitError, []string{"DISCORD_TOKEN"}},
		"the data is in use":       {nil, nil, exitError, []string{"in use by another process"}},
		"a file that is no store":  {nil, map[string]string{"DATABASE_URL": foreign}, exitError, []string{foreign, "not a dreambot database"}},
		"an unknown command":       {[]string{"sandbocks"}, nil, exitUsage, []string{"Usage:"}},
		"too many arguments":       {[]string{"version", "2"}, nil, exitUsage, []string{"Usage:"}},
		"a sandbox for all to see": {[]string{"sandbox", "-addr", "0.0.0.0:0"}, nil, exitError, []string{"loopback"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := maps.Clone(w.environ)
			maps.Copy(environ, c.change)
			var said logBuffer
			if status := run(w.context(), c.args, environ, io.Discard, &said); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			for _, words := range c.says {
				if !strings.Contains(said.String(), words) {
					t.Errorf("it does not say %q:\n%s", words, said.String())
				}
			}
			if strings.Contains(said.String(), environ["LUMA_API_KEY"]) && environ["LUMA_API_KEY"] != "" {
				t.Error("it says the key")
			}
		})
	}
}

// The server that the commands are for need not have the bot yet; and what was
// registered for it alone goes when they are registered everywhere.
func TestCommandsAreRegisteredWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	var refusals atomic.Int32
	w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/guilds/") && refusals.Add(1) == 1 {
			return &discord.Answer{Status: 403, Body: `{"message":"Missing Access","code":50001}`,
				Header: http.Header{"Content-Type": {"application/json"}}}
		}
		return nil
	})
	w.environ["DISCORD_GUILD_ID"] = harbor
	w.start()
	registered := func(guild string) {
		t.Helper()
		commands := w.box.Discord.State().Commands
		for _, c := range commands {
			if c.GuildID != guild {
				t.Errorf("/%s is registered in %q", c.Name, c.GuildID)
			}
		}
		want := 14
		for _, can := range []bool{w.can.Blend, len(w.can.Upscale) > 0, w.can.Sound} {
			if can {
				want++
			}
		}
		if len(commands) != want {
			t.Errorf("%d commands, want %d", len(commands), want)
		}
	}
	registered(harbor)
	if !strings.Contains(w.logs.String(), "is not in server "+harbor) {
		t.Error("the operator is not told what is missing")
	}
	w.end()
	delete(w.environ, "DISCORD_GUILD_ID")
	w.start()
	registered("")
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{"help": "DISCORD_TOKEN", "version": "dreambot "} {
		var out, errs logBuffer
		if status := run(context.Background(), []string{arg}, nil, &out, &errs); status != exitOK || !strings.Contains(out.String(), want) {
			t.Errorf("%s: status %d: %s%s", arg, status, out.String(), errs.String())
		}
	}
}
