package commands_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/internal/secret"
	"dreambot/store"
)

// exported is the file of an export, as a person's program reads it.
type exported struct {
	Member   string
	Server   string
	Cut      bool
	Dreams   []map[string]any
	Prompts  []map[string]any `json:"shared_prompts"`
	Votes    []map[string]any
	Contests []map[string]any
	Counts   []map[string]any
}

// exports has a member export their data.
func (f *fixture) exports(t testing.TB, payload []byte) (exported, string) {
	t.Helper()
	a, err := f.handle(t, payload)
	if err != nil {
		t.Fatal(err)
	}
	if a.Notice == nil || a.Notice.Flags&reply.FlagEphemeral == 0 || a.File == nil || a.File.Name != "dreambot-data.json" ||
		len(a.Notice.Attachments) != 1 || a.Notice.Attachments[0].Filename != a.File.Name {
		t.Fatalf("answered %+v with %+v", a.Notice, a.File)
	}
	var e exported
	if err := json.Unmarshal(a.File.Content, &e); err != nil {
		t.Fatal(err)
	}
	return e, string(a.File.Content)
}

// live fills two servers and direct messages with what 400 and 401 have done.
func (f *fixture) live(t testing.TB) {
	t.Helper()
	mine := f.video(t, 1, ada, "a boat")
	f.change(t, mine.ID, func(j *store.Job) {
		j.Origin.Token, j.Cause, j.Remote = secret.New("a-secret-token"), "the operator's words", "remote-id"
		j.Reactors = []string{"401"}
		j.Video.URL = "https://luma.example/v.mp4?signed"
	})
	f.put(t, store.Job{ID: id(2), Guild: "100", Channel: "200", Member: "400", Prompt: "a picture", Image: given("boat", time.Hour),
		Remixes: []store.Credit{{Job: id(3), Member: "401"}}, CreatedAt: now.Add(2 * time.Second)}, store.StateFailed)
	theirs := f.video(t, 3, bob, "a house")
	elsewhere := f.video(t, 4, there, "another server's")
	f.put(t, store.Job{ID: id(5), Channel: "250", Member: "400", Prompt: "between us", CreatedAt: now.Add(5 * time.Second)}, store.StateCompleted)
	for _, j := range []store.Job{mine, theirs, elsewhere} {
		f.share(t, j)
	}
	for guild, prompt := range map[string]string{"100": theirs.ID, "101": elsewhere.ID} {
		if _, err := f.community.Store.Vote(t.Context(), community.Vote{Guild: guild, Prompt: prompt, Member: "400", Place: community.PlaceResult}, true); err != nil {
			t.Fatal(err)
		}
	}
	c := community.Contest{ID: id(70), Guild: "100", Channel: "200", Theme: "Boats", StartedBy: "400", Locale: "en-US",
		Starts: now, Ends: now.Add(time.Hour), State: community.ContestRunning}
	if err := f.community.Store.StartContest(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// An export holds all that is kept of the person in the server where it is asked
// for, in direct messages everything, and nothing of anybody else.
func TestExportIsCompleteAndTheMembersAlone(t *testing.T) {
	f := setUp(t)
	f.live(t)
	ids := func(list []map[string]any, key string) (all []string) {
		for _, m := range list {
			all = append(all, fmt.Sprint(m[key]))
		}
		slices.Sort(all)
		return all
	}
	for name, c := range map[string]struct {
		payload                         []byte
		dreams, prompts, votes, servers []string
		contests                        int
	}{
		"here":            {payload(commands.KindCommand, ada, command("export", "")), []string{id(1), id(2)}, []string{id(1)}, []string{id(3)}, []string{"100"}, 1},
		"elsewhere":       {payload(commands.KindCommand, there, command("export", "")), []string{id(4)}, []string{id(4)}, []string{id(4)}, []string{"101"}, 0},
		"everywhere":      {payload(commands.KindCommand, dm, command("export", "")), []string{id(1), id(2), id(4), id(5)}, []string{id(1), id(4)}, []string{id(3), id(4)}, []string{"100", "101"}, 1},
		"another member":  {payload(commands.KindCommand, bob, command("export", "")), []string{id(3)}, []string{id(3)}, nil, []string{"100"}, 0},
		"nobody we know":  {payload(commands.KindCommand, where{"100", "200", "499"}, command("export", "")), nil, nil, nil, nil, 0},
		"in direct, them": {payload(commands.KindCommand, where{"", "251", "401"}, command("export", "")), []string{id(3)}, []string{id(3)}, nil, []string{"100"}, 0},
	} {
		e, text := f.exports(t, c.payload)
		if got := ids(e.Dreams, "id"); !slices.Equal(got, c.dreams) {
			t.Errorf("%s: dreams %v", name, got)
		}
		if got := ids(e.Prompts, "id"); !slices.Equal(got, c.prompts) {
			t.Errorf("%s: prompts %v", name, got)
		}
		if got := ids(e.Votes, "prompt"); !slices.Equal(got, c.votes) {
			t.Errorf("%s: votes %v", name, got)
		}
		if got := ids(e.Counts, "server"); !slices.Equal(got, c.servers) {
			t.Errorf("%s: counts of %v", name, got)
		}
		if len(e.Contests) != c.contests || e.Cut {
			t.Errorf("%s: %d contests, cut %v", name, len(e.Contests), e.Cut)
		}
		for _, secret := range []string{"a-secret-token", "operator's words", "remote-id", "https://luma", "https://old.example", "aToken"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: it holds %q:\n%s", name, secret, text)
			}
		}
	}
	// Of other members there are no names.
	if _, text := f.exports(t, payload(commands.KindCommand, dm, command("export", ""))); strings.Contains(text, "401") {
		t.Errorf("it names another member:\n%s", text)
	}
}

// What a job was made from, how and for how much is said of each kind.
func TestAnExportOfEachKind(t *testing.T) {
	for kind, c := range makings() {
		j := c.of
		j.ID, j.Guild, j.Channel, j.Member, j.Price = id(9), "100", "200", "400", 1_250_000
		f := speaking(t, able)
		f.put(t, j, store.StateCompleted)
		e, text := f.exports(t, payload(commands.KindCommand, home, command("export", "")))
		if len(e.Dreams) != 1 || len(e.Counts) != 1 {
			t.Fatalf("%s:\n%s", kind, text)
		}
		want := map[store.Kind]map[string]any{
			store.KindExtend: {"extends": id(1), "backward": true}, store.KindBlend: {"made_from": []any{id(1), id(2)}},
			store.KindUpscale: {"made_from": []any{id(1)}, "loop": true}, store.KindSound: {"made_from": []any{id(1)}, "loop": true},
		}[kind]
		want["usd"], want["aspect_ratio"] = 1.25, "9:16"
		got := map[string]any{}
		for _, key := range []string{"extends", "backward", "made_from", "loop", "usd", "aspect_ratio"} {
			if value, ok := e.Dreams[0][key]; ok {
				got[key] = value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || e.Counts[0]["usd_today"] != 1.25 {
			t.Errorf("%s: today %v, and (-want +got):\n%s", kind, e.Counts[0]["usd_today"], diff)
		}
		if strings.Contains(text, "gen-1") {
			t.Errorf("%s: it holds Luma's id:\n%s", kind, text)
		}
	}
	// What failed without a price, or has not ended, has cost nothing yet.
	for _, state := range []store.State{store.StateFailed, store.StateDreaming, store.StateCancelled} {
		f := speaking(t, able)
		f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "x", Price: 5}, state)
		if e, text := f.exports(t, payload(commands.KindCommand, home, command("export", ""))); e.Dreams[0]["usd"] != nil {
			t.Errorf("%s:\n%s", state, text)
		}
	}
}

// A file is no larger than it may be, and says that it was cut.
func TestAnExportIsCutToItsSize(t *testing.T) {
	f := setUp(t)
	for n := range 12 {
		f.put(t, store.Job{ID: id(n + 1), Guild: "100", Channel: "200", Member: "400", Prompt: strings.Repeat("水", 1000), CreatedAt: now.Add(time.Duration(n) * time.Second)}, store.StateCompleted)
	}
	for limit, want := range map[int]bool{20_000: true, 1000: true, 10 << 20: false} {
		p := strings.Replace(string(payload(commands.KindCommand, home, command("export", ""))), `"attachment_size_limit":10485760`, fmt.Sprintf(`"attachment_size_limit":%d`, limit), 1)
		e, text := f.exports(t, []byte(p))
		if e.Cut != want || len(text) > limit || !want && len(e.Dreams) != 12 || limit == 20_000 && len(e.Dreams) < 4 {
			t.Errorf("of %d bytes: %d are filled, with %d dreams, cut %v", limit, len(text), len(e.Dreams), e.Cut)
		}
	}
}

func forgets(v reply.Verb) string { return button(reply.Action{Verb: v}.CustomID()) }

// Forgetting asks first, and is of who presses, whoever was asked.
func TestForgetting(t *testing.T) {
	f := setUp(t)
	f.live(t)
	a, err := f.do(t, commands.KindCommand, home, command("forget", ""))
	if err != nil || a.Notice == nil || a.Notice.Flags&reply.FlagEphemeral == 0 {
		t.Fatalf("asked %+v, %v", a, err)
	}
	if a, err = f.do(t, commands.KindComponent, home, forgets(reply.ActionSpare)); err != nil || !a.Replace {
		t.Fatalf("spared %+v, %v", a, err)
	}
	if e, _ := f.exports(t, payload(commands.KindCommand, dm, command("export", ""))); len(e.Dreams) != 4 || len(e.Prompts) != 2 {
		t.Fatalf("after sparing: %+v", e)
	}
	for _, verb := range []reply.Verb{reply.ActionForget, reply.ActionSpare} {
		if _, err = f.do(t, commands.KindModal, home, modal(reply.Action{Verb: verb}.CustomID(), "x")); refusal(t, err) != "refusal.unknown" {
			t.Errorf("a forged dialog: %v", err)
		}
	}
	f.put(t, store.Job{ID: id(6), Channel: "250", Member: "400", Prompt: "not yet", CreatedAt: now.Add(6 * time.Second)}, store.StateDreaming)
	if _, err = f.do(t, commands.KindComponent, home, forgets(reply.ActionForget)); refusal(t, err) != "refusal.forget.unfinished" {
		t.Fatalf("with a dream under way: %v", err)
	}
	if e, _ := f.exports(t, payload(commands.KindCommand, dm, command("export", ""))); len(e.Dreams) != 5 || len(e.Prompts) != 2 {
		t.Fatalf("after the refusal: %+v", e)
	}
	f.become(t, id(6), store.StateCompleted)
	if a, err = f.do(t, commands.KindComponent, home, forgets(reply.ActionForget)); err != nil || !a.Replace {
		t.Fatalf("forgotten %+v, %v", a, err)
	}
	e, text := f.exports(t, payload(commands.KindCommand, dm, command("export", "")))
	if len(e.Dreams)+len(e.Prompts)+len(e.Votes)+len(e.Contests)+len(e.Counts) != 0 {
		t.Errorf("after it:\n%s", text)
	}
	if j, err := f.store.Get(t.Context(), id(1)); err != nil || j.Member != store.Nobody || j.Prompt != "a boat" {
		t.Errorf("a result is %+v, %v", j, err)
	}
	// Of the others, everything is there.
	if e, _ := f.exports(t, payload(commands.KindCommand, bob, command("export", ""))); len(e.Dreams) != 1 || len(e.Prompts) != 1 {
		t.Errorf("another member has %+v", e)
	}
}
