package luma_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreambot/luma"
)

// outcome is what a call comes to: nil is success.
type outcome struct {
	kind      error
	uncertain bool
}

// packed answers with text in the encoding that the client has asked for.
func packed(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
	}
}

// said answers with headers, given as pairs, and a body.
func said(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// written takes the connection, and writes an answer byte for byte.
func written(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, text)
	}
}

// TestEachRowOfTheService has the rows of what the service and its siblings do
// besides what is documented, by their names, and what each call makes of them.
func TestEachRowOfTheService(t *testing.T) { everyDialect(t, testEachRowOfTheService) }

func testEachRowOfTheService(t *testing.T, dial dialer) {
	t.Parallel()
	var (
		well    = outcome{}
		key     = outcome{kind: luma.ErrUnauthorized}
		empty   = outcome{kind: luma.ErrInsufficientQuota}
		forbids = outcome{kind: luma.ErrForbidden}
		unknown = outcome{kind: luma.ErrNotFound}
		limited = outcome{kind: luma.ErrRateLimited}
		refused = outcome{kind: luma.ErrInvalidRequest}
		trouble = outcome{kind: luma.ErrUnavailable}
		unsure  = outcome{kind: luma.ErrUnavailable, uncertain: true}
		sameFor = func(o outcome) [3]outcome { return [3]outcome{o, o, o} }
		doubt   = [3]outcome{unsure, trouble, trouble}
		whole   = `{"id":"luma_gen_abc123","state":"queued"}`
		html    = "<!DOCTYPE html><html><body>Just a moment...</body></html>"
	)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   [3]outcome // of paid calls, of queries, of pings
	}{
		"401 invalid_api_key": {always(401, `{"error":{"message":"Invalid API key","type":"authentication_error","code":"invalid_api_key"}}`),
			sameFor(key)},
		"401 without a word":     {always(401, ""), sameFor(key)},
		"403 insufficient_quota": {always(403, `{"error":{"message":"no","type":"billing","code":"insufficient_quota"}}`), sameFor(empty)},
		"402 no balance":         {always(402, `{"detail":"no"}`), sameFor(empty)},
		"403 suspended":          {always(403, `{"detail":"Account suspended"}`), sameFor(key)},
		"403 of a firewall":      {always(403, html), sameFor(forbids)},
		"403 without a word":     {always(403, ""), sameFor(forbids)},
		"404 unknown":            {always(404, `{"error":{"message":"Generation not found","code":"not_found"}}`), [3]outcome{unknown, unknown, well}},
		"404 HTML":               {always(404, html), [3]outcome{unknown, unknown, well}},
		"400 invalid_request":    {always(400, `{"error":{"message":"no","code":"invalid_request"}}`), [3]outcome{refused, refused, well}},
		"413 too large":          {always(413, html), [3]outcome{refused, refused, well}},
		"422 with a detail":      {always(422, `{"detail":[{"msg":"field required"}]}`), [3]outcome{refused, refused, well}},
		"429 rate_limit_exceeded": {always(429, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`),
			sameFor(limited)},
		"429 with Retry-After": {said(429, "", "Retry-After", "60"), sameFor(limited)},
		"429 HTML":             {always(429, html), sameFor(limited)},
		"408 gave up waiting":  {always(408, html), doubt},
		"500":                  {always(500, `{"error":{"message":"Internal error"}}`), doubt},
		"502 HTML":             {always(502, html), doubt},
		"503":                  {always(503, `{"detail":"overloaded"}`), doubt},
		"503 with Retry-After": {said(503, "", "Retry-After", "60"), doubt},
		"504":                  {always(504, ""), doubt},
		"524 of a proxy":       {always(524, html), doubt},

		"HTML":                   {always(200, html), doubt},
		"an empty body":          {always(200, ""), doubt},
		"a truncated body":       {always(200, whole[:len(whole)/2]), doubt},
		"a body cut off":         {written("HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n" + whole[:20]), doubt},
		"two values":             {always(200, whole+`{"code":"success"}`), sameFor(well)},
		"a state nobody knows":   {always(200, `{"id":"luma_gen_abc123","state":"pondering"}`), sameFor(well)},
		"completed without link": {always(200, `{"id":"luma_gen_abc123","state":"completed"}`), sameFor(well)},
		"an envelope":            {always(200, `{"code":"success","message":"","data":`+whole+`}`), sameFor(well)},
		"an array of one":        {always(200, "["+whole+"]"), sameFor(well)},

		"huge headers":               {said(200, whole, "X-Huge", strings.Repeat("a", 128<<10)), doubt},
		"large headers":              {said(200, whole, "X-Large", strings.Repeat("a", 32<<10)), sameFor(well)},
		"a Content-Length too long":  {written("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + whole), sameFor(well)},
		"a Content-Length too short": {written("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + whole), doubt},
		"a Content-Length of none":   {written("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + whole), doubt},
		"two Content-Lengths":        {written("HTTP/1.1 200 OK\r\nContent-Length: 41\r\nContent-Length: 9\r\n\r\n" + whole), doubt},
		"no Content-Length":          {written("HTTP/1.1 200 OK\r\n\r\n" + whole), sameFor(well)},
		"gzip":                       {packed(whole), sameFor(well)},
		"gzip that is none":          {said(200, whole, "Content-Encoding", "gzip"), doubt},
		"an encoding nobody knows":   {said(200, "\x1b\x29\x00\xf8", "Content-Encoding", "br"), doubt},
		"a text as the type":         {said(200, whole, "Content-Type", "text/plain"), sameFor(well)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.answer)
			client := dial(t, s.URL)
			ctx := context.Background()
			_, created := client.Create(ctx, luma.Request{Prompt: "a fox"})
			_, extended := client.Create(ctx, luma.Request{Kind: luma.KindExtend, Source: "luma_gen_abc123", Prompt: "a fox"})
			if n := len(s.requests()); n != 2 {
				t.Errorf("%d requests for two paid calls", n)
			}
			_, queried := client.Get(ctx, "luma_gen_abc123")
			if n := len(s.requests()) - 2; n > 3 {
				t.Errorf("%d requests for a query", n)
			}
			for _, got := range []struct {
				call string
				err  error
				want outcome
			}{
				{"create", created, c.want[0]}, {"extend", extended, c.want[0]},
				{"get", queried, c.want[1]}, {"ping", client.Ping(ctx), c.want[2]},
			} {
				if !errors.Is(got.err, got.want.kind) || errors.Is(got.err, luma.ErrUncertain) != got.want.uncertain {
					t.Errorf("%s: %v, want %v, uncertain %v", got.call, got.err, got.want.kind, got.want.uncertain)
				}
				var e *luma.Error
				if got.err != nil && (!errors.As(got.err, &e) || e.Op != got.call || e.Kind != got.want.kind) {
					t.Errorf("%s: not an *Error of it: %#v", got.call, got.err)
				}
			}
		})
	}
}

func TestAPlain403IsToldFromOneOfTheAccount(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{
		`{"error":{"code":"invalid_api_key","message":"no"}}`:     luma.ErrUnauthorized,
		`{"error":{"code":"","type":"authentication_error"}}`:     luma.ErrUnauthorized,
		`{"error":{"message":"Your API key is disabled"}}`:        luma.ErrUnauthorized,
		`{"detail":"This token has been revoked"}`:                luma.ErrUnauthorized,
		`{"detail":{"reason":"account is deactivated","code":3}}`: luma.ErrUnauthorized,
		`{"message":"您的 IP 不在令牌允许访问的列表中"}`:                        luma.ErrUnauthorized,
		`{"message":"用户已被封禁"}`:                                    luma.ErrUnauthorized,
		`{"error":{"code":"insufficient_user_quota"}}`:            luma.ErrInsufficientQuota,
		`{"error":{"message":"user quota is not enough"}}`:        luma.ErrInsufficientQuota,
		`{"detail":"Your account's balance is too low"}`:          luma.ErrInsufficientQuota,
		`{"message":"用户额度不足, 剩余额度: $0"}`:                          luma.ErrInsufficientQuota,
		``:                       luma.ErrForbidden,
		`{}`:                     luma.ErrForbidden,
		`{"detail":"Forbidden"}`: luma.ErrForbidden,
		`{"error":{"message":"Access denied","code":"access_denied"}}`:  luma.ErrForbidden,
		`{"error":{"message":"This token has no access to model a"}}`:   luma.ErrForbidden,
		`{"detail":"keyframes are not allowed"}`:                        luma.ErrForbidden,
		`<html><title>Attention Required! | account key</title></html>`: luma.ErrForbidden,
		`error code: 1020`:                        luma.ErrForbidden,
		`{"detail":"Contains blacklisted words"}`: luma.ErrInvalidRequest,
	} {
		s := serve(t, always(403, body))
		_, err := dial(t, s.URL).Create(context.Background(), luma.Request{Prompt: "a fox"})
		var e *luma.Error
		if !errors.As(err, &e) || e.Kind != want || errors.Is(err, luma.ErrUncertain) {
			t.Errorf("%s: %v, want %v and no doubt", body, err, want)
		}
	}
	if !errors.Is(luma.ErrForbidden, luma.ErrInvalidRequest) {
		t.Error("a caller that knows only ErrInvalidRequest is not told of a no")
	}
}

func TestTheKeyGoesNowhereElse(t *testing.T) { everyDialect(t, testTheKeyGoesNowhereElse) }

func testTheKeyGoesNowhereElse(t *testing.T, dial dialer) {
	t.Parallel()
	other := serve(t, always(200, `{"id":"stolen","state":"queued"}`))
	port := other.URL[strings.LastIndex(other.URL, ":"):]
	for name, to := range map[string]string{
		"another port":   other.URL + "/a",
		"another name":   "http://localhost" + port + "/a",
		"another scheme": "https://127.0.0.1" + port + "/a",
		"a file":         "file:///etc/passwd",
		"inside":         "http://169.254.169.254/latest/meta-data/",
		"no address":     "http://[::1",
		"nothing":        "",
	} {
		s := serve(t, said(302, "", "Location", to))
		client := dial(t, s.URL)
		_, got := client.Get(context.Background(), "a")
		_, created := client.Create(context.Background(), luma.Request{Prompt: "a fox"})
		pinged := client.Ping(context.Background())
		for call, err := range map[string]error{"get": got, "create": created, "ping": pinged} {
			if !errors.Is(err, luma.ErrUnavailable) || errors.Is(err, luma.ErrUncertain) != (call == "create") {
				t.Errorf("%s, %s: %v", name, call, err)
			}
			if strings.Contains(err.Error(), testKey) {
				t.Errorf("%s, %s: the key is shown", name, call)
			}
		}
	}
	if n := len(other.requests()); n != 0 {
		t.Errorf("%d requests went to another origin", n)
	}
}

func TestRetryAfterOfEachStatusIsTold(t *testing.T) {
	everyDialect(t, testRetryAfterOfEachStatusIsTold)
}

func testRetryAfterOfEachStatusIsTold(t *testing.T, dial dialer) {
	t.Parallel()
	for _, status := range []int{403, 429, 500, 502, 503} {
		for value, want := range map[string]time.Duration{"": 0, "60": time.Minute, "never": 0} {
			s := serve(t, later(status, value))
			client := dial(t, s.URL)
			_, err := client.Create(context.Background(), luma.Request{Prompt: "a fox"})
			for call, err := range map[string]error{"create": err, "ping": client.Ping(context.Background())} {
				var e *luma.Error
				if !errors.As(err, &e) || e.RetryAfter != want {
					t.Errorf("%d %q, %s: %v, want %v", status, value, call, err, want)
				}
			}
		}
	}
}
