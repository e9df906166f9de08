package commands_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/store"
)

// together is a Replies whose look-ups wait for one another: each ends once there
// are as many.
type together struct {
	*replies
	count, most int32
	all         chan struct{}
}

func (r *together) VideoURL(ctx context.Context, j store.Job) (string, error) {
	if atomic.AddInt32(&r.count, 1) == r.most {
		close(r.all)
	}
	select {
	case <-r.all:
		return "https://cdn.example/" + j.Message + ".mp4", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// uses are the prompts that a message offers to use, in their order.
func uses(t *testing.T, m *reply.Message) []string {
	t.Helper()
	var ids []string
	for _, part := range strings.Split(says(t, m), `"1:use:`)[1:] {
		ids = append(ids, part[:20])
	}
	return ids
}

func listPage(list, words string, page int) string {
	return button(reply.Action{Verb: reply.ActionGallery, Arg: list, Text: words, Page: page}.CustomID())
}

func TestListsOfTheGallery(t *testing.T) {
	f := setUp(t)
	texts := []string{"a paper boat", "a paper plane", "a red boat", "一只纸船", "a boat of paper"}
	var ids []string
	for n, text := range texts {
		w := []where{ada, bob}[n%2]
		p := f.share(t, f.video(t, n, w, text))
		f.vote(t, p, []int{1, 4, 0, 3, 2}[n])
		ids = append(ids, p.ID)
	}
	f.share(t, f.video(t, 50, there, "a paper boat of another server"))
	pick := func(numbers ...int) (list []string) {
		for _, n := range numbers {
			list = append(list, ids[n])
		}
		return list
	}
	for data, want := range map[string][]string{
		sub("prompts", "top"):                                                      pick(1, 3, 4),
		sub("prompts", "top", option("period", `"month"`)):                         pick(1, 3, 4),
		sub("prompts", "top", option("period", `"all"`)):                           pick(1, 3, 4),
		sub("prompts", "new"):                                                      pick(4, 3, 2),
		sub("prompts", "mine"):                                                     pick(4, 2, 0),
		sub("prompts", "search", option("words", `" RED  boat "`)):                 pick(2),
		sub("prompts", "search", option("words", `"纸船"`)):                          pick(3),
		sub("prompts", "search", option("words", `"no such thing anywhere"`)):      nil,
		sub("prompts", "search", option("words", `"`+strings.Repeat("帆", 50)+`"`)): nil,
	} {
		a, err := f.do(t, commands.KindCommand, ada, data)
		if err != nil || a.Notice == nil || a.Replace || a.Notice.Flags&reply.FlagEphemeral == 0 {
			t.Fatalf("%s: %+v, %v", data, a, err)
		}
		if got := uses(t, a.Notice); !slices.Equal(got, want) {
			t.Errorf("%s shows %v, want %v", data, got, want)
		}
	}
	for data, want := range map[string][]string{
		listPage("topweek", "", 1): pick(0, 2), listPage("topall", "", 2): nil, listPage("new", "", 1): pick(1, 0),
		listPage("mine", "", 0): pick(4, 2, 0), listPage("topmonth", "", 199): nil, listPage("search", "纸船", 0): pick(3),
	} {
		a, err := f.do(t, commands.KindComponent, ada, data)
		if err != nil || a.Notice == nil || !a.Replace {
			t.Fatalf("%s: %+v, %v", data, a, err)
		}
		if got := uses(t, a.Notice); !slices.Equal(got, want) {
			t.Errorf("%s shows %v, want %v", data, got, want)
		}
	}
	// "Mine" are those of who asks.
	if a, err := f.do(t, commands.KindComponent, bob, listPage("mine", "", 0)); err != nil || !slices.Equal(uses(t, a.Notice), pick(3, 1)) {
		t.Errorf("another's shows %v, %v", a, err)
	}
	seen := map[string]bool{}
	for range 60 {
		a, err := f.do(t, commands.KindComponent, ada, listPage("random", "", 0))
		if err != nil || len(uses(t, a.Notice)) != 1 || !slices.Contains(ids, uses(t, a.Notice)[0]) {
			t.Fatalf("one by chance: %+v, %v", a, err)
		}
		seen[uses(t, a.Notice)[0]] = true
	}
	if len(seen) < 2 {
		t.Errorf("chance knows %d", len(seen))
	}
	if a, err := f.do(t, commands.KindCommand, where{"102", "220", "400"}, sub("prompts", "random")); err != nil || len(uses(t, a.Notice)) != 0 {
		t.Errorf("an empty gallery: %+v, %v", a, err)
	}
	// What was shared long ago is no longer of the week.
	f.now = now.Add(8 * 24 * time.Hour)
	for data, want := range map[string]int{sub("prompts", "top"): 0, sub("prompts", "top", option("period", `"month"`)): 3} {
		if a, err := f.do(t, commands.KindCommand, ada, data); err != nil || len(uses(t, a.Notice)) != want {
			t.Errorf("%s, a week later: %+v, %v", data, a, err)
		}
	}
}

// The videos of a page are looked up at the same time, and are hidden where they
// are to be.
func TestVideosOfTheGallery(t *testing.T) {
	f := setUp(t)
	posted, wished, plain := f.video(t, 1, ada, "one"), f.video(t, 2, ada, "two"), f.video(t, 3, ada, "three")
	wished.Spoiler = true
	for _, j := range []store.Job{posted, wished, plain} {
		f.share(t, j)
	}
	if _, err := f.community.Store.Change(t.Context(), posted.ID, func(p *community.Prompt) error {
		p.Post = community.Post{State: community.PostMade, Channel: "222", Message: "333", Video: store.Upload{ID: "801", Name: "x.mp4"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	looks := &together{replies: f.replies, most: 3, all: make(chan struct{})}
	f.with(func(c *commands.Config) { c.Replies = looks })
	show := func(w where) string {
		a, err := f.do(t, commands.KindCommand, w, sub("prompts", "new"))
		if err != nil {
			t.Fatal(err)
		}
		return says(t, a.Notice)
	}
	text := show(ada)
	for message, want := range map[string]int{"333": 1, posted.Message: 0, wished.Message: 1, plain.Message: 1} {
		if got := strings.Count(text, "https://cdn.example/"+message+".mp4"); got != want {
			t.Errorf("the video of message %s is shown %d times: %s", message, got, text)
		}
	}
	if n := strings.Count(text, `"spoiler":true`); n != 1 {
		t.Errorf("%d videos are hidden", n)
	}
	f.rule(t, "100", func(s *community.Settings) { s.Spoiler, s.Hidden = community.SpoilerChannels, []string{"201"} })
	for channel, want := range map[string]int{"200": 1, "201": 3} {
		if n := strings.Count(show(where{"100", channel, "400"}), `"spoiler":true`); n != want {
			t.Errorf("in channel %s %d videos are hidden, want %d", channel, n, want)
		}
	}
	// What cannot be seen on the post is looked for on the result; what nobody knows is said.
	f.with(func(c *commands.Config) { c.Replies = f.replies })
	f.replies.video = func(j store.Job) (string, error) {
		switch j.Message {
		case "333":
			return "", errors.New("no route to secret.example")
		case posted.Message:
			return "https://cdn.example/result.mp4", nil
		}
		return "", nil
	}
	a, err := f.do(t, commands.KindCommand, bob, sub("prompts", "top", option("period", `"all"`)))
	if err != nil {
		t.Fatal(err)
	}
	text = says(t, a.Notice)
	none := f.set.Catalog.For("zh-CN").Say("gallery.video.none")
	if strings.Contains(text, "secret.example") || !strings.Contains(text, "result.mp4") || strings.Count(text, none) != 2 {
		t.Errorf("shows %s", text)
	}
}

// Withdraw is offered to the author and to moderators.
func TestWhoIsOfferedToWithdraw(t *testing.T) {
	f := setUp(t)
	f.share(t, f.video(t, 1, ada, "a boat"))
	for name, c := range map[string]struct {
		by          where
		permissions uint64
		want        bool
	}{
		"the author": {ada, mayUse, true}, "another": {bob, mayUse, false}, "a moderator": {bob, mayUse | mayManage, true},
	} {
		a, err := f.handle(t, payloadBy(commands.KindCommand, c.by, fmt.Sprint(c.permissions), sub("prompts", "new")))
		if err != nil || strings.Contains(says(t, a.Notice), `"1:withdraw:`) != c.want {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestMistakesWithTheGallery(t *testing.T) {
	f := setUp(t)
	f.share(t, f.video(t, 1, ada, "a boat"))
	for name, c := range map[string]struct {
		kind commands.Kind
		data string
		want string
	}{
		"no subcommand":       {2, command("prompts", ""), "refusal.unknown"},
		"unknown subcommand":  {2, sub("prompts", "worst"), "refusal.unknown"},
		"a list, not a sub":   {2, sub("prompts", "topweek", option("period", `"week"`)), "refusal.unknown"},
		"unknown period":      {2, sub("prompts", "top", option("period", `"decade"`)), "refusal.option"},
		"nothing to look for": {2, sub("prompts", "search", option("words", `" \n "`)), "refusal.search.empty"},
		"no words":            {2, sub("prompts", "search"), "refusal.search.empty"},
		"unknown list":        {3, button("1:gallery:worst:0"), "refusal.unknown"},
		"search for nothing":  {3, button("1:gallery:search:0"), "refusal.unknown"},
		"search for blanks":   {3, button("1:gallery:search:0:   "), "refusal.unknown"},
		"no such page":        {3, button("1:gallery:new:200"), "refusal.unknown"},
		"modal: gallery":      {5, modal("1:gallery:new:0", "x"), "refusal.unknown"},
		"modal: share":        {5, modal("1:share:"+id(1), "x"), "refusal.unknown"},
		"modal: withdraw":     {5, modal("1:withdraw:"+id(1), "x"), "refusal.unknown"},
		"modal: reuse, blank": {5, modal("1:reuse:"+id(1), " "), "refusal.prompt.blank"},
		"use: unknown":        {3, button("1:use:" + id(9)), "refusal.shared.gone"},
		"profile: no member":  {2, command("profile", option("member", `"@everyone"`)), "refusal.option"},
	} {
		_, err := f.do(t, c.kind, ada, c.data)
		if got := refusal(t, err); got != c.want {
			t.Errorf("%s: refused %q, want %q", name, got, c.want)
		}
	}
	if len(f.line.got) != 0 {
		t.Errorf("%d jobs were submitted", len(f.line.got))
	}
}

// Nothing of a server's gallery is found from another, from direct messages, or
// where the bot is a guest: by no command, button, dialog or suggestion, and
// whatever ids are forged.
func TestNothingOfAGalleryIsSeenElsewhere(t *testing.T) {
	f := setUp(t)
	p := f.share(t, f.video(t, 1, bob, "a secret boat"))
	f.vote(t, p, 3)
	words := option("words", `"secret"`)
	for name, c := range map[string]struct {
		kind commands.Kind
		data string
	}{
		"share": {2, command("share", option("video", `"`+p.ID+`"`))}, "top": {2, sub("prompts", "top", option("period", `"all"`))},
		"new": {2, sub("prompts", "new")}, "search": {2, sub("prompts", "search", words)}, "random": {2, sub("prompts", "random")},
		"mine": {2, sub("prompts", "mine")}, "profile": {2, command("profile", option("member", `"401"`))},
		"press share": {3, button("1:share:" + p.ID)}, "press withdraw": {3, withdraws(p.ID)}, "press use": {3, button("1:use:" + p.ID)},
		"press reuse": {3, button("1:reuse:" + p.ID)}, "modal use": {5, modal("1:use:"+p.ID, "a boat")}, "modal reuse": {5, modal("1:reuse:"+p.ID, "a boat")},
		"page of search": {3, listPage("search", "secret", 0)}, "page of top": {3, listPage("topall", "", 0)}, "page of chance": {3, listPage("random", "", 0)},
		"a suggestion":    {4, `{"name":"dream","options":[{"name":"prompt","type":3,"value":"secret","focused":true}]}`},
		"suggestions":     {4, `{"name":"dream","options":[{"name":"prompt","type":3,"value":"","focused":true}]}`},
		"share, suggests": {4, `{"name":"share","options":[{"name":"video","type":3,"value":"","focused":true}]}`},
		"a forged choice": {2, command("dream", option("prompt", `"prompt:`+p.ID+`"`))},
	} {
		for place, handled := range map[string][]byte{
			"another server":                     payloadBy(c.kind, where{"101", "210", "402"}, "8", c.data),
			"its channel's id in another server": payloadBy(c.kind, where{"101", "200", "402"}, "8", c.data),
			"direct messages":                    payload(c.kind, where{"", "200", "402"}, c.data),
			"as a guest":                         asGuest(payload(c.kind, where{"100", "200", "402"}, c.data)),
		} {
			a, err := f.handle(t, handled)
			key := refusal(t, err)
			if err == nil && a.Choices == nil && a.Notice == nil {
				t.Errorf("%s from %s: %+v", name, place, a)
			}
			if strings.HasPrefix(key, "refusal.internal") || len(f.line.got) != 0 {
				t.Errorf("%s from %s: %v, and %d jobs", name, place, err, len(f.line.got))
			}
			if len(a.Choices) != 0 {
				t.Errorf("%s from %s suggests %v", name, place, a.Choices)
			}
			if a.Notice != nil {
				text := says(t, a.Notice)
				for _, no := range []string{"a secret boat", p.ID, "/100/200/", "🌟"} {
					if strings.Contains(text, no) {
						t.Errorf("%s from %s shows %s: %s", name, place, no, text)
					}
				}
			}
		}
	}
	if got := f.lists(t, "100"); !slices.Equal(got, []string{p.ID}) {
		t.Errorf("the gallery has %v", got)
	}
}

// Whatever is looked for, the buttons of its pages can hold it.
func FuzzSearched(f *testing.F) {
	for _, words := range []string{"", " a  b ", "a:b", strings.Repeat("帆", 60), strings.Repeat("👩‍👩‍👧‍👦", 20), "\xff\x00\u2028", strings.Repeat("a ", 30)} {
		f.Add(words)
	}
	f.Fuzz(func(t *testing.T, words string) {
		got := commands.Searched(words)
		if got != commands.Searched(got) || got != strings.TrimSpace(got) {
			t.Errorf("%q becomes %q, and that %q", words, got, commands.Searched(got))
		}
		a := reply.Action{Verb: reply.ActionGallery, Arg: reply.ListTopMonth, Page: reply.MaxPages - 1, Text: got}
		customID := a.CustomID()
		if n := len(utf16.Encode([]rune(customID))); n > 100 {
			t.Errorf("the custom id has %d characters", n)
		}
		if back, err := reply.ParseAction(customID); err != nil || back != a {
			t.Errorf("%q comes back as %+v, %v", words, back, err)
		}
	})
}
