package discord

import "strconv"

// payload is an interaction as the bot gets it. mu is held.
// Source: discord-api-docs, interactions/receiving-and-responding.
func (s *Server) payload(in *interaction, p person, c Channel, g guild, data object) object {
	member := memberJSON(p, g)
	member["permissions"] = p.permissions()
	channel := channelJSON(c, g)
	channel["permissions"] = p.permissions()
	if list := s.history.channels[c.ID]; len(list) > 0 {
		channel["last_message_id"] = list[len(list)-1].ID
	}
	features := []string{}
	if g.Locale != "en-US" {
		features = append(features, "COMMUNITY") // only such a server can choose its language
	}
	return object{
		"id": in.ID, "application_id": s.world.bot.ID, "type": in.Kind, "data": data,
		"guild":    object{"id": g.ID, "locale": g.Locale, "features": features},
		"guild_id": g.ID, "channel": channel, "channel_id": c.ID, "member": member,
		"token": s.interactionToken(in.ID), "version": 1,
		"app_permissions": strconv.FormatInt(permsOfMembers, 10),
		"locale":          p.Locale, "guild_locale": g.Locale, "entitlements": []any{},
		"authorizing_integration_owners": object{"0": g.ID}, "context": 0,
		"attachment_size_limit": s.limits.UploadSize,
	}
}

// resolve is the resolved data: what the ids in an interaction stand for. mu
// is held.
func (s *Server) resolve(g guild, uploads, things []string) object {
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
			m := memberJSON(p, g)
			delete(m, "user")
			delete(m, "deaf")
			delete(m, "mute")
			m["permissions"] = p.permissions()
			add("members", id, m)
		} else if id == s.world.bot.ID {
			add("users", id, userJSON(s.world.bot))
		} else if c, _, ok := s.world.channel(id); ok {
			add("channels", id, object{"id": c.ID, "name": c.Name, "type": 0, "permissions": strconv.FormatInt(permsOfMembers, 10)})
		} else if id == g.moderators {
			add("roles", id, roleJSON(id, "moderator", permsOfModerators, 1))
		} else if id == g.ID {
			add("roles", id, roleJSON(id, "@everyone", permsOfMembers, 0))
		}
	}
	return o
}
