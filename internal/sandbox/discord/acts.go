package discord

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Types of interactions.
// Source: discord-api-docs, interactions/receiving-and-responding.
const (
	kindCommand      = 2
	kindComponent    = 3
	kindAutocomplete = 4
	kindSubmit       = 5
)

// maxModals is how many modals can be open; the oldest goes first.
const maxModals = 1_000

// interaction is one act of a person's, and what became of it.
type interaction struct {
	ID        string    `json:"id"`
	Kind      int       `json:"kind"`
	User      string    `json:"user"`
	Channel   string    `json:"channel"`
	Guild     string    `json:"guild"`
	Command   string    `json:"command,omitempty"` // name
	Source    string    `json:"source,omitempty"`  // message that it came from
	Modal     string    `json:"modal,omitempty"`   // modal that it submits
	Created   time.Time `json:"created"`
	Acked     int       `json:"acked,omitempty"`      // type of the response, 0 before it
	Original  string    `json:"original,omitempty"`   // message of the response
	Metadata  object    `json:"metadata"`             // interaction_metadata of its messages
	Numbers   bool      `json:"numbers,omitempty"`    // an autocompleted option is a number
	Menu      bool      `json:"menu,omitempty"`       // the command was taken from a message's menu
	FollowUps int       `json:"follow_ups,omitempty"` // how many messages came after the answer

	began time.Time    // by the real clock
	dead  bool         // nobody answered in time
	done  chan Outcome // gets what the person sees, once; nil after a restart
	timer *time.Timer
}

// waits reports whether somebody waits for the first response.
func (in *interaction) waits() bool { return in.done != nil && in.Acked == 0 && !in.dead }

// openModal is a dialog on a person's screen.
type openModal struct {
	Modal
	Channel  string `json:"channel"`
	Source   string `json:"source,omitempty"` // message whose component opened it
	Metadata object `json:"metadata"`         // of the interaction that opened it
}

// acts are the interactions and the open modals.
type acts struct {
	byID   map[string]*interaction
	order  []string // ids, oldest first
	most   int
	modals []*openModal
}

func newActs(most int) acts { return acts{byID: map[string]*interaction{}, most: most} }

func (a *acts) put(in *interaction) {
	if a.byID[in.ID] == nil {
		a.order = append(a.order, in.ID)
	}
	a.byID[in.ID] = in
}

func (a *acts) list() []*interaction {
	out := make([]*interaction, 0, len(a.order))
	for _, id := range a.order {
		if in := a.byID[id]; in.Acked != 0 {
			out = append(out, in)
		}
	}
	return out
}

func (a *acts) openModal(m *openModal) {
	a.closeModal(m.ID)
	a.modals = append(a.modals, m)
	if len(a.modals) > maxModals {
		a.modals = slices.Delete(a.modals, 0, len(a.modals)-maxModals)
	}
}

func (a *acts) closeModal(id string) {
	a.modals = slices.DeleteFunc(a.modals, func(m *openModal) bool { return m.ID == id })
}

func (a *acts) modal(id string) *openModal {
	for _, m := range a.modals {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// forget lets go of interactions whose token is over, and of the oldest where
// there are too many. Their tokens can still be told from false ones: they are
// signed.
func (a *acts) forget(before time.Time) {
	for len(a.order) > 0 {
		in := a.byID[a.order[0]]
		over := in.Created.Before(before) || len(a.order) > a.most
		if !over || in.waits() {
			return
		}
		delete(a.byID, in.ID)
		a.order = a.order[1:]
	}
}

// interactionToken returns the token of an interaction. It is signed rather
// than stored.
func (s *Server) interactionToken(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("interaction:" + id + ":" + s.seal("interaction", id)))
}

// tokenOf returns whose token it is.
func (s *Server) tokenOf(token string) (id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", false
	}
	parts := strings.Split(string(raw), ":")
	if len(parts) != 3 || s.interactionToken(parts[1]) != token {
		return "", false
	}
	return parts[1], true
}

// tokenOver reports whether an interaction's token has ended. mu is held.
func (s *Server) tokenOver(id string, now time.Time) bool {
	return snowflake(id) <= s.expired || now.Sub(madeAt(id)) > s.limits.TokenLife
}

func unknown(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnknown}, args...)...)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

// actor finds who acts and where. mu is held.
func (s *Server) actor(user, channel string) (person, Channel, guild, error) {
	p, ok := s.world.person(user)
	if !ok {
		return p, Channel{}, guild{}, unknown("user %q", user)
	}
	c, g, ok := s.world.channel(channel)
	if !ok || s.fate.Gone[c.ID] || !p.in(c) || !s.can(p, c, g, permView) {
		return p, c, g, unknown("channel %q", channel)
	}
	return p, c, g, nil
}

// scene is who acts and where, and who has let the bot take part there.
type scene struct {
	person  person
	channel Channel
	guild   guild
	owners  object
}

// start makes an interaction and hands it to the bot. mu is held.
func (s *Server) start(kind int, at scene, data object, with func(*interaction, object)) (*interaction, error) {
	if s.closed {
		return nil, errClosed
	}
	p, g, now := at.person, at.guild, s.now()
	in := &interaction{
		ID: s.newID(), Kind: kind, User: p.ID, Channel: at.channel.ID, Guild: g.ID, Created: now,
		began: time.Now(), done: make(chan Outcome, 1),
	}
	in.Metadata = object{
		"id": in.ID, "type": kind, "user": userJSON(p.User), "authorizing_integration_owners": at.owners,
	}
	payload := s.payload(in, at, data)
	with(in, payload)
	s.acts.put(in)
	s.acts.forget(now.Add(-s.limits.TokenLife))
	x := s.hub.forGuild(g.ID)
	if x == nil || len(at.owners) == 0 {
		s.unanswered(in)
		return in, nil
	}
	s.work.Add(1)
	in.timer = time.AfterFunc(s.limits.Ack, func() {
		defer s.work.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		if in.Acked == 0 {
			s.unanswered(in)
		}
	})
	x.dispatch("INTERACTION_CREATE", payload)
	return in, nil
}

// unanswered ends an interaction that nobody answered. mu is held.
func (s *Server) unanswered(in *interaction) {
	if in.dead {
		return
	}
	in.dead = true
	e := s.finish(in, Outcome{Kind: OutcomeNone})
	if in.Kind == kindAutocomplete {
		return // the person sees an empty list, and no more is said
	}
	s.publish(Event{Type: EventNoResponse, Outcome: &e, User: in.User, Channel: in.Channel, Command: in.Command})
}

// finish lets the person go on with what they see. mu is held.
func (s *Server) finish(in *interaction, out Outcome) Outcome {
	out.Interaction, out.Took = in.ID, time.Since(in.began)
	in.done <- out // has a place, and gets no other
	s.stopTimer(in)
	return out
}

func (s *Server) stopTimer(in *interaction) {
	if in.timer != nil && in.timer.Stop() {
		s.work.Done()
	}
}

// stopTimers ends all waiting for first responses. mu is held.
func (s *Server) stopTimers() {
	for _, in := range s.acts.byID {
		if in.waits() {
			s.unanswered(in)
		}
	}
}

// await returns what the person sees first.
func (s *Server) await(ctx context.Context, in *interaction, err error) (Outcome, error) {
	if err != nil {
		return Outcome{}, err
	}
	select {
	case out := <-in.done:
		return out, nil
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	}
}
