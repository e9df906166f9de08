package discord

import "slices"

// toReact finds the message of a request and the emoji that it names. One of a
// guild's own is known where somebody has put it: the bot's guilds have none.
// mu is held.
func (s *Server) toReact(r *request) (m *message, e Emoji, there bool, err error) {
	if m, err = s.inChannel(r); err != nil {
		return m, e, false, err
	}
	e, ok := parseEmoji(r.vars["emoji"])
	i := m.reaction(e)
	if !ok || e.ID != "" && i < 0 {
		return m, e, false, errUnknownEmoji()
	}
	return m, e, i >= 0, nil
}

// putReaction adds the bot's own reaction.
// Source: discord-api-docs, resources/message, create reaction.
func (s *Server) putReaction(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, e, there, err := s.toReact(r)
	if err != nil {
		return answer{}, err
	}
	c, _, _ := s.world.channel(m.ChannelID)
	switch {
	case !s.may(c, permHistory), !there && !s.may(c, permAddReactions):
		return answer{}, errNoPermission()
	case !there && len(m.Reactions) >= maxReactions:
		return answer{}, errTooManyReactions()
	}
	s.react(m, s.world.bot.ID, e, true)
	return nothing()
}

// deleteReaction takes the bot's own reaction away.
func (s *Server) deleteReaction(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, e, _, err := s.toReact(r)
	if err != nil {
		return answer{}, err
	}
	s.react(m, s.world.bot.ID, e, false)
	return nothing()
}

// manageReactions refuses to take away the reactions of others: the bot may not
// manage messages.
// Source: discord-api-docs, resources/message, delete user reaction.
func (s *Server) manageReactions(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.inChannel(r); err != nil {
		return answer{}, err
	}
	return answer{}, errNoPermission()
}

// getReactions lists who has reacted with an emoji, in the order of the ids.
// Source: discord-api-docs, resources/message, get reactions.
func (s *Server) getReactions(r *request) (answer, error) {
	limit, _, after, err := page(r, 25, 100)
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, e, there, err := s.toReact(r)
	if err != nil {
		return answer{}, err
	}
	list := []object{}
	if !there || r.URL.Query().Get("type") == "1" { // super reactions
		return ok(list)
	}
	ids := slices.Clone(m.Reactions[m.reaction(e)].Users)
	slices.SortFunc(ids, compareIDs)
	for _, id := range ids {
		u, known := s.world.user(id)
		if known && snowflake(id) > after && len(list) < limit {
			list = append(list, userJSON(u))
		}
	}
	return ok(list)
}
