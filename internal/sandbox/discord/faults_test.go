package discord

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// faulty is a server with a reply on it, and with faults that are then on.
func faulty(t *testing.T, l Limits, on ...Fault) (*bench, *client, event, Message) {
	t.Helper()
	b := serve(t, Config{Limits: l})
	c, e, m := b.answered(`{"content":"a"}`)
	b.fault(on...)
	return b, c, e, m
}

func (b *bench) fault(on ...Fault) {
	b.Helper()
	if err := b.s.SetFaults(on...); err != nil {
		b.Fatal(err)
	}
}

// tried sends what may get no answer.
func (b *bench) tried(req *http.Request) (reply, error) {
	b.Helper()
	res, err := b.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return reply{status: res.StatusCode, header: res.Header, raw: raw}, err
}

func TestFaultsAreSwitchedByName(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	names := map[Fault]bool{}
	for _, i := range Faults() {
		if names[i.Name] || i.Name == "" || i.Description == "" || strings.Contains(i.Description, "\n") {
			t.Errorf("the fault %+v", i)
		}
		names[i.Name] = true
	}
	if on := b.s.FaultsOn(); len(on) != 0 {
		t.Errorf("at first %q are on", on)
	}
	b.fault(FaultSlow, FaultRateLimited, FaultSlow)
	if diff := cmp.Diff([]Fault{FaultRateLimited, FaultSlow}, b.s.FaultsOn()); diff != "" {
		t.Error(diff)
	}
	if err := b.s.SetFaults(FaultOutage, "no such"); !errors.Is(err, ErrInvalid) {
		t.Errorf("an unknown one: %v", err)
	}
	if diff := cmp.Diff([]Fault{FaultRateLimited, FaultSlow}, b.s.FaultsOn()); diff != "" {
		t.Errorf("after an unknown one:\n%s", diff)
	}
	b.fault()
	b.must(200, "GET", "users/@me", "")
}

func TestRateLimitedIs429WithTheHeadersOfALimit(t *testing.T) {
	t.Parallel()
	b, _, e, _ := faulty(t, Limits{}, FaultRateLimited)
	for _, path := range []string{"channels/" + dreams + "/messages", e.hook("")} {
		r := b.call("POST", path, `{"content":"b"}`)
		refused(t, r, 429, 0)
		if r.get("retry_after") != 0.3 || r.get("global") != false {
			t.Errorf("%s: %s", path, r.raw)
		}
		for name, want := range map[string]string{"Retry-After": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.300",
			"X-RateLimit-Scope": "user", "X-RateLimit-Global": "", "Content-Type": "application/json"} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if r.header.Get("X-RateLimit-Bucket") == "" || r.header.Get("X-RateLimit-Reset") == "" {
			t.Errorf("%s: %v", path, r.header)
		}
	}
	if n := len(b.s.Messages(dreams)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestAGlobalRateLimitLeavesInteractionsAlone(t *testing.T) {
	t.Parallel()
	b, c, e, m := faulty(t, Limits{RetryAfter: 1500 * time.Millisecond}, FaultGlobalRateLimit)
	r := b.call("PATCH", inDreams+"/"+m.ID, `{"content":"b"}`)
	refused(t, r, 429, 0)
	if r.get("global") != true || r.get("retry_after") != 1.5 || r.header.Get("Retry-After") != "2" ||
		r.header.Get("X-RateLimit-Global") != "true" || r.header.Get("X-RateLimit-Scope") != "global" || r.header.Get("X-RateLimit-Bucket") != "" {
		t.Errorf("%s, %v", r.raw, r.header)
	}
	b.must(200, "PATCH", e.hook("@original"), `{"content":"c"}`)
	ch := b.invoke()
	b.must(204, "POST", c.next("INTERACTION_CREATE").path(), `{"type":4,"data":{"content":"d"}}`)
	b.saw(ch, OutcomeMessage)
}

func TestFaultsThatAnswerInDiscordsPlace(t *testing.T) {
	t.Parallel()
	for fault, want := range map[Fault]struct {
		status     int
		kind, says string
		wait       string
	}{
		FaultCloudflare:  {429, "text/html; charset=UTF-8", "1015", "1"},
		FaultBadGateway:  {502, "text/html; charset=UTF-8", "502 Bad Gateway", ""},
		FaultUnavailable: {503, "", "", ""},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b, c, e, m := faulty(t, Limits{Ack: time.Minute}, fault)
			ch := b.invoke()
			callback := c.next("INTERACTION_CREATE").path()
			for what, req := range map[string]*http.Request{
				"an edit by webhook": b.request("PATCH", e.hook("@original"), "application/json", strings.NewReader(`{"content":"b"}`)),
				"an edit in channel": b.request("PATCH", inDreams+"/"+m.ID, "application/json", strings.NewReader(`{"content":"b"}`)),
				"a callback":         b.request("POST", callback, "application/json", strings.NewReader(`{"type":5}`)),
				"where nothing is":   b.request("GET", "nowhere", "", nil),
			} {
				r, err := b.tried(req)
				if err != nil || r.status != want.status || r.header.Get("Content-Type") != want.kind || r.header.Get("Retry-After") != want.wait {
					t.Errorf("%s: %d %v, %v", what, r.status, r.header, err)
				}
				if !strings.Contains(string(r.raw), want.says) || want.says == "" && len(r.raw) != 0 || r.header.Get("X-RateLimit-Limit") != "" {
					t.Errorf("%s: %q, %v", what, r.raw, r.header)
				}
			}
			b.fault()
			b.must(204, "POST", callback, `{"type":5,"data":{"flags":64}}`)
			b.saw(ch, OutcomeDeferred)
			if got := b.s.Messages(dreams); len(got) != 2 || got[0].Edits != 0 {
				t.Errorf("there is %+v", got)
			}
		})
	}
}

