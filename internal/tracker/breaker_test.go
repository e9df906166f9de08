package tracker

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

func newBreaker() *breaker {
	return &breaker{poll: 3 * time.Second, spread: func(d time.Duration) time.Duration { return d }}
}

// play feeds a breaker: "paid", "query" and "ping" with a word, or "+" and how
// much later it is. It returns what the operator was told.
func play(t *testing.T, b *breaker, now *time.Time, script string) (told []string) {
	t.Helper()
	words := map[string]word{"ok": accepted, "declined": declined, "trouble": troubled, "key": keyRefused,
		"balance": balanceEmpty, "forbidden": forbidden, "nothing": noWord}
	names := map[cause]string{outage: "outage", badKey: "key", noBalance: "balance", shutOut: "shut out"}
	for _, step := range strings.Split(script, ",") {
		step = strings.TrimSpace(step)
		if later, ok := strings.CutPrefix(step, "+"); ok {
			d, err := time.ParseDuration(later)
			if err != nil {
				t.Fatal(err)
			}
			*now = now.Add(d)
			continue
		}
		call, said, _ := strings.Cut(step, " ")
		w, ok := words[said]
		if !ok {
			t.Fatalf("no such word: %q", step)
		}
		var n notice
		switch call {
		case "paid":
			if !b.admits(*now) {
				t.Fatalf("at %q no paid call is let through", step)
			}
			n = b.paid(*now, b.begin(), w)
		case "query":
			n = b.queried(*now, w)
		case "ping":
			if !b.asks(*now) {
				t.Fatalf("at %q nothing is asked", step)
			}
			n = b.pinged(*now, w)
		default:
			t.Fatalf("no such call: %q", step)
		}
		if n.cause != noCause {
			told = append(told, names[n.cause])
		}
		if n.over {
			told = append(told, "over")
		}
	}
	return told
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	const (
		out     = "paid trouble, paid trouble, paid trouble"
		none    = store.HoldNone
		unreach = store.HoldUnreachable
		account = store.HoldAccount
	)
	for name, c := range map[string]struct {
		script string
		admits bool
		hold   store.Hold
		told   string
	}{
		"at first":                             {"paid ok", true, none, ""},
		"two paid calls fail":                  {"paid trouble, paid trouble", true, none, ""},
		"three paid calls fail":                {out, false, unreach, "outage"},
		"three, but not in a row":              {"paid trouble, paid trouble, paid ok, paid trouble, paid trouble", true, none, ""},
		"three, with queries that work":        {"paid trouble, query ok, paid trouble, query ok, paid trouble", false, unreach, "outage"},
		"a refusal of a request ends a row":    {"paid trouble, paid trouble, paid declined, paid trouble, paid trouble", true, none, ""},
		"too many requests are no failure":     {"paid nothing, paid nothing, paid nothing, query nothing, query nothing, query nothing", true, none, ""},
		"nor do they end a row":                {"paid trouble, paid trouble, paid nothing, paid trouble", false, unreach, "outage"},
		"four queries fail":                    {"query trouble, query trouble, query trouble, query trouble", true, none, ""},
		"five of any kind fail":                {"query trouble, paid trouble, query trouble, paid trouble, query trouble", false, unreach, "outage"},
		"five, but not in a row":               {"query trouble, query trouble, query trouble, query ok, query trouble, query trouble", true, none, ""},
		"a ping fails":                         {out + ", +15s, ping trouble", false, unreach, "outage"},
		"pings come ever later":                {out + ", +15s, ping trouble, +30s, ping trouble, +1m, ping trouble, +2m, ping trouble, +4m, ping trouble, +5m, ping trouble, +5m, ping trouble", false, unreach, "outage"},
		"a ping succeeds":                      {out + ", +15s, ping ok", true, none, "outage"},
		"a ping is put off":                    {out + ", +15s, ping nothing, +15s, ping ok", true, none, "outage"},
		"a query succeeds at once":             {out + ", query ok", false, unreach, "outage"},
		"a query counts as the ping":           {out + ", +15s, ping trouble, +16s, query ok", true, none, "outage"},
		"a paid call succeeds":                 {out + ", +15s, ping ok, paid ok, paid ok", true, none, "outage over"},
		"a paid call is refused for itself":    {out + ", +15s, ping ok, paid declined", true, none, "outage over"},
		"a paid call was limited":              {out + ", +15s, ping ok, paid nothing", true, none, "outage"},
		"a trial fails":                        {out + ", +15s, ping ok, paid trouble", false, unreach, "outage"},
		"the card does not flicker":            {out + ", +15s, ping ok, paid trouble, +30s, ping ok", true, unreach, "outage"},
		"after a trial a query must wait":      {out + ", +15s, ping ok, paid trouble, +29s, query ok", false, unreach, "outage"},
		"and has waited":                       {out + ", +15s, ping ok, paid trouble, +15s, query ok, +15s, query ok, paid ok", true, none, "outage over"},
		"queries fail while half open":         {out + ", +15s, ping ok, query trouble, query trouble, query trouble, query trouble, query trouble", false, unreach, "outage"},
		"two outages are told twice":           {out + ", +15s, ping ok, paid ok," + out, false, unreach, "outage over outage"},
		"the key is refused":                   {"paid key", false, account, "key"},
		"the key is refused for long":          {"paid key, +1m, ping key, +2m, ping key, +4m, ping key, +8m, ping key, +10m, ping key", false, account, "key"},
		"the key works again":                  {"paid key, +1m, ping key, +2m, ping ok, paid ok", true, none, "key over"},
		"a query shows that the key works":     {"paid key, +1m, query ok", true, none, "key"},
		"the key does for queries alone":       {"paid key, +1m, ping ok, paid key, +2m, ping ok, paid key, +4m, ping ok", true, account, "key"},
		"a query says the key is refused":      {"query key", false, none, ""},
		"a ping says so too":                   {"query key, ping key, query key, query key", false, account, "key"},
		"a ping refutes it":                    {"query key, ping ok, paid ok, query key, +59s, query key, paid ok", true, none, ""},
		"it is refuted for a minute":           {"query key, ping ok, paid ok, +1m, query key", false, none, ""},
		"a ping finds an outage":               {"query key, ping trouble", false, unreach, "outage"},
		"a ping finds a firewall":              {"query key, ping forbidden", false, account, "shut out"},
		"the key is refused in an outage":      {out + ", +15s, ping key", false, account, "outage key"},
		"a firewall holds up the ping":         {out + ", +15s, ping forbidden", false, unreach, "outage"},
		"an outage while the key is refused":   {"paid key, +1m, ping trouble, +2m, ping key", false, account, "key"},
		"no outage hides that":                 {"paid key, query trouble, query trouble, query trouble, query trouble, query trouble", false, account, "key"},
		"and then a trial fails":               {"paid key, +1m, ping ok, paid trouble", false, unreach, "key outage"},
		"the balance is empty":                 {"paid balance, +59s", false, account, "balance"},
		"a query does not show that it is not": {"paid balance, +59s, query ok", false, account, "balance"},
		"the balance is tried":                 {"paid balance, +1m", true, account, "balance"},
		"the balance is empty for long":        {"paid balance, +1m, paid balance, +2m, paid balance, +4m, paid balance, +8m, paid balance, +10m, paid balance, +10m, paid balance", false, account, "balance"},
		"the balance does again":               {"paid balance, +1m, paid balance, +2m, paid ok", true, none, "balance over"},
		"a refused request says nothing of it": {"paid balance, +1m, paid declined", true, account, "balance"},
		"a trial of the balance fails":         {"paid balance, +1m, paid trouble", false, account, "balance"},
		"queries fail during such a trial":     {"paid balance, +1m, paid declined, query trouble, query trouble, query trouble, query trouble, query trouble", true, account, "balance"},
		"a ping says the balance is empty":     {out + ", +15s, ping balance", false, account, "outage balance"},
		"a query says the balance is empty":    {"query balance", false, none, ""},
		"a ping says that too":                 {"query balance, ping balance", false, account, "balance"},
		"a ping cannot refute that":            {"query balance, ping ok", true, none, ""},
		"a paid call says so too":              {"query balance, ping ok, paid balance", false, account, "balance"},
		"a paid call refutes it":               {"query balance, ping ok, paid ok, query balance, query balance, paid ok", true, none, ""},
		"or finds an outage":                   {"query balance, ping ok, paid trouble", false, unreach, "outage"},
		"one request is forbidden":             {"paid forbidden, query forbidden, query forbidden, query forbidden", true, none, ""},
		"two, and one goes through":            {"paid forbidden, paid forbidden, paid ok, paid forbidden, paid forbidden", true, none, ""},
		"three in a row are forbidden":         {"paid forbidden, paid forbidden, paid forbidden", false, account, "shut out"},
		"the firewall stays":                   {"paid forbidden, paid forbidden, paid forbidden, +1m, ping forbidden, +2m, ping ok, paid forbidden", false, account, "shut out"},
		"the firewall opens":                   {"paid forbidden, paid forbidden, paid forbidden, +1m, ping ok, paid ok", true, none, "shut out over"},
		"one while half open":                  {out + ", +15s, ping ok, paid forbidden", true, none, "outage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, now := newBreaker(), t0
			told := strings.Join(play(t, b, &now, c.script), " ")
			if got := b.admits(now); got != c.admits {
				t.Errorf("it lets paid calls through: %v, want %v", got, c.admits)
			}
			if got := b.hold(); got != c.hold {
				t.Errorf("hold is %q, want %q", got, c.hold)
			}
			if told != c.told {
				t.Errorf("told %q, want %q", told, c.told)
			}
			if at, ok := b.wakes(); !c.admits && (!ok || at.After(now.Add(maxAccountWait))) {
				t.Errorf("it is looked at again: %v, %v from now", ok, at.Sub(now))
			}
		})
	}
}

