package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"dreambot/internal/sandbox/discord"
)

// field is a field of a dialog with the label that it has there.
type field struct {
	discord.Component
	label string
}

// fields are those of a dialog, in their order.
func fields(all []discord.Component) []field {
	var out []field
	for _, c := range all {
		switch {
		case c.Component != nil:
			out = append(out, field{*c.Component, c.Label})
		case c.Type == typeRow:
			for _, k := range c.Components {
				out = append(out, field{k, k.Label})
			}
		}
	}
	return out
}

// open opens a dialog, with what the bot has filled in.
func (p *player) open(m discord.Modal) {
	p.modal, p.values = &m, map[string]string{}
	for _, f := range fields(m.Components) {
		p.values[f.CustomID] = f.Value
		if f.Type == typeSelect {
			var chosen []string
			for _, o := range f.Options {
				if o.Default {
					chosen = append(chosen, o.Value)
				}
			}
			p.values[f.CustomID] = strings.Join(chosen, "\n")
		}
	}
	p.log.dialog(m, p.actor.GlobalName)
}

func readFill(r *reader) (run, error) {
	label, err := r.text("the field's label")
	if err != nil {
		return nil, err
	}
	if !r.left() {
		return nil, errors.New(`what to fill in is missing; "" empties the field`)
	}
	value := r.words[0].text
	r.words = r.words[1:]
	return func(ctx context.Context, p *player) error { return p.fill(ctx, label, []string{value}) }, nil
}

// fill fills in a field of the open dialog.
func (p *player) fill(ctx context.Context, label string, values []string) error {
	if p.modal == nil {
		return &Failed{Found: "no dialog is open"}
	}
	var known []string
	for _, f := range fields(p.modal.Components) {
		known = append(known, f.label)
		if f.label != label {
			continue
		}
		filled := values
		switch {
		case values[0] == "" || f.Type == typeTextInput:
		case f.Type == typeUpload:
			filled = nil
			for _, file := range values {
				id, err := p.upload(ctx, file)
				if err != nil {
					return err
				}
				filled = append(filled, id)
			}
		default:
			var err error
			if filled, err = p.choices(f.Component, values); err != nil {
				return err
			}
		}
		p.values[f.CustomID] = strings.Join(filled, "\n")
		shown := []string{}
		for _, v := range values {
			shown = append(shown, quoted(v))
		}
		p.log.line("%s fills in %s: %s", p.actor.GlobalName, label, strings.Join(shown, ", "))
		return nil
	}
	return &Failed{Found: fmt.Sprintf("the dialog has no field %q; it has %s", label, list(known))}
}

func readSubmit(*reader) (run, error) {
	return func(ctx context.Context, p *player) error {
		if p.modal == nil {
			return &Failed{Found: "no dialog is open"}
		}
		p.log.line("%s sends the dialog off", p.actor.GlobalName)
		o, err := p.box.Discord.Submit(ctx, discord.Submission{User: p.modal.User, Modal: p.modal.ID, Values: maps.Clone(p.values)})
		return p.comes(o, err)
	}, nil
}
