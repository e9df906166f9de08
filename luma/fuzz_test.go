package luma

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// FuzzDecode hands a body to each dialect.
func FuzzDecode(f *testing.F) {
	for _, name := range Dialects() {
		for _, s := range Samples(name) {
			f.Add([]byte(s.Body))
		}
		for _, r := range Refusals(name) {
			f.Add([]byte(r.Body))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, d := range dialects() {
			decode(t, d, body)
		}
	})
}

func decode(t *testing.T, d dialect, body []byte) {
	refused := d.reading().refusal(body)
	g, err := d.reading().decode(body)
	if said := (*fault)(nil); errors.As(err, &said) {
		if *said != refused {
			t.Errorf("decode finds the fault %+v, refusal %+v", *said, refused)
		}
		if said.code == "" && said.message == "" && said.kind != nil {
			t.Errorf("a fault of kind %v without a word", said.kind)
		}
	}
	if err != nil {
		if g != (Generation{}) {
			t.Errorf("%+v besides %v", g, err)
		}
		return
	}
	if !slices.Contains([]State{StateQueued, StateDreaming, StateCompleted, StateFailed}, g.State) {
		t.Errorf("state %q", g.State)
	}
	if (g.State == StateFailed) != (g.Reason != "") || g.State != StateFailed && g.Cause != "" {
		t.Errorf("state %q, reason %q, cause %q", g.State, g.Reason, g.Cause)
	}
	if v := g.Video; v != nil {
		u, err := url.Parse(v.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Errorf("link %q: %v", v.URL, err)
		}
		if v.Width < 0 || v.Height < 0 || g.State != StateCompleted {
			t.Errorf("state %q, %d by %d", g.State, v.Width, v.Height)
		}
	}
	if _, err := json.Marshal(g); err != nil {
		t.Errorf("it cannot be stored: %v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	const secret = "sk-XdO3mLq9"
	for i, name := range Dialects() {
		for _, r := range Refusals(name) {
			f.Add(byte(i), r.Status, r.Body, "7")
		}
	}
	f.Add(byte(0), 200, `{"id":"a","state":"failed","failure_reason":"`+secret+`"}`, "")
	f.Add(byte(1), 403, secret, "soon")
	sentinels := []error{ErrUnauthorized, ErrInsufficientQuota, ErrRateLimited, ErrInvalidRequest, ErrForbidden, ErrNotFound, ErrUnavailable}
	f.Fuzz(func(t *testing.T, which byte, status int, body, after string) {
		value := secret
		c := &Client{key: key{&value}, dialect: dialects()[int(which)%len(dialects())]}
		var g Generation
		x := c.about(&g, string(KindCreate), call{})
		x.paid = true
		fail := c.answer(x, &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}},
			Body: io.NopCloser(strings.NewReader(body))})
		if fail == nil {
			if status < 200 || status > 299 || utf8.RuneCountInString(g.Cause) > maxWords {
				t.Errorf("status %d becomes %+v", status, g)
			}
			return
		}
		if g != (Generation{}) || fail.Op != string(KindCreate) || fail.Status != status || !slices.Contains(sentinels, fail.Kind) {
			t.Errorf("%+v besides %#v", g, fail)
		}
		if fail.Kind == ErrForbidden && status != http.StatusForbidden && fail.Code != "403" {
			t.Errorf("status %d is a plain 403: %v", status, fail)
		}
		if fail.Reason != "" && fail.Kind != ErrInvalidRequest {
			t.Errorf("a reason %q besides %v", fail.Reason, fail.Kind)
		}
		// What is no 4xx and not understood may have been accepted.
		if fail.Kind == ErrUnavailable && (status < 400 || status > 499) && !uncertain(fail) {
			t.Errorf("%v is not uncertain", fail)
		}
		if status >= 500 && status <= 599 && !uncertain(fail) && (status != 503 || fail.Reason != ReasonImageUnreadable) {
			t.Errorf("%v is a definite no", fail)
		}
		if text := fail.Error(); strings.Contains(text, secret) || len(text) > 8*maxWords+1000 {
			t.Errorf("%d bytes, with the key: %v", len(text), strings.Contains(text, secret))
		}
	})
}

// FuzzFree hands a body to the free calls of each dialect that has them.
func FuzzFree(f *testing.F) {
	f.Add([]byte(`{"has_more":true,"generations":[{"id":"a","created_at":"2024-03-01T12:00:00Z","state":"failed","request":{"prompt":"a fox",
		"keyframes":{"frame0":{"type":"image","url":"https://a/b?c"}}}},null,7]}`))
	f.Add([]byte(`{"data":{"credit_balance":12.5},"generations":[]}`))
	f.Add([]byte(`{"detail":"no","credit_balance":"-1e12"}`))
	r := Request{Kind: KindCreate, Prompt: "a fox", Image: Image{URL: "https://a/b"}}
	other := Request{Kind: KindExtend, Prompt: "an owl", Source: "g"}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, d := range dialects() {
			if l, ok := d.(lister); ok {
				entries, more, err := l.listed(body, 2)
				if err != nil && (more || len(entries) > 0) {
					t.Errorf("%d entries, more %v besides %v", len(entries), more, err)
				}
				for _, entry := range entries {
					g := d.reading().generation([]object{entry})
					if (g.State == StateFailed) != (g.Reason != "") || g.Video != nil && g.State != StateCompleted {
						t.Errorf("%+v", g)
					}
					if l.asks(entry, r) && l.asks(entry, other) {
						t.Errorf("%v asks for two things", entry)
					}
				}
			}
			if b, ok := d.(banker); ok {
				if held, err := b.held(body); held > 1e16 || held < -1e16 || err != nil && held != 0 {
					t.Errorf("%v, %v", held, err)
				}
			}
		}
	})
}

func FuzzTidy(f *testing.F) {
	const secret = "sk-XdO3mLq9"
	f.Add("a\x00b\r\n\xff " + secret)
	f.Add(strings.Repeat("é", 490) + secret)
	f.Add(secret[:4] + secret + secret[4:])
	f.Fuzz(func(t *testing.T, words string) {
		value := secret
		got := key{&value}.tidy(words)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxWords || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q becomes %q", words, got)
		}
		if strings.Contains(got, secret) {
			t.Errorf("the key is shown: %q", got)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "7", "-1", "1e9", "NaN", "0x1p10", "Fri, 01 Jan 2100 00:00:00 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d := retryAfter(http.Header{"Retry-After": {value}}, time.Unix(1709294400, 0))
		if d < 0 || d > maxRetryAfter {
			t.Errorf("%q is %v", value, d)
		}
	})
}
