package commands_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"dreambot/commands"
)

func TestAMemberWhoDoesTooMuchIsToldWhenToComeBack(t *testing.T) {
	f := setUp(t).with(func(c *commands.Config) { c.PerMinute = 20 })
	dream := func(w where) error {
		_, err := f.do(t, commands.KindCommand, w, command("dream", option("prompt", `"a boat"`)))
		return err
	}
	for n := range 20 {
		if err := dream(home); err != nil {
			t.Fatalf("number %d of a minute: %v", n+1, err)
		}
	}
	var r *commands.Refusal
	if err := dream(home); !errors.As(err, &r) || r.Key != "refusal.pace" {
		t.Fatalf("number 21: %v", err)
	}
	again, ok := r.Args["Time"].(time.Time)
	if wait := again.Sub(f.now); !ok || wait <= 0 || wait > 3*time.Second {
		t.Errorf("they may come back after %v, want within the three seconds of a twentieth of a minute", wait)
	}
	if len(f.line.got) != 20 {
		t.Errorf("%d jobs were submitted", len(f.line.got))
	}
	if err := dream(where{"100", "200", "401"}); err != nil {
		t.Errorf("another member: %v", err)
	}
	if _, err := f.do(t, commands.KindComponent, home, `{"custom_id":"1:extend:`+id(1)+`","component_type":2}`); !errors.As(err, &r) || r.Key != "refusal.pace" {
		t.Errorf("a button: %v", err)
	}
	if _, err := f.do(t, commands.KindComplete, home, `{"name":"extend","options":[{"name":"video","value":"x","focused":true}]}`); err != nil {
		t.Errorf("a completion: %v", err)
	}
	f.now = again
	if err := dream(home); err != nil {
		t.Errorf("at the time that was said: %v", err)
	}
	if err := dream(home); !errors.As(err, &r) || r.Key != "refusal.pace" {
		t.Errorf("and one more at once: %v", err)
	}
	f.now = again.Add(time.Minute)
	for n := range 20 {
		if err := dream(home); err != nil {
			t.Fatalf("number %d of a later minute: %v", n+1, err)
		}
	}
}

// A crowd of members does not fill the memory, nor does it lock anybody out.
func TestThePaceOfManyMembersIsBounded(t *testing.T) {
	p := commands.NewPace(20)
	now := time.Unix(1_800_000_000, 0)
	for n := range 1_000_000 {
		if _, ok := p.Take(fmt.Sprint(n), now.Add(time.Duration(n)*time.Millisecond)); !ok {
			t.Fatalf("member %d is refused the first time", n)
		}
		if p.Len() > commands.MaxPaced {
			t.Fatalf("%d members are kept", p.Len())
		}
	}
}
