package discord

import (
	"maps"
	"slices"
)

// fate is what moderators and members have made of the world. It is replaced,
// not changed, also the maps within, and bounded by the world.
type fate struct {
	Gone   map[string]bool  `json:"gone,omitempty"`   // channels that were deleted
	Kicked map[string]bool  `json:"kicked,omitempty"` // guilds that the bot was thrown out of
	Denied map[string]int64 `json:"denied,omitempty"` // permissions that the bot lacks, by channel
	Closed map[string]bool  `json:"closed,omitempty"` // users who take no direct messages
	// Uninstalled are the users who do not have the bot for themselves.
	Uninstalled map[string]bool `json:"uninstalled,omitempty"`
	// Rights are the permissions that members lack, by channel and user.
	Rights map[string]map[string]int64 `json:"rights,omitempty"`
	// Roles are who has a role, by its id, where that is not as in the beginning.
	Roles map[string][]string `json:"roles,omitempty"`
}

func (f fate) clone() fate {
	return fate{maps.Clone(f.Gone), maps.Clone(f.Kicked), maps.Clone(f.Denied), maps.Clone(f.Closed),
		maps.Clone(f.Uninstalled), maps.Clone(f.Rights), maps.Clone(f.Roles)}
}

// with returns a set with a key in it, or without it.
func with(set map[string]bool, key string, in bool) map[string]bool {
	set = maps.Clone(set)
	if !in {
		delete(set, key)
		return set
	}
	if set == nil {
		set = map[string]bool{}
	}
	set[key] = true
	return set
}

// befall makes a new fate the present one, and tells the page. mu is held.
func (s *Server) befall(next fate) {
	before := s.fate
	s.fate = next
	kept := next.clone()
	s.record(record{Fate: &kept})
	if !maps.Equal(before.Uninstalled, next.Uninstalled) {
		s.publish(Event{Type: EventInstalls, Uninstalled: s.uninstalled()})
		return
	}
	s.publish(Event{Type: EventGuilds, Guilds: s.viewGuilds()})
}

// DeleteMessage has a moderator delete a message in a channel of a guild.
func (s *Server) DeleteMessage(message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.moderated(message)
	if err != nil {
		return err
	}
	s.remove(m)
	return nil
}

// moderated finds a message that a moderator has power over. mu is held.
func (s *Server) moderated(id string) (*message, error) {
	if s.closed {
		return nil, errClosed
	}
	m := s.history.byID[id]
	if m == nil || m.OnlyFor != "" {
		return nil, unknown("message %q", id)
	}
	if m.GuildID == "" {
		return nil, invalid("direct messages have no moderator")
	}
	return m, nil
}

// DeleteChannel has a moderator delete a guild's channel, with all messages in
// it.
func (s *Server) DeleteChannel(channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, g, err := s.guildChannel(channel)
	if err != nil || s.fate.Gone[c.ID] {
		return err
	}
	shown := s.channelJSON(c, g)
	for _, m := range slices.Clone(s.history.channels[c.ID]) {
		s.history.remove(m)
		s.dropAttachments(m, nil)
		s.record(record{DroppedMessage: m.ID})
	}
	s.dispatchGuild("CHANNEL_DELETE", g.ID, intentGuilds, shown)
	next := s.fate.clone()
	next.Gone = with(next.Gone, c.ID, true)
	s.befall(next)
	return nil
}

// RestoreChannel makes a deleted channel anew, without messages. Discord would
// give it another id.
func (s *Server) RestoreChannel(channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, g, err := s.guildChannel(channel)
	if err != nil || !s.fate.Gone[c.ID] {
		return err
	}
	next := s.fate.clone()
	next.Gone = with(next.Gone, c.ID, false)
	s.befall(next)
	s.dispatchGuild("CHANNEL_CREATE", g.ID, intentGuilds, s.channelJSON(c, g))
	return nil
}

// Kick throws the bot out of a guild: nothing from there reaches it any more,
// but for what people do with a bot that they have for themselves. Interactions
// that it has go on by their tokens.
func (s *Server) Kick(guild string) error { return s.member(guild, false) }

// Readmit adds the bot to a guild again.
func (s *Server) Readmit(guild string) error { return s.member(guild, true) }

// member makes the bot a member of a guild, or ends that.
func (s *Server) member(guild string, in bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	g, found := s.world.guild(guild)
	if !found {
		return unknown("server %q", guild)
	}
	if g.Visiting {
		return invalid("the bot is never a member of %q", g.Name)
	}
	if s.fate.Kicked[g.ID] != in {
		return nil
	}
	if !in {
		s.dispatchGuild("GUILD_DELETE", g.ID, intentGuilds, object{"id": g.ID})
	}
	next := s.fate.clone()
	next.Kicked = with(next.Kicked, g.ID, !in)
	s.befall(next)
	if in {
		s.dispatchGuild("GUILD_CREATE", g.ID, intentGuilds, s.guildCreateJSON(g))
	}
	return nil
}

