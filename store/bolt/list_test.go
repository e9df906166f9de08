package bolt

import (
	"context"
	"errors"
	"testing"

	"dreambot/store"
)

// countdown is a context that ends when it was asked so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestALongListEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, id := range []string{"a", "b", "c"} {
		j := job(id)
		j.Root = "a"
		if err := s.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	for name, list := range map[string]func(context.Context) error{
		"Story": func(ctx context.Context) error { _, err := s.Story(ctx, "a"); return err },
		"Open":  func(ctx context.Context) error { _, err := s.Open(ctx); return err },
		"List": func(ctx context.Context) error {
			_, err := s.List(ctx, store.Query{Channel: "20"})
			return err
		},
	} {
		if err := list(&countdown{t.Context(), 2}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
}
