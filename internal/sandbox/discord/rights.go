package discord

import (
	"maps"
	"slices"
	"strconv"
)

// permissions are what a person may do in a channel of a guild. Overwrites do
// not bind those who administer. mu is held.
// Source: discord-api-docs, topics/permissions.
func (s *Server) permissions(p person, c Channel, g guild) int64 {
	if p.ID == g.owner {
		return permsOfOwner
	}
	return s.permissionsIn(g, p) &^ s.lacks(p, c, g)
}

// permissionsIn are what a person may do in a guild, by their roles. mu is held.
func (s *Server) permissionsIn(g guild, p person) int64 {
	if p.ID == g.owner {
		return permsOfOwner
	}
	may := int64(permsOfMembers)
	for _, r := range g.Roles {
		if s.has(p.ID, r) {
			may |= r.Permissions
		}
	}
	return may
}

// uses reports whether a person is offered a command in a channel, by the
// permissions that it asks for. mu is held.
// Source: discord-api-docs, interactions/application-commands, permissions.
func (s *Server) uses(cmd *command, p person, c Channel, g guild) bool {
	if cmd.Permissions == nil || c.GuildID == "" {
		return true
	}
	needed, err := strconv.ParseUint(*cmd.Permissions, 10, 64)
	may := uint64(s.permissions(p, c, g))
	return err == nil && (may&permAdministrator != 0 || needed != 0 && may&needed == needed)
}

// lacks are the permissions that a channel's overwrites take from a person. mu
// is held.
func (s *Server) lacks(p person, c Channel, g guild) int64 {
	return g.lacks[c.ID] | s.fate.Rights[c.ID][p.ID]
}

// can reports whether a person has a permission in a channel. In direct
// messages there are none to lack. mu is held.
func (s *Server) can(p person, c Channel, g guild, permission int64) bool {
	return c.GuildID == "" || s.permissions(p, c, g)&permission != 0
}

// written is how Discord writes permissions.
func written(permissions int64) string { return strconv.FormatInt(permissions, 10) }

// DenyMember takes permissions from one member in a guild's channel, and gives
// them back all others; 0 gives back all. Only those that members have can be
// taken, and none from a server's owner.
func (s *Server) DenyMember(channel, user string, permissions int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, g, err := s.guildChannel(channel)
	if err != nil {
		return err
	}
	p, ok := s.world.person(user)
	switch {
	case !ok || !p.in(c):
		return unknown("user %q", user)
	case p.ID == g.owner:
		return invalid("the owner of a server has all permissions")
	case permissions&^permsOfMembers != 0:
		return invalid("a member does not have all permissions of %d", permissions)
	case s.fate.Rights[c.ID][p.ID] == permissions:
		return nil
	}
	members := maps.Clone(s.fate.Rights[c.ID])
	if members == nil {
		members = map[string]int64{}
	}
	if members[p.ID] = permissions; permissions == 0 {
		delete(members, p.ID)
	}
	next := s.fate.clone()
	if next.Rights == nil {
		next.Rights = map[string]map[string]int64{}
	}
	if next.Rights[c.ID] = members; len(members) == 0 {
		delete(next.Rights, c.ID)
	}
	s.befall(next)
	s.channelChanged(c, g)
	return nil
}

// channelChanged tells the bot that a channel is another one. mu is held.
func (s *Server) channelChanged(c Channel, g guild) {
	if !s.fate.Gone[c.ID] {
		s.dispatchGuild("CHANNEL_UPDATE", g.ID, intentGuilds, s.channelJSON(c, g))
	}
}

// overwrites are a channel's permission overwrites: what everybody, the bot and
// single members are denied. mu is held.
// Source: discord-api-docs, resources/channel, overwrite object.
func (s *Server) overwrites(c Channel, g guild) []object {
	const ofRole, ofMember = 0, 1
	out := []object{}
	add := func(id string, kind int, denied int64) {
		if denied != 0 {
			out = append(out, object{"id": id, "type": kind, "allow": "0", "deny": written(denied)})
		}
	}
	add(g.ID, ofRole, g.lacks[c.ID])
	add(s.world.bot.ID, ofMember, s.fate.Denied[c.ID])
	members := s.fate.Rights[c.ID]
	for _, id := range slices.Sorted(maps.Keys(members)) {
		add(id, ofMember, members[id])
	}
	return out
}
