package luma_test

import (
	"context"
	"testing"
	"time"

	"dreambot/luma"
)

func TestLumalabsSendsTheDocumentedRequests(t *testing.T) {
	t.Parallel()
	image, last := luma.Image{URL: "https://cdn.example/a.png?ex=1&is=2"}, luma.Image{URL: "https://cdn.example/b.png"}
	sends(t, "lumalabs", []sending{
		{"prompt alone", luma.Request{Prompt: "a fox"}, "/generations/video",
			`{"generation_type":"video","prompt":"a fox","model":"ray-2"}`},
		{"everything", luma.Request{Prompt: "a fox", Model: "ray-flash-2", Duration: 9 * time.Second, Resolution: "4k", AspectRatio: "9:21",
			Loop: true, Image: image, CallbackURL: "https://bot.example/luma/1"}, "/generations/video",
			`{"generation_type":"video","prompt":"a fox","model":"ray-flash-2","duration":"9s","resolution":"4k","aspect_ratio":"9:21","loop":true,
			"keyframes":{"frame0":{"type":"image","url":"https://cdn.example/a.png?ex=1&is=2"}},"callback_url":"https://bot.example/luma/1"}`},
		{"two pictures", luma.Request{Prompt: "a fox", Image: image, EndImage: last}, "/generations/video",
			`{"generation_type":"video","prompt":"a fox","model":"ray-2","keyframes":{"frame0":{"type":"image","url":"https://cdn.example/a.png?ex=1&is=2"},
			"frame1":{"type":"image","url":"https://cdn.example/b.png"}}}`},
		{"a last picture", luma.Request{Prompt: "a fox", EndImage: last}, "/generations/video",
			`{"generation_type":"video","prompt":"a fox","model":"ray-2","keyframes":{"frame1":{"type":"image","url":"https://cdn.example/b.png"}}}`},
		{"what comes after", luma.Request{Kind: luma.KindExtend, Prompt: "it wakes", Source: "gen-1", Resolution: "720p", AspectRatio: "1:1"},
			"/generations/video", `{"generation_type":"video","prompt":"it wakes","model":"ray-2","resolution":"720p","aspect_ratio":"1:1",
			"keyframes":{"frame0":{"type":"generation","id":"gen-1"}}}`},
		{"what comes after, toward a picture", luma.Request{Kind: luma.KindExtend, Prompt: "it wakes", Source: "gen-1", EndImage: last}, "/generations/video",
			`{"generation_type":"video","prompt":"it wakes","model":"ray-2","keyframes":{"frame0":{"type":"generation","id":"gen-1"},
			"frame1":{"type":"image","url":"https://cdn.example/b.png"}}}`},
		{"what comes before", luma.Request{Kind: luma.KindExtend, Backward: true, Prompt: "it wakes", Source: "gen-1", Duration: 9 * time.Second},
			"/generations/video", `{"generation_type":"video","prompt":"it wakes","model":"ray-2","duration":"9s",
			"keyframes":{"frame1":{"type":"generation","id":"gen-1"}}}`},
		{"the way between two", luma.Request{Kind: luma.KindBlend, Prompt: "it turns", Source: "gen-1", Second: "gen-2", CallbackURL: "https://bot.example/luma/1"},
			"/generations/video", `{"generation_type":"video","prompt":"it turns","model":"ray-2","keyframes":{"frame0":{"type":"generation","id":"gen-1"},
			"frame1":{"type":"generation","id":"gen-2"}},"callback_url":"https://bot.example/luma/1"}`},
		{"a higher resolution", luma.Request{Kind: luma.KindUpscale, Source: "../a b", Resolution: "4k"}, "/generations/..%2Fa%20b/upscale",
			`{"generation_type":"upscale_video","resolution":"4k"}`},
		{"a higher resolution, with its parent's settings", luma.Request{Kind: luma.KindUpscale, Source: "gen-1", Resolution: "1080p", Model: "ray-v2",
			Duration: time.Minute, AspectRatio: "16:9", Loop: true, CallbackURL: "https://bot.example/luma/1"}, "/generations/gen-1/upscale",
			`{"generation_type":"upscale_video","resolution":"1080p","callback_url":"https://bot.example/luma/1"}`},
		{"sound", luma.Request{Kind: luma.KindSound, Source: "gen-1", Prompt: "rain & wind", Resolution: "360p", Loop: true,
			CallbackURL: "https://bot.example/luma/1"}, "/generations/gen-1/audio",
			`{"generation_type":"add_audio","prompt":"rain & wind","callback_url":"https://bot.example/luma/1"}`},
	})
	gets(t, "lumalabs", "/generations/")
}

// sending is a request, and where and as what it is sent.
type sending struct {
	name       string
	request    luma.Request
	path, body string
}

// sends checks that requests are sent in a dialect as it is documented.
func sends(t *testing.T, dialect string, list []sending) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, always(201, `{"id":"luma_gen_abc123","state":"queued","created_at":"2024-03-01T12:00:00Z"}`))
			g, err := speaking(dialect)(t, s.URL+"/v1").Create(context.Background(), c.request)
			if err != nil || g.ID != "luma_gen_abc123" || g.State != luma.StateQueued {
				t.Fatalf("%+v, %v", g, err)
			}
			r := one(t, s)
			if r.method != "POST" || r.path != "/v1"+c.path {
				t.Errorf("%s %s, want POST /v1%s", r.method, r.path, c.path)
			}
			if !sameJSON(t, r.body, c.body) {
				t.Errorf("body\n%s\nwant\n%s", r.body, c.body)
			}
			if r.header.Get("Content-Type") != "application/json" || r.header.Get("Authorization") != "Bearer "+testKey {
				t.Errorf("headers %v", r.header)
			}
		})
	}
}

// gets checks that a dialect asks for a generation by its id.
func gets(t *testing.T, dialect, path string) {
	t.Helper()
	s := serve(t, always(200, `{"id":"another","state":"queued"}`))
	g, err := speaking(dialect)(t, s.URL+"/v1").Get(context.Background(), "a/b c")
	if r := one(t, s); err != nil || g.ID != "a/b c" || r.method != "GET" || r.path != "/v1"+path+"a%2Fb%20c" || r.body != "" {
		t.Errorf("%+v, %v: %s %s with %q", g, err, r.method, r.path, r.body)
	}
}
