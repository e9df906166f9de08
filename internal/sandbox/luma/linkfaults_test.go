package luma

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// linkFaults says what a client that follows no redirect and unpacks nothing
// sees of each fault of a link.
func linkFaults() map[Fault]func(t *testing.T, file []byte, resp *http.Response) {
	answers := func(status int) func(*testing.T, []byte, *http.Response) {
		return func(t *testing.T, _ []byte, resp *http.Response) {
			if resp.StatusCode != status {
				t.Errorf("status %d", resp.StatusCode)
			}
		}
	}
	leads := func(where func(*http.Response) string) func(*testing.T, []byte, *http.Response) {
		return func(t *testing.T, _ []byte, resp *http.Response) {
			if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusFound || got != where(resp) {
				t.Errorf("%d to %q", resp.StatusCode, got)
			}
		}
	}
	return map[Fault]func(*testing.T, []byte, *http.Response){
		FaultLinkForbidden: answers(403),
		FaultLinkGone:      answers(404),
		FaultLinkError:     answers(500),
		FaultLinkText: func(t *testing.T, _ []byte, resp *http.Response) {
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") ||
				!bytes.Contains(body, []byte("<html>")) || err != nil {
				t.Errorf("%d %v %q, %v", resp.StatusCode, resp.Header, body, err)
			}
		},
		FaultLinkRedirectLoop: leads(func(resp *http.Response) string { return resp.Request.URL.RequestURI() }),
		FaultLinkInside:       leads(func(*http.Response) string { return "http://169.254.169.254/latest/meta-data/" }),
		FaultLinkShort: func(t *testing.T, file []byte, resp *http.Response) {
			body, err := io.ReadAll(resp.Body)
			if resp.ContentLength != int64(2*len(file)) || !bytes.Equal(body, file) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d of %d bytes: %v", len(body), resp.ContentLength, err)
			}
		},
		FaultLinkSlow: func(t *testing.T, file []byte, resp *http.Response) {
			first := make([]byte, trickle)
			if _, err := io.ReadFull(resp.Body, first); err != nil || !bytes.HasPrefix(file, first) || resp.ContentLength != int64(len(file)) {
				t.Errorf("%q of %d bytes: %v", first, resp.ContentLength, err)
			}
		},
		FaultLinkEndless: func(t *testing.T, file []byte, resp *http.Response) {
			const much = 16 << 20
			if n, err := io.CopyN(io.Discard, resp.Body, much); n != much || err != nil || resp.ContentLength != -1 {
				t.Errorf("%d of %d bytes: %v", n, resp.ContentLength, err)
			}
		},
		FaultLinkBomb: func(t *testing.T, _ []byte, resp *http.Response) {
			z, err := gzip.NewReader(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			const much = 16 << 20 // over the packed size, and over one member
			if n, err := io.CopyN(io.Discard, z, much); n != much || err != nil {
				t.Errorf("%d bytes unpacked: %v", n, err)
			}
			if resp.Header.Get("Content-Encoding") != "gzip" || resp.ContentLength <= 0 || resp.ContentLength > 8<<20 {
				t.Errorf("%d bytes packed, %v", resp.ContentLength, resp.Header)
			}
		},
		FaultLarge: func(t *testing.T, file []byte, resp *http.Response) {
			body, err := io.ReadAll(resp.Body)
			if err != nil || len(body) != 12<<20 || resp.ContentLength != 12<<20 {
				t.Fatalf("%d of %d bytes: %v", len(body), resp.ContentLength, err)
			}
			checkPadded(t, file, body)
		},
	}
}

// checkPadded checks that body is file and a free box behind it.
func checkPadded(t *testing.T, file, body []byte) {
	t.Helper()
	if !bytes.HasPrefix(body, file) {
		t.Fatal("it does not begin with the clip")
	}
	box := body[len(file):]
	if size := binary.BigEndian.Uint32(box); int(size) != len(box) || string(box[4:8]) != "free" {
		t.Errorf("%d bytes in a box %q of %d", len(box), box[4:8], size)
	}
}

