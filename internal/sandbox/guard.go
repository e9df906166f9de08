package sandbox

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"dreambot/internal/sandbox/luma"
)

// Content security policies: of the page, which loads nothing from elsewhere,
// and of everything else, which may hold what a stranger uploaded.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
		"media-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
	filePolicy = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
)

// handler is everything on the one address.
func (s *Sandbox) handler() http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/api/", "/gateway", "/gateway/", "/attachments/"} {
		mux.Handle(path, s.Discord.Handler())
	}
	for _, path := range luma.Paths() {
		mux.Handle(path, s.Luma.Handler())
	}
	mux.Handle("/sandbox/", s.control())
	if !s.headless {
		mux.Handle("/", page())
	}
	return s.guard(mux)
}

// guard lets in only what is addressed to this host and port, and not what
// another site's page sends: a name that resolves to loopback, or a form
// somewhere in the web, gets no further.
func (s *Sandbox) guard(next http.Handler) http.Handler {
	own := strings.TrimPrefix(s.url, "http://")
	_, port, _ := net.SplitHostPort(own)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", filePolicy)
		switch {
		case r.Host == "localhost:"+port && r.Method == http.MethodGet && r.URL.Path == "/":
			// Links in messages name the address itself, so the page moves there.
			http.Redirect(w, r, s.url, http.StatusTemporaryRedirect)
		case r.Host != own:
			refuse(w, http.StatusMisdirectedRequest, "this is not "+own)
		case crossOrigin(r, s.url):
			refuse(w, http.StatusForbidden, "a page from elsewhere may not ask")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// crossOrigin reports whether a browser says that another origin asks. A
// bot's requests carry neither header. Following a link to the page is fine.
func crossOrigin(r *http.Request, own string) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err != nil || u.Scheme+"://"+u.Host != own
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return r.Method != http.MethodGet || r.URL.Path != "/" || r.Header.Get("Sec-Fetch-Mode") != "navigate"
}
