package discord

import "slices"

// role finds a role of a guild that is not @everyone.
func (g guild) role(id string) (Role, bool) {
	i := slices.IndexFunc(g.Roles, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, false
	}
	return g.Roles[i], true
}

// holders are who has a role now. mu is held.
func (s *Server) holders(r Role) []string {
	if changed, ok := s.fate.Roles[r.ID]; ok {
		return changed
	}
	return r.Members
}

// has reports whether a person has a role. mu is held.
func (s *Server) has(user string, r Role) bool { return slices.Contains(s.holders(r), user) }

// GiveRole has a moderator give a role to a member of a guild that the bot is
// in. The bot is told of it with what the member does next.
func (s *Server) GiveRole(role, user string) error { return s.setRole(role, user, true) }

// TakeRole has a moderator take a role from a member.
func (s *Server) TakeRole(role, user string) error { return s.setRole(role, user, false) }

func (s *Server) setRole(role, user string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	i := slices.IndexFunc(s.world.guilds, func(g guild) bool { _, ok := g.role(role); return ok })
	if i < 0 {
		return unknown("role %q", role)
	}
	g := s.world.guilds[i]
	r, _ := g.role(role)
	p, ok := s.world.person(user)
	switch {
	case !ok || !slices.Contains(p.guilds, g.ID):
		return unknown("user %q", user)
	case g.Visiting:
		return invalid("nobody moderates %q", g.Name)
	case s.has(p.ID, r) == on:
		return nil
	}
	// The list stands in the fate before, which does not change.
	holders := slices.DeleteFunc(slices.Clone(s.holders(r)), func(id string) bool { return id == p.ID })
	if on {
		holders = append(holders, p.ID)
	}
	next := s.fate.clone()
	if next.Roles == nil {
		next.Roles = map[string][]string{}
	}
	next.Roles[r.ID] = holders
	s.befall(next)
	return nil
}

// viewRoles sets what the page is told of a guild's roles and of what people may
// do there. mu is held.
func (s *Server) viewRoles(v *Guild, g guild) {
	v.Roles = cloneRoles(g.Roles)
	for i, r := range v.Roles {
		v.Roles[i].Members = append([]string{}, s.holders(r)...)
	}
	v.Permissions = map[string]string{}
	for _, p := range s.world.people {
		if !p.guest && slices.Contains(p.guilds, g.ID) {
			v.Permissions[p.ID] = written(s.permissionsIn(g, p))
		}
	}
}

func cloneRoles(list []Role) []Role {
	out := slices.Clone(list)
	for i := range out {
		out[i].Members = slices.Clone(out[i].Members)
	}
	return out
}
