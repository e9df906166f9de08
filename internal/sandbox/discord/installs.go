package discord

import "slices"

// Contexts of interactions.
// Source: discord-api-docs, interactions/receiving-and-responding.
const (
	inGuild   = 0
	inDirect  = 1 // BOT_DM
	inPrivate = 2 // PRIVATE_CHANNEL
)

// Ways to install an application.
// Source: discord-api-docs, resources/application.
const (
	installGuild = 0
	installUser  = 1
)

// maxFollowUps is how many follow-ups an interaction takes where users alone have
// installed the application.
// Source: discord-api-docs, interactions/receiving-and-responding.
const maxFollowUps = 5

func (c Channel) context() int {
	switch {
	case c.GuildID != "":
		return inGuild
	case c.private():
		return inPrivate
	}
	return inDirect
}

// contexts are where a command is offered. One that names none, as a guild's
// own, is offered in guilds, and a global one in the bot's direct messages too.
// Source: discord/discord-api-docs, issues 6744 and 7108.
func (c *command) contexts() []int {
	switch {
	case c.GuildID != "":
		return []int{inGuild}
	case c.Contexts == nil:
		return []int{inGuild, inDirect}
	}
	return c.Contexts
}

// installs are the installations that a command is for.
func (c *command) installs() []int {
	if c.IntegrationTypes == nil {
		return []int{installGuild}
	}
	return c.IntegrationTypes
}

// absent reports whether the bot is no member of a guild: it was thrown out,
// or never was one. mu is held.
func (s *Server) absent(id string) bool {
	g, _ := s.world.guild(id)
	return g.Visiting || s.fate.Kicked[id]
}

// installed reports whether a person has the bot for themselves. mu is held.
func (s *Server) installed(user string) bool {
	_, known := s.world.person(user)
	return known && !s.fate.Uninstalled[user]
}

// shares reports whether a person shares a guild with the bot. mu is held.
func (s *Server) shares(user string) bool {
	p, _ := s.world.person(user)
	return slices.ContainsFunc(p.guilds, func(id string) bool { return !s.absent(id) })
}

// acquainted reports whether the bot can write to a person: they share a guild
// with it, or have it for themselves. mu is held.
func (s *Server) acquainted(user string) bool { return s.shares(user) || s.installed(user) }

// atHome reports whether a guild has brought the bot to a channel: its own one,
// or any that the person whose direct messages they are is in. mu is held.
func (s *Server) atHome(c Channel) bool {
	if c.GuildID != "" {
		return !s.absent(c.GuildID)
	}
	return s.shares(c.Recipient)
}

// owners are the authorizing integration owners of an interaction: the
// installations, of those that it is for, which let the bot take part. With
// none it does not. mu is held.
// Source: discord-api-docs, interactions/receiving-and-responding.
func (s *Server) owners(c Channel, user string, installs []int) object {
	o := object{}
	if slices.Contains(installs, installGuild) && s.atHome(c) {
		o["0"] = c.GuildID
		if c.GuildID == "" {
			o["0"] = "0"
		}
	}
	if slices.Contains(installs, installUser) && s.installed(user) {
		o["1"] = user
	}
	return o
}

// ownersAfter are those of an interaction that follows another one, as a press
// follows the command that was answered with the button: the guild, and the
// user who brought the bot there, whoever presses. metadata is that of the
// first one, nil for what the bot sent by itself. mu is held.
func (s *Server) ownersAfter(metadata object, c Channel) object {
	before, _ := metadata["authorizing_integration_owners"].(object)
	user, brought := before["1"].(string)
	if !brought {
		user = c.Recipient // nobody in a guild
	}
	return s.owners(c, user, []int{installGuild, installUser})
}

// visits reports whether users alone let the bot take part.
func (in *interaction) visits() bool {
	owners, _ := in.Metadata["authorizing_integration_owners"].(object)
	return owners["0"] == nil
}

// hushed reports whether an interaction's answers are for one person, whatever
// the bot says: so Discord wants it where users alone have installed the bot
// and the person may not use external apps. mu is held.
// Source: discord-api-docs, topics/permissions, USE_EXTERNAL_APPS.
func (s *Server) hushed(in *interaction) bool {
	p, _ := s.world.person(in.User)
	c, g, _ := s.world.channel(in.Channel)
	return in.visits() && !s.can(p, c, g, permExternalApps)
}

// uninstalled are the ids of the users who do not have the bot for themselves,
// without those of the crowd. mu is held.
func (s *Server) uninstalled() []string {
	out := []string{}
	for _, p := range s.world.people {
		if !p.guest && s.fate.Uninstalled[p.ID] {
			out = append(out, p.ID)
		}
	}
	return out
}

// Uninstall has a person remove the bot that they had for themselves.
func (s *Server) Uninstall(user string) error { return s.install(user, false) }

// Install has a person install the bot for themselves again.
func (s *Server) Install(user string) error { return s.install(user, true) }

func (s *Server) install(user string, on bool) error {
	return s.choose(user, !on, func(f *fate) *map[string]bool { return &f.Uninstalled })
}
