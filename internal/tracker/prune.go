package tracker

import (
	"context"
	"time"
)

// The rhythm in which old jobs are deleted: in steps that hold up no other
// change for long.
const (
	pruneStep   = 500
	pruneBreath = 200 * time.Millisecond // between steps
	pruneFirst  = 10 * time.Second       // after the start, when the bot is at work
	pruneRetry  = time.Minute            // after an error
	pruneEvery  = time.Hour
)

// prune deletes jobs that ended longer ago than Retention, until ctx ends.
func (t *Tracker) prune(ctx context.Context) {
	total := 0
	for wait := pruneFirst; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		n, err := t.Store.Prune(ctx, t.Now().Add(-t.Retention), pruneStep)
		total += n
		t.Metrics.Pruned(n)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.Log.Error("deleting old jobs", "err", err)
			wait = pruneRetry
		case n >= pruneStep:
			wait = pruneBreath
		default:
			if total > 0 {
				t.Log.Info("deleted old jobs", "count", total)
			}
			total, wait = 0, pruneEvery
		}
	}
}
