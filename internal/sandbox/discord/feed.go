package discord

import (
	"context"
	"maps"
	"slices"
)

const (
	maxBehind = 1000 // events that a subscriber may fall behind
	maxFeed   = 2000 // events that are kept for those who come later
)

// feed is the events, and who follows them.
type feed struct {
	last        int64
	events      []Event // the newest, their Seq rising by one up to last
	subscribers map[*subscriber]bool
	changed     chan struct{} // closed, and replaced, when the bot comes or goes
}

type subscriber struct {
	out  chan Event
	stop func() bool // unties it from its context
}

func newFeed() feed {
	return feed{subscribers: map[*subscriber]bool{}, changed: make(chan struct{})}
}

// publish gives an event its number and hands it to everybody. mu is held.
func (s *Server) publish(e Event) {
	f := &s.feed
	f.last++
	e.Seq, e.Online = f.last, s.hub.online()
	f.events = newest(append(f.events, e), maxFeed)
	for sub := range f.subscribers {
		select {
		case sub.out <- e.clone():
		default:
			s.unsubscribe(sub)
		}
	}
}

// newest lets go of the first of a list that has one too many. What is left is
// not moved: that would cost as much as the list is long, each time.
func newest[T any](list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	var none T
	list[0] = none
	return list[1:]
}

// unsubscribe ends a subscription, if it has not ended yet. mu is held.
func (s *Server) unsubscribe(sub *subscriber) {
	if !s.feed.subscribers[sub] {
		return
	}
	delete(s.feed.subscribers, sub)
	close(sub.out)
	if sub.stop() {
		s.work.Done()
	}
}

// endSubscriptions ends all of them. mu is held.
func (s *Server) endSubscriptions() {
	for sub := range s.feed.subscribers {
		s.unsubscribe(sub)
	}
}

// Subscribe returns the events after seq, as they come, until ctx ends; then
// the channel is closed. A subscriber that falls 1,000 events behind is cut
// off the same way, and asks State anew.
func (s *Server) Subscribe(ctx context.Context, seq int64) <-chan Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &s.feed
	first := f.last - int64(len(f.events)) // seq before the oldest that is kept
	missed := f.last - seq
	if s.closed || seq < first || seq > f.last || missed > maxBehind || ctx.Err() != nil {
		gone := make(chan Event)
		close(gone)
		return gone
	}
	sub := &subscriber{out: make(chan Event, maxBehind)}
	for _, e := range f.events {
		if e.Seq > seq {
			sub.out <- e.clone() // fits: no more than maxBehind were missed
		}
	}
	f.subscribers[sub] = true
	s.work.Add(1)
	sub.stop = context.AfterFunc(ctx, func() {
		defer s.work.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unsubscribe(sub)
	})
	return sub.out
}

// Wait returns the first message of any channel, present or to come, for
// which accept holds, or ctx's error.
func (s *Server) Wait(ctx context.Context, accept func(Message) bool) (Message, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		s.mu.Lock()
		seq, closed := s.feed.last, s.closed
		present := []Message{}
		for _, m := range s.history.all("", s.limits.History) {
			present = append(present, s.view(m))
		}
		s.mu.Unlock()
		if closed {
			return Message{}, errClosed
		}
		for _, m := range present {
			if accept(m) {
				return m, nil
			}
		}
		for e := range s.Subscribe(ctx, seq) {
			if (e.Type == EventMessageCreate || e.Type == EventMessageUpdate) && accept(*e.Message) {
				return *e.Message, nil
			}
		}
		if err := ctx.Err(); err != nil {
			return Message{}, err
		}
		// Cut off for being too slow: look at everything anew.
	}
}

// WaitOnline returns when a gateway session of the bot is ready, or ctx's error.
func (s *Server) WaitOnline(ctx context.Context) error {
	for {
		s.mu.Lock()
		online, changed, closed := s.hub.online(), s.feed.changed, s.closed
		s.mu.Unlock()
		if closed {
			return errClosed
		}
		if online {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.stop.Done():
		}
	}
}

// clone copies an event as deep as a reader could change it.
func (e Event) clone() Event {
	e.Message = e.Message.clone()
	e.Commands = cloneCommands(e.Commands)
	e.Guilds = slices.Clone(e.Guilds)
	for i := range e.Guilds {
		e.Guilds[i].Channels = slices.Clone(e.Guilds[i].Channels)
		e.Guilds[i].Gone = slices.Clone(e.Guilds[i].Gone)
		e.Guilds[i].Roles = cloneRoles(e.Guilds[i].Roles)
		e.Guilds[i].Permissions = maps.Clone(e.Guilds[i].Permissions)
	}
	e.Uninstalled = slices.Clone(e.Uninstalled)
	if e.Outcome != nil {
		o := *e.Outcome
		o.Message = o.Message.clone()
		e.Outcome = &o
	}
	return e
}

func (m *Message) clone() *Message {
	if m == nil {
		return nil
	}
	c := *m
	c.Edited = clonePtr(m.Edited)
	c.Attachments = slices.Clone(m.Attachments)
	c.Components = cloneComponents(m.Components)
	c.Mentions = slices.Clone(m.Mentions)
	c.Reactions = cloneReactions(m.Reactions)
	return &c
}
