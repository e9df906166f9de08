package tracker_test

import (
	"context"
	"fmt"
	"testing"

	"dreambot/internal/tracker"
)

// crowd is how many wait in the benchmarks of a long line: what MaxLine is where
// nothing is said.
const crowd = 10_000

// crowds are the forms of a long line: who the nth of it is.
func crowds() map[string]func(n int) (guild, member string) {
	return map[string]func(int) (string, string){
		"one member":        func(int) (string, string) { return "1", "3" },
		"100 servers of 10": func(n int) (string, string) { return fmt.Sprint(n % 100), fmt.Sprint(n % 1000) },
		"members of one":    func(n int) (string, string) { return "1", fmt.Sprint(n) },
		"outside":           func(n int) (string, string) { return "", fmt.Sprint(n) },
	}
}

// crowded is a world in which a crowd waits, without a disk, that sends nothing.
func crowded(b *testing.B, who func(int) (guild, member string)) *world {
	b.Helper()
	w := worldWith(b, newMemory(), 1)
	w.with(func(c *tracker.Config) { c.MaxLine = 2 * crowd })
	for n := range crowd {
		j := job(n)
		j.Guild, j.Member = who(n)
		j, err := w.Submit(context.Background(), j)
		if err != nil {
			b.Fatal(err)
		}
		w.answered(j)
	}
	return w
}

// BenchmarkSubmit10000 is one that comes to 10,000 who wait, is answered, and
// goes again.
func BenchmarkSubmit10000(b *testing.B) {
	for name, who := range crowds() {
		b.Run(name, func(b *testing.B) {
			w := crowded(b, who)
			ctx, n := b.Context(), crowd
			for b.Loop() {
				n++
				j := job(n)
				j.Guild, j.Member = who(n)
				j, err := w.Submit(ctx, j)
				if err != nil {
					b.Fatal(err)
				}
				w.answered(j)
				if err := w.Cancel(ctx, j.ID, "m"); err != nil {
					b.Fatal(err)
				}
				w.store.(*memory).drop(j.ID)
			}
		})
	}
}

// BenchmarkLabels10000 reckons the places of 10,000 who wait, all of which are
// to be shown anew.
func BenchmarkLabels10000(b *testing.B) {
	for name, who := range crowds() {
		b.Run(name, func(b *testing.B) {
			w := crowded(b, who)
			w.StandStill()
			for b.Loop() {
				if n := w.Labels(); n != crowd {
					b.Fatalf("%d of %d are to be shown anew", n, crowd)
				}
			}
		})
	}
}
