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
	// Film is what Clip names where it is made of a picture; nil: it is drawn.
	Film *film `json:"film,omitempty"`
	Gone bool  `json:"gone,omitempty"` // it was deleted
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

// catchUp brings a record to the state that the clock has for it.
func (c clock) catchUp(r *record, now time.Time) {
	for {
		at, moving := c.next(*r)
		if !moving || now.Before(at) {
			return
		}
		r.step(at)
	}
}

// move has a record step on, gives back what a failed one has cost, and calls
// back. The caller holds s.mu.
func (s *Server) move(r *record, at time.Time) {
	r.step(at)
	if r.State == stateFailed {
		s.account.balance += price
	}
	s.callBack(r)
}

// settle brings a record to the state that the clock has for it. As long as
// the clock is Config's nothing is written down: the next start comes to the
// same state from the same times. The caller holds s.mu.
func (s *Server) settle(r *record, now time.Time) {
	if s.held {
		return
	}
	before := r.State
	for {
		at, moving := s.clock.next(*r)
		if !moving || now.Before(at) {
			break
		}
		s.move(r, at)
	}
	if s.paced && r.State != before {
		s.keepOrWarn(r)
	}
}

// maxPace is the longest that a state may be set to last.
const maxPace = 10 * time.Minute

// SetPace says how long a generation stays queued and dreaming, from 0 to 10
// minutes each. It holds for those under way too, from the beginning of the
// state that they are in, and until the next start.
func (s *Server) SetPace(queued, dreaming time.Duration) error {
	if min(queued, dreaming) < 0 || max(queued, dreaming) > maxPace {
		return fmt.Errorf("a generation can be queued and dreaming for 0 to %v each, not for %v and %v", maxPace, queued, dreaming)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// What is past stays past, at the next start too.
	now := time.Now()
	for _, r := range s.order {
		s.settle(r, now)
		if !s.paced {
			s.keepOrWarn(r)
		}
	}
	s.clock, s.paced = clock{queued, dreaming}, true
	s.announce()
	return nil
}

// Pace returns how long a generation stays queued and dreaming.
func (s *Server) Pace() (queued, dreaming time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock.queued, s.clock.dreaming
}

// Held reports whether the clock is stopped.
func (s *Server) Held() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
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
	s.move(r, now)
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
		s.keepOrWarn(r)
	}
	s.announce()
}
