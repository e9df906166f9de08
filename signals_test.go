package main

import (
	"strings"
	"sync"
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
	ctx := w.context()
	for {
		changed := w.logs.grown()
		if strings.Contains(w.logs.String(), words) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			w.t.Fatalf("the log never says %q", words)
		}
	}
}
