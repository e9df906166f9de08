package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/internal/secret"
	"dreambot/store"
)

// clip stores a completed job with a generation, settings and a file of six seconds.
func (f *fixture) clip(t testing.TB, n int, change func(*store.Job)) store.Job {
	t.Helper()
	j := store.Job{ID: id(n), Guild: "100", Channel: "200", Member: "400", Prompt: fmt.Sprint("clip ", n), Remote: fmt.Sprint("gen-", n),
		Settings:  store.Settings{Model: "ray-flash-2", Duration: 5 * time.Second, Resolution: "720p", AspectRatio: "9:16", Loop: true},
		CreatedAt: now.Add(time.Duration(n) * time.Second)}
	if change != nil {
		change(&j)
	}
	f.put(t, j, store.StateCompleted)
	f.change(t, j.ID, func(j *store.Job) {
		j.Upload = store.Upload{ID: "800", Name: "dream.mp4", Length: 6100 * time.Millisecond}
	})
	j, err := f.store.Get(t.Context(), j.ID)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// derived is what matters of a job that is made from others.
func derived(j store.Job) store.Job {
	return store.Job{Kind: j.Kind, Prompt: j.Prompt, Settings: j.Settings, Parent: j.Parent, Source: j.Source, Back: j.Back,
		Second: j.Second, SecondSource: j.SecondSource, SecondBack: j.SecondBack, Root: j.Root, Part: j.Part, Backward: j.Backward,
		Counts: j.Counts, Spoiler: j.Spoiler}
}

func named(option string, n int) string {
	return fmt.Sprintf(`{"name":%q,"type":3,"value":%q}`, option, id(n))
}

// Each kind takes over of its sources what belongs to it, and nothing else.
func TestWhatIsMadeFromVideos(t *testing.T) {
	const s6, s5 = 6 * time.Second, 5 * time.Second
	gulls := option("prompt", `"gulls"`)
	at := func(n int) store.Spot { return store.Spot{Channel: "200", Message: fmt.Sprint("9", n)} }
	took := store.Settings{Model: "ray-flash-2", Resolution: "720p", AspectRatio: "9:16"}
	whole := took
	whole.Duration, whole.Loop = s5, true
	sharp := whole
	sharp.Resolution = "4k"
	for name, c := range map[string]struct {
		can  string
		by   where
		data string
		want store.Job
	}{
		"an extension": {"able", home, command("extend", gulls+","+named("video", 1)),
			store.Job{Kind: store.KindExtend, Prompt: "gulls", Settings: took, Parent: id(1), Source: "gen-1", Back: at(1), Root: id(1), Part: 2, Counts: s5}},
		"an extension, of the newest": {"able", home, command("extend", gulls),
			store.Job{Kind: store.KindExtend, Prompt: "gulls", Settings: took, Parent: id(2), Source: "gen-2", Back: at(2), Root: id(2), Part: 2, Counts: s5}},
		"an extension forward": {"able", home, command("extend", gulls+","+named("video", 1)+","+option("direction", `"forward"`)),
			store.Job{Kind: store.KindExtend, Prompt: "gulls", Settings: took, Parent: id(1), Source: "gen-1", Back: at(1), Root: id(1), Part: 2, Counts: s5}},
		"an extension backward": {"able", home, command("extend", gulls+","+named("video", 1)+","+option("direction", `"backward"`)),
			store.Job{Kind: store.KindExtend, Prompt: "gulls", Settings: took, Parent: id(1), Source: "gen-1", Back: at(1), Root: id(1), Part: 2, Backward: true, Counts: s5}},
		"an extension whose settings are its source's": {"ours", home, command("extend", gulls+","+named("video", 1)),
			store.Job{Kind: store.KindExtend, Prompt: "gulls", Parent: id(1), Source: "gen-1", Back: at(1), Root: id(1), Part: 2, Counts: s5}},
		// This dialect knows neither the model nor takes a ratio in an extension.
		"an extension in another dialect": {"halfway", home, command("extend", gulls+","+named("video", 1)),
			store.Job{Kind: store.KindExtend, Prompt: "gulls", Settings: store.Settings{Resolution: "720p"}, Parent: id(1), Source: "gen-1", Back: at(1), Root: id(1), Part: 2, Counts: s5}},
		"an extension of what was upscaled": {"able", home, command("extend", gulls+","+named("video", 4)),
			store.Job{Kind: store.KindExtend, Prompt: "gulls", Settings: store.Settings{Model: "ray-flash-2", Resolution: "1080p", AspectRatio: "9:16"},
				Parent: id(4), Source: "gen-4", Back: at(4), Root: id(4), Part: 2, Counts: s5}},
		"a blend": {"able", home, command("blend", named("first", 1)+","+named("second", 2)+","+gulls),
			store.Job{Kind: store.KindBlend, Prompt: "gulls", Settings: took, Parent: id(1), Source: "gen-1", Back: at(1),
				Second: id(2), SecondSource: "gen-2", SecondBack: at(2), Counts: s5}},
		"a blend to what is hidden": {"able", home, command("blend", named("first", 1)+","+named("second", 3)+","+gulls),
			store.Job{Kind: store.KindBlend, Prompt: "gulls", Settings: took, Parent: id(1), Source: "gen-1", Back: at(1),
				Second: id(3), SecondSource: "gen-3", Counts: s5, Spoiler: true}}, // and stands in direct messages
		"a blend from outside": {"able", dm, command("blend", named("first", 1)+","+named("second", 3)+","+gulls),
			store.Job{Kind: store.KindBlend, Prompt: "gulls", Settings: took, Parent: id(1), Source: "gen-1",
				Second: id(3), SecondSource: "gen-3", SecondBack: store.Spot{Channel: "250", Message: "93"}, Counts: s5, Spoiler: true}},
		"an upscale": {"able", home, command("upscale", option("resolution", `"4k"`)+","+named("video", 1)),
			store.Job{Kind: store.KindUpscale, Prompt: "clip 1", Settings: sharp, Parent: id(1), Source: "gen-1", Back: at(1), Counts: s6}},
		"an upscale of an upscale": {"able", home, command("upscale", option("resolution", `"4k"`)+","+named("video", 4)),
			store.Job{Kind: store.KindUpscale, Prompt: "clip 4", Settings: sharp, Parent: id(4), Source: "gen-4", Back: at(4), Counts: s6}},
		"an upscale, of the newest, hidden": {"able", home, command("upscale", option("resolution", `"4k"`)+`,{"name":"spoiler","type":5,"value":true}`),
			store.Job{Kind: store.KindUpscale, Prompt: "clip 2", Settings: sharp, Parent: id(2), Source: "gen-2", Back: at(2), Counts: s6, Spoiler: true}},
		"a sound": {"able", home, command("sound", gulls+","+named("video", 1)),
			store.Job{Kind: store.KindSound, Prompt: "gulls", Settings: whole, Parent: id(1), Source: "gen-1", Back: at(1), Counts: s6}},
		"a sound, of the newest": {"able", home, command("sound", gulls),
			store.Job{Kind: store.KindSound, Prompt: "gulls", Settings: whole, Parent: id(2), Source: "gen-2", Back: at(2), Counts: s6}},
	} {
		t.Run(name, func(t *testing.T) {
			f := speaking(t, dialects[c.can])
			f.clip(t, 1, nil)
			f.clip(t, 3, func(j *store.Job) { j.Spoiler, j.Guild, j.Channel = true, "100", "201" })
			f.change(t, id(3), func(j *store.Job) { j.Direct = "250" })
			f.clip(t, 4, func(j *store.Job) {
				j.Settings.Resolution, j.Kind, j.Parent, j.CreatedAt = "1080p", store.KindUpscale, id(1), now
			})
			f.clip(t, 2, func(j *store.Job) { j.CreatedAt = now.Add(time.Minute) })
			_, err := f.do(t, commands.KindCommand, c.by, c.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, derived(f.line.got[0]), cmpopts.EquateComparable(secret.Text{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.want.Root == "" { // a story of its own
				kept, err := f.store.Get(t.Context(), f.line.got[0].ID)
				if err != nil || kept.Root != kept.ID || kept.Part != 1 {
					t.Errorf("it is part %d of %s, %v", kept.Part, kept.Root, err)
				}
			}
		})
	}
}

func TestMistakesWithVideosAreRefused(t *testing.T) {
	gulls := option("prompt", `"gulls"`)
	sharp := option("resolution", `"1080p"`)
	for name, c := range map[string]struct {
		by   where
		data string
		want string
	}{
		"blend: blank":                         {home, command("blend", named("first", 1)+","+named("second", 2)+","+option("prompt", `" "`)), "refusal.prompt.blank"},
		"blend: short":                         {home, command("blend", named("first", 1)+","+named("second", 2)+","+option("prompt", `"ab"`)), "refusal.prompt.short"},
		"blend: the same twice":                {home, command("blend", named("first", 1)+","+named("second", 1)+","+gulls), "refusal.blend.same"},
		"blend: no first":                      {home, command("blend", named("second", 1)+","+gulls), "refusal.video.unknown"},
		"blend: no second":                     {home, command("blend", named("first", 1)+","+gulls), "refusal.video.unknown"},
		"blend: second unknown":                {home, command("blend", named("first", 1)+","+named("second", 99)+","+gulls), "refusal.video.unknown"},
		"blend: first unfinished":              {home, command("blend", named("first", 3)+","+named("second", 1)+","+gulls), "refusal.video.unfinished"},
		"blend: second failed":                 {home, command("blend", named("first", 1)+","+named("second", 4)+","+gulls), "refusal.video.failed"},
		"blend: second of another server":      {home, command("blend", named("first", 1)+","+named("second", 5)+","+gulls), "refusal.video.unknown"},
		"blend: first removed":                 {home, command("blend", named("first", 6)+","+named("second", 1)+","+gulls), "refusal.video.unknown"},
		"upscale: no resolution":               {home, command("upscale", named("video", 1)), "refusal.unknown"},
		"upscale: another resolution":          {home, command("upscale", option("resolution", `"8k"`)+","+named("video", 1)), "refusal.option"},
		"upscale: one of dreams":               {home, command("upscale", option("resolution", `"540p"`)+","+named("video", 1)), "refusal.option"},
		"upscale: none there":                  {where{"100", "299", "400"}, command("upscale", sharp), "refusal.video.none"},
		"upscale: unknown":                     {home, command("upscale", sharp+","+named("video", 99)), "refusal.video.unknown"},
		"upscale: unfinished":                  {home, command("upscale", sharp+","+named("video", 3)), "refusal.video.unfinished"},
		"upscale: failed":                      {home, command("upscale", sharp+","+named("video", 4)), "refusal.video.failed"},
		"upscale: it has that":                 {home, command("upscale", sharp+","+named("video", 7)), "refusal.upscale.has"},
		"upscale: it has a higher one":         {home, command("upscale", sharp+","+named("video", 8)), "refusal.upscale.has"},
		"sound: blank":                         {home, command("sound", option("prompt", `" "`)), "refusal.prompt.blank"},
		"sound: none there":                    {where{"100", "299", "400"}, command("sound", gulls), "refusal.video.none"},
		"sound: unknown":                       {home, command("sound", gulls+","+named("video", 99)), "refusal.video.unknown"},
		"sound: unfinished":                    {home, command("sound", gulls+","+named("video", 3)), "refusal.video.unfinished"},
		"extend: another direction":            {home, command("extend", gulls+","+option("direction", `"sideways"`)), "refusal.option"},
		"extend: backward from a last picture": {home, command("extend", gulls+","+option("direction", `"backward"`)+","+option("end_image", `"1"`), `"1":`+picturePNG), "refusal.conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			f := speaking(t, able)
			f.clip(t, 1, nil)
			f.clip(t, 2, nil)
			f.put(t, store.Job{ID: id(3), Guild: "100", Channel: "200", Member: "400", Prompt: "x"}, store.StateDreaming)
			f.put(t, store.Job{ID: id(4), Guild: "100", Channel: "200", Member: "400", Prompt: "x"}, store.StateFailed)
			f.clip(t, 5, func(j *store.Job) { j.Guild = "101" })
			f.clip(t, 6, nil)
			f.remove(t, id(6))
			f.clip(t, 7, func(j *store.Job) { j.Settings.Resolution = "1080p" })
			f.clip(t, 8, func(j *store.Job) { j.Kind, j.Parent, j.Settings.Resolution = store.KindUpscale, id(7), "4k" })
			_, err := f.do(t, commands.KindCommand, c.by, c.data)
			if got := refusal(t, err); got != c.want {
				t.Fatalf("refused: %q, want %q", got, c.want)
			}
			if text := reply.Notice(f.set.Catalog.For("en-US"), c.want, err.(*commands.Refusal).Args); strings.Contains(says(t, &text), "<no value>") {
				t.Errorf("the person reads %s", says(t, &text))
			}
			if len(f.line.got) != 0 {
				t.Error("a job was begun")
			}
		})
	}
}

// What a video has where nobody chose a resolution is the service's default, if
// that is known; what is not known is in nobody's way.
func TestAVideoOfTheDefaultResolutionIsUpscaled(t *testing.T) {
	for name, c := range map[string]struct {
		standard string
		extends  bool // the dialect chooses an extension's settings anew
		kind     store.Kind
		want     string
	}{
		"lower":                     {"720p", true, store.KindDream, ""},
		"as high":                   {"1080p", true, store.KindDream, "refusal.upscale.has"},
		"higher":                    {"4k", true, store.KindDream, "refusal.upscale.has"},
		"not known":                 {"", true, store.KindDream, ""},
		"of an extension":           {"4k", true, store.KindExtend, "refusal.upscale.has"},
		"of an extension, as it is": {"4k", false, store.KindExtend, ""},
	} {
		can := able
		can.Default.Resolution, can.ExtendSettings = c.standard, c.extends
		f := speaking(t, can)
		f.clip(t, 1, func(j *store.Job) { j.Kind, j.Settings.Resolution = c.kind, "" })
		_, err := f.do(t, commands.KindCommand, home, command("upscale", option("resolution", `"1080p"`)))
		if got := refusal(t, err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The length of what is made over is its source's, and whose is not known counts
// as any other.
func TestWhatIsMadeOverCountsAsItsSource(t *testing.T) {
	for length, want := range map[time.Duration]time.Duration{0: 9 * time.Second, 400 * time.Millisecond: 9 * time.Second, 20 * time.Second: 20 * time.Second} {
		f := speaking(t, able)
		f.clip(t, 1, func(j *store.Job) { j.Settings.Duration = 9 * time.Second })
		f.change(t, id(1), func(j *store.Job) { j.Upload.Length = length })
		for _, data := range []string{command("sound", option("prompt", `"gulls"`)), command("upscale", option("resolution", `"4k"`))} {
			if _, err := f.do(t, commands.KindCommand, home, data); err != nil {
				t.Fatal(err)
			}
			if got := f.line.got[len(f.line.got)-1]; got.Counts != want {
				t.Errorf("%s of %v counts %v, want %v", got.Kind, length, got.Counts, want)
			}
		}
	}
}

// The rules of a server hold for every kind.
func TestRulesHoldForWhatIsMadeFromVideos(t *testing.T) {
	for want, rules := range map[string]community.Settings{
		"refusal.rule.channel": {Channels: []string{"201"}}, "refusal.rule.word": {Unwanted: []string{"gulls"}},
		"refusal.rule.role": {Roles: []string{"701"}}, "refusal.spent.guild": {GuildLength: 10 * time.Second}, "": {},
	} {
		for _, data := range []string{
			command("extend", option("prompt", `"gulls"`)), command("sound", option("prompt", `"gulls"`)), command("upscale", option("resolution", `"4k"`)),
			command("blend", named("first", 1)+","+named("second", 2)+","+option("prompt", `"gulls"`)),
		} {
			f := speaking(t, able)
			for n := 1; n <= 2; n++ {
				f.clip(t, n, func(j *store.Job) { j.Prompt, j.Counts = "gulls", 5*time.Second })
			}
			f.rule(t, "100", func(s *community.Settings) { *s = rules })
			_, err := f.do(t, commands.KindCommand, home, data)
			if got := refusal(t, err); got != want || (err == nil) != (len(f.line.got) == 1) {
				t.Errorf("%s: %q, want %q", data, got, want)
			}
		}
	}
}

// What was made over is told from what it was made from.
func TestNamesOfSuggestedVideos(t *testing.T) {
	f := speaking(t, able)
	for n, kind := range map[int]store.Kind{1: store.KindDream, 2: store.KindUpscale, 3: store.KindSound, 4: store.KindBlend} {
		f.clip(t, n, func(j *store.Job) { j.Kind, j.Prompt, j.Settings.Resolution = kind, "a boat", "4k" })
	}
	want := []string{"a boat", "🔊 a boat", "4k · a boat", "a boat"}
	for _, name := range []string{"extend", "share"} {
		a, err := f.do(t, commands.KindComplete, home, fmt.Sprintf(`{"name":%q,"options":[{"name":"video","type":3,"value":"boat","focused":true}]}`, name))
		var got []string
		for _, c := range a.Choices {
			got = append(got, c.Name)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("/%s suggests %q, %v; want %q", name, got, err, want)
		}
	}
}

// Each option that names a video completes.
func TestVideosAreSuggestedForEachOption(t *testing.T) {
	f := speaking(t, able)
	f.clip(t, 1, nil)
	f.clip(t, 2, nil)
	for _, o := range []string{"blend first", "blend second", "upscale video", "sound video", "extend video", "story video"} {
		name, option, _ := strings.Cut(o, " ")
		for typed, want := range map[string][]string{"": {id(2), id(1)}, "clip 1": {id(1)}, "nothing": nil} {
			a, err := f.do(t, commands.KindComplete, home, fmt.Sprintf(
				`{"id":"700","name":%q,"type":1,"options":[{"name":"first","type":3,"value":"clip 9"},{"name":%q,"type":3,"value":%q,"focused":true}]}`, name, option, typed))
			var got []string
			for _, c := range a.Choices {
				got = append(got, c.Value)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("/%s %s for %q: %v, %v; want %v", name, option, typed, got, err, want)
			}
		}
	}
}
