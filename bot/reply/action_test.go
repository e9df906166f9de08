package reply_test

import (
	"strings"
	"testing"

	"dreambot/bot/reply"
)

const someJob = "d0abcdefghijklmnopqr"

func TestActionsSurviveTheirCustomID(t *testing.T) {
	for _, a := range []reply.Action{
		{Verb: reply.ActionExtend, Job: someJob}, {Verb: reply.ActionRemix, Job: someJob},
		{Verb: reply.ActionAgain, Job: someJob}, {Verb: reply.ActionRetry, Job: someJob},
		{Verb: reply.ActionCancel, Job: someJob}, {Verb: reply.ActionDelete, Job: someJob},
		{Verb: reply.ActionRemove, Job: someJob}, {Verb: reply.ActionKeep, Job: someJob},
		{Verb: reply.ActionShow, Job: someJob}, {Verb: reply.ActionBegin, Job: someJob},
		{Verb: reply.ActionStory, Job: someJob}, {Verb: reply.ActionStory, Job: someJob, Page: reply.MaxPages - 1},
		{Verb: reply.ActionHistory}, {Verb: reply.ActionHistory, Page: 17},
	} {
		id := a.CustomID()
		got, err := reply.ParseAction(id)
		if err != nil || got != a {
			t.Errorf("ParseAction(%q) = %v, %v", id, got, err)
		}
		if len(id) > 100 {
			t.Errorf("%q is longer than Discord takes", id)
		}
	}
}

// A custom id has one form: any other was forged, or is of another version.
func TestForgedCustomIDsAreRefused(t *testing.T) {
	for _, id := range []string{
		"", ":", "::", "::::", "1", "1:extend", "1:extend:", "extend:" + someJob,
		"2:extend:" + someJob, "01:extend:" + someJob, " 1:extend:" + someJob, "1:extend:" + someJob + "\n",
		"1:pay:" + someJob, "1::" + someJob, "1:Extend:" + someJob, "1:extend :" + someJob,
		"1:extend:../../etc/passwd...", "1:extend:" + strings.ToUpper(someJob), "1:extend:" + someJob[1:], "1:extend:" + someJob + "0",
		"1:extend:d0abcdefghijklmnopqw", "1:extend:d0abcdefghijklmnopq\u0661",
		// What has no pages takes none, and what has pages takes exactly one.
		"1:extend:" + someJob + ":", "1:extend:" + someJob + ":0", "1:begin:" + someJob + ":1", "1:keep:" + someJob + ":0",
		"1:story:" + someJob, "1:story:" + someJob + ":", "1:story:" + someJob + ":0:0", "1:story::0",
		"1:story:" + someJob + ":-1", "1:story:" + someJob + ":+1", "1:story:" + someJob + ":01", "1:story:" + someJob + ":1e1",
		"1:story:" + someJob + ":0x1", "1:story:" + someJob + ":1_0", "1:story:" + someJob + ": 1", "1:story:" + someJob + ":200",
		"1:story:" + someJob + ":2147483648", "1:story:" + someJob + ":18446744073709551616",
		// The history is of no job.
		"1:history", "1:history:", "1:history:0", "1:history:" + someJob + ":0", "1:history::", "1:history::200", "1:history::-0",
	} {
		if a, err := reply.ParseAction(id); err == nil {
			t.Errorf("%q was read as %+v", id, a)
		}
	}
}

func FuzzParseAction(f *testing.F) {
	for _, id := range []string{"", "1:extend:" + someJob, "1:extend:", "2:extend:" + someJob,
		"1:pay:" + someJob, "1:extend:../../etc/passwd...", "1:retry:D0ABCDEFGHIJKLMNOPQR", "::::",
		"1:story:" + someJob + ":0", "1:story:" + someJob + ":199", "1:story:" + someJob + ":200", "1:story:" + someJob + ":007",
		"1:history::0", "1:history::3", "1:history:" + someJob + ":3", "1:begin:" + someJob, "1:keep:" + someJob + ":1"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		a, err := reply.ParseAction(id)
		if err != nil {
			if a != (reply.Action{}) {
				t.Errorf("%q is refused, and read as %+v", id, a)
			}
			return
		}
		if a.CustomID() != id {
			t.Errorf("%q was read as %+v", id, a)
		}
		if a.Page < 0 || a.Page >= reply.MaxPages || (a.Job == "") != (a.Verb == reply.ActionHistory) {
			t.Errorf("%q was read as %+v", id, a)
		}
	})
}
