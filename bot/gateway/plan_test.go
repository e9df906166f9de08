package gateway

import (
	"errors"
	"testing"
	"time"
)

func TestWhatFollowsOnTheEndOfAConnection(t *testing.T) {
	t.Parallel()
	limits := Limits{MinBackoff: time.Second, MaxBackoff: 2 * time.Minute}
	known := &resume{id: "abc", seq: 7}
	up := func(c cause, lived time.Duration) ending {
		return ending{cause: c, greeted: true, ready: true, lived: lived, session: known}
	}
	cut := cause{kind: lost, err: errors.New("cut")}
	for name, tc := range map[string]struct {
		before   planner
		end      ending
		min, max time.Duration // of the wait
		resume   bool
		fatal    int
	}{
		"the first cut is resumed at once":       {end: up(cut, time.Hour), resume: true},
		"op 7 is resumed at once":                {end: up(cause{kind: reconnect}, time.Hour), resume: true},
		"a resumable session is resumed at once": {end: up(cause{kind: maybe}, time.Hour), resume: true},
		"a long life makes up for failures":      {before: planner{failures: 9}, end: up(cut, lasting), resume: true},
		"a short life does not": {before: planner{failures: 3}, end: up(cut, lasting-1), resume: true,
			min: 4 * time.Second, max: 8 * time.Second},
		"an open session waits for seconds, not minutes": {before: planner{failures: 9}, end: up(cut, lasting-1), resume: true,
			min: 5 * time.Second, max: 5 * time.Second},
		"no address": {end: ending{cause: cut}, min: 500 * time.Millisecond, max: time.Second},
		"no address, again": {before: planner{failures: 4}, end: ending{cause: cut},
			min: 8 * time.Second, max: 16 * time.Second},
		"the backoff has a bound": {before: planner{failures: 1 << 30}, end: ending{cause: cut},
			min: time.Minute, max: 2 * time.Minute},
		"no connection says nothing of the session": {before: planner{resume: known, tries: maxTries - 1},
			end: ending{cause: cut, session: known}, resume: true, min: 500 * time.Millisecond, max: time.Second},
		"a resume in vain": {before: planner{resume: known}, end: ending{cause: cut, greeted: true, session: known},
			resume: true, min: 500 * time.Millisecond, max: time.Second},
		"the last resume in vain": {before: planner{resume: known, tries: maxTries - 1},
			end: ending{cause: cut, greeted: true, session: known}, min: 500 * time.Millisecond, max: time.Second},
		"an invalid session": {before: planner{resume: known}, end: ending{cause: cause{kind: invalid}, greeted: true, session: known},
			min: time.Second, max: 5 * time.Second},
		"IDENTIFY without READY": {end: ending{cause: cut, greeted: true, identify: true},
			min: 5 * time.Second, max: 5 * time.Second},
		"IDENTIFY, and soon a session that ended": {
			end: ending{cause: cause{kind: closed, code: 4009}, greeted: true, identify: true, ready: true, lived: 2 * time.Second, session: known},
			min: 3 * time.Second, max: 3 * time.Second},
		"a session that ended":   {end: up(cause{kind: closed, code: 4009}, time.Hour), min: 500 * time.Millisecond, max: time.Second},
		"1000":                   {end: up(cause{kind: closed, code: 1000}, time.Hour), min: 500 * time.Millisecond, max: time.Second},
		"1001":                   {end: up(cause{kind: closed, code: 1001}, time.Hour), min: 500 * time.Millisecond, max: time.Second},
		"4007":                   {end: up(cause{kind: closed, code: 4007}, time.Hour), min: 500 * time.Millisecond, max: time.Second},
		"4000":                   {end: up(cause{kind: closed, code: 4000}, time.Hour), resume: true},
		"4003":                   {end: up(cause{kind: closed, code: 4003}, time.Hour), resume: true},
		"few starts left":        {before: planner{failures: 3}, end: ending{cause: cause{kind: spent}, wait: time.Hour}, min: time.Hour, max: time.Hour},
		"4001":                   {end: up(cause{kind: closed, code: 4001}, time.Hour), resume: true},
		"4002":                   {end: up(cause{kind: closed, code: 4002}, time.Hour), resume: true},
		"4005":                   {end: up(cause{kind: closed, code: 4005}, time.Hour), resume: true},
		"4008":                   {end: up(cause{kind: closed, code: 4008}, time.Hour), resume: true},
		"4011":                   {end: up(cause{kind: closed, code: 4011}, time.Hour), fatal: 4011},
		"4012":                   {end: up(cause{kind: closed, code: 4012}, time.Hour), fatal: 4012},
		"4013":                   {end: up(cause{kind: closed, code: 4013}, time.Hour), fatal: 4013},
		"1006":                   {end: up(cause{kind: closed, code: 1006}, time.Hour), resume: true},
		"4004":                   {end: up(cause{kind: closed, code: 4004}, time.Hour), fatal: 4004},
		"4010":                   {end: up(cause{kind: closed, code: 4010}, time.Hour), fatal: 4010},
		"4014":                   {end: up(cause{kind: closed, code: 4014}, 0), fatal: 4014},
		"the token, over HTTP":   {end: ending{cause: cause{kind: refused}}, fatal: 4004},
		"a code of no cause":     {end: up(cause{kind: lost, code: 4004}, time.Hour), resume: true},
		"a code we do not know":  {end: up(cause{kind: closed, code: 4999}, time.Hour), resume: true},
		"nothing there to go on": {end: ending{cause: cause{kind: reconnect}}, min: 500 * time.Millisecond, max: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 50 { // the waits are random
				p := tc.before
				p.limits = limits
				got := p.after(time.Now(), tc.end)
				if tc.fatal != 0 {
					if got.fatal == nil || got.fatal.Code != tc.fatal {
						t.Fatalf("fatal %v, want %d", got.fatal, tc.fatal)
					}
					continue
				}
				if got.fatal != nil {
					t.Fatalf("fatal: %v", got.fatal)
				}
				if got.wait < tc.min || got.wait > tc.max {
					t.Fatalf("wait %s, want %s to %s", got.wait, tc.min, tc.max)
				}
				if (p.resume != nil) != tc.resume {
					t.Fatalf("resume %v, want %v", p.resume, tc.resume)
				}
			}
		})
	}
}

