package commands_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// withRoles is a payload of somebody with roles, or in a thread of a channel.
func withRoles(payload []byte, roles ...string) []byte {
	return []byte(strings.Replace(string(payload), `"roles":[]`, `"roles":["`+strings.Join(roles, `","`)+`"]`, 1))
}

func inThread(payload []byte, parent string) []byte {
	return []byte(strings.Replace(string(payload), `"type":0}`, `"type":11,"parent_id":"`+parent+`"}`, 1))
}

// a way is one of starting a video: what has to be pressed or typed last.
type way struct {
	kind  commands.Kind
	data  string
	modal string // custom id whose press opens the dialog that data comes from; empty: none
}

// ways are all ways of starting a video with a prompt in a server; the jobs that
// they begin from are put there.
func ways(t *testing.T, f *fixture, prompt string) map[string]way {
	t.Helper()
	done := f.put(t, store.Job{ID: id(91), Guild: "100", Channel: "200", Member: "400", Prompt: prompt, Counts: 5 * time.Second}, store.StateCompleted)
	failed := f.put(t, store.Job{ID: id(92), Guild: "100", Channel: "200", Member: "400", Prompt: prompt}, store.StateFailed)
	d := store.Draft{ID: id(93), Member: "400", Image: given("boat", time.Hour), CreatedAt: now}
	if err := f.store.Keep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	custom := func(v reply.Verb, job string) string { return reply.Action{Verb: v, Job: job}.CustomID() }
	said := `"` + prompt + `"`
	return map[string]way{
		"dream":        {commands.KindCommand, command("dream", option("prompt", said)), ""},
		"extend":       {commands.KindCommand, command("extend", option("prompt", said)), ""},
		"Extend":       {commands.KindModal, modal(custom(reply.ActionExtend, done.ID), prompt), custom(reply.ActionExtend, done.ID)},
		"Remix":        {commands.KindModal, modal(custom(reply.ActionRemix, done.ID), prompt), custom(reply.ActionRemix, done.ID)},
		"Again":        {commands.KindComponent, button(custom(reply.ActionAgain, done.ID)), ""},
		"Retry":        {commands.KindModal, modal(custom(reply.ActionRetry, failed.ID), prompt), custom(reply.ActionRetry, failed.ID)},
		"picture menu": {commands.KindModal, modal(custom(reply.ActionBegin, d.ID), prompt), ""},
	}
}

// Whatever way somebody takes, a server's rules come before anything is stored.
func TestRulesHoldForEveryWayOfStarting(t *testing.T) {
	for name, c := range map[string]struct {
		rules   community.Settings
		refused string
		early   bool // it is said before a dialog opens
	}{
		"none":                  {community.Settings{}, "", false},
		"this channel":          {community.Settings{Channels: []string{"201", "200"}}, "", false},
		"another channel":       {community.Settings{Channels: []string{"201"}}, "refusal.rule.channel", true},
		"a role that they have": {community.Settings{Roles: []string{"701", "702"}}, "", false},
		"another role":          {community.Settings{Roles: []string{"701"}}, "refusal.rule.role", true},
		"a word":                {community.Settings{Unwanted: []string{"boat"}}, "refusal.rule.word", false},
		"another word":          {community.Settings{Unwanted: []string{"goat"}}, "", false},
		"the member's day":      {community.Settings{MemberDreams: 1}, "refusal.spent.member", false},
		"the server's day":      {community.Settings{GuildLength: 8 * time.Second}, "refusal.spent.guild", false},
	} {
		t.Run(name, func(t *testing.T) {
			for way := range ways(t, setUp(t), "a paper boat") {
				f := setUp(t)
				w := ways(t, f, "a paper boat")[way] // of which one completed counts already
				f.rule(t, "100", func(s *community.Settings) { *s = c.rules })
				if w.modal != "" {
					a, err := f.handle(t, withRoles(payload(commands.KindComponent, home, button(w.modal)), "702"))
					if got := refusal(t, err); (got == c.refused) != (c.early || c.refused == "") || err == nil && a.Modal == nil {
						t.Errorf("%s: the dialog: %q", way, got)
					}
				}
				_, err := f.handle(t, withRoles(payload(w.kind, home, w.data), "702"))
				if got := refusal(t, err); got != c.refused {
					t.Errorf("%s: %q, want %q", way, got, c.refused)
				}
				if len(f.line.got) != map[bool]int{true: 1, false: 0}[c.refused == ""] {
					t.Errorf("%s: %d jobs are stored", way, len(f.line.got))
				}
			}
		})
	}
}

