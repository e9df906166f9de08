package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// public has the bot serve, and returns where everybody reaches it: what stands in
// front of it, as a web server does.
func (w *world) public() string {
	w.t.Helper()
	w.environ["HTTP_ADDR"] = "127.0.0.1:0"
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", *w.served.Load()
		},
		// The bot is away while it is started anew; another try comes.
		ErrorHandler: func(rw http.ResponseWriter, _ *http.Request, _ error) { rw.WriteHeader(http.StatusBadGateway) },
	})
	w.t.Cleanup(front.Close)
	return front.URL
}

// calledBack starts the bot where Luma can tell it of its jobs; by itself it asks no
// more often than every five minutes.
func calledBack(t *testing.T) *world {
	t.Helper()
	w := speak(t, "lumalabs")
	w.environ["CALLBACK_URL"] = w.public()
	w.environ["LUMA_POLL_INTERVAL"] = "5m"
	w.environ["JOB_DEADLINE"] = "1h"
	w.start()
	return w
}

// Luma's word is enough: the bot need not ask by itself.
func TestLumaCallsBack(t *testing.T) {
	t.Parallel()
	for _, fault := range []luma.Fault{"", luma.FaultCallbacksRepeated} {
		t.Run("with "+string(fault), func(t *testing.T) {
			t.Parallel()
			w := calledBack(t)
			if fault != "" {
				w.has(fault)
			}
			m := w.replies(ada, dreams, "dream", given("prompt", "tell me when it is done"))
			g := w.paid("tell me when it is done")
			w.shows(m.ID, "Luma has it")
			w.advance(g, "")
			w.shows(m.ID, "Dreaming")
			w.advance(g, "")
			w.plays(w.shows(m.ID, "Completed"), "tell me when it is done")

			// After a restart the address is the same, and still only the job's own.
			m = w.replies(ada, dreams, "dream", given("prompt", "over a restart"))
			g = w.paid("over a restart")
			w.shows(m.ID, "Luma has it")
			w.end()
			w.start()
			w.advance(g, "")
			w.advance(g, "")
			w.plays(w.shows(m.ID, "Completed"), "over a restart")
		})
	}
}

