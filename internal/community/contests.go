package community

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Bounds of a contest's end.
const (
	// lastCount is how long it is waited for Discord to tell the votes, from the end
	// of a contest; then it is judged by what is known.
	lastCount = time.Hour
	// lastCountLimit is how long one count may take.
	lastCountLimit = 5 * time.Minute
)

// StartContest begins a contest; ErrExists while one runs there.
func (c *Community) StartContest(ctx context.Context, contest Contest) error {
	contest.State = ContestRunning
	if err := c.Store.StartContest(ctx, contest); err != nil {
		return fmt.Errorf("start a contest in server %s: %w", contest.Guild, err)
	}
	c.wake(task{taskContest, contest.ID}, contest.Ends)
	return nil
}

// Opened notes the message that tells everybody of a contest.
func (c *Community) Opened(ctx context.Context, id, message string) error {
	_, err := c.Store.ChangeContest(ctx, id, func(now *Contest) error {
		now.Message = message
		return nil
	})
	if err != nil {
		return fmt.Errorf("record the message of contest %s: %w", id, err)
	}
	return nil
}

// StopContest ends the contest of a server now; its winners are announced.
// ErrNotFound where none runs.
func (c *Community) StopContest(ctx context.Context, guild string) (Contest, error) {
	contest, err := c.Store.Running(ctx, guild)
	if err == nil {
		at := c.Now().UTC()
		contest, err = c.Store.ChangeContest(ctx, contest.ID, func(now *Contest) error {
			if now.State != ContestRunning {
				return ErrNotFound
			}
			if now.Ends.After(at) {
				now.Ends = at
			}
			return nil
		})
	}
	if err != nil {
		return Contest{}, fmt.Errorf("stop the contest of server %s: %w", guild, err)
	}
	c.wake(task{taskContest, contest.ID}, c.Now())
	return contest, nil
}

// contest brings a contest on as far as it goes now.
func (c *Community) contest(ctx context.Context, id string) (time.Time, error) {
	contest, err := c.Store.Contest(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read contest %q: %w", id, err)
	}
	switch {
	case contest.State == ContestRunning && c.Now().Before(contest.Ends):
		return contest.Ends, nil
	case contest.State == ContestRunning:
		err = c.judge(ctx, contest)
	case contest.State == ContestOver:
		return time.Time{}, c.announce(ctx, contest)
	default:
		return time.Time{}, nil
	}
	return c.Now(), err
}

// judge ends a contest: its winners are stored.
func (c *Community) judge(ctx context.Context, contest Contest) error {
	entries, _, err := c.Store.Entries(ctx, contest.ID, recounted)
	if err != nil {
		return fmt.Errorf("read the entries of contest %s: %w", contest.ID, err)
	}
	counting, cancel := context.WithTimeout(ctx, lastCountLimit)
	defer cancel()
	if err := c.count(counting, entries); err != nil {
		if ctx.Err() != nil || c.Now().Before(contest.Ends.Add(lastCount)) {
			return fmt.Errorf("count the votes of contest %s: %w", contest.ID, err)
		}
		c.Log.Warn("a contest is judged by the votes that are known; Discord could not be asked", "contest", contest.ID, "guild", contest.Guild, "err", err)
	}
	best, n, err := c.Store.Entries(ctx, contest.ID, MaxWinners)
	if err != nil {
		return fmt.Errorf("read the best of contest %s: %w", contest.ID, err)
	}
	_, err = c.Store.ChangeContest(ctx, contest.ID, func(now *Contest) error {
		if now.State != ContestRunning {
			return nil // by another, a moment ago
		}
		now.State, now.Entries, now.Winners = ContestOver, n, winners(best)
		return nil
	})
	if err != nil {
		return fmt.Errorf("end contest %s: %w", contest.ID, err)
	}
	return nil
}

// winners are those of a contest's best entries that somebody has voted for.
func winners(best []Prompt) []Winner {
	var list []Winner
	for _, p := range best {
		if p.Votes > 0 {
			list = append(list, Winner{Prompt: p.ID, Author: p.Author, Text: p.Text, Votes: p.Votes, Result: p.Result})
		}
	}
	return list
}

// announce tells of a contest that is over. That the announcement is about to be
// sent is stored before; Discord's no to it is final.
func (c *Community) announce(ctx context.Context, contest Contest) error {
	at := c.Now().UTC()
	contest, err := c.Store.ChangeContest(ctx, contest.ID, func(now *Contest) error {
		if now.TriedAt.IsZero() {
			now.TriedAt = at
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record that contest %s is to be announced: %w", contest.ID, err)
	}
	message, err := c.Poster.Announce(ctx, contest)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case c.final(err, contest.TriedAt):
		c.Log.Warn("the winners of a contest are not announced", "contest", contest.ID, "guild", contest.Guild, "channel", contest.Channel, "err", err)
		message = ""
	case err != nil:
		return fmt.Errorf("announce contest %s: %w", contest.ID, err)
	}
	_, err = c.Store.ChangeContest(ctx, contest.ID, func(now *Contest) error {
		now.State, now.Announced = ContestClosed, message
		return nil
	})
	if err != nil {
		return fmt.Errorf("close contest %s: %w", contest.ID, err)
	}
	return nil
}
