package discord

import (
	"encoding/json"
	"fmt"
)

// Gateway is the bot's gateway sessions, for faults.
type Gateway struct{ s *Server }

// Gateway returns the means to disturb the bot's gateway sessions.
func (s *Server) Gateway() Gateway { return Gateway{s} }

// Sessions returns how many sessions are connected.
func (g Gateway) Sessions() int {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	n := 0
	for _, x := range g.s.hub.sessions {
		if x.sock != nil {
			n++
		}
	}
	return n
}

// CloseAll closes all connections with a close code, such as 4000. Sessions
// can be resumed where Discord lets a client resume after the code: not after
// 1000, 1001, 4004 or 4010 to 4014, nor after 4007 and 4009.
func (g Gateway) CloseAll(code int) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.hub.closeAll(code)
}

// CutAll breaks all connections without a close frame, as a failing network
// does. Sessions can be resumed.
func (g Gateway) CutAll() {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for k := range g.s.hub.socks {
		k.cut()
	}
}

// SendReconnect asks all connections to reconnect and resume (op 7).
func (g Gateway) SendReconnect() {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.sendAll(opReconnect, nil, "reconnect")
}

// SendInvalidSession tells all connections that their session is invalid (op
// 9), and forgets it unless it is resumable.
func (g Gateway) SendInvalidSession(resumable bool) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.sendAll(opInvalidSession, resumable, "invalid session")
	if resumable {
		return
	}
	for _, x := range g.s.hub.sessions {
		if x.sock != nil {
			g.s.forget(x)
		}
	}
}

// sendAll sends a frame to all connections, and tells of it as of that kind of
// event. mu is held.
func (g Gateway) sendAll(op int, d any, kind string) {
	for k := range g.s.hub.socks {
		k.send(object{"op": op, "d": d})
		g.s.hub.tell(GatewayEvent{Kind: kind, Session: k.known})
	}
}

// WithholdHello has new connections wait for a HELLO that never comes, until
// it is called with false; those that wait go on waiting.
func (g Gateway) WithholdHello(on bool) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.hub.silent = on
}

// WithholdAcks leaves heartbeats without an answer, until it is called with
// false. They count as signs of life all the same.
func (g Gateway) WithholdAcks(on bool) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.hub.deaf = on
}

// ReconnectAtIdentify answers the next n IDENTIFY and RESUME that are accepted
// with op 7 in place of READY or of what was missed; 0 ends it. No session is
// made; one that was to be resumed can still be.
func (g Gateway) ReconnectAtIdentify(n int) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.hub.reconnects = max(n, 0)
}

// Dispatch sends an event of any name, known to Discord or not, to all
// sessions, whatever their intents; those that are not connected get it when
// they resume. The error is of data that has no JSON.
func (g Gateway) Dispatch(event string, data any) error {
	if _, err := json.Marshal(data); err != nil {
		return fmt.Errorf("dispatching %q: %w", event, err)
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for _, x := range g.s.hub.sessions {
		x.dispatch(event, data)
	}
	return nil
}
