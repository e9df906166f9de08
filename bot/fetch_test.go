package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// film is the beginning of an MP4, and something behind it.
const film = "\x00\x00\x00\x18ftypmp42" + "and what comes behind it: boxes, frames and sound"

func fetched(t *testing.T, f *fetcher, url string, limit int64) (string, error) {
	t.Helper()
	c, err := f.fetch(t.Context(), url, limit)
	if err != nil {
		return "", err
	}
	defer c.close()
	var got string
	for range 2 { // an upload may be sent again
		r, err := c.upload("v.mp4").Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil || int64(len(b)) != c.size {
			t.Fatalf("read %d of %d: %v", len(b), c.size, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		got = string(b)
	}
	return got, nil
}

func TestFetch(t *testing.T) {
	mux := http.NewServeMux()
	serve := func(path, kind, body string, status int) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			if kind != "" {
				w.Header().Set("Content-Type", kind)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	serve("/ok", "video/mp4", film, 200)
	serve("/octets", "application/octet-stream", film, 200)
	serve("/page", "text/html; charset=utf-8", film, 200)
	serve("/other", "video/mp4", "no film here", 200)
	serve("/empty", "video/mp4", "", 200)
	serve("/gone", "", "", 404)
	serve("/trouble", "", "", 500)
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/mp4")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, film); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000")
		_, _ = io.WriteString(w, film)
	})
	mux.HandleFunc("/redirect/{n}", func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscan(r.PathValue("n"), &n)
		to := fmt.Sprintf("/redirect/%d", n-1)
		if n == 1 {
			to = "/ok"
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	f := newFetcher(true)
	defer f.close()

	size := int64(len(film))
	for path, c := range map[string]struct {
		limit int64
		want  string // part of the error; empty: it succeeds
	}{
		"/ok":         {size, ""},
		"/octets":     {size, ""},
		"/redirect/3": {size, ""},
		"/redirect/4": {size, "redirects"},
		"/ok?big":     {size - 1, "larger"},
		"/endless":    {size, "larger"},
		"/page":       {size, "text/html"},
		"/other":      {size, "not an MP4"},
		"/empty":      {size, "not an MP4"},
		"/gone":       {size, "status 404"},
		"/trouble":    {size, "status 500"},
		"/cut":        {5000, "unexpected EOF"},
		"/inside":     {size, "must be https"},
	} {
		got, err := fetched(t, f, server.URL+path, c.limit)
		switch {
		case c.want == "" && (err != nil || got != film):
			t.Errorf("%s: %q, %v", path, got, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want an error with %q", path, err, c.want)
		case c.want == "larger" && !errors.Is(err, errTooLarge):
			t.Errorf("%s: %v is not errTooLarge", path, err)
		case err != nil && strings.Contains(err.Error(), server.URL):
			t.Errorf("%s: the error holds the address: %v", path, err)
		}
	}
}

func TestFetchStaysOnThePublicNetwork(t *testing.T) {
	f := newFetcher(false)
	defer f.close()
	for address, inside := range map[string]bool{
		"127.0.0.1:443": true, "[::1]:443": true, "10.1.2.3:443": true, "172.16.0.1:443": true, "192.168.1.1:443": true,
		"169.254.169.254:443": true, "[fe80::1]:443": true, "[fd00::1]:443": true, "100.64.0.1:443": true, "0.0.0.0:443": true,
		"224.0.0.1:443": true, "[::ffff:127.0.0.1]:443": true, "[::ffff:10.0.0.1]:443": true, "[::]:443": true, "nonsense": true,
		"93.184.216.34:443": false, "[2606:2800:220:1::]:443": false,
	} {
		if err := f.control("tcp", address, nil); (err != nil) != inside {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, url := range []string{"http://93.184.216.34/v.mp4", "ftp://93.184.216.34/v.mp4", "file:///etc/passwd", "https://127.0.0.1:1/v.mp4", "::"} {
		if _, err := f.fetch(t.Context(), url, 1); err == nil {
			t.Errorf("%s was fetched", url)
		}
	}
}

func TestFetchEndsWithItsContext(t *testing.T) {
	begun, done := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(done)
	}))
	defer server.Close()
	f := newFetcher(true)
	defer f.close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := f.fetch(ctx, server.URL, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("fetch: %v", err)
	}
	<-done
}
