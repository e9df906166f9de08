package luma

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// got is an answer as a plain HTTP client has it.
type got struct {
	status int // 0: the connection broke
	header http.Header
	body   string
	err    error
}

func (s *stand) ask(t *testing.T, method, path, body string) got {
	t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Key())
	r.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(r)
	if err != nil {
		return got{err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return got{resp.StatusCode, resp.Header, string(data), err}
}

// link makes a video and returns the path of its link.
func (s *stand) link(t *testing.T) string {
	t.Helper()
	s.made(t, "/luma/generations", `{"user_prompt":"a boat"}`)
	list := s.Generations()
	return s.linkTo(t, "/luma/generations/"+list[len(list)-1].ID)
}

// linkTo returns the path of the link that a query gives.
func (s *stand) linkTo(t *testing.T, query string) string {
	t.Helper()
	_, text := s.call(t, "GET", query, "")
	m := regexp.MustCompile(`"(?:url|video)":"[^"]*(/clips/[^"]*)"`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no link: %s", text)
	}
	return strings.ReplaceAll(m[1], `\u0026`, "&")
}

// spoken is a dialect as a client writes it by hand.
type spoken struct {
	create, query string // paths; behind query comes an id
	body          string // of a create of the prompt "another"
	created       int    // status
	error         string // in the form of its errors, with %s in place of what is said
	unauthorized  string // what is said of a key
	poor          expected
}

func speeches() map[string]spoken {
	return map[string]spoken{
		"crazyrouter": {"/luma/generations", "/luma/generations/", `{"user_prompt":"another"}`, 200,
			`{"error":{"message":"%s"`, "Invalid API key", expected{403, `"code":"insufficient_quota"`}},
		"lumalabs": {"/dream-machine/v1/generations/video", "/dream-machine/v1/generations/", `{"prompt":"another","model":"ray-2"}`, 201,
			`{"detail":"%s"}`, "Invalid API key is provided", expected{400, `{"detail":"Insufficient credits"}`}},
		"agents": {"/agents/v1/generations", "/agents/v1/generations/", `{"prompt":"another","model":"ray-3.2","type":"video"}`, 201,
			`{"detail":"%s"}`, "Invalid API key", expected{402, `{"detail":"Insufficient balance"}`}},
	}
}

// expected is what a fault makes of a call: a status, and a text that the
// answer holds.
type expected struct {
	status int
	text   string
}

// apiFaults says what each fault makes of a create and of the query of a
// completed generation, and how many generations are accepted by that.
func apiFaults(d spoken) map[Fault]struct {
	create, query expected
	accepted      int
} {
	type row = struct {
		create, query expected
		accepted      int
	}
	var (
		accepted = expected{d.created, `"state":"queued"`}
		complete = expected{200, `"state":"completed"`}
		firewall = "<h1>403 Forbidden</h1>"
	)
	same := func(status int, text string, accepted int) row {
		return row{expected{status, text}, expected{status, text}, accepted}
	}
	refused := func(status int, text string) row { return same(status, fmt.Sprintf(d.error, text), 0) }
	both := func(text string) row { return row{expected{d.created, text}, expected{200, text}, 1} }
	return map[Fault]row{
		FaultUnauthorized:        refused(401, d.unauthorized),
		FaultNoBalance:           {d.poor, complete, 0},
		FaultForbidden:           same(403, firewall, 0),
		FaultRateLimited:         refused(429, "Rate limit exceeded"),
		FaultRateLimitedFor:      refused(429, "Rate limit exceeded"),
		FaultUnavailable:         refused(503, "The service is overloaded"),
		FaultServerError:         refused(500, "Internal error"),
		FaultBadGateway:          same(502, "<h1>502 Bad Gateway</h1>", 0),
		FaultLostAnswers:         {expected{}, complete, 1},
		FaultRefusedConnections:  {expected{}, expected{}, 0},
		FaultHTML:                same(200, "<html>", 0),
		FaultTruncated:           both(`{"id":"`),
		FaultTwoValues:           both("}\n{\"code\":\"success\""),
		FaultLost:                {accepted, expected{404, fmt.Sprintf(d.error, "Generation not found")}, 1},
		FaultUnknownState:        both(`"state":"transcending"`),
		FaultNoLink:              {accepted, complete, 1},
		FaultModerating:          {accepted, complete, 1},
		FaultPicturesUnreachable: {accepted, complete, 1},
		FaultCallbacksLost:       {accepted, complete, 1},
		FaultCallbacksRepeated:   {accepted, complete, 1},
	}
}

func TestEachFaultOfTheAPI(t *testing.T) {
	t.Parallel()
	for dialect, d := range speeches() {
		for name, c := range apiFaults(d) {
			t.Run(dialect+"/"+string(name), func(t *testing.T) {
				t.Parallel()
				s := serve(t, Config{})
				s.link(t)
				before := s.Generations()
				link := s.linkTo(t, d.query+before[0].ID)
				if err := s.SetFaults(name); err != nil {
					t.Fatal(err)
				}
				create := s.ask(t, "POST", d.create, d.body)
				query := s.ask(t, "GET", d.query+before[0].ID, "")
				for call, c := range map[string]struct {
					got  got
					want expected
				}{"create": {create, c.create}, "query": {query, c.query}} {
					if c.got.status != c.want.status || !strings.Contains(c.got.body, c.want.text) {
						t.Errorf("%s: %d %q (%v), want %d with %q", call, c.got.status, c.got.body, c.got.err, c.want.status, c.want.text)
					}
					if (c.got.err != nil) != (c.want.status == 0) {
						t.Errorf("%s: %v", call, c.got.err)
					}
				}
				if name == FaultTruncated && json.Valid([]byte(create.body)) {
					t.Errorf("not truncated: %s", create.body)
				}
				if n := len(s.Generations()) - len(before); n != c.accepted {
					t.Errorf("%d generations are accepted, want %d", n, c.accepted)
				}
				if got := s.ask(t, "GET", link, ""); got.status != 200 || got.err != nil {
					t.Errorf("the link answers %d, %v", got.status, got.err)
				}
				if err := s.SetFaults(); err != nil {
					t.Fatal(err)
				}
				if got := s.ask(t, "GET", d.query+before[0].ID, ""); got.status != 200 || !strings.Contains(got.body, "/clips/") {
					t.Errorf("with the fault off a query gets %d %s", got.status, got.body)
				}
			})
		}
	}
}

func TestRateLimitsSayHowLongOrNot(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	for name, want := range map[Fault][]string{FaultRateLimited: nil, FaultRateLimitedFor: {"1"}} {
		if err := s.SetFaults(name); err != nil {
			t.Fatal(err)
		}
		got := s.ask(t, "GET", "/luma/generations/x", "")
		if diff := cmp.Diff(want, got.header.Values("Retry-After")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestPagesOfAProxyAreHTML(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	for _, name := range []Fault{FaultForbidden, FaultBadGateway, FaultHTML} {
		if err := s.SetFaults(name); err != nil {
			t.Fatal(err)
		}
		if got := s.ask(t, "GET", "/luma/generations/x", "").header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestARefusedConnectionIsReset(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	if err := s.SetFaults(FaultRefusedConnections); err != nil {
		t.Fatal(err)
	}
	if got := s.ask(t, "GET", "/luma/generations/x", ""); !errors.Is(got.err, syscall.ECONNRESET) && !errors.Is(got.err, io.EOF) {
		t.Errorf("%d, %v", got.status, got.err)
	}
}

func TestACompletedGenerationHasNoLink(t *testing.T) {
	t.Parallel()
	for _, name := range []Fault{FaultNoLink, FaultUnknownState} {
		s := serve(t, Config{})
		s.link(t)
		if err := s.SetFaults(name); err != nil {
			t.Fatal(err)
		}
		for dialect, d := range speeches() {
			if got := s.ask(t, "GET", d.query+s.Generations()[0].ID, ""); got.status != 200 || strings.Contains(got.body, "/clips/") {
				t.Errorf("%s, %s: %s", dialect, name, got.body)
			}
		}
		if got := s.ask(t, "GET", "/dream-machine/v1/generations", ""); got.status != 200 || strings.Contains(got.body, "/clips/") {
			t.Errorf("the list, %s: %s", name, got.body)
		}
	}
}

func TestModerationFailsWhatIsAcceptedWhileItIsOn(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	for _, on := range [][]Fault{nil, {FaultModerating}, nil} {
		if err := s.SetFaults(on...); err != nil {
			t.Fatal(err)
		}
		s.made(t, "/luma/generations", `{"user_prompt":"a"}`)
	}
	var states []string
	for _, g := range s.Generations() {
		states = append(states, g.State+g.Failure)
	}
	if diff := cmp.Diff([]string{stateCompleted, stateFailed + failurePrompt, stateCompleted}, states); diff != "" {
		t.Error(diff)
	}
}

func TestAHangingCallTakesEffectAndEndsWithTheClient(t *testing.T) {
	t.Parallel()
	seen := make(chan Call, 2)
	s := serve(t, Config{Observe: func(c Call) { seen <- c }})
	if err := s.SetFaults(FaultHanging); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"POST", "GET"} {
		arrived := make(chan struct{})
		s.SetIntercept(func(*http.Request) *Answer { close(arrived); return nil })
		ctx, giveUp := context.WithCancel(t.Context())
		path := map[string]string{"POST": "/luma/generations", "GET": "/luma/generations/x"}[method]
		r, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(`{"user_prompt":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.Key())
		r.Header.Set("Content-Type", "application/json")
		ended := make(chan error, 1)
		go func() {
			resp, err := s.client.Do(r)
			if err == nil {
				resp.Body.Close()
			}
			ended <- err
		}()
		<-arrived
		if method == "POST" {
			if _, err := s.WaitGeneration(t.Context(), func(Generation) bool { return true }); err != nil {
				t.Error(err)
			}
		}
		giveUp()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", method, err)
		}
		if c := <-seen; c.Status != 0 {
			t.Errorf("%s: answered %d", method, c.Status)
		}
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	if err := s.SetFaults(FaultHanging); err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{})
	s.SetIntercept(func(*http.Request) *Answer { close(arrived); return nil })
	ended := make(chan got, 1)
	go func() { ended <- s.ask(t, "GET", "/luma/generations/x", "") }()
	<-arrived
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-ended; got.err == nil {
		t.Errorf("answered %d", got.status)
	}
}

func TestASlowServiceAnswersAfterSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.SetFaults(FaultSlow, FaultUnavailable); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/luma/generations/x", nil))
		if took := time.Since(began); took != slowBy || w.Code != 503 {
			t.Errorf("%d after %v; it goes with other faults", w.Code, took)
		}
	})
}

func TestEveryFaultIsTestedByName(t *testing.T) {
	t.Parallel()
	tested := slices.Collect(maps.Keys(apiFaults(spoken{error: "%s"})))
	tested = append(tested, slices.Collect(maps.Keys(linkFaults()))...)
	tested = append(tested, FaultHanging, FaultSlow) // in tests of their own
	slices.Sort(tested)
	var names []Fault
	for _, f := range Faults() {
		names = append(names, f.Name)
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(string(f.Name)) || f.Calls == "" || f.Description == "" {
			t.Errorf("not told of in full: %+v", f)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, tested); diff != "" {
		t.Errorf("-there +tested:\n%s", diff)
	}
}

func TestSetFaultsTurnsAllOthersOff(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	for _, c := range []struct{ on, want []Fault }{
		{nil, nil},
		{[]Fault{FaultLarge, FaultSlow, FaultSlow}, []Fault{FaultSlow, FaultLarge}},
		{[]Fault{FaultHTML}, []Fault{FaultHTML}},
		{nil, nil},
	} {
		if err := s.SetFaults(c.on...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, s.FaultsOn()); diff != "" {
			t.Errorf("%v: %s", c.on, diff)
		}
	}
	if err := s.SetFaults(FaultHTML); err != nil {
		t.Fatal(err)
	}
	if err := s.SetFaults(FaultLost, "earthquake"); err == nil || !strings.Contains(err.Error(), `"earthquake"`) {
		t.Errorf("an unknown fault: %v", err)
	}
	if diff := cmp.Diff([]Fault{FaultHTML}, s.FaultsOn()); diff != "" {
		t.Errorf("after an error: %s", diff)
	}
}

func TestOfSeveralFaultsTheFirstAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	link := s.link(t)
	if err := s.SetFaults(FaultTruncated, FaultLost, FaultServerError, FaultNoBalance, FaultLinkError, FaultLinkGone); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/luma/generations": 403, "/luma/generations/x": 500, link: 404} {
		method := "GET"
		if want == 403 {
			method = "POST"
		}
		if got := s.ask(t, method, path, `{"user_prompt":"a"}`); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
	}
}
