package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
)

func TestThreeHundredAtOnceAreAllAnsweredInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("300 interactions at once")
	}
	w := open(t, discord.Limits{})
	w.spec.pause() // 300 times the same
	w.environ["LOG_LEVEL"] = "warn"
	w.start()
	const many = 300
	var group sync.WaitGroup
	took := make([]time.Duration, many)
	for n := range many {
		group.Go(func() {
			o, err := w.box.Discord.Invoke(w.context(), discord.Invocation{User: []string{ada, ben}[n%2], Channel: dreams,
				Command: "dream", Options: []discord.GivenValue{given("prompt", fmt.Sprint("one of many: ", n))}})
			if err != nil || o.Kind != discord.OutcomeMessage {
				t.Errorf("%d: %s, %v", n, o.Kind, err)
			}
			took[n] = o.Took
		})
	}
	group.Wait()
	var longest time.Duration
	for _, d := range took {
		longest = max(longest, d)
	}
	t.Logf("the slowest of %d was answered after %v", many, longest)
	// Discord's limit, which the stand-in holds: an answer after it is void.
	if longest > 3*time.Second {
		t.Errorf("the slowest was answered after %v", longest)
	}
	w.box.Luma.Release() // no waiting in any state: all of them come to their end
	completed := map[string]bool{}
	if _, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
		if strings.Contains(says(&m), "Completed") {
			completed[m.ID] = true
		}
		return len(completed) == many
	}); err != nil {
		t.Fatalf("%d of %d are completed: %v", len(completed), many, err)
	}
	if got := len(w.box.Luma.Generations()); got != many {
		t.Errorf("%d were paid for", got)
	}
}

// BenchmarkAcknowledge is from a person's act to the bot's answer: over the
// gateway, stored with its sync to disk, and back by REST. Its Outcome.Took is
// the stand-in's measure, so ns/op is for all at once.
func BenchmarkAcknowledge(b *testing.B) {
	for _, many := range []int{1, 300} {
		b.Run(fmt.Sprint(many, " at once"), func(b *testing.B) {
			w := open(b, discord.Limits{})
			w.spec.pause()
			w.environ["LOG_LEVEL"] = "error"
			w.start()
			var mu sync.Mutex
			var took []time.Duration
			for b.Loop() {
				var group sync.WaitGroup
				for n := range many {
					group.Go(func() {
						o, err := w.box.Discord.Invoke(b.Context(), discord.Invocation{User: []string{ada, ben}[n%2],
							Channel: dreams, Command: "dream", Options: []discord.GivenValue{given("prompt", "a boat")}})
						if err != nil || o.Kind != discord.OutcomeMessage {
							b.Errorf("%s, %v", o.Kind, err)
						}
						mu.Lock()
						defer mu.Unlock()
						took = append(took, o.Took)
					})
				}
				group.Wait()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "ms-slowest")
		})
	}
}
