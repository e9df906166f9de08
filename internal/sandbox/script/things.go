package script

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dreambot/internal/sandbox/discord"
)

// thing is the id of a channel, a user or a role that is named, as a select menu of
// that type offers them; what has no such name is left as it is, as an id may be.
func (p *player) thing(state discord.State, menu int, name string) string {
	if menu == typeChannels {
		if id, err := channelNamed(state, p.actor, name); err == nil {
			return id
		}
		return name
	}
	bare := strings.TrimPrefix(name, "@")
	if u, ok := userNamed(state, bare); ok && menu != typeRoles {
		return u.ID
	}
	if r, ok := roleNamed(state, p.channel, bare); ok && menu != typeUsers {
		return r
	}
	return name
}

// readRole reads a role that a moderator gives to a person, or takes from them: one
// of the server that is acted in, or with its server's name before it.
func readRole(r *reader, what string, do func(s *discord.Server, role, user string) error) (run, error) {
	who, err := r.text("the person")
	if err != nil {
		return nil, err
	}
	role, err := r.text("the role")
	return func(_ context.Context, p *player) error {
		state := p.box.Discord.State()
		user, ok := userNamed(state, who)
		if !ok {
			return &Failed{Found: fmt.Sprintf("there is nobody named %q", who)}
		}
		id, ok := roleNamed(state, p.channel, role)
		if !ok {
			return &Failed{Found: fmt.Sprintf("there is no role %q here", role)}
		}
		to := map[string]string{"gives": "to", "takes": "from"}[what]
		p.log.line("(a moderator %s the role %s %s %s)", what, role, to, user.GlobalName)
		return do(p.box.Discord, id, user.ID)
	}, err
}

// roleNamed finds a role of the server that a channel is in, or of the one whose
// name stands before it.
func roleNamed(state discord.State, channel, name string) (string, bool) {
	for _, g := range state.Guilds {
		here := slices.ContainsFunc(g.Channels, func(c discord.Channel) bool { return c.ID == channel })
		for _, r := range append(g.Roles, discord.Role{ID: g.ID, Name: "everyone"}) {
			if here && name == r.Name || name == g.Name+"/"+r.Name || name == r.ID {
				return r.ID, true
			}
		}
	}
	return "", false
}