// Whatever becomes of the sessions, no day has a thousand IDENTIFYs.
func TestIdentifiesStayWithinTheDaysThousandWhateverHappens(t *testing.T) {
	t.Parallel()
	const day, days = 24 * time.Hour, 3
	gone := cause{kind: closed, code: 4009}
	died := func(c cause, lived time.Duration) ending {
		return ending{cause: c, greeted: true, identify: true, ready: lived > 0, lived: lived}
	}
	for name, end := range map[string]func(i int) ending{
		"every session dies at once":         func(int) ending { return died(gone, 1) },
		"no session comes up":                func(int) ending { return died(cause{kind: lost}, 0) },
		"every session is invalid":           func(int) ending { return died(cause{kind: invalid}, 0) },
		"every session dies after a while":   func(int) ending { return died(gone, lasting-time.Second) },
		"every session dies after enough":    func(int) ending { return died(gone, lasting) },
		"each second one lives for a while":  func(i int) ending { return died(gone, time.Duration(i%2)*lasting+1) },
		"each fifth one lives for a while":   func(i int) ending { return died(gone, max(1, time.Duration(i%5-3)*lasting)) },
		"no session can be taken up again":   func(int) ending { e := died(cause{kind: reconnect}, 1); e.session = &resume{id: "a"}; return e },
		"each comes up once and is lost":     func(i int) ending { return died(gone, time.Duration(i%7)*30*time.Second+1) },
		"a network that comes and goes fast": func(i int) ending { return died(cause{kind: lost}, time.Duration(i%3)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planner{limits: New(Config{}).c.Limits}
			begin := time.Unix(0, 0)
			now := begin
			var identifies []time.Time
			for i := 0; now.Sub(begin) < days*day; i++ {
				var e ending
				if p.resume == nil {
					e = end(i)
					identifies = append(identifies, now)
				} else { // which is in vain
					e = ending{cause: cause{kind: lost}, greeted: true, session: p.resume}
				}
				now = now.Add(e.lived)
				now = now.Add(p.after(now, e).wait)
			}
			first := 0
			for last, at := range identifies {
				for at.Sub(identifies[first]) >= day {
					first++
				}
				if n := last - first + 1; n > 900 {
					t.Fatalf("%d IDENTIFYs within a day", n)
				}
			}
			if len(identifies) < 100*days {
				t.Errorf("%d IDENTIFYs in %d days: it hardly tries", len(identifies), days)
			}
		})
	}
}

