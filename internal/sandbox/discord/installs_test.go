package discord

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	garden  = "1201000000000000500"
	pond    = "1201000000000000501"
	moss    = "1201000000000000502"
	private = "1201000000000000601"
)

// typed has a person type /extend somewhere.
func (b *bench) typed(user, channel string) <-chan acting {
	return b.begin(func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: user, Channel: channel, Command: "extend"})
	})
}

func TestWhoLetsTheBotTakePart(t *testing.T) {
	t.Parallel()
	const user, guild = `"integration_types":[1]`, `"integration_types":[0]`
	for name, c := range map[string]struct {
		fields, user, channel string
		before                func(*bench)
		context               float64
		owners                map[string]any // nil: it is not offered
		permissions           int64
	}{
		"at home, for both":    {everywhere, ben, dreams, nil, 0, map[string]any{"0": harbor, "1": ben}, permsOfMembers},
		"at home, for servers": {guild, ben, dreams, nil, 0, map[string]any{"0": harbor}, permsOfMembers},
		"at home, for users":   {user, ben, dreams, nil, 0, map[string]any{"1": ben}, permsOfMembers},
		"at home, who removed it": {everywhere, ben, dreams, func(b *bench) { b.done(b.s.Uninstall(ben)) }, 0,
			map[string]any{"0": harbor}, permsOfMembers},
		"thrown out, for both": {everywhere, ben, dreams, func(b *bench) { b.done(b.s.Kick(harbor)) }, 0,
			map[string]any{"1": ben}, permsOfVisitor},
		"thrown out, for servers":       {guild, ben, dreams, func(b *bench) { b.done(b.s.Kick(harbor)) }, 0, nil, 0},
		"in the garden, for both":       {everywhere, mei, pond, nil, 0, map[string]any{"1": mei}, permsOfVisitor},
		"in the garden, by default":     {`"nsfw":false`, mei, pond, nil, 0, nil, 0},
		"in the garden, elsewhere":      {user + `,"contexts":[1,2]`, mei, pond, nil, 0, nil, 0},
		"in the garden, who removed it": {everywhere, mei, pond, func(b *bench) { b.done(b.s.Uninstall(mei)) }, 0, nil, 0},
		"in direct messages":            {everywhere, mei, "1201000000000000403", nil, 1, map[string]any{"0": "0", "1": mei}, permsOfDirect},
		"in direct messages, sharing nothing": {everywhere, mei, "1201000000000000403", func(b *bench) {
			b.done(b.s.Kick(harbor))
			b.done(b.s.Kick(workshop))
		}, 1, map[string]any{"1": mei}, permsOfDirect},
		"in private":             {everywhere, ada, private, nil, 2, map[string]any{"1": ada}, permsOfVisitor},
		"in private, by default": {user, ada, private, nil, 2, nil, 0},
		"in others' private":     {everywhere, mei, private, nil, 2, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, Config{Limits: Limits{Ack: time.Hour}})
			b.must(200, "PUT", globalCommands, `[{"name":"extend","description":"b",`+c.fields+`}]`)
			gw := b.online(intentGuilds)
			if c.before != nil {
				c.before(b)
			}
			if c.owners == nil {
				if _, err := b.s.Invoke(b.ctx, Invocation{User: c.user, Channel: c.channel, Command: "extend"}); !errors.Is(err, ErrUnknown) {
					t.Errorf("it is offered: %v", err)
				}
				return
			}
			ch := b.typed(c.user, c.channel)
			e := gw.next("INTERACTION_CREATE")
			if diff := cmp.Diff(any(c.owners), e.get("authorizing_integration_owners")); diff != "" {
				t.Errorf("owners:\n%s", diff)
			}
			if e.get("context") != c.context || e.text("app_permissions") != strconv.FormatInt(c.permissions, 10) {
				t.Errorf("context %v, app_permissions %s", e.get("context"), e.text("app_permissions"))
			}
			r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":4,"data":`+buttons+`}`)
			m := b.saw(ch, OutcomeMessage).Message
			if diff := cmp.Diff(any(c.owners), r.get("resource.message.interaction_metadata.authorizing_integration_owners")); diff != "" || m.OnlyFor != "" {
				t.Errorf("the answer's owners:\n%s", diff)
			}
		})
	}
}

