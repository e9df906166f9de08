package reply_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// rules are those of a server that has set everything, as much of it as there can
// be.
func rules() community.Settings {
	r := community.Settings{
		MemberDreams: 7, GuildLength: 61 * time.Minute,
		Defaults: store.Settings{Model: "ray-v2", Duration: 5 * time.Second, Resolution: "720p"},
		Showcase: "201", Reaction: community.Reaction{Members: 4}, Language: "zh-CN", Spoiler: community.SpoilerChannels,
	}
	for i := range community.MaxChannels {
		r.Channels = append(r.Channels, fmt.Sprint(200+i))
		r.Roles = append(r.Roles, fmt.Sprint(700+i))
		r.Hidden = append(r.Hidden, fmt.Sprint(300+i))
	}
	for i := range community.MaxUnwanted {
		r.Unwanted = append(r.Unwanted, fmt.Sprintf("word%d", i))
	}
	return r
}

func settingsPage(tab string, r community.Settings) reply.SettingsPage {
	return reply.SettingsPage{Tab: tab, Rules: r, Reacting: true, Models: []string{"ray-v1", "ray-v2"},
		Durations: []time.Duration{5 * time.Second, 9 * time.Second}, Resolutions: []string{"540p", "720p"}}
}

func TestSettingsOfEachTab(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, tab := range reply.Tabs() {
			m := reply.Settings(c.For(locale), settingsPage(tab, community.Settings{}))
			golden(t, strings.Join([]string{"settings", tab, "unset", locale}, "-"), m)
			checkMenus(t, m)
			s := settingsPage(tab, rules())
			s.Saved, s.Reacting = reply.SetGuildLength, false
			m = reply.Settings(c.For(locale), s)
			golden(t, strings.Join([]string{"settings", tab, "set", locale}, "-"), m)
			checkMenus(t, m)
			if strings.Contains(texts(t, m), "settings.") {
				t.Errorf("%s in %s: %s", tab, locale, texts(t, m))
			}
		}
		golden(t, "settings-exact-"+locale, reply.ExactModal(c.For(locale), rules()))
		golden(t, "settings-unwanted-"+locale, reply.UnwantedModal(c.For(locale), []string{"cat", "狗"}))
	}
}

// menu is a select menu as Discord reads it.
type menu struct {
	Type        int
	CustomID    string `json:"custom_id"`
	Placeholder string
	Min         *int `json:"min_values"`
	Max         int  `json:"max_values"`
	Options     []struct {
		Label, Value string
		Default      bool
	}
	Chosen []struct{ ID, Type string } `json:"default_values"`
}

// menusOf are the select menus of a message, by what they set.
func menusOf(t *testing.T, m reply.Message) map[string]menu {
	t.Helper()
	var wire struct {
		Components []struct {
			Components []struct {
				Type       int
				Components []json.RawMessage
			}
		}
	}
	decode(t, m, &wire)
	list := map[string]menu{}
	for _, row := range wire.Components[0].Components {
		for _, raw := range row.Components {
			var one menu
			if err := json.Unmarshal(raw, &one); err != nil {
				t.Fatal(err)
			}
			if one.Type == 2 {
				continue
			}
			if row.Type != typeRow || len(row.Components) != 1 {
				t.Errorf("the menu %s is not alone in its row", one.CustomID)
			}
			a, err := reply.ParseAction(one.CustomID)
			if err != nil {
				t.Error(err)
			}
			list[a.Arg] = one
		}
	}
	return list
}

// checkMenus holds a message with select menus against Discord's bounds.
// Source: discord-api-docs, components/reference#string-select and those after it.
func checkMenus(t *testing.T, m reply.Message) {
	t.Helper()
	checkMessage(t, m)
	if m.Flags&reply.FlagEphemeral == 0 {
		t.Error("everybody sees it")
	}
	for name, s := range menusOf(t, m) {
		within(t, "placeholder", s.Placeholder, 1, 150)
		if s.Min == nil || *s.Min < 0 || *s.Min > s.Max || s.Max < 1 || s.Max > 25 || len(s.Chosen) > s.Max || len(s.Options) > 25 {
			t.Errorf("%s takes %v to %d, and has %d options and %d chosen", name, s.Min, s.Max, len(s.Options), len(s.Chosen))
		}
		seen, chosen := map[string]bool{}, 0
		for _, o := range s.Options {
			within(t, "option", o.Label, 1, 100)
			within(t, "value", o.Value, 1, 100)
			if seen[o.Value] {
				t.Errorf("%s offers %s twice", name, o.Value)
			}
			seen[o.Value] = true
			if o.Default {
				chosen++
			}
		}
		if s.Type == 3 && (len(s.Options) == 0 || chosen != 1) {
			t.Errorf("%s has %d options, of which %d are chosen", name, len(s.Options), chosen)
		}
	}
}

// A menu shows what is set, though it be no usual value or one of no use any more.
func TestAMenuShowsWhatIsSet(t *testing.T) {
	p := catalog(t).For("en-US")
	r := rules()
	r.Defaults = store.Settings{Model: "ray-v0", Duration: 7 * time.Second, Resolution: "720p"}
	got := map[string]string{}
	for _, tab := range reply.Tabs() {
		for name, m := range menusOf(t, reply.Settings(p, settingsPage(tab, r))) {
			for _, o := range m.Options {
				if o.Default {
					got[name] = o.Value
				}
			}
			if len(m.Chosen) > 0 {
				got[name] = fmt.Sprintf("%s %s and %d more", m.Chosen[0].Type, m.Chosen[0].ID, len(m.Chosen)-1)
			}
		}
	}
	want := map[string]string{
		reply.SetChannels: "channel 200 and 24 more", reply.SetRoles: "role 700 and 24 more", reply.SetHidden: "channel 300 and 24 more",
		reply.SetMemberDreams: "7", reply.SetGuildLength: "3660", reply.SetModel: reply.ValueNone, reply.SetDuration: reply.ValueNone,
		reply.SetResolution: "720p", reply.SetLanguage: "zh-CN", reply.SetShowcase: "channel 201 and 0 more",
		reply.SetReaction: "4", reply.SetSpoiler: "channels",
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s shows %q, want %q", name, got[name], value)
		}
	}
	r.Reaction.Off = true
	for _, o := range menusOf(t, reply.Settings(p, settingsPage(reply.TabSharing, r)))[reply.SetReaction].Options {
		if o.Default != (o.Value == reply.ValueOff) {
			t.Errorf("reactions that are off are shown as %s", o.Value)
		}
	}
	// What the dialect does not offer cannot be chosen.
	if menus := menusOf(t, reply.Settings(p, reply.SettingsPage{Tab: reply.TabDefaults})); len(menus) != 1 {
		t.Errorf("without choices there are menus %v", menus)
	}
}

func TestTheDialogsOfSettings(t *testing.T) {
	p := catalog(t).For("zh-CN")
	var m wireModal
	decode(t, reply.ExactModal(p, rules()), &m)
	if len(m.Components) != 2 || m.Components[0].Component.Value != "7" || m.Components[1].Component.Value != "3660" {
		t.Errorf("the numbers are filled in as %+v", m)
	}
	checkModal(t, m)
	m = wireModal{}
	decode(t, reply.ExactModal(p, community.Settings{}), &m)
	if m.Components[0].Component.Value != "" || m.Components[1].Component.Value != "" {
		t.Errorf("no limit is filled in as %+v", m)
	}
	m = wireModal{}
	decode(t, reply.UnwantedModal(p, rules().Unwanted), &m)
	if got := strings.Split(m.Components[0].Component.Value, "\n"); !slices.Equal(got, rules().Unwanted) {
		t.Errorf("the words are filled in as %q", got)
	}
	checkModal(t, m)
	decode(t, reply.UnwantedModal(p, slices.Repeat([]string{strings.Repeat("🐙", 100)}, 200)), &m)
	checkModal(t, m)
}

// The card counts the words and does not show them.
func TestTheCardKeepsTheWordsToItself(t *testing.T) {
	m := reply.Settings(catalog(t).For("en-US"), settingsPage(reply.TabWords, rules()))
	if text := texts(t, m); strings.Contains(text, "word1") || !strings.Contains(text, "200") {
		t.Error(text)
	}
}

func TestUsageAsItIsDrawn(t *testing.T) {
	c := catalog(t)
	full := reply.UsagePage{Member: store.Usage{Dreams: 2, Length: 10 * time.Second}, Until: start.Add(9 * time.Hour),
		Tally: store.Tally{Dreams: 40, Length: 200 * time.Second, Remixed: 3}}
	limited := full
	limited.Allowance = store.Allowance{MemberDreams: 3, GuildLength: time.Hour}
	limited.Guild = &store.Usage{Dreams: 12, Length: 95 * time.Second}
	moderator := full
	moderator.Guild = limited.Guild
	costs := full
	costs.Member.Cost, costs.PricesOf = 1_350_000, "2026-06-30"
	everything := limited
	everything.Member.Cost, everything.PricesOf, everything.Guild = 62_500, "2026-06-30", &store.Usage{Dreams: 12, Length: 95 * time.Second, Cost: 1_234_567_890}
	everything.Balance = reply.Balance{Shown: true, Known: true, Amount: 12_340_000}
	unknown := moderator
	unknown.PricesOf, unknown.Balance = "2026-06-30", reply.Balance{Shown: true}
	for _, locale := range i18n.Locales() {
		for name, page := range map[string]reply.UsagePage{"member": full, "limited": limited, "moderator": moderator,
			"costs": costs, "everything": everything, "unknown": unknown,
			"nothing": {Until: full.Until}, "outside": {Outside: true}} {
			m := reply.Usage(c.For(locale), page)
			golden(t, "usage-"+name+"-"+locale, m)
			checkMessage(t, m)
			// No cost is said of nothing, and no day of prices without a cost.
			text := texts(t, m)
			if costs := page.Member.Cost > 0 || page.Guild != nil && page.Guild.Cost > 0; strings.Contains(text, "2026-06-30") != costs {
				t.Errorf("%s in %s: %s", name, locale, text)
			}
			if strings.Contains(text, "usage.") || strings.Contains(text, "$0.00") {
				t.Errorf("%s in %s: %s", name, locale, text)
			}
		}
	}
}

func TestOnesOwnDataAsItIsDrawn(t *testing.T) {
	c := catalog(t)
	d := reply.Document{Name: "dreambot-data.json", Content: []byte("{}")}
	for _, locale := range i18n.Locales() {
		for name, m := range map[string]reply.Message{
			"export-here": reply.Export(c.For(locale), d, false, false), "export-everywhere": reply.Export(c.For(locale), d, true, true),
			"forget": reply.ForgetQuestion(c.For(locale)), "forget-done": reply.Done(c.For(locale), "forget.done"),
			"forget-later": reply.Done(c.For(locale), "forget.later"), "forget-spared": reply.Done(c.For(locale), "forget.spared"),
		} {
			golden(t, name+"-"+locale, m)
			checkMessage(t, m)
			if m.Flags&reply.FlagEphemeral == 0 {
				t.Errorf("everybody sees %s", name)
			}
		}
		if got := actions(t, reply.ForgetQuestion(c.For(locale))); !slices.Equal(got, []reply.Action{{Verb: reply.ActionForget}, {Verb: reply.ActionSpare}}) {
			t.Errorf("the question offers %v", got)
		}
	}
}

// Refusals name channels, roles and words, and nothing of theirs has a meaning.
func TestWhatRulesRefuse(t *testing.T) {
	c := catalog(t)
	many := strings.Split(strings.Repeat("201 ", 25), " ")[:25]
	for _, locale := range i18n.Locales() {
		for name, m := range map[string]reply.Message{
			"channel": reply.Notice(c.For(locale), "refusal.rule.channel", i18n.Args{"Where": reply.Channels{"201", "202"}}),
			"many":    reply.Notice(c.For(locale), "refusal.rule.channel", i18n.Args{"Where": reply.Channels(many)}),
			"role":    reply.Notice(c.For(locale), "refusal.rule.role", i18n.Args{"Where": reply.Roles{"701"}}),
			"word":    reply.Notice(c.For(locale), "refusal.rule.word", i18n.Args{"Word": reply.Covered("a||b @everyone")}),
			"member":  reply.Notice(c.For(locale), "refusal.spent.member", i18n.Args{"Max": 3, "Length": time.Duration(0), "Time": start}),
			"guild":   reply.Notice(c.For(locale), "refusal.spent.guild", i18n.Args{"Max": 0, "Length": 90 * time.Second, "Time": start}),
		} {
			golden(t, "refused-"+name+"-"+locale, m)
			checkMessage(t, m)
			text := texts(t, m)
			if strings.Contains(text, "refusal.") || strings.Contains(text, "<no value>") {
				t.Errorf("%s in %s: %s", name, locale, text)
			}
			if covered := cover.FindString(text); name == "word" && covered != `||a\|\|b \@everyone||` {
				t.Errorf("the word is shown as %q in %s", covered, text)
			}
		}
	}
}

var cover = regexp.MustCompile(`\|\|.*\|\|`)
