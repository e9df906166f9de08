package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"dreambot/commands"
)

func TestTheProfileOfAMember(t *testing.T) {
	f := setUp(t)
	for n := range 30 { // more than a page of the store's
		p := f.share(t, f.video(t, n, bob, fmt.Sprintf("boat no %d.", n)))
		f.vote(t, p, map[int]int{0: 3, 12: 2, 29: 1}[n])
	}
	f.share(t, f.video(t, 50, where{"101", "210", "401"}, "boat elsewhere"))
	p := f.set.Catalog.For("zh-CN")
	for name, c := range map[string]struct {
		by      where
		options string
		want    []string
	}{
		"one's own": {bob, "", []string{"<@401>", "boat no 0.", "boat no 12.", "boat no 29.", "🌟 3", "🌟 2", "🌟 1",
			p.Say("profile.dreams", map[string]any{"Count": 30}), p.Say("profile.shared", map[string]any{"Count": 30}), p.Say("profile.votes", map[string]any{"Count": 6})}},
		"another's":   {ada, `{"name":"member","type":6,"value":"401"}`, []string{"<@401>", "boat no 0.", p.Say("profile.votes", map[string]any{"Count": 6})}},
		"nothing yet": {ada, "", []string{"<@400>", p.Say("profile.shared", map[string]any{"Count": 0}), p.Say("profile.none")}},
	} {
		a, err := f.do(t, commands.KindCommand, c.by, command("profile", c.options))
		if err != nil || a.Notice == nil {
			t.Fatalf("%s: %+v, %v", name, a, err)
		}
		text := says(t, a.Notice)
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q: %s", name, want, text)
			}
		}
		if strings.Contains(text, "elsewhere") || strings.Contains(text, "boat no 1.") {
			t.Errorf("%s: it says too much: %s", name, text)
		}
	}
}
