package discord

import (
	"context"
	"slices"
)

// Press has a person click on a component.
func (s *Server) Press(ctx context.Context, p Press) (Outcome, error) {
	in, err := s.press(p)
	return s.await(ctx, in, err)
}

func (s *Server) press(p Press) (*interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.history.byID[p.Message]
	if m == nil || m.OnlyFor != "" && m.OnlyFor != p.User {
		return nil, unknown("message %q", p.Message)
	}
	who, c, g, err := s.actor(p.User, m.ChannelID)
	if err != nil {
		return nil, err
	}
	var found *Component
	eachComponent(m.Components, func(k *Component) {
		if p.CustomID != "" && k.CustomID == p.CustomID {
			found = k
		}
	})
	if found == nil && p.Forged {
		found = &Component{Type: typeButton, CustomID: p.CustomID}
		if len(p.Values) > 0 {
			found.Type = typeSelect
		}
	}
	if found == nil {
		return nil, unknown("component %q", p.CustomID)
	}
	if found.Disabled && !p.Forged {
		return nil, invalid("the component %q is disabled", p.CustomID)
	}
	data := object{"custom_id": found.CustomID, "component_type": found.Type, "id": found.ID}
	if found.Type == typeButton {
		if len(p.Values) > 0 {
			return nil, invalid("a button has no values")
		}
	} else {
		err := found.accepts(p.Values, func(id string) bool { return s.selectable(*found, id, g) })
		if err != nil && !p.Forged {
			return nil, err
		}
		data["values"] = append([]string{}, p.Values...)
		if found.Type != typeSelect {
			data["resolved"] = s.resolve(c, g, nil, p.Values)
		}
	}
	at := scene{who, c, g, s.ownersAfter(m.Metadata, c)}
	return s.start(kindComponent, at, data, func(in *interaction, payload object) {
		in.Source = m.ID
		in.Metadata["interacted_message_id"] = m.ID
		payload["message"] = s.messageJSON(m)
	})
}

// selectable reports whether a select menu offers a user, a role or a channel.
func (s *Server) selectable(menu Component, id string, g guild) bool {
	_, user := s.world.user(id)
	c, _, channel := s.world.channel(id)
	_, role := g.role(id)
	role = role || id != "" && id == g.ID
	switch menu.Type {
	case typeUserSelect:
		return user
	case typeRoleSelect:
		return role
	case typeMentionable:
		return user || role
	case typeChannels:
		return channel && g.ID != "" && c.GuildID == g.ID && !s.fate.Gone[id] &&
			(len(menu.ChannelTypes) == 0 || slices.Contains(menu.ChannelTypes, typeOfText))
	}
	return false
}

// Submit has a person send off a modal.
func (s *Server) Submit(ctx context.Context, sub Submission) (Outcome, error) {
	in, err := s.submit(sub)
	return s.await(ctx, in, err)
}

func (s *Server) submit(sub Submission) (*interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.acts.modal(sub.Modal)
	if m == nil || m.User != sub.User {
		return nil, unknown("modal %q", sub.Modal)
	}
	who, c, g, err := s.actor(sub.User, m.Channel)
	if err != nil {
		return nil, err
	}
	for id := range sub.Values {
		if !slices.ContainsFunc(m.inputs(), func(c Component) bool { return c.CustomID == id }) {
			return nil, invalid("the modal has no field %q", id)
		}
	}
	data, err := s.submitData(m, c, g, sub.Values)
	if err != nil {
		return nil, err
	}
	at := scene{who, c, g, s.ownersAfter(m.Metadata, c)}
	return s.start(kindSubmit, at, data, func(in *interaction, payload object) {
		in.Source, in.Modal = m.Source, m.ID
		in.Metadata["triggering_interaction_metadata"] = m.Metadata
		if src := s.history.byID[m.Source]; src != nil {
			payload["message"] = s.messageJSON(src)
		}
	})
}

// submitData is the data of a modal's submit.
// Source: discord-api-docs, interactions/receiving-and-responding, modal
// submit data structure.
func (s *Server) submitData(m *openModal, c Channel, g guild, values map[string]string) (object, error) {
	var chosen, uploads []string
	one := func(k Component) (object, error) {
		o, err := fill(k, values[k.CustomID], func(id string) bool {
			if k.Type != typeUpload {
				return s.selectable(k, id, g)
			}
			return s.uploaded(id) != nil
		})
		if list, ok := o["values"].([]string); ok && k.Type == typeUpload {
			uploads = append(uploads, list...)
		} else if ok && k.Type != typeSelect {
			chosen = append(chosen, list...)
		}
		return o, err
	}
	list := []object{}
	for _, top := range m.Components {
		o := object{"type": top.Type, "id": top.ID}
		switch {
		case top.Component != nil:
			inner, err := one(*top.Component)
			if err != nil {
				return nil, err
			}
			o["component"] = inner
		case top.Type == typeRow:
			inner := []object{}
			for _, k := range top.Components {
				i, err := one(k)
				if err != nil {
					return nil, err
				}
				inner = append(inner, i)
			}
			o["components"] = inner
		}
		list = append(list, o)
	}
	data := object{"custom_id": m.CustomID, "components": list}
	if len(chosen)+len(uploads) > 0 {
		data["resolved"] = s.resolve(c, g, uploads, chosen)
	}
	return data, nil
}