func TestTheBotIsNotWhereItsUsersAre(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	b.must(200, "PUT", globalCommands, menuCommands)
	c := b.online(intentGuilds | intentMessages | intentReactions | intentDirect | intentDirectReactions)
	for _, in := range []string{pond, private} {
		said, err := b.s.Say(b.ctx, ben, in, "hello", "")
		b.done(err)
		ch := b.fromMenu(ada, said.ID, "Extend this video")
		e := c.read()
		for e.T == "GUILD_CREATE" {
			if e.text("id") == garden {
				t.Error("it is told of the garden")
			}
			e = c.read()
		}
		if e.T != "INTERACTION_CREATE" || e.text("data.resolved.messages."+said.ID+".content") != "hello" || e.text("channel.id") != in {
			t.Errorf("came %s %v", e.T, e.D)
		}
		if in == private && (e.text("user.id") != ada || e.get("member") != nil || e.get("guild_id") != nil || e.text("channel.recipients.1.id") != ben) {
			t.Errorf("in private it is %v", e.D)
		}
		if in == pond && (e.text("guild_id") != garden || e.text("member.user.id") != ada || e.get("member.roles.0") != nil ||
			e.text("member.permissions") != written(permsOfMembers)) {
			t.Errorf("in the garden it is %v", e.D)
		}
		b.must(204, "POST", e.path(), `{"type":4,"data":`+buttons+`}`)
		m := b.saw(ch, OutcomeMessage).Message
		b.react(ben, m.ID, extend)
		// Its messages it reaches by the token alone.
		b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
		b.must(200, "GET", e.hook("@original"), "")
		messages := "channels/" + in + "/messages"
		for _, r := range []reply{
			b.call("GET", "channels/"+in, ""), b.call("GET", messages, ""), b.call("POST", messages, `{"content":"a"}`),
			b.call("GET", messages+"/"+m.ID, ""), b.call("PATCH", messages+"/"+m.ID, `{"content":"a"}`), b.call("DELETE", messages+"/"+m.ID, ""),
			b.call("PUT", messages+"/"+m.ID+"/reactions/%E2%8F%A9/@me", ""),
		} {
			refused(t, r, 403, 50001)
		}
		// Who presses need not be who brought it.
		ch = b.begin(func() (Outcome, error) { return b.s.Press(b.ctx, Press{User: ben, Message: m.ID, CustomID: "go"}) })
		press := c.read()
		if press.T != "INTERACTION_CREATE" || press.text("authorizing_integration_owners.1") != ada || press.get("authorizing_integration_owners.0") != nil {
			t.Errorf("came %s %v", press.T, press.D)
		}
		b.must(204, "POST", press.path(), `{"type":6}`)
		b.saw(ch, OutcomeUpdate)
		for range maxFollowUps {
			b.must(200, "POST", e.hook(""), `{"content":"c"}`)
		}
		refused(t, b.call("POST", e.hook(""), `{"content":"c"}`), 400, 40094)
		b.s.ExpireTokens()
		refused(t, b.call("PATCH", e.hook("@original"), `{"content":"c"}`), 401, 50027)
	}
	refused(t, b.call("GET", "guilds/"+garden, ""), 404, 10004)
	refused(t, b.call("GET", "applications/"+app+"/guilds/"+garden+"/commands", ""), 403, 50001)
	if r := b.must(200, "GET", "users/@me/guilds", ""); len(r.json.([]any)) != 2 {
		t.Errorf("its guilds are %s", r.raw)
	}
	if r := b.must(200, "GET", "applications/@me", ""); r.get("integration_types_config.0") == nil || r.get("integration_types_config.1") == nil {
		t.Errorf("it is %s", r.raw)
	}
	// Nobody can make it a member there.
	for _, err := range []error{b.s.Kick(garden), b.s.Readmit(garden), b.s.Deny(pond, permSend)} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
	// Who removes it takes it along from what it has answered.
	m := b.s.Messages(pond)[1]
	b.done(b.s.Uninstall(ada))
	b.done(b.s.Uninstall(ada))
	if out, err := b.s.Press(b.ctx, Press{User: ben, Message: m.ID, CustomID: "go"}); err == nil && out.Kind != OutcomeNone {
		t.Errorf("a press: %+v", out)
	}
	for _, err := range []error{b.s.Install("1"), b.s.Uninstall("1")} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("of nobody: %v", err)
		}
	}
}

