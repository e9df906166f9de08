package discord

// Direct messages: each person has one channel of them with the bot, which is
// there from the start.

// DirectChannel returns the channel of a person's direct messages with the
// bot, "" where there is no such person. It is there before anybody opens it.
func (s *Server) DirectChannel(user string) string {
	p, _ := s.world.person(user)
	return p.direct
}

// DirectMessages returns the direct messages between a person and the bot,
// oldest first.
func (s *Server) DirectMessages(user string) []Message {
	return s.Messages(s.DirectChannel(user))
}

// postDirect opens the channel of direct messages with a person.
// Source: discord-api-docs, resources/user, create DM.
func (s *Server) postDirect(r *request) (answer, error) {
	data, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	f := newForm()
	if !f.need(data, "recipient_id") {
		return answer{}, f.err()
	}
	id, _ := f.id(data, "recipient_id")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	p, found := s.world.person(id)
	if !found {
		return answer{}, errInvalidRecipient()
	}
	c, _, _ := s.world.channel(p.direct)
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok(s.directJSON(c))
}

// directJSON is the channel object of direct messages. mu is held.
func (s *Server) directJSON(c Channel) object {
	recipients := []object{}
	for _, id := range append([]string{c.Recipient}, c.People...) {
		if p, ok := s.world.person(id); ok {
			recipients = append(recipients, userJSON(p.User))
		}
	}
	return object{"id": c.ID, "type": typeDirect, "flags": 0, "last_message_id": s.lastIn(c.ID), "recipients": recipients}
}

// lastIn is the id of a channel's newest message, or nil. mu is held.
func (s *Server) lastIn(channel string) any {
	if list := s.history.channels[channel]; len(list) > 0 {
		return list[len(list)-1].ID
	}
	return nil
}

// takesDirect reports whether a person gets direct messages of the bot's: one
// who neither shares a guild with it nor has it for themselves does not. mu is
// held.
func (s *Server) takesDirect(user string) bool {
	return !s.fate.Closed[user] && s.acquainted(user)
}
