package commands_test

import (
	"fmt"
	"testing"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/store"
)

// What a member may do with a button.
type may struct {
	dream  string // what they read who press a button that leads to a video; empty: they may
	manage string // one that cancels or deletes
	look   string // one that shows something
}

// A button shows for everybody, and its custom id can be sent by anybody: each
// press is asked anew whether it may be.
func TestWhoMayPressWhichButton(t *testing.T) {
	const use, manage = mayUse, mayUse | mayManage
	private := where{"", "260", "400"} // a channel between persons
	for name, c := range map[string]struct {
		of          where // the job
		by          where
		permissions uint64
		want        may
	}{
		"who asked":                            {home, home, use, may{}},
		"another member":                       {home, where{"100", "200", "401"}, use, may{manage: "refusal.rights"}},
		"another member, in another channel":   {home, where{"100", "201", "401"}, use, may{manage: "refusal.rights"}},
		"a moderator":                          {home, where{"100", "200", "401"}, manage, may{}},
		"a moderator of another channel":       {home, where{"100", "201", "401"}, manage, may{manage: "refusal.rights"}},
		"an administrator":                     {home, where{"100", "200", "401"}, 8, may{}},
		"who asked, and may not use commands":  {home, home, 0, may{dream: "refusal.may_not"}},
		"another, who may not use commands":    {home, where{"100", "200", "401"}, 0, may{"refusal.may_not", "refusal.rights", ""}},
		"a moderator who may not use commands": {home, where{"100", "200", "401"}, mayManage, may{dream: "refusal.may_not"}},
		"who asked, from another server":       {home, where{"101", "210", "400"}, use, may{"refusal.job.gone", "refusal.job.gone", "refusal.job.gone"}},
		"the same channel's id elsewhere":      {home, where{"101", "200", "400"}, 8, may{"refusal.job.gone", "refusal.job.gone", "refusal.job.gone"}},
		"who asked, from direct messages":      {home, dm, 0, may{}},
		"another, from direct messages":        {home, where{"", "251", "401"}, 0, may{"refusal.job.gone", "refusal.job.gone", "refusal.job.gone"}},
		"outside, by the channel's id":         {home, where{"", "200", "401"}, 0, may{"refusal.job.gone", "refusal.job.gone", "refusal.job.gone"}},
		"in direct messages":                   {dm, dm, 0, may{}},
		"in a private channel":                 {private, private, 0, may{}},
		"another, in the private channel":      {private, where{"", "260", "401"}, 0, may{manage: "refusal.rights"}},
		"another, in another private channel":  {private, where{"", "261", "401"}, 0, may{"refusal.job.gone", "refusal.job.gone", "refusal.job.gone"}},
		"who asked, in a server":               {private, home, manage, may{"refusal.job.gone", "refusal.job.gone", "refusal.job.gone"}},
		"in a server, by the channel's id":     {private, where{"100", "260", "401"}, manage, may{"refusal.job.gone", "refusal.job.gone", "refusal.job.gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t)
			completed := f.put(t, store.Job{ID: id(1), Guild: c.of.guild, Channel: c.of.channel, Member: c.of.member, Prompt: "a boat", Remote: "g"}, store.StateCompleted)
			failed := f.put(t, store.Job{ID: id(2), Guild: c.of.guild, Channel: c.of.channel, Member: c.of.member, Prompt: "a boat"}, store.StateFailed)
			waiting := f.put(t, store.Job{ID: id(3), Guild: c.of.guild, Channel: c.of.channel, Member: c.of.member, Prompt: "a boat"}, store.StateWaiting)
			removed := f.put(t, store.Job{ID: id(4), Guild: c.of.guild, Channel: c.of.channel, Member: c.of.member, Prompt: "a boat"}, store.StateCompleted)
			f.remove(t, removed.ID)
			check := func(kind commands.Kind, a reply.Action, data, want string) {
				t.Helper()
				_, err := f.handle(t, on(payloadBy(kind, c.by, fmt.Sprint(c.permissions), data), "900", 0))
				if got := refusal(t, err); got != want {
					t.Errorf("kind %d, %s of job %s: %q, want %q", kind, a.Verb, a.Job, got, want)
				}
			}
			for verb, want := range map[reply.Verb]struct {
				job  store.Job
				want string
			}{
				reply.ActionExtend: {completed, c.want.dream}, reply.ActionRemix: {completed, c.want.dream},
				reply.ActionAgain: {completed, c.want.dream}, reply.ActionRetry: {failed, c.want.dream},
				reply.ActionCancel: {waiting, c.want.manage}, reply.ActionDelete: {completed, c.want.manage},
				reply.ActionRemove: {completed, c.want.manage}, reply.ActionKeep: {completed, c.want.manage},
				reply.ActionShow: {completed, c.want.look}, reply.ActionStory: {completed, c.want.look},
				reply.ActionHistory: {store.Job{}, ""},
			} {
				a := reply.Action{Verb: verb, Job: want.job.ID}
				check(commands.KindComponent, a, button(a.CustomID()), want.want)
				if verb == reply.ActionHistory {
					continue
				}
				// Of one that was removed nothing is left.
				gone := "refusal.job.gone"
				if want.want == "refusal.may_not" {
					gone = want.want // whether it is there is not looked at
				}
				a.Job = removed.ID
				check(commands.KindComponent, a, button(a.CustomID()), gone)
			}
			for _, verb := range []reply.Verb{reply.ActionExtend, reply.ActionRemix, reply.ActionAgain, reply.ActionRetry} {
				a := reply.Action{Verb: verb, Job: completed.ID}
				check(commands.KindModal, a, modal(a.CustomID(), "a boat"), c.want.dream)
			}
			// A draft belongs to its member, wherever they go on with it.
			d := store.Draft{ID: id(9), Member: c.by.member, Image: store.Picture{URL: boatURL, Expires: pictureEnds}, CreatedAt: now}
			if err := f.store.Keep(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			want := ""
			if c.want.dream == "refusal.may_not" {
				want = c.want.dream
			}
			a := reply.Action{Verb: reply.ActionBegin, Job: d.ID}
			check(commands.KindModal, a, modal(a.CustomID(), "a boat"), want)
			if want == "" {
				want = "refusal.unknown" // no button does that
			}
			check(commands.KindComponent, a, button(a.CustomID()), want)
		})
	}
}

// The answer to a question that stands in the channel takes the question away;
// one that only its asker sees says what was done.
func TestAnswersToTheQuestion(t *testing.T) {
	f := setUp(t)
	j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "x"}, store.StateCompleted)
	for _, c := range []struct {
		verb   reply.Verb
		flags  int
		erased bool
		acts   int
	}{
		{reply.ActionKeep, 0, true, 0},
		{reply.ActionRemove, 0, true, 1},
		{reply.ActionRemove, reply.FlagEphemeral, false, 2},
	} {
		a, err := f.handle(t, on(payload(commands.KindComponent, home, button(reply.Action{Verb: c.verb, Job: j.ID}.CustomID())), "900", c.flags))
		if err != nil || a.Erased != c.erased || (a.Notice == nil) != c.erased || a.Replace == c.erased || len(f.line.acts) != c.acts {
			t.Errorf("%s with flags %d: %+v, %v; did %q", c.verb, c.flags, a, err, f.line.acts)
		}
	}
}