func TestSlowAnswersComeAfterTheRequestTookEffect(t *testing.T) {
	t.Parallel()
	const slow = 50 * time.Millisecond
	b, _, e, _ := faulty(t, Limits{Slow: slow}, FaultSlow)
	start := time.Now()
	b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	if took := time.Since(start); took < slow {
		t.Errorf("it took %v", took)
	}
	late := serve(t, Config{Limits: Limits{Slow: time.Hour}})
	late.fault(FaultSlow)
	var waiting sync.WaitGroup
	waiting.Go(func() {
		_, _ = late.tried(late.request("POST", inDreams, "application/json", strings.NewReader(`{"content":"a"}`)))
	})
	if _, err := late.s.Wait(late.ctx, func(m Message) bool { return m.Content == "a" }); err != nil {
		t.Error(err)
	}
	if err := late.s.Close(); err != nil { // ends the delay
		t.Error(err)
	}
	waiting.Wait()
}

func TestLostAnswersTakeEffect(t *testing.T) {
	t.Parallel()
	b, c, e, _ := faulty(t, Limits{}, FaultLostAnswers)
	if r, err := b.tried(b.request("PATCH", e.hook("@original"), "application/json", strings.NewReader(`{"content":"b"}`))); err == nil {
		t.Errorf("an answer came: %d %s", r.status, r.raw)
	}
	if got := b.s.Messages(dreams)[0].Content; got != "b" {
		t.Errorf("the reply says %q", got)
	}
	ch := b.invoke()
	if r, err := b.tried(b.request("POST", c.next("INTERACTION_CREATE").path(), "application/json", strings.NewReader(`{"type":4,"data":{"content":"c"}}`))); err == nil {
		t.Errorf("an answer came: %d %s", r.status, r.raw)
	}
	b.saw(ch, OutcomeMessage)
}

func TestAnOutageCutsEverything(t *testing.T) {
	t.Parallel()
	b, _, e, _ := faulty(t, Limits{}, FaultOutage)
	for _, req := range []*http.Request{
		b.request("GET", "gateway", "", nil),
		b.request("PATCH", e.hook("@original"), "application/json", strings.NewReader(`{"content":"b"}`)),
	} {
		if r, err := b.tried(req); err == nil {
			t.Errorf("%s: %d %s", req.URL.Path, r.status, r.raw)
		}
	}
	b.fault()
	if r := b.must(200, "GET", e.hook("@original"), ""); r.text("content") != "a" {
		t.Errorf("the reply is %s", r.raw)
	}
}

func TestExpiredTokensStillTakeTheFirstCallback(t *testing.T) {
	t.Parallel()
	b, c, e, m := faulty(t, Limits{}, FaultExpiredTokens)
	refused(t, b.call("PATCH", e.hook("@original"), `{"content":"b"}`), 401, 50027)
	refused(t, b.call("GET", e.hook("@original"), ""), 401, 50027)
	refused(t, b.call("POST", e.hook(""), `{"content":"b"}`), 401, 50027)
	refused(t, b.call("DELETE", e.hook("@original"), ""), 401, 50027)
	b.must(200, "PATCH", inDreams+"/"+m.ID, `{"content":"c"}`)
	ch := b.invoke()
	e = c.next("INTERACTION_CREATE")
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
	refused(t, b.call("GET", e.hook("@original"), ""), 401, 50027)
}