// What does not come from Luma does nothing: no query, and no word of what is there.
func TestForgedCallbacks(t *testing.T) {
	t.Parallel()
	w := calledBack(t)
	m := w.replies(ada, dreams, "dream", given("prompt", "nobody else's business"))
	g := w.paid("nobody else's business")
	w.shows(m.ID, "Luma has it")
	asked := newCounter(1)
	w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/dream-machine/") {
			asked.add()
		}
		return nil
	})
	good, err := url.Parse(g.CallbackURL)
	if err != nil || !strings.HasPrefix(g.CallbackURL, w.environ["CALLBACK_URL"]+"/") || !strings.Contains(good.Path, w.jobID(m)) {
		t.Fatalf("Luma was given %q, %v", g.CallbackURL, err)
	}
	post := func(method, path string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(w.context(), method, w.environ["CALLBACK_URL"]+path, strings.NewReader(`{"state":"completed"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	other := w.replies(ben, general, "dream", given("prompt", "somebody else's"))
	theirs, err := url.Parse(w.paid("somebody else's").CallbackURL)
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"nothing":              "/luma/",
		"no signature":         "/luma/" + w.jobID(m) + "/",
		"another's signature":  strings.Replace(theirs.Path, w.jobID(other), w.jobID(m), 1),
		"a character too much": good.Path + "A",
		"one too few":          good.Path[:len(good.Path)-1],
		"something behind it":  good.Path + "/more",
		"a very long one":      "/luma/" + strings.Repeat("a", 4000),
	} {
		if status := post(http.MethodPost, path); status != http.StatusNotFound {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if status := post(http.MethodGet, good.Path); status == http.StatusOK {
		t.Error("it can be read")
	}
	if n := asked.count(); n != 0 {
		t.Errorf("Luma was asked %d times", n)
	}
	// What has the right address has Luma asked, and is not believed.
	if status := post(http.MethodPost, good.Path); status != http.StatusOK {
		t.Errorf("the right one: status %d", status)
	}
	asked.wait(w)
	w.advance(g, "")
	w.shows(m.ID, "Dreaming")
	for range 200 {
		post(http.MethodPost, good.Path)
	}
	if n := asked.count(); n > 20 {
		t.Errorf("200 callbacks had Luma asked %d times", n)
	}
}

// A callback that never comes is made up for by asking.
func TestCallbacksThatNeverCome(t *testing.T) {
	t.Parallel()
	w := speak(t, "lumalabs")
	w.environ["CALLBACK_URL"] = w.public()
	w.start()
	w.has(luma.FaultCallbacksLost)
	m := w.replies(ada, dreams, "dream", given("prompt", "nobody tells"))
	w.plays(w.finishes(w.paid("nobody tells"), m), "nobody tells")
}

// A link that has expired before the video was fetched is asked for again.
func TestALinkThatExpiresIsAskedForAgain(t *testing.T) {
	eachOwn(t, func(t *testing.T, w *world) {
		m := w.replies(ada, dreams, "dream", given("prompt", "too late"))
		g := w.paid("too late")
		w.shows(m.ID, "Luma has it")
		var expired bool
		w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
			if strings.HasPrefix(r.URL.Path, "/clips/") && !expired {
				expired = true
				w.box.Luma.ExpireLinks()
			}
			return nil
		})
		began := time.Now()
		w.plays(w.finishes(g, m), "too late")
		if took := time.Since(began); took > patience/2 {
			t.Errorf("it took %v", took)
		}
	})
}

// A picture that agents cannot fetch is sent along by the bot, once.
func TestAPictureThatLumaCannotFetchIsSentAlong(t *testing.T) {
	t.Parallel()
	w := speak(t, "agents")
	w.start()
	w.has(luma.FaultPicturesUnreachable)
	m := w.replies(ada, dreams, "dream", given("prompt", "from a picture"), given("image", w.picture("a.png")))
	g := w.paid("from a picture")
	if !g.Inline || g.ImageURL != "" {
		t.Errorf("Luma got %+v", g)
	}
	w.plays(w.finishes(g, m), "from a picture")
	if n := w.paidFor("from a picture"); n != 1 {
		t.Errorf("paid for %d times", n)
	}
}

// Prices: said before anything is paid, counted, and given back for what failed.
func TestPricesAndBalance(t *testing.T) {
	t.Parallel()
	w := speak(t, "lumalabs")
	w.environ["PRICES"] = `[{"resolution":"1080p","usd":1.25},{"usd":0.1}]`
	w.environ["PRICE_SHOWN_FROM"] = "0.50"
	w.environ["BALANCE_WARN"] = "20"
	w.box.Luma.SetBalance(1234)
	w.start()
	w.logged("balance")
	cheap := w.replies(ada, dreams, "dream", given("prompt", "a cheap one"))
	if strings.Contains(says(&cheap), "$") {
		t.Errorf("a cheap one says its price:\n%s", says(&cheap))
	}
	dear := w.replies(ada, dreams, "dream", given("prompt", "a dear one"), given("resolution", "1080p"))
	if !strings.Contains(says(&dear), "$1.25") {
		t.Errorf("a dear one does not say its price:\n%s", says(&dear))
	}
	w.finishes(w.paid("a cheap one"), cheap)
	w.told(w.types(ada, dreams, "usage"), ada, "$1.35", "$12.34")
	w.advance(w.paid("a dear one"), "Generation failed")
	w.shows(dear.ID, "Failed")
	w.told(w.types(ada, dreams, "usage"), ada, "$0.10")
	var m discord.Message = w.told(w.types(ben, dreams, "usage"), ben)
	if strings.Contains(says(&m), "$12.34") {
		t.Errorf("the balance is shown to anybody:\n%s", says(&m))
	}
}
