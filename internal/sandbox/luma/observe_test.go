package luma

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever watches sees which generation a call is of, why it is refused, and
// what fault has changed it.
func TestACallSaysWhatCameOfIt(t *testing.T) {
	t.Parallel()
	const create = "/luma/generations"
	for name, c := range map[string]struct {
		method, path, body string // path: ID stands for a completed generation
		faults             []Fault
		status             int
		of                 string // "old", "new" or ""
		problem            string
		fault              Fault
	}{
		"accepted":             {"POST", create, `{"user_prompt":"a"}`, nil, 200, "new", "", ""},
		"extended":             {"POST", create + "/ID/extend", `{"user_prompt":"a"}`, nil, 200, "new", "", ""},
		"asked for":            {"GET", create + "/ID", "", nil, 200, "old", "", ""},
		"refused":              {"POST", create, `{"user_prompt":" "}`, nil, 400, "", "user_prompt is required", ""},
		"extension refused":    {"POST", create + "/ID/extend", `{"user_prompt":"a","duration":"5"}`, nil, 400, "", "cannot be set for an extension", ""},
		"too long":             {"POST", create, strings.Repeat(" ", usualBody+1), nil, 400, "", "more than", ""},
		"refused by a fault":   {"POST", create, `{"user_prompt":"a"}`, []Fault{FaultNoBalance}, 403, "", "", FaultNoBalance},
		"the first answers":    {"GET", create + "/ID", "", []Fault{FaultHTML, FaultLost, FaultNoLink}, 200, "old", "", FaultHTML},
		"cut":                  {"POST", create, `{"user_prompt":"a"}`, []Fault{FaultRefusedConnections}, 0, "", "", FaultRefusedConnections},
		"accepted and lost":    {"POST", create, `{"user_prompt":"a"}`, []Fault{FaultLostAnswers}, 0, "new", "", FaultLostAnswers},
		"half of it":           {"POST", create, `{"user_prompt":"a"}`, []Fault{FaultTruncated}, 200, "new", "", FaultTruncated},
		"changed":              {"GET", create + "/ID", "", []Fault{FaultNoLink}, 200, "old", "", FaultNoLink},
		"doomed":               {"POST", create, `{"user_prompt":"a"}`, []Fault{FaultModerating}, 200, "new", "", FaultModerating},
		"nothing to change":    {"POST", create, `{"user_prompt":"a"}`, []Fault{FaultNoLink, FaultLinkGone}, 200, "new", "", ""},
		"refused all the same": {"POST", create, `{}`, []Fault{FaultModerating}, 400, "", "user_prompt is required", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := make(chan Call, 8)
			s := serve(t, Config{Observe: func(c Call) { seen <- c }})
			old := s.made(t, create, `{"user_prompt":"old"}`)
			<-seen
			if err := s.SetFaults(c.faults...); err != nil {
				t.Fatal(err)
			}
			s.ask(t, c.method, strings.Replace(c.path, "ID", old, 1), c.body)
			list := s.Generations()
			want := map[string]string{"old": old, "new": list[len(list)-1].ID}[c.of]
			got := <-seen
			if got.Status != c.status || got.Generation != want || got.Fault != c.fault {
				t.Errorf("%+v, want status %d, generation %q (not the old %q), fault %q", got, c.status, want, old, c.fault)
			}
			if c.of == "new" && want == old {
				t.Error("nothing was accepted")
			}
			if c.problem == "" && got.Problem != "" || !strings.Contains(got.Problem, c.problem) {
				t.Errorf("problem %q, want %q", got.Problem, c.problem)
			}
		})
	}
}

func TestEveryFaultSaysWhatToWatchFor(t *testing.T) {
	t.Parallel()
	for _, f := range Faults() {
		if len(f.Watch) < 20 || !strings.HasSuffix(f.Watch, ".") || strings.Count(f.Watch, ". ") > 0 {
			t.Errorf("%s: not one sentence: %q", f.Name, f.Watch)
		}
	}
}

func TestThePaceHoldsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s, err := New(Config{Dir: dir, Queued: time.Minute, Dreaming: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		add := func(id string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			r := &record{Generation: Generation{ID: id, State: stateQueued}, Since: time.Now()}
			s.records[id], s.order = r, append(s.order, r)
			s.keepOrWarn(r)
		}
		state := func() string { return s.Generations()[0].State }
		pace := func(queued, dreaming time.Duration) {
			t.Helper()
			if err := s.SetPace(queued, dreaming); err != nil {
				t.Fatal(err)
			}
			if q, d := s.Pace(); q != queued || d != dreaming {
				t.Errorf("the pace is %v, %v", q, d)
			}
		}
		if q, d := s.Pace(); q != time.Minute || d != time.Minute || s.Held() {
			t.Errorf("at the start: %v, %v, held %v", q, d, s.Held())
		}
		add("a")
		time.Sleep(30 * time.Second)
		pace(40*time.Second, 10*time.Second)
		time.Sleep(9 * time.Second)
		if got := state(); got != stateQueued {
			t.Errorf("after 39 s it is %s", got)
		}
		time.Sleep(time.Second)
		if got := state(); got != stateDreaming {
			t.Errorf("after 40 s it is %s", got)
		}
		// Longer again: what is past stays past.
		pace(10*time.Minute, 20*time.Second)
		time.Sleep(19 * time.Second)
		if got := state(); got != stateDreaming {
			t.Errorf("19 s later it is %s", got)
		}
		// A wait ends with a pace that is set meanwhile.
		done := make(chan error)
		go func() {
			_, err := s.WaitGeneration(t.Context(), func(g Generation) bool { return g.State == stateCompleted })
			done <- err
		}()
		synctest.Wait()
		pace(0, 0)
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.Hold()
		if !s.Held() {
			t.Error("it is not held")
		}
		pace(time.Second, time.Second)
		s.Release()
		if s.Held() {
			t.Error("it is still held")
		}
		for _, wrong := range [][2]time.Duration{{-1, 0}, {0, -1}, {maxPace + 1, 0}, {0, maxPace + 1}} {
			if err := s.SetPace(wrong[0], wrong[1]); err == nil {
				t.Errorf("a pace of %v", wrong)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		// What was completed by another pace is so at the next start, too.
		s, err = New(Config{Dir: dir, Queued: time.Hour, Dreaming: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if got := state(); got != stateCompleted {
			t.Errorf("after the next start it is %s", got)
		}
	})
}
