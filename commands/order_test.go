package commands_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/internal/money"
	"dreambot/luma"
	"dreambot/store"
)

const (
	loops  = `,{"name":"loop","type":5,"value":true}`
	pinned = `,{"name":"image","type":11,"value":"1"}`
	ended  = pinned + `,{"name":"end_image","type":11,"value":"1"}`
)

func chooses(name, value string) string { return "," + option(name, `"`+value+`"`) }

// What the dialect does not take together is refused before anything is stored, in
// words for both of them.
func TestCombinationsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		can        string
		options    string
		one, other luma.Trait // empty: it is taken
	}{
		"all that goes together":     {"able", loops + pinned + chooses("duration", "9s") + chooses("aspect_ratio", "9:16") + chooses("model", "ray-2"), "", ""},
		"a loop and a last picture":  {"able", loops + ended, luma.TraitLoop, luma.TraitEndImage},
		"a ratio and a last picture": {"able", chooses("aspect_ratio", "9:16") + ended, "", ""},
		"a ratio and a picture":      {"halfway", chooses("aspect_ratio", "9:16") + pinned, luma.TraitAspectRatio, luma.TraitImage},
		"a loop of ten seconds":      {"halfway", chooses("duration", "10s") + loops, luma.TraitLoop, luma.TraitLong},
		"ten seconds to a picture":   {"halfway", chooses("duration", "10s") + ended, luma.TraitLong, luma.TraitEndImage},
		"ten seconds from a picture": {"halfway", chooses("duration", "10s") + pinned, "", ""},
		"a loop from a picture":      {"halfway", chooses("duration", "5s") + loops + pinned, "", ""},
		"no loop":                    {"able", strings.Replace(loops, "true", "false", 1) + ended, "", ""},
		"nothing that conflicts":     {"ours", ended + chooses("model", "ray-v2"), "", ""},
	} {
		f := speaking(t, dialects[c.can])
		_, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)+c.options, `"1":`+picturePNG))
		if c.one == "" {
			if err != nil || len(f.line.got) != 1 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var r *commands.Refusal
		if !errors.As(err, &r) || r.Key != "refusal.conflict" || len(f.line.got) != 0 {
			t.Errorf("%s: %v, %d jobs", name, err, len(f.line.got))
			continue
		}
		if diff := cmp.Diff(i18n.Args{"One": reply.Trait(c.one), "Other": reply.Trait(c.other)}, r.Args); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A default that does not go together with what the member chose is left out.
func TestDefaultsThatConflictAreLeftOut(t *testing.T) {
	long := store.Settings{Model: "ray-3.2", Duration: 10 * time.Second, Resolution: "1080p"}
	short := store.Settings{Model: "ray-3.2", Resolution: "1080p"}
	with := func(c store.Settings, change func(*store.Settings)) store.Settings { change(&c); return c }
	for name, c := range map[string]struct {
		options string
		want    store.Settings
		refused string
	}{
		"nothing chosen":      {"", long, ""},
		"a picture":           {pinned, long, ""},
		"a loop":              {loops, with(short, func(c *store.Settings) { c.Loop = true }), ""},
		"a last picture":      {ended, short, ""},
		"chosen all the same": {loops + chooses("duration", "10s"), store.Settings{}, "refusal.conflict"},
		"in conflict anyway":  {loops + ended, store.Settings{}, "refusal.conflict"},
	} {
		f := speaking(t, halfway)
		f.rule(t, "100", func(s *community.Settings) { s.Defaults = long })
		a, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)+c.options, `"1":`+picturePNG))
		if got := refusal(t, err); got != c.refused {
			t.Errorf("%s: %q", name, got)
		}
		if err != nil {
			continue
		}
		if diff := cmp.Diff(c.want, a.Job.Settings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// So is one for a picture from the menu of a message.
	can := halfway
	can.Conflicts = append(can.Conflicts, [2]luma.Trait{luma.TraitLong, luma.TraitImage})
	f := speaking(t, can)
	f.rule(t, "100", func(s *community.Settings) { s.Defaults = long })
	if err := f.store.Keep(t.Context(), store.Draft{ID: id(1), Member: "400", Image: given("boat", time.Hour), CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
	if a, err := f.do(t, commands.KindModal, home, modal("1:begin:"+id(1), "a boat")); err != nil || !cmp.Equal(a.Job.Settings, short) {
		t.Errorf("from the menu: %+v, %v", a.Job, err)
	}
}

// Whatever way somebody takes, what the dialect refuses comes before anything is
// stored, and what was chosen at another time is left out where it does not fit.
func TestConflictsInEveryWayOfStarting(t *testing.T) {
	for way := range ways(t, setUp(t), "a paper boat") {
		can := able
		can.Conflicts = [][2]luma.Trait{{luma.TraitAspectRatio, luma.TraitLoop}, {luma.TraitLoop, luma.TraitLong}, {luma.TraitAspectRatio, luma.TraitExtension}}
		f := speaking(t, can)
		w := ways(t, f, "a paper boat")[way]
		for _, n := range []int{91, 92} {
			f.change(t, id(n), func(j *store.Job) {
				j.Settings = store.Settings{Model: "ray-v1", Duration: 9 * time.Second, Resolution: "1080p", AspectRatio: "9:16", Loop: true}
			})
		}
		a, err := f.handle(t, payload(w.kind, home, w.data))
		if err != nil {
			t.Errorf("%s: %v", way, err)
			continue
		}
		takes := store.Settings{Duration: 9 * time.Second, Resolution: "1080p"}
		want := map[string]store.Settings{
			"dream": {}, "picture menu": {}, "extend": {Resolution: "1080p"}, "Extend": {Resolution: "1080p"},
			"Remix": takes, "Again": takes, "Retry": takes,
		}
		if diff := cmp.Diff(want[way], a.Job.Settings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", way, diff)
		}
	}
	// A conflict that no setting makes up is refused everywhere.
	can := able
	can.Conflicts = [][2]luma.Trait{{luma.TraitImage, luma.TraitImage}}
	f := speaking(t, can)
	f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat", Image: given("boat", time.Hour)}, store.StateCompleted)
	if err := f.store.Keep(t.Context(), store.Draft{ID: id(2), Member: "400", Image: given("boat", time.Hour), CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
	for kind, data := range map[commands.Kind]string{commands.KindComponent: button("1:again:" + id(1)), commands.KindModal: modal("1:begin:"+id(2), "a boat")} {
		if _, err := f.do(t, kind, home, data); refusal(t, err) != "refusal.conflict" || len(f.line.got) != 0 {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// The price is what the operator's list says of the request, and is said from an
// amount on.
func TestPricesOfJobs(t *testing.T) {
	amount := func(cents money.Amount) *money.Amount { cents *= money.Cent; return &cents }
	sharp, plain := command("dream", option("prompt", `"a boat"`)+chooses("resolution", "1080p")), command("dream", option("prompt", `"a boat"`))
	unknown := command("dream", option("prompt", `"a boat"`)+chooses("resolution", "540p"))
	for name, c := range map[string]struct {
		data   string
		from   *money.Amount
		price  money.Amount
		priced bool
	}{
		"nobody is told":             {sharp, nil, 125 * money.Cent, false},
		"dear":                       {sharp, amount(50), 125 * money.Cent, true},
		"just as dear":               {sharp, amount(125), 125 * money.Cent, true},
		"cheap":                      {plain, amount(50), 30 * money.Cent, false},
		"everybody is told":          {plain, amount(0), 30 * money.Cent, true},
		"not known":                  {unknown, amount(0), 0, false},
		"an extension":               {command("extend", option("prompt", `"a boat"`)), amount(50), 125 * money.Cent, true},
		"a sound":                    {command("sound", option("prompt", `"a boat"`)), amount(10), 10 * money.Cent, true},
		"an upscale":                 {command("upscale", option("resolution", `"4k"`)), amount(0), 0, false},
		"once more":                  {button("1:again:" + id(1)), amount(50), 125 * money.Cent, true},
		"in direct messages as well": {sharp, amount(50), 125 * money.Cent, true},
	} {
		f := speaking(t, able).with(func(set *commands.Config) { set.PricesFrom = c.from })
		f.clip(t, 1, func(j *store.Job) { j.Settings.Resolution = "1080p" })
		by, kind := home, commands.KindCommand
		if name == "in direct messages as well" {
			by = dm
		}
		if strings.Contains(c.data, "custom_id") {
			kind = commands.KindComponent
		}
		a, err := f.do(t, kind, by, c.data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a.Job.Price != c.price || a.Job.Priced != c.priced {
			t.Errorf("%s: costs %d, which is said: %v", name, a.Job.Price, a.Job.Priced)
		}
	}
}

// Words from a time when the dialect took others are refused, whatever begins them;
// those of an upscale are not sent.
func TestWordsThatTheDialectTakesNoMore(t *testing.T) {
	for kind, c := range makings() {
		for prompt, want := range map[string]string{"ab": "refusal.prompt.short", strings.Repeat("x", 31): "refusal.prompt.long", "abc": ""} {
			can := able
			can.PromptMax = 30
			f := speaking(t, can)
			f.clip(t, 1, func(j *store.Job) { j.Prompt = prompt })
			f.clip(t, 2, nil)
			j := c.of
			j.ID, j.Guild, j.Channel, j.Member, j.Prompt = id(9), "100", "200", "400", prompt
			f.put(t, j, store.StateCompleted)
			if kind == store.KindUpscale {
				want = ""
			}
			_, err := f.do(t, commands.KindComponent, home, button("1:again:"+j.ID))
			if got := refusal(t, err); got != want || (err == nil) != (len(f.line.got) == 1) {
				t.Errorf("%s of %d characters: %q, want %q", kind, len(prompt), got, want)
			}
		}
	}
}
