package discord

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// buttons is a reply whose button opens a modal.
const buttons = `{"content":"a","components":[{"type":1,"components":[{"type":2,"style":1,"label":"Go","custom_id":"go"}]}]}`

const dialog = `{"type":9,"data":{"custom_id":"dialog","title":"Extend","components":[
	{"type":18,"label":"How?","component":{"type":4,"custom_id":"prompt","style":2}},
	{"type":18,"label":"Which?","component":{"type":3,"custom_id":"model","options":[{"label":"a","value":"a"}]}}]}}`

func TestOpeningDirectMessagesTwiceIsOnce(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	open := func(user string) reply { return b.call("POST", "users/@me/channels", `{"recipient_id":"`+user+`"}`) }
	r := open(mei)
	id := r.text("id")
	if r.status != 200 || r.get("type") != 1.0 || r.text("recipients.0.id") != mei || r.get("guild_id") != nil || id != b.s.DirectChannel(mei) {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	if again := open(mei).text("id"); again != id {
		t.Errorf("then it is %s, first it was %s", again, id)
	}
	if other := open(ben).text("id"); other == id {
		t.Error("two people have the same")
	}
	if got := b.must(200, "GET", "channels/"+id, ""); got.get("type") != 1.0 || got.text("id") != id {
		t.Errorf("got %s", got.raw)
	}
	refused(t, open(app), 400, 50033)
	refused(t, open("77"), 400, 50033)
	refused(t, open("x"), 400, 50035)
	refused(t, b.call("POST", "users/@me/channels", `{}`), 400, 50035)
	if b.s.DirectChannel("77") != "" || len(b.s.DirectMessages("77")) != 0 {
		t.Error("nobody has direct messages")
	}
	var all []string
	for _, c := range b.s.State().Direct {
		if len(c.People) == 0 {
			all = append(all, c.Recipient)
		}
	}
	if diff := cmp.Diff([]string{ada, ben, mei, "1201000000000000304"}, all); diff != "" {
		t.Error(diff)
	}
}

func TestDirectMessagesAreOfNoGuild(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(intentDirect)
	other := b.online(intentGuilds | intentMessages)
	in := "channels/" + b.s.DirectChannel(mei) + "/messages"
	first := b.must(200, "POST", in, `{"content":"a","nonce":"n","enforce_nonce":true}`)
	if again := b.must(200, "POST", in, `{"content":"b","nonce":"n","enforce_nonce":true}`); again.text("id") != first.text("id") {
		t.Errorf("the same nonce made %s and %s", first.raw, again.raw)
	}
	e := c.next("MESSAGE_CREATE")
	if e.get("guild_id") != nil || e.get("member") != nil || e.get("channel_type") != 1.0 || e.text("id") != first.text("id") {
		t.Errorf("the event is %+v", e)
	}
	path := in + "/" + first.text("id")
	b.must(200, "PATCH", path, `{"content":"c"}`)
	if e := c.next("MESSAGE_UPDATE"); e.text("content") != "c" || e.get("guild_id") != nil {
		t.Errorf("the event is %+v", e)
	}
	said, err := b.s.Say(b.ctx, mei, b.s.DirectChannel(mei), "hello", first.text("id"))
	if err != nil {
		t.Fatal(err)
	}
	if e := c.next("MESSAGE_CREATE"); e.text("content") != "hello" || e.get("message_reference.guild_id") != nil || e.text("message_reference.message_id") != first.text("id") {
		t.Errorf("the event is %+v", e)
	}
	if r := b.must(200, "GET", in+"?after="+first.text("id"), ""); r.text("0.id") != said.ID || r.get("1") != nil || r.text("0.content") != "hello" {
		t.Errorf("after the first there is %s", r.raw)
	}
	got := b.s.DirectMessages(mei)
	if len(got) != 2 || got[0].GuildID != "" || got[0].Content != "c" || len(b.s.DirectMessages(ben)) != 0 {
		t.Errorf("there is %+v", got)
	}
	b.must(204, "DELETE", path, "")
	if e := c.next("MESSAGE_DELETE"); e.text("id") != first.text("id") || e.get("guild_id") != nil {
		t.Errorf("the event is %+v", e)
	}
	// The intent of guilds does not bring them.
	b.must(200, "POST", inDreams, `{"content":"in a guild"}`)
	if e := other.next("MESSAGE_CREATE"); e.text("content") != "in a guild" {
		t.Errorf("without the intent came %+v", e)
	}
}

func TestACommandInDirectMessages(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", "applications/"+app+"/commands", dreamCommand)
	c := b.online(intentGuilds)
	direct := b.s.DirectChannel(mei)
	typed := func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: mei, Channel: direct, Command: "dream", Options: []GivenValue{{"prompt", "a harbor"}}})
	}
	ch := b.begin(typed)
	e := c.next("INTERACTION_CREATE")
	for path, want := range map[string]any{
		"context": 1.0, "user.id": mei, "member": nil, "guild": nil, "guild_id": nil, "guild_locale": nil, "locale": "zh-CN",
		"channel.type": 1.0, "channel.id": direct, "channel_id": direct, "channel.recipients.0.id": mei,
		"authorizing_integration_owners.0": "0", "app_permissions": strconv.Itoa(permsOfDirect),
	} {
		if got := e.get(path); got != want {
			t.Errorf("its %s is %v, want %v", path, got, want)
		}
	}
	r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":4,"data":`+buttons+`}`)
	m := b.saw(ch, OutcomeMessage).Message
	if r.get("interaction.guild_id") != nil || r.text("resource.message.channel_id") != direct || m.ChannelID != direct || m.GuildID != "" {
		t.Errorf("the answer is %s, and people see %+v", r.raw, m)
	}
	if got := b.must(200, "GET", "channels/"+direct+"/messages", ""); got.text("0.interaction_metadata.id") != e.text("id") ||
		got.text("0.interaction_metadata.authorizing_integration_owners.0") != "0" {
		t.Errorf("the channel has %s", got.raw)
	}
	b.must(200, "PATCH", "channels/"+direct+"/messages/"+m.ID, `{"content":"b"}`)

	if _, err := b.s.Invoke(b.ctx, Invocation{User: ben, Channel: direct, Command: "dream", Options: []GivenValue{{"prompt", "a"}}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("in another's direct messages: %v", err)
	}
	b.must(200, "PUT", "applications/"+app+"/commands", `[{"name":"dream","description":"a","contexts":[0]}]`)
	if _, err := typed(); !errors.Is(err, ErrUnknown) {
		t.Errorf("a command for guilds: %v", err)
	}
	b.must(200, "PUT", "applications/"+app+"/commands", `[{"name":"dream","description":"a","contexts":[1]}]`)
	if _, err := b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "dream"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a command for direct messages: %v", err)
	}
}

