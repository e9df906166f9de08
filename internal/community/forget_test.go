package community_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

func TestForgettingIsDoneToTheEnd(t *testing.T) {
	var own, other community.Prompt
	steps(t, func(t *testing.T, w *world) {
		own, other = w.posted(1, "400"), w.posted(2, "401")
		w.star(other.Result, "100", "400", true, true)
		w.star(own.Result, "100", "401", true, true)
	}, func(t *testing.T, w *world) {
		if err := w.now.Forget(t.Context(), "400"); err != nil && !errors.Is(err, community.ErrUnderway) {
			t.Errorf("it ends with %v", err)
		}
	}, func(t *testing.T, w *world) {
		if err := w.shared.Each(t.Context(), "400", func(what any) error { t.Errorf("there is %+v", what); return nil }); err != nil {
			t.Error(err)
		}
		if err := w.jobs.Each(t.Context(), "400", func(j store.Job) error { t.Errorf("there is job %s", j.ID); return nil }); err != nil {
			t.Error(err)
		}
		if now, _ := w.discord.standing(own.ID); now != 0 {
			t.Error("a post of theirs stands")
		}
		if now, _ := w.discord.standing(other.ID); now != 1 {
			t.Error("a post of another's is gone")
		}
		w.votes(other.ID, 0)
		if w.discord.redrawn == 0 {
			t.Error("their name stands on their cards")
		}
	})
}

// Nothing is done while a job of theirs runs, nor afterwards.
func TestWhoHasAnUnfinishedJobIsNotForgotten(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		p := w.share(1, "400")
		err := w.jobs.Create(t.Context(), store.Job{ID: "d0job000000000000002", Kind: store.KindDream, Prompt: "x", Guild: "100", Channel: "200", Member: "400", CreatedAt: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.now.Forget(t.Context(), "400"); !errors.Is(err, store.ErrConflict) || errors.Is(err, community.ErrUnderway) {
			t.Errorf("it ends with %v", err)
		}
		w.done()
		if w.prompt(p.ID).Author != "400" {
			t.Error("it is forgotten")
		}
	})
}

// Who waits for the answer no longer does not end it.
func TestForgettingOutlastsItsCaller(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		p := w.share(1, "400")
		ctx, cancel := context.WithCancel(t.Context())
		w.discord.voters[p.Result.Message] = nil
		if err := w.shared.Mark(t.Context(), "400"); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := w.now.Forget(ctx, "400"); err == nil {
			t.Error("it takes no time")
		}
		w.restart(0, -1)
		w.done()
		if _, err := w.shared.Prompt(t.Context(), "100", p.ID); !errors.Is(err, community.ErrNotFound) {
			t.Errorf("its prompt: %v", err)
		}
	})
}
