package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

func readAs(r *reader) (run, error) {
	who, err := r.text("who acts")
	if err != nil {
		return nil, err
	}
	where := ""
	if r.is("in") {
		if where, err = r.text("the channel"); err != nil {
			return nil, err
		}
	}
	return func(_ context.Context, p *player) error {
		if where != "" {
			p.place = where
		}
		return p.become(p.box.Discord.State(), who)
	}, nil
}

// pressable are all components that can be pressed or chosen from, in their order.
func pressable(all []discord.Component) []discord.Component {
	var out []discord.Component
	sandbox.Walk(all, func(c discord.Component) {
		if c.CustomID != "" {
			out = append(out, c)
		}
	})
	return out
}

func readPress(r *reader) (run, error) {
	label, err := r.text("the button's label")
	if err != nil {
		return nil, err
	}
	nth := 1
	if r.left() {
		if nth, err = r.number("which of several", 1, 40); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, p *player) error {
		m, err := p.look()
		if err != nil {
			return err
		}
		var known, fitting []string
		for _, c := range pressable(m.Components) {
			if c.Type != typeButton {
				continue
			}
			known = append(known, button(c))
			if label == c.Label || label == face(c) || c.Emoji != nil && label == c.Emoji.Name {
				if c.Disabled {
					return &Failed{Found: fmt.Sprintf("the button %q is switched off", label)}
				}
				fitting = append(fitting, c.CustomID)
			}
		}
		if len(fitting) < nth {
			return &Failed{Found: fmt.Sprintf("the message in hand has %d such buttons; it has %s", len(fitting), list(known))}
		}
		p.log.line("%s presses [%s]", p.actor.GlobalName, label)
		o, err := p.box.Discord.Press(ctx, discord.Press{User: p.actor.ID, Message: m.ID, CustomID: fitting[nth-1]})
		return p.comes(o, err)
	}, nil
}

func readChoose(r *reader) (run, error) {
	menu, err := r.text("the menu's label")
	if err != nil {
		return nil, err
	}
	var values []string
	none := r.is("none")
	for !none && r.left() {
		v, err := r.text("the choice")
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(values) == 0 && !none {
		return nil, errors.New("the choice is missing")
	}
	return func(ctx context.Context, p *player) error {
		if p.modal != nil && none {
			return p.fill(ctx, menu, []string{""})
		}
		if p.modal != nil {
			return p.fill(ctx, menu, values)
		}
		m, err := p.look()
		if err != nil {
			return err
		}
		var known []string
		for _, c := range pressable(m.Components) {
			if c.Type == typeButton {
				continue
			}
			known = append(known, name(c))
			if name(c) != menu {
				continue
			}
			chosen, err := p.choices(c, values)
			if err != nil {
				return err
			}
			p.log.line("%s chooses %s: %s", p.actor.GlobalName, menu, list(values))
			o, err := p.box.Discord.Press(ctx, discord.Press{User: p.actor.ID, Message: m.ID, CustomID: c.CustomID, Values: chosen})
			return p.comes(o, err)
		}
		return &Failed{Found: fmt.Sprintf("the message in hand has no menu %q; it has %s", menu, list(known))}
	}, nil
}

// choices turns what a person chooses in a menu into its values.
func (p *player) choices(c discord.Component, chosen []string) ([]string, error) {
	var out []string
	state := p.box.Discord.State()
	for _, text := range chosen {
		if c.Type != typeSelect {
			out = append(out, p.thing(state, c.Type, text))
			continue
		}
		i := slices.IndexFunc(c.Options, func(o discord.SelectItem) bool { return o.Label == text || o.Value == text })
		if i < 0 {
			return nil, &Failed{Found: fmt.Sprintf("there is no choice %q; there are %s", text, list(options(c)))}
		}
		out = append(out, c.Options[i].Value)
	}
	return out, nil
}

func readMenu(r *reader) (run, error) {
	entry, err := r.text("the entry")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, p *player) error {
		m, err := p.look()
		if err != nil {
			return err
		}
		known, taken := []string{}, ""
		for _, c := range p.box.Discord.State().Commands {
			if c.Type != ofMessages {
				continue
			}
			known = append(known, c.Name)
			if called(entry, c.Name, c.NameLocalizations) {
				taken = c.Name
			}
		}
		if taken == "" {
			return &Failed{Found: fmt.Sprintf("the menu of messages has no entry %q; it has %s", entry, list(known))}
		}
		p.log.line("%s takes %q from the message's menu", p.actor.GlobalName, entry)
		o, err := p.box.Discord.Invoke(ctx, discord.Invocation{User: p.actor.ID, Command: taken, Target: m.ID})
		return p.comes(o, err)
	}, nil
}