func TestWithoutExternalAppsAnswersAreForOne(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, menuCommands)
	c := b.online(intentGuilds)
	answer := func(user, channel, body string) (event, *Message) {
		t.Helper()
		ch := b.typed(user, channel)
		e := c.next("INTERACTION_CREATE")
		b.must(204, "POST", e.path(), body)
		a := <-ch
		b.done(a.err)
		return e, a.out.Message
	}
	e, m := answer(ada, moss, `{"type":4,"data":`+buttons+`}`)
	if m.OnlyFor != ada || m.Flags&flagEphemeral == 0 || e.text("member.permissions") != written(permsOfMembers&^permExternalApps) {
		t.Errorf("in moss it is %+v", m)
	}
	r := b.must(200, "POST", e.hook(""), `{"content":"more"}`)
	if r.get("flags") != 64.0 {
		t.Errorf("a follow-up there is %s", r.raw)
	}
	b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	if _, m := answer(ben, moss, `{"type":5}`); m.OnlyFor != ben {
		t.Errorf("deferred, it is %+v", m)
	}
	// The same by a member's own rights, where the bot was thrown out.
	b.done(b.s.DenyMember(dreams, ben, permExternalApps))
	if _, m := answer(ben, dreams, `{"type":4,"data":{"content":"a"}}`); m.OnlyFor != "" {
		t.Errorf("where the bot is a member it is %+v", m)
	}
	b.done(b.s.Kick(harbor))
	if _, m := answer(ben, dreams, `{"type":4,"data":{"content":"a"}}`); m.OnlyFor != ben {
		t.Errorf("thrown out, it is %+v", m)
	}
	if _, m := answer(mei, dreams, `{"type":4,"data":{"content":"a"}}`); m.OnlyFor != "" {
		t.Errorf("another member's is %+v", m)
	}
}

func TestWhoRemovedTheBotIsTold(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Crowd: 1})
	events := b.s.Subscribe(b.ctx, b.s.State().Seq)
	told := func(want ...string) {
		t.Helper()
		e := <-events
		if e.Type != EventInstalls || e.Uninstalled == nil || !slices.Equal(e.Uninstalled, want) {
			t.Errorf("the event is %+v, want %q", e, want)
		}
		if st := b.s.State(); !slices.Equal(st.Uninstalled, want) || st.Seq != e.Seq {
			t.Errorf("the state has %q at %d, want %q", st.Uninstalled, st.Seq, want)
		}
	}
	b.done(b.s.Uninstall(mei))
	told(mei)
	b.done(b.s.Uninstall(mei)) // changes nothing
	b.done(b.s.Uninstall(ada))
	told(ada, mei)
	b.done(b.s.Uninstall(b.s.Crowd()[0])) // whom the page does not list
	told(ada, mei)
	b.done(b.s.Install(ada))
	told(mei)
	b.done(b.s.Install(mei))
	told()
	b.done(b.s.CloseDirect(ada, true))
	if e := <-events; e.Type != EventGuilds || e.Uninstalled != nil {
		t.Errorf("another choice is told as %+v", e)
	}
}
