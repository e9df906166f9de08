package order_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/order"
	"dreambot/luma"
	"dreambot/store"
)

func TestRequest(t *testing.T) {
	no := false
	settings := store.Settings{Model: "m", Duration: 5 * time.Second, Resolution: "720p", AspectRatio: "9:16", Loop: true, ExpandPrompt: &no}
	for name, c := range map[string]struct {
		job  store.Job
		want luma.Request
	}{
		"a dream": {
			store.Job{Kind: store.KindDream, Prompt: "a fox", Settings: settings,
				Image: store.Picture{URL: "https://a"}, EndImage: store.Picture{URL: "https://b"}},
			luma.Request{Kind: luma.KindCreate, Prompt: "a fox", Model: "m", Duration: 5 * time.Second, Resolution: "720p",
				AspectRatio: "9:16", Loop: true, ExpandPrompt: &no, Image: luma.Image{URL: "https://a"}, EndImage: luma.Image{URL: "https://b"}},
		},
		"what comes before": {
			store.Job{Kind: store.KindExtend, Prompt: "it wakes", Source: "g", Backward: true},
			luma.Request{Kind: luma.KindExtend, Prompt: "it wakes", Source: "g", Backward: true},
		},
		"the way between two": {
			store.Job{Kind: store.KindBlend, Prompt: "it turns", Source: "g", SecondSource: "h"},
			luma.Request{Kind: luma.KindBlend, Prompt: "it turns", Source: "g", Second: "h"},
		},
		"a higher resolution, which has no prompt": {
			store.Job{Kind: store.KindUpscale, Prompt: "its parent's", Source: "g", Settings: store.Settings{Resolution: "4k"}},
			luma.Request{Kind: luma.KindUpscale, Source: "g", Resolution: "4k"},
		},
		"sound": {
			store.Job{Kind: store.KindSound, Prompt: "rain", Source: "g"},
			luma.Request{Kind: luma.KindSound, Prompt: "rain", Source: "g"},
		},
	} {
		if diff := cmp.Diff(c.want, order.Request(c.job)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Every kind of a job has a kind of a request.
func TestEveryKindAsksForSomething(t *testing.T) {
	seen := map[luma.Kind]bool{}
	for _, k := range store.Kinds() {
		kind := order.Request(store.Job{Kind: k}).Kind
		if kind == "" || seen[kind] {
			t.Errorf("kind %q asks for %q", k, kind)
		}
		seen[kind] = true
	}
}