func TestAnOperatorsFewRestartsOfTheNetworkAreNotPaced(t *testing.T) {
	t.Parallel()
	p := planner{limits: New(Config{}).c.Limits}
	now := time.Unix(0, 0)
	for i := range identifyBurst - 1 {
		e := ending{cause: cause{kind: closed, code: 4009}, greeted: true, identify: true, ready: true, lived: lasting}
		now = now.Add(e.lived)
		if n := p.after(now, e); n.wait > time.Second {
			t.Fatalf("the wait after session %d is %s", i, n.wait)
		}
	}
}

func TestFewSessionStartsAreDividedOverWhatIsLeftOfTheDay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body   string
		waited bool
		wait   time.Duration // -1: none
		left   int
	}{
		"many":                   {`{"session_start_limit":{"total":1000,"remaining":999,"reset_after":14400000}}`, false, -1, 0},
		"as many as the reserve": {`{"session_start_limit":{"remaining":100,"reset_after":14400000}}`, false, -1, 0},
		"one less":               {`{"session_start_limit":{"remaining":99,"reset_after":36000000}}`, false, 6 * time.Minute, 99},
		"one less, after a wait": {`{"session_start_limit":{"remaining":99,"reset_after":36000000}}`, true, -1, 0},
		"one":                    {`{"session_start_limit":{"remaining":1,"reset_after":36000000}}`, false, 5 * time.Hour, 1},
		"one, after a wait":      {`{"session_start_limit":{"remaining":1,"reset_after":36000000}}`, true, -1, 0},
		"none":                   {`{"session_start_limit":{"remaining":0,"reset_after":36000000}}`, false, 10 * time.Hour, 0},
		"none, after a wait":     {`{"session_start_limit":{"remaining":0,"reset_after":36000000}}`, true, 10 * time.Hour, 0},
		"less than none":         {`{"session_start_limit":{"remaining":-5,"reset_after":3600000}}`, true, time.Hour, 0},
		"a reset that is far":    {`{"session_start_limit":{"remaining":0,"reset_after":9223372036854775807}}`, false, maxReset, 0},
		"a reset that is past":   {`{"session_start_limit":{"remaining":0,"reset_after":0}}`, false, -1, 0},
		"not told":               {`{"url":"wss://gateway.discord.gg"}`, false, -1, 0},
		"null":                   {`{"session_start_limit":null}`, false, -1, 0},
		"no JSON":                {`<html>`, false, -1, 0},
	} {
		got := startsLeft([]byte(tc.body), tc.waited)
		switch {
		case tc.wait < 0 && got != nil:
			t.Errorf("%s: waits %s", name, got.wait)
		case tc.wait >= 0 && (got == nil || *got != fewStarts{tc.left, tc.wait}):
			t.Errorf("%s: got %+v, want %d left and %s", name, got, tc.left, tc.wait)
		}
	}
}

func TestTheBackoffDoublesToItsBoundAndIsRandom(t *testing.T) {
	t.Parallel()
	p := planner{limits: New(Config{}).c.Limits}
	for _, failures := range []int{0, 1, 2, 3, 6, 7, 20, 1000} {
		p.failures = failures
		most := min(p.limits.MinBackoff<<min(failures, 20), p.limits.MaxBackoff)
		seen := map[time.Duration]bool{}
		for range 100 {
			d := p.backoff()
			if d < most/2 || d > most {
				t.Errorf("after %d failures: %s, want %s to %s", failures, d, most/2, most)
			}
			seen[d] = true
		}
		if len(seen) < 50 {
			t.Errorf("after %d failures: %d different waits of 100", failures, len(seen))
		}
	}
}

func TestEveryCauseHasWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range []cause{{}, {kind: lost, err: errors.New("cut")}, {kind: refused}, {kind: spent, err: &fewStarts{}}, {kind: closed, code: 4000}, {kind: reconnect}, {kind: invalid}, {kind: maybe}} {
		text := c.String()
		if text == "" || seen[text] {
			t.Errorf("%+v: %q", c, text)
		}
		seen[text] = true
	}
}
