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

func FuzzDecodeCrazyrouter(f *testing.F) {
	for _, s := range Samples() {
		f.Add([]byte(s.Body))
	}
	for _, r := range Refusals() {
		f.Add([]byte(r.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var d crazyrouter
		refused := d.refusal(body)
		g, err := d.decode(body)
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
	})
}

func FuzzAnswer(f *testing.F) {
	const secret = "sk-XdO3mLq9"
	for _, r := range Refusals() {
		f.Add(r.Status, r.Body, "7")
	}
	f.Add(200, `{"id":"a","state":"failed","failure_reason":"`+secret+`"}`, "")
	f.Add(403, secret, "soon")
	sentinels := []error{ErrUnauthorized, ErrInsufficientQuota, ErrRateLimited, ErrInvalidRequest, ErrForbidden, ErrNotFound, ErrUnavailable}
	f.Fuzz(func(t *testing.T, status int, body, after string) {
		value := secret
		c := &Client{key: key{&value}, dialect: crazyrouter{}}
		g, fail := c.answer(opCreate, &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}},
			Body: io.NopCloser(strings.NewReader(body))})
		if fail == nil {
			if status < 200 || status > 299 || utf8.RuneCountInString(g.Cause) > maxWords {
				t.Errorf("status %d becomes %+v", status, g)
			}
			return
		}
		if g != (Generation{}) || fail.Op != opCreate || fail.Status != status || !slices.Contains(sentinels, fail.Kind) {
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
		if text := fail.Error(); strings.Contains(text, secret) || len(text) > 8*maxWords+1000 {
			t.Errorf("%d bytes, with the key: %v", len(text), strings.Contains(text, secret))
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
