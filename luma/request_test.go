package luma_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/luma"
)

func TestCreateSendsTheDocumentedBody(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, c := range map[string]struct {
		request luma.Request
		want    string
	}{
		"prompt alone": {
			luma.Request{Prompt: "A fox & <two> \"owls\" — 狐狸"},
			`{"user_prompt":"A fox & <two> \"owls\" — 狐狸"}`,
		},
		"everything": {
			luma.Request{Prompt: "a fox", Model: "ray-v2", Duration: 5 * time.Second, Resolution: "1080p",
				ExpandPrompt: &yes, Image: luma.Image{URL: "https://cdn.example/a.png?ex=1&is=2"}, EndImage: luma.Image{URL: "https://cdn.example/b.png"}},
			`{"user_prompt":"a fox","model_name":"ray-v2","duration":"5","resolution":"1080p","expand_prompt":true,` +
				`"image_url":"https://cdn.example/a.png?ex=1&is=2","image_end_url":"https://cdn.example/b.png"}`,
		},
		"expand_prompt false is said": {
			luma.Request{Prompt: "a fox", ExpandPrompt: &no},
			`{"user_prompt":"a fox","expand_prompt":false}`,
		},
		"from an image": {
			luma.Request{Prompt: "a fox", Model: "ray-v1", Resolution: "540p", Image: luma.Image{URL: "https://cdn.example/a.png"}},
			`{"user_prompt":"a fox","model_name":"ray-v1","resolution":"540p","image_url":"https://cdn.example/a.png"}`,
		},
		"the longest prompt": {
			luma.Request{Prompt: strings.Repeat("狐", 5000)},
			`{"user_prompt":"` + strings.Repeat("狐", 5000) + `"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, always(200, `{"id":"luma_gen_abc123","state":"queued","created_at":"2024-03-01T12:00:00Z"}`))
			g, err := dial(t, s.URL).Create(context.Background(), c.request)
			if err != nil {
				t.Fatal(err)
			}
			want := luma.Generation{ID: "luma_gen_abc123", State: luma.StateQueued,
				CreatedAt: time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)}
			if diff := cmp.Diff(want, g); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			r := one(t, s)
			if r.method != "POST" || r.path != "/luma/generations" {
				t.Errorf("%s %s", r.method, r.path)
			}
			if !sameJSON(t, r.body, c.want) {
				t.Errorf("body\n%s\nwant\n%s", r.body, c.want)
			}
			if got := r.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type: %s", got)
			}
			if r.header.Get("Authorization") != "Bearer "+testKey {
				t.Error("the key is not in the Authorization header as a bearer's")
			}
		})
	}
}

func TestExtendSendsTheDocumentedBody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id         string
		request    luma.Request
		path, body string
	}{
		"prompt alone": {"luma_gen_abc123", luma.Request{Prompt: "it wakes"},
			"/luma/generations/luma_gen_abc123/extend", `{"user_prompt":"it wakes"}`},
		"toward an image": {"luma_gen_abc123", luma.Request{Prompt: "it wakes", EndImage: luma.Image{URL: "https://cdn.example/b.png"}},
			"/luma/generations/luma_gen_abc123/extend", `{"user_prompt":"it wakes","image_end_url":"https://cdn.example/b.png"}`},
		"an id that is no path": {"../a b/?c#d%2F", luma.Request{Prompt: "it wakes"},
			"/luma/generations/..%2Fa%20b%2F%3Fc%23d%252F/extend", `{"user_prompt":"it wakes"}`},
	} {
		s := serve(t, always(201, `{"id":"luma_gen_next","state":"queued"}`))
		c.request.Kind, c.request.Source = luma.KindExtend, c.id
		g, err := dial(t, s.URL+"/").Create(context.Background(), c.request)
		if err != nil || g.ID != "luma_gen_next" {
			t.Errorf("%s: %+v, %v", name, g, err)
			continue
		}
		r := one(t, s)
		if r.method != "POST" || r.path != c.path {
			t.Errorf("%s: %s %s, want POST %s", name, r.method, r.path, c.path)
		}
		if !sameJSON(t, r.body, c.body) {
			t.Errorf("%s: body %s, want %s", name, r.body, c.body)
		}
	}
}

func TestGetAsksForTheGeneration(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"another","state":"dreaming"}`))
	g, err := dial(t, s.URL+"/below/").Get(context.Background(), "a/b c")
	if err != nil {
		t.Fatal(err)
	}
	if g.ID != "a/b c" {
		t.Errorf("ID %q is not the one that was asked for", g.ID)
	}
	r := one(t, s)
	if r.method != "GET" || r.path != "/below/luma/generations/a%2Fb%20c" || r.body != "" {
		t.Errorf("%s %s with body %q", r.method, r.path, r.body)
	}
	if r.header.Get("Authorization") != "Bearer "+testKey || r.header.Get("Content-Type") != "" {
		t.Error("the headers are not those of a query")
	}
}