// A refusal says where, who, what and until when.
func TestWhatARefusalByTheRulesSays(t *testing.T) {
	dream := command("dream", option("prompt", `"A PAPER Bôat"`))
	_, midnight := store.Day(now)
	for name, c := range map[string]struct {
		rules community.Settings
		want  i18n.Args
	}{
		"channel": {community.Settings{Channels: []string{"201"}}, i18n.Args{"Where": reply.Channels{"201"}}},
		"role":    {community.Settings{Roles: []string{"701"}}, i18n.Args{"Where": reply.Roles{"701"}}},
		"word":    {community.Settings{Unwanted: []string{"boat"}}, i18n.Args{"Word": reply.Covered("boat")}},
		"member": {community.Settings{MemberDreams: 1, GuildLength: time.Hour},
			i18n.Args{"Max": 1, "Length": time.Hour, "Time": midnight}},
		"guild": {community.Settings{GuildLength: 8 * time.Second}, i18n.Args{"Max": 0, "Length": 8 * time.Second, "Time": midnight}},
	} {
		f := setUp(t)
		f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Counts: 5 * time.Second}, store.StateWaiting)
		f.rule(t, "100", func(s *community.Settings) { *s = c.rules })
		_, err := f.do(t, commands.KindCommand, home, dream)
		var r *commands.Refusal
		if !errors.As(err, &r) {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, r.Args); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What holds for a channel holds for its threads.
func TestAThreadIsOfItsChannel(t *testing.T) {
	dream := payload(commands.KindCommand, home, command("dream", option("prompt", `"a paper boat"`)))
	for name, c := range map[string]struct {
		payload []byte
		rules   community.Settings
		refused string
		hidden  bool
	}{
		"allowed":         {inThread(dream, "201"), community.Settings{Channels: []string{"201"}}, "", false},
		"not allowed":     {inThread(dream, "202"), community.Settings{Channels: []string{"201"}}, "refusal.rule.channel", false},
		"hidden":          {inThread(dream, "201"), community.Settings{Spoiler: community.SpoilerChannels, Hidden: []string{"201"}}, "", true},
		"hidden, another": {inThread(dream, "202"), community.Settings{Spoiler: community.SpoilerChannels, Hidden: []string{"201"}}, "", false},
		"channel, hidden": {dream, community.Settings{Spoiler: community.SpoilerChannels, Hidden: []string{"200"}}, "", true},
		"all hidden":      {dream, community.Settings{Spoiler: community.SpoilerAlways}, "", true},
		// A channel's own parent is its category.
		"not a thread": {[]byte(strings.Replace(string(inThread(dream, "201")), `"type":11`, `"type":0`, 1)), community.Settings{Channels: []string{"201"}}, "refusal.rule.channel", false},
	} {
		f := setUp(t)
		f.rule(t, "100", func(s *community.Settings) { *s = c.rules })
		a, err := f.handle(t, c.payload)
		if got := refusal(t, err); got != c.refused {
			t.Errorf("%s: %q", name, got)
		}
		if err == nil && a.Job.Spoiler != c.hidden {
			t.Errorf("%s: hidden is %v", name, a.Job.Spoiler)
		}
	}
}

