package discord

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// picture is a PNG of that size.
func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const card = `{"flags":32768,"allowed_mentions":{"parse":[]},"components":[{"type":17,"accent_color":255,"components":[
	{"type":10,"content":"Queued <@1201000000000000302> @everyone"},
	{"type":1,"components":[{"type":2,"style":1,"label":"Extend","custom_id":"extend:1"}]}]}]}`

func TestADreamFromCommandToVideo(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", "applications/"+app+"/commands", dreamCommand)
	c := b.online(intentGuilds | intentMessages)
	up, err := b.s.Upload(b.ctx, "my boat.png", picture(t, 30, 20))
	if err != nil {
		t.Fatal(err)
	}
	if up.Width != 30 || up.Height != 20 || up.Filename != "my_boat.png" || up.ContentType != "image/png" || !up.Ephemeral {
		t.Errorf("uploaded %+v", up)
	}
	ch := b.begin(func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: mei, Channel: dreams, Command: "dream",
			Options: []GivenValue{{"prompt", "a harbor"}, {"image", up.ID}, {"count", 2.0}, {"loop", true}}})
	})
	e := c.next("INTERACTION_CREATE")
	want := map[string]any{
		"type": 2.0, "version": 1.0, "application_id": app, "guild_id": harbor, "channel_id": dreams, "context": 0.0,
		"guild.id": harbor, "channel.id": dreams, "member.user.id": mei, "locale": "zh-CN", "guild_locale": "en-US",
		"data.name": "dream", "data.options.0.value": "a harbor", "data.options.1.type": 11.0, "data.options.1.value": up.ID,
		"data.options.2.value": 2.0, "data.options.3.value": true,
		"data.resolved.attachments." + up.ID + ".width": 30.0, "attachment_size_limit": 10485760.0,
		"data.resolved.attachments." + up.ID + ".ephemeral": true, "authorizing_integration_owners.0": harbor,
	}
	for path, v := range want {
		if got := e.get(path); got != v {
			t.Errorf("the interaction's %s is %v, want %v", path, got, v)
		}
	}
	r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":4,"data":`+card+`}`)
	out := b.saw(ch, OutcomeMessage)
	m := out.Message
	if r.text("resource.message.id") != m.ID || r.text("interaction.id") != out.Interaction || r.get("resource.type") != 4.0 {
		t.Errorf("the callback answered %s", r.raw)
	}
	if r.text("resource.message.interaction_metadata.user.id") != mei || r.get("resource.message.type") != 20.0 {
		t.Errorf("the message is %s", r.raw)
	}
	if m.InvokerID != mei || m.CommandName != "dream" || len(m.Mentions) != 0 || m.Components[0].Components[0].ID != 2 {
		t.Errorf("people see %+v", m)
	}
	if got := c.next("MESSAGE_CREATE").text("id"); got != m.ID {
		t.Errorf("MESSAGE_CREATE is of %s, want %s", got, m.ID)
	}

	video := mp4(t, 640, 360)
	r = b.upload("PATCH", e.hook("@original"), `{"attachments":[{"id":"0","description":"a harbor"}],"components":[
		{"type":12,"items":[{"media":{"url":"attachment://dream.mp4"},"description":"a harbor"}]}]}`,
		part{"files[0]", "dream.mp4", "video/mp4", video})
	if r.status != 200 || r.get("components.0.items.0.media.width") != 640.0 || r.text("attachments.0.description") != "a harbor" {
		t.Fatalf("the edit answered %d %s", r.status, r.raw)
	}
	seen, err := b.s.Wait(b.ctx, func(m Message) bool { return len(m.Attachments) == 1 })
	if err != nil {
		t.Fatal(err)
	}
	if seen.Edits != 1 || seen.Edited == nil || seen.Components[0].Items[0].Media.URL == "" {
		t.Errorf("people see %+v", seen)
	}
	res, err := b.http.Get(seen.Attachments[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got bytes.Buffer
	_, _ = got.ReadFrom(res.Body)
	if !bytes.Equal(got.Bytes(), video) || res.Header.Get("Content-Type") != "video/mp4" {
		t.Errorf("the CDN gave %d bytes of %q", got.Len(), res.Header.Get("Content-Type"))
	}
}

func TestAnOnlyNeededAnswerHasNoContent(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, ch := b.dream()
	r := b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"hello"}}`)
	b.saw(ch, OutcomeMessage)
	if len(r.raw) != 0 || r.header.Get("Content-Type") != "" {
		t.Errorf("204 with %q of %q", r.raw, r.header.Get("Content-Type"))
	}
}

func TestWhereTheBotIs(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for path, want := range map[string][2]string{
		"gateway":                              {"url", "ws" + strings.TrimPrefix(b.base, "http") + "/gateway"},
		"gateway/bot":                          {"session_start_limit.max_concurrency", "1"},
		"applications/@me":                     {"id", app},
		"oauth2/applications/@me":              {"id", app},
		"users/@me":                            {"bot", "true"},
		"users/@me/guilds":                     {"0.id", harbor},
		"users/@me/guilds?limit=1":             {"1", "<nil>"},
		"guilds/" + harbor:                     {"preferred_locale", "en-US"},
		"channels/" + dreams:                   {"guild_id", harbor},
		"guilds/" + harbor + "/channels":       {"1.name", "dreams"},
		"guilds/" + harbor + "/roles":          {"2.name", "Moderator"},
		"guilds/" + harbor + "/members/" + ben: {"user.username", "ben"},
		"guilds/" + harbor + "/members/" + app: {"user.bot", "true"},
		"users/" + mei:                         {"global_name", "Mei"},
		"users/" + app:                         {"bot", "true"},
		"users/@me/guilds?after=" + harbor:     {"0.name", "梦想工坊"},
	} {
		if got := b.must(200, "GET", path, "").text(want[0]); got != want[1] {
			t.Errorf("%s: %s is %q, want %q", path, want[0], got, want[1])
		}
	}
	if st := b.s.State(); len(st.Users) != 4 || len(st.Guilds) != 3 || !st.Guilds[2].Visiting || st.Application.ID != app || st.Online {
		t.Errorf("State() = %+v", st)
	}
}

func TestRoutesThatSayNo(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for _, c := range []struct {
		method, path string
		status, code int
	}{
		{"GET", "nowhere", 404, 0},
		{"PUT", "users/@me", 405, 0},
		{"GET", "guilds/1", 404, 10004},
		{"GET", "guilds/1/channels", 404, 10004},
		{"GET", "guilds/1/roles", 404, 10004},
		{"GET", "guilds/" + garden + "/members/" + ben, 404, 10004},
		{"GET", "guilds/" + harbor + "/members/1", 404, 10013},
		{"GET", "users/1", 404, 10013},
		{"POST", "channels/1/typing", 404, 10003},
		{"POST", "channels/" + private + "/typing", 403, 50001},
		{"GET", "applications/1/commands/1", 404, 10002},
		{"GET", "applications/" + app + "/commands/1", 404, 10063},
		{"PATCH", "applications/" + app + "/commands/1", 404, 10063},
		{"DELETE", "applications/" + app + "/guilds/" + harbor + "/commands/1", 404, 10063},
		{"POST", "applications/" + app + "/guilds/" + garden + "/commands", 403, 50001},
		{"POST", "applications/" + app + "/commands", 400, 50035},
		{"DELETE", "channels/" + dreams + "/messages/1/reactions", 404, 10008},
		{"GET", "channels/1", 404, 10003},
		{"GET", "channels/1/messages", 404, 10003},
		{"GET", "channels/" + dreams + "/messages/1", 404, 10008},
		{"GET", "channels/" + dreams + "/messages?limit=101", 400, 50035},
		{"GET", "users/@me/guilds?limit=0", 400, 50035},
		{"GET", "applications/1/commands", 404, 10002},
		{"GET", "applications/" + app + "/guilds/1/commands", 403, 50001},
		{"GET", "webhooks/1/none/messages/@original", 404, 10015},
		{"GET", "webhooks/" + app + "/none/messages/@original", 401, 50027},
		{"POST", "interactions/1/none/callback", 404, 10062},
	} {
		refused(t, b.call(c.method, c.path, ""), c.status, c.code)
	}
	req := b.request("GET", "users/@me", "", nil)
	req.Header.Set("Authorization", "Bot wrong")
	refused(t, b.send(req), 401, 0)
	req = b.request("GET", "users/@me", "", nil)
	req.URL.Path = "/api/v6/users/@me"
	refused(t, b.send(req), 400, 50041)
	req.URL.Path = "/api/v9/users/@me"
	if r := b.send(req); r.status != http.StatusOK {
		t.Errorf("v9: %d", r.status)
	}
	req = b.request("POST", "channels/"+dreams+"/messages", "text/plain", strings.NewReader("hello"))
	refused(t, b.send(req), 400, 50035)
	refused(t, b.call("POST", "channels/"+dreams+"/messages", "{"), 400, 50109)
	refused(t, b.call("POST", "channels/"+dreams+"/messages", "[]"), 400, 50035)
}

func TestCopiesAreDelivered(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	seq := b.s.State().Seq
	one, two := b.s.Subscribe(b.ctx, seq), b.s.Subscribe(b.ctx, seq)
	b.answered(card)
	first := func(ch <-chan Event) *Message {
		for e := range ch {
			if e.Type == EventMessageCreate {
				return e.Message
			}
		}
		t.Fatal("the subscription ended")
		return nil
	}
	x, y := first(one), first(two)
	if diff := cmp.Diff(x, y); diff != "" {
		t.Errorf("two subscribers see different messages:\n%s", diff)
	}
	x.Components[0].Components[0].Content = "changed"
	*x.Components[0].AccentColor = 7
	for _, m := range []Message{*y, b.s.Messages(dreams)[0], b.s.State().Messages[0]} {
		if m.Components[0].Components[0].Content == "changed" || *m.Components[0].AccentColor == 7 {
			t.Error("a reader's change is seen by others")
		}
	}
}
