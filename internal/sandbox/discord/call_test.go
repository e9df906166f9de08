package discord

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// watched is a server of which each request is handed to the test with its
// answer.
func watched(t *testing.T) (*bench, func(call func()) Call) {
	calls := make(chan Call, 10)
	b := serve(t, Config{Observe: func(c Call) { calls <- c }})
	return b, func(call func()) Call {
		t.Helper()
		for len(calls) > 0 {
			<-calls
		}
		call()
		return <-calls
	}
}

func TestACallSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	b, next := watched(t)
	next(func() { b.must(200, "PUT", globalCommands, dreamCommand) })
	c := b.online(intentGuilds)
	ch := b.invoke()
	e := c.next("INTERACTION_CREATE")
	id := e.text("id")
	about := func(c Call, interaction, message string) {
		t.Helper()
		if c.Interaction != interaction || c.Message != message || c.Problem != "" || c.Fault != "" {
			t.Errorf("%s %s is about %q and %q, %q, %q; want %q and %q", c.Method, c.Path, c.Interaction, c.Message, c.Problem, c.Fault, interaction, message)
		}
	}
	first := next(func() { b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`) })
	m := b.saw(ch, OutcomeMessage).Message.ID
	about(first, id, m)
	about(next(func() { b.must(200, "GET", e.hook("@original"), "") }), id, m)
	about(next(func() { b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`) }), id, m)
	more := ""
	followed := next(func() { more = b.must(200, "POST", e.hook(""), `{"content":"c"}`).text("id") })
	about(followed, id, more)
	about(next(func() { b.must(204, "DELETE", e.hook(more), "") }), id, more)

	about(next(func() {
		more = b.must(200, "POST", inDreams, `{"content":"a","nonce":"n","enforce_nonce":true}`).text("id")
	}), "", more)
	about(next(func() { b.must(200, "POST", inDreams, `{"content":"a","nonce":"n","enforce_nonce":true}`) }), "", more)
	about(next(func() { b.must(204, "PUT", inDreams+"/"+more+"/reactions/%E2%8F%A9/@me", "") }), "", more)
	about(next(func() { b.must(200, "GET", inDreams, "") }), "", "")
	about(next(func() { b.must(204, "DELETE", inDreams+"/"+more, "") }), "", more)

	press := b.begin(func() (Outcome, error) {
		return b.s.Press(b.ctx, Press{User: ada, Message: m, CustomID: "a", Forged: true})
	})
	e = c.next("INTERACTION_CREATE")
	opened := next(func() {
		b.must(204, "POST", e.path(), `{"type":9,"data":{"custom_id":"a","title":"b","components":[{"type":10,"content":"c"}]}}`)
	})
	b.saw(press, OutcomeModal)
	about(opened, e.text("id"), "") // a modal is no message
	late := next(func() { b.call("POST", e.path(), `{"type":6}`) })
	if late.Interaction != e.text("id") || late.Code != 40060 || late.Problem != "Interaction has already been acknowledged." {
		t.Errorf("a second answer is %+v", late)
	}
}

func TestACallSaysWhichRuleItBroke(t *testing.T) {
	t.Parallel()
	b, next := watched(t)
	problem := func(body string) string {
		return next(func() { b.call("POST", inDreams, body) }).Problem
	}
	for body, want := range map[string]string{
		`{"content":"a"}`:                  "",
		`{"content":""}`:                   "Cannot send an empty message",
		`{`:                                "The request body contains invalid JSON.",
		`[]`:                               "Only dictionaries may be used in a ModelType",
		`{"content":"` + text(2001) + `"}`: "content: Must be 2000 or fewer in length.",
		v2(`{"type":17,"components":[{"type":10,"content":1},{"type":10}]}`): "components[0].components[0].content: " +
			"Could not interpret \"number\" as string.; components[0].components[1].content: This field is required",
	} {
		if got := problem(body); got != want {
			t.Errorf("%.80s breaks %q, want %q", body, got, want)
		}
	}
	long := problem(v2(strings.TrimSuffix(strings.Repeat(`{"type":10,"content":1},`, 39), ",")))
	if n := utf8.RuneCountInString(long); n != maxProblem || !strings.HasSuffix(long, "…") {
		t.Errorf("%d characters: %q", n, long)
	}
	// A name that somebody else gave is not repeated, for it could be a secret.
	secret := fmt.Sprintf(`{"name":"a","description":"b","name_localizations":{%q:"a"}}`, b.s.Token())
	hidden := next(func() { b.call("POST", globalCommands, secret) })
	if hidden.Problem != "name_localizations.…: This is no locale that Discord knows" {
		t.Errorf("the token's place is %q", hidden.Problem)
	}
}

func TestTheOrderOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := newForm()
	for _, at := range []string{"b", "10", "9", "a", "-9223372036854775808"} {
		f.at("l", at).bad("X", "no")
	}
	f.bad("X", "first")
	want := "first; l[-9223372036854775808]: no; l[9]: no; l[10]: no; l.a: no; l.b: no"
	if got := f.err().(*apiError).problem(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestACallNamesTheFaultThatDecided(t *testing.T) {
	t.Parallel()
	calls := make(chan Call, 10)
	b := serve(t, Config{Limits: Limits{Slow: 1, RetryAfter: 1}, Observe: func(c Call) { calls <- c }})
	next := func(method, path, body string) Call {
		t.Helper()
		for len(calls) > 0 {
			<-calls
		}
		_, _ = b.tried(b.request(method, path, "application/json", strings.NewReader(body)))
		return <-calls
	}
	_, e, m := b.answered(`{"content":"a"}`)
	<-calls // the commands
	<-calls // the answer
	direct := b.s.DirectChannel(ben)
	edit, send, write := [2]string{"PATCH", e.hook("@original")}, [2]string{"POST", inDreams}, [2]string{"POST", "channels/" + direct + "/messages"}
	for name, c := range map[string]struct {
		on      []Fault
		call    [2]string
		status  int
		want    Fault
		problem string
	}{
		"none":                    {nil, edit, 200, "", ""},
		"a limit":                 {[]Fault{FaultRateLimited}, edit, 429, FaultRateLimited, "429: Too Many Requests"},
		"a global limit":          {[]Fault{FaultGlobalRateLimit, FaultRateLimited}, send, 429, FaultGlobalRateLimit, "429: Too Many Requests"},
		"none for webhooks":       {[]Fault{FaultGlobalRateLimit}, edit, 200, "", ""},
		"the wall":                {[]Fault{FaultCloudflare, FaultSlow}, send, 429, FaultCloudflare, "429: Too Many Requests"},
		"unavailable":             {[]Fault{FaultUnavailable}, send, 503, FaultUnavailable, "503: Service Unavailable"},
		"bad gateway":             {[]Fault{FaultBadGateway}, send, 502, FaultBadGateway, "502: Bad Gateway"},
		"slow":                    {[]Fault{FaultSlow}, send, 200, FaultSlow, ""},
		"slow, and refused":       {[]Fault{FaultSlow, FaultNoPermission}, send, 403, FaultNoPermission, "Missing Permissions"},
		"lost":                    {[]Fault{FaultLostAnswers, FaultSlow}, send, 0, FaultLostAnswers, "The connection was cut before an answer."},
		"an outage":               {[]Fault{FaultOutage, FaultLostAnswers}, edit, 0, FaultOutage, "The connection was cut before an answer."},
		"tokens":                  {[]Fault{FaultExpiredTokens}, edit, 401, FaultExpiredTokens, "Invalid Webhook Token"},
		"no access":               {[]Fault{FaultNoAccess}, [2]string{"GET", inDreams + "/" + m.ID}, 403, FaultNoAccess, "Missing Access"},
		"no permission":           {[]Fault{FaultNoPermission}, send, 403, FaultNoPermission, "Missing Permissions"},
		"no permission to a user": {[]Fault{FaultNoPermission, FaultNoAccess}, write, 200, "", ""},
		"direct closed":           {[]Fault{FaultDirectClosed}, write, 403, FaultDirectClosed, "Cannot send messages to this user"},
		"closed only directly":    {[]Fault{FaultDirectClosed}, send, 200, "", ""},
	} {
		b.fault(c.on...)
		got := next(c.call[0], c.call[1], `{"content":"a"}`)
		if got.Status != c.status || got.Fault != c.want || got.Problem != c.problem {
			t.Errorf("%s: %d, %q, %q; want %d, %q, %q", name, got.Status, got.Fault, got.Problem, c.status, c.want, c.problem)
		}
	}
	b.fault(FaultExpiredTokens)
	if got := next("POST", e.path(), `{"type":4,"data":{"content":"a"}}`); got.Fault != "" || got.Problem == "" {
		t.Errorf("what is wrong anyhow is laid to %q", got.Fault)
	}

	// What would be refused without the fault is not its doing.
	b.done(b.s.Deny(dreams, permView))
	b.done(b.s.CloseDirect(ben, true))
	b.fault(FaultNoAccess, FaultDirectClosed)
	if got := next("POST", inDreams, `{"content":"a"}`); got.Status != 403 || got.Fault != "" {
		t.Errorf("a channel that was closed: %d, %q", got.Status, got.Fault)
	}
	if got := next(write[0], write[1], `{"content":"a"}`); got.Status != 403 || got.Fault != "" {
		t.Errorf("a person who takes nothing: %d, %q", got.Status, got.Fault)
	}
	b.s.ExpireTokens()
	b.fault(FaultExpiredTokens)
	if got := next(edit[0], edit[1], `{"content":"a"}`); got.Status != 401 || got.Fault != "" || got.Interaction != e.text("id") {
		t.Errorf("a token that is over: %d, %q, of %q", got.Status, got.Fault, got.Interaction)
	}

	// A file needs a permission of its own.
	b.done(b.s.Deny(dreams, 0))
	b.fault(FaultNoPermission)
	for len(calls) > 0 {
		<-calls
	}
	b.upload("PATCH", inDreams+"/"+m.ID, `{}`, part{"files[0]", "a.bin", "", []byte("x")})
	if got := <-calls; got.Status != 403 || got.Fault != FaultNoPermission || got.Message != m.ID {
		t.Errorf("a file: %d, %q, of %q", got.Status, got.Fault, got.Message)
	}
}
