package discord

import (
	"slices"
	"strconv"
	"time"
)

// object is a JSON object.
type object = map[string]any

// Permissions that members and the bot have.
// Source: discord-api-docs, topics/permissions.
const (
	permManageGuild   = 1 << 5
	permAddReactions  = 1 << 6
	permView          = 1 << 10
	permSend          = 1 << 11
	permManage        = 1 << 13
	permEmbed         = 1 << 14
	permAttach        = 1 << 15
	permHistory       = 1 << 16
	permMentions      = 1 << 17
	permEmojis        = 1 << 18
	permAppCommands   = 1 << 31
	permExternalApps  = 1 << 50
	permsOfMembers    = permAddReactions | permView | permSend | permEmbed | permAttach | permHistory | permAppCommands | permExternalApps
	permsOfModerators = permsOfMembers | permManage
	permsOfOwner      = permsOfModerators | permManageGuild | 1<<3
	// permsOfDirect is what app_permissions say in direct messages.
	permsOfDirect = permAttach | permEmbed | permMentions | permEmojis
)

// roles of people in a guild.
const (
	plainMember = iota
	moderator
	owner
)

// world is what does not change: who and where.
type world struct {
	bot    User
	people []person
	guilds []guild
}

type person struct {
	User
	rank   int
	guilds []string // ids
	joined time.Time
	direct string // id of the channel of direct messages with the bot
}

type guild struct {
	Guild
	moderators string // id of the role
	owner      string // id
}

// newWorld returns the world. Its ids are constants: a page or a bot that
// remembers one finds the same thing after a restart.
func newWorld() world {
	const (
		app   = "1201000000000000001"
		east  = "1201000000000000100"
		west  = "1201000000000000200"
		ada   = "1201000000000000301"
		ben   = "1201000000000000302"
		mei   = "1201000000000000303"
		omar  = "1201000000000000304"
		roleA = "1201000000000000110"
		roleB = "1201000000000000210"
	)
	both := []string{east, west}
	joined := time.Date(2024, 2, 1, 9, 0, 0, 0, time.UTC)
	return world{
		bot: User{ID: app, Username: "dreambot", GlobalName: "dreambot", Bot: true, Locale: "en-US"},
		people: []person{
			{User{ID: ada, Username: "ada", GlobalName: "Ada", Locale: "en-US"}, owner, both, joined, "1201000000000000401"},
			{User{ID: ben, Username: "ben", GlobalName: "Ben", Locale: "en-US"}, plainMember, both, joined, "1201000000000000402"},
			{User{ID: mei, Username: "mei", GlobalName: "Mei", Locale: "zh-CN"}, plainMember, both, joined, "1201000000000000403"},
			{User{ID: omar, Username: "omar", GlobalName: "Omar", Locale: "en-US"}, moderator, both, joined, "1201000000000000404"},
		},
		guilds: []guild{
			{Guild{ID: east, Name: "Dream Harbor", Locale: "en-US", Channels: []Channel{
				{ID: "1201000000000000101", GuildID: east, Name: "general"},
				{ID: "1201000000000000102", GuildID: east, Name: "dreams"},
			}}, roleA, ada},
			{Guild{ID: west, Name: "梦想工坊", Locale: "zh-CN", Channels: []Channel{
				{ID: "1201000000000000201", GuildID: west, Name: "大厅"},
				{ID: "1201000000000000202", GuildID: west, Name: "作品"},
			}}, roleB, ada},
		},
	}
}

func (w *world) person(id string) (person, bool) {
	for _, p := range w.people {
		if p.ID == id {
			return p, true
		}
	}
	return person{}, false
}

// user returns a person or the bot.
func (w *world) user(id string) (User, bool) {
	if id == w.bot.ID {
		return w.bot, true
	}
	p, ok := w.person(id)
	return p.User, ok
}

func (w *world) guild(id string) (guild, bool) {
	for _, g := range w.guilds {
		if g.ID == id {
			return g, true
		}
	}
	return guild{}, false
}

