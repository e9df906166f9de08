package commands_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/store"
)

var (
	ada   = home                       // the author
	bob   = where{"100", "200", "401"} // of the same server
	there = where{"101", "210", "400"} // the author, in another server
)

// shares is the press of Share on a job.
func shares(j store.Job) string {
	return button(reply.Action{Verb: reply.ActionShare, Job: j.ID}.CustomID())
}

// withdraws is the press of Withdraw on a prompt.
func withdraws(id string) string {
	return button(reply.Action{Verb: reply.ActionWithdraw, Job: id}.CustomID())
}

// lists are the ids of what is in a server's gallery, the newest first.
func (f *fixture) lists(t testing.TB, guild string) []string {
	t.Helper()
	page, err := f.community.Store.List(t.Context(), community.Query{Guild: guild, Order: community.OrderNew})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range page.Prompts {
		ids = append(ids, p.ID)
	}
	return ids
}

func TestSharingAResult(t *testing.T) {
	for _, way := range []string{"by the button", "by the command", "the newest"} {
		t.Run(way, func(t *testing.T) {
			f := setUp(t)
			f.rule(t, "100", func(s *community.Settings) { s.Showcase = "222" })
			c := community.Contest{ID: id(70), Guild: "100", Channel: "200", Theme: "Boats", StartedBy: "400", Locale: "en-US",
				Starts: now.Add(-time.Hour), Ends: now.Add(time.Hour), State: community.ContestRunning}
			if err := f.community.Store.StartContest(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			j := f.video(t, 1, ada, "a boat")
			kind, data := commands.KindComponent, shares(j)
			switch way {
			case "by the command":
				kind, data = commands.KindCommand, command("share", option("video", `"`+j.ID+`"`))
			case "the newest":
				kind, data = commands.KindCommand, command("share", "")
			}
			a, err := f.do(t, kind, ada, data)
			if err != nil || a.Notice == nil || a.Replace || a.Notice.Flags&reply.FlagEphemeral == 0 {
				t.Fatalf("%+v, %v", a, err)
			}
			text := says(t, a.Notice)
			for _, want := range []string{"#222", "Boats", `"1:withdraw:` + j.ID + `"`, `"1:gallery:new:0"`} {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %s: %s", want, text)
				}
			}
			p, err := f.community.Store.Prompt(t.Context(), "100", j.ID)
			if err != nil || p.Author != "400" || p.Text != "a boat" || p.Contest != c.ID || p.Post.State != community.PostDue {
				t.Errorf("shared %+v, %v", p, err)
			}
			// Once more, it only says so.
			a, err = f.do(t, kind, ada, data)
			if err != nil || !strings.Contains(says(t, a.Notice), `"1:withdraw:`+j.ID+`"`) ||
				!strings.Contains(says(t, a.Notice), f.set.Catalog.For("zh-CN").Say("share.already", map[string]any{"Votes": 0})) {
				t.Errorf("once more: %+v, %v", a, err)
			}
			if got := f.lists(t, "100"); !slices.Equal(got, []string{j.ID}) {
				t.Errorf("the gallery has %v", got)
			}
		})
	}
}

func TestWhatCannotBeShared(t *testing.T) {
	for name, c := range map[string]struct {
		by     where
		state  store.State
		change func(*store.Job)
		guest  bool
		want   string
	}{
		"another's":           {by: bob, want: "refusal.share.not_yours"},
		"another server's":    {by: there, want: "refusal.job.gone"},
		"from DM":             {by: dm, want: "refusal.server"},
		"where it is a guest": {by: ada, guest: true, want: "refusal.server"},
		"dreamed as a guest":  {by: ada, change: func(j *store.Job) { j.Guest = true }, want: "refusal.share.no_video"},
		"no file":             {by: ada, change: func(j *store.Job) { j.Upload = store.Upload{} }, want: "refusal.share.no_video"},
		"it stands in DM":     {by: ada, change: func(j *store.Job) { j.Direct = "900" }, want: "refusal.share.no_video"},
		"removed":             {by: ada, change: func(j *store.Job) { j.Removed = true }, want: "refusal.job.gone"},
		"unfinished":          {by: ada, state: store.StateDreaming, want: "refusal.share.unfinished"},
		"failed":              {by: ada, state: store.StateFailed, want: "refusal.share.failed"},
		"unwanted":            {by: ada, change: func(j *store.Job) { j.Prompt = "a ROTTEN boat" }, want: "refusal.share.word"},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t)
			// One may dream here no more, which does not keep what was dreamed.
			f.rule(t, "100", func(s *community.Settings) { s.Unwanted, s.Channels = []string{"rotten"}, []string{"299"} })
			var j store.Job
			if c.state == "" {
				j = f.video(t, 1, ada, "a boat")
			} else {
				j = f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat"}, c.state)
			}
			if c.change != nil {
				f.change(t, j.ID, c.change)
			}
			press := payload(commands.KindComponent, c.by, shares(j))
			if c.guest {
				press = asGuest(press)
			}
			_, err := f.handle(t, press)
			if got := refusal(t, err); got != c.want {
				t.Errorf("refused %q, want %q", got, c.want)
			}
			if got := f.lists(t, "100"); len(got) != 0 {
				t.Errorf("the gallery has %v", got)
			}
		})
	}
}

