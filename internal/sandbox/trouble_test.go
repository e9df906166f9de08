package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
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
	artist := "/sandbox/roles/" + guild.Roles[1].ID + "/members/" + p.user
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
		{"PUT", artist, "", 204, func() bool { return slices.Contains(s.Discord.State().Guilds[0].Roles[1].Members, p.user) }},
		{"DELETE", artist, "", 204, func() bool { return !slices.Contains(s.Discord.State().Guilds[0].Roles[1].Members, p.user) }},
		{"PUT", "/sandbox/roles/1/members/" + p.user, "", 404, nil},
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

// TestAConversationFromThePage: what people do besides commands, in one go.
func TestAConversationFromThePage(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{Crowd: 3, Limits: discord.Limits{Ack: time.Hour}})
	runBot(t, s, `[{"type":3,"name":"Dream from this picture"},{"name":"dream","description":"a"}]`, func(i interaction) any {
		return map[string]any{"type": 4, "data": map[string]any{"content": i.Data.Name}}
	})
	p := open(t, s)
	var file discord.Attachment
	_, body := do(t, p.client, "POST", s.URL()+"/sandbox/uploads?filename=a.png", picture(t), "Content-Type", "image/png")
	if err := json.Unmarshal([]byte(body), &file); err != nil {
		t.Fatal(err)
	}
	var said discord.Message
	status, text := p.ask("POST", "/sandbox/messages", `{"user":"`+p.user+`","channel":"`+p.channel+`","text":"","files":["`+file.ID+`"]}`)
	if err := json.Unmarshal([]byte(text), &said); err != nil || status != http.StatusOK || len(said.Attachments) != 1 || !strings.Contains(text, `"reactions":[]`) {
		t.Fatalf("a message: %d %s, %v", status, text, err)
	}
	status, outcome, text := p.post("/sandbox/commands", `{"user":"`+p.user+`","channel":"`+p.channel+`","command":"Dream from this picture","target":"`+said.ID+`"}`)
	if status != http.StatusOK || outcome.Kind != discord.OutcomeMessage || outcome.Message.Content != "Dream from this picture" {
		t.Errorf("from the menu: %d %s", status, text)
	}
	reaction := func(rest string) string {
		return `{"user":"` + s.Discord.Crowd()[2] + `","message":"` + said.ID + `","emoji":{"name":"⏩"}` + rest + `}`
	}
	reactions := func() int { return len(s.Discord.Messages(p.channel)[0].Reactions) }
	mei := s.Discord.State().Users[2].ID
	member := "/sandbox/channels/" + p.channel + "/members/" + mei + "/denied"
	clock := "/sandbox/clock"
	for _, c := range []struct {
		method, path, body string
		want               int
		then               func() bool
	}{
		{"POST", "/sandbox/messages", `{"user":"` + p.user + `","channel":"` + p.channel + `","text":""}`, 400, nil},
		{"POST", "/sandbox/reactions", reaction(""), 204, func() bool { return reactions() == 1 }},
		{"POST", "/sandbox/reactions", reaction(`,"remove":true`), 204, func() bool { return reactions() == 0 }},
		{"POST", "/sandbox/reactions", reaction(`,"burst":true`), 400, nil},
		{"POST", "/sandbox/reactions", `{"user":"` + p.user + `","message":"1","emoji":{"name":"⏩"}}`, 404, nil},
		{"POST", "/sandbox/reactions", reaction(""), 204, nil},
		{"DELETE", "/sandbox/messages/" + said.ID + "/reactions?emoji=%E2%9D%8C", "", 204, func() bool { return reactions() == 1 }},
		{"DELETE", "/sandbox/messages/" + said.ID + "/reactions?emoji=%E2%8F%A9", "", 204, func() bool { return reactions() == 0 }},
		{"POST", "/sandbox/reactions", reaction(""), 204, nil},
		{"DELETE", "/sandbox/messages/" + said.ID + "/reactions", "", 204, func() bool { return reactions() == 0 }},
		{"DELETE", "/sandbox/messages/1/reactions", "", 404, nil},
		{"PUT", member, `{"permissions":2048}`, 204, func() bool {
			_, err := s.Discord.Say(t.Context(), mei, p.channel, "a", "")
			return err != nil
		}},
		{"PUT", member, `{"permissions":8}`, 400, nil},
		{"PUT", member, `{"permissions":0}`, 204, func() bool {
			_, err := s.Discord.Say(t.Context(), mei, p.channel, "a", "")
			return err == nil
		}},
		{"PUT", "/sandbox/channels/" + p.channel + "/members/1/denied", `{"permissions":2048}`, 404, nil},
		{"DELETE", "/sandbox/users/" + mei + "/bot", "", 204, nil},
		{"PUT", "/sandbox/users/" + mei + "/bot", "", 204, nil},
		{"PUT", "/sandbox/users/1/bot", "", 404, nil},
		{"POST", clock, `{"skip":"504h"}`, 204, func() bool {
			m, err := s.Discord.Say(t.Context(), mei, p.channel, "a", "")
			return err == nil && m.Timestamp.Sub(said.Timestamp) > 500*time.Hour
		}},
		{"POST", clock, `{"skip":"0s"}`, 400, nil},
		{"POST", clock, `{"skip":"-1h"}`, 400, nil},
		{"POST", clock, `{"skip":"87601h"}`, 400, nil},
		{"POST", clock, `{"skip":"a year"}`, 400, nil},
		{"POST", clock, `{"skip":3}`, 400, nil},
	} {
		status, text := p.ask(c.method, c.path, c.body)
		if status != c.want || status == 204 && text != "" || c.then != nil && !c.then() {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, status, text)
		}
	}
}
