package luma_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/luma"
)

func TestCapabilitiesAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	everyDialect(t, func(t *testing.T, dial dialer) {
		c := dial(t, "http://localhost", luma.WithPrices(luma.Prices{Rows: []luma.Price{{Money: 1}}}))
		want, got := c.Capabilities(), c.Capabilities()
		for _, list := range [][]string{got.Models, got.Resolutions, got.AspectRatios, got.Upscale} {
			clear(list)
		}
		clear(got.Durations)
		clear(got.Conflicts)
		clear(got.Prices.Rows)
		clear(got.Prices.Overrides)
		if diff := cmp.Diff(want, c.Capabilities()); diff != "" {
			t.Errorf("after a caller's change, -want +got:\n%s", diff)
		}
	})
}

func TestCapabilitiesOfCrazyrouter(t *testing.T) {
	t.Parallel()
	want := luma.Capabilities{
		Models:      []string{"ray-v1", "ray-v2"},
		Durations:   []time.Duration{5 * time.Second},
		Resolutions: []string{"540p", "720p", "1080p"},
		PromptMin:   1, PromptMax: 5000, ExpandPrompt: true, ExtendEndImage: true,
	}
	if diff := cmp.Diff(want, capabilities(t)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What holds for the capabilities of any dialect.
func TestCapabilitiesHoldTogether(t *testing.T) {
	t.Parallel()
	everyDialect(t, func(t *testing.T, dial dialer) {
		can := dial(t, "http://localhost").Capabilities()
		if len(can.Models) == 0 || len(can.Durations) == 0 || len(can.Resolutions) == 0 || can.PromptMin < 1 || can.PromptMax < can.PromptMin {
			t.Errorf("it can nothing: %+v", can)
		}
		if !slices.IsSorted(can.Durations) {
			t.Errorf("durations %v do not begin with the shortest", can.Durations)
		}
		for _, list := range [][]string{can.Models, can.Resolutions, can.AspectRatios, can.Upscale} {
			for i, v := range list {
				if v == "" || slices.Contains(list[:i], v) {
					t.Errorf("%q in %q", v, list)
				}
			}
		}
		for _, of := range []struct {
			name      string
			list      []string
			byDefault string
		}{{"model", can.Models, can.Default.Model}, {"resolution", can.Resolutions, can.Default.Resolution}} {
			if of.byDefault != "" && !slices.Contains(of.list, of.byDefault) {
				t.Errorf("the default %s %q is not one of %q", of.name, of.byDefault, of.list)
			}
		}
		if d := can.Default.Duration; d != 0 && !slices.Contains(can.Durations, d) {
			t.Errorf("the default duration %v is not one of %v", d, can.Durations)
		}
		for _, p := range can.Prices.Rows {
			d, err := time.ParseDuration(p.Duration)
			if err != nil || d.String() != p.Duration || !slices.Contains(can.Durations, d) || !slices.Contains(can.Models, p.Model) ||
				!slices.Contains(can.Resolutions, p.Resolution) || p.Kind == "" || p.Money <= 0 {
				t.Errorf("a price of what is not there: %+v", p)
			}
		}
	})
}

// attempt is a request that a dialect takes, or refuses before it is sent.
type attempt struct {
	name    string
	request luma.Request
	refused bool
	// one and other are the traits that do not go together.
	one, other luma.Trait
}

// take checks what a dialect takes and what it refuses.
func take(t *testing.T, dialect string, list []attempt) {
	t.Helper()
	for _, a := range list {
		s := serve(t, always(201, `{"id":"luma_gen_abc123","state":"queued"}`))
		c := speaking(dialect)(t, s.URL)
		if a.request.Prompt == "" && a.request.Kind != luma.KindUpscale {
			a.request.Prompt = "a fox"
		}
		a.refused = a.refused || a.one != ""
		_, err := c.Create(context.Background(), a.request)
		if a.refused != (err != nil) || err != nil && (!errors.Is(err, luma.ErrInvalidRequest) || errors.Is(err, luma.ErrUncertain)) {
			t.Errorf("%s: %v, want it refused: %v", a.name, err, a.refused)
		}
		if n := len(s.requests()); (n == 0) != a.refused {
			t.Errorf("%s: %d requests were sent", a.name, n)
		}
		if one, other, ok := c.Capabilities().Conflict(a.request); one != a.one || other != a.other || ok != (a.one != "") {
			t.Errorf("%s: %q conflicts with %q: %v; want %q and %q", a.name, one, other, ok, a.one, a.other)
		}
	}
}

var (
	picture = luma.Image{URL: "https://cdn.example/a.png"}
	inline  = luma.Image{Data: []byte("\x89PNG"), MediaType: "image/png"}
)

func TestWhatCrazyrouterTakes(t *testing.T) {
	t.Parallel()
	take(t, "crazyrouter", []attempt{
		{name: "two pictures", request: luma.Request{Image: picture, EndImage: picture}},
		{name: "toward a picture", request: luma.Request{Kind: luma.KindExtend, Source: "g", EndImage: picture}},
		{name: "an address to call", request: luma.Request{CallbackURL: "https://bot/1"}},
		{name: "a loop", request: luma.Request{Loop: true}, refused: true},
		{name: "an aspect ratio", request: luma.Request{AspectRatio: "16:9"}, refused: true},
		{name: "backward", request: luma.Request{Kind: luma.KindExtend, Source: "g", Backward: true}, refused: true},
		{name: "the way between two", request: luma.Request{Kind: luma.KindBlend, Source: "g", Second: "h"}, refused: true},
		{name: "an upscale", request: luma.Request{Kind: luma.KindUpscale, Source: "g", Resolution: "1080p"}, refused: true},
		{name: "a sound", request: luma.Request{Kind: luma.KindSound, Source: "g"}, refused: true},
		{name: "a kind that nobody knows", request: luma.Request{Kind: "dance", Source: "g"}, refused: true},
		{name: "a picture itself", request: luma.Request{Image: inline}, refused: true},
	})
}

func TestWhatLumalabsTakes(t *testing.T) {
	t.Parallel()
	yes := true
	take(t, "lumalabs", []attempt{
		{name: "the shortest prompt", request: luma.Request{Prompt: "狐狐狐"}},
		{name: "a shorter one", request: luma.Request{Prompt: "狐狐"}, refused: true},
		{name: "the longest prompt", request: luma.Request{Prompt: strings.Repeat("狐", 5000)}},
		{name: "a longer one", request: luma.Request{Prompt: strings.Repeat("狐", 5001)}, refused: true},
		{name: "no such model", request: luma.Request{Model: "ray-v2"}, refused: true},
		{name: "no such duration", request: luma.Request{Duration: 10 * time.Second}, refused: true},
		{name: "no such resolution", request: luma.Request{Resolution: "360p"}, refused: true},
		{name: "no such aspect ratio", request: luma.Request{AspectRatio: "2:1"}, refused: true},
		{name: "an expanded prompt", request: luma.Request{ExpandPrompt: &yes}, refused: true},
		{name: "a picture itself", request: luma.Request{Image: inline}, refused: true},
		{name: "an aspect ratio with pictures", request: luma.Request{AspectRatio: "1:1", Image: picture, EndImage: picture}},
		{name: "a loop from a picture", request: luma.Request{Loop: true, Image: picture, Duration: 9 * time.Second}},
		{name: "a loop to a picture", request: luma.Request{Loop: true, EndImage: picture}, one: luma.TraitLoop, other: luma.TraitEndImage},
		{name: "a loop that goes on", request: luma.Request{Kind: luma.KindExtend, Source: "g", Loop: true}, one: luma.TraitLoop, other: luma.TraitExtension},
		{name: "backward toward a picture", request: luma.Request{Kind: luma.KindExtend, Source: "g", Backward: true, EndImage: picture},
			one: luma.TraitBackward, other: luma.TraitEndImage},
		{name: "nine seconds that go on", request: luma.Request{Kind: luma.KindExtend, Source: "g", Duration: 9 * time.Second}},
		{name: "backward, of no extension", request: luma.Request{Backward: true}, refused: true},
		{name: "extend nothing", request: luma.Request{Kind: luma.KindExtend}, refused: true},
		{name: "blend with nothing", request: luma.Request{Kind: luma.KindBlend, Source: "g"}, refused: true},
		{name: "a blend that loops", request: luma.Request{Kind: luma.KindBlend, Source: "g", Second: "h", Loop: true}, refused: true},
		{name: "an upscale without a resolution", request: luma.Request{Kind: luma.KindUpscale, Source: "g"}, refused: true},
		{name: "an upscale to less", request: luma.Request{Kind: luma.KindUpscale, Source: "g", Resolution: "720p"}, refused: true},
		{name: "an upscale of nothing", request: luma.Request{Kind: luma.KindUpscale, Resolution: "4k"}, refused: true},
		{name: "a sound of two letters", request: luma.Request{Kind: luma.KindSound, Source: "g", Prompt: "hm"}, refused: true},
		{name: "a sound of nothing", request: luma.Request{Kind: luma.KindSound}, refused: true},
	})
}

func TestWhatAgentsTakes(t *testing.T) {
	t.Parallel()
	const ten = 10 * time.Second
	take(t, "agents", []attempt{
		{name: "the longest prompt", request: luma.Request{Prompt: strings.Repeat("狐", 6000)}},
		{name: "a longer one", request: luma.Request{Prompt: strings.Repeat("狐", 6001)}, refused: true},
		{name: "no such model", request: luma.Request{Model: "ray-2"}, refused: true},
		{name: "no such duration", request: luma.Request{Duration: 9 * time.Second}, refused: true},
		{name: "no such resolution", request: luma.Request{Resolution: "4k"}, refused: true},
		{name: "no such aspect ratio", request: luma.Request{AspectRatio: "9:21"}, refused: true},
		{name: "ten seconds to a picture", request: luma.Request{Duration: ten, EndImage: picture}, one: luma.TraitLong, other: luma.TraitEndImage},
		{name: "ten seconds from one to another", request: luma.Request{Duration: ten, Image: picture, EndImage: inline},
			one: luma.TraitLong, other: luma.TraitEndImage},
		{name: "ten seconds that go on", request: luma.Request{Kind: luma.KindExtend, Source: "g", Duration: ten},
			one: luma.TraitLong, other: luma.TraitExtension},
		{name: "a loop to a picture", request: luma.Request{Loop: true, EndImage: picture}, one: luma.TraitLoop, other: luma.TraitEndImage},
		{name: "a loop of ten seconds", request: luma.Request{Loop: true, Duration: ten}, one: luma.TraitLoop, other: luma.TraitLong},
		{name: "a loop of ten seconds from a picture", request: luma.Request{Loop: true, Image: picture, Duration: ten},
			one: luma.TraitLoop, other: luma.TraitLong},
		{name: "a loop backward", request: luma.Request{Kind: luma.KindExtend, Source: "g", Backward: true, Loop: true},
			one: luma.TraitLoop, other: luma.TraitBackward},
		{name: "an aspect ratio from a picture", request: luma.Request{AspectRatio: "1:1", Image: inline}, one: luma.TraitAspectRatio, other: luma.TraitImage},
		{name: "an aspect ratio to a picture", request: luma.Request{AspectRatio: "1:1", EndImage: picture},
			one: luma.TraitAspectRatio, other: luma.TraitEndImage},
		{name: "an aspect ratio that goes on", request: luma.Request{Kind: luma.KindExtend, Source: "g", AspectRatio: "1:1"},
			one: luma.TraitAspectRatio, other: luma.TraitExtension},
		{name: "toward a picture", request: luma.Request{Kind: luma.KindExtend, Source: "g", EndImage: picture}, refused: true},
		{name: "the way between two", request: luma.Request{Kind: luma.KindBlend, Source: "g", Second: "h"}, refused: true},
		{name: "an upscale", request: luma.Request{Kind: luma.KindUpscale, Source: "g", Resolution: "1080p"}, refused: true},
		{name: "a sound", request: luma.Request{Kind: luma.KindSound, Source: "g"}, refused: true},
		{name: "a picture of no type", request: luma.Request{Image: luma.Image{Data: []byte("a")}}, refused: true},
		{name: "a picture that is none", request: luma.Request{EndImage: luma.Image{Data: []byte("a"), MediaType: "text/html"}}, refused: true},
		{name: "a picture too large", request: luma.Request{Image: luma.Image{Data: bytes.Repeat([]byte("a"), 20<<20+1), MediaType: "image/png"}}, refused: true},
	})
}

// capabilities are those of a client with these options.
func capabilities(t *testing.T, options ...luma.Option) luma.Capabilities {
	t.Helper()
	c, err := luma.New(testKey, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c.Capabilities()
}
