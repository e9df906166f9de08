package discord

import (
	"net/http"
	"slices"
	"strconv"
)

func (s *Server) getGateway(*request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok(object{"url": s.gatewayURL()})
}

func (s *Server) getGatewayBot(*request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok(object{
		"url": s.gatewayURL(), "shards": 1,
		"session_start_limit": object{
			"total": 1000, "remaining": max(0, 1000-s.hub.starts), "reset_after": 14400000, "max_concurrency": 1,
		},
	})
}

func (s *Server) getApplication(*request) (answer, error) { return ok(s.world.applicationJSON()) }

func (s *Server) getSelf(*request) (answer, error) { return ok(selfJSON(s.world.bot)) }

// getGuilds lists the bot's guilds, in the order of their ids.
func (s *Server) getGuilds(r *request) (answer, error) {
	limit, before, after, err := page(r, 200, 200)
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []object{}
	for _, g := range s.world.guilds {
		n := snowflake(g.ID)
		if n <= after || before != 0 && n >= before || len(list) == limit || s.absent(g.ID) {
			continue
		}
		o := object{
			"id": g.ID, "name": g.Name, "icon": nil, "banner": nil, "owner": false,
			"permissions": strconv.FormatInt(permsOfMembers, 10), "features": []string{},
		}
		if r.URL.Query().Get("with_counts") == "true" {
			o["approximate_member_count"], o["approximate_presence_count"] = len(s.world.people)+1, len(s.world.people)
		}
		list = append(list, o)
	}
	return ok(list)
}

// page reads limit, before and after.
func page(r *request, preset, most int) (limit int, before, after uint64, err error) {
	q := r.URL.Query()
	m := object{}
	for _, key := range []string{"limit", "before", "after", "around"} {
		if v := q.Get(key); v != "" {
			m[key] = v
		}
	}
	f := newForm()
	limit = preset
	if n, ok := f.number(m, "limit", 1, int64(most)); ok {
		limit = n
	}
	for key, to := range map[string]*uint64{"before": &before, "after": &after} {
		if id, ok := f.id(m, key); ok {
			*to = snowflake(id)
		}
	}
	return limit, before, after, f.err()
}

// guildOf finds the guild that a request is about. mu is held.
func (s *Server) guildOf(r *request) (guild, error) {
	g, found := s.world.guild(r.vars["guild"])
	if !found || s.absent(g.ID) {
		return g, errUnknownGuild()
	}
	return g, nil
}

func (s *Server) getGuild(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guildOf(r)
	if err != nil {
		return answer{}, err
	}
	o := guildJSON(g)
	if r.URL.Query().Get("with_counts") == "true" {
		o["approximate_member_count"], o["approximate_presence_count"] = len(s.world.people)+1, len(s.world.people)
	}
	return ok(o)
}

func (s *Server) getChannels(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guildOf(r)
	if err != nil {
		return answer{}, err
	}
	list := []object{}
	for _, c := range s.present(g).Channels {
		list = append(list, s.channelJSON(c, g))
	}
	return ok(list)
}

func (s *Server) getChannel(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, g, err := s.forBot(r.vars["channel"])
	if err != nil {
		return answer{}, err
	}
	if c.GuildID == "" {
		return ok(s.directJSON(c))
	}
	return ok(s.channelJSON(c, g))
}

// getMessages lists a channel's messages, newest first: none without the
// permission to read its history.
// Source: discord-api-docs, resources/message, get channel messages.
func (s *Server) getMessages(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.forBot(r.vars["channel"])
	if err != nil {
		return answer{}, err
	}
	limit, before, after, err := page(r, 50, 100)
	if err != nil {
		return answer{}, err
	}
	var list []*message
	for _, m := range s.history.channels[c.ID] {
		if m.OnlyFor == "" && s.may(c, permHistory) {
			list = append(list, m)
		}
	}
	// at is where a message of that id, or the next one after it, is.
	at := func(id uint64) int {
		i := slices.IndexFunc(list, func(m *message) bool { return snowflake(m.ID) >= id })
		if i < 0 {
			return len(list)
		}
		return i
	}
	switch around := snowflake(r.URL.Query().Get("around")); {
	case around != 0:
		from := max(0, at(around)-limit/2)
		list = list[from:min(len(list), from+limit)]
	case after != 0:
		list = list[at(after+1):]
		list = list[:min(len(list), limit)]
	default:
		if before != 0 {
			list = list[:at(before)]
		}
		list = list[max(0, len(list)-limit):]
	}
	out := make([]object, 0, len(list))
	for _, m := range slices.Backward(list) {
		out = append(out, s.messageJSON(m))
	}
	return ok(out)
}

