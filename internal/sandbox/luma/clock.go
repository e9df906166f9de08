package luma

import (
	"fmt"
	"time"
)

// record is a generation with what moves it.
type record struct {
	Generation           // State is the state that it entered at Since
	Since      time.Time `json:"since"`
	// Doom is the failure that a generation is bound for; empty: it completes.
	Doom string `json:"doom,omitempty"`
}

func (r *record) generation() Generation {
	g := r.Generation
	if g.ExpandPrompt != nil {
		expand := *g.ExpandPrompt
		g.ExpandPrompt = &expand
	}
	return g
}

func (r *record) final() bool { return r.State == stateCompleted || r.State == stateFailed }

// step moves a record on by one state. Moderation and unreadable pictures show
// when the dreaming would begin.
func (r *record) step(at time.Time) {
	switch {
	case r.final():
		return
	case r.Doom != "":
		r.State, r.Failure = stateFailed, r.Doom
	case r.State == stateQueued:
		r.State = stateDreaming
	default:
		r.State = stateCompleted
	}
	r.Since = at
}

// clock is how long each state lasts.
type clock struct{ queued, dreaming time.Duration }

// next returns when a record's state ends by the clock, and false for a final
// one, which does not move.
func (c clock) next(r record) (time.Time, bool) {
	switch r.State {
	case stateQueued:
		return r.Since.Add(c.queued), true
	case stateDreaming:
		return r.Since.Add(c.dreaming), true
	}
	return time.Time{}, false
}

// settle brings a record to the state that the clock has for it. Nothing is
// written down: the next start comes to the same state from the same times.
// The caller holds s.mu.
func (s *Server) settle(r *record, now time.Time) {
	if s.held {
		return
	}
	for {
		at, moving := s.clock.next(*r)
		if !moving || now.Before(at) {
			return
		}
		r.step(at)
	}
}

// announce wakes whoever waits for a generation. The caller holds s.mu.
func (s *Server) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Hold stops the clock for all generations: from now on each moves only by
// Advance. Tests use it to stand still in a state.
func (s *Server) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, r := range s.order {
		s.settle(r, now)
	}
	s.held = true
}

// Advance moves a generation on to its next state (queued, dreaming,
// completed), and to failed with a reason where reason is not empty. Errors
// are ErrUnknown and ErrFinal.
func (s *Server) Advance(id, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	if !ok {
		return fmt.Errorf("advancing %q: %w", id, ErrUnknown)
	}
	now := time.Now()
	s.settle(r, now)
	if r.final() {
		return fmt.Errorf("advancing %q: %w", id, ErrFinal)
	}
	if reason != "" {
		r.Doom = reason
	}
	r.step(now)
	s.announce()
	return s.keep(r)
}

// Release lets held generations run by the clock again, from their present
// state.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held {
		return
	}
	s.held = false
	now := time.Now()
	for _, r := range s.order {
		if r.final() {
			continue
		}
		r.Since = now
		if err := s.keep(r); err != nil {
			s.log.Warn("a generation is not kept", "id", r.ID, "error", err)
		}
	}
	s.announce()
}
