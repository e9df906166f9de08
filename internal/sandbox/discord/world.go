package discord

import (
	"fmt"
	"slices"
	"time"
)

// object is a JSON object.
type object = map[string]any

// Permissions that members and the bot have.
// Source: discord-api-docs, topics/permissions.
const (
	permAdministrator = 1 << 3
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
	permsOfOwner      = permsOfMembers | permManage | permManageGuild | permAdministrator
	// permsOfVisitor are what app_permissions say where the bot is no member,
	// permsOfDirect what they say in its direct messages.
	// Source: discord-api-docs, interactions/receiving-and-responding.
	permsOfVisitor = permAttach | permEmbed | permMentions
	permsOfDirect  = permsOfVisitor | permEmojis
)

// maxCrowd bounds Config.Crowd.
const maxCrowd = 200

// world is what does not change: who and where.
type world struct {
	bot     User
	people  []person
	guilds  []guild
	private []Channel // between people, without the bot
}

type person struct {
	User
	guilds []string // ids
	joined time.Time
	direct string // id of the channel of direct messages with the bot
	guest  bool   // one of the crowd
}

type guild struct {
	Guild
	owner string           // id
	lacks map[string]int64 // permissions that @everyone lacks, by channel
}

// newWorld returns the world, with a crowd of that many further people. Its ids
// are constants: a page or a bot that remembers one finds the same thing after
// a restart.
func newWorld(crowd int) world {
	const (
		app    = "1201000000000000001"
		east   = "1201000000000000100"
		west   = "1201000000000000200"
		garden = "1201000000000000500"
		moss   = "1201000000000000502"
		ada    = "1201000000000000301"
		ben    = "1201000000000000302"
		mei    = "1201000000000000303"
		omar   = "1201000000000000304"
		// absentee owns the garden and is never seen: to all others the same
		// rights apply there.
		absentee = "1201000000000000599"

		colorOfModerators = 0x3BA55D
		colorOfArtists    = 0xE67E22
	)
	all := []string{east, west, garden}
	joined := time.Date(2024, 2, 1, 9, 0, 0, 0, time.UTC)
	w := world{
		bot: User{ID: app, Username: "dreambot", GlobalName: "dreambot", Bot: true, Locale: "en-US"},
		people: []person{
			{User{ID: ada, Username: "ada", GlobalName: "Ada", Locale: "en-US"}, all, joined, "1201000000000000401", false},
			{User{ID: ben, Username: "ben", GlobalName: "Ben", Locale: "en-US"}, all, joined, "1201000000000000402", false},
			{User{ID: mei, Username: "mei", GlobalName: "Mei", Locale: "zh-CN"}, all, joined, "1201000000000000403", false},
			{User{ID: omar, Username: "omar", GlobalName: "Omar", Locale: "en-US"}, all, joined, "1201000000000000404", false},
		},
		guilds: []guild{
			{Guild{ID: east, Name: "Dream Harbor", Locale: "en-US", Channels: []Channel{
				{ID: "1201000000000000101", GuildID: east, Name: "general"},
				{ID: "1201000000000000102", GuildID: east, Name: "dreams"},
			}, Roles: []Role{
				{"1201000000000000110", "Moderator", colorOfModerators, permManage, []string{omar}},
				{"1201000000000000111", "Artist", colorOfArtists, 0, []string{mei}},
			}}, ada, nil},
			{Guild{ID: west, Name: "梦想工坊", Locale: "zh-CN", Channels: []Channel{
				{ID: "1201000000000000201", GuildID: west, Name: "大厅"},
				{ID: "1201000000000000202", GuildID: west, Name: "作品"},
			}, Roles: []Role{
				{"1201000000000000210", "版主", colorOfModerators, permManage, []string{omar}},
				{"1201000000000000211", "画师", colorOfArtists, 0, []string{mei}},
			}}, ada, nil},
			{Guild{ID: garden, Name: "Quiet Garden", Locale: "en-US", Visiting: true, Channels: []Channel{
				{ID: "1201000000000000501", GuildID: garden, Name: "pond"},
				{ID: moss, GuildID: garden, Name: "moss"},
			}, Roles: []Role{{"1201000000000000510", "Moderator", colorOfModerators, permManage, nil}}}, absentee, map[string]int64{moss: permExternalApps}},
		},
		private: []Channel{{ID: "1201000000000000601", People: []string{ada, ben}}},
	}
	for n := 1; n <= crowd; n++ {
		w.people = append(w.people, person{
			User: User{ID: fmt.Sprint(1201000000000001000 + n), Username: fmt.Sprintf("guest%d", n),
				GlobalName: fmt.Sprintf("Guest %d", n), Locale: "en-US"},
			guilds: []string{east, west}, joined: joined, direct: fmt.Sprint(1201000000000002000 + n), guest: true,
		})
	}
	return w
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
	for _, c := range w.private {
		if c.ID == id {
			return c, guild{}, true
		}
	}
	return Channel{}, guild{}, false
}

// channel is that of a person's direct messages.
func (p person) channel() Channel { return Channel{ID: p.direct, Recipient: p.ID} }

// private reports whether a channel is one between people, without the bot.
func (c Channel) private() bool { return len(c.People) > 0 }

// in reports whether a person takes part in a channel.
func (p person) in(c Channel) bool {
	switch {
	case c.GuildID != "":
		return slices.Contains(p.guilds, c.GuildID)
	case c.private():
		return slices.Contains(c.People, p.ID)
	}
	return c.Recipient == p.ID
}

// directs are the channels of no guild, without those of the crowd.
func (w *world) directs() []Channel {
	out := make([]Channel, 0, len(w.people)+len(w.private))
	for _, p := range w.people {
		if !p.guest {
			out = append(out, p.channel())
		}
	}
	for _, c := range w.private {
		c.People = slices.Clone(c.People)
		out = append(out, c)
	}
	return out
}

// copyUsers are the people, without the crowd.
func (w *world) copyUsers() []User {
	out := make([]User, 0, len(w.people))
	for _, p := range w.people {
		if !p.guest {
			out = append(out, p.User)
		}
	}
	return out
}

// Crowd returns the ids of the crowd: members of the two servers that the bot
// is in, whom State does not list.
func (s *Server) Crowd() []string {
	out := []string{}
	for _, p := range s.world.people {
		if p.guest {
			out = append(out, p.ID)
		}
	}
	return out
}
