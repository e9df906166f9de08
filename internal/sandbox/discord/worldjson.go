package discord

import (
	"slices"
	"strconv"
	"time"
)

// userJSON is the user object that others see.
func userJSON(u User) object {
	o := object{
		"id": u.ID, "username": u.Username, "global_name": u.GlobalName, "avatar": nil,
		"discriminator": "0", "public_flags": 0, "flags": 0, "primary_guild": nil,
		"banner": nil, "accent_color": nil, "avatar_decoration_data": nil, "collectibles": nil,
	}
	if u.Bot {
		o["bot"] = true
		o["global_name"] = nil
	}
	return o
}

// selfJSON is the user object that the bot gets of itself.
func selfJSON(u User) object {
	o := userJSON(u)
	o["mfa_enabled"], o["locale"], o["verified"], o["email"] = true, u.Locale, true, nil
	return o
}

// memberJSON is the member object of a person. mu is held.
func (s *Server) memberJSON(p person, g guild) object {
	roles := []string{}
	for _, r := range g.Roles {
		if s.has(p.ID, r) {
			roles = append(roles, r.ID)
		}
	}
	return object{
		"user": userJSON(p.User), "nick": nil, "avatar": nil, "banner": nil, "roles": roles,
		"joined_at": stamp(p.joined), "premium_since": nil, "deaf": false, "mute": false,
		"pending": false, "flags": 0, "communication_disabled_until": nil,
	}
}

func roleJSON(r Role, position int) object {
	return object{
		"id": r.ID, "name": r.Name, "permissions": strconv.FormatInt(r.Permissions, 10), "position": position,
		"color": r.Color, "colors": object{"primary_color": r.Color, "secondary_color": nil, "tertiary_color": nil},
		"hoist": false, "managed": false, "mentionable": false, "icon": nil, "unicode_emoji": nil, "flags": 0,
	}
}

// Types of channels.
// Source: discord-api-docs, resources/channel.
const (
	typeOfText = 0
	typeDirect = 1
)

// channelJSON is the channel object of a guild's channel. mu is held.
func (s *Server) channelJSON(c Channel, g guild) object {
	position := slices.IndexFunc(g.Channels, func(o Channel) bool { return o.ID == c.ID })
	return object{
		"id": c.ID, "type": typeOfText, "guild_id": c.GuildID, "name": c.Name, "position": position, "flags": 0,
		"permission_overwrites": s.overwrites(c, g), "nsfw": false, "topic": nil,
		"parent_id": nil, "last_message_id": s.lastIn(c.ID), "last_pin_timestamp": nil, "rate_limit_per_user": 0,
	}
}

// everyone is the role that all members have, whose id is the guild's.
func (g guild) everyone() Role { return Role{ID: g.ID, Name: "@everyone", Permissions: permsOfMembers} }

// rolesJSON lists the roles, the lowest first.
func (g guild) rolesJSON() []object {
	list := []object{roleJSON(g.everyone(), 0)}
	for _, r := range slices.Backward(g.Roles) {
		list = append(list, roleJSON(r, len(list)))
	}
	return list
}

// guildJSON is the guild object of GET /guilds/{id}.
func guildJSON(g guild) object {
	return object{
		"id": g.ID, "name": g.Name, "icon": nil, "description": nil, "home_header": nil, "splash": nil,
		"discovery_splash": nil, "features": []string{}, "banner": nil, "owner_id": g.owner,
		"application_id": nil, "region": "deprecated", "afk_channel_id": nil, "afk_timeout": 300,
		"system_channel_id": nil, "system_channel_flags": 0, "widget_enabled": false,
		"widget_channel_id": nil, "verification_level": 0,
		"roles":                         g.rolesJSON(),
		"default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0,
		"max_presences": nil, "max_members": 500000, "max_stage_video_channel_users": 50,
		"max_video_channel_users": 25, "vanity_url_code": nil, "premium_tier": 0,
		"premium_subscription_count": 0, "preferred_locale": g.Locale, "rules_channel_id": nil,
		"safety_alerts_channel_id": nil, "public_updates_channel_id": nil,
		"premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0,
		"emojis": []any{}, "stickers": []any{}, "incidents_data": nil,
	}
}

// guildCreateJSON is GUILD_CREATE's, which has more. mu is held.
func (s *Server) guildCreateJSON(g guild) object {
	o := guildJSON(g)
	members := []object{botMemberJSON(s.world.bot)}
	for _, p := range s.world.people {
		members = append(members, s.memberJSON(p, g))
	}
	channels := []object{}
	for _, c := range s.present(g).Channels {
		channels = append(channels, s.channelJSON(c, g))
	}
	o["joined_at"] = stamp(s.world.people[0].joined)
	o["large"], o["unavailable"], o["member_count"] = false, false, len(members)
	o["members"], o["channels"] = members, channels
	for _, empty := range []string{"threads", "presences", "voice_states", "stage_instances", "guild_scheduled_events", "soundboard_sounds"} {
		o[empty] = []any{}
	}
	return o
}

func botMemberJSON(bot User) object {
	return object{
		"user": userJSON(bot), "nick": nil, "avatar": nil, "banner": nil, "roles": []string{},
		"joined_at": stamp(time.Date(2024, 2, 1, 9, 30, 0, 0, time.UTC)), "premium_since": nil,
		"deaf": false, "mute": false, "pending": false, "flags": 0, "communication_disabled_until": nil,
	}
}

// applicationJSON is the application object of the bot's own: it can be
// installed to servers and by users for themselves.
func (w *world) applicationJSON() object {
	homes := 0
	for _, g := range w.guilds {
		if !g.Visiting {
			homes++
		}
	}
	return object{
		"id": w.bot.ID, "name": w.bot.Username, "icon": nil, "description": "", "type": nil,
		"bot": userJSON(w.bot), "bot_public": true, "bot_require_code_grant": false,
		"verify_key": "0000000000000000000000000000000000000000000000000000000000000000",
		"flags":      0, "flags_new": "0", "redirect_uris": []string{}, "interactions_endpoint_url": nil,
		"role_connections_verification_url": nil, "owner": userJSON(w.people[0].User),
		"approximate_guild_count": homes, "approximate_user_install_count": len(w.people),
		"approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil,
		"eligible_oauth2_scopes":   []string{"bot", "applications.commands"},
		"integration_types_config": object{"0": object{}, "1": object{}},
	}
}

// stamp writes a time as Discord does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }
