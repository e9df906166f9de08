package discord

import (
	"context"
	"slices"
	"time"
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
	}
	if found == nil {
		return nil, unknown("component %q", p.CustomID)
	}
	if found.Disabled {
		return nil, invalid("the component %q is disabled", p.CustomID)
	}
	data := object{"custom_id": found.CustomID, "component_type": found.Type, "id": found.ID}
	if found.Type == typeButton {
		if len(p.Values) > 0 {
			return nil, invalid("a button has no values")
		}
	} else {
		if err := found.accepts(p.Values, func(id string) bool { return s.selectable(found.Type, id, g) }); err != nil {
			return nil, err
		}
		data["values"] = append([]string{}, p.Values...)
		if found.Type != typeSelect {
			data["resolved"] = s.resolve(g, nil, p.Values)
		}
	}
	return s.start(kindComponent, who, c, g, data, func(in *interaction, payload object) {
		in.Source = m.ID
		in.Metadata["interacted_message_id"] = m.ID
		payload["message"] = s.messageJSON(m)
	})
}

// selectable reports whether a select menu of a type offers a user, a role or
// a channel.
func (s *Server) selectable(kind int, id string, g guild) bool {
	_, user := s.world.user(id)
	c, _, channel := s.world.channel(id)
	role := id != "" && (id == g.ID || id == g.moderators)
	switch kind {
	case typeUserSelect:
		return user
	case typeRoleSelect:
		return role
	case typeMentionable:
		return user || role
	case typeChannels:
		return channel && g.ID != "" && c.GuildID == g.ID && !s.fate.Gone[id]
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
	data, err := s.submitData(m, g, sub.Values)
	if err != nil {
		return nil, err
	}
	return s.start(kindSubmit, who, c, g, data, func(in *interaction, payload object) {
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
func (s *Server) submitData(m *openModal, g guild, values map[string]string) (object, error) {
	var chosen, uploads []string
	one := func(c Component) (object, error) {
		o, err := fill(c, values[c.CustomID], func(id string) bool {
			if c.Type != typeUpload {
				return s.selectable(c.Type, id, g)
			}
			return slices.Contains(s.files.uploads, id)
		})
		if list, ok := o["values"].([]string); ok && c.Type == typeUpload {
			uploads = append(uploads, list...)
		} else if ok && c.Type != typeSelect {
			chosen = append(chosen, list...)
		}
		return o, err
	}
	list := []object{}
	for _, c := range m.Components {
		o := object{"type": c.Type, "id": c.ID}
		switch {
		case c.Component != nil:
			inner, err := one(*c.Component)
			if err != nil {
				return nil, err
			}
			o["component"] = inner
		case c.Type == typeRow:
			inner := []object{}
			for _, k := range c.Components {
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
		data["resolved"] = s.resolve(g, uploads, chosen)
	}
	return data, nil
}

// Say has a person write a message in a channel, 1 to 2,000 characters, as an
// answer to another one where replyTo is not empty.
func (s *Server) Say(ctx context.Context, user, channel, text, replyTo string) (Message, error) {
	if err := ctx.Err(); err != nil {
		return Message{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c, _, err := s.actor(user, channel)
	if err != nil {
		return Message{}, err
	}
	if s.closed {
		return Message{}, errClosed
	}
	m := s.newMessage(c, p.User, time.Now())
	if replyTo != "" {
		to := s.history.byID[replyTo]
		if to == nil || to.ChannelID != channel || to.OnlyFor != "" {
			return Message{}, unknown("message %q", replyTo)
		}
		m.ReplyTo, m.Type = replyTo, typeReply
	}
	next, err := s.compose(newForm(), object{"content": text}, m, nil, 0)
	if err != nil {
		return Message{}, invalid("%v", err)
	}
	next.ID = s.newID()
	s.commit(next)
	return s.view(next), nil
}
