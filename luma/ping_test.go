package luma_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"dreambot/luma"
)

// What each status says to a ping is in TestEachRowOfTheService.

func TestAPingIsOneFreeQuery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"no such generation": {always(404, ""), nil},
		"no such task":       {always(400, `{"code":"task_not_exist","message":"no","data":null}`), nil},
		"a generation":       {always(200, `{"id":"dreambot-ping","state":"dreaming"}`), nil},
		"trouble":            {always(503, ""), luma.ErrUnavailable},
		"too many":           {later(429, "1"), luma.ErrRateLimited},
		"hung up":            {hangUp, luma.ErrUnavailable},
		"nonsense":           {always(200, "<html>"), luma.ErrUnavailable},
	} {
		s := serve(t, c.answer)
		if err := dial(t, s.URL).Ping(context.Background()); !errors.Is(err, c.want) || errors.Is(err, luma.ErrUncertain) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		r := one(t, s)
		if r.method != "GET" || r.path != "/luma/generations/dreambot-ping" || r.body != "" {
			t.Errorf("%s: %s %s with %q", name, r.method, r.path, r.body)
		}
		if r.header.Get("Authorization") != "Bearer "+testKey {
			t.Errorf("%s: the key is not sent", name)
		}
	}
}

func TestAPingWithoutAConnection(t *testing.T) { everyDialect(t, testAPingWithoutAConnection) }

func testAPingWithoutAConnection(t *testing.T, dial dialer) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	l.Close()
	var e *luma.Error
	if err := dial(t, nobody).Ping(context.Background()); !errors.Is(err, luma.ErrUnavailable) || !errors.As(err, &e) || e.Op != "ping" || e.Status != 0 {
		t.Errorf("nobody listens: %v", err)
	}
	s := serve(t, always(404, ""))
	ctx, end := context.WithCancel(context.Background())
	end()
	if err := dial(t, s.URL).Ping(ctx); !errors.Is(err, luma.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("the context has ended: %v", err)
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent under an ended context", n)
	}
}

func TestAPingThatWasNotSentIsNotWell(t *testing.T) {
	t.Parallel()
	c := dial(t, "http://localhost", luma.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("something broke")
	})}))
	if err := c.Ping(context.Background()); !errors.Is(err, luma.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
}
