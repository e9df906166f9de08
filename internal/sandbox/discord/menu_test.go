package discord

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const everywhere = `"integration_types":[0,1],"contexts":[0,1,2]`

// menuCommands has a slash command of the same name as a message command's first
// word, and one of each for everywhere.
const menuCommands = `[{"name":"extend","description":"Extend a video",` + everywhere + `},
	{"type":3,"name":"Extend this video",` + everywhere + `},{"type":3,"name":"extend"},{"type":2,"name":"Extend this video"}]`

// fromMenu has a person take a command from a message's menu.
func (b *bench) fromMenu(user, message, command string) <-chan acting {
	return b.begin(func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: user, Command: command, Target: message})
	})
}

func TestACommandOfAMessagesMenu(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, menuCommands)
	c := b.online(intentGuilds)
	up, err := b.s.Upload(b.ctx, "boat.png", picture(t, 30, 20))
	b.done(err)
	said, err := b.s.Post(b.ctx, Saying{User: ben, Channel: dreams, Text: "my boat", Files: []string{up.ID}})
	b.done(err)
	if r := b.must(200, "GET", inDreams+"/"+said.ID, ""); r.text("content") != "" {
		t.Errorf("without the intent the bot reads %s", r.raw)
	}
	ch := b.fromMenu(ada, said.ID, "Extend this video")
	e := c.next("INTERACTION_CREATE")
	in := "data.resolved.messages." + said.ID
	for path, want := range map[string]any{
		"type": 2.0, "data.type": 3.0, "data.name": "Extend this video", "data.target_id": said.ID, "data.options": nil,
		"channel_id": dreams, "member.user.id": ada, "message": nil, in + ".id": said.ID, in + ".content": "my boat", in + ".author.id": ben,
		in + ".attachments.0.filename": "boat.png", in + ".attachments.0.content_type": "image/png",
		in + ".attachments.0.width": 30.0, in + ".attachments.0.height": 20.0, in + ".attachments.0.ephemeral": nil,
	} {
		if got := e.get(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if res, _ := b.fetch(e.text(in+".attachments.0.url"), nil); res.StatusCode != 200 {
		t.Errorf("its attachment: %d", res.StatusCode)
	}
	r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":4,"data":{"content":"a"}}`)
	m := b.saw(ch, OutcomeMessage).Message
	if r.get("resource.message.type") != 23.0 || r.text("resource.message.interaction_metadata.target_message_id") != said.ID ||
		r.text("resource.message.interaction.name") != "Extend this video" || m.CommandName != "Extend this video" {
		t.Errorf("the answer is %s", r.raw)
	}
}

func TestAModalOfAMenusCommandHasNoMessage(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, menuCommands)
	c := b.online(intentGuilds)
	said, err := b.s.Say(b.ctx, ben, dreams, "a", "")
	b.done(err)
	ch := b.fromMenu(ada, said.ID, "Extend this video")
	b.must(204, "POST", c.next("INTERACTION_CREATE").path(), `{"type":9,"data":{"custom_id":"m","title":"Dream","components":[
		{"type":18,"label":"Prompt","component":{"type":4,"custom_id":"prompt","style":2}},
		{"type":18,"label":"Pictures","component":{"type":19,"custom_id":"files","required":false,"max_values":2}}]}}`)
	dialog := b.saw(ch, OutcomeModal).Modal
	var ids []string
	for _, name := range []string{"a.png", "b.png"} {
		up, err := b.s.Upload(b.ctx, name, picture(t, 4, 2))
		b.done(err)
		ids = append(ids, up.ID)
	}
	ch = b.begin(func() (Outcome, error) {
		return b.s.Submit(b.ctx, Submission{ada, dialog.ID, map[string]string{"prompt": "on", "files": strings.Join(ids, "\n")}})
	})
	e := c.next("INTERACTION_CREATE")
	if e.get("type") != 5.0 || e.get("message") != nil || e.get("data.target_id") != nil {
		t.Errorf("the submission is %v", e.D)
	}
	if diff := cmp.Diff([]any{ids[0], ids[1]}, e.get("data.components.1.component.values")); diff != "" {
		t.Errorf("the files are\n%s", diff)
	}
	for i, id := range ids {
		at := "data.resolved.attachments." + id
		if e.text(at+".filename") != []string{"a.png", "b.png"}[i] || e.get(at+".ephemeral") != true || e.get(at+".width") != 4.0 ||
			e.text(at+".content_type") != "image/png" || e.get(at+".size") == nil {
			t.Errorf("file %d is %v", i, e.get(at))
		}
	}
	r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":4,"data":{"content":"a"}}`)
	meta := "resource.message.interaction_metadata"
	if r.get(meta+".type") != 5.0 || r.text(meta+".triggering_interaction_metadata.target_message_id") != said.ID || r.get(meta+".target_message_id") != nil {
		t.Errorf("the answer is %s", r.raw)
	}
	b.saw(ch, OutcomeMessage)
}

func TestWhatCannotBeTakenFromAMenu(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, _, secret := b.answered(`{"content":"a","flags":64}`)
	b.must(200, "PUT", globalCommands, menuCommands)
	c := b.online(intentGuilds)
	said, err := b.s.Say(b.ctx, ben, dreams, "a", "")
	b.done(err)
	direct, err := b.s.Say(b.ctx, mei, b.s.DirectChannel(mei), "a", "")
	b.done(err)
	const name = "Extend this video"
	for what, c := range map[string]struct {
		i    Invocation
		want error
	}{
		"of no message":                {Invocation{User: ada, Command: name, Target: "1"}, ErrUnknown},
		"of another's ephemeral one":   {Invocation{User: ben, Command: name, Target: secret.ID}, ErrUnknown},
		"in another's direct messages": {Invocation{User: ben, Command: name, Target: direct.ID}, ErrUnknown},
		"in another channel":           {Invocation{User: ada, Channel: general, Command: name, Target: said.ID}, ErrUnknown},
		"half a name":                  {Invocation{User: ada, Command: "Extend this", Target: said.ID}, ErrUnknown},
		"in other letters":             {Invocation{User: ada, Command: strings.ToLower(name), Target: said.ID}, ErrUnknown},
		"typed":                        {Invocation{User: ada, Channel: dreams, Command: name}, ErrUnknown},
		"with options":                 {Invocation{User: ada, Command: name, Target: said.ID, Options: []GivenValue{{"prompt", "a"}}}, ErrInvalid},
	} {
		if _, err := b.s.Invoke(b.ctx, c.i); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if _, err := b.s.Autocomplete(b.ctx, Invocation{User: ada, Command: name, Target: said.ID}); !errors.Is(err, ErrInvalid) {
		t.Errorf("completing it: %v", err)
	}
	// One's own ephemeral message has a menu, and so have direct messages.
	for user, message := range map[string]string{ada: secret.ID, mei: direct.ID} {
		ch := b.fromMenu(user, message, name)
		e := c.next("INTERACTION_CREATE")
		if e.text("data.target_id") != message || e.text("data.resolved.messages."+message+".content") != "a" {
			t.Errorf("the interaction is %v", e.D)
		}
		b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"b"}}`)
		b.saw(ch, OutcomeMessage)
	}
	// The command that is typed is another one.
	ch := b.begin(func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "extend"})
	})
	e := c.next("INTERACTION_CREATE")
	if e.get("data.type") != 1.0 || e.get("data.target_id") != nil {
		t.Errorf("typed, it is %v", e.D)
	}
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"b"}}`)
	b.saw(ch, OutcomeMessage)
}

func TestThePageIsToldWhereCommandsAre(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, menuCommands)
	b.must(200, "PUT", localCommands, `[{"name":"here","description":"b"}]`)
	var got [][2][]int
	for _, c := range b.s.State().Commands {
		got = append(got, [2][]int{c.Contexts, c.IntegrationTypes})
	}
	all := [2][]int{{0, 1, 2}, {0, 1}}
	silent := [2][]int{{0, 1}, {0}}
	if diff := cmp.Diff([][2][]int{all, all, silent, silent, {{0}, {0}}}, got); diff != "" {
		t.Error(diff)
	}
	if r := b.must(200, "GET", globalCommands, ""); r.get("2.contexts") != nil || r.get("2.integration_types.0") != 0.0 || r.get("0.integration_types.1") != 1.0 {
		t.Errorf("the bot is told %s", r.raw)
	}
}