func TestAButtonAndAModalInDirectMessages(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(intentGuilds)
	in := "channels/" + b.s.DirectChannel(mei) + "/messages"
	id := b.must(200, "POST", in, buttons).text("id")
	ch := b.begin(func() (Outcome, error) { return b.s.Press(b.ctx, Press{User: mei, Message: id, CustomID: "go"}) })
	e := c.next("INTERACTION_CREATE")
	if e.get("context") != 1.0 || e.text("user.id") != mei || e.get("member") != nil || e.text("message.id") != id || e.get("message.guild_id") != nil {
		t.Errorf("the press is %+v", e)
	}
	b.must(204, "POST", e.path(), dialog)
	modal := b.saw(ch, OutcomeModal).Modal
	if diff := cmp.Diff([]string{"prompt", "model"}, modal.InputIDs()); diff != "" {
		t.Error(diff)
	}
	ch = b.begin(func() (Outcome, error) {
		return b.s.Submit(b.ctx, Submission{User: mei, Modal: modal.ID, Values: map[string]string{"prompt": "on", "model": "a"}})
	})
	e = c.next("INTERACTION_CREATE")
	if e.get("context") != 1.0 || e.text("user.id") != mei || e.get("guild_id") != nil {
		t.Errorf("the submission is %+v", e)
	}
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"b"}}`)
	if m := b.saw(ch, OutcomeMessage).Message; m.ChannelID != b.s.DirectChannel(mei) {
		t.Errorf("the answer is %+v", m)
	}
	if _, err := b.s.Press(b.ctx, Press{User: ben, Message: id, CustomID: "go"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("another person's press: %v", err)
	}
}

func TestInputsOfOlderModalsHaveIDsToo(t *testing.T) {
	t.Parallel()
	m := Modal{Components: []Component{
		{Type: typeText},
		{Type: typeRow, Components: []Component{{Type: typeTextInput, CustomID: "a"}}},
		{Type: typeLabel, Component: &Component{Type: typeTextInput, CustomID: "b"}},
	}}
	if diff := cmp.Diff([]string{"a", "b"}, m.InputIDs()); diff != "" {
		t.Error(diff)
	}
}

func TestANonceIsOnlyInTheAnswerThatCreates(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(intentMessages)
	r := b.must(200, "POST", inDreams, `{"content":"a","nonce":"n"}`)
	if r.text("nonce") != "n" || c.next("MESSAGE_CREATE").text("nonce") != "n" {
		t.Errorf("created: %s", r.raw)
	}
	if r := b.must(200, "GET", inDreams+"/"+r.text("id"), ""); r.get("nonce") != nil {
		t.Errorf("read: %s", r.raw)
	}
}

// A kill leaves what is on the disk: nothing of it may need Close.
func TestDirectMessagesAndFatesSurviveAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := serve(t, Config{Dir: dir})
	in := "channels/" + b.s.DirectChannel(mei) + "/messages"
	b.must(200, "POST", in, buttons)
	b.must(200, "POST", "channels/"+general+"/messages", `{"content":"a"}`)
	for _, err := range []error{
		b.s.DeleteChannel(general), b.s.Kick(workshop), b.s.Deny(dreams, permAttach), b.s.CloseDirect(ben, true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := seen(b.s)
	for _, copied := range []string{killed(t, dir), shut(t, b.s, dir)} {
		s, err := New(Config{Dir: copied})
		if err != nil {
			t.Fatal(err)
		}
		again := serveServer(t, s)
		compareStates(t, before, seen(s))
		refused(t, again.call("POST", "channels/"+general+"/messages", `{"content":"b"}`), 404, 10003)
		refused(t, again.call("GET", "guilds/"+workshop, ""), 404, 10004)
		refused(t, again.upload("POST", inDreams, `{}`, part{"files[0]", "a", "", []byte("a")}), 403, 50013)
		refused(t, again.call("POST", "channels/"+s.DirectChannel(ben)+"/messages", `{"content":"b"}`), 403, 50007)
		if got := s.DirectMessages(mei); len(got) != 1 || len(s.Messages(general)) != 0 {
			t.Errorf("there is %+v", got)
		}
	}
}
