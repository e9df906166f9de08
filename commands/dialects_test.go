package commands_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"dreambot/commands"
	"dreambot/internal/money"
	"dreambot/luma"
)

// A dialect that can everything, one that can the half, and one that can nothing
// but dream and extend.
var (
	able = luma.Capabilities{
		Models: []string{"ray-2", "ray-flash-2"}, Durations: []time.Duration{5 * time.Second, 9 * time.Second},
		Resolutions: []string{"540p", "720p", "1080p", "4k"}, AspectRatios: []string{"1:1", "16:9", "9:16"},
		PromptMin: 3, PromptMax: 5000, Loop: true, ExtendEndImage: true, ExtendSettings: true, Backward: true, Blend: true,
		Upscale: []string{"1080p", "4k"}, Sound: true, Balance: true,
		Conflicts: [][2]luma.Trait{{luma.TraitLoop, luma.TraitEndImage}, {luma.TraitLoop, luma.TraitExtension}, {luma.TraitBackward, luma.TraitEndImage}},
		Default:   luma.Settings{Model: "ray-2", Duration: 5 * time.Second, Resolution: "720p"},
		Prices: luma.Prices{AsOf: "2026-06-30", Rows: []luma.Price{
			{Kind: luma.KindSound, Money: 10 * money.Cent},
			{Resolution: "1080p", Money: 125 * money.Cent},
			{Resolution: "720p", Money: 30 * money.Cent},
		}},
	}
	halfway = luma.Capabilities{
		Models: []string{"ray-3.2"}, Durations: []time.Duration{5 * time.Second, 10 * time.Second},
		Resolutions: []string{"360p", "540p", "720p", "1080p"}, AspectRatios: []string{"9:16", "16:9"},
		PromptMin: 1, PromptMax: 6000, Loop: true, ExtendEndImage: true, ExtendSettings: true, Backward: true,
		Conflicts: [][2]luma.Trait{{luma.TraitLoop, luma.TraitEndImage}, {luma.TraitLoop, luma.TraitLong}, {luma.TraitLoop, luma.TraitBackward},
			{luma.TraitAspectRatio, luma.TraitImage}, {luma.TraitAspectRatio, luma.TraitEndImage}, {luma.TraitAspectRatio, luma.TraitExtension},
			{luma.TraitLong, luma.TraitEndImage}, {luma.TraitBackward, luma.TraitEndImage}},
		Default: luma.Settings{Model: "ray-3.2", Duration: 5 * time.Second, Resolution: "720p"},
	}
	bare = luma.Capabilities{PromptMin: 1, PromptMax: 100}
)

// dialects are all that these tests speak.
var dialects = map[string]luma.Capabilities{"ours": capabilities, "able": able, "halfway": halfway, "bare": bare}

// speaking is a fixture with a dialect.
func speaking(t testing.TB, can luma.Capabilities) *fixture {
	t.Helper()
	return setUp(t).with(func(c *commands.Config) { c.Capabilities = can })
}

// account is an Account that answers as the test says.
type account func(ctx context.Context) (money.Amount, error)

func (a account) Balance(ctx context.Context) (money.Amount, error) { return a(ctx) }

// What Discord registers is what the dialect can, and nothing else.
func TestCommandsFollowTheDialect(t *testing.T) {
	for name, want := range map[string]map[string][]string{
		"ours": {
			"dream":  {"prompt", "image", "end_image", "model", "duration", "resolution", "expand_prompt", "spoiler"},
			"extend": {"prompt", "video", "end_image", "spoiler"},
		},
		"able": {
			"dream":   {"prompt", "image", "end_image", "model", "duration", "resolution", "aspect_ratio", "loop", "spoiler"},
			"extend":  {"prompt", "video", "direction", "end_image", "spoiler"},
			"blend":   {"first", "second", "prompt", "spoiler"},
			"upscale": {"resolution", "video", "spoiler"},
			"sound":   {"prompt", "video", "spoiler"},
		},
		"halfway": {
			"dream":  {"prompt", "image", "end_image", "model", "duration", "resolution", "aspect_ratio", "loop", "spoiler"},
			"extend": {"prompt", "video", "direction", "end_image", "spoiler"},
		},
		"bare": {
			"dream":  {"prompt", "image", "end_image", "spoiler"},
			"extend": {"prompt", "video", "spoiler"},
		},
	} {
		got := map[string][]string{}
		for _, d := range speaking(t, dialects[name]).set.Definitions(false) {
			if !slices.Contains([]string{"dream", "extend", "blend", "upscale", "sound"}, d.Name) {
				continue
			}
			for _, o := range d.Options {
				got[d.Name] = append(got[d.Name], o.Name)
				var choices []string
				for _, c := range o.Choices {
					choices = append(choices, c.Value)
				}
				can := dialects[name]
				wanted := map[string][]string{"model": can.Models, "resolution": can.Resolutions, "aspect_ratio": can.AspectRatios,
					"direction": {"forward", "backward"}}
				if d.Name == "upscale" {
					wanted["resolution"] = can.Upscale
				}
				if list, ok := wanted[o.Name]; ok && !slices.Equal(choices, list) {
					t.Errorf("%s: /%s offers %s of %q, want %q", name, d.Name, o.Name, choices, list)
				}
				if o.Name == "prompt" && (o.MinLength != can.PromptMin || o.MaxLength != can.PromptMax) {
					t.Errorf("%s: /%s takes prompts of %d to %d characters", name, d.Name, o.MinLength, o.MaxLength)
				}
				if suggests := slices.Contains([]string{"video", "first", "second"}, o.Name); suggests && !o.Autocomplete {
					t.Errorf("%s: /%s suggests nothing for %s", name, d.Name, o.Name)
				}
			}
		}
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// What is typed for an option that the dialect lacks is an old client's, and does
// nothing; a command that it lacks is out of date.
func TestWhatTheDialectLacksIsNotTaken(t *testing.T) {
	f := setUp(t)
	f.video(t, 1, home, "a boat")
	if _, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)+`,{"name":"loop","type":5,"value":true}`)); err != nil ||
		f.line.got[0].Settings.Loop {
		t.Errorf("loop: %v", err)
	}
	for _, aspect := range []string{"16:9", "8:1"} {
		_, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)+","+option("aspect_ratio", `"`+aspect+`"`)))
		if refusal(t, err) != "refusal.option" {
			t.Errorf("aspect ratio: %v", err)
		}
	}
	if _, err := f.do(t, commands.KindCommand, home, command("extend", option("prompt", `"a boat"`)+","+option("direction", `"backward"`))); err != nil ||
		f.line.got[1].Backward {
		t.Errorf("direction: %v", err)
	}
	for _, name := range []string{"blend", "upscale", "sound"} {
		if _, err := f.do(t, commands.KindCommand, home, command(name, option("prompt", `"a boat"`))); refusal(t, err) != "refusal.unknown" {
			t.Errorf("/%s: %v", name, err)
		}
	}
}