func readReact(r *reader, remove bool) (run, error) {
	emoji, err := r.text("the emoji")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, p *player) error {
		m, err := p.look()
		if err != nil {
			return err
		}
		what := "reacts with"
		if remove {
			what = "takes away the reaction"
		}
		p.log.line("%s %s %s", p.actor.GlobalName, what, emoji)
		p.brought = nil
		return p.box.Discord.React(ctx, discord.Reacting{User: p.actor.ID, Message: m.ID, Emoji: emojiOf(emoji), Remove: remove})
	}, nil
}

// emojiOf reads an emoji: its characters, or name:id of a server's own.
func emojiOf(text string) discord.Emoji {
	name, id, _ := strings.Cut(text, ":")
	return discord.Emoji{Name: name, ID: id}
}

func readSay(r *reader) (run, error) {
	text, err := r.text("the text")
	if err != nil {
		return nil, err
	}
	var files []string
	reply := false
	for r.left() {
		switch {
		case r.is("file:"):
			f, err := r.text("the file")
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		case r.is("reply"):
			reply = true
		default:
			return nil, r.end()
		}
	}
	return func(ctx context.Context, p *player) error {
		w := discord.Saying{User: p.actor.ID, Channel: p.channel, Text: text}
		how := "says"
		if reply {
			m, err := p.look()
			if err != nil {
				return err
			}
			w.ReplyTo, how = m.ID, "answers"
		}
		for _, f := range files {
			id, err := p.upload(ctx, f)
			if err != nil {
				return err
			}
			w.Files = append(w.Files, id)
		}
		m, err := p.box.Discord.Post(ctx, w)
		if err != nil {
			return err
		}
		p.log.message(m, "%s %s in %s:", p.actor.GlobalName, how, p.where())
		p.brought = nil
		p.take(m)
		return nil
	}, nil
}

// where is the channel that is acted in, as the transcript calls it.
func (p *player) where() string {
	switch name := p.log.place(p.channel); name {
	case "direct":
		return "direct messages with " + p.log.state.Application.GlobalName
	case "private":
		return "a private channel"
	default:
		return "#" + name
	}
}

// comes takes what an act has brought at once, and prints it.
func (p *player) comes(o discord.Outcome, err error) error {
	if err != nil {
		return err
	}
	p.brought = &o
	bot := p.log.state.Application.GlobalName
	private := ""
	if o.Message != nil {
		p.take(*o.Message)
		if o.Message.OnlyFor != "" {
			private = ", for " + p.actor.GlobalName + " alone"
		}
	}
	if o.Kind != discord.OutcomeChoices {
		p.modal = nil
	}
	switch o.Kind {
	case discord.OutcomeMessage:
		p.log.message(*o.Message, "%s answers%s:", bot, private)
	case discord.OutcomeDeferred:
		p.log.line("%s is thinking%s …", bot, private)
	case discord.OutcomeUpdate:
		p.log.message(*o.Message, "%s edits the message%s:", bot, private)
	case discord.OutcomeModal:
		p.open(*o.Modal)
	case discord.OutcomeChoices:
		p.log.line("%s suggests:", bot)
		p.log.body(lines(choiceNames(o.Choices)))
	case discord.OutcomeNone:
		p.log.line("%s did not respond", bot)
		if !p.awaited {
			return &Failed{Wanted: "an answer", Found: "the bot did not respond; where that is right, expect nothing says so in the next line"}
		}
	}
	return nil
}

func choiceNames(all []discord.Choice) []string {
	names := []string{}
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names
}

// lines says of an empty list that it is.
func lines(all []string) []string {
	if len(all) == 0 {
		return []string{"(nothing)"}
	}
	return all
}
