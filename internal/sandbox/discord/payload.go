package discord

import "slices"

// payload is an interaction as the bot gets it. mu is held.
// Source: discord-api-docs, interactions/receiving-and-responding.
func (s *Server) payload(in *interaction, at scene, data object) object {
	p, c, g := at.person, at.channel, at.guild
	o := object{
		"id": in.ID, "application_id": s.world.bot.ID, "type": in.Kind, "data": data, "channel_id": c.ID,
		"token": s.interactionToken(in.ID), "version": 1, "locale": p.Locale, "entitlements": []any{},
		"app_permissions":                written(s.granted(c)),
		"authorizing_integration_owners": at.owners, "context": c.context(),
		"attachment_size_limit": s.limits.UploadSize,
	}
	if c.GuildID == "" {
		o["user"], o["channel"] = userJSON(p.User), s.directJSON(c)
		return o
	}
	member := s.memberJSON(p, g)
	member["permissions"] = written(s.permissions(p, c, g))
	channel := s.channelJSON(c, g)
	channel["permissions"] = member["permissions"]
	features := []string{}
	if g.Locale != "en-US" {
		features = append(features, "COMMUNITY") // only such a server can choose its language
	}
	o["guild"] = object{"id": g.ID, "locale": g.Locale, "features": features}
	o["guild_id"], o["guild_locale"], o["channel"], o["member"] = g.ID, g.Locale, channel, member
	return o
}

// resolve is the resolved data: what the ids in an interaction in a channel
// stand for. mu is held.
func (s *Server) resolve(at Channel, g guild, uploads, things []string) object {
	o := object{}
	add := func(key, id string, v object) {
		m, ok := o[key].(object)
		if !ok {
			m = object{}
			o[key] = m
		}
		m[id] = v
	}
	for _, id := range uploads {
		if f := s.files.byID[id]; f != nil {
			add("attachments", id, attachmentJSON(s.viewFile(f, "")))
		}
	}
	for _, id := range things {
		if p, ok := s.world.person(id); ok {
			add("users", id, userJSON(p.User))
			if g.ID == "" || !p.in(at) {
				continue
			}
			m := s.memberJSON(p, g)
			delete(m, "user")
			delete(m, "deaf")
			delete(m, "mute")
			m["permissions"] = written(s.permissions(p, at, g))
			add("members", id, m)
		} else if id == s.world.bot.ID {
			add("users", id, userJSON(s.world.bot))
		} else if c, _, ok := s.world.channel(id); ok {
			add("channels", id, object{"id": c.ID, "name": c.Name, "type": typeOfText, "permissions": written(permsOfMembers)})
		} else if i := slices.IndexFunc(g.Roles, func(r Role) bool { return r.ID == id }); i >= 0 {
			add("roles", id, roleJSON(g.Roles[i], len(g.Roles)-i))
		} else if id == g.ID {
			add("roles", id, roleJSON(g.everyone(), 0))
		}
	}
	return o
}
