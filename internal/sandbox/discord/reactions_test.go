package discord

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const omar = "1201000000000000304"

// swift lets a test react without waiting for Discord's limit.
var swift = Config{Limits: Limits{ReactionWindow: time.Nanosecond, ChannelEdits: 1000}}

var (
	extend = Emoji{Name: "⏩"}
	no     = Emoji{Name: "❌"}
	boat   = Emoji{ID: "1201000000000009001", Name: "boat", Animated: true}
)

// under is where the reactions to a message with an emoji are.
func under(message string, e Emoji) string {
	return inDreams + "/" + message + "/reactions/" + url.PathEscape(e.path())
}

func (b *bench) react(user, message string, e Emoji) {
	b.Helper()
	b.done(b.s.React(b.ctx, Reacting{User: user, Message: message, Emoji: e}))
}

// reactions are those under a message, as people see them.
func (b *bench) reactions(message string) map[string][]string {
	out := map[string][]string{}
	for _, m := range b.s.State().Messages {
		if m.ID == message {
			for _, r := range m.Reactions {
				out[r.Emoji.path()] = r.Users
			}
		}
	}
	return out
}

func TestTheBotReacts(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	events := b.s.Subscribe(b.ctx, b.s.State().Seq)
	for range 2 {
		b.must(204, "PUT", under(m, extend)+"/@me", "")
	}
	if e := <-events; e.Type != EventMessageUpdate || e.Message.Edits != 0 || e.Message.Edited != nil || e.Message.Reactions[0].Users[0] != app {
		t.Errorf("the page is told of %+v", e)
	}
	b.react(ben, m, extend)
	r := b.must(200, "GET", inDreams+"/"+m, "")
	want := []any{map[string]any{"emoji": map[string]any{"id": nil, "name": "⏩"}, "count": 2.0, "me": true, "me_burst": false,
		"count_details": map[string]any{"burst": 0.0, "normal": 2.0}, "burst_colors": []any{}}}
	if diff := cmp.Diff(want, r.get("reactions")); diff != "" {
		t.Errorf("the message's reactions:\n%s", diff)
	}
	if r := b.must(200, "PATCH", inDreams+"/"+m, `{"content":"b"}`); r.get("reactions.0.count") != 2.0 {
		t.Errorf("edited, it is %s", r.raw)
	}
	for range 2 {
		b.must(204, "DELETE", under(m, extend)+"/@me", "")
	}
	if r := b.must(200, "GET", inDreams+"/"+m, ""); r.get("reactions.0.count") != 1.0 || r.get("reactions.0.me") != false {
		t.Errorf("then it is %s", r.raw)
	}
	b.done(b.s.React(b.ctx, Reacting{User: ben, Message: m, Emoji: extend, Remove: true}))
	if r := b.must(200, "GET", inDreams+"/"+m, ""); r.get("reactions") != nil {
		t.Errorf("without any it is %s", r.raw)
	}
	req := b.request("PUT", under(m, extend)+"/@me", "", nil)
	req.URL.Path = "/api/v9" + req.URL.Path[len("/api/v10"):]
	if r := b.send(req); r.status != 204 {
		t.Errorf("v9: %d %s", r.status, r.raw)
	}
}

func TestWhatTheBotCannotReactWith(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	put := func(e string) reply { return b.call("PUT", inDreams+"/"+m+"/reactions/"+url.PathEscape(e)+"/@me", "") }
	for _, e := range []string{"extend", "⏩⏩", "a", "boat:", ":1", boat.path(), "boat:x"} {
		refused(t, put(e), 400, 10014)
	}
	b.react(mei, m, boat)
	if r := put(boat.path()); r.status != 204 {
		t.Errorf("one that is there already: %s", r.raw)
	}
	refused(t, b.call("PUT", under("1", extend)+"/@me", ""), 404, 10008)
	for i := range maxReactions - 1 {
		b.react(mei, m, Emoji{Name: string(rune(0x1F600 + i))})
	}
	refused(t, put("⏩"), 400, 30010)
	if err := b.s.React(b.ctx, Reacting{User: mei, Message: m, Emoji: extend}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a person's: %v", err)
	}
	if r := put("\U0001F600"); r.status != 204 {
		t.Errorf("one of the twenty: %s", r.raw)
	}
}

func TestPermissionsToReact(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	b.react(ben, m, no)
	for _, c := range []struct {
		denied     int64
		first, too [2]int // status and code: the first with an emoji, and not the first
	}{
		{permAddReactions, [2]int{403, 50013}, [2]int{204}},
		{permHistory, [2]int{403, 50013}, [2]int{403, 50013}},
		{permView, [2]int{403, 50001}, [2]int{403, 50001}},
		{0, [2]int{204}, [2]int{204}},
	} {
		b.done(b.s.Deny(dreams, c.denied))
		for e, want := range map[Emoji][2]int{extend: c.first, no: c.too} {
			if r := b.call("PUT", under(m, e)+"/@me", ""); r.status != want[0] || want[1] != 0 && r.get("code") != float64(want[1]) {
				t.Errorf("without %d, %s: %d %s, want %v", c.denied, e.Name, r.status, r.raw, want)
			}
		}
	}
}

func TestWhoHasReacted(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	for _, user := range []string{mei, ada, ben} {
		b.react(user, m, extend)
		b.react(user, m, extend)
	}
	b.must(204, "PUT", under(m, extend)+"/@me", "")
	if diff := cmp.Diff([]string{mei, ada, ben, app}, b.reactions(m)["⏩"]); diff != "" {
		t.Error(diff)
	}
	for query, want := range map[string][]string{
		"": {app, ada, ben, mei}, "?limit=2": {app, ada}, "?after=" + ada: {ben, mei}, "?limit=1&after=" + ada: {ben}, "?type=1": {},
	} {
		got := []string{}
		for _, u := range b.must(200, "GET", under(m, extend)+query, "").json.([]any) {
			got = append(got, dig(u, "id").(string))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q:\n%s", query, diff)
		}
	}
	if r := b.must(200, "GET", under(m, no), ""); len(r.json.([]any)) != 0 {
		t.Errorf("nobody's: %s", r.raw)
	}
	refused(t, b.call("GET", under(m, boat), ""), 400, 10014)
	refused(t, b.call("GET", under(m, extend)+"?limit=101", ""), 400, 50035)
}

func TestReactionsOfTheBotAreLimited(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{ReactionWindow: time.Hour}})
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	if r := b.must(204, "PUT", under(m, extend)+"/@me", ""); r.header.Get("X-RateLimit-Limit") != "1" || r.header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("told %v", r.header)
	}
	refused(t, b.call("DELETE", under(m, extend)+"/@me", ""), 429, 0)
	other := b.must(200, "POST", "channels/"+general+"/messages", `{"content":"a"}`).text("id")
	b.must(204, "PUT", "channels/"+general+"/messages/"+other+"/reactions/%E2%8F%A9/@me", "")
	b.must(200, "GET", under(m, extend), "")
}

func TestReactionsReachTheBotByItsIntents(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	guilds, direct := b.online(intentReactions), b.online(intentDirectReactions)
	none := b.online(intentMessages | intentDirect)
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	d := b.must(200, "POST", "channels/"+b.s.DirectChannel(mei)+"/messages", `{"content":"a"}`).text("id")
	b.react(omar, m, boat)
	b.react(mei, d, no)
	want := map[string]any{"user_id": omar, "channel_id": dreams, "message_id": m, "guild_id": harbor, "message_author_id": app,
		"emoji.id": boat.ID, "emoji.name": "boat", "emoji.animated": true, "burst": false, "type": 0.0,
		"member.user.id": omar, "member.roles.0": "1201000000000000110"}
	e := guilds.next("MESSAGE_REACTION_ADD")
	for path, v := range want {
		if got := e.get(path); got != v {
			t.Errorf("%s is %v, want %v", path, got, v)
		}
	}
	e = direct.next("MESSAGE_REACTION_ADD")
	if e.text("user_id") != mei || e.text("message_id") != d || e.get("guild_id") != nil || e.get("member") != nil || e.text("emoji.name") != "❌" {
		t.Errorf("in direct messages it is %v", e.D)
	}
	// The bot is told of its own.
	b.must(204, "PUT", under(m, extend)+"/@me", "")
	if e := guilds.next("MESSAGE_REACTION_ADD"); e.text("user_id") != app || e.text("member.user.id") != app || e.get("emoji.id") != nil || e.text("emoji.name") != "⏩" {
		t.Errorf("its own is %v", e.D)
	}
	b.done(b.s.React(b.ctx, Reacting{User: omar, Message: m, Emoji: boat, Remove: true}))
	if e := guilds.next("MESSAGE_REACTION_REMOVE"); e.text("user_id") != omar || e.get("member") != nil || e.text("emoji.id") != boat.ID {
		t.Errorf("the removal is %v", e.D)
	}
	b.react(ben, m, extend)
	b.react(ben, m, no)
	b.done(b.s.ClearReactions(m, "⏩"))
	b.done(b.s.ClearReactions(m, "⏩"))
	if e := guilds.next("MESSAGE_REACTION_REMOVE_EMOJI"); e.text("message_id") != m || e.text("emoji.name") != "⏩" || e.text("guild_id") != harbor {
		t.Errorf("the end of one is %v", e.D)
	}
	b.done(b.s.ClearReactions(m, ""))
	if e := guilds.next("MESSAGE_REACTION_REMOVE_ALL"); e.text("message_id") != m || e.get("emoji") != nil || len(b.reactions(m)) != 0 {
		t.Errorf("the end of all is %v", e.D)
	}
	for _, want := range []string{"MESSAGE_CREATE", "MESSAGE_CREATE"} {
		if e := none.read(); e.T != want {
			t.Errorf("without the intents came %s", e.T)
		}
	}
	none.write(`{"op":1}`)
	if e := none.read(); e.Op != opAck {
		t.Errorf("without the intents came %s", e.T)
	}
	// What it may not see it is not told of.
	b.done(b.s.Deny(dreams, permView))
	b.react(ben, m, no)
	b.done(b.s.Deny(dreams, 0))
	b.react(ada, m, no)
	if e := guilds.next("MESSAGE_REACTION_ADD"); e.text("user_id") != ada {
		t.Errorf("told of %v", e.D)
	}
}

