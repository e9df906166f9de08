package commands_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/i18n"
	"dreambot/internal/money"
	"dreambot/store"
)

const boat = "a paper boat"

// own is a text without the marks of a marked catalog.
func own(text string) string { return strings.NewReplacer("⟦", "", "⟧", "").Replace(text) }

// strange is what stands in a text and is in no language: mentions, times,
// addresses, ids, names of files, sizes and models.
var strange = regexp.MustCompile(`<[@#&!]*\d+>|<t:\d+:[a-zA-Z]>|https?://[^\s)]+|\b[0-9a-z]{20}\b|\b[\w-]+\.(mp4|json)\b|\b\d+[pk]\b|\bray-(v|flash-)?\d\b`)

// readable calls each with every text of an answer, or of a definition, that
// people read. What the name of an emoji names is no word.
func readable(field string, drawn any, each func(field, text string)) {
	switch v := drawn.(type) {
	case []any:
		for _, part := range v {
			readable(field, part, each)
		}
	case map[string]any:
		for key, part := range v {
			switch {
			case strings.HasSuffix(field, "_localizations"): // by locale
				key = field
			case key == "emoji":
				continue
			}
			readable(key, part, each)
		}
	case string:
		if slices.Contains([]string{"content", "label", "placeholder", "title", "description", "name",
			"name_localizations", "description_localizations"}, field) {
			each(field, v)
		}
	}
}

// checkWords reports what a text of drawn says that is neither the catalog's nor
// what a person gave.
func checkWords(t *testing.T, of string, drawn any) {
	t.Helper()
	text, err := json.Marshal(drawn)
	if err != nil {
		t.Fatal(err)
	}
	var parts any
	if err := json.Unmarshal(text, &parts); err != nil {
		t.Fatal(err)
	}
	readable("", parts, func(field, text string) {
		rest := strange.ReplaceAllString(strings.ReplaceAll(i18n.Unmarked(text), boat, ""), "")
		if strings.ContainsFunc(rest, unicode.IsLetter) {
			t.Errorf("%s: %s says %q", of, field, strings.TrimSpace(rest))
		}
	})
}

// checkAnswer checks what a person reads of an answer, or of a refusal.
func checkAnswer(t *testing.T, p i18n.Printer, of string, a commands.Answer, err error) (answered bool) {
	t.Helper()
	var refusal *commands.Refusal
	if errors.As(err, &refusal) {
		checkWords(t, of, reply.Notice(p, refusal.Key, refusal.Args))
		return false
	}
	if err != nil {
		t.Errorf("%s: a fault of ours: %v", of, err)
		return false
	}
	if a.Job != nil {
		checkWords(t, of, reply.Card(p, *a.Job, reply.ScreenUpload))
	}
	for _, m := range []*reply.Message{a.Notice, a.Public} {
		if m != nil {
			checkWords(t, of, m)
		}
	}
	if a.Modal != nil {
		checkWords(t, of, a.Modal)
	}
	checkWords(t, of, a.Choices)
	return true
}

// marked is a fixture whose catalog is marked, with what commands and buttons are
// about: a video, which is shared.
func marked(t *testing.T) (*fixture, i18n.Printer) {
	t.Helper()
	c, err := i18n.LoadMarked()
	if err != nil {
		t.Fatal(err)
	}
	var free money.Amount
	f := speaking(t, able).with(func(set *commands.Config) {
		set.Catalog, set.PricesFrom = c, &free
		set.Account = account(func(context.Context) (money.Amount, error) { return 1234 * money.Cent, nil })
	})
	f.share(t, f.video(t, 1, home, boat))
	f.video(t, 4, home, boat)
	return f, c.For("zh-CN")
}

// everything is the permissions of an administrator's.
const everything = "9007199254740991"

// filled are the options of a command, as somebody fills them in.
func filled(options []commands.DefinedOption, focused string) string {
	var list []string
	resolved := map[string]string{"video": id(1), "first": id(1), "second": id(4), "ends": "1d", "member": "401"}
	for _, o := range options {
		name := own(o.Name)
		value, ok := resolved[name]
		switch {
		case o.Type == 5: // a boolean
			value = "true"
		case o.Type == 11: // a file
			continue
		case len(o.Choices) > 0:
			value = fmt.Sprintf("%q", o.Choices[0].Value)
		case ok:
			value = fmt.Sprintf("%q", value)
		default:
			value = fmt.Sprintf("%q", boat)
		}
		list = append(list, fmt.Sprintf(`{"name":%q,"type":%d,"value":%s,"focused":%v}`, name, o.Type, value, name == focused))
	}
	return strings.Join(list, ",")
}