// Deny takes permissions from the bot in a guild's channel, and gives it back
// all others; 0 gives back all. Only those that members have can be taken.
func (s *Server) Deny(channel string, permissions int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, g, err := s.guildChannel(channel)
	if err != nil {
		return err
	}
	if g.Visiting {
		return invalid("the bot is never a member of %q", g.Name)
	}
	if permissions&^permsOfMembers != 0 {
		return invalid("the bot does not have all permissions of %d", permissions)
	}
	if s.fate.Denied[c.ID] == permissions {
		return nil
	}
	next := s.fate.clone()
	if next.Denied == nil {
		next.Denied = map[string]int64{}
	}
	if next.Denied[c.ID] = permissions; permissions == 0 {
		delete(next.Denied, c.ID)
	}
	s.befall(next)
	s.channelChanged(c, g)
	return nil
}

// CloseDirect has a person take no more direct messages from the bot, or take
// them again.
func (s *Server) CloseDirect(user string, closed bool) error {
	return s.choose(user, closed, func(f *fate) *map[string]bool { return &f.Closed })
}

// choose puts a person into one of fate's sets, or takes them out of it.
func (s *Server) choose(user string, in bool, set func(*fate) *map[string]bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	p, ok := s.world.person(user)
	if !ok {
		return unknown("user %q", user)
	}
	next := s.fate.clone()
	of := set(&next)
	if (*of)[p.ID] == in {
		return nil
	}
	*of = with(*of, p.ID, in)
	s.befall(next)
	return nil
}

// guildChannel finds a channel of a guild, deleted or not. mu is held.
func (s *Server) guildChannel(id string) (Channel, guild, error) {
	if s.closed {
		return Channel{}, guild{}, errClosed
	}
	c, g, ok := s.world.channel(id)
	if !ok || c.GuildID == "" {
		return c, g, unknown("channel %q", id)
	}
	return c, g, nil
}

// may reports whether the bot has a permission in a channel. mu is held.
func (s *Server) may(c Channel, permission int64) bool {
	return c.GuildID == "" || s.granted(c)&permission != 0
}

// granted is what the bot may do in a channel, but for what the API is short
// of by a fault. mu is held.
func (s *Server) granted(c Channel) int64 {
	switch {
	case c.context() == inDirect:
		return permsOfDirect
	case c.private() || s.absent(c.GuildID):
		return permsOfVisitor
	}
	lacks := s.fate.Denied[c.ID]
	for f, lost := range permsLost() {
		if s.faults[f] {
			lacks |= lost
		}
	}
	return permsOfMembers &^ lacks
}

// forbidden is the refusal of what the bot may not do in a channel for want of
// a permission. It names the fault that is to blame. mu is held.
func (s *Server) forbidden(no *apiError, c Channel, permission int64) *apiError {
	for f, lost := range permsLost() {
		if s.faults[f] && lost&permission != 0 && c.GuildID != "" && !s.absent(c.GuildID) && s.fate.Denied[c.ID]&permission == 0 {
			no.fault = f
		}
	}
	return no
}

// forBot finds a channel that the bot asks for by its token. mu is held.
func (s *Server) forBot(id string) (Channel, guild, error) {
	c, g, found := s.world.channel(id)
	switch {
	case !found || s.fate.Gone[c.ID]:
		return c, g, errUnknownChannel()
	case c.private() || s.absent(g.ID) || !s.may(c, permView):
		return c, g, s.forbidden(errNoAccess(), c, permView)
	}
	return c, g, nil
}

// present is a guild with the channels that it has now. mu is held.
func (s *Server) present(g guild) guild {
	g.Channels = slices.DeleteFunc(slices.Clone(g.Channels), func(c Channel) bool { return s.fate.Gone[c.ID] })
	return g
}

// viewGuilds is the guilds as the page shows them. mu is held.
func (s *Server) viewGuilds() []Guild {
	out := make([]Guild, 0, len(s.world.guilds))
	for _, g := range s.world.guilds {
		v := s.present(g).Guild
		v.Kicked = s.fate.Kicked[g.ID]
		for i := range v.Channels {
			v.Channels[i].Denied = s.fate.Denied[v.Channels[i].ID]
		}
		s.viewRoles(&v, g)
		for _, c := range g.Channels {
			if s.fate.Gone[c.ID] {
				v.Gone = append(v.Gone, c)
			}
		}
		out = append(out, v)
	}
	return out
}