func TestReactionsThatPeopleCannotMake(t *testing.T) {
	t.Parallel()
	b := serve(t, swift)
	_, _, secret := b.answered(`{"content":"a","flags":64}`)
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	for name, c := range map[string]struct {
		r    Reacting
		want error
	}{
		"to no message":            {Reacting{User: ben, Message: "1", Emoji: extend}, ErrUnknown},
		"as nobody":                {Reacting{User: "1", Message: m, Emoji: extend}, ErrUnknown},
		"with no emoji":            {Reacting{User: ben, Message: m, Emoji: Emoji{Name: "go on"}}, ErrInvalid},
		"with a nameless emoji":    {Reacting{User: ben, Message: m, Emoji: Emoji{ID: boat.ID}}, ErrInvalid},
		"to another's ephemeral":   {Reacting{User: ben, Message: secret.ID, Emoji: extend}, ErrUnknown},
		"to an ephemeral of one's": {Reacting{User: ada, Message: secret.ID, Emoji: extend}, ErrInvalid},
	} {
		if err := b.s.React(b.ctx, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	direct := b.must(200, "POST", "channels/"+b.s.DirectChannel(mei)+"/messages", `{"content":"a"}`).text("id")
	for name, c := range map[string][2]error{
		"of no message":      {b.s.ClearReactions("1", ""), ErrUnknown},
		"in direct messages": {b.s.ClearReactions(direct, ""), ErrInvalid},
		"of no emoji":        {b.s.ClearReactions(m, "x"), ErrInvalid},
	} {
		if !errors.Is(c[0], c[1]) {
			t.Errorf("cleared %s: %v", name, c[0])
		}
	}
	if err := b.s.React(b.ctx, Reacting{User: ben, Message: direct, Emoji: extend}); !errors.Is(err, ErrUnknown) {
		t.Errorf("in another's direct messages: %v", err)
	}
	if err := b.s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.s.React(b.ctx, Reacting{User: ben, Message: m, Emoji: extend}); !errors.Is(err, errClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestReactionsSurviveAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := swift
	c.Dir = dir
	b := serve(t, c)
	m := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	b.must(204, "PUT", under(m, extend)+"/@me", "")
	b.react(mei, m, extend)
	b.react(ben, m, boat)
	b.must(200, "PATCH", inDreams+"/"+m, `{"content":"b"}`)
	before := seen(b.s)
	for _, copied := range []string{killed(t, dir), shut(t, b.s, dir)} {
		c.Dir = copied
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		again := serveServer(t, s)
		compareStates(t, before, seen(s))
		if got := again.reactions(m); !slices.Equal(got["⏩"], []string{app, mei}) || !slices.Equal(got[boat.path()], []string{ben}) {
			t.Errorf("there are %v", got)
		}
		again.must(204, "DELETE", under(m, extend)+"/@me", "")
	}
}

func TestEmoji(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"⏩": true, "❌": true, "❤": true, "❤️": true, "👍🏽": true, "🇩🇪": true, "1️⃣": true, "👩‍👩‍👧": true, "🏴󠁧󠁢󠁥󠁮󠁧󠁿": true,
		"boat:1201000000000009001": true,
		"":                         false, "a": false, "1": false, "⏩⏩": false, "⏩ ": false, "boat": false, "b:1201000000000009001": false, ":": false, "a b:1": false,
	} {
		if _, ok := parseEmoji(text); ok != want {
			t.Errorf("%q: %v", text, ok)
		}
	}
	if !(Emoji{Name: "❤"}).same(Emoji{Name: "❤️"}) || (Emoji{Name: "boat"}).same(boat) || !boat.same(Emoji{ID: boat.ID}) {
		t.Error("what is the same is not told apart from what is not")
	}
}

// FuzzEmoji: what a path names is found again by the path of what was read.
func FuzzEmoji(f *testing.F) {
	for _, seed := range []string{"⏩", "❤️", "boat:1201000000000009001", "👩‍👩‍👧", "1️⃣", ":", "a:b:c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := parseEmoji(text)
		if !ok {
			return
		}
		again, ok := parseEmoji(e.path())
		if !ok || again != e || !e.same(again) || e.path() != text {
			t.Errorf("%q is %+v, and again %+v", text, e, again)
		}
		if (e.ID == "") != (e.partialJSON()["id"] == nil) {
			t.Error(fmt.Sprint("its object is ", e.partialJSON()))
		}
	})
}

func TestTheBotManagesNobodysReactions(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	m := inDreams + "/" + b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	for _, path := range []string{"/reactions", "/reactions/%E2%8F%A9", "/reactions/%E2%8F%A9/" + ada} {
		refused(t, b.call("DELETE", m+path, ""), 403, 50013)
	}
}

// A reaction that is given while no bot is there stays for it to find.
func TestReactionsWhileTheBotIsAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := serve(t, Config{Dir: dir})
	m := b.must(200, "POST", inDreams, buttons).text("id")
	star := Emoji{Name: "🌟"}
	for _, r := range []Reacting{{User: mei, Emoji: star}, {User: ben, Emoji: star}, {User: mei, Emoji: star, Remove: true}} {
		r.Message = m
		b.done(b.s.React(b.ctx, r))
	}
	s, err := New(Config{Dir: killed(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	again := serveServer(t, s)
	got := again.must(200, "GET", under(m, star), "")
	if got.text("0.id") != ben || got.get("1") != nil {
		t.Errorf("who reacts is %s", got.raw)
	}
	if got := again.must(200, "GET", inDreams+"/"+m, ""); got.text("reactions.0.count") != "1" || got.get("reactions.0.me") != false {
		t.Errorf("the message has %v", got.get("reactions"))
	}
}