// Whatever commands are called, describe and answer is the catalog's, or what a
// person gave.
func TestEveryWordOfACommandIsTheCatalogs(t *testing.T) {
	f, p := marked(t)
	for _, guildOnly := range []bool{false, true} {
		checkWords(t, "definitions", f.set.Definitions(guildOnly))
	}
	answered := 0
	act := func(of string, kind commands.Kind, d commands.Definition, options string) {
		data := fmt.Sprintf(`{"id":"700","name":%q,"type":%d,"target_id":"91","options":[%s],"resolved":{"messages":{"91":{"id":"91"}}}}`,
			d.Name, d.Type, options)
		for _, w := range []where{home, dm} {
			a, err := f.handle(t, payloadBy(kind, w, everything, data))
			if checkAnswer(t, p, of, a, err) {
				answered++
			}
		}
	}
	for _, d := range f.set.Definitions(false) {
		parts := map[string][]commands.DefinedOption{}
		for _, o := range d.Options {
			if o.Type == 1 { // a subcommand
				parts[own(o.Name)] = o.Options
			}
		}
		if len(parts) == 0 {
			parts[""] = d.Options
		}
		for part, options := range parts {
			of := strings.TrimSpace("/" + own(d.Name) + " " + part)
			inside := func(options string) string {
				if part == "" {
					return options
				}
				return fmt.Sprintf(`{"type":1,"name":%q,"options":[%s]}`, part, options)
			}
			act(of+" with nothing", commands.KindCommand, d, inside(""))
			act(of, commands.KindCommand, d, inside(filled(options, "")))
			for _, o := range options {
				if o.Autocomplete {
					act(of+", completing", commands.KindComplete, d, inside(filled(options, own(o.Name))))
				}
			}
		}
	}
	if answered < 2*len(f.set.Definitions(false)) {
		t.Errorf("%d were answered", answered)
	}
}

// verb is where one is declared.
var verb = regexp.MustCompile(`\n\tAction\w+ +Verb = "(\w+)"`)

func TestEveryWordOfAButtonIsTheCatalogs(t *testing.T) {
	ids := []reply.Action{{Verb: reply.ActionHistory}, {Verb: reply.ActionForget}, {Verb: reply.ActionSpare}}
	for _, list := range reply.Lists() {
		ids = append(ids, reply.Action{Verb: reply.ActionGallery, Arg: list, Text: boat})
	}
	for _, tab := range append(reply.Tabs(), reply.SetExact, reply.SetUnwanted) {
		ids = append(ids, reply.Action{Verb: reply.ActionSettings, Arg: tab})
	}
	for _, verb := range []reply.Verb{reply.ActionExtend, reply.ActionRemix, reply.ActionAgain, reply.ActionRetry, reply.ActionCancel,
		reply.ActionDelete, reply.ActionRemove, reply.ActionKeep, reply.ActionShow, reply.ActionStory, reply.ActionBegin,
		reply.ActionShare, reply.ActionWithdraw, reply.ActionUse, reply.ActionReuse} {
		for n := range 4 {
			ids = append(ids, reply.Action{Verb: verb, Job: id(n)})
		}
	}
	declared, err := os.ReadFile("../bot/reply/action.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range verb.FindAllStringSubmatch(string(declared), -1) {
		if !slices.ContainsFunc(ids, func(a reply.Action) bool { return string(a.Verb) == v[1] }) {
			t.Errorf("no button with the verb %q is pressed", v[1])
		}
	}
	answered := map[reply.Verb]bool{}
	for _, a := range ids {
		if a.Verb != reply.ActionGallery || a.Arg != reply.ListSearch {
			a.Text = ""
		}
		f, p := marked(t)
		f.put(t, store.Job{ID: id(2), Guild: home.guild, Channel: home.channel, Member: home.member, Prompt: boat}, store.StateFailed)
		f.put(t, store.Job{ID: id(3), Guild: home.guild, Channel: home.channel, Member: home.member, Prompt: boat}, store.StateWaiting)
		for kind, data := range map[commands.Kind]string{commands.KindComponent: button(a.CustomID()), commands.KindModal: modal(a.CustomID(), boat)} {
			answer, err := f.handle(t, payloadBy(kind, home, everything, data))
			if checkAnswer(t, p, a.CustomID(), answer, err) {
				answered[a.Verb] = true
			}
		}
	}
	if len(answered) < 18 {
		t.Errorf("of all verbs, those that were not refused once are %v", slices.Sorted(maps.Keys(answered)))
	}
}
