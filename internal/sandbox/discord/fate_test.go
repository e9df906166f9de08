package discord

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	workshop = "1201000000000000200"
)

// killed is the folder of a server that was killed at this moment.
func killed(t *testing.T, dir string) string {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

// shut is the folder of a server that was closed.
func shut(t *testing.T, s *Server, dir string) string {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return killed(t, dir)
}

func (b *bench) done(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func TestAReplyThatAModeratorDeletes(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, m := b.answered(`{"content":"a"}`)
	c := b.online(intentMessages)
	b.done(b.s.DeleteMessage(m.ID))
	if e := c.next("MESSAGE_DELETE"); e.text("id") != m.ID || e.text("channel_id") != dreams || e.text("guild_id") != harbor {
		t.Errorf("the event is %+v", e)
	}
	refused(t, b.call("PATCH", e.hook("@original"), `{"content":"b"}`), 404, 10008)
	refused(t, b.call("GET", e.hook("@original"), ""), 404, 10008)
	refused(t, b.call("PATCH", inDreams+"/"+m.ID, `{"content":"b"}`), 404, 10008)
	refused(t, b.call("DELETE", inDreams+"/"+m.ID, ""), 404, 10008)
	if err := b.s.DeleteMessage(m.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("again: %v", err)
	}
	id := b.must(200, "POST", "channels/"+b.s.DirectChannel(ada)+"/messages", `{"content":"a"}`).text("id")
	if err := b.s.DeleteMessage(id); !errors.Is(err, ErrInvalid) {
		t.Errorf("a direct message: %v", err)
	}
}

func TestAChannelThatIsGone(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, m := b.answered(buttons)
	c := b.online(intentGuilds)
	ch := b.invoke()
	open := c.next("INTERACTION_CREATE")
	b.done(b.s.DeleteChannel(dreams))
	b.done(b.s.DeleteChannel(dreams))
	if e := c.next("CHANNEL_DELETE"); e.text("id") != dreams || e.text("guild_id") != harbor || e.text("name") != "dreams" {
		t.Errorf("the event is %+v", e)
	}
	for _, r := range []reply{
		b.call("GET", "channels/"+dreams, ""), b.call("GET", inDreams, ""), b.call("POST", inDreams, `{"content":"b"}`),
		b.call("PATCH", inDreams+"/"+m.ID, `{"content":"b"}`), b.call("POST", e.hook(""), `{"content":"b"}`),
		b.call("POST", open.path(), `{"type":4,"data":{"content":"b"}}`),
	} {
		refused(t, r, 404, 10003)
	}
	refused(t, b.call("PATCH", e.hook("@original"), `{"content":"b"}`), 404, 10008)
	if r := b.must(200, "GET", "guilds/"+harbor+"/channels", ""); r.text("0.id") != general || r.get("1") != nil {
		t.Errorf("the guild has %s", r.raw)
	}
	st := b.s.State()
	if len(st.Messages) != 0 || len(st.Guilds[0].Channels) != 1 || len(st.Guilds[0].Gone) != 1 || st.Guilds[0].Gone[0].ID != dreams {
		t.Errorf("people see %+v", st)
	}
	if _, err := b.s.Press(b.ctx, Press{User: ada, Message: m.ID, CustomID: "go"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a press there: %v", err)
	}
	if _, err := b.s.Say(b.ctx, ada, dreams, "a", ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("a word there: %v", err)
	}
	if got := b.online(intentGuilds).next("GUILD_CREATE").get("channels.1"); got != nil {
		t.Errorf("a new session is told of %v", got)
	}
	b.done(b.s.RestoreChannel(dreams))
	if e := c.next("CHANNEL_CREATE"); e.text("id") != dreams {
		t.Errorf("the event is %+v", e)
	}
	b.must(200, "POST", inDreams, `{"content":"b"}`)
	refused(t, b.call("PATCH", inDreams+"/"+m.ID, `{"content":"b"}`), 404, 10008)
	if err := b.s.Close(); err != nil { // the open interaction ends
		t.Error(err)
	}
	b.saw(ch, OutcomeNone)
}

func TestABotThatIsThrownOut(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{Ack: time.Hour}})
	_, e, m := b.answered(buttons)
	c := b.online(intentGuilds | intentMessages)
	b.done(b.s.Kick(harbor))
	b.done(b.s.Kick(harbor))
	gone := c.next("GUILD_DELETE")
	if _, unavailable := gone.D.(map[string]any)["unavailable"]; gone.text("id") != harbor || unavailable {
		t.Errorf("the event is %+v", gone)
	}
	for _, r := range []reply{
		b.call("GET", "channels/"+dreams, ""), b.call("GET", inDreams, ""), b.call("POST", inDreams, `{"content":"b"}`),
		b.call("PATCH", inDreams+"/"+m.ID, `{"content":"b"}`), b.call("GET", "applications/"+app+"/guilds/"+harbor+"/commands", ""),
	} {
		refused(t, r, 403, 50001)
	}
	refused(t, b.call("GET", "guilds/"+harbor, ""), 404, 10004)
	refused(t, b.call("GET", "guilds/"+harbor+"/channels", ""), 404, 10004)
	if r := b.must(200, "GET", "users/@me/guilds", ""); r.text("0.id") != workshop || r.get("1") != nil {
		t.Errorf("its guilds are %s", r.raw)
	}
	// The token of an interaction goes on.
	b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	b.must(200, "POST", e.hook(""), `{"content":"c"}`)
	// What people do there no longer reaches it.
	if _, err := b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", "a"}}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a command there: %v", err)
	}
	if out, err := b.s.Press(b.ctx, Press{User: ada, Message: m.ID, CustomID: "go"}); err != nil || out.Kind != OutcomeNone {
		t.Errorf("a press there: %+v, %v", out, err)
	}
	if _, err := b.s.Say(b.ctx, ada, dreams, "a", ""); err != nil {
		t.Error(err)
	}
	fresh := b.online(intentGuilds)
	if e := fresh.next("GUILD_CREATE"); e.text("id") != workshop {
		t.Errorf("a new session is told of %s", e.text("id"))
	}
	if !b.s.State().Guilds[0].Kicked {
		t.Error("the page is not told")
	}
	b.done(b.s.Readmit(harbor))
	b.done(b.s.Readmit(harbor))
	back := c.read() // nothing else came in between
	if back.T != "GUILD_CREATE" || back.text("id") != harbor {
		t.Errorf("after the end came %+v", back)
	}
	b.must(200, "PATCH", inDreams+"/"+m.ID, `{"content":"d"}`)
}