// The command offers, and takes without being told which, what its member can share.
func TestShareSuggestsOnesOwnVideos(t *testing.T) {
	f := setUp(t)
	first, second := f.video(t, 1, ada, "a paper boat"), f.video(t, 2, where{"100", "201", "400"}, "a Paper plane")
	f.video(t, 3, bob, "a paper hat")
	f.video(t, 4, there, "a paper moon")
	f.put(t, store.Job{ID: id(5), Guild: "100", Channel: "200", Member: "400", Prompt: "paper without a file"}, store.StateCompleted)
	f.remove(t, f.video(t, 6, ada, "paper that was removed").ID)
	ask := func(w where, typed string) (ids []string) {
		a, err := f.do(t, commands.KindComplete, w, `{"name":"share","options":[{"name":"video","type":3,"value":"`+typed+`","focused":true}]}`)
		if err != nil || a.Choices == nil {
			t.Fatalf("%+v, %v", a, err)
		}
		for _, c := range a.Choices {
			ids = append(ids, c.Value)
		}
		return ids
	}
	if got := ask(ada, "PAPER"); !slices.Equal(got, []string{second.ID, first.ID}) {
		t.Errorf("suggests %v", got)
	}
	if got := ask(ada, "boat"); !slices.Equal(got, []string{first.ID}) {
		t.Errorf("suggests %v", got)
	}
	if got := ask(dm, ""); len(got) != 0 {
		t.Errorf("in direct messages it suggests %v", got)
	}
	for options, want := range map[string]string{
		"":                                 "", // the newest of the channel
		option("video", `"no such"`):       "refusal.video.unknown",
		option("video", `"`+id(3)+`"`):     "refusal.share.not_yours",
		option("video", `" `+id(4)+` "`):   "refusal.video.unknown",
		option("video", `"`+second.ID+`"`): "",
	} {
		_, err := f.do(t, commands.KindCommand, ada, command("share", options))
		if got := refusal(t, err); got != want {
			t.Errorf("%s: refused %q, want %q", options, got, want)
		}
	}
	for _, w := range []where{dm, {"100", "299", "400"}} {
		_, err := f.do(t, commands.KindCommand, w, command("share", ""))
		if want := map[string]string{"": "refusal.server", "100": "refusal.share.none"}[w.guild]; refusal(t, err) != want {
			t.Errorf("%v: %v, want %s", w, err, want)
		}
	}
}

// A prompt is withdrawn by its author, and by who may manage messages where it
// stands; a channel of one's own is not the gallery.
func TestWhoMayWithdraw(t *testing.T) {
	const manage = mayUse | mayManage
	for name, c := range map[string]struct {
		by          where
		permissions uint64
		there       uint64 // of the same member, where the result stands
		lost        bool   // that cannot be looked up
		want        string
	}{
		"the author":                    {by: ada, permissions: mayUse},
		"the author, elsewhere":         {by: where{"100", "201", "400"}, permissions: mayUse},
		"another":                       {by: bob, permissions: mayUse, want: "refusal.shared.rights"},
		"a moderator there":             {by: bob, permissions: manage},
		"an administrator":              {by: where{"100", "201", "401"}, permissions: 8},
		"a manager of the server":       {by: where{"100", "201", "401"}, permissions: manage | 1<<5},
		"a moderator, from elsewhere":   {by: where{"100", "201", "401"}, permissions: manage, there: manage},
		"a moderator of elsewhere":      {by: where{"100", "201", "401"}, permissions: manage, there: mayUse, want: "refusal.shared.rights"},
		"nobody knows":                  {by: where{"100", "201", "401"}, permissions: manage, there: manage, lost: true, want: "refusal.shared.rights"},
		"the author, in another server": {by: there, permissions: 8, want: "refusal.shared.gone"},
		"the author, from DM":           {by: dm, want: "refusal.server"},
	} {
		for _, verb := range []reply.Verb{reply.ActionWithdraw, reply.ActionShare} {
			t.Run(name+", "+string(verb), func(t *testing.T) {
				f := setUp(t)
				j := f.video(t, 1, ada, "a boat")
				f.share(t, j)
				f.rights.of = map[string]uint64{"401": c.there}
				if c.lost {
					f.rights.err = errors.New("no such channel")
				}
				data, want := withdraws(j.ID), c.want
				if verb == reply.ActionShare { // it shows the way to those who may
					data = shares(j)
					want = map[string]string{"refusal.shared.rights": "refusal.share.not_yours", "refusal.shared.gone": "refusal.job.gone"}[want]
					if c.want == "refusal.server" {
						want = c.want
					}
				}
				a, err := f.handle(t, payloadBy(commands.KindComponent, c.by, fmt.Sprint(c.permissions), data))
				if got := refusal(t, err); got != want {
					t.Fatalf("refused %q, want %q", got, want)
				}
				left := 1
				if want == "" && verb == reply.ActionWithdraw {
					left = 0
					if a.Notice == nil || !a.Replace {
						t.Errorf("answered by %+v", a)
					}
				}
				if got := f.lists(t, "100"); len(got) != left {
					t.Errorf("the gallery has %v, want %d", got, left)
				}
			})
		}
	}
}

// A button under a message that everybody sees leaves that as it is.
func TestAnAnswerReplacesOnlyWhatOneAloneSees(t *testing.T) {
	f := setUp(t)
	j := f.video(t, 1, ada, "a boat")
	for flags, replaces := range map[int]bool{0: false, reply.FlagEphemeral: true} {
		f.share(t, j)
		for _, data := range []string{button("1:gallery:new:0"), withdraws(j.ID)} {
			a, err := f.handle(t, on(payload(commands.KindComponent, ada, data), "900", flags))
			if err != nil || a.Notice == nil || a.Replace != replaces {
				t.Errorf("%s, flags %d: %+v, %v", data, flags, a, err)
			}
		}
		_, err := f.do(t, commands.KindComponent, ada, withdraws(j.ID))
		if got := refusal(t, err); got != "refusal.shared.gone" {
			t.Errorf("withdrawn twice: %q", got)
		}
	}
}