func TestNoAccessIsToChannelsAlone(t *testing.T) {
	t.Parallel()
	b, _, e, m := faulty(t, Limits{}, FaultNoAccess)
	for _, r := range []reply{
		b.call("GET", "channels/"+dreams, ""), b.call("GET", inDreams, ""), b.call("GET", inDreams+"/"+m.ID, ""),
		b.call("POST", inDreams, `{"content":"b"}`), b.call("PATCH", inDreams+"/"+m.ID, `{"content":"b"}`),
		b.call("DELETE", inDreams+"/"+m.ID, ""),
	} {
		refused(t, r, 403, 50001)
	}
	b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	b.must(200, "POST", "channels/"+b.s.DirectChannel(ada)+"/messages", `{"content":"b"}`)
}

func TestNoPermissionIsToWriteAndToUpload(t *testing.T) {
	t.Parallel()
	b, c, e, m := faulty(t, Limits{}, FaultNoPermission)
	file := part{"files[0]", "a.txt", "", []byte("a")}
	refused(t, b.call("POST", inDreams, `{"content":"b"}`), 403, 50013)
	refused(t, b.upload("PATCH", inDreams+"/"+m.ID, `{}`, file), 403, 50013)
	refused(t, b.upload("PATCH", e.hook("@original"), `{}`, file), 403, 50013)
	b.must(200, "PATCH", inDreams+"/"+m.ID, `{"content":"b"}`)
	b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	if r := b.upload("POST", "channels/"+b.s.DirectChannel(ada)+"/messages", `{}`, file); r.status != 200 {
		t.Errorf("a direct message: %d %s", r.status, r.raw)
	}
	ch := b.invoke()
	e = c.next("INTERACTION_CREATE")
	if n, err := strconv.ParseInt(e.text("app_permissions"), 10, 64); err != nil || n&(permAttach|permSend) != 0 || n&permView == 0 {
		t.Errorf("app_permissions are %s", e.text("app_permissions"))
	}
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
}

func TestClosedDirectMessagesAreRefused(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	channel := "channels/" + b.must(200, "POST", "users/@me/channels", `{"recipient_id":"`+mei+`"}`).text("id") + "/messages"
	m := b.must(200, "POST", channel, `{"content":"a"}`).text("id")
	b.fault(FaultDirectClosed)
	refused(t, b.call("POST", channel, `{"content":"b"}`), 403, 50007)
	b.must(200, "PATCH", channel+"/"+m, `{"content":"b"}`)
	b.must(200, "POST", inDreams, `{"content":"b"}`)
	b.fault()
	if err := b.s.CloseDirect(mei, true); err != nil {
		t.Fatal(err)
	}
	refused(t, b.call("POST", channel, `{"content":"b"}`), 403, 50007)
	b.must(200, "POST", "channels/"+b.s.DirectChannel(ben)+"/messages", `{"content":"b"}`)
	if err := b.s.CloseDirect(mei, false); err != nil {
		t.Fatal(err)
	}
	b.must(200, "POST", channel, `{"content":"c"}`)
}

func TestWhatATestAsksForGoesBeforeWhatIsSwitchedOn(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.fault(FaultOutage)
	b.s.SetIntercept(func(r *http.Request) *Answer {
		if strings.HasSuffix(r.URL.Path, "/gateway") {
			return &Answer{Status: 418}
		}
		return nil
	})
	if r, err := b.tried(b.request("GET", "gateway", "", nil)); err != nil || r.status != 418 {
		t.Errorf("%d, %v", r.status, err)
	}
	if _, err := b.tried(b.request("GET", "users/@me", "", nil)); err == nil {
		t.Error("the outage is over")
	}
}

func TestFaultsAreObserved(t *testing.T) {
	t.Parallel()
	type observed struct {
		status  int
		payload string
	}
	calls := make(chan observed, 10)
	b := serve(t, Config{Observe: func(c Call) { calls <- observed{c.Status, string(c.Payload)} }})
	for f, want := range map[Fault]observed{
		FaultOutage:      {0, ""}, // what does not get through is not read
		FaultBadGateway:  {502, `{"content":"a"}`},
		FaultLostAnswers: {0, `{"content":"a"}`},
	} {
		b.fault(f)
		_, _ = b.tried(b.request("POST", inDreams, "application/json", strings.NewReader(`{"content":"a"}`)))
		if got := <-calls; got != want {
			t.Errorf("%s: observed %+v, want %+v", f, got, want)
		}
	}
}

func TestWhatDiscordItselfAnswersCameVia(t *testing.T) {
	t.Parallel()
	b, _, _, _ := faulty(t, Limits{Slow: time.Millisecond})
	for f, want := range map[Fault]string{FaultRateLimited: via, FaultUnavailable: via, FaultCloudflare: "", FaultBadGateway: "", FaultSlow: via} {
		b.fault(f)
		if got := b.call("GET", "users/@me", "").header.Get("Via"); got != want {
			t.Errorf("%s came via %q, want %q", f, got, want)
		}
	}
}
