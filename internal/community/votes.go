package community

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dreambot/store"
)

// Bounds of counting votes at Discord.
const (
	recountSince = 14 * 24 * time.Hour // how old a prompt can be whose votes are counted anew
	recounted    = 500                 // prompts at once
	countLimit   = 2 * time.Minute     // for one message
	maxUncounted = 3                   // messages in a row after whose failure it is tried later
)

// Star notes a reaction to a result of a job, or to a post: given or taken away.
// An empty member means that all were taken away there. It reports whether the
// message is one that can be voted for. Those of one message must come in the order
// in which they were given.
func (c *Community) Star(ctx context.Context, at store.Spot, guild, member string, given bool) (bool, error) {
	v, err := c.ballot(ctx, at, guild)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v.Member = member
	if counting := c.heard(at.Message); counting != nil {
		if err := counting.take(ctx); err != nil {
			return false, err
		}
		defer counting.leave()
		counting.note(member, given)
	}
	if member == "" {
		_, err = c.Store.SetVotes(ctx, guild, v.Prompt, v.Place, nil)
	} else {
		_, err = c.Store.Vote(ctx, v, given)
	}
	if err != nil {
		return false, fmt.Errorf("note a vote for %s: %w", v.Prompt, err)
	}
	return true, nil
}

// ballot is a vote under a message, but for its member; ErrNotFound where the
// message is none that can be voted for.
func (c *Community) ballot(ctx context.Context, at store.Spot, guild string) (Vote, error) {
	if guild == "" {
		return Vote{}, ErrNotFound
	}
	j, err := c.Jobs.ByMessage(ctx, at.Message)
	switch {
	case err == nil && j.Spot() == at && j.SpotGuild() == guild:
		if j.State != store.StateCompleted || j.Removed || j.Guest {
			return Vote{}, ErrNotFound
		}
		return Vote{Guild: guild, Prompt: j.ID, Place: PlaceResult}, nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return Vote{}, fmt.Errorf("read the job of a message: %w", err)
	}
	p, err := c.Store.ByPost(ctx, at.Message)
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return Vote{}, fmt.Errorf("read the prompt of a post: %w", err)
	case err != nil, p.Guild != guild, p.Post.Spot() != at:
		return Vote{}, ErrNotFound
	}
	return Vote{Guild: guild, Prompt: p.ID, Place: PlacePost}, nil
}

// Missed says that votes may have been given and taken back while nobody listened:
// they are counted anew, soon.
func (c *Community) Missed() { c.wake(task{kind: taskRecount}, c.Now()) }

// Recount makes good the votes that were given and taken back while nobody
// listened, of the prompts whose votes can still change.
func (c *Community) Recount(ctx context.Context) error {
	list, err := c.Store.Voted(ctx, c.Now().Add(-recountSince), recounted)
	if err != nil {
		return fmt.Errorf("read whose votes are to be counted: %w", err)
	}
	return c.count(ctx, list)
}

// countPrompt counts the votes of one prompt.
func (c *Community) countPrompt(ctx context.Context, id string) error {
	p, err := c.Store.Change(ctx, id, func(*Prompt) error { return nil })
	if errors.Is(err, ErrNotFound) || err == nil && p.Withdrawn {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read prompt %q: %w", id, err)
	}
	return c.count(ctx, []Prompt{p})
}

// count counts the votes of prompts, wherever each can be voted for. A message
// that cannot be counted now does not keep the others from it; the error is the
// first one.
func (c *Community) count(ctx context.Context, list []Prompt) (first error) {
	failed := 0
	for _, p := range list {
		for _, place := range []Place{PlaceResult, PlacePost} {
			at := p.at(place)
			if at.IsZero() {
				continue
			}
			err := c.countAt(ctx, p, place, at)
			if err == nil {
				failed = 0
				continue
			}
			if first == nil {
				first = err
			}
			if failed++; failed >= maxUncounted || ctx.Err() != nil {
				return first
			}
		}
	}
	return first
}

// at is the message of a prompt that a place is; the zero one where there is none.
func (p Prompt) at(place Place) store.Spot {
	if place == PlacePost {
		return p.Post.Spot()
	}
	return p.Result
}

// countAt counts the votes under one message. What is heard of them meanwhile is
// newer than what was read, and is put into it. A message that is gone, or that the
// bot does not see, leaves the votes as they are known.
func (c *Community) countAt(ctx context.Context, p Prompt, place Place, at store.Spot) error {
	ctx, cancel := context.WithTimeout(ctx, countLimit)
	defer cancel()
	select {
	case c.counting <- struct{}{}:
		defer func() { <-c.counting }()
	case <-ctx.Done():
		return ctx.Err()
	}
	heard := &changes{turn: make(chan struct{}, 1), given: map[string]bool{}}
	c.listen(at.Message, heard)
	defer c.listen(at.Message, nil)
	members, all, err := c.Poster.Voters(ctx, at)
	if errors.Is(err, ErrRefused) {
		c.Log.Debug("votes that cannot be read are left as they are", "prompt", p.ID, "place", string(place), "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the votes for prompt %s: %w", p.ID, err)
	}
	if err := heard.take(ctx); err != nil {
		return err
	}
	defer heard.leave()
	members = heard.apply(members)
	if all {
		_, err = c.Store.SetVotes(ctx, p.Guild, p.ID, place, members)
	} else { // who is not among them may have voted all the same
		for _, member := range members {
			if _, err = c.Store.Vote(ctx, Vote{p.Guild, p.ID, member, place}, true); err != nil {
				break
			}
		}
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("record the votes for prompt %s: %w", p.ID, err)
	}
	return nil
}

// changes are what is heard of the votes under a message while they are counted.
type changes struct {
	turn    chan struct{}   // holds one, of who reads or writes the rest
	cleared bool            // all were taken away
	given   map[string]bool // since then, by member: given, or taken away
}

// take waits for the turn, which ends with leave.
func (h *changes) take(ctx context.Context) error {
	select {
	case h.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *changes) leave() { <-h.turn }

// note needs the turn, as apply does.
func (h *changes) note(member string, given bool) {
	if member == "" {
		h.cleared = true
		clear(h.given)
		return
	}
	h.given[member] = given
}

// apply returns who votes after the changes.
func (h *changes) apply(members []string) []string {
	var after []string
	for _, member := range members {
		if _, heard := h.given[member]; !heard && !h.cleared {
			after = append(after, member)
		}
	}
	for member, given := range h.given {
		if given {
			after = append(after, member)
		}
	}
	return after
}

// listen has the changes to the votes under a message noted; nil: no longer.
func (c *Community) listen(message string, h *changes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h == nil {
		delete(c.counted, message)
		return
	}
	c.counted[message] = h
}

// heard is where the changes to the votes under a message are noted; nil: they are
// not being counted.
func (c *Community) heard(message string) *changes {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counted[message]
}
