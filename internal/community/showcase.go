package community

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// wakePosts has all posts looked at that are due.
func (c *Community) wakePosts(ctx context.Context, at time.Time) error {
	due, err := c.Store.Due(ctx)
	if err != nil {
		return fmt.Errorf("read posts that are due: %w", err)
	}
	for _, p := range due {
		c.wake(task{taskPost, p.ID}, at)
	}
	return nil
}

// show has the showcase show a prompt as it is stored. That a post is about to be
// sent is stored before.
func (c *Community) show(ctx context.Context, id string) (time.Time, error) {
	at := c.Now().UTC()
	p, err := c.Store.Change(ctx, id, func(p *Prompt) error {
		if p.Post.State == PostDue && !p.Withdrawn && p.Post.TriedAt.IsZero() {
			p.Post.TriedAt = at
		}
		return nil
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return time.Time{}, nil // withdrawn, and nothing is left of it
	case err != nil:
		return time.Time{}, fmt.Errorf("read prompt %q: %w", id, err)
	case p.Withdrawn:
		return time.Time{}, c.unpost(ctx, p)
	case p.Post.State == PostDue:
		return c.post(ctx, p)
	}
	return time.Time{}, nil
}

// post sends the post of a prompt. Discord's no is final: the prompt stays in the
// gallery, with its result.
func (c *Community) post(ctx context.Context, p Prompt) (time.Time, error) {
	rules, err := c.Settings(ctx, p.Guild)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the rules of server %s: %w", p.Guild, err)
	}
	next := p.Post
	at, video, err := c.Poster.Post(ctx, p, rules)
	switch {
	case ctx.Err() != nil:
		return time.Time{}, ctx.Err()
	case c.final(err, p.Post.TriedAt):
		c.Log.Warn("a shared prompt is not shown in the showcase", "prompt", p.ID, "guild", p.Guild, "channel", p.Post.Channel, "err", err)
		next.State = PostNone
	case err != nil:
		return time.Time{}, fmt.Errorf("post prompt %s: %w", p.ID, err)
	default:
		next.State, next.Channel, next.Message, next.Video = PostMade, at.Channel, at.Message, video
	}
	after, err := c.Store.Change(ctx, p.ID, func(now *Prompt) error {
		if now.Post.State == PostDue {
			now.Post = next
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return time.Time{}, fmt.Errorf("record the post of prompt %s: %w", p.ID, err)
	}
	if after.Withdrawn {
		return c.Now(), nil // meanwhile
	}
	return time.Time{}, nil
}

// unpost takes the post of a withdrawn prompt away, wherever it may stand. Where
// Discord does not let it be deleted, it is left.
func (c *Community) unpost(ctx context.Context, p Prompt) error {
	if p.Post.Message != "" || !p.Post.TriedAt.IsZero() {
		err := c.Poster.Unpost(ctx, p)
		if errors.Is(err, ErrRefused) {
			c.Log.Warn("the post of a withdrawn prompt is left", "prompt", p.ID, "guild", p.Guild, "channel", p.Post.Channel, "err", err)
		} else if err != nil {
			return fmt.Errorf("take the post of prompt %s away: %w", p.ID, err)
		}
	}
	_, err := c.Store.Change(ctx, p.ID, func(now *Prompt) error {
		now.Post.State, now.Post.Message = PostGone, ""
		return nil
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("record that the post of prompt %s is gone: %w", p.ID, err)
	}
	return nil
}
