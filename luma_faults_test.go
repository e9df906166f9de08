package main

import (
	"net/http"
	"strings"
	"testing"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// has turns faults of Luma on, and all others off.
func (w *world) has(faults ...luma.Fault) {
	w.t.Helper()
	if err := w.box.Luma.SetFaults(faults...); err != nil {
		w.t.Fatal(err)
	}
}

// paidFor counts the generations of a prompt.
func (w *world) paidFor(prompt string) (n int) {
	for _, g := range w.box.Luma.Generations() {
		if g.Prompt == prompt {
			n++
		}
	}
	return n
}

// Each way in which the paid call can go wrong: what the card says while it
// does, and what becomes of the job once all is well again.
func TestPaidCallsThatGoWrong(t *testing.T) {
	t.Parallel()
	const waits, answered = "Queued", "an answer that may hold an id"
	for name, c := range map[string]struct {
		fault luma.Fault
		says  string // while the fault lasts
		ends  string
		paid  int
	}{
		"401, the key is not accepted":          {luma.FaultUnauthorized, "needs whoever runs", "Completed", 1},
		"403, the balance is empty":             {luma.FaultNoBalance, "needs whoever runs", "Completed", 1},
		"403 of a firewall":                     {luma.FaultForbidden, "Failed", "did not accept this request", 0},
		"429 without Retry-After":               {luma.FaultRateLimited, waits, "Completed", 1},
		"429 with Retry-After":                  {luma.FaultRateLimitedFor, waits, "Completed", 1},
		"500":                                   {luma.FaultServerError, "Failed", interrupted, 0},
		"502, HTML":                             {luma.FaultBadGateway, "Failed", interrupted, 0},
		"503":                                   {luma.FaultUnavailable, "Failed", interrupted, 0},
		"the answer is lost":                    {luma.FaultLostAnswers, "Failed", interrupted, 1},
		"the connection is cut before anything": {luma.FaultRefusedConnections, "Failed", interrupted, 0},
		"200 with HTML":                         {luma.FaultHTML, "Failed", interrupted, 0},
		"200 with half a body":                  {luma.FaultTruncated, "", answered, 1},
		"200 with two values":                   {luma.FaultTwoValues, waits, "Completed", 1},
		"a state that nobody knows":             {luma.FaultUnknownState, "Dreaming", "Completed", 1},
		"moderated":                             {luma.FaultModerating, "Failed", "moderation", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.box.Luma.Release()
			w.start()
			const prompt = "under a bad star"
			w.has(c.fault)
			m := w.replies(ada, dreams, "dream", given("prompt", prompt))
			if c.ends == interrupted {
				// It is looked for, where that can be, and else it fails at once.
				w.logged(w.doubts())
				c.says, c.ends = "", w.cannotTell(c.paid > 0)
			}
			if c.says != "" {
				w.shows(m.ID, c.says)
			}
			if c.ends == answered { // an answer that holds an id is as good as a whole one
				w.paid(prompt)
				w.has()
				m = w.ended(m.ID)
			} else {
				w.has()
				m = w.shows(m.ID, c.ends)
			}
			if c.ends == "Completed" {
				w.plays(m, prompt)
			}
			// What comes after is as if nothing had been.
			after := w.replies(ben, general, "dream", given("prompt", "afterwards"))
			w.shows(after.ID, "Completed")
			if n := w.paidFor(prompt); n != c.paid {
				t.Errorf("paid for %d times, want %d", n, c.paid)
			}
		})
	}
}

// ended waits until a card is final.
func (w *world) ended(id string) discord.Message {
	w.t.Helper()
	m, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool { return m.ID == id && end(m) != "" })
	if err != nil {
		w.t.Fatalf("message %s never comes to an end: %v", id, err)
	}
	return m
}

// Each way in which a query can go wrong: none ends a job that goes on at
// Luma.
func TestQueriesThatGoWrong(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]luma.Fault{
		"401":                          luma.FaultUnauthorized,
		"403 of a firewall":            luma.FaultForbidden,
		"429 without Retry-After":      luma.FaultRateLimited,
		"429 with Retry-After":         luma.FaultRateLimitedFor,
		"500":                          luma.FaultServerError,
		"502, HTML":                    luma.FaultBadGateway,
		"503":                          luma.FaultUnavailable,
		"cut":                          luma.FaultRefusedConnections,
		"200 with HTML":                luma.FaultHTML,
		"200 with half a body":         luma.FaultTruncated,
		"200 with two values":          luma.FaultTwoValues,
		"a state that nobody knows":    luma.FaultUnknownState,
		"completed without a link yet": luma.FaultNoLink,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.start()
			m := w.replies(ada, dreams, "dream", given("prompt", "goes on"))
			g := w.paid("goes on")
			w.shows(m.ID, "Luma has it")
			asked := newCounter(2)
			w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
				if r.Method == http.MethodGet {
					asked.add()
				}
				return nil
			})
			w.has(fault)
			w.advance(g, "")
			w.advance(g, "")
			asked.wait(w) // and is answered wrongly
			w.has()
			w.plays(w.shows(m.ID, "Completed"), "goes on")
			if n := w.paidFor("goes on"); n != 1 {
				t.Errorf("paid for %d times", n)
			}
		})
	}
	t.Run("404, again and again", func(t *testing.T) {
		t.Parallel()
		w := open(t, discord.Limits{})
		w.start()
		m := w.replies(ada, dreams, "dream", given("prompt", "forgotten"))
		w.paid("forgotten")
		w.has(luma.FaultLost)
		w.shows(m.ID, "Failed", "no longer knows")
	})
	t.Run("completed, and never a link", func(t *testing.T) {
		t.Parallel()
		w := open(t, discord.Limits{})
		w.environ["JOB_DEADLINE"] = "10s"
		w.start()
		m := w.replies(ada, dreams, "dream", given("prompt", "no link"))
		g := w.paid("no link")
		w.has(luma.FaultNoLink)
		w.advance(g, "")
		w.advance(g, "")
		w.shows(m.ID, "Failed")
	})
}

