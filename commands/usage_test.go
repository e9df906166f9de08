package commands_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/commands"
	"dreambot/internal/money"
	"dreambot/store"
)

// used is what /usage says to somebody.
func (f *fixture) used(t *testing.T, w where, permissions string) string {
	t.Helper()
	a, err := f.handle(t, payloadBy(commands.KindCommand, w, permissions, command("usage", "")))
	if err != nil {
		t.Fatal(err)
	}
	return says(t, a.Notice)
}

// Each reads what their own videos cost, and moderators what all do, with the day
// of the prices, where that is known. What failed costs nothing.
func TestUsageSaysWhatItCost(t *testing.T) {
	f := speaking(t, able)
	job := func(n int, member string, price money.Amount) store.Job {
		return store.Job{ID: id(n), Guild: "100", Channel: "200", Member: member, Prompt: "x", Price: price}
	}
	f.put(t, job(1, "400", 125*money.Cent), store.StateCompleted)
	f.put(t, job(2, "400", 10*money.Cent), store.StateDreaming)
	f.put(t, job(3, "400", 700*money.Cent), store.StateFailed)
	f.put(t, job(4, "401", 30*money.Cent), store.StateCompleted)
	f.put(t, job(5, "402", 0), store.StateCompleted)
	for name, c := range map[string]struct {
		member, permissions string
		has, hasNot         []string
	}{
		"a member":               {"400", "0", []string{"$1.35", "2026-06-30"}, []string{"$1.65"}},
		"another":                {"401", "0", []string{"$0.30", "2026-06-30"}, []string{"$1.35", "$1.65"}},
		"whose cost is unknown":  {"402", "0", nil, []string{"$", "2026-06-30"}},
		"who has begun nothing":  {"403", "0", nil, []string{"$", "2026-06-30"}},
		"a moderator":            {"400", fmt.Sprint(mayManage), []string{"$1.35", "$1.65", "2026-06-30"}, nil},
		"a moderator, by others": {"402", fmt.Sprint(mayManage), []string{"$1.65", "2026-06-30"}, []string{"$1.35"}},
	} {
		text := f.used(t, where{"100", "200", c.member}, c.permissions)
		for _, want := range c.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s is not said: %s", name, want, text)
			}
		}
		for _, not := range c.hasNot {
			if strings.Contains(text, not) {
				t.Errorf("%s: %s is said: %s", name, not, text)
			}
		}
	}
	f.with(func(c *commands.Config) { c.Capabilities.Prices.AsOf = "" })
	if text := f.used(t, home, "0"); !strings.Contains(text, "$1.35") || strings.Contains(text, "2026-06-30") {
		t.Errorf("prices of no day: %s", text)
	}
}

// The balance is told to who may manage the server, where the dialect tells it, and
// to nobody else; the question is not even put for others.
func TestWhoSeesTheBalance(t *testing.T) {
	for name, c := range map[string]struct {
		permissions string
		by          where
		can         bool
		account     bool
		fails       error
		says        string // a key of the catalog; empty: nothing
	}{
		"who manages the server":   {manageServer, home, true, true, nil, "usage.balance"},
		"an administrator":         {"8", home, true, true, nil, "usage.balance"},
		"nobody knows it":          {manageServer, home, true, true, errors.New("no route"), "usage.balance.unknown"},
		"who manages messages":     {fmt.Sprint(mayManage), home, true, true, nil, ""},
		"a member":                 {"0", home, true, true, nil, ""},
		"the dialect has none":     {manageServer, home, false, true, nil, ""},
		"there is nobody to ask":   {manageServer, home, true, false, nil, ""},
		"outside of servers":       {manageServer, dm, true, true, nil, ""},
		"a member, and it is down": {"0", home, true, true, errors.New("no route"), ""},
	} {
		asked := 0
		f := speaking(t, able).with(func(set *commands.Config) {
			set.Capabilities.Balance = c.can
			if c.account {
				set.Account = account(func(context.Context) (money.Amount, error) { asked++; return 1234 * money.Cent, c.fails })
			}
		})
		text := f.used(t, c.by, c.permissions)
		p := f.set.Catalog.For("zh-CN")
		for _, key := range []string{"usage.balance", "usage.balance.unknown"} {
			want, _, _ := strings.Cut(p.Say(key, map[string]any{"Balance": "$12.34"}), "\n")
			if got := strings.Contains(text, want); got != (key == c.says) {
				t.Errorf("%s: it says %s: %v: %s", name, key, got, text)
			}
		}
		if (asked > 0) != (c.says != "") {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}

// An account that does not answer keeps nobody waiting, whose answer is due.
func TestTheBalanceIsNotWaitedFor(t *testing.T) {
	f := speaking(t, able).with(func(c *commands.Config) {
		c.Account = account(func(ctx context.Context) (money.Amount, error) { <-ctx.Done(); return 0, ctx.Err() })
	})
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		text := f.used(t, home, manageServer)
		if took := time.Since(began); took != 1500*time.Millisecond || !strings.Contains(text, f.set.Catalog.For("zh-CN").Say("usage.balance.unknown")) {
			t.Errorf("after %v: %s", took, text)
		}
	})
}