func TestABotThatSharesNoGuildCannotWriteDirectly(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", "applications/"+app+"/commands", dreamCommand)
	in := "channels/" + b.s.DirectChannel(mei) + "/messages"
	b.done(b.s.Kick(harbor))
	b.must(200, "POST", in, `{"content":"a"}`)
	b.done(b.s.Kick(workshop))
	b.must(200, "POST", in, `{"content":"b"}`) // she has the bot for herself
	b.done(b.s.Uninstall(mei))
	refused(t, b.call("POST", in, `{"content":"b"}`), 403, 50007)
	if _, err := b.s.Invoke(b.ctx, Invocation{User: mei, Channel: b.s.DirectChannel(mei), Command: "dream"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a command there: %v", err)
	}
	b.done(b.s.Install(mei))
	b.must(200, "POST", in, `{"content":"b"}`)
	b.done(b.s.CloseDirect(mei, true))
	refused(t, b.call("POST", in, `{"content":"b"}`), 403, 50007)
	b.done(b.s.CloseDirect(mei, false))
	b.done(b.s.Uninstall(mei))
	b.done(b.s.Readmit(workshop))
	b.must(200, "POST", in, `{"content":"b"}`)
}

func TestPermissionsThatAreTakenAway(t *testing.T) {
	t.Parallel()
	const answer = `{"content":"b","message_reference":{"message_id":"%"}}`
	file := part{"files[0]", "a.txt", "", []byte("a")}
	for name, c := range map[string]struct {
		denied                                int64
		list, get, post, edit, upload, answer [2]int // status and code
		hook                                  int    // status of an upload by webhook
	}{
		"none": {0, [2]int{200}, [2]int{200}, [2]int{200}, [2]int{200}, [2]int{200}, [2]int{200}, 200},
		"to view": {permView, [2]int{403, 50001}, [2]int{403, 50001}, [2]int{403, 50001}, [2]int{403, 50001},
			[2]int{403, 50001}, [2]int{403, 50001}, 200},
		"to send":   {permSend, [2]int{200}, [2]int{200}, [2]int{403, 50013}, [2]int{200}, [2]int{200}, [2]int{403, 50013}, 200},
		"to attach": {permAttach, [2]int{200}, [2]int{200}, [2]int{200}, [2]int{200}, [2]int{403, 50013}, [2]int{200}, 403},
		"to look back": {permHistory, [2]int{200, -1}, [2]int{403, 50013}, [2]int{200}, [2]int{200}, [2]int{200},
			[2]int{403, 160002}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, Config{Limits: Limits{ChannelEdits: 100}})
			gw, e, m := b.answered(`{"content":"a"}`)
			b.done(b.s.Deny(dreams, permAddReactions)) // which is replaced
			b.done(b.s.Deny(dreams, c.denied))
			path := inDreams + "/" + m.ID
			for what, got := range map[string]struct {
				r    reply
				want [2]int
			}{
				"list":   {b.call("GET", inDreams, ""), c.list},
				"get":    {b.call("GET", path, ""), c.get},
				"post":   {b.call("POST", inDreams, `{"content":"b"}`), c.post},
				"edit":   {b.call("PATCH", path, `{"content":"b"}`), c.edit},
				"upload": {b.upload("PATCH", path, `{}`, file), c.upload},
				"answer": {b.call("POST", inDreams, strings.Replace(answer, "%", m.ID, 1)), c.answer},
			} {
				switch code := got.r.get("code"); {
				case got.r.status != got.want[0], got.want[1] > 0 && code != float64(got.want[1]):
					t.Errorf("%s: %d %s, want %v", what, got.r.status, got.r.raw, got.want)
				case got.want[1] < 0 && string(got.r.raw) != "[]":
					t.Errorf("%s: %s", what, got.r.raw)
				}
			}
			b.must(200, "PATCH", e.hook("@original"), `{"content":"c"}`)
			if r := b.upload("PATCH", e.hook("@original"), `{}`, file); r.status != c.hook {
				t.Errorf("an upload by webhook: %d %s", r.status, r.raw)
			}
			b.must(200, "POST", "channels/"+general+"/messages", `{"content":"b"}`)
			ch := b.invoke()
			i := gw.next("INTERACTION_CREATE")
			if want := strconv.FormatInt(permsOfMembers&^c.denied, 10); i.text("app_permissions") != want {
				t.Errorf("app_permissions are %s, want %s", i.text("app_permissions"), want)
			}
			b.must(204, "POST", i.path(), `{"type":4,"data":{"content":"a"}}`)
			b.saw(ch, OutcomeMessage)
			b.done(b.s.Deny(dreams, 0))
			b.must(200, "GET", path, "")
		})
	}
}

