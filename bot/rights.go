package bot

import (
	"context"
	"fmt"
	"strconv"

	"dreambot/bot/rest"
	"dreambot/commands"
)

// Permissions that decide over others.
// Source: discord-api-docs, topics/permissions, "Bitwise Permission Flags".
const (
	mayAll     = ^uint64(0)
	mayAdmin   = 1 << 3  // Administrator
	mayView    = 1 << 10 // View Channel
	mayReadOld = 1 << 16 // Read Message History
)

// Rights finds out what members may do where no interaction says so: nobody
// tells of a reaction what its author may. It asks Discord each time, since
// roles and channels change, and is asked for few reactions.
type Rights struct{ rest *rest.Client }

// NewRights returns what asks Discord through c.
func NewRights(c *rest.Client) *Rights { return &Rights{c} }

// Permissions returns the bits that a member has in a channel or thread of a
// server, as commands.Rights says.
func (r *Rights) Permissions(ctx context.Context, guild, channel string, m commands.Member) (uint64, error) {
	g, err := r.rest.Guild(ctx, guild)
	if err != nil {
		return 0, fmt.Errorf("read the roles of server %s: %w", guild, err)
	}
	c, err := r.channel(ctx, guild, channel)
	if err != nil {
		return 0, err
	}
	// A thread has no rules of its own.
	// Source: discord-api-docs, topics/threads, "Permissions".
	if isThread(c) {
		if c, err = r.channel(ctx, guild, c.ParentID); err != nil {
			return 0, err
		}
	}
	g.ID = guild
	return permissionsOf(m, g, c.Overwrites), nil
}

// Parent returns the channel that a thread belongs to, as commands.Rights says.
func (r *Rights) Parent(ctx context.Context, guild, channel string) (string, error) {
	c, err := r.channel(ctx, guild, channel)
	if err != nil {
		return "", err
	}
	return parentOf(c), nil
}

// parentOf is the channel that a thread belongs to; empty where it is none. The
// parent of another channel is its category.
func parentOf(c rest.Channel) string {
	if isThread(c) {
		return c.ParentID
	}
	return ""
}

func isThread(c rest.Channel) bool {
	switch c.Type {
	case rest.ChannelAnnouncementThread, rest.ChannelPublicThread, rest.ChannelPrivateThread:
		return true
	}
	return false
}

// channel reads a channel, which must be the server's.
func (r *Rights) channel(ctx context.Context, guild, id string) (rest.Channel, error) {
	c, err := r.rest.Channel(ctx, id)
	if err == nil && c.GuildID != guild {
		err = fmt.Errorf("it is not of server %s", guild)
	}
	if err != nil {
		return rest.Channel{}, fmt.Errorf("read the rules of channel %s: %w", id, err)
	}
	return c, nil
}

// permissionsOf reckons what a member may do: the owner and administrators all,
// others what their roles say, and then the channel: to everybody, to their
// roles, and to them alone.
// Source: discord-api-docs, topics/permissions, "Permission Overwrites",
// "Implicit Permissions" and "Permissions For Timed Out Members".
func permissionsOf(m commands.Member, g rest.GuildRoles, overwrites []rest.Overwrite) uint64 {
	if m.ID != "" && m.ID == g.OwnerID {
		return mayAll
	}
	has := map[string]bool{}
	for _, id := range m.Roles {
		has[id] = true
	}
	var may uint64
	for _, role := range g.Roles {
		if role.ID == g.ID || has[role.ID] { // the one that everybody has bears the server's id
			may |= bits(role.Permissions, 0)
		}
	}
	if may&mayAdmin != 0 {
		return mayAll
	}
	// Among roles what one allows wins over what another denies.
	var everybody, roles, member change
	for _, o := range overwrites {
		switch {
		case o.Type == rest.OverwriteRole && o.ID == g.ID:
			everybody.add(o)
		case o.Type == rest.OverwriteRole && has[o.ID]:
			roles.add(o)
		case o.Type == rest.OverwriteMember && o.ID == m.ID:
			member.add(o)
		}
	}
	for _, c := range []change{everybody, roles, member} {
		may = may&^c.deny | c.allow
	}
	switch {
	case may&mayView == 0:
		return 0 // who does not see the channel can do nothing in it
	case m.TimedOut:
		return may & (mayView | mayReadOld)
	}
	return may
}

// change is what one step of a channel's rules changes.
type change struct{ allow, deny uint64 }

func (c *change) add(o rest.Overwrite) {
	c.allow |= bits(o.Allow, 0)
	c.deny |= bits(o.Deny, mayAll)
}

// bits reads permissions, which are a decimal number that may come to exceed 64
// bits. What cannot be read gives no right: unreadable says what it counts as.
func bits(text string, unreadable uint64) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil { // beyond 64 bits n would be all of them
		return unreadable
	}
	return n
}
