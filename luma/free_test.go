package luma_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"dreambot/internal/money"
	"dreambot/luma"
)

// free are the free calls, and an answer to each where it succeeds.
var free = []struct {
	name, path, well string
	call             func(context.Context, *luma.Client) error
}{
	{"find", "/generations", `{"generations":[]}`, func(ctx context.Context, c *luma.Client) error {
		_, err := c.Find(ctx, luma.Request{Prompt: "a fox"}, sent, sent)
		return err
	}},
	{"balance", "/credits", `{"credit_balance":1}`, func(ctx context.Context, c *luma.Client) error {
		_, err := c.Balance(ctx)
		return err
	}},
}

func TestFreeCallsAreSentAgainWhereThatCanHelp(t *testing.T) {
	t.Parallel()
	for _, f := range free {
		well := always(200, f.well)
		for name, c := range map[string]struct {
			answer http.HandlerFunc
			sent   int
			want   error
		}{
			"success":             {well, 1, nil},
			"trouble, then well":  {inTurn(always(500, ""), always(502, "<html>"), well), 3, nil},
			"hung up, then well":  {inTurn(hangUp, hangUp, well), 3, nil},
			"nonsense, then well": {inTurn(always(200, "[]"), well), 2, nil},
			"trouble without end": {always(503, `{"detail":"could not read image"}`), 3, luma.ErrUnavailable},
			"too many":            {inTurn(later(429, "1"), well), 2, nil},
			"too many, later":     {later(429, "60"), 1, luma.ErrRateLimited},
			"a bad key":           {always(401, `{"detail":"no"}`), 1, luma.ErrUnauthorized},
			"not there":           {always(404, ""), 1, luma.ErrNotFound},
			"a bad request":       {always(422, `{"detail":"no"}`), 1, luma.ErrInvalidRequest},
		} {
			s := serve(t, c.answer)
			err := f.call(context.Background(), speaking("lumalabs")(t, s.URL))
			var e *luma.Error
			if !errors.Is(err, c.want) || errors.Is(err, luma.ErrUncertain) || err != nil && (!errors.As(err, &e) || e.Op != f.name) {
				t.Errorf("%s, %s: %v, want %v", f.name, name, err, c.want)
			}
			if n := len(s.requests()); n != c.sent {
				t.Errorf("%s, %s: %d requests, want %d", f.name, name, n, c.sent)
			}
			for _, r := range s.requests() {
				if r.method != "GET" || r.path != f.path || r.body != "" || r.header.Get("Authorization") != "Bearer "+testKey {
					t.Errorf("%s, %s: %s %s with %q", f.name, name, r.method, r.path, r.body)
				}
			}
		}
	}
}

func TestFreeCallsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	for _, f := range free {
		s := serve(t, always(200, f.well))
		ctx, end := context.WithCancel(context.Background())
		end()
		if err := f.call(ctx, speaking("lumalabs")(t, s.URL)); !errors.Is(err, context.Canceled) || !errors.Is(err, luma.ErrUnavailable) {
			t.Errorf("%s: %v", f.name, err)
		}
		if n := len(s.requests()); n != 0 {
			t.Errorf("%s: %d requests under an ended context", f.name, n)
		}
	}
}

func TestFreeCallsThatADialectLacksAreNotSent(t *testing.T) {
	t.Parallel()
	for _, dialect := range luma.Dialects() {
		s := serve(t, always(200, `{"generations":[],"credit_balance":1}`))
		c := speaking(dialect)(t, s.URL)
		can := c.Capabilities()
		for i, there := range []bool{can.List, can.Balance} {
			err := free[i].call(context.Background(), c)
			var e *luma.Error
			if there != (err == nil) || err != nil && (!errors.As(err, &e) || e.Op != free[i].name || !errors.Is(err, luma.ErrInvalidRequest)) {
				t.Errorf("%s, %s: %v, though it has it: %v", dialect, free[i].name, err, there)
			}
		}
		if n := len(s.requests()); n > 0 && !can.List && !can.Balance {
			t.Errorf("%s: %d requests were sent", dialect, n)
		}
	}
}

func TestBalance(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]money.Amount{
		`{"credit_balance":12345}`:                            123*money.Dollar + 45*money.Cent,
		`{"credit_balance":12345.678}`:                        123_456_780,
		`{"credit_balance":"12345.0"}`:                        123*money.Dollar + 45*money.Cent,
		`{"credit_balance":1.5e3}`:                            15 * money.Dollar,
		`{"credit_balance":0}`:                                0,
		`{"credit_balance":-30}`:                              -30 * money.Cent,
		`{"code":"success","data":{"credit_balance":1}}`:      money.Cent,
		`{"credit_balance":1,"detail":null,"error":null}{"a"`: money.Cent,
	} {
		s := serve(t, always(200, body))
		if got, err := speaking("lumalabs")(t, s.URL).Balance(context.Background()); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", body, got, err, want)
		}
	}
	for _, body := range []string{``, `null`, `{}`, `[]`, `<html>`, `{"credit_balance":null}`, `{"credit_balance":"much"}`,
		`{"credit_balance":1e300}`, `{"credit_balance":"NaN"}`, `{"credit_balance":"Inf"}`, `{"detail":"no"}`} {
		s := serve(t, always(200, body))
		if got, err := speaking("lumalabs")(t, s.URL).Balance(context.Background()); !errors.Is(err, luma.ErrUnavailable) || got != 0 {
			t.Errorf("%s: %v, %v, want ErrUnavailable", body, got, err)
		}
	}
}
