package callback_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"dreambot/internal/callback"
	"dreambot/internal/secret"
)

const (
	key = "luma-0123456789"
	job = "d0abcdefghijklmnopqr"
)

// path is that of a job's address.
func path(t testing.TB, e *callback.Endpoint, job string) string {
	t.Helper()
	u, err := url.Parse(e.URL(job))
	if err != nil || !strings.HasPrefix(u.Path, callback.Path+job+"/") {
		t.Fatalf("the address of %s is %q, %v", job, e.URL(job), err)
	}
	return u.Path
}

// deliver sends a request to the handler, and returns the answer and who was nudged.
func deliver(e *callback.Endpoint, method, path, body string) (*httptest.ResponseRecorder, []string) {
	var nudged []string
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL.Path = path
	e.Handler(func(job string) { nudged = append(nudged, job) }).ServeHTTP(w, r)
	return w, nudged
}

func TestAddresses(t *testing.T) {
	e := callback.New(secret.New(key), "https://bot.example")
	u := e.URL(job)
	if !strings.HasPrefix(u, "https://bot.example/luma/"+job+"/") {
		t.Errorf("it is %q", u)
	}
	if again := callback.New(secret.New(key), "https://bot.example/").URL(job); again != u {
		t.Errorf("made again it is %q, not %q", again, u)
	}
	if below := callback.New(secret.New(key), "https://example.org/bot").URL(job); below != strings.Replace(u, "bot.example", "example.org/bot", 1) {
		t.Errorf("below a path it is %q", below)
	}
	seen := map[string]bool{}
	for _, u := range []string{u, e.URL("d0abcdefghijklmnopqs"), e.URL(""), callback.New(secret.New("another"), "https://bot.example").URL(job)} {
		code := u[strings.LastIndex(u, "/")+1:]
		b, err := base64.RawURLEncoding.DecodeString(code)
		if err != nil || len(b) != sha256.Size || seen[code] {
			t.Errorf("the code of %q: %d bytes, %v, seen before %v", u, len(b), err, seen[code])
		}
		seen[code] = true
		if strings.Contains(u, key) {
			t.Errorf("%q holds the key", u)
		}
	}
	// It is not what anybody else would reckon with the key itself.
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte(job))
	if strings.HasSuffix(u, base64.RawURLEncoding.EncodeToString(mac.Sum(nil))) {
		t.Error("the key itself is used")
	}
	mac = hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte("dreambot luma callback v1"))
	for _, verb := range []string{"%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(verb, e); strings.Contains(shown, key) || strings.Contains(shown, string(mac.Sum(nil))) {
			t.Errorf("printed, it is %s", shown)
		}
	}
}

func TestWhatIsDelivered(t *testing.T) {
	e := callback.New(secret.New(key), "https://bot.example")
	good := path(t, e, job)
	other := path(t, e, "d0abcdefghijklmnopqs")
	code := good[len(callback.Path)+len(job)+1:]
	for name, c := range map[string]struct {
		method, path string
		ok           bool
	}{
		"the address":                      {"POST", good, true},
		"read":                             {"GET", good, false},
		"asked for its head":               {"HEAD", good, false},
		"put":                              {"PUT", good, false},
		"nothing":                          {"POST", callback.Path, false},
		"the root":                         {"POST", "/", false},
		"no path":                          {"POST", "", false},
		"a job alone":                      {"POST", callback.Path + job, false},
		"a job and no code":                {"POST", callback.Path + job + "/", false},
		"a code and no job":                {"POST", callback.Path + "/" + code, false},
		"no job, with its code":            {"POST", path0(e), false},
		"another's code":                   {"POST", callback.Path + job + "/" + other[len(other)-len(code):], false},
		"the code of another key":          {"POST", path(t, callback.New(secret.New("another"), ""), job), false},
		"the code of no key":               {"POST", path(t, callback.New(secret.Text{}, ""), job), false},
		"a code of the right form":         {"POST", callback.Path + job + "/" + strings.Repeat("A", len(code)), false},
		"the code in capitals":             {"POST", callback.Path + job + "/" + strings.ToUpper(code), false},
		"one character too few":            {"POST", good[:len(good)-1], false},
		"one too many":                     {"POST", good + "A", false},
		"padded":                           {"POST", good + "=", false},
		"something behind it":              {"POST", good + "/", false},
		"something before it":              {"POST", "/luma" + good, false},
		"the same bits, written otherwise": {"POST", good[:len(good)-1] + string(alias(code[len(code)-1])), false},
		"elsewhere":                        {"POST", "/backup/" + job + "/" + code, false},
		"a long path":                      {"POST", callback.Path + strings.Repeat("a", 100_000) + "/" + code, false},
		"a long job, with its code":        {"POST", callback.Path + strings.Repeat("a", 65) + "/" + code, false},
		"bytes that are no text":           {"POST", callback.Path + "\x00\xff/" + code, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, nudged := deliver(e, c.method, c.path, `{"id":"g","state":"completed"}`)
			want, jobs := http.StatusNotFound, []string(nil)
			if c.ok {
				want, jobs = http.StatusOK, []string{job}
			}
			if w.Code != want || !slices.Equal(nudged, jobs) {
				t.Errorf("status %d, nudged %q", w.Code, nudged)
			}
			if w.Body.Len() != 0 {
				t.Errorf("it says %q", w.Body)
			}
		})
	}
}

