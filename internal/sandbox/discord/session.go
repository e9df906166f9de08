package discord

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Intents.
// Source: discord-api-docs, topics/gateway, list of intents.
const (
	intentGuilds          = 1 << 0
	intentMessages        = 1 << 9
	intentReactions       = 1 << 10 // GUILD_MESSAGE_REACTIONS
	intentDirect          = 1 << 12 // DIRECT_MESSAGES
	intentDirectReactions = 1 << 13 // DIRECT_MESSAGE_REACTIONS
	// privileged are GUILD_MEMBERS, GUILD_PRESENCES and MESSAGE_CONTENT, which
	// this application was not granted.
	privileged   = 1<<1 | 1<<8 | 1<<15
	knownIntents = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25
)

// received handles a client's frame and reports whether it was a heartbeat,
// which is what keeps a connection alive.
func (s *Server) received(k *socket, kind int, raw []byte) (heartbeat bool) {
	var f struct {
		Op *int            `json:"op"`
		D  json.RawMessage `json:"d"`
	}
	if kind != websocket.TextMessage && kind != websocket.BinaryMessage || len(raw) > maxFrame ||
		json.Unmarshal(raw, &f) != nil || f.Op == nil {
		k.close(4002, "Error while decoding payload.")
		return false
	}
	now := time.Now()
	k.heard = slices.DeleteFunc(k.heard, func(t time.Time) bool { return now.Sub(t) > time.Minute })
	if k.heard = append(k.heard, now); len(k.heard) > maxCommands {
		k.close(4008, "Rate limited.")
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch *f.Op {
	case opHeartbeat:
		if k.session != nil {
			k.session.heartbeat = now
		}
		s.hub.tell(GatewayEvent{Kind: "heartbeat", Session: k.known})
		if !s.hub.deaf {
			k.send(object{"op": opAck, "s": nil, "t": nil, "d": nil})
		}
		return true
	case opIdentify:
		s.identify(k, f.D)
	case opResume:
		s.resume(k, f.D)
	case opPresence, opVoice, opMembers, opSoundboard:
		if k.session == nil {
			k.close(4003, "Not authenticated.")
		}
	default:
		k.close(4001, "Unknown opcode.")
	}
	return false
}

// identify starts a session. mu is held.
func (s *Server) identify(k *socket, raw json.RawMessage) {
	var d struct {
		Token      *string        `json:"token"`
		Intents    *int64         `json:"intents"`
		Properties map[string]any `json:"properties"`
		Shard      []int          `json:"shard"`
		Compress   bool           `json:"compress"`
	}
	s.hub.tell(GatewayEvent{Kind: "identify"})
	if json.Unmarshal(raw, &d) != nil || d.Token == nil || d.Properties == nil {
		k.close(4002, "Error while decoding payload.")
		return
	}
	shard := [2]int{0, 1}
	if d.Shard != nil {
		if len(d.Shard) != 2 || d.Shard[1] < 1 || d.Shard[0] < 0 || d.Shard[0] >= d.Shard[1] {
			k.close(4010, "Invalid shard.")
			return
		}
		shard = [2]int(d.Shard)
	}
	switch {
	case k.session != nil:
		k.close(4005, "Already authenticated.")
		return
	case strings.TrimPrefix(*d.Token, "Bot ") != s.token:
		k.close(4004, "Authentication failed.")
		return
	case d.Intents == nil || *d.Intents&^knownIntents != 0:
		k.close(4013, "Invalid intent(s).")
		return
	case *d.Intents&privileged != 0:
		k.close(4014, "Disallowed intent(s).")
		return
	}
	if s.refuses(k) {
		return
	}
	s.forgetOld()
	x := &session{id: hex.EncodeToString(random(16)), intents: int(*d.Intents), shard: shard, hub: &s.hub}
	k.packer.payloads.Store(d.Compress)
	s.hub.starts++
	guilds := []object{}
	for _, g := range s.world.guilds {
		if x.serves(g.ID) && !s.absent(g.ID) {
			guilds = append(guilds, object{"id": g.ID, "unavailable": true})
		}
	}
	ready := object{
		"v": k.version, "user": selfJSON(s.world.bot), "guilds": guilds, "session_id": x.id,
		"session_type": "normal", "resume_gateway_url": s.gatewayURL(), "shard": shard,
		"application":      object{"id": s.world.bot.ID, "flags": 0},
		"private_channels": []any{}, "relationships": []any{}, "presences": []any{},
		"guild_join_requests": []any{}, "geo_ordered_rtc_regions": []string{}, "user_settings": object{},
		"auth": object{}, "_trace": []string{},
	}
	// The first frames are queued before the session is known to others.
	x.sock = k
	x.dispatch("READY", ready)
	if x.intents&intentGuilds != 0 {
		for _, g := range s.world.guilds {
			if x.serves(g.ID) && !s.absent(g.ID) {
				x.dispatch("GUILD_CREATE", s.guildCreateJSON(g))
			}
		}
	}
	x.sock = nil
	s.hub.sessions[x.id] = x
	s.attach(x, k)
}

// resume brings a session back to a new connection, with what it missed. mu is held.
func (s *Server) resume(k *socket, raw json.RawMessage) {
	var d struct {
		Token   *string `json:"token"`
		Session string  `json:"session_id"`
		Seq     int64   `json:"seq"`
	}
	if json.Unmarshal(raw, &d) != nil || d.Token == nil {
		k.close(4002, "Error while decoding payload.")
		return
	}
	s.hub.tell(GatewayEvent{Kind: "resume", Session: s.hub.known(d.Session)})
	if k.session != nil {
		k.close(4005, "Already authenticated.")
		return
	}
	if strings.TrimPrefix(*d.Token, "Bot ") != s.token {
		k.close(4004, "Authentication failed.")
		return
	}
	s.forgetOld()
	x := s.hub.sessions[d.Session]
	if x == nil || x.seq-d.Seq > int64(len(x.missed)) {
		k.send(object{"op": opInvalidSession, "d": false})
		s.hub.tell(GatewayEvent{Kind: "invalid session", Session: s.hub.known(d.Session)})
		return
	}
	if d.Seq > x.seq || d.Seq < 0 {
		k.close(4007, "Invalid seq.")
		s.forget(x)
		return
	}
	if s.refuses(k) {
		return
	}
	for _, f := range x.missed {
		if f.seq > d.Seq {
			k.sendRaw(f.raw)
			s.hub.tell(GatewayEvent{Kind: "dispatch", Session: short(x.id), Detail: f.event})
		}
	}
	s.attach(x, k)
	x.dispatch("RESUMED", object{"_trace": []string{}})
}

// refuses answers a session's start with op 7 where that is asked for.
// mu is held.
func (s *Server) refuses(k *socket) bool {
	if !s.hub.refuses() {
		return false
	}
	k.send(object{"op": opReconnect, "d": nil})
	s.hub.tell(GatewayEvent{Kind: "reconnect"})
	return true
}

// forgetOld ends sessions that can no longer be resumed. mu is held.
func (s *Server) forgetOld() {
	var oldest *session
	for id, x := range s.hub.sessions {
		if x.sock != nil {
			continue
		}
		if time.Since(x.gone) > resumeFor {
			delete(s.hub.sessions, id)
		} else if oldest == nil || x.gone.Before(oldest.gone) {
			oldest = x
		}
	}
	if len(s.hub.sessions) >= maxSessions && oldest != nil {
		delete(s.hub.sessions, oldest.id)
	}
}

// dispatch sends an event, and keeps it for a resume. mu is held.
func (x *session) dispatch(event string, d any) {
	x.seq++
	raw, err := json.Marshal(object{"op": opDispatch, "s": x.seq, "t": event, "d": d})
	if err != nil {
		return // what the server builds itself always encodes
	}

	x.missed = newest(append(x.missed, frame{x.seq, event, raw}), maxMissed)
	if x.sock == nil {
		return
	}
	x.sock.sendRaw(raw)
	switch event {
	case "READY", "RESUMED":
		x.hub.tell(GatewayEvent{Kind: strings.ToLower(event), Session: short(x.id)})
	default:
		x.hub.tell(GatewayEvent{Kind: "dispatch", Session: short(x.id), Detail: event})
	}
}

// dispatchGuild sends an event of a guild, or of direct messages where guild
// is "", to all sessions that asked for it. mu is held.
func (s *Server) dispatchGuild(event, guild string, intent int, d any) {
	if s.absent(guild) {
		return
	}
	for _, x := range s.hub.sessions {
		if x.intents&intent != 0 && x.serves(guild) {
			x.dispatch(event, d)
		}
	}
}

// dispatchMessage sends an event about a message. mu is held.
func (s *Server) dispatchMessage(event string, m *message, d object) {
	s.dispatchAbout(event, m, intentMessages, intentDirect, d)
}

// dispatchAbout sends an event about a message, where the bot sees its channel,
// to those sessions that have the intent for guilds, or the one for direct
// messages. Ephemeral messages are no channel's. mu is held.
func (s *Server) dispatchAbout(event string, m *message, ofGuilds, ofDirect int, d object) {
	c, _, _ := s.world.channel(m.ChannelID)
	if m.OnlyFor != "" || c.private() || s.fate.Denied[m.ChannelID]&permView != 0 {
		return
	}
	intent := ofDirect
	if m.GuildID != "" {
		d["guild_id"], intent = m.GuildID, ofGuilds
	}
	s.dispatchGuild(event, m.GuildID, intent, d)
}

// eventJSON adds to a message object what those of events have besides. mu is
// held.
func (s *Server) eventJSON(m *message, o object) object {
	g, ok := s.world.guild(m.GuildID)
	if !ok {
		o["channel_type"] = typeDirect
		return o
	}
	member := botMemberJSON(s.world.bot)
	if p, ok := s.world.person(m.Author.ID); ok {
		member = s.memberJSON(p, g)
	}
	delete(member, "user")
	o["channel_type"], o["member"] = typeOfText, member
	return o
}

// gatewayURL is the gateway's address. mu is held.
func (s *Server) gatewayURL() string {
	if rest, ok := strings.CutPrefix(s.base, "https://"); ok {
		return "wss://" + rest + "/gateway"
	}
	return "ws://" + strings.TrimPrefix(s.base, "http://") + "/gateway"
}
