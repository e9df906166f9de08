package commands_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/store"
)

// press presses a button of a job as somebody with these permissions.
func (f *fixture) press(t *testing.T, w where, permissions string, verb reply.Verb, job string) (commands.Answer, error) {
	t.Helper()
	data := payloadBy(commands.KindComponent, w, permissions, button(reply.Action{Verb: verb, Job: job}.CustomID()))
	return f.handle(t, on(data, "900", reply.FlagEphemeral))
}

// on has a press be on a message with these flags.
func on(payload []byte, message string, flags int) []byte {
	return []byte(strings.Replace(string(payload), `"id":"500"`, fmt.Sprintf(`"id":"500","message":{"id":%q,"flags":%d}`, message, flags), 1))
}

func TestWhoMayCancelAndDelete(t *testing.T) {
	stranger, mine := where{"100", "200", "401"}, home
	for name, c := range map[string]struct {
		where       where
		permissions string
		may         bool
	}{
		"who asked":                          {mine, "0", true},
		"who asked, from direct messages":    {where{"", "250", "400"}, "0", true},
		"anybody else":                       {stranger, "0", false},
		"anybody else, with other rights":    {stranger, "2147601472", false},
		"Manage Messages":                    {stranger, "8192", true},
		"Administrator":                      {stranger, "8", true},
		"rights that cannot be read":         {stranger, "all of them", false},
		"rights beyond 64 bits":              {stranger, "99999999999999999999999", false},
		"Manage Messages, elsewhere":         {where{"100", "201", "401"}, "8192", false},
		"Manage Messages, in another server": {where{"101", "200", "401"}, "8192", false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []reply.Verb{reply.ActionCancel, reply.ActionDelete, reply.ActionRemove} {
				f := setUp(t)
				state := store.StateCompleted
				if verb == reply.ActionCancel {
					state = store.StateWaiting
				}
				j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "x"}, state)
				a, err := f.press(t, c.where, c.permissions, verb, j.ID)
				if (err == nil) != c.may {
					t.Errorf("%s: %v", verb, err)
				}
				var want []string
				if c.may && verb != reply.ActionDelete { // which only asks
					want = []string{string(verb) + " " + j.ID}
					if verb == reply.ActionCancel {
						want[0] += "900" // the message that the button is on
					}
				}
				if !slices.Equal(f.line.acts, want) {
					t.Errorf("%s: did %q, want %q", verb, f.line.acts, want)
				}
				if c.may && (a.Deferred != (verb == reply.ActionCancel) || (a.Notice != nil) == a.Deferred || a.Replace != (verb == reply.ActionRemove)) {
					t.Errorf("%s: answered by %+v", verb, a)
				}
			}
		})
	}
}

func TestTooLateToCancel(t *testing.T) {
	for verb, want := range map[reply.Verb]string{
		reply.ActionCancel: "refusal.cancel.late",
		reply.ActionRemove: "refusal.video.unfinished",
	} {
		f := setUp(t)
		j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "x"}, store.StateQueued)
		f.line.refuses = fmt.Errorf("job %s: %w", j.ID, store.ErrConflict)
		_, err := f.press(t, home, "0", verb, j.ID)
		var r *commands.Refusal
		if !errors.As(err, &r) || r.Key != want {
			t.Errorf("%s: %v", verb, err)
		}
		f.line.refuses = errors.New("the disk is full")
		if _, err := f.press(t, home, "0", verb, j.ID); err == nil || errors.As(err, &r) && r.Key == want {
			t.Errorf("%s: a fault of ours is said as %v", verb, err)
		}
	}
}
