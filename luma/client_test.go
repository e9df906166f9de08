package luma_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"dreambot/luma"
)

func TestNewRefusesWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	base := luma.WithBaseURL
	for name, c := range map[string]struct {
		key    string
		option luma.Option
		want   string // in the error
	}{
		"no key":               {"", nil, "empty"},
		"a key with a newline": {testKey + "\n", nil, "space"},
		"a key with a space":   {testKey + " x", nil, "space"},
		"a key not in ASCII":   {testKey + "é", nil, "ASCII"},
		"unknown dialect":      {testKey, luma.WithDialect("klingon"), `"klingon"`},
		"no dialect":           {testKey, luma.WithDialect(""), `""`},
		"no HTTP client":       {testKey, luma.WithHTTPClient(nil), "nil"},
		"no base URL":          {testKey, base(""), "absolute"},
		"a path":               {testKey, base("/luma"), "absolute"},
		"a host":               {testKey, base("crazyrouter.com"), "absolute"},
		"no host":              {testKey, base("https://"), "absolute"},
		"a port alone":         {testKey, base("https://:443"), "absolute"},
		"opaque":               {testKey, base("https:crazyrouter.com"), "absolute"},
		"another scheme":       {testKey, base("ftp://crazyrouter.com"), "absolute"},
		"not a URL":            {testKey, base("https://crazy router.com"), "absolute"},
		"a query":              {testKey, base("https://crazyrouter.com/?a=b"), "query"},
		"an empty query":       {testKey, base("https://crazyrouter.com/?"), "query"},
		"a fragment":           {testKey, base("https://crazyrouter.com/#a"), "fragment"},
		"an empty fragment":    {testKey, base("https://crazyrouter.com/#"), "fragment"},
		"a user":               {testKey, base("https://hunter2@crazyrouter.com"), "user"},
		"a password":           {testKey, base("https://me:hunter2@crazyrouter.com"), "user"},
		"plain http":           {testKey, base("http://crazyrouter.com"), "loopback"},
		"plain http, near":     {testKey, base("http://192.168.1.1"), "loopback"},
		"plain http, alike":    {testKey, base("http://localhost.example.com"), "loopback"},
	} {
		var options []luma.Option
		if c.option != nil {
			options = append(options, c.option)
		}
		_, err := luma.New(c.key, options...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
	}
}

func TestNewTakesBaseURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"https://crazyrouter.com", "https://crazyrouter.com/", "https://example.com:8443/a/b/",
		"http://localhost:8642", "http://LOCALHOST", "http://127.0.0.1:1", "http://127.8.9.10", "http://[::1]:80",
	} {
		c, err := luma.New(testKey, luma.WithBaseURL(url), luma.WithDialect("crazyrouter"))
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		c.Close()
	}
}

func TestTheDefaultIsCrazyrouter(t *testing.T) {
	t.Parallel()
	if names := luma.Dialects(); names[0] != "crazyrouter" {
		t.Errorf("Dialects() = %q", names)
	}
	c, err := luma.New(testKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.String(), "luma.Client(crazyrouter, https://crazyrouter.com)"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

func TestAClientShowsNoKey(t *testing.T) {
	t.Parallel()
	c, err := luma.New(testKey)
	if err != nil {
		t.Fatal(err)
	}
	holder := struct {
		Client *luma.Client
		hidden *luma.Client
		value  luma.Client
	}{c, c, *c}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{c, *c, holder, &holder, []*luma.Client{c}} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("all", "client", c, "value", *c, "holder", holder)
	}
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	if s := out.String(); strings.Contains(s, testKey) || strings.Contains(s, fmt.Sprintf("%x", testKey)) {
		t.Errorf("the key is printed:\n%s", s)
	}
	if !strings.Contains(out.String(), "client.dialect=crazyrouter") {
		t.Errorf("the log does not name the dialect:\n%s", out.String())
	}
}

func TestAnHTTPClientOfTheCallersIsUsedAndNotChanged(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"luma_gen_abc123","state":"queued"}`))
	var hosts []string
	own := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host)
		return http.DefaultTransport.RoundTrip(r)
	})}
	defer own.CloseIdleConnections()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	c := dial(t, s.URL, luma.WithHTTPClient(own))
	if _, err := c.Create(context.Background(), luma.Request{Prompt: "a fox"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(context.Background(), "luma_gen_abc123"); err != nil {
		t.Error(err)
	}
	host := strings.TrimPrefix(s.URL, "http://")
	if !slices.Equal(hosts, []string{host, host}) {
		t.Errorf("it was used for %q", hosts)
	}
	if own.CheckRedirect != nil {
		t.Error("it was changed")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
