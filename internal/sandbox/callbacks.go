package sandbox

import (
	"net/http"
	"net/http/httputil"
	"strings"
)

// botPath is where the sandbox passes on what is meant for its own bot's server: a
// port of the bot's own is known only once it listens.
const botPath = "/sandbox/bot"

// BotURL is the public address of the bot's server.
func (s *Sandbox) BotURL() string { return s.url + botPath }

// BotServes says that the bot's server listens at an address, as host:port.
func (s *Sandbox) BotServes(addr string) { s.botAddr.Store(&addr) }

// passOn passes Luma's callbacks on to the bot's server; 502 while that is not there.
func (s *Sandbox) passOn() http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", *s.botAddr.Load()
			r.Out.URL.Path, r.Out.URL.RawPath = strings.TrimPrefix(r.In.URL.Path, botPath), ""
		},
		Transport:    &http.Transport{DisableKeepAlives: true}, // the bot may be another one the next time
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.botAddr.Load() == nil {
			refuse(w, http.StatusBadGateway, "the bot serves nothing")
			return
		}
		proxy.ServeHTTP(w, r)
	})
}
