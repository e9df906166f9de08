package main

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

// The short run is for every change; the long one is
//
//	go test -run Soak -soak 1000000 -timeout 6h .
var soak = flag.Int("soak", 9000, "how many interactions, jobs and edits the soak makes, in all")

// MiB is 1,048,576 bytes.
const MiB = 1 << 20

// The heap does not grow with what the bot has done: after the first third of a
// soak it has all that it keeps.
func TestSoakMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of dreams")
	}
	w := openAs(t, sandbox.Config{Limits: discord.Limits{History: 1000, Interactions: 1000, ReactionWindow: time.Millisecond}})
	w.box.Luma.Release()
	w.spec.pause()
	w.calls.pause()
	w.environ["LOG_LEVEL"] = "error"
	w.environ["LUMA_CONCURRENCY"] = "500"
	b := w.runs()
	w.online()
	const (
		steps = 3
		crowd = 200
		each  = 3 // an interaction, a job, and its edit to the end at least
	)
	seen := w.watches()
	var heaps, routines [steps]int64
	for step := range steps {
		var group sync.WaitGroup
		var left atomic.Int64
		left.Store(int64(*soak / each / steps))
		for n := range crowd {
			group.Go(func() {
				for left.Add(-1) >= 0 && !t.Failed() {
					w.soakOne(seen, []string{ada, ben, omar}[n%3], []string{dreams, general}[n%2])
				}
			})
		}
		group.Wait()
		if t.Failed() {
			return
		}
		heaps[step], routines[step] = b.ask("heap")
	}
	jobs := *soak / each
	t.Logf("%d dreams; heap after each third of them: %.1f, %.1f, %.1f MiB; goroutines %v",
		jobs, float64(heaps[0])/MiB, float64(heaps[1])/MiB, float64(heaps[2])/MiB, routines)
	if grown := heaps[steps-1] - heaps[0]; grown > 4*MiB {
		t.Errorf("the heap grew by %.1f MiB over %d dreams", float64(grown)/MiB, jobs-jobs/steps)
	}
	// Two for each idle connection, of which the pools keep some hundred.
	if routines[steps-1] > 400 {
		t.Errorf("goroutines: %v", routines)
	}
}

// soakOne has a dream come to its end.
func (w *world) soakOne(seen *endings, user, channel string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	o, err := w.box.Discord.Invoke(ctx, discord.Invocation{User: user, Channel: channel, Command: "dream",
		Options: []discord.GivenValue{given("prompt", "one of very many")}})
	if err != nil || o.Kind != discord.OutcomeMessage {
		w.t.Errorf("%s, %v", o.Kind, err)
		return
	}
	select {
	case how := <-seen.of(o.Message.ID):
		if how != "Completed" {
			w.t.Errorf("message %s says %s", o.Message.ID, how)
		}
		seen.forget(o.Message.ID)
	case <-ctx.Done():
		w.t.Errorf("message %s never says Completed", o.Message.ID)
	}
}

// Fifty videos of 10 MiB at once are passed on without ever being held in
// memory.
func TestFiftyUploadsAtOnceStayWithin64MiB(t *testing.T) {
	if testing.Short() {
		t.Skip("moves a GiB")
	}
	const many, size = 50, 10 * MiB
	w := open(t, discord.Limits{})
	w.spec.pause()
	w.calls.pause()
	w.box.Luma.SetClipSize(size)
	w.environ["LUMA_CONCURRENCY"] = fmt.Sprint(many)
	w.environ["LOG_LEVEL"] = "warn"
	w.environ["DREAMBOT_TEST_MEMORY"] = "watch"
	b := w.runs()
	w.online()
	var cards []discord.Message
	for n := range many {
		prompt := fmt.Sprint("large number ", n)
		m := w.replies([]string{ada, ben}[n%2], []string{dreams, general}[n%2], "dream", given("prompt", prompt))
		w.paid(prompt)
		cards = append(cards, m)
	}
	for _, m := range cards {
		w.shows(m.ID, "Luma has it")
	}
	b.ask("heap")
	b.ask("highest") // forget the start
	b.ask("heap")
	idle, _ := b.ask("highest")
	w.box.Luma.Release()
	for _, m := range cards {
		done := w.shows(m.ID, "Completed")
		if _, video := media(done); video == nil || len(done.Attachments) != 1 || done.Attachments[0].Size != size {
			t.Fatalf("the video was not uploaded:\n%s\n%+v", says(&done), done.Attachments)
		}
	}
	highest, _ := b.ask("highest")
	t.Logf("idle %.1f MiB, at most %.1f MiB while %d MiB were passed on", float64(idle)/MiB, float64(highest)/MiB, many*size/MiB)
	if idle == 0 || highest-idle > 64*MiB {
		t.Errorf("from %.1f to %.1f MiB", float64(idle)/MiB, float64(highest)/MiB)
	}
}