// Half open, one paid call is let through at a time, those included that began
// before it opened.
func TestBreakerLetsOnePaidCallThroughAtATime(t *testing.T) {
	t.Parallel()
	b, now := newBreaker(), t0
	slow := b.begin()
	play(t, b, &now, "paid trouble, paid trouble, paid trouble, +15s, ping ok")
	if b.admits(now) {
		t.Error("another is let through beside one that is under way")
	}
	b.paid(now, slow, troubled)
	if !b.admits(now) {
		t.Error("what began before the outage was found decides the trial")
	}
	trial := b.begin()
	if b.admits(now) {
		t.Error("two trials at once")
	}
	if n := b.paid(now, trial, accepted); !n.over || !b.admits(now) || b.under != 0 {
		t.Errorf("after a success: %+v, %+v", n, b)
	}
}

// Whatever is said in whatever order, the breaker comes to let paid calls
// through once all is well, and waits no longer than its bounds.
func FuzzBreaker(f *testing.F) {
	f.Add([]byte{0x00, 0x13, 0x26, 0x31, 0x44, 0x55})
	f.Add([]byte("outage, key, balance"))
	f.Fuzz(func(t *testing.T, script []byte) {
		b, now := newBreaker(), t0
		var under []int
		step := func(call, w byte) {
			switch call % 4 {
			case 0:
				if b.admits(now) {
					under = append(under, b.begin())
				}
			case 1:
				if len(under) > 0 {
					b.paid(now, under[0], word(w%7))
					under = under[1:]
				}
			case 2:
				b.queried(now, word(w%7))
			case 3:
				if b.asks(now) {
					b.pinged(now, word(w%7))
				}
			}
			if b.under != len(under) {
				t.Fatalf("%d calls are under way, it says %d", len(under), b.under)
			}
			if at, ok := b.wakes(); ok && at.After(now.Add(maxAccountWait)) {
				t.Fatalf("it waits for %v", at.Sub(now))
			}
			if (b.hold() != store.HoldNone) && b.gate == gateClosed {
				t.Fatal("held while it lets all through")
			}
		}
		for _, s := range script {
			step(s, s>>2)
			now = now.Add(time.Duration(s) * 100 * time.Millisecond)
		}
		for range len(under) {
			step(1, byte(accepted))
		}
		for range 4 {
			now = now.Add(maxAccountWait)
			step(3, byte(accepted))
			step(0, 0)
			step(1, byte(accepted))
		}
		if b.gate != gateClosed || b.hold() != store.HoldNone {
			t.Errorf("all is well, and it is %+v", b)
		}
	})
}

func TestWordOf(t *testing.T) {
	t.Parallel()
	call := func(status int, kind error) error { return &luma.Error{Op: "create", Status: status, Kind: kind} }
	for name, c := range map[string]struct {
		err  error
		want word
	}{
		"no error":               {nil, accepted},
		"never connected":        {call(0, luma.ErrUnavailable), troubled},
		"a 5xx":                  {call(502, luma.ErrUnavailable), troubled},
		"uncertain":              {uncertain(luma.ErrUnavailable), troubled},
		"wrapped":                {fmt.Errorf("call: %w", call(503, luma.ErrUnavailable)), troubled},
		"a 401":                  {call(401, luma.ErrUnauthorized), keyRefused},
		"no balance":             {call(403, luma.ErrInsufficientQuota), balanceEmpty},
		"a firewall":             {call(403, luma.ErrForbidden), forbidden},
		"a refused request":      {call(400, luma.ErrInvalidRequest), declined},
		"no such generation":     {call(404, luma.ErrNotFound), declined},
		"refused before it went": {call(0, luma.ErrInvalidRequest), noWord},
		"too many requests":      {limited(time.Second), noWord},
		"an odd error":           {errors.New("odd"), noWord},
	} {
		if got := wordOf(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
