package discord

import (
	"context"
	"slices"
)

// maxReactions is how many different emoji a message takes.
// Source: discord-api-docs, topics/opcodes-and-status-codes, code 30010.
const maxReactions = 20

// Reaction is an emoji under a message, and whose it is.
type Reaction struct {
	Emoji Emoji    `json:"emoji"`
	Users []string `json:"users"` // ids, in the order of coming
}

// Reacting is a person's reaction to a message.
type Reacting struct {
	User    string `json:"user"`    // id
	Message string `json:"message"` // id
	Emoji   Emoji  `json:"emoji"`
	Remove  bool   `json:"remove,omitempty"` // takes it away
}

// reaction returns the place of an emoji under a message, -1 for none.
func (m *message) reaction(e Emoji) int {
	return slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Emoji.same(e) })
}

// with is the message with a user's reaction, or without it; nil where it is so
// already.
func (m *message) with(user string, e Emoji, on bool) *message {
	i := m.reaction(e)
	if on == (i >= 0 && slices.Contains(m.Reactions[i].Users, user)) {
		return nil
	}
	next := *m
	next.Reactions = cloneReactions(m.Reactions)
	switch {
	case on && i < 0:
		next.Reactions = append(next.Reactions, Reaction{e, []string{user}})
	case on:
		next.Reactions[i].Users = append(next.Reactions[i].Users, user)
	default:
		left := slices.DeleteFunc(next.Reactions[i].Users, func(id string) bool { return id == user })
		if next.Reactions[i].Users = left; len(left) == 0 {
			next.Reactions = slices.Delete(next.Reactions, i, i+1)
		}
	}
	return &next
}

func cloneReactions(list []Reaction) []Reaction {
	out := append([]Reaction{}, list...)
	for i := range out {
		out[i].Users = slices.Clone(out[i].Users)
	}
	return out
}

// React has a person react to a message, or take a reaction away. Doing it
// twice changes nothing.
func (s *Server) React(ctx context.Context, r Reacting) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	m := s.history.byID[r.Message]
	if m == nil || m.OnlyFor != "" && m.OnlyFor != r.User {
		return unknown("message %q", r.Message)
	}
	p, c, g, err := s.actor(r.User, m.ChannelID)
	if err != nil {
		return err
	}
	there := m.reaction(r.Emoji) >= 0
	switch {
	case m.OnlyFor != "":
		return invalid("nobody reacts to a message that one person sees")
	case !r.Emoji.valid():
		return invalid("%q is no emoji", r.Emoji.path())
	case !s.can(p, c, g, permHistory):
		return invalid("the person may not read what was written")
	case !r.Remove && !there && !s.can(p, c, g, permAddReactions):
		return invalid("the person may not be the first with an emoji")
	case !r.Remove && !there && len(m.Reactions) >= maxReactions:
		return invalid("the message has %d different emoji", maxReactions)
	}
	s.react(m, r.User, r.Emoji, !r.Remove)
	return nil
}

// react sets or takes away a user's reaction, and tells everybody. mu is held.
func (s *Server) react(m *message, user string, e Emoji, on bool) {
	if i := m.reaction(e); i >= 0 {
		e = m.Reactions[i].Emoji
	}
	next := m.with(user, e, on)
	if next == nil {
		return
	}
	s.change(next)
	d := object{"user_id": user, "emoji": e.partialJSON(), "burst": false, "type": 0}
	if !on {
		s.dispatchReaction("MESSAGE_REACTION_REMOVE", m, d)
		return
	}
	d["message_author_id"], d["burst_colors"] = m.Author.ID, []string{}
	if g, found := s.world.guild(m.GuildID); found {
		d["member"] = botMemberJSON(s.world.bot)
		if p, ok := s.world.person(user); ok {
			d["member"] = s.memberJSON(p, g)
		}
	}
	s.dispatchReaction("MESSAGE_REACTION_ADD", m, d)
}

// change puts a message in the place of itself without an edit. mu is held.
func (s *Server) change(m *message) {
	s.history.put(m)
	s.record(record{Message: m})
	s.publish(Event{Type: EventMessageUpdate, Message: s.viewPtr(m), Channel: m.ChannelID})
}

// ClearReactions has a moderator remove everybody's reactions to a message:
// those with an emoji, written as its characters or as name:id, or all where
// that is empty.
func (s *Server) ClearReactions(message, emoji string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.moderated(message)
	if err != nil {
		return err
	}
	next := *m
	event, d := "MESSAGE_REACTION_REMOVE_ALL", object{}
	if emoji == "" {
		next.Reactions = []Reaction{}
	} else {
		e, ok := parseEmoji(emoji)
		if !ok {
			return invalid("%q is no emoji", emoji)
		}
		if i := m.reaction(e); i >= 0 {
			e = m.Reactions[i].Emoji
			next.Reactions = slices.Delete(cloneReactions(m.Reactions), i, i+1)
		}
		event, d["emoji"] = "MESSAGE_REACTION_REMOVE_EMOJI", e.partialJSON()
	}
	if len(next.Reactions) == len(m.Reactions) {
		return nil
	}
	s.change(&next)
	s.dispatchReaction(event, m, d)
	return nil
}

// dispatchReaction sends an event about the reactions to a message. mu is held.
// Source: discord-api-docs, events/gateway-events, message reaction add.
func (s *Server) dispatchReaction(event string, m *message, d object) {
	d["channel_id"], d["message_id"] = m.ChannelID, m.ID
	s.dispatchAbout(event, m, intentReactions, intentDirectReactions, d)
}

// reactionsJSON are the reaction objects of a message.
// Source: discord-api-docs, resources/message, reaction object.
func (s *Server) reactionsJSON(list []Reaction) []object {
	out := make([]object, 0, len(list))
	for _, r := range list {
		out = append(out, object{
			"emoji": r.Emoji.partialJSON(), "count": len(r.Users), "count_details": object{"burst": 0, "normal": len(r.Users)},
			"me": slices.Contains(r.Users, s.world.bot.ID), "me_burst": false, "burst_colors": []string{},
		})
	}
	return out
}
