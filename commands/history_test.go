package commands_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/store"
)

// says is all that a message holds.
func says(t *testing.T, m *reply.Message) string {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(b))
}

// shown are the numbers of the dreams that a page shows, in their order.
func shown(t *testing.T, m *reply.Message) string {
	t.Helper()
	var list []string
	text := says(t, m)
	for {
		_, after, ok := strings.Cut(text, "dream no ")
		if !ok {
			return strings.Join(list, " ")
		}
		n, rest, _ := strings.Cut(after, ".")
		list, text = append(list, n), rest
	}
}

func TestPagesOfTheHistory(t *testing.T) {
	f := setUp(t)
	states := []store.State{store.StateCompleted, store.StateWaiting, store.StateFailed, store.StateCancelled, store.StateDreaming}
	put := func(n int, w where) store.Job {
		return f.put(t, store.Job{ID: id(n), Guild: w.guild, Channel: w.channel, Member: w.member, Prompt: fmt.Sprintf("dream no %d.", n),
			CreatedAt: now.Add(time.Duration(n) * time.Second)}, states[n%len(states)])
	}
	for n := range 12 {
		put(n, where{"100", []string{"200", "201"}[n%2], "400"})
	}
	f.remove(t, put(20, home).ID) // 20 % 5 is completed
	put(21, where{"100", "200", "401"})
	put(22, where{"101", "210", "400"})
	put(23, dm)
	unanswered := store.Job{ID: id(24), Kind: store.KindDream, Guild: "100", Channel: "200", Member: "400", Prompt: "dream no 24.", CreatedAt: now.Add(time.Hour)}
	if err := f.store.Create(t.Context(), unanswered); err != nil {
		t.Fatal(err)
	}
	for page, want := range map[int]struct {
		dreams string
		turns  []int // pages that can be turned to
	}{
		0: {"11 10 9 8 7", []int{1}}, 1: {"6 5 4 3 2", []int{0, 2}}, 2: {"1 0", []int{1}}, 3: {"", []int{2}}, 199: {"", []int{198}},
	} {
		a, err := f.do(t, commands.KindComponent, home, button(reply.Action{Verb: reply.ActionHistory, Page: page}.CustomID()))
		if err != nil || a.Notice == nil || !a.Replace {
			t.Fatalf("page %d: %+v, %v", page, a, err)
		}
		if got := shown(t, a.Notice); got != want.dreams {
			t.Errorf("page %d shows %q, want %q", page, got, want.dreams)
		}
		for n := range reply.MaxPages {
			turn := strings.Contains(says(t, a.Notice), fmt.Sprintf(`"1:history::%d"`, n))
			wanted := false
			for _, w := range want.turns {
				wanted = wanted || w == n
			}
			if turn != wanted {
				t.Errorf("page %d turns to %d: %v", page, n, turn)
			}
		}
	}
	a, err := f.do(t, commands.KindCommand, home, command("history", ""))
	if err != nil || a.Replace || shown(t, a.Notice) != "11 10 9 8 7" {
		t.Errorf("the command is answered by %+v, %v", a, err)
	}
	for w, want := range map[where]string{
		dm: "23", {"100", "200", "401"}: "21", {"101", "210", "400"}: "22", {"100", "200", "402"}: "",
	} {
		if a, err := f.do(t, commands.KindCommand, w, command("history", "")); err != nil || shown(t, a.Notice) != want {
			t.Errorf("%v: %q, %v; want %q", w, shown(t, a.Notice), err, want)
		}
	}
}

// A page is full as long as there is enough to fill it, whatever stands between.
func TestAPageOfTheHistoryIsFull(t *testing.T) {
	f := setUp(t)
	kept := 0
	for n := range 240 {
		j := f.put(t, store.Job{ID: id(n), Guild: "100", Channel: "200", Member: "400", Prompt: fmt.Sprintf("dream no %d.", n),
			CreatedAt: now.Add(-time.Duration(n) * time.Second)}, store.StateCompleted)
		if n%20 != 0 {
			f.remove(t, j.ID)
		} else {
			kept++
		}
	}
	for page, want := range map[int]string{0: "0 20 40 60 80", 1: "100 120 140 160 180", 2: "200 220", 3: ""} {
		a, err := f.do(t, commands.KindComponent, home, button(reply.Action{Verb: reply.ActionHistory, Page: page}.CustomID()))
		if err != nil || shown(t, a.Notice) != want {
			t.Errorf("page %d shows %q, %v; want %q (of %d)", page, shown(t, a.Notice), err, want, kept)
		}
	}
}

// A job is shown once more with the video from wherever it can be seen: its
// message, or else Luma. Where nobody knows, the person does not read why.
func TestShow(t *testing.T) {
	at := func(address string, err error) func(store.Job) (string, error) {
		return func(store.Job) (string, error) { return address, err }
	}
	broken := errors.New("no route to secret.example")
	for name, c := range map[string]struct {
		video, link    func(store.Job) (string, error)
		state          store.State
		want           string
		looked, linked int
	}{
		"on its message":          {at("https://cdn.example/v", nil), nil, store.StateCompleted, "https://cdn.example/v", 1, 0},
		"at Luma":                 {at("", nil), at("https://luma.example/v", nil), store.StateCompleted, "https://luma.example/v", 1, 1},
		"at Luma, as far as told": {at("", broken), at("https://luma.example/v", nil), store.StateCompleted, "https://luma.example/v", 1, 1},
		"nowhere":                 {at("", nil), at("", nil), store.StateCompleted, "", 1, 1},
		"nobody knows":            {at("", broken), at("", broken), store.StateCompleted, "", 1, 1},
		"it waits":                {nil, nil, store.StateWaiting, "", 0, 0},
		"it failed":               {nil, nil, store.StateFailed, "", 0, 0},
	} {
		for _, way := range []string{"by the button", "by the command"} {
			t.Run(name+", "+way, func(t *testing.T) {
				f := setUp(t)
				f.replies.video, f.line.link = c.video, c.link
				j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "201", Member: "401", Prompt: "a boat",
					Video: store.Video{URL: "https://stale.example/v"}, Image: given("image", time.Hour), EndImage: given("end", -time.Hour)}, c.state)
				kind, data := commands.KindComponent, button("1:show:"+j.ID)
				if way == "by the command" {
					kind, data = commands.KindCommand, command("history", option("job", `" `+j.ID+` "`))
				}
				a, err := f.do(t, kind, home, data)
				if err != nil || a.Notice == nil || a.Replace || a.Notice.Flags&reply.FlagEphemeral == 0 {
					t.Fatalf("%+v, %v", a, err)
				}
				text := says(t, a.Notice)
				lost := f.set.Catalog.For("zh-CN").Say("card.video.lost")
				if c.want != "" && !strings.Contains(text, `"`+c.want+`"`) || strings.Contains(text, lost) != (c.want == "" && c.state == store.StateCompleted) {
					t.Errorf("shows %s", text)
				}
				for _, no := range []string{"stale.example", "secret.example", "old.example/end", "attachment:"} {
					if strings.Contains(text, no) {
						t.Errorf("shows %s: %s", no, text)
					}
				}
				if !strings.Contains(text, "old.example/image") {
					t.Errorf("does not show the picture whose address works: %s", text)
				}
				if f.replies.looked != c.looked || f.line.linked != c.linked {
					t.Errorf("looked %d times at the message, and asked Luma %d times", f.replies.looked, f.line.linked)
				}
			})
		}
	}
}