// path0 is what would be the address of no job.
func path0(e *callback.Endpoint) string { return strings.TrimPrefix(e.URL(""), "https://bot.example") }

// alias is a last character that says the same bits as c, of those that count.
func alias(c byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)^1]
}

// Luma may say it again, and does not wait long for an answer.
func TestRepeats(t *testing.T) {
	e := callback.New(secret.New(key), "https://bot.example")
	for range 100 {
		if w, nudged := deliver(e, "POST", path(t, e, job), ""); w.Code != http.StatusOK || len(nudged) != 1 {
			t.Fatalf("status %d, nudged %q", w.Code, nudged)
		}
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

func TestBodiesAreNotLookedAt(t *testing.T) {
	e := callback.New(secret.New(key), "https://bot.example")
	for name, c := range map[string]struct {
		length int64
		closes bool
	}{"small": {2000, false}, "as large as may be": {64 << 10, false}, "larger": {64<<10 + 1, true}, "of a size not told": {-1, true}} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", path(t, e, job), unread{t})
		r.ContentLength = c.length
		e.Handler(func(string) {}).ServeHTTP(w, r)
		if w.Code != http.StatusOK || (w.Header().Get("Connection") == "close") != c.closes {
			t.Errorf("%s: status %d, %v", name, w.Code, w.Header())
		}
	}
}

// Over a real connection, with a body that never ends, it is answered all the same.
func TestAnEndlessBody(t *testing.T) {
	e := callback.New(secret.New(key), "https://bot.example")
	server := httptest.NewServer(e.Handler(func(string) {}))
	defer server.Close()
	body, more := io.Pipe()
	defer func() { _ = more.Close() }()
	for _, address := range []string{server.URL + path(t, e, job), server.URL + "/luma/forged"} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", address, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 200, false: 404}[address != server.URL+"/luma/forged"]; resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
		_ = resp.Body.Close()
	}
}

// No path is taken for an address that is not one, and none makes it fall.
func FuzzPath(f *testing.F) {
	e := callback.New(secret.New(key), "https://bot.example")
	good := path(f, e, job)
	f.Add(good)
	f.Add("/luma//")
	f.Fuzz(func(t *testing.T, path string) {
		w, nudged := deliver(e, "POST", path, "")
		if (w.Code == http.StatusOK) != (len(nudged) == 1) || len(nudged) == 1 && path != strings.TrimPrefix(e.URL(nudged[0]), "https://bot.example") {
			t.Errorf("%q: status %d, nudged %q", path, w.Code, nudged)
		}
	})
}

// BenchmarkForged is a call to an address that is not a job's.
func BenchmarkForged(b *testing.B) {
	e := callback.New(secret.New(key), "https://bot.example")
	h := e.Handler(func(string) { b.Error("it is believed") })
	for name, p := range map[string]string{"of the right form": path(b, callback.New(secret.New("another"), ""), job),
		"long": callback.Path + strings.Repeat("a", 100_000), "short": callback.Path} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("POST", p, nil)
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
}
