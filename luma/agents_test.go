package luma_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"dreambot/luma"
)

func TestAgentsSendsTheDocumentedRequests(t *testing.T) {
	t.Parallel()
	image, last := luma.Image{URL: "https://cdn.example/a.png?ex=1&is=2"}, luma.Image{URL: "https://cdn.example/b.png"}
	inline := luma.Image{URL: "https://cdn.example/gone.png", Data: []byte("\x89PNG\xff\xfe"), MediaType: "image/png"}
	const data = `{"data":"iVBOR//+","media_type":"image/png"}`
	if base64.StdEncoding.EncodeToString(inline.Data) != "iVBOR//+" {
		t.Fatal("the picture is not what it is said to be")
	}
	sends(t, "agents", []sending{
		{"prompt alone", luma.Request{Prompt: "a"}, "/generations", `{"model":"ray-3.2","type":"video","prompt":"a","video":{}}`},
		{"everything", luma.Request{Prompt: "a fox", Model: "ray-3.2", Duration: 5 * time.Second, Resolution: "360p", AspectRatio: "21:9", Loop: true,
			CallbackURL: "https://bot.example/luma/1"}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","aspect_ratio":"21:9","video":{"duration":"5s","resolution":"360p","loop":true}}`},
		{"ten seconds", luma.Request{Prompt: "a fox", Duration: 10 * time.Second, AspectRatio: "9:16"}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","aspect_ratio":"9:16","video":{"duration":"10s"}}`},
		{"a picture", luma.Request{Prompt: "a fox", Image: image, Loop: true}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","video":{"loop":true,"start_frame":{"url":"https://cdn.example/a.png?ex=1&is=2"}}}`},
		{"two pictures", luma.Request{Prompt: "a fox", Image: image, EndImage: last, Duration: 5 * time.Second}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","video":{"duration":"5s","start_frame":{"url":"https://cdn.example/a.png?ex=1&is=2"},
			"end_frame":{"url":"https://cdn.example/b.png"}}}`},
		{"a last picture", luma.Request{Prompt: "a fox", EndImage: last}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","video":{"end_frame":{"url":"https://cdn.example/b.png"}}}`},
		{"pictures themselves", luma.Request{Prompt: "a fox", Image: inline, EndImage: inline}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","video":{"start_frame":` + data + `,"end_frame":` + data + `}}`},
		{"ten seconds from a picture", luma.Request{Prompt: "a fox", Image: image, Duration: 10 * time.Second}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","video":{"duration":"10s","keyframes":[{"url":"https://cdn.example/a.png?ex=1&is=2"}],"keyframe_indexes":[0]}}`},
		{"ten seconds from a picture itself", luma.Request{Prompt: "a fox", Image: inline, Duration: 10 * time.Second}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"a fox","video":{"duration":"10s","keyframes":[` + data + `],"keyframe_indexes":[0]}}`},
		{"what comes after", luma.Request{Kind: luma.KindExtend, Prompt: "it wakes", Source: "gen-1", Resolution: "1080p", Loop: true}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"it wakes","video":{"duration":"5s","resolution":"1080p","loop":true,"start_frame":{"generation_id":"gen-1"}}}`},
		{"what comes before", luma.Request{Kind: luma.KindExtend, Backward: true, Prompt: "it wakes", Source: "gen-1", Duration: 5 * time.Second}, "/generations",
			`{"model":"ray-3.2","type":"video","prompt":"it wakes","video":{"duration":"5s","end_frame":{"generation_id":"gen-1"}}}`},
	})
	gets(t, "agents", "/generations/")
}

func TestAgentsTakesTheLargestPicture(t *testing.T) {
	t.Parallel()
	s := serve(t, always(201, `{"id":"a","state":"queued"}`))
	c := speaking("agents")(t, s.URL)
	picture := luma.Image{Data: bytes.Repeat([]byte{7}, 20<<20), MediaType: "image/jpeg"}
	if _, err := c.Create(context.Background(), luma.Request{Prompt: "a fox", Image: picture}); err != nil {
		t.Error(err)
	}
	if n, want := len(one(t, s).body), base64.StdEncoding.EncodedLen(20<<20); n < want || n > want+200 {
		t.Errorf("%d bytes were sent, want %d and a little more", n, want)
	}
	picture.Data = append(picture.Data, 7)
	if _, err := c.Create(context.Background(), luma.Request{Prompt: "a fox", Image: picture}); !errors.Is(err, luma.ErrInvalidRequest) {
		t.Errorf("a byte more: %v, want ErrInvalidRequest", err)
	}
	one(t, s)
}

// A 503 says that nothing was accepted where it speaks of a picture, and only to a
// paid call.
func TestAgentsCouldNotFetchAPicture(t *testing.T) {
	t.Parallel()
	for body, definite := range map[string]bool{
		`{"detail":"Failed to fetch image from URL"}`:        true,
		`{"detail":"could not download start_frame"}`:        true,
		`{"detail":{"code":"corrupt_input","message":"no"}}`: true,
		`{"detail":"Service temporarily unavailable"}`:       false,
		`{"detail":"Image generation is overloaded"}`:        false,
		`<html>failed to fetch image</html>`:                 false,
		`{"detail":"image moderation failed, try it later"}`: false,
		``: false,
	} {
		s := serve(t, always(503, body))
		c := speaking("agents")(t, s.URL)
		_, err := c.Create(context.Background(), luma.Request{Prompt: "a fox", Image: luma.Image{URL: "https://cdn.example/a.png"}})
		var e *luma.Error
		if !errors.As(err, &e) || e.Status != 503 || errors.Is(err, luma.ErrUncertain) == definite ||
			errors.Is(err, luma.ErrInvalidRequest) != definite || (e.Reason == luma.ReasonImageUnreadable) != definite {
			t.Errorf("%s: %#v, want a definite no: %v", body, err, definite)
		}
		for call, ask := range map[string]func() error{
			"get":  func() error { _, err := c.Get(context.Background(), "a"); return err },
			"ping": func() error { return c.Ping(context.Background()) },
		} {
			if err := ask(); !errors.Is(err, luma.ErrUnavailable) {
				t.Errorf("%s, %s: %v, want ErrUnavailable", body, call, err)
			}
		}
	}
}
