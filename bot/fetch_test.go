package bot

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// film is the beginning of an MP4, and something behind it.
const film = "\x00\x00\x00\x18ftypmp42" + "and what comes behind it: boxes, frames and sound"

func fetched(t *testing.T, f *fetcher, url string, limit int64) (string, error) {
	t.Helper()
	c, err := f.fetch(t.Context(), f.videos, url, limit)
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

// serve answers every request by h, on a server of its own.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// plain answers with a status, a type and a body.
func plain(status int, kind, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{kind}
		if kind == "" {
			w.Header()["Content-Type"] = nil // net/http would guess one
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// redirects sends n times elsewhere before h.
func redirects(n int, to string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		hop, _ := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
		switch {
		case hop >= n:
			h(w, r)
		case hop == n-1 && to != "":
			http.Redirect(w, r, to, http.StatusFound)
		default:
			http.Redirect(w, r, "/"+strconv.Itoa(hop+1), http.StatusFound)
		}
	}
}

// packed is something small that unpacks to much.
func packed(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(append([]byte(film), make([]byte, 1<<20)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever a link answers, a video comes out whole or an error does, and
// neither a file nor a slot is left behind.
func TestWhatALinkAnswers(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	size := int64(len(film))
	ok := plain(200, "video/mp4", film)
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/mp4")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, film); err != nil {
				return
			}
		}
	}
	trickle := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/mp4")
		every := time.NewTicker(time.Millisecond)
		defer every.Stop()
		for i := 0; ; i++ {
			_, _ = io.WriteString(w, film[i%len(film):][:1])
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-every.C:
			}
		}
	}
	stall := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/mp4")
		_, _ = io.WriteString(w, film)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		limit int64
		want  string // part of the error; empty: it succeeds
		is    error
	}{
		"a video":                            {ok, size, "", nil},
		"bytes of no kind":                   {plain(200, "application/octet-stream", film), size, "", nil},
		"bytes of S3":                        {plain(200, "binary/octet-stream", film), size, "", nil},
		"no Content-Type":                    {plain(200, "", film), size, "", nil},
		"an identity Content-Encoding":       {plain(200, "video/mp4", film, "Content-Encoding", "identity"), size, "", nil},
		"three redirects":                    {redirects(3, "", ok), size, "", nil},
		"four redirects":                     {redirects(4, "", ok), size, "redirects", nil},
		"a redirect inside":                  {redirects(1, "http://169.254.169.254/latest/meta-data", ok), size, "must be https", errNever},
		"a redirect inside by https":         {redirects(1, "https://10.0.0.1/", ok), size, "not on the public network", errNever},
		"a redirect to a file":               {redirects(1, "file:///etc/passwd", ok), size, "must be https", errNever},
		"the third redirect inside":          {redirects(3, "https://[64:ff9b::a00:1]/", ok), size, "not on the public network", errNever},
		"larger than the limit":              {ok, size - 1, "larger", errTooLarge},
		"a Content-Length over the limit":    {plain(200, "video/mp4", "", "Content-Length", "99999999999"), size, "larger", errTooLarge},
		"a Content-Length that says more":    {plain(200, "video/mp4", film, "Content-Length", "5000"), 5000, "unexpected EOF", nil},
		"a Content-Length that says less":    {raw("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" + film), size, "not an MP4", nil},
		"a Content-Length that is none":      {raw("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + film), size, "Content-Length", nil},
		"a truncated chunk":                  {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + film), 5000, "unexpected EOF", nil},
		"a body that never ends":             {endless, size, "larger", errTooLarge},
		"a body that trickles":               {trickle, 1 << 20, "too slowly", errSlow},
		"a body that stands still":           {stall, 1 << 20, "too slowly", errSlow},
		"a head that never ends":             {raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-More: "+strings.Repeat("x", 1000)+"\r\n", 200)), size, "exceeded", nil},
		"a bomb by Content-Encoding":         {plain(200, "video/mp4", packed(t), "Content-Encoding", "gzip"), 1 << 20, "encoded as \"gzip\"", nil},
		"a bomb in two wrappings":            {plain(200, "video/mp4", packed(t), "Content-Encoding", "gzip, br"), 1 << 20, "encoded as", nil},
		"a bomb without saying":              {plain(200, "video/mp4", packed(t)), 1 << 20, "not an MP4", nil},
		"a page":                             {plain(200, "text/html; charset=utf-8", film), size, "text/html", nil},
		"JSON":                               {plain(200, "application/json", `{"error":"x"}`), size, "application/json", nil},
		"a picture":                          {plain(200, "image/png", film), size, "image/png", nil},
		"a Content-Type that cannot be read": {plain(200, "video/;;", film), size, "video/;;", nil},
		"another thing as a video":           {plain(200, "video/mp4", "no film here, and long enough"), size, "not an MP4", nil},
		"nothing as a video":                 {plain(200, "video/mp4", ""), size, "not an MP4", nil},
		"no content":                         {plain(204, "video/mp4", ""), size, "status 204", nil},
		"a part":                             {plain(206, "video/mp4", film), size, "status 206", nil},
		"forbidden (403)":                    {plain(403, "application/xml", "<Error/>"), size, "status 403", nil},
		"not found (404)":                    {plain(404, "text/html", "<html>"), size, "status 404", nil},
		"gone (410)":                         {plain(410, "text/html", "<html>"), size, "status 410", errNever},
		"trouble (500)":                      {plain(500, "text/html", "<html>"), size, "status 500", nil},
		"busy (503)":                         {plain(503, "", ""), size, "status 503", nil},
		"no HTTP":                            {raw("what?\r\n\r\n"), size, "malformed", nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, c.serve)
			f := newFetcher(true)
			defer f.close()
			if c.is == errSlow {
				f.steady = 50 * time.Millisecond
			}
			got, err := fetched(t, f, server.URL+"/0?sig=secret", c.limit)
			switch {
			case c.want == "" && (err != nil || got != film):
				t.Errorf("%q, %v", got, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want an error with %q", err, c.want)
			case c.is != nil && !errors.Is(err, c.is):
				t.Errorf("%v is not %v", err, c.is)
			case err != nil && (strings.Contains(err.Error(), server.URL) || strings.Contains(err.Error(), "secret")):
				t.Errorf("the error holds the address: %v", err)
			}
			if len(f.videos.room) != 0 {
				t.Errorf("%d downloads are still counted", len(f.videos.room))
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 0 {
				t.Errorf("files are left: %v, %v", left, err)
			}
		})
	}
}

// raw answers with bytes that a well-behaved server would not send.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}

func TestDownloadsAtOnceAreBounded(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-end
		plain(200, "video/mp4", film)(w, r)
	})
	f := newFetcher(true)
	defer f.close()
	var done sync.WaitGroup
	for range maxDownloads {
		done.Go(func() {
			if _, err := fetched(t, f, server.URL, 1<<20); err != nil {
				t.Error(err)
			}
		})
	}
	for range maxDownloads {
		<-begun
	}
	// Another one waits, and gives up with its context.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.fetch(ctx, f.videos, server.URL, 1<<20); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "room") {
		t.Errorf("beyond the bound: %v", err)
	}
	close(end)
	done.Wait()
}

func TestWhenAVideoIsNoLongerTried(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		tries int
		age   time.Duration
		want  bool
	}{
		"trouble, at first":              {errSlow, 1, 0, false},
		"trouble, often":                 {errSlow, 50, fetchPatience - 1, false},
		"trouble, late":                  {errSlow, maxFetches - 1, time.Hour, false},
		"trouble, often and long enough": {errSlow, maxFetches, fetchPatience, true},
		"a link that is of no use":       {errNever, 1, 0, true},
	} {
		if got := hopeless(fmt.Errorf("fetch: %w", c.err), c.tries, c.age); got != c.want {
			t.Errorf("%s: %v", name, got)
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
	if _, err := f.fetch(ctx, f.videos, server.URL, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("fetch: %v", err)
	}
	<-done
}
