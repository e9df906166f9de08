package commands_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/store"
)

// Permissions, as Discord writes them.
const (
	manageServer = "32"
	seesChannel  = 1 << 10
)

// sets is the choice of values in a menu of the settings, or the press of a button
// where there are none.
func sets(arg string, values ...string) string {
	b, err := json.Marshal(append([]string{}, values...))
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"custom_id":%q,"component_type":3,"values":%s}`, reply.Action{Verb: reply.ActionSettings, Arg: arg}.CustomID(), b)
}

// fills is a dialog of the settings that came back, with fields and their texts.
func fills(arg string, fields ...string) string {
	var list []string
	for i := 0; i < len(fields); i += 2 {
		list = append(list, fmt.Sprintf(`{"type":18,"component":{"type":4,"custom_id":%q,"value":%q}}`, fields[i], fields[i+1]))
	}
	return fmt.Sprintf(`{"custom_id":%q,"components":[%s]}`, reply.Action{Verb: reply.ActionSettings, Arg: arg}.CustomID(), strings.Join(list, ","))
}

// settingsOf are the rules of a server as they are stored, without their time.
func (f *fixture) settingsOf(t testing.TB, guild string) community.Settings {
	t.Helper()
	r, err := f.community.Store.Settings(t.Context(), guild)
	if err != nil {
		t.Fatal(err)
	}
	r.Changed = time.Time{}
	return r
}

// manages has somebody who manages the server do something.
func (f *fixture) manages(t testing.TB, kind commands.Kind, data string) (commands.Answer, error) {
	t.Helper()
	return f.handle(t, payloadBy(kind, home, manageServer, data))
}

// Each menu and dialog changes its own rule, at once, and no other.
func TestEachSettingIsStored(t *testing.T) {
	before := community.Settings{Channels: []string{"1"}, Roles: []string{"2"}, MemberDreams: 3, GuildLength: 40 * time.Second,
		Defaults: store.Settings{Model: "ray-v1", Duration: 5 * time.Second, Resolution: "540p"}, Showcase: "5", Reaction: community.Reaction{Members: 6},
		Language: "en-US", Unwanted: []string{"old"}, Spoiler: community.SpoilerAlways, Hidden: []string{"7"}}
	for name, c := range map[string]struct {
		kind   commands.Kind
		data   string
		change func(*community.Settings)
	}{
		"channels":         {commands.KindComponent, sets(reply.SetChannels, "201", "202"), func(s *community.Settings) { s.Channels = []string{"201", "202"} }},
		"no channels":      {commands.KindComponent, sets(reply.SetChannels), func(s *community.Settings) { s.Channels = nil }},
		"roles":            {commands.KindComponent, sets(reply.SetRoles, "701"), func(s *community.Settings) { s.Roles = []string{"701"} }},
		"everybody's role": {commands.KindComponent, sets(reply.SetRoles, "701", "100"), func(s *community.Settings) { s.Roles = nil }},
		"hidden":           {commands.KindComponent, sets(reply.SetHidden, "203"), func(s *community.Settings) { s.Hidden = []string{"203"} }},
		"dreams":           {commands.KindComponent, sets(reply.SetMemberDreams, "20"), func(s *community.Settings) { s.MemberDreams = 20 }},
		"any dreams":       {commands.KindComponent, sets(reply.SetMemberDreams, "0"), func(s *community.Settings) { s.MemberDreams = 0 }},
		"length":           {commands.KindComponent, sets(reply.SetGuildLength, "3600"), func(s *community.Settings) { s.GuildLength = time.Hour }},
		"model":            {commands.KindComponent, sets(reply.SetModel, "ray-v2"), func(s *community.Settings) { s.Defaults.Model = "ray-v2" }},
		"no model":         {commands.KindComponent, sets(reply.SetModel, reply.ValueNone), func(s *community.Settings) { s.Defaults.Model = "" }},
		"no duration":      {commands.KindComponent, sets(reply.SetDuration, reply.ValueNone), func(s *community.Settings) { s.Defaults.Duration = 0 }},
		"duration":         {commands.KindComponent, sets(reply.SetDuration, "5s"), func(*community.Settings) {}},
		"resolution":       {commands.KindComponent, sets(reply.SetResolution, "720p"), func(s *community.Settings) { s.Defaults.Resolution = "720p" }},
		"language":         {commands.KindComponent, sets(reply.SetLanguage, "zh-CN"), func(s *community.Settings) { s.Language = "zh-CN" }},
		"any language":     {commands.KindComponent, sets(reply.SetLanguage, reply.ValueNone), func(s *community.Settings) { s.Language = "" }},
		"showcase":         {commands.KindComponent, sets(reply.SetShowcase, "204"), func(s *community.Settings) { s.Showcase = "204" }},
		"no showcase":      {commands.KindComponent, sets(reply.SetShowcase), func(s *community.Settings) { s.Showcase = "" }},
		"reactions":        {commands.KindComponent, sets(reply.SetReaction, "10"), func(s *community.Settings) { s.Reaction = community.Reaction{Members: 10} }},
		"no reactions":     {commands.KindComponent, sets(reply.SetReaction, reply.ValueOff), func(s *community.Settings) { s.Reaction = community.Reaction{Off: true} }},
		"as the operator":  {commands.KindComponent, sets(reply.SetReaction, reply.ValueNone), func(s *community.Settings) { s.Reaction = community.Reaction{} }},
		"spoilers":         {commands.KindComponent, sets(reply.SetSpoiler, "channels"), func(s *community.Settings) { s.Spoiler = community.SpoilerChannels }},
		"no spoilers":      {commands.KindComponent, sets(reply.SetSpoiler, reply.ValueNone), func(s *community.Settings) { s.Spoiler = "" }},
		"exact": {commands.KindModal, fills(reply.SetExact, reply.InputMemberDreams, " 17 ", reply.InputGuildLength, "77"),
			func(s *community.Settings) { s.MemberDreams, s.GuildLength = 17, 77*time.Second }},
		"no limits": {commands.KindModal, fills(reply.SetExact, reply.InputMemberDreams, "", reply.InputGuildLength, "  "),
			func(s *community.Settings) { s.MemberDreams, s.GuildLength = 0, 0 }},
		"words": {commands.KindModal, fills(reply.SetUnwanted, reply.InputUnwanted, " Cat \r\n\n狗\nsea  lion\nCat\n\u200b\u202e\n"),
			func(s *community.Settings) { s.Unwanted = []string{"Cat", "狗", "sea lion"} }},
		"no words": {commands.KindModal, fills(reply.SetUnwanted, reply.InputUnwanted, ""), func(s *community.Settings) { s.Unwanted = nil }},
	} {
		f := setUp(t)
		f.rights.of = map[string]uint64{"400": seesChannel}
		f.rule(t, "100", func(s *community.Settings) { *s = before })
		a, err := f.manages(t, c.kind, c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := before
		c.change(&want)
		empty := cmp.Transformer("empty", func(list []string) []string { return append([]string{}, list...) })
		if diff := cmp.Diff(want, f.settingsOf(t, "100"), empty); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if a.Notice == nil || !a.Replace {
			t.Errorf("%s: the card is not drawn anew: %+v", name, a)
		}
		if got := f.settingsOf(t, "101"); !cmp.Equal(got, community.Settings{}) {
			t.Errorf("%s: it holds in another server: %+v", name, got)
		}
	}
}

// What no menu offers and no dialog should be filled in with is refused, and
// nothing is stored.
func TestSettingsThatAreForged(t *testing.T) {
	ids := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprint(1000+i))
		}
		return list
	}
	long := strings.Repeat("猫", community.MaxUnwantedSize+1)
	many := strings.Join(ids(community.MaxUnwanted+1), "\n")
	const number, unknown = "refusal.settings.number", "refusal.unknown"
	for data, want := range map[string]string{
		sets(reply.SetChannels, ids(26)...): unknown, sets(reply.SetChannels, "general"): unknown, sets(reply.SetChannels, "1", ""): unknown,
		sets(reply.SetChannels, "-1"): unknown, sets(reply.SetChannels, "007"): unknown, sets(reply.SetRoles, ids(26)...): unknown,
		sets(reply.SetRoles, "@everyone"): unknown, sets(reply.SetHidden, "1:2"): unknown, sets(reply.SetHidden, strings.Repeat("9", 50)): unknown,
		sets(reply.SetShowcase, "1", "2"): unknown, sets(reply.SetShowcase, "x"): unknown, sets(reply.SetShowcase, "204"): "refusal.settings.showcase",
		sets(reply.SetMemberDreams): unknown, sets(reply.SetMemberDreams, "1", "2"): unknown, sets(reply.SetMemberDreams, "-1"): number,
		sets(reply.SetMemberDreams, "1001"): number, sets(reply.SetMemberDreams, "1e3"): number, sets(reply.SetMemberDreams, ""): number,
		sets(reply.SetGuildLength, "4"): number, sets(reply.SetGuildLength, "360001"): number, sets(reply.SetGuildLength, "99999999999999999999"): number,
		sets(reply.SetModel): unknown, sets(reply.SetModel, "ray-v9"): unknown, sets(reply.SetModel, ""): unknown, sets(reply.SetDuration, "5"): unknown,
		sets(reply.SetDuration, "0s"): unknown, sets(reply.SetResolution, "8k"): unknown, sets(reply.SetLanguage, "de"): unknown,
		sets(reply.SetReaction, "0"): unknown, sets(reply.SetReaction, "101"): unknown, sets(reply.SetReaction, "all"): unknown,
		sets(reply.SetSpoiler, "never"): unknown, sets("nothing"): unknown, sets("nothing", "1"): unknown,
	} {
		f := setUp(t)
		_, err := f.manages(t, commands.KindComponent, data)
		if got := refusal(t, err); got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
		if got := f.settingsOf(t, "100"); !cmp.Equal(got, community.Settings{}) {
			t.Errorf("%s: stored %+v", data, got)
		}
	}
	for data, want := range map[string]string{
		fills(reply.SetExact, reply.InputMemberDreams, "many"): number, fills(reply.SetExact, reply.InputGuildLength, "1.5"): number,
		fills(reply.SetExact, reply.InputMemberDreams, "5", reply.InputGuildLength, "4"): number,
		fills(reply.SetExact, reply.InputMemberDreams, "1001"):                           number,
		fills(reply.SetUnwanted, reply.InputUnwanted, "cat\n"+long):                      "refusal.settings.word",
		fills(reply.SetUnwanted, reply.InputUnwanted, many):                              "refusal.settings.words",
		// A dialog sets what it asks for, and nothing else.
		fills(reply.SetChannels): unknown, fills(reply.TabAccess): unknown, fills("nothing"): unknown,
	} {
		f := setUp(t)
		_, err := f.manages(t, commands.KindModal, data)
		if got := refusal(t, err); got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
		if got := f.settingsOf(t, "100"); !cmp.Equal(got, community.Settings{}) {
			t.Errorf("%s: stored %+v", data, got)
		}
	}
}

// anySetting is each press and each dialog of the settings, with values that fit.
func anySetting() (list []struct {
	kind commands.Kind
	data string
}) {
	add := func(kind commands.Kind, data string) {
		list = append(list, struct {
			kind commands.Kind
			data string
		}{kind, data})
	}
	add(commands.KindCommand, command("settings", ""))
	for _, tab := range reply.Tabs() {
		add(commands.KindComponent, sets(tab))
	}
	for arg, value := range map[string]string{reply.SetChannels: "1", reply.SetRoles: "1", reply.SetHidden: "1", reply.SetShowcase: "1",
		reply.SetMemberDreams: "1", reply.SetGuildLength: "60", reply.SetModel: "ray-v1", reply.SetDuration: "5s", reply.SetResolution: "540p",
		reply.SetLanguage: "zh-CN", reply.SetReaction: "1", reply.SetSpoiler: "always", reply.SetExact: "", reply.SetUnwanted: ""} {
		add(commands.KindComponent, sets(arg, value))
	}
	add(commands.KindModal, fills(reply.SetExact, reply.InputMemberDreams, "1"))
	add(commands.KindModal, fills(reply.SetUnwanted, reply.InputUnwanted, "cat"))
	return list
}

// The right to manage the server is asked for at every press, by whatever way the
// button came to somebody.
func TestOnlyWhoManagesAServerSetsItsRules(t *testing.T) {
	f := setUp(t)
	f.rights.of = map[string]uint64{"400": seesChannel}
	for _, e := range anySetting() {
		for name, c := range map[string]struct {
			payload []byte
			refused string
		}{
			"a member":        {payload(e.kind, home, e.data), "refusal.settings.rights"},
			"a moderator":     {payloadBy(e.kind, home, fmt.Sprint(mayUse|mayManage), e.data), "refusal.settings.rights"},
			"direct messages": {payload(e.kind, dm, e.data), "refusal.server"},
			"as a guest":      {asGuest(payloadBy(e.kind, home, manageServer, e.data)), "refusal.server"},
			"no rights":       {payloadBy(e.kind, home, "", e.data), "refusal.settings.rights"},
		} {
			_, err := f.handle(t, c.payload)
			if got := refusal(t, err); got != c.refused {
				t.Errorf("%s, %s: %q", name, e.data, got)
			}
		}
	}
	if got := f.settingsOf(t, "100"); !cmp.Equal(got, community.Settings{}) {
		t.Errorf("stored %+v", got)
	}
	for _, e := range anySetting() {
		for name, permissions := range map[string]string{"who manages": manageServer, "an administrator": "8"} {
			if _, err := f.handle(t, payloadBy(e.kind, home, permissions, e.data)); err != nil {
				t.Errorf("%s, %s: %v", name, e.data, err)
			}
		}
	}
}

// The showcase is a channel of this server that the bot and the person see.
func TestTheShowcaseIsOfTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		set     func(*rights)
		refused string
	}{
		"seen":        {func(r *rights) { r.of = map[string]uint64{"400": seesChannel} }, ""},
		"not seen":    {func(r *rights) { r.of = map[string]uint64{"400": mayUse} }, "refusal.settings.showcase"},
		"not of here": {func(r *rights) { r.err = fmt.Errorf("it is not of server 100") }, "refusal.settings.showcase"},
	} {
		f := setUp(t)
		c.set(f.rights)
		_, err := f.manages(t, commands.KindComponent, sets(reply.SetShowcase, "204"))
		if got := refusal(t, err); got != c.refused {
			t.Errorf("%s: %q", name, got)
		}
		if !slices.Equal(f.rights.asked, []string{"100 204 400"}) {
			t.Errorf("%s: asked %q", name, f.rights.asked)
		}
		if got := f.settingsOf(t, "100").Showcase; (got == "204") != (c.refused == "") {
			t.Errorf("%s: it is %q", name, got)
		}
	}
}

// Moderators who change different rules at the same time do not undo each other's.
func TestRulesAreSetAtTheSameTime(t *testing.T) {
	f := setUp(t)
	var wg sync.WaitGroup
	for _, data := range []string{sets(reply.SetMemberDreams, "5"), sets(reply.SetGuildLength, "600"), sets(reply.SetModel, "ray-v2"),
		sets(reply.SetLanguage, "zh-CN"), sets(reply.SetSpoiler, "always"), sets(reply.SetReaction, "off"), sets(reply.SetChannels, "201"), sets(reply.SetRoles, "701")} {
		wg.Go(func() {
			in, err := commands.Decode(payloadBy(commands.KindComponent, home, manageServer, data), f.now)
			if err == nil {
				_, err = f.set.Handle(t.Context(), in)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want := community.Settings{Channels: []string{"201"}, Roles: []string{"701"}, MemberDreams: 5, GuildLength: 10 * time.Minute,
		Defaults: store.Settings{Model: "ray-v2"}, Reaction: community.Reaction{Off: true}, Language: "zh-CN", Spoiler: community.SpoilerAlways}
	if diff := cmp.Diff(want, f.settingsOf(t, "100")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The dialogs show what is set, to who may set it.
func TestTheDialogsOfTheSettings(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) { s.MemberDreams, s.Unwanted = 17, []string{"cat", "狗"} })
	for arg, want := range map[string]string{reply.SetExact: `"value":"17"`, reply.SetUnwanted: `"value":"cat\n狗"`} {
		a, err := f.manages(t, commands.KindComponent, sets(arg))
		if err != nil || a.Modal == nil {
			t.Fatalf("%s: %+v, %v", arg, a, err)
		}
		if b, err := json.Marshal(a.Modal); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %s, %v", arg, b, err)
		}
	}
	// Another server's are not shown.
	a, err := f.handle(t, payloadBy(commands.KindComponent, where{"101", "200", "400"}, manageServer, sets(reply.SetUnwanted)))
	if b, _ := json.Marshal(a.Modal); err != nil || strings.Contains(string(b), "cat") {
		t.Errorf("another server's words: %s, %v", b, err)
	}
}

func TestUsage(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) { s.MemberDreams = 9 })
	f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Counts: 5 * time.Second}, store.StateCompleted)
	f.put(t, store.Job{ID: id(2), Guild: "100", Channel: "200", Member: "400", Counts: 5 * time.Second}, store.StateFailed)
	f.put(t, store.Job{ID: id(3), Guild: "100", Channel: "200", Member: "401", Counts: 50 * time.Second}, store.StateDreaming)
	f.put(t, store.Job{ID: id(4), Guild: "101", Channel: "300", Member: "400", Counts: 500 * time.Second}, store.StateCompleted)
	for name, c := range map[string]struct {
		payload []byte
		has     []string
		hasNot  []string
	}{
		"a member":             {payload(commands.KindCommand, home, command("usage", "")), []string{"1", "9", "5 秒"}, []string{"55 秒", "500"}},
		"who manages":          {payloadBy(commands.KindCommand, home, manageServer, command("usage", "")), []string{"5 秒", "55 秒"}, []string{"500"}},
		"who manages messages": {payloadBy(commands.KindCommand, home, fmt.Sprint(mayManage), command("usage", "")), []string{"55 秒"}, nil},
		"another server":       {payload(commands.KindCommand, where{"101", "300", "400"}, command("usage", "")), []string{"8 分 20 秒"}, []string{"55 秒"}},
		"direct messages":      {payload(commands.KindCommand, dm, command("usage", "")), nil, []string{"秒", "1"}},
		"as a guest":           {asGuest(payloadBy(commands.KindCommand, home, manageServer, command("usage", ""))), nil, []string{"秒"}},
	} {
		a, err := f.handle(t, c.payload)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := json.Marshal(a.Notice)
		if err != nil || a.Notice.Flags&reply.FlagEphemeral == 0 {
			t.Errorf("%s: %v, flags %d", name, err, a.Notice.Flags)
		}
		_, text, _ := strings.Cut(string(b), `"content":"`)
		text, _, _ = strings.Cut(text, `"`)
		for _, want := range c.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not said: %s", name, want, text)
			}
		}
		for _, not := range c.hasNot {
			if strings.Contains(text, not) {
				t.Errorf("%s: %q is said: %s", name, not, text)
			}
		}
	}
}
