package community

import (
	"context"
	"errors"
	"fmt"

	"dreambot/store"
)

// Forget forgets a member, everywhere and to the end. store.ErrConflict, and
// nothing is done, while a job of theirs is not final. After ErrUnderway it goes on
// by itself, through a restart too.
func (c *Community) Forget(ctx context.Context, member string) error {
	if err := c.Store.Mark(ctx, member); err != nil {
		return fmt.Errorf("note who is to be forgotten: %w", err)
	}
	err := c.forget(ctx, member)
	if errors.Is(err, store.ErrConflict) {
		return errors.Join(err, c.Store.Unmark(context.WithoutCancel(ctx), member))
	}
	if err != nil {
		c.wake(task{taskForget, member}, c.Now())
		return fmt.Errorf("%w: %w", ErrUnderway, err)
	}
	return nil
}

// forget takes a marked member out of everything. Their name goes from the cards
// of jobs, and posts of theirs go as those of any prompt that was withdrawn.
func (c *Community) forget(ctx context.Context, member string) error {
	if err := c.Jobs.Forget(ctx, member); err != nil {
		return fmt.Errorf("forget a member's jobs: %w", err)
	}
	if c.Cards != nil {
		if err := c.Cards.Redraw(ctx); err != nil {
			return err
		}
	}
	if err := c.Store.Forget(ctx, member); err != nil {
		return fmt.Errorf("forget what a member has shared: %w", err)
	}
	if err := c.wakePosts(ctx, c.Now()); err != nil {
		return err
	}
	if err := c.Store.Unmark(ctx, member); err != nil {
		return fmt.Errorf("note that a member is forgotten: %w", err)
	}
	return nil
}