// The rules of one server hold nowhere else: not in another, in direct messages,
// or where the bot is a guest.
func TestRulesAreTheServersOwn(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) {
		*s = community.Settings{Channels: []string{"1"}, Roles: []string{"1"}, MemberDreams: 1, Language: "zh-CN",
			Spoiler: community.SpoilerAlways, Unwanted: []string{"boat"}, Defaults: store.Settings{Model: "ray-v1"}}
	})
	data := command("dream", option("prompt", `"a paper boat"`))
	for name, p := range map[string][]byte{
		"another server":  payload(commands.KindCommand, where{"101", "200", "400"}, data),
		"direct messages": payload(commands.KindCommand, dm, data),
		"as a guest":      asGuest(payload(commands.KindCommand, home, data)),
	} {
		a, err := f.handle(t, p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.Job.Spoiler || a.Job.Settings.Model != "" || a.Job.Allowance != (store.Allowance{}) {
			t.Errorf("%s: %+v", name, a.Job)
		}
	}
}

// What a new dream leaves open is as the server has set it, as far as the dialect
// knows that; what is made after another job is as that one was.
func TestDefaultsAreForNewDreams(t *testing.T) {
	set := store.Settings{Model: "ray-v1", Duration: 5 * time.Second, Resolution: "540p"}
	for name, c := range map[string]struct {
		defaults store.Settings
		options  string
		want     store.Settings
	}{
		"nothing set":    {store.Settings{}, "", store.Settings{}},
		"nothing chosen": {set, "", set},
		"all chosen": {set, "," + option("model", `"ray-v2"`) + "," + option("duration", `"5s"`) + "," + option("resolution", `"720p"`),
			store.Settings{Model: "ray-v2", Duration: 5 * time.Second, Resolution: "720p"}},
		"one chosen":             {set, "," + option("model", `"ray-v2"`), store.Settings{Model: "ray-v2", Duration: 5 * time.Second, Resolution: "540p"}},
		"unknown to the dialect": {store.Settings{Model: "ray-v0", Duration: time.Hour, Resolution: "8k"}, "", store.Settings{}},
	} {
		f := setUp(t)
		f.rule(t, "100", func(s *community.Settings) { *s = community.Settings{Defaults: c.defaults} })
		a, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)+c.options))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, a.Job.Settings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for way, w := range ways(t, setUp(t), "a boat") {
		f := setUp(t)
		ways(t, f, "a boat")
		f.rule(t, "100", func(s *community.Settings) { *s = community.Settings{Defaults: set} })
		a, err := f.handle(t, payload(w.kind, home, w.data))
		if err != nil {
			t.Fatal(err)
		}
		if got, fresh := a.Job.Settings.Model != "", way == "dream" || way == "picture menu"; got != fresh {
			t.Errorf("%s takes the defaults: %v", way, got)
		}
	}
}