func TestWhatBreaksTheCapabilitiesIsNotSent(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"luma_gen_abc123","state":"queued"}`))
	c := dial(t, s.URL)
	ctx := context.Background()
	create := func(r luma.Request) func() (luma.Generation, error) {
		return func() (luma.Generation, error) { return c.Create(ctx, r) }
	}
	extend := func(id string, r luma.Request) func() (luma.Generation, error) {
		r.Kind, r.Source = luma.KindExtend, id
		return create(r)
	}
	get := func(id string) func() (luma.Generation, error) {
		return func() (luma.Generation, error) { return c.Get(ctx, id) }
	}
	for name, c := range map[string]struct {
		op   string
		call func() (luma.Generation, error)
	}{
		"no prompt":           {"create", create(luma.Request{})},
		"a blank prompt":      {"create", create(luma.Request{Prompt: " \n\t\u3000"})},
		"a prompt too long":   {"create", create(luma.Request{Prompt: strings.Repeat("狐", 5001)})},
		"unknown model":       {"create", create(luma.Request{Prompt: "a", Model: "ray-2"})},
		"unknown resolution":  {"create", create(luma.Request{Prompt: "a", Resolution: "4k"})},
		"unknown duration":    {"create", create(luma.Request{Prompt: "a", Duration: 9 * time.Second})},
		"a duration below 0":  {"create", create(luma.Request{Prompt: "a", Duration: -1})},
		"extend, no prompt":   {"extend", extend("a", luma.Request{})},
		"extend, a long one":  {"extend", extend("a", luma.Request{Prompt: strings.Repeat("a", 5001)})},
		"extend, no id":       {"extend", extend("", luma.Request{Prompt: "a"})},
		"extend, a blank id":  {"extend", extend(" ", luma.Request{Prompt: "a"})},
		"extend, parent":      {"extend", extend("..", luma.Request{Prompt: "a"})},
		"get, no id":          {"get", get("")},
		"get, here":           {"get", get(".")},
		"get, parent":         {"get", get("..")},
		"get, control":        {"get", get("a\nb")},
		"get, not UTF-8":      {"get", get("a\xff")},
		"get, an id too long": {"get", get(strings.Repeat("a", 257))},
	} {
		_, err := c.call()
		var e *luma.Error
		if !errors.As(err, &e) || e.Op != c.op || !errors.Is(err, luma.ErrInvalidRequest) || e.Status != 0 {
			t.Errorf("%s: %v, want ErrInvalidRequest of %s", name, err, c.op)
		}
		if errors.Is(err, luma.ErrUncertain) {
			t.Errorf("%s: uncertain, though nothing was sent", name)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func one(t *testing.T, s *service) seen {
	t.Helper()
	all := s.requests()
	if len(all) != 1 {
		t.Fatalf("%d requests, want 1", len(all))
	}
	return all[0]
}
