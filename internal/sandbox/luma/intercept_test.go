package luma

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAnInterceptedCallGetsItsAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault    *Answer
		status   int // 0: the connection breaks
		body     string
		accepted int
	}{
		"none":              {nil, 200, `"state":"queued"`, 1},
		"refused":           {Refusal(429, "rate_limit_error", "rate_limit_exceeded", "Slow down"), 429, `"code":"rate_limit_exceeded"`, 0},
		"lost before":       {&Answer{Drop: true}, 0, "", 0},
		"accepted and lost": {&Answer{Drop: true, After: true}, 0, "", 1},
		"accepted and 502":  {&Answer{Status: 502, Body: "<html>", After: true}, 502, "<html>", 1},
		"late":              {&Answer{Delay: time.Millisecond}, 200, `"state":"queued"`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := make(chan Call, 1)
			s := serve(t, Config{Observe: func(c Call) { seen <- c }})
			s.SetIntercept(func(r *http.Request) *Answer {
				if body, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(body), "a boat") {
					t.Errorf("the hook reads %q, %v", body, err)
				}
				return c.fault
			})
			r, err := http.NewRequest("POST", s.url+"/luma/generations", strings.NewReader(`{"user_prompt":"a boat"}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+s.Key())
			r.Header.Set("Content-Type", "application/json")
			resp, err := s.client.Do(r)
			switch {
			case c.status == 0:
				if err == nil {
					resp.Body.Close()
					t.Error("an answer came")
				}
			case err != nil:
				t.Error(err)
			default:
				body, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if resp.StatusCode != c.status || !strings.Contains(string(body), c.body) {
					t.Errorf("%d %s", resp.StatusCode, body)
				}
			}
			if got := <-seen; got.Status != c.status || got.Path != "/luma/generations" {
				t.Errorf("observed %+v", got)
			}
			if n := len(s.Generations()); n != c.accepted {
				t.Errorf("%d accepted, want %d", n, c.accepted)
			}
		})
	}
}

// An error that a hook gives has the form of whichever dialect is called.
func TestARefusalIsInTheDialectThatIsCalled(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.SetIntercept(func(*http.Request) *Answer {
		a := Refusal(429, "rate_limit_error", "rate_limit_exceeded", "Slow down")
		a.Header.Set("Retry-After", "7")
		return a
	})
	for dialect, d := range speeches() {
		got := s.ask(t, "POST", d.create, d.body)
		if got.status != 429 || !strings.HasPrefix(got.body, fmt.Sprintf(d.error, "Slow down")) || got.header.Get("Retry-After") != "7" ||
			!strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %s %v", dialect, got.status, got.body, got.header)
		}
	}
}

func TestCloseCutsADelayShort(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	entered := make(chan struct{})
	s.SetIntercept(func(*http.Request) *Answer { close(entered); return &Answer{Delay: time.Hour} })
	answered := make(chan int, 1)
	go func() {
		r, _ := http.NewRequest("GET", s.url+"/luma/generations/x", nil)
		resp, err := s.client.Do(r)
		if err != nil {
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-entered
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; got != http.StatusUnauthorized {
		t.Errorf("answered %d", got)
	}
}

func TestTheHookSeesClipsTooAndGoesFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	link := s.link(t)
	if err := s.SetFaults(FaultLinkGone, FaultUnauthorized); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer *Answer
		want   int // 0: the connection breaks
	}{
		"left to the faults": {nil, 404},
		"its own answer":     {&Answer{Status: 410, Body: "gone"}, 410},
		"the true one, late": {&Answer{Delay: time.Millisecond}, 200},
		"cut":                {&Answer{Drop: true}, 0},
	} {
		seen := make(chan string, 2) // net/http asks again where a kept connection breaks
		s.SetIntercept(func(r *http.Request) *Answer {
			seen <- r.Method + " " + r.URL.Path
			return c.answer
		})
		if got := s.ask(t, "GET", link, ""); got.status != c.want {
			t.Errorf("%s: %d, want %d", name, got.status, c.want)
		}
		if got := <-seen; !strings.HasPrefix(got, "GET /clips/") {
			t.Errorf("%s: the hook sees %q", name, got)
		}
	}
	s.SetIntercept(func(*http.Request) *Answer { return &Answer{Delay: time.Nanosecond} })
	if got := s.ask(t, "GET", "/luma/generations/x", ""); got.status != 404 {
		t.Errorf("a query that the hook lets through gets %d of the faults", got.status)
	}
}