func TestDeniedPermissionsAreShownAndHideMessages(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(intentGuilds | intentMessages)
	b.done(b.s.Deny(dreams, permView))
	e := c.next("CHANNEL_UPDATE")
	if e.text("permission_overwrites.0.deny") != strconv.Itoa(permView) || e.text("permission_overwrites.0.id") != app {
		t.Errorf("the event is %+v", e)
	}
	for _, channel := range []string{dreams, general} {
		if _, err := b.s.Say(b.ctx, ada, channel, "a", ""); err != nil {
			t.Fatal(err)
		}
	}
	if e := c.next("MESSAGE_CREATE"); e.text("channel_id") != general {
		t.Error("the bot is told of what it may not see")
	}
	if got := b.s.State().Guilds[0].Channels[1].Denied; got != permView {
		t.Errorf("the page is told of %d", got)
	}
}

func TestActsOfModeratorsOnWhatIsNotThere(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	direct := b.s.DirectChannel(ada)
	for name, err := range map[string]error{
		"a message": b.s.DeleteMessage("1"), "a channel": b.s.DeleteChannel("1"), "direct messages": b.s.DeleteChannel(direct),
		"a channel again": b.s.RestoreChannel("1"), "a guild": b.s.Kick("1"), "a guild again": b.s.Readmit("1"),
		"permissions": b.s.Deny("1", 1), "permissions in direct messages": b.s.Deny(direct, permView), "a person": b.s.CloseDirect("1", true),
	} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.s.Deny(dreams, permManage); !errors.Is(err, ErrInvalid) {
		t.Errorf("a permission that it has not: %v", err)
	}
	seq := b.s.State().Seq
	if err := b.s.RestoreChannel(dreams); err != nil {
		t.Error(err)
	}
	if err := b.s.Readmit(harbor); err != nil {
		t.Error(err)
	}
	if b.s.State().Seq != seq {
		t.Error("what changes nothing is told of")
	}
	if err := b.s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{b.s.DeleteMessage("1"), b.s.DeleteChannel(dreams), b.s.Kick(harbor), b.s.Deny(dreams, 0), b.s.CloseDirect(ada, true)} {
		if !errors.Is(err, errClosed) {
			t.Errorf("closed: %v", err)
		}
	}
}
