package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// kind is what an act can bring at once.
type kind struct {
	name  string
	is    func(discord.Outcome) bool
	means string
}

func kinds() []kind {
	message := func(o discord.Outcome) bool { return o.Kind == discord.OutcomeMessage && o.Message != nil }
	of := func(k discord.OutcomeKind) func(discord.Outcome) bool {
		return func(o discord.Outcome) bool { return o.Kind == k }
	}
	return []kind{
		{"reply", func(o discord.Outcome) bool { return message(o) && o.Message.OnlyFor == "" }, "a reply for everybody"},
		{"private", func(o discord.Outcome) bool { return message(o) && o.Message.OnlyFor != "" }, "a reply for one person alone"},
		{"thinking", of(discord.OutcomeDeferred), `"is thinking"`},
		{"modal", of(discord.OutcomeModal), "a dialog"},
		{"update", of(discord.OutcomeUpdate), "an edit of the message"},
		{"choices", of(discord.OutcomeChoices), "suggestions"},
		{"nothing", of(discord.OutcomeNone), `nothing ("did not respond")`},
	}
}

func kindNames() []string {
	names := []string{}
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// words are what must stand in a text, and what must not.
type words struct{ all, none []string }

// readWords reads words up to the end of the line, or to "within".
func readWords(r *reader) (w words, err error) {
	no := false
	for r.left() && (r.words[0].quoted || r.words[0].text != "within") {
		if r.is("no") {
			no = true
			continue
		}
		text, err := r.text("the text")
		if err != nil {
			return w, err
		}
		if no {
			w.none = append(w.none, text)
		} else {
			w.all = append(w.all, text)
		}
	}
	if no && len(w.none) == 0 {
		return w, errors.New("what must not be there is missing behind no")
	}
	return w, nil
}

func (w words) empty() bool { return len(w.all)+len(w.none) == 0 }

// hold reports whether they hold of a text, which is given in several forms.
func (w words) hold(forms ...string) bool {
	in := func(word string) bool {
		return slices.ContainsFunc(forms, func(f string) bool { return strings.Contains(f, word) })
	}
	return !slices.ContainsFunc(w.all, func(s string) bool { return !in(s) }) && !slices.ContainsFunc(w.none, in)
}

func (w words) String() string {
	quoted := func(list []string) string {
		var out []string
		for _, s := range list {
			out = append(out, strconv.Quote(s))
		}
		return strings.Join(out, " and ")
	}
	switch {
	case w.empty():
		return "anything"
	case len(w.none) == 0:
		return quoted(w.all)
	case len(w.all) == 0:
		return "no " + quoted(w.none)
	}
	return quoted(w.all) + ", and no " + quoted(w.none)
}

// says reports whether words hold of a message, as it is or as it is printed.
func (p *player) says(m discord.Message, w words) bool {
	return w.hold(sandbox.Text(m), strings.Join(p.log.flat(m), "\n"))
}

func readExpect(r *reader) (run, error) {
	name, named := r.oneOf(kindNames()...)
	w, err := readWords(r)
	if err != nil {
		return nil, err
	}
	if !named && w.empty() {
		return nil, errors.New("what is expected is missing")
	}
	if !named {
		return func(_ context.Context, p *player) error {
			m, err := p.look()
			if err != nil {
				return err
			}
			if !p.says(m, w) {
				return &Failed{Wanted: w.String(), Found: "it says:\n" + strings.Join(p.log.flat(m), "\n")}
			}
			p.held++
			return nil
		}, nil
	}
	all := kinds()
	k := all[slices.IndexFunc(all, func(k kind) bool { return k.name == name })]
	return func(_ context.Context, p *player) error {
		wanted := k.means
		if !w.empty() {
			wanted += " that says " + w.String()
		}
		if p.brought == nil {
			return &Failed{Wanted: wanted, Found: "the last act brings nothing at once; wait answer, or wait message, waits for what comes"}
		}
		what, text := p.broughtText(*p.brought)
		if !k.is(*p.brought) || !w.hold(text...) {
			return &Failed{Wanted: wanted, Found: "there was " + what + "\n" + text[0]}
		}
		p.held++
		return nil
	}, nil
}

// broughtText says what an outcome is, and what it says, in one form or more.
func (p *player) broughtText(o discord.Outcome) (what string, text []string) {
	for _, k := range kinds() {
		if k.is(o) {
			what = k.means
		}
	}
	switch {
	case o.Message != nil:
		text = []string{strings.Join(p.log.flat(*o.Message), "\n"), sandbox.Text(*o.Message)}
	case o.Modal != nil:
		all := []string{o.Modal.Title}
		for _, f := range fields(o.Modal.Components) {
			all = append(all, f.label, f.Placeholder, f.Value)
			all = append(all, options(f.Component)...)
		}
		for _, c := range o.Modal.Components {
			all = append(all, c.Content, c.Description)
		}
		text = []string{strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "\n")}
	default:
		text = []string{strings.Join(choiceNames(o.Choices), "\n")}
	}
	return what, text
}

func readPaid(r *reader) (run, error) {
	n, err := r.number("how often", 0, 10_000)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, p *player) error {
		paid := p.paid()
		if len(paid) != n {
			return &Failed{Wanted: fmt.Sprintf("%d paid generations since the script began", n), Found: "Luma has accepted " + prompts(paid)}
		}
		p.held++
		p.log.line("(Luma has accepted %s)", prompts(paid))
		return nil
	}, nil
}

// paid are the generations that Luma has accepted since the play began.
func (p *player) paid() []luma.Generation {
	all := p.box.Luma.Generations()
	return slices.DeleteFunc(all, func(g luma.Generation) bool { return p.paidBefore[g.ID] })
}

// prompts says how many generations there are, and of what.
func prompts(all []luma.Generation) string {
	if len(all) == 0 {
		return "none"
	}
	var list []string
	for _, g := range all {
		list = append(list, strconv.Quote(short(g.Prompt)))
	}
	return fmt.Sprintf("%d: %s", len(all), strings.Join(list, ", "))
}

func readRemember(r *reader) (run, error) {
	name, err := r.text("the name")
	return func(_ context.Context, p *player) error {
		if _, err := p.look(); err != nil {
			return err
		}
		p.marks[name] = p.hand
		return nil
	}, err
}

func readBack(r *reader) (run, error) {
	r.is("to")
	name, err := r.text("the name")
	return func(_ context.Context, p *player) error {
		id, ok := p.marks[name]
		if !ok {
			return &Failed{Found: fmt.Sprintf("no message is remembered as %q; there are %s", name, list(slices.Sorted(maps.Keys(p.marks))))}
		}
		p.hand = id
		m, err := p.look()
		if err != nil {
			return err
		}
		p.log.line("(back to %s: %s)", name, p.log.flat(m)[0])
		return nil
	}, err
}
