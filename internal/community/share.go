package community

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dreambot/store"
)

// Shareable reports whether a job has a video that can be shared: one that stands
// as a file on its reply, in a server that the bot is in.
func Shareable(j store.Job) bool {
	return j.State == store.StateCompleted && !j.Removed && j.Upload.ID != "" && j.Member != store.Nobody &&
		j.Guild != "" && j.SpotGuild() == j.Guild && !j.Guest && !j.Spot().IsZero()
}

// Share puts a completed job into its server's gallery, as an entry of the contest
// that runs there, and has it posted in the showcase. ErrNotVideo; ErrExists where
// it is there; ErrConflict where it was withdrawn and its post is not gone yet.
func (c *Community) Share(ctx context.Context, j store.Job) (Prompt, error) {
	if !Shareable(j) {
		return Prompt{}, fmt.Errorf("share job %s: %w", j.ID, ErrNotVideo)
	}
	rules, err := c.Settings(ctx, j.Guild)
	if err != nil {
		return Prompt{}, fmt.Errorf("read the rules of server %s: %w", j.Guild, err)
	}
	p := prompt(j, c.Now().UTC())
	if rules.Showcase != "" {
		p.Post = Post{State: PostDue, Channel: rules.Showcase}
	}
	running, err := c.Store.Running(ctx, j.Guild)
	switch {
	case err == nil && !p.SharedAt.Before(running.Starts) && p.SharedAt.Before(running.Ends):
		p.Contest = running.ID
	case err != nil && !errors.Is(err, ErrNotFound):
		return Prompt{}, fmt.Errorf("read the contest of server %s: %w", j.Guild, err)
	}
	if p, err = c.Store.Share(ctx, p); err != nil {
		return Prompt{}, fmt.Errorf("share job %s: %w", j.ID, err)
	}
	// Removed meanwhile, it was not there to be withdrawn yet.
	if now, err := c.Jobs.Get(ctx, j.ID); err == nil && !Shareable(now) {
		return Prompt{}, errors.Join(fmt.Errorf("share job %s: %w", j.ID, ErrNotVideo), c.Withdraw(ctx, j.Guild, j.ID))
	}
	c.wake(task{taskPost, p.ID}, c.Now())
	c.wake(task{taskCount, p.ID}, c.Now()) // votes from before are only as good as what was heard
	return p, nil
}

// prompt is what is shared of a job.
func prompt(j store.Job, at time.Time) Prompt {
	return Prompt{
		ID: j.ID, Guild: j.Guild, Author: j.Member, Text: j.Prompt, Settings: j.Settings,
		Pictures: !j.Image.IsZero() || !j.EndImage.IsZero(), Extends: j.Kind == store.KindExtend,
		Spoiler: j.Spoiler, Remixes: j.Remixes,
		Result: j.Spot(), Video: j.Upload, Length: j.Length(), SharedAt: at,
	}
}

// Withdraw takes a prompt out of the gallery again, and its post. ErrNotFound.
func (c *Community) Withdraw(ctx context.Context, guild, id string) error {
	if _, err := c.Store.Prompt(ctx, guild, id); err != nil {
		return fmt.Errorf("withdraw prompt %q: %w", id, err)
	}
	_, err := c.Store.Change(ctx, id, func(p *Prompt) error {
		p.Withdrawn = true
		return nil
	})
	if err != nil && !errors.Is(err, ErrNotFound) { // by another, a moment ago
		return fmt.Errorf("withdraw prompt %q: %w", id, err)
	}
	c.wake(task{taskPost, id}, c.Now())
	return nil
}