// inChannel finds a message by its channel: ephemeral ones are in none. mu is
// held.
func (s *Server) inChannel(r *request) (*message, error) {
	if _, _, err := s.forBot(r.vars["channel"]); err != nil {
		return nil, err
	}
	m := s.history.byID[r.vars["message"]]
	if m == nil || m.ChannelID != r.vars["channel"] || m.OnlyFor != "" {
		return nil, errUnknownMessage()
	}
	return m, nil
}

func (s *Server) getMessage(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.inChannel(r)
	if err != nil {
		return answer{}, err
	}
	if c, _, _ := s.world.channel(m.ChannelID); !s.may(c, permHistory) {
		return answer{}, errNoPermission()
	}
	return ok(s.messageJSON(m))
}

func (s *Server) postMessage(r *request) (answer, error) {
	data, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.toWrite(r.vars["channel"])
	if err != nil {
		return answer{}, err
	}
	now := s.now()
	f := newForm()
	blank := s.newMessage(c, s.world.bot, now)
	value, key := readNonce(f, data)
	enforced, _ := f.flag(data, "enforce_nonce")
	if enforced && key != "" {
		// It is the author's, in whatever channel, and outlives its message.
		switch m, used := s.history.repeated(key, now); {
		case m != nil:
			r.made = m.ID
			return answer{http.StatusOK, s.createdJSON(m)}, nil
		case used:
			return answer{}, errUnknownMessage()
		}
	}
	s.readReference(f, data, blank)
	if blank.ReplyTo != "" && !s.may(c, permHistory) {
		return answer{}, errNoHistory()
	}
	m, err := s.compose(f, data, blank, r.body.files, flagsOfMessages)
	if err != nil {
		return answer{}, err
	}
	m.Nonce = value
	m.ID = s.newID()
	s.accept(r.body.files, m)
	s.commit(m)
	r.made = m.ID
	if enforced && key != "" {
		s.history.nonces.remember(key, m.ID, now)
	}
	return ok(s.createdJSON(m))
}

// toWrite finds a channel that the bot may send messages to. mu is held.
func (s *Server) toWrite(id string) (Channel, error) {
	c, _, err := s.forBot(id)
	switch {
	case err != nil:
		return c, err
	case c.GuildID == "" && !s.takesDirect(c.Recipient):
		return c, errCannotMessage()
	case c.GuildID == "" && s.faults[FaultDirectClosed]:
		no := errCannotMessage()
		no.fault = FaultDirectClosed
		return c, no
	case !s.may(c, permSend):
		return c, s.forbidden(errNoPermission(), c, permSend)
	}
	return c, nil
}

// readReference reads which message a new one answers. mu is held.
func (s *Server) readReference(f form, data object, m *message) {
	o, given := f.object(data, "message_reference")
	if !given {
		return
	}
	f = f.at("message_reference")
	if t, ok := f.number(o, "type", 0, 1); ok && t != 0 {
		f.at("type").bad("UNSUPPORTED", "This stand-in forwards no messages")
		return
	}
	if !f.need(o, "message_id") {
		return
	}
	id, _ := f.id(o, "message_id")
	channel, named := f.id(o, "channel_id")
	to := s.history.byID[id]
	if to != nil && to.ChannelID == m.ChannelID && to.OnlyFor == "" && (!named || channel == m.ChannelID) {
		m.ReplyTo, m.Type = to.ID, typeReply
		return
	}
	if must, given := f.flag(o, "fail_if_not_exists"); must || !given {
		f.bad("REPLIES_UNKNOWN_MESSAGE", "Unknown message")
	}
}

func (s *Server) patchMessage(r *request) (answer, error) {
	data, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.inChannel(r)
	if err != nil {
		return answer{}, err
	}
	if m.Author.ID != s.world.bot.ID {
		return answer{}, errNotAuthor()
	}
	return s.edit(r, data, m)
}

// deleteMessage removes a message of the bot's; it may not manage those of
// others.
func (s *Server) deleteMessage(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.inChannel(r)
	if err != nil {
		return answer{}, err
	}
	if m.Author.ID != s.world.bot.ID {
		return answer{}, errNoPermission()
	}
	s.remove(m)
	return nothing()
}