// A job carries what the store counts and holds it to, and its language.
func TestWhatAJobCountsAs(t *testing.T) {
	f := setUp(t).with(func(c *commands.Config) { c.Capabilities.Durations = []time.Duration{6 * time.Second, 9 * time.Second} })
	f.rule(t, "100", func(s *community.Settings) {
		*s = community.Settings{MemberDreams: 7, GuildLength: time.Hour, Language: "zh-CN"}
	})
	for options, want := range map[string]time.Duration{"": 6 * time.Second, "," + option("duration", `"9s"`): 9 * time.Second} {
		if _, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)+options)); err != nil {
			t.Fatal(err)
		}
		j := f.line.got[len(f.line.got)-1]
		if j.Counts != want || j.Allowance != (store.Allowance{MemberDreams: 7, GuildLength: time.Hour}) || j.Locale != "zh-CN" {
			t.Errorf("%q: counts %v, allowed %+v, locale %s", options, j.Counts, j.Allowance, j.Locale)
		}
	}
	f.with(func(c *commands.Config) { c.Capabilities.Durations = nil })
	if _, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`))); err != nil {
		t.Fatal(err)
	}
	if j := f.line.got[len(f.line.got)-1]; j.Counts != 5*time.Second {
		t.Errorf("without durations it counts %v", j.Counts)
	}
}

// What is hidden stays hidden in what comes of it.
func TestSpoilersAreInherited(t *testing.T) {
	f := setUp(t)
	wish := `,{"name":"spoiler","type":5,"value":true}`
	a, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)+wish))
	if err != nil || !a.Job.Spoiler {
		t.Fatalf("a wish: %+v, %v", a.Job, err)
	}
	for _, hidden := range []bool{false, true} {
		for way := range ways(t, setUp(t), "a boat") {
			f := setUp(t)
			w := ways(t, f, "a boat")[way]
			for _, n := range []int{91, 92} {
				f.change(t, id(n), func(j *store.Job) { j.Spoiler = hidden })
			}
			a, err := f.handle(t, payload(w.kind, home, w.data))
			if err != nil {
				t.Fatal(err)
			}
			after := way != "dream" && way != "picture menu"
			if a.Job.Spoiler != (hidden && after) {
				t.Errorf("%s of one whose spoiler is %v: %v", way, hidden, a.Job.Spoiler)
			}
			if way == "extend" {
				w.data = command("extend", option("prompt", `"a boat"`)+wish)
				if a, err := f.handle(t, payload(w.kind, home, w.data)); err != nil || !a.Job.Spoiler {
					t.Errorf("a wish at /extend: %v", err)
				}
			}
		}
	}
}

// Whoever makes a video after another member's result says so; an extension is
// none, and one's own needs no credit.
func TestCreditsOfTakes(t *testing.T) {
	for way, credited := range map[string]bool{"Extend": false, "Remix": true, "Again": true, "Retry": true} {
		for _, member := range []string{"400", "401"} {
			f := setUp(t)
			w := ways(t, f, "a boat")[way]
			var source string
			for _, n := range []int{91, 92} {
				f.change(t, id(n), func(j *store.Job) { j.Remixes = []store.Credit{{Job: id(1), Member: "402"}} })
				if strings.Contains(w.data, id(n)) {
					source = id(n)
				}
			}
			a, err := f.handle(t, payload(w.kind, where{"100", "200", member}, w.data))
			if err != nil {
				t.Fatal(err)
			}
			var want []store.Credit
			if credited {
				want = []store.Credit{{Job: id(1), Member: "402"}}
				if member != "400" {
					want = append([]store.Credit{{Job: source, Member: "400"}}, want...)
				}
			}
			if diff := cmp.Diff(want, a.Job.Remixes); diff != "" {
				t.Errorf("%s by %s (-want +got):\n%s", way, member, diff)
			}
		}
	}
}

// A prompt that moderation did not accept comes back to who wrote it, and to
// nobody else: no button shows it or dreams it for them.
func TestARejectedPromptIsItsAuthorsAlone(t *testing.T) {
	for _, verb := range takes {
		for member, filled := range map[string]string{"400": "unspeakable", "401": ""} {
			f := setUp(t)
			f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "unspeakable"}, store.StateSubmitting)
			f.change(t, id(1), func(j *store.Job) { j.State = store.StateSubmitting })
			f.change(t, id(1), func(j *store.Job) { j.State, j.Failure = store.StateFailed, store.FailurePromptRejected })
			a, err := f.do(t, commands.KindComponent, where{"100", "200", member}, button(reply.Action{Verb: verb, Job: id(1)}.CustomID()))
			if err != nil {
				t.Fatal(err)
			}
			if verb == reply.ActionAgain && member == "400" {
				continue // it is theirs to dream again
			}
			if a.Modal == nil || len(f.line.got) != 0 {
				t.Errorf("%s by %s begins it", verb, member)
				continue
			}
			if _, prompt := fields(t, a.Modal); prompt != filled {
				t.Errorf("%s by %s is filled in with %q", verb, member, prompt)
			}
		}
	}
}
