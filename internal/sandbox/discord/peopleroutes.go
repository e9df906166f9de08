package discord

// userOf finds the user that a request names.
func (s *Server) userOf(r *request) (User, error) {
	u, found := s.world.user(r.vars["user"])
	if !found {
		return u, errUnknownUser()
	}
	return u, nil
}

func (s *Server) getUser(r *request) (answer, error) {
	u, err := s.userOf(r)
	if err != nil {
		return answer{}, err
	}
	return ok(userJSON(u))
}

func (s *Server) getMember(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guildOf(r)
	if err != nil {
		return answer{}, err
	}
	u, err := s.userOf(r)
	if err != nil {
		return answer{}, err
	}
	if u.ID == s.world.bot.ID {
		return ok(botMemberJSON(u))
	}
	p, _ := s.world.person(u.ID)
	return ok(s.memberJSON(p, g)) // everybody is in each guild that the bot is in
}

func (s *Server) getRoles(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guildOf(r)
	if err != nil {
		return answer{}, err
	}
	return ok(g.rolesJSON())
}

// postTyping says that the bot is typing, which nobody is shown here.
// Source: discord-api-docs, resources/channel, trigger typing indicator.
func (s *Server) postTyping(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.toWrite(r.vars["channel"]); err != nil {
		return answer{}, err
	}
	return nothing()
}
