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
				got := p.after(tc.end)
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

func TestIdentifiesStayWithinTheDaysThousandWhateverHappens(t *testing.T) {
	t.Parallel()
	for name, lived := range map[string]time.Duration{"at once": 0, "after a while": lasting - time.Second, "after long enough": lasting} {
		p := planner{limits: New(Config{}).c.Limits}
		n := 0
		for day := time.Duration(0); day < 24*time.Hour; n++ {
			e := ending{cause: cause{kind: closed, code: 4009}, greeted: true, identify: true, ready: lived > 0, lived: lived, session: &resume{id: "a"}}
			day += lived + p.after(e).wait
		}
		if n > 1000 {
			t.Errorf("%s: %d a day", name, n)
		}
	}
}

func TestEveryCauseHasWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range []cause{{}, {kind: lost, err: errors.New("cut")}, {kind: refused}, {kind: closed, code: 4000}, {kind: reconnect}, {kind: invalid}, {kind: maybe}} {
		text := c.String()
		if text == "" || seen[text] {
			t.Errorf("%+v: %q", c, text)
		}
		seen[text] = true
	}
}
