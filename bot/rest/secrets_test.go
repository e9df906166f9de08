package rest

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// failing is a transport that fails with everything it knows.
type failing struct{}

func (failing) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("no way to %s with %q", r.URL, r.Header)
}

func TestNoErrorLogOrObservationHoldsAToken(t *testing.T) {
	t.Parallel()
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			text := r.URL.Path + " " + r.URL.EscapedPath() + " " + strings.ReplaceAll(r.Header.Get("Authorization"), `"`, "")
			w.Header().Set("Retry-After", "3600")
			answer(w, status, fmt.Sprintf(`{"message":"cannot find %s","errors":{"path":%q}}`, text, text))
		}
	}
	unreachable := httptest.NewServer(nil)
	unreachable.Close()
	network := newTransport()
	defer network.CloseIdleConnections()
	for name, tc := range map[string]struct {
		h         http.HandlerFunc
		base      string
		transport http.RoundTripper
	}{
		"404 that echoes": {h: echo(404)},
		"401 that echoes": {h: echo(401)},
		"429 that echoes": {h: echo(429)},
		"500 that echoes": {h: echo(500)},
		"200 that echoes": {h: func(w http.ResponseWriter, r *http.Request) {
			answer(w, 200, fmt.Sprintf(`[%q, %q]`, r.URL.Path, r.URL.EscapedPath()))
		}},
		"cut": {h: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"redirected": {h: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/x"+r.URL.EscapedPath(), http.StatusTemporaryRedirect)
		}},
		"not HTTP": {h: func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = fmt.Fprintf(conn, "%s %s\r\n\r\n", r.URL.EscapedPath(), r.Header.Get("Authorization"))
			_ = conn.Close()
		}},
		"unreachable":             {base: unreachable.URL, transport: network},
		"not an address":          {base: "http://127.0.0.1:99999", transport: network},
		"no base":                 {base: "://" + botToken, transport: network},
		"a transport that echoes": {base: "http://127.0.0.1:1", transport: failing{}},
	} {
		for method, call := range every {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				var out strings.Builder
				inBubble(t, tc.h, func(t *testing.T, c *Client) {
					if tc.base != "" {
						c.base, c.baseErr = parseBase(tc.base)
						c.http.Transport = tc.transport
					}
					c.log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
					c.observe = func(route string, _ int, _ time.Duration) { out.WriteString(route) }
					err := call(t.Context(), c)
					if name == "200 that echoes" && slices.Contains([]string{"Respond", "RegisterCommands", "DeleteMessage", "DeleteOriginal", "AddReaction"}, method) {
						if err != nil { // what is accepted, and whose body is not needed
							t.Error(err)
						}
					} else if err == nil {
						t.Error("no error")
					} else {
						fmt.Fprintf(&out, "%v %+v %#v", err, err, err)
						for ; err != nil; err = errors.Unwrap(err) {
							fmt.Fprintf(&out, "%v %+v", err, err)
						}
					}
				})
				for _, token := range []string{botToken, userToken, url.PathEscape(userToken)} {
					if strings.Contains(out.String(), token) {
						t.Errorf("a token shows in: %s", strings.ReplaceAll(out.String(), token, "TOKEN"))
					}
				}
			})
		}
	}
}
