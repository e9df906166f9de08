package community

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
)

// Bounds of trying again.
const (
	maxTries = 100         // failures in a row before it is tried once an hour
	maxWait  = time.Minute // between two of them
	// patience is how long it is tried to send a post or an announcement, from the
	// first time on. What comes a day late is no longer waited for.
	patience = 24 * time.Hour
)

// taskKind is what a task does.
type taskKind string

// The kinds of tasks, each with what its id is of.
const (
	taskPost    taskKind = "post"    // a prompt: the showcase shows what is stored
	taskContest taskKind = "contest" // a contest: it ends, and its winners are announced
	taskForget  taskKind = "forget"  // a member: forgotten to the end
	taskCount   taskKind = "count"   // a prompt: its votes are counted at Discord
	taskRecount taskKind = "recount" // nothing: those of all whose votes can still change
)

// task is a piece of work. It says what is to be looked at, and not what is to be
// done: that is in the store.
type task struct {
	kind taskKind
	id   string
}

func (t task) key() string { return string(t.kind) + " " + t.id }

// LogValue implements slog.LogValuer: it leaves out who is to be forgotten.
func (t task) LogValue() slog.Value {
	if t.kind == taskForget {
		return slog.StringValue(string(t.kind))
	}
	return slog.StringValue(t.key())
}

func taskOf(key string) task {
	kind, id, _ := strings.Cut(key, " ")
	return task{taskKind(kind), id}
}

// wake has a task done at a time.
func (c *Community) wake(t task, at time.Time) {
	if t.kind == taskPost {
		c.posts.At(t.id, at)
		return
	}
	c.tasks.At(t.key(), at)
}

// attempt does a task once. It returns when it is to be done again.
func (c *Community) attempt(ctx context.Context, t task) (again time.Time) {
	defer func() {
		if r := recover(); r != nil {
			c.Log.Error("a task panicked", "task", t, "panic", r, "stack", string(debug.Stack()))
			again = c.later(t)
		}
	}()
	again, err := c.do(ctx, t)
	switch {
	case ctx.Err() != nil:
		return time.Time{}
	case err != nil:
		c.Log.Warn("what is shared could not be brought up to date yet", "task", t, "err", err)
		return c.later(t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tries, t.key())
	return again
}

// do returns when there is more to be done; the zero time where there is not.
func (c *Community) do(ctx context.Context, t task) (time.Time, error) {
	switch t.kind {
	case taskPost:
		return c.show(ctx, t.id)
	case taskContest:
		return c.contest(ctx, t.id)
	case taskForget:
		return time.Time{}, c.forget(ctx, t.id)
	case taskCount:
		return time.Time{}, c.countPrompt(ctx, t.id)
	case taskRecount:
		return time.Time{}, c.Recount(ctx)
	}
	return time.Time{}, fmt.Errorf("there is no task %q", t.kind)
}

// later counts a failure and says when to try again.
func (c *Community) later(t task) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries[t.key()]++
	n := c.tries[t.key()]
	if n >= maxTries {
		c.Log.Error("what is shared cannot be brought up to date for long; trying once an hour", "task", t, "tries", n)
		return c.Now().Add(time.Hour)
	}
	return c.Now().Add(min(time.Second<<min(n-1, 10), maxWait))
}

// final reports whether an error ends the tries of what was first tried at a time.
func (c *Community) final(err error, tried time.Time) bool {
	return errors.Is(err, ErrRefused) || err != nil && c.Now().Sub(tried) > patience
}
