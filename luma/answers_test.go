package luma_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreambot/luma"
)

func TestEverySampleIsUnderstood(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, dialect := range luma.Dialects() {
		var body atomic.Value
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body.Load().(string)) })
		c := speaking(dialect)(t, s.URL)
		for _, sample := range luma.Samples(dialect) {
			t.Run(dialect+", "+sample.Name, func(t *testing.T) {
				body.Store(sample.Body)
				for op, call := range map[string]func() (luma.Generation, error){
					"get":    func() (luma.Generation, error) { return c.Get(ctx, sample.Want.ID) },
					"create": func() (luma.Generation, error) { return c.Create(ctx, luma.Request{Prompt: "a fox"}) },
					"extend": func() (luma.Generation, error) {
						return c.Create(ctx, luma.Request{Kind: luma.KindExtend, Source: "id", Prompt: "a fox"})
					},
				} {
					got, err := call()
					if err != nil {
						t.Errorf("%s: %v", op, err)
						continue
					}
					if diff := cmp.Diff(sample.Want, got); diff != "" {
						t.Errorf("%s: -want +got:\n%s", op, diff)
					}
				}
			})
		}
	}
}

func TestAStateWithoutAnIDDoesForAQuery(t *testing.T) {
	everyDialect(t, testAStateWithoutAnIDDoesForAQuery)
}

func testAStateWithoutAnIDDoesForAQuery(t *testing.T, dial dialer) {
	t.Parallel()
	s := serve(t, always(200, `{"state":"dreaming"}`))
	c := dial(t, s.URL)
	g, err := c.Get(context.Background(), "a")
	if diff := cmp.Diff(luma.Generation{ID: "a", State: luma.StateDreaming}, g); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if _, err := c.Create(context.Background(), luma.Request{Prompt: "a fox"}); !errors.Is(err, luma.ErrUncertain) {
		t.Errorf("create: %v, want ErrUncertain", err)
	}
}

func TestAnIDThatCannotBeAskedForIsUncertain(t *testing.T) {
	everyDialect(t, testAnIDThatCannotBeAskedForIsUncertain)
}

func testAnIDThatCannotBeAskedForIsUncertain(t *testing.T, dial dialer) {
	t.Parallel()
	for _, id := range []string{"", " ", "..", `a\u0000b`, strings.Repeat("a", 257)} {
		s := serve(t, always(200, `{"id":"`+id+`","state":"queued"}`))
		_, err := dial(t, s.URL).Create(context.Background(), luma.Request{Prompt: "a fox"})
		if !errors.Is(err, luma.ErrUncertain) || !errors.Is(err, luma.ErrUnavailable) {
			t.Errorf("%q: %v, want ErrUncertain and ErrUnavailable", id, err)
		}
	}
}

func TestEveryRefusalIsUnderstood(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, dialect := range luma.Dialects() {
		for _, refusal := range luma.Refusals(dialect) {
			t.Run(dialect+", "+refusal.Name, func(t *testing.T) {
				t.Parallel()
				s := serve(t, always(refusal.Status, refusal.Body))
				c := speaking(dialect)(t, s.URL)
				for op, call := range map[string]func() (luma.Generation, error){
					"get":    func() (luma.Generation, error) { return c.Get(ctx, "id") },
					"create": func() (luma.Generation, error) { return c.Create(ctx, luma.Request{Prompt: "a fox"}) },
					"extend": func() (luma.Generation, error) {
						return c.Create(ctx, luma.Request{Kind: luma.KindExtend, Source: "id", Prompt: "a fox"})
					},
				} {
					g, err := call()
					var e *luma.Error
					if !errors.As(err, &e) {
						t.Errorf("%s: %v is no *Error", op, err)
						continue
					}
					want := luma.Error{Op: op, Status: refusal.Status, Code: refusal.Code, Message: refusal.Message,
						Reason: refusal.Reason, Kind: refusal.Kind, Uncertain: refusal.Maybe && op != "get"}
					got := *e
					got.Err = nil
					if got != want {
						t.Errorf("%s:\n got %#v\nwant %#v", op, got, want)
					}
					if !errors.Is(err, want.Kind) || errors.Is(err, luma.ErrUncertain) != want.Uncertain {
						t.Errorf("%s: errors.Is does not say what the fields say: %v", op, err)
					}
					if g != (luma.Generation{}) {
						t.Errorf("%s: a generation besides the error: %+v", op, g)
					}
				}
			})
		}
	}
}

func TestErrorsAreOneShortLineWithoutTheKey(t *testing.T) {
	everyDialect(t, testErrorsAreOneShortLineWithoutTheKey)
}

func testErrorsAreOneShortLineWithoutTheKey(t *testing.T, dial dialer) {
	t.Parallel()
	for name, body := range map[string]string{
		"in a message":        `{"error":{"message":"bad header Authorization: Bearer ` + testKey + `","code":"x"}}`,
		"in a code":           `{"error":{"message":"no","code":"` + testKey + `"}}`,
		"in a text":           "Authorization: Bearer " + testKey,
		"across the bound":    strings.Repeat("a", 485) + testKey + "b",
		"many times":          strings.Repeat(testKey, 200),
		"in a failure":        `{"id":"a","state":"failed","failure_reason":"` + testKey + `"}`,
		"in a broken header":  "",
		"in a 200 that fails": `{"error":{"message":"` + testKey + `"}}`,
	} {
		for _, status := range []int{200, 400, 401, 500} {
			s := serve(t, always(status, body))
			if name == "in a broken header" {
				s = serve(t, func(w http.ResponseWriter, r *http.Request) {
					conn, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					defer conn.Close()
					_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n" + r.Header.Get("Authorization") + "\r\n\r\n"))
				})
			}
			g, err := dial(t, s.URL).Create(context.Background(), luma.Request{Prompt: "a fox"})
			if err == nil {
				err = errors.New(g.Cause)
			}
			text := err.Error()
			if strings.Contains(text, testKey) || strings.Contains(text, testKey[:10]) {
				t.Errorf("%s, %d: the key is shown: %s", name, status, text)
			}
			if len(text) > 2000 || strings.ContainsAny(text, "\r\n\x00") {
				t.Errorf("%s, %d: not one short line: %q", name, status, text)
			}
		}
	}
}

func TestErrorSaysEverythingItKnows(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection reset")
	for want, e := range map[string]*luma.Error{
		`luma get: no such generation`: {Op: "get", Kind: luma.ErrNotFound},
		`luma create: too many requests: status 429: code "rate_limit_exceeded": "slow down": retry after 5s`: {Op: "create",
			Status: 429, Code: "rate_limit_exceeded", Message: "slow down", RetryAfter: 5e9, Kind: luma.ErrRateLimited},
		`luma extend: the service cannot be reached or is in trouble, and the paid call may have been accepted: connection reset`: {
			Op: "extend", Kind: luma.ErrUnavailable, Uncertain: true, Err: cause},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if e.Err != nil && !errors.Is(e, cause) {
			t.Errorf("%v does not wrap its cause", e)
		}
	}
}
