package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

type side struct {
	Known []struct{ Name, Calls, Description string }
	On    []string
}

// ask sends a request of the page's, with JSON where body is not empty.
func (p page) ask(method, path, body string) (int, string) {
	p.t.Helper()
	headers := []string{"Origin", p.s.URL()}
	if body != "" {
		headers = append(headers, "Content-Type", "application/json")
	}
	resp, text := do(p.t, p.client, method, p.s.URL()+path, body, headers...)
	return resp.StatusCode, text
}

func TestFaultsOfBothSidesAreSwitched(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	p := open(t, s)
	faults := func(status int, text string) map[string]side {
		t.Helper()
		var sides map[string]side
		if err := json.Unmarshal([]byte(text), &sides); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s, %v", status, text, err)
		}
		return sides
	}
	on := func(sides map[string]side) [2]string {
		return [2]string{strings.Join(sides["discord"].On, " "), strings.Join(sides["luma"].On, " ")}
	}
	first := faults(p.ask("GET", "/sandbox/faults", ""))
	if len(first["discord"].Known) != len(discord.Faults()) || len(first["luma"].Known) != len(luma.Faults()) || on(first) != [2]string{} {
		t.Errorf("at first there is %+v", first)
	}
	for _, side := range first {
		for _, f := range side.Known {
			if f.Name == "" || f.Description == "" {
				t.Errorf("a fault is %+v", f)
			}
		}
	}
	for _, c := range []struct {
		body string
		want [2]string
	}{
		{`{"discord":["slow","cloudflare"],"luma":["html"]}`, [2]string{"cloudflare slow", "html"}},
		{`{"discord":["outage"]}`, [2]string{"outage", "html"}},
		{`{}`, [2]string{"outage", "html"}},
		{`{"luma":[]}`, [2]string{"outage", ""}},
	} {
		if got := on(faults(p.ask("PUT", "/sandbox/faults", c.body))); got != c.want {
			t.Errorf("%s: on are %q, want %q", c.body, got, c.want)
		}
	}
	if diff := cmp.Diff([]discord.Fault{discord.FaultOutage}, s.Discord.FaultsOn()); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{"discord":[],"luma":["no such"]}`, `{"discord":["html"]}`, `{"else":[]}`, `[]`} {
		if status, text := p.ask("PUT", "/sandbox/faults", bad); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, status, text)
		}
	}
	if got := on(faults(p.ask("GET", "/sandbox/faults", ""))); got != [2]string{"outage", ""} {
		t.Errorf("after what was refused %q are on", got)
	}
}

func TestModeratorsActFromThePage(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{Limits: discord.Limits{Ack: time.Hour}})
	runBot(t, s, commands, respond)
	p := open(t, s)
	status, outcome, text := p.post("/sandbox/commands", p.invocation(`{"name":"prompt","value":"a boat"}`, ""))
	if status != http.StatusOK {
		t.Fatalf("command: %d %s", status, text)
	}
	guild := s.Discord.State().Guilds[0]
	channel := "/sandbox/channels/" + p.channel
	kicked := func() bool { return s.Discord.State().Guilds[0].Kicked }
	channels := func() int { return len(s.Discord.State().Guilds[0].Channels) }
	for _, c := range []struct {
		method, path, body string
		want               int
		then               func() bool
	}{
		{"PUT", channel + "/denied", `{"permissions":32768}`, 204, func() bool { return s.Discord.State().Guilds[0].Channels[0].Denied == 1<<15 }},
		{"PUT", channel + "/denied", `{"permissions":8}`, 400, nil},
		{"PUT", channel + "/denied", `{"permissions":"8"}`, 400, nil},
		{"PUT", channel + "/denied", `{"permissions":0}`, 204, func() bool { return s.Discord.State().Guilds[0].Channels[0].Denied == 0 }},
		{"PUT", "/sandbox/users/" + p.user + "/direct", `{"closed":true}`, 204, nil},
		{"PUT", "/sandbox/users/1/direct", `{"closed":true}`, 404, nil},
		{"DELETE", "/sandbox/messages/" + outcome.Message.ID, "", 204, func() bool { return len(s.Discord.Messages(p.channel)) == 0 }},
		{"DELETE", "/sandbox/messages/" + outcome.Message.ID, "", 404, nil},
		{"DELETE", channel, "", 204, func() bool { return channels() == 1 }},
		{"PUT", channel, "", 204, func() bool { return channels() == 2 }},
		{"DELETE", "/sandbox/guilds/" + guild.ID + "/bot", "", 204, kicked},
		{"PUT", "/sandbox/guilds/" + guild.ID + "/bot", "", 204, func() bool { return !kicked() }},
		{"DELETE", "/sandbox/guilds/1/bot", "", 404, nil},
	} {
		status, text := p.ask(c.method, c.path, c.body)
		if status != c.want || status == 204 && text != "" || c.then != nil && !c.then() {
			t.Errorf("%s %s %s: %d %s, and then %+v", c.method, c.path, c.body, status, text, s.Discord.State().Guilds[0])
		}
	}
	// A page elsewhere cannot do any of it.
	resp, _ := do(t, p.client, "DELETE", s.URL()+channel, "", "Origin", "http://evil.example")
	if resp.StatusCode != http.StatusForbidden || channels() != 2 {
		t.Errorf("from elsewhere: %d", resp.StatusCode)
	}
}
