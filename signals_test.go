package main

import (
	"context"
	"strings"
	"sync"

	"dreambot/internal/sandbox/discord"
)

// counter counts what happens on other goroutines; its zero value counts too.
type counter struct {
	mu      sync.Mutex
	n, goal int
	reached chan struct{}
}

// newCounter returns a counter that can be waited for until it has come to n.
func newCounter(n int) *counter { return &counter{goal: n, reached: make(chan struct{})} }

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n++; c.n == c.goal {
		close(c.reached)
	}
}

func (c *counter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func (c *counter) wait(w *world) {
	w.t.Helper()
	select {
	case <-c.reached:
	case <-w.context().Done():
		w.t.Fatalf("it came to %d of %d", c.count(), c.goal)
	}
}

// logged waits until the bot's log holds the words.
func (w *world) logged(words string) {
	w.t.Helper()
	w.counted(words, 1)
}

// counted is logged for words that come n times.
func (w *world) counted(words string, n int) {
	w.t.Helper()
	ctx := w.context()
	for {
		changed := w.logs.grown()
		said := strings.Count(w.logs.String(), words)
		if said >= n {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			w.t.Fatalf("the log says %q %d times, not %d", words, said, n)
		}
	}
}

// endings knows how cards came to their end.
type endings struct {
	mu    sync.Mutex
	heard map[string]chan string // by message; holds the word of its end when there is one
}

// of gives the word of the card's end, once.
func (e *endings) of(id string) chan string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heard[id] == nil {
		e.heard[id] = make(chan string, 1)
	}
	return e.heard[id]
}

func (e *endings) forget(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.heard, id)
}

// watches listens for cards that come to their end, from now on. Server.Wait
// would look at all messages for each of them.
func (w *world) watches() *endings {
	e := &endings{heard: map[string]chan string{}}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	events := w.box.Discord.Subscribe(ctx, w.box.Discord.State().Seq)
	group.Go(func() {
		for ev := range events {
			if ev.Type != discord.EventMessageUpdate {
				continue
			}
			if how := end(*ev.Message); how != "" {
				select {
				case e.of(ev.Message.ID) <- how:
				default: // it was told already
				}
			}
		}
	})
	w.t.Cleanup(func() { cancel(); group.Wait() })
	return e
}
