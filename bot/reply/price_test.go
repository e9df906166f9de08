package reply_test

import (
	"strings"
	"testing"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/internal/money"
	"dreambot/store"
)

// priced is a dear job.
func priced(state store.State, failure store.Failure) store.Job {
	j := job(store.KindDream, state)
	j.Price, j.Priced, j.Failure = 1_200_000, true, failure
	return j
}

// A price is said from the first reply on, and at the end where it was, or may have
// been, paid.
func TestACardSaysWhatItCosts(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		p := c.For(locale)
		args := i18n.Args{"Price": "$1.20"}
		before, after, perhaps := p.Say("card.costs", args), p.Say("card.cost", args), p.Say("card.cost.perhaps", args)
		for _, state := range store.States() {
			failures := []store.Failure{""}
			if state == store.StateFailed {
				failures = store.Failures()
			}
			for _, failure := range failures {
				j := priced(state, failure)
				card := reply.Card(p, j, reply.ScreenUpload)
				name := strings.TrimSuffix(strings.Join([]string{"price", string(state), string(failure)}, "-"), "-")
				if failure == "" || failure == store.FailureTimedOut || failure == store.FailureGeneration {
					golden(t, name+"-"+locale, card)
				}
				checkMessage(t, card)
				head, small, _ := strings.Cut(texts(t, card), "> a paper")
				if got := strings.Contains(head, before); got == state.Final() {
					t.Errorf("%s: before its end it says so: %v", name, got)
				}
				if got, want := strings.Contains(small, " · "+after), state == store.StateCompleted; got != want {
					t.Errorf("%s: at its end it says so: %v: %s", name, got, small)
				}
				if got, want := strings.Contains(small, perhaps), failure.MayCost(); got != want {
					t.Errorf("%s: that it may have cost it says: %v: %s", name, got, small)
				}
				for _, silent := range []func(*store.Job){func(j *store.Job) { j.Priced = false }, func(j *store.Job) { j.Price = 0 }} {
					j := j
					silent(&j)
					if text := texts(t, reply.Card(p, j, reply.ScreenUpload)); strings.Contains(text, "$") {
						t.Errorf("%s: %s", name, text)
					}
				}
			}
		}
		// A line that stands still says it, too.
		j := priced(store.StateWaiting, "")
		j.Hold = store.HoldUnreachable
		if text := texts(t, reply.Card(p, j, reply.ScreenUpload)); !strings.Contains(text, before) {
			t.Errorf("held: %s", text)
		}
	}
}

func TestAmountsAreWrittenToTheCent(t *testing.T) {
	p := catalog(t).For("en-US")
	for amount, want := range map[money.Amount]string{
		1: "$0.000001", 5_400: "$0.0054", 10_000: "$0.01", 62_500: "$0.0625", 60_000: "$0.06", 99_999: "$0.099999", 100_000: "$0.10",
		104_999: "$0.10", 105_000: "$0.11", 300_000: "$0.30", 999_999: "$1.00", 1_000_000: "$1.00", 1_200_000: "$1.20", 12_345_678: "$12.35",
		123_456_789_000_000: "$123456789.00",
	} {
		j := priced(store.StateWaiting, "")
		j.Price = amount
		if text := texts(t, reply.Card(p, j, reply.ScreenUpload)); !strings.Contains(text, "about "+want+".") {
			t.Errorf("%d is written in %q, want %q", amount, text, want)
		}
	}
	m := reply.Usage(p, reply.UsagePage{Balance: reply.Balance{Shown: true, Known: true, Amount: -1_500_000}})
	if text := texts(t, m); !strings.Contains(text, "-$1.50") {
		t.Errorf("a debt: %s", text)
	}
}

// What the dialect does not take together is said in words for both.
func TestEveryTraitHasWords(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		seen := map[string]string{}
		for _, trait := range []string{"image", "end_image", "loop", "aspect_ratio", "long", "extension", "backward"} {
			m := reply.Notice(c.For(locale), "refusal.conflict", i18n.Args{"One": reply.Trait(trait), "Other": reply.Trait("loop")})
			golden(t, "conflict-"+trait+"-"+locale, m)
			text := texts(t, m)
			if other := seen[text]; other != "" || strings.Contains(text, "trait.") || strings.Contains(text, "<no value>") {
				t.Errorf("%s in %s reads as %s does: %s", trait, locale, other, text)
			}
			seen[text] = trait
		}
	}
}