// Each way in which a video's link can go wrong. Where it can be fetched after
// all it is played from the message; where not, the member gets the link.
func TestLinksThatGoWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault luma.Fault
		says  string // where it does not heal
	}{
		"403":                   {luma.FaultLinkForbidden, ""},
		"404":                   {luma.FaultLinkGone, ""},
		"500":                   {luma.FaultLinkError, ""},
		"a page in its place":   {luma.FaultLinkText, ""},
		"fewer bytes than said": {luma.FaultLinkShort, ""},
		"a redirect to itself":  {luma.FaultLinkRedirectLoop, ""},
		"a bomb":                {luma.FaultLinkBomb, ""},
		"a redirect inside":     {luma.FaultLinkInside, "could not be uploaded"},
		"a body without an end": {luma.FaultLinkEndless, "too large to upload"},
		"over the limit":        {luma.FaultLarge, "too large to upload"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.start()
			m := w.replies(ada, dreams, "dream", given("prompt", "hard to fetch"))
			g := w.paid("hard to fetch")
			w.shows(m.ID, "Luma has it")
			tried := newCounter(1)
			w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
				if strings.HasPrefix(r.URL.Path, "/clips/") {
					tried.add()
				}
				return nil
			})
			w.has(c.fault)
			w.advance(g, "")
			w.advance(g, "")
			if c.says != "" {
				w.shows(m.ID, "Completed", c.says)
				return
			}
			tried.wait(w)
			w.has()
			w.plays(w.shows(m.ID, "Completed"), "hard to fetch")
		})
	}
}

// An outage: paid calls wait, members see why, and all goes on by itself.
func TestAnOutageOfLuma(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["LUMA_CONCURRENCY"] = "2"
	w.start()
	first := w.replies(ada, dreams, "dream", given("prompt", "under way"))
	w.paid("under way")
	w.shows(first.ID, "Luma has it")
	w.has(luma.FaultUnavailable)
	// The failing queries of the first tell of the outage.
	w.logged("paid calls wait until it answers again")
	var waiting []discord.Message
	for _, prompt := range []string{"one", "two", "three"} {
		waiting = append(waiting, w.replies(ben, general, "dream", given("prompt", prompt)))
	}
	for _, m := range waiting {
		w.shows(m.ID, "Queued", "Luma can't be reached")
	}
	w.box.Luma.Release()
	w.has()
	w.shows(first.ID, "Completed")
	for n, m := range waiting {
		w.shows(m.ID, "Completed")
		if got := w.paidFor([]string{"one", "two", "three"}[n]); got != 1 {
			t.Errorf("number %d was paid for %d times", n, got)
		}
	}
}

// What only the operator can mend at Luma is said once, not once for each job.
func TestTheOperatorIsToldOnceOfLumasAccount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault luma.Fault
		says  string
	}{
		"the key":     {luma.FaultUnauthorized, "LUMA_API_KEY"},
		"the balance": {luma.FaultNoBalance, "balance"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.box.Luma.Release()
			w.environ["LUMA_CONCURRENCY"] = "3"
			w.start()
			var calls counter
			w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
				if r.Method == http.MethodPost {
					calls.add()
				}
				return nil
			})
			w.has(c.fault)
			var cards []discord.Message
			for range 8 {
				cards = append(cards, w.replies(ada, dreams, "dream", given("prompt", "waits for money")))
			}
			for _, m := range cards {
				w.shows(m.ID, "Queued", "needs whoever runs")
			}
			if n := calls.count(); n > 6 {
				t.Errorf("%d paid calls were tried for 8 jobs", n)
			}
			var told int
			for line := range strings.Lines(w.logs.String()) {
				if strings.Contains(line, "level=ERROR") && strings.Contains(line, c.says) {
					told++
				}
			}
			if told != 1 {
				t.Errorf("the operator is told %d times", told)
			}
			w.has()
			for _, m := range cards {
				w.shows(m.ID, "Completed")
			}
			if n := w.paidFor("waits for money"); n != 8 {
				t.Errorf("%d were paid for", n)
			}
		})
	}
}
