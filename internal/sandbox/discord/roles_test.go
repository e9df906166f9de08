package discord

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

const (
	moderators = "1201000000000000110"
	artists    = "1201000000000000111"
)

// rules registers commands for those who have a permission, and one for all.
const rules = `[{"name":"rule","description":"b","default_member_permissions":"8192"},
	{"name":"reign","description":"b","default_member_permissions":"0"},
	{"name":"any","description":"b","default_member_permissions":null},
	{"name":"Rule this","type":3,"default_member_permissions":"8192","contexts":[0,1]}]`

func TestRolesAreGivenAndTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := serve(t, Config{Dir: dir})
	roles := func(b *bench, user string) any {
		b.Helper()
		return b.must(200, "GET", "guilds/"+harbor+"/members/"+user, "").get("roles.0")
	}
	if roles(b, omar) != moderators || roles(b, mei) != artists || roles(b, ben) != nil || roles(b, ada) != nil {
		t.Errorf("at first Omar has %v, Mei %v, Ben %v, Ada %v", roles(b, omar), roles(b, mei), roles(b, ben), roles(b, ada))
	}
	all := b.must(200, "GET", "guilds/"+harbor, "")
	for path, want := range map[string]any{"roles.0.name": "@everyone", "roles.1.name": "Artist", "roles.1.color": float64(0xE67E22),
		"roles.1.colors.primary_color": float64(0xE67E22), "roles.2.id": moderators, "roles.2.position": 2.0, "roles.2.permissions": "8192"} {
		if got := all.get(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	events := b.s.Subscribe(b.ctx, b.s.State().Seq)
	b.done(b.s.GiveRole(artists, ben))
	b.done(b.s.GiveRole(artists, ben))
	b.done(b.s.TakeRole(artists, mei))
	b.done(b.s.GiveRole(moderators, ben))
	if e := <-events; e.Type != EventGuilds || !slices.Equal(e.Guilds[0].Roles[1].Members, []string{mei, ben}) {
		t.Errorf("the event is %+v", e)
	}
	<-events
	if e := <-events; e.Guilds[0].Permissions[ben] != written(permsOfMembers|permManage) || !slices.Equal(e.Guilds[0].Roles[1].Members, []string{ben}) {
		t.Errorf("the last event is %+v", e)
	}
	for name, d := range map[string][2]error{
		"no role": {b.s.GiveRole("1", ben), ErrUnknown}, "everybody's": {b.s.GiveRole(harbor, ben), ErrUnknown},
		"nobody": {b.s.TakeRole(artists, "1"), ErrUnknown}, "the bot": {b.s.GiveRole(artists, app), ErrUnknown},
		"where the bot is not": {b.s.GiveRole("1201000000000000510", ben), ErrInvalid},
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
		if roles(again, ben) != moderators || roles(again, mei) != nil {
			t.Errorf("after the restart Ben has %v, Mei %v", roles(again, ben), roles(again, mei))
		}
	}
}

func TestCommandsAskForPermissions(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	b.must(200, "PUT", globalCommands, rules)
	m := b.must(200, "POST", inDreams, buttons).text("id")
	c := b.online(0)
	offered := func(user, channel, command, target string) bool {
		b.Helper()
		_, err := b.s.invoke(kindCommand, Invocation{User: user, Channel: channel, Command: command, Target: target})
		if err != nil && !errors.Is(err, ErrUnknown) {
			b.Errorf("/%s: %v", command, err)
		}
		return err == nil
	}
	b.done(b.s.GiveRole(artists, ben))
	for _, w := range []struct {
		user, command string
		want          bool
	}{
		{ada, "rule", true}, {omar, "rule", true}, {ben, "rule", false},
		{ada, "reign", true}, {omar, "reign", false}, {ben, "any", true},
	} {
		if got := offered(w.user, dreams, w.command, ""); got != w.want {
			t.Errorf("/%s is offered to %s: %v", w.command, w.user, got)
		}
	}
	if offered(ben, "", "Rule this", m) || !offered(omar, "", "Rule this", m) {
		t.Error("the menu of a message does not ask for the permission")
	}
	b.done(b.s.GiveRole(moderators, ben))
	b.done(b.s.DenyMember(dreams, ben, permSend))
	if !offered(ben, dreams, "rule", "") {
		t.Error("with the role it is not offered")
	}
	e := c.next("INTERACTION_CREATE")
	for e.text("data.name") != "rule" || e.text("member.user.id") != ben {
		e = c.next("INTERACTION_CREATE")
	}
	if e.text("member.permissions") != written((permsOfMembers|permManage)&^permSend) ||
		e.text("member.roles.0") != moderators || e.text("member.roles.1") != artists {
		t.Errorf("the member is %v", e.get("member"))
	}
	if !offered(ben, b.s.DirectChannel(ben), "rule", "") {
		t.Error("in direct messages there is nothing to ask for")
	}
	for _, command := range b.s.State().Commands {
		if (command.Name == "any") != (command.Permissions == nil) {
			t.Errorf("the page is told of %s that it needs %v", command.Name, command.Permissions)
		}
	}
}

// settings is a card with the select menus that Discord fills.
const settings = `{"flags":32768,"components":[
	{"type":1,"components":[{"type":6,"custom_id":"roles","min_values":0,"max_values":2,"default_values":[{"id":"` + artists + `","type":"role"}]}]},
	{"type":1,"components":[{"type":8,"custom_id":"showcase","channel_types":[0,5],"default_values":[{"id":"` + dreams + `","type":"channel"}]}]},
	{"type":1,"components":[{"type":8,"custom_id":"voice","channel_types":[2]}]},
	{"type":1,"components":[{"type":7,"custom_id":"anybody","max_values":3}]}]}`

func TestMenusThatDiscordFills(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	sent := b.must(200, "POST", inDreams, settings)
	for path, want := range map[string]any{"0.components.0.default_values.0.id": artists, "0.components.0.default_values.0.type": "role",
		"1.components.0.channel_types.1": 5.0, "1.components.0.default_values.0.type": "channel", "3.components.0.default_values": nil} {
		if got := sent.get("components." + path); got != want {
			t.Errorf("components.%s is %v, want %v", path, got, want)
		}
	}
	c := b.online(0)
	for name, p := range map[string]struct {
		Press
		want error
	}{
		"nothing":            {Press{CustomID: "roles"}, nil},
		"two":                {Press{CustomID: "roles", Values: []string{moderators, harbor}}, nil},
		"too many":           {Press{CustomID: "roles", Values: []string{moderators, harbor, artists}}, ErrInvalid},
		"another server's":   {Press{CustomID: "roles", Values: []string{"1201000000000000210"}}, ErrInvalid},
		"a channel":          {Press{CustomID: "showcase", Values: []string{general}}, nil},
		"one of another one": {Press{CustomID: "showcase", Values: []string{"1201000000000000201"}}, ErrInvalid},
		"of another kind":    {Press{CustomID: "voice", Values: []string{general}}, ErrInvalid},
		"of all kinds":       {Press{CustomID: "anybody", Values: []string{ben, artists, app}}, nil},
		"forged":             {Press{CustomID: "voice", Values: []string{general, "5"}, Forged: true}, nil},
	} {
		p.User, p.Message = omar, sent.text("id")
		if _, err := b.s.press(p.Press); !errors.Is(err, p.want) {
			t.Errorf("%s: %v, want %v", name, err, p.want)
		}
		if p.want != nil {
			continue
		}
		e := c.next("INTERACTION_CREATE")
		for i, id := range p.Values {
			if e.text(fmt.Sprint("data.values.", i)) != id {
				t.Errorf("%s: the bot gets %v", name, e.get("data"))
			}
			kind := map[string]string{general: "channels", ben: "users", app: "users"}[id]
			if kind == "" {
				kind = "roles"
			}
			if there := e.get("data.resolved."+kind+"."+id) != nil; there == (id == "5") {
				t.Errorf("%s: resolved is %v", name, e.get("data.resolved"))
			}
		}
	}
	forged := Press{User: ben, Message: sent.text("id"), CustomID: "made up", Values: []string{"x"}, Forged: true}
	if _, err := b.s.press(forged); err != nil {
		t.Error(err)
	}
	if e := c.next("INTERACTION_CREATE"); e.text("data.component_type") != "3" || e.text("data.values.0") != "x" || e.text("data.custom_id") != "made up" {
		t.Errorf("the bot gets %v", e.get("data"))
	}
}

func TestMenusThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for name, c := range map[string]struct{ fields, at string }{
		"a default of another kind": {`"type":6,"default_values":[{"id":"1","type":"user"}]`, "default_values.0.type"},
		"a default without a kind":  {`"type":6,"default_values":[{"id":"1"}]`, "default_values.0.type"},
		"a default that is no id":   {`"type":8,"default_values":[{"id":"a","type":"channel"}]`, "default_values.0.id"},
		"a default twice":           {`"type":8,"max_values":2,"default_values":[{"id":"1","type":"channel"},{"id":"1","type":"channel"}]`, "default_values.1.id"},
		"more than can be chosen":   {`"type":5,"default_values":[{"id":"1","type":"user"},{"id":"2","type":"user"}]`, "default_values"},
		"fewer than must be":        {`"type":5,"min_values":2,"max_values":2,"default_values":[{"id":"1","type":"user"}]`, "default_values"},
		"channel_types of roles":    {`"type":6,"channel_types":[0]`, "channel_types"},
		"channel_types of none":     {`"type":8,"channel_types":[99]`, "channel_types.0"},
	} {
		r := b.call("POST", inDreams, `{"flags":32768,"components":[{"type":1,"components":[{"custom_id":"a",`+c.fields+`}]}]}`)
		t.Run(name, func(t *testing.T) { refusedAt(t, r, "components.0.components.0."+c.at) })
	}
}

// A card for one person alone can come with a file, and be edited with another.
func TestFilesInAnswersForOnePerson(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, ch := b.dream()
	if r := b.upload("POST", e.path(), `{"type":4,"data":{"flags":64,"content":"yours","attachments":[{"id":0,"filename":"data.json"}]}}`,
		part{"files[0]", "a.bin", "application/json", []byte("{}")}); r.status != 204 {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	m := b.saw(ch, OutcomeMessage).Message
	if m.OnlyFor != ada || len(m.Attachments) != 1 || m.Attachments[0].Filename != "data.json" || m.Attachments[0].Size != 2 {
		t.Errorf("the answer is %+v", m)
	}
}