// channel finds a channel, deleted or not. That of direct messages has no guild.
func (w *world) channel(id string) (Channel, guild, bool) {
	for _, g := range w.guilds {
		for _, c := range g.Channels {
			if c.ID == id {
				return c, g, true
			}
		}
	}
	for _, p := range w.people {
		if p.direct == id && id != "" {
			return p.channel(), guild{}, true
		}
	}
	return Channel{}, guild{}, false
}

// channel is that of a person's direct messages.
func (p person) channel() Channel { return Channel{ID: p.direct, Recipient: p.ID} }

func (w *world) directs() []Channel {
	out := make([]Channel, 0, len(w.people))
	for _, p := range w.people {
		out = append(out, p.channel())
	}
	return out
}

func (w *world) copyUsers() []User {
	out := make([]User, 0, len(w.people))
	for _, p := range w.people {
		out = append(out, p.User)
	}
	return out
}

func (p person) permissions() string {
	switch p.rank {
	case owner:
		return strconv.FormatInt(permsOfOwner, 10)
	case moderator:
		return strconv.FormatInt(permsOfModerators, 10)
	default:
		return strconv.FormatInt(permsOfMembers, 10)
	}
}

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

func memberJSON(p person, g guild) object {
	roles := []string{}
	if p.rank == moderator {
		roles = append(roles, g.moderators)
	}
	return object{
		"user": userJSON(p.User), "nick": nil, "avatar": nil, "banner": nil, "roles": roles,
		"joined_at": stamp(p.joined), "premium_since": nil, "deaf": false, "mute": false,
		"pending": false, "flags": 0, "communication_disabled_until": nil,
	}
}

func roleJSON(id, name string, permissions int64, position int) object {
	return object{
		"id": id, "name": name, "permissions": strconv.FormatInt(permissions, 10), "position": position,
		"color": 0, "colors": object{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil},
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
		"permission_overwrites": overwrites(s.world.bot.ID, s.fate.Denied[c.ID]), "nsfw": false, "topic": nil,
		"parent_id": nil, "last_message_id": s.lastIn(c.ID), "last_pin_timestamp": nil, "rate_limit_per_user": 0,
	}
}

// guildJSON is the guild object of GET /guilds/{id}.
func guildJSON(g guild) object {
	return object{
		"id": g.ID, "name": g.Name, "icon": nil, "description": nil, "home_header": nil, "splash": nil,
		"discovery_splash": nil, "features": []string{}, "banner": nil, "owner_id": g.owner,
		"application_id": nil, "region": "deprecated", "afk_channel_id": nil, "afk_timeout": 300,
		"system_channel_id": nil, "system_channel_flags": 0, "widget_enabled": false,
		"widget_channel_id": nil, "verification_level": 0,
		"roles": []object{
			roleJSON(g.ID, "@everyone", permsOfMembers, 0), roleJSON(g.moderators, "moderator", permsOfModerators, 1),
		},
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
		members = append(members, memberJSON(p, g))
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

// applicationJSON is the application object of the bot's own.
func (w *world) applicationJSON() object {
	return object{
		"id": w.bot.ID, "name": w.bot.Username, "icon": nil, "description": "", "type": nil,
		"bot": userJSON(w.bot), "bot_public": true, "bot_require_code_grant": false,
		"verify_key": "0000000000000000000000000000000000000000000000000000000000000000",
		"flags":      0, "flags_new": "0", "redirect_uris": []string{}, "interactions_endpoint_url": nil,
		"role_connections_verification_url": nil, "owner": userJSON(w.people[0].User),
		"approximate_guild_count": len(w.guilds), "approximate_user_install_count": 0,
		"approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil,
		"eligible_oauth2_scopes":   []string{"bot", "applications.commands"},
		"integration_types_config": object{"0": object{}},
	}
}

// stamp writes a time as Discord does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }
