package discord

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRightsThatAMemberLacks(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	b.must(200, "PUT", globalCommands, menuCommands)
	c := b.online(intentGuilds)
	m := b.must(200, "POST", inDreams, buttons).text("id")
	up, err := b.s.Upload(b.ctx, "a.png", picture(t, 2, 2))
	b.done(err)
	write := func(files ...string) error {
		_, err := b.s.Post(b.ctx, Saying{User: ben, Channel: dreams, Text: "a", Files: files})
		return err
	}
	react := func() error {
		return b.s.React(b.ctx, Reacting{User: ben, Message: m, Emoji: extend})
	}
	invoke := func() error {
		_, err := b.s.Invoke(b.ctx, Invocation{User: ben, Channel: dreams, Command: "extend"})
		return err
	}
	take := func() error {
		_, err := b.s.Invoke(b.ctx, Invocation{User: ben, Target: m, Command: "Extend this video"})
		return err
	}
	for name, d := range map[string]struct {
		denied int64
		act    func() error
		want   error
	}{
		"to write":     {permSend, func() error { return write() }, ErrInvalid},
		"to attach":    {permAttach, func() error { return write(up.ID) }, ErrInvalid},
		"to react":     {permAddReactions, react, ErrInvalid},
		"to look back": {permHistory, react, ErrInvalid},
		"to command":   {permAppCommands, invoke, ErrInvalid},
		"to take":      {permAppCommands, take, ErrInvalid},
		"to see":       {permView, invoke, ErrUnknown},
	} {
		b.done(b.s.DenyMember(dreams, ben, d.denied))
		if err := d.act(); !errors.Is(err, d.want) {
			t.Errorf("without the right %s: %v, want %v", name, err, d.want)
		}
	}
	if err := b.s.React(b.ctx, Reacting{User: mei, Message: m, Emoji: extend}); err != nil {
		t.Errorf("another member: %v", err)
	}
	// Buttons can be pressed without the right to use commands.
	b.done(b.s.DenyMember(dreams, ben, permAppCommands|permAddReactions))
	if err := react(); err != nil {
		t.Errorf("joining a reaction: %v", err)
	}
	ch := b.begin(func() (Outcome, error) { return b.s.Press(b.ctx, Press{User: ben, Message: m, CustomID: "go"}) })
	e := c.next("INTERACTION_CREATE")
	if want := written(permsOfMembers &^ (permAppCommands | permAddReactions)); e.text("member.permissions") != want || e.text("channel.permissions") != want {
		t.Errorf("the permissions are %s, want %s", e.text("member.permissions"), want)
	}
	b.must(204, "POST", e.path(), `{"type":6}`)
	b.saw(ch, OutcomeUpdate)
	b.done(b.s.DenyMember(dreams, ben, 0))
	if err := write(up.ID); err != nil {
		t.Error(err)
	}
}

func TestRightsAreOverwritesOfTheChannel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := serve(t, Config{Dir: dir})
	c := b.online(intentGuilds)
	b.done(b.s.Deny(dreams, permAttach))
	b.done(b.s.DenyMember(dreams, omar, permSend))
	b.done(b.s.DenyMember(dreams, ben, permAppCommands))
	b.done(b.s.DenyMember(dreams, ben, permAppCommands))
	overwrite := func(id string, denied int64) any {
		return map[string]any{"id": id, "type": 1.0, "allow": "0", "deny": written(denied)}
	}
	want := []any{overwrite(app, permAttach), overwrite(ben, permAppCommands), overwrite(omar, permSend)}
	for i := range 3 {
		if e := c.next("CHANNEL_UPDATE"); i == 2 {
			if diff := cmp.Diff(any(want), e.get("permission_overwrites")); diff != "" {
				t.Errorf("the event has\n%s", diff)
			}
		}
	}
	for name, d := range map[string][2]error{
		"a member's more": {b.s.DenyMember(dreams, ben, permManage), ErrInvalid}, "the owner's": {b.s.DenyMember(dreams, ada, permSend), ErrInvalid},
		"nobody's": {b.s.DenyMember(dreams, "1", permSend), ErrUnknown}, "the bot's": {b.s.DenyMember(dreams, app, permSend), ErrUnknown},
		"nowhere": {b.s.DenyMember("1", ben, permSend), ErrUnknown}, "in direct messages": {b.s.DenyMember(b.s.DirectChannel(ben), ben, permSend), ErrUnknown},
	} {
		if !errors.Is(d[0], d[1]) {
			t.Errorf("%s: %v, want %v", name, d[0], d[1])
		}
	}
	for _, copied := range []string{killed(t, dir), shut(t, b.s, dir)} {
		s, err := New(Config{Dir: copied})
		if err != nil {
			t.Fatal(err)
		}
		again := serveServer(t, s)
		if diff := cmp.Diff(any(want), again.must(200, "GET", "channels/"+dreams, "").get("permission_overwrites")); diff != "" {
			t.Errorf("after the restart:\n%s", diff)
		}
		again.done(s.DenyMember(dreams, ben, 0))
		again.done(s.DenyMember(dreams, omar, 0))
		if got := again.must(200, "GET", "channels/"+dreams, "").get("permission_overwrites"); len(got.([]any)) != 1 || len(s.fate.Rights) != 0 {
			t.Errorf("given back, there is %v", got)
		}
	}
}
