package discord

import (
	"cmp"
	"slices"
	"time"
)

// GatewayEvent is something that happened at the gateway.
type GatewayEvent struct {
	Time time.Time
	// Kind is "connect", "identify", "ready", "resume", "resumed", "heartbeat",
	// "dispatch", "reconnect" (op 7 was sent), "invalid session" (op 9 was sent) or
	// "close".
	Kind    string
	Session string // the first 8 characters of its id; empty where there is none yet
	Code    int    // of a close, by whichever side; 0: the connection was cut
	Detail  string // of a dispatch the event's name, of a close the reason that the gateway gave
}

// GatewayStatus tells of the bot's gateway sessions.
type GatewayStatus struct {
	Sessions []SessionStatus `json:"sessions"` // in the order of their Since
}

// SessionStatus tells of one session, which is connected or can be resumed.
type SessionStatus struct {
	ID        string    `json:"id"` // its first 8 characters: whoever has all of them could resume it
	Connected bool      `json:"connected"`
	Intents   int       `json:"intents"`
	Seq       int64     `json:"seq"`                // of the last event that was sent, or is kept for it
	Since     time.Time `json:"since"`              // of its IDENTIFY, or last RESUME
	Heartbeat time.Time `json:"heartbeat,omitzero"` // the last one
}

// Status returns the bot's gateway sessions.
func (g Gateway) Status() GatewayStatus {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	st := GatewayStatus{Sessions: []SessionStatus{}}
	for _, x := range g.s.hub.sessions {
		if x.sock == nil && time.Since(x.gone) > resumeFor {
			continue
		}
		st.Sessions = append(st.Sessions, SessionStatus{
			ID: short(x.id), Connected: x.sock != nil, Intents: x.intents, Seq: x.seq, Since: x.begun, Heartbeat: x.heartbeat,
		})
	}
	slices.SortFunc(st.Sessions, func(a, b SessionStatus) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID))
	})
	return st
}

// short is what is shown of a session's id.
func short(id string) string { return id[:min(len(id), 8)] }

// known is what is shown of the id of a session that a client names, empty
// where there is none: what it sends instead may be anything.
func (h *hub) known(id string) string {
	if h.sessions[id] == nil {
		return ""
	}
	return short(id)
}

// tell tells Config.ObserveGateway. mu is held.
func (h *hub) tell(e GatewayEvent) {
	if h.observe != nil {
		e.Time = time.Now()
		h.observe(e)
	}
}