func TestEachFaultOfALink(t *testing.T) {
	t.Parallel()
	file, err := clipFiles.ReadFile("clips/sunset.mp4")
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range linkFaults() {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			s := serve(t, Config{})
			s.client.Transport.(*http.Transport).DisableCompression = true
			s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			link := s.link(t)
			if err := s.SetFaults(name); err != nil {
				t.Fatal(err)
			}
			resp, err := s.client.Get(s.url + link)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if name != FaultLinkText && resp.StatusCode == 200 && resp.Header.Get("Content-Type") != "video/mp4" {
				t.Errorf("type %q", resp.Header.Get("Content-Type"))
			}
			check(t, file, resp)
			if got := s.ask(t, "HEAD", link, ""); got.status == 0 || got.body != "" {
				t.Errorf("HEAD: %d, %v", got.status, got.err)
			}
			if status, text := s.call(t, "GET", "/luma/generations/"+s.Generations()[0].ID, ""); status != 200 || !strings.Contains(text, "/clips/") {
				t.Errorf("the query answers %d %s", status, text)
			}
			if got := s.ask(t, "GET", strings.Replace(link, "signature=", "signature=0", 1), ""); got.status != 403 {
				t.Errorf("a link that is none answers %d", got.status)
			}
		})
	}
}

func TestABombUnpacksToGigabytes(t *testing.T) {
	t.Parallel()
	if size := int64(bombMember) * bombMembers; size != 4<<30 {
		t.Errorf("it unpacks to %d bytes", size)
	}
}

func TestARedirectLoopHasNoEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	link := s.link(t)
	if err := s.SetFaults(FaultLinkRedirectLoop); err != nil {
		t.Fatal(err)
	}
	if got := s.ask(t, "GET", link, ""); got.err == nil || !strings.Contains(got.err.Error(), "10 redirects") {
		t.Errorf("%d, %v", got.status, got.err)
	}
}

func TestASlowLinkComesWholeInTheEnd(t *testing.T) {
	t.Parallel()
	file, err := clipFiles.ReadFile("clips/sunset.mp4")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.SetFaults(FaultLinkSlow); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		began := time.Now()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", s.clipPath(Generation{ID: "a", Clip: "sunset"}, began), nil))
		if took := time.Since(began); !bytes.Equal(w.Body.Bytes(), file) || took < 2*time.Minute {
			t.Errorf("%d bytes after %v", w.Body.Len(), took)
		}
	})
}

func TestCloseEndsALinkThatNobodyReads(t *testing.T) {
	t.Parallel()
	for _, name := range []Fault{FaultLinkEndless, FaultLinkSlow, FaultLinkBomb} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			s := serve(t, Config{})
			link := s.link(t)
			if err := s.SetFaults(name); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, "GET", s.url+link, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "identity")
			resp, err := s.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			// What is on the way still comes; then it breaks off.
			if n, err := io.Copy(io.Discard, resp.Body); err == nil && name != FaultLinkBomb {
				t.Errorf("it ends well after %d bytes", n)
			}
		})
	}
}

func TestEveryClipHasTheSizeThatIsSet(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	link := s.link(t)
	const ten = 10 << 20
	if err := s.SetClipSize(ten); err != nil {
		t.Fatal(err)
	}
	file, err := clipFiles.ReadFile("clips/sunset.mp4")
	if err != nil {
		t.Fatal(err)
	}
	got := s.ask(t, "GET", link, "")
	if got.status != 200 || len(got.body) != ten || got.err != nil {
		t.Fatalf("%d, %d bytes, %v", got.status, len(got.body), got.err)
	}
	checkPadded(t, file, []byte(got.body))
	for _, size := range []int64{-1, 1, minClipSize - 1, maxClipSize + 1} {
		if err := s.SetClipSize(size); err == nil {
			t.Errorf("a clip of %d bytes", size)
		}
	}
	if err := s.SetClipSize(0); err != nil {
		t.Fatal(err)
	}
	if got := s.ask(t, "GET", link, ""); len(got.body) != len(file) {
		t.Errorf("as it is, a clip has %d bytes, want %d", len(got.body), len(file))
	}
}

func TestEveryClipHasRoomForABox(t *testing.T) {
	t.Parallel()
	for _, d := range dreams {
		for _, name := range []string{d.clip, continuation(d.clip)} {
			file, err := clipFiles.ReadFile("clips/" + name + ".mp4")
			if err != nil || len(file) > minClipSize-boxHeader {
				t.Errorf("%s has %d bytes, %v", name, len(file), err)
			}
		}
	}
}

func TestAPaddedClipReadsAnywhere(t *testing.T) {
	t.Parallel()
	file := []byte("a little file")
	for size, want := range map[int64]string{
		0:   string(file),
		20:  string(file), // seven bytes are no box
		21:  string(file) + "\x00\x00\x00\x08free",
		300: string(file) + "\x00\x00\x01\x1ffree" + strings.Repeat("\x00", 279),
	} {
		if err := iotest.TestReader(newClip(file, size).reader(), []byte(want)); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
