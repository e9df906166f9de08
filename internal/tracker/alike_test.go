package tracker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// alike submits jobs that ask for the same, a second apart.
func (w *world) alike(n int) []store.Job {
	w.t.Helper()
	var list []store.Job
	for i := range n {
		j := job(100 + i)
		j.Prompt = "the same"
		j, err := w.Submit(context.Background(), j)
		if err != nil {
			w.t.Fatal(err)
		}
		list = append(list, w.answered(j))
		settle(time.Second)
	}
	return list
}

// remotes are the generations of jobs.
func (w *world) remotes(list []store.Job) string {
	w.t.Helper()
	var all []string
	for _, j := range list {
		all = append(all, w.get(j.ID).Remote)
	}
	return strings.Join(all, " ")
}

// Jobs that ask for the same share what is in the list, and nobody else's.
func TestJobsThatAskForTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		fates   []fate
		besides int    // generations that somebody else asks for
		soon    string // what they are after half a minute
		end     string // and after four
		remotes string
	}{
		"both are accepted":       {[]fate{lost, lost}, 0, "dreaming dreaming", "dreaming dreaming", "gen-0 gen-1"},
		"one is":                  {[]fate{lost, unsent}, 0, "dreaming submitting", "dreaming failed uncertain", "gen-0 "},
		"neither is":              {[]fate{unsent, unsent}, 0, "submitting submitting", "failed uncertain failed uncertain", " "},
		"one is answered":         {[]fate{lost, answered}, 0, "dreaming dreaming", "dreaming dreaming", "gen-0 gen-1"},
		"one is, the other lost":  {[]fate{answered, lost}, 0, "dreaming dreaming", "dreaming dreaming", "gen-0 gen-1"},
		"one is, the other is no": {[]fate{unsent, answered}, 0, "submitting dreaming", "failed uncertain dreaming", " gen-0"},
		"somebody else asks, too": {[]fate{lost}, 1, "submitting", "failed uncertain", ""},
		"of three, two are":       {[]fate{unsent, lost, lost}, 0, "submitting submitting submitting", "dreaming dreaming failed uncertain", "gen-0 gen-1 "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 5, c.fates...)
				for range c.besides {
					l.accept(luma.Request{Kind: luma.KindCreate, Prompt: "the same"}, 0)
				}
				w.run()
				defer w.end()
				list := w.alike(len(c.fates))
				states := func() string {
					var all []string
					for _, j := range list {
						j := w.get(j.ID)
						all = append(all, strings.TrimSpace(fmt.Sprint(j.State, " ", j.Failure)))
					}
					return strings.Join(all, " ")
				}
				settle(30 * time.Second)
				if got := states(); got != c.soon {
					t.Errorf("soon they are %q, want %q", got, c.soon)
				}
				settle(4 * time.Minute)
				if got := states(); got != c.end || w.remotes(list) != c.remotes {
					t.Errorf("in the end they are %q, of %q; want %q, %q", got, w.remotes(list), c.end, c.remotes)
				}
			})
		})
	}
}

// What is in the list while a call is under way that asks for the same may be that
// call's own.
func TestALookWaitsForCallsThatAskForTheSame(t *testing.T) {
	slow := fate{accepted: true, back: 80 * time.Second}
	for name, c := range map[string]struct {
		fates   []fate
		model   string // of the second; it does not tell the generations apart for sure
		soon    store.State
		remotes string
	}{
		"the first was not accepted":             {[]fate{unsent, slow}, "", store.StateSubmitting, " gen-0"},
		"it was":                                 {[]fate{{accepted: true, lag: 10 * time.Second, err: errSilent}, slow}, "", store.StateSubmitting, "gen-0 gen-1"},
		"the second names what the first has":    {[]fate{unsent, slow}, "the default", store.StateSubmitting, " gen-0"},
		"the answer of the second gets lost too": {[]fate{{accepted: true, lag: 10 * time.Second, err: errSilent}, {accepted: true, back: time.Hour}}, "", store.StateSubmitting, "gen-0 gen-1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 5, c.fates...)
				l.finish()
				w.run()
				defer w.end()
				var list []store.Job
				for n, model := range []string{"", c.model} {
					j := job(n)
					j.Prompt, j.Settings.Model = "the same", model
					w.begin(j)
					list = append(list, j)
				}
				settle(30 * time.Second)
				w.expect(list[0].ID, c.soon, "")
				settle(10 * time.Minute)
				if got := w.remotes(list); got != c.remotes {
					t.Errorf("they have %q, want %q", got, c.remotes)
				}
			})
		})
	}
}

// A call can begin, and be accepted, while the list is read.
func TestACallThatBeginsDuringALook(t *testing.T) {
	for name, back := range map[string]time.Duration{"and is under way": 80 * time.Second, "and is answered": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 5, unsent, fate{accepted: true, back: back})
				w.run()
				defer w.end()
				l.finding(func() error {
					l.finding(nil)
					j := job(2)
					j.Prompt = "1"
					j, err := w.Submit(t.Context(), j)
					w.answered(j)
					time.Sleep(time.Second)
					return err
				})
				list := []store.Job{w.answered(w.submit(1)), job(2)}
				settle(5 * time.Minute)
				if got := w.remotes(list); got != " gen-0" {
					t.Errorf("they have %q", got)
				}
			})
		})
	}
}

// An answer that cannot be stored yet is an answer.
func TestAnAnswerThatIsNotStoredYetIsNobodyElses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 5, unsent, answered)
		l.finish()
		until := time.Now().Add(2 * time.Minute)
		w.with(func(c *tracker.Config) {
			c.Store = &stubborn{c.Store, func(j store.Job) bool {
				return j.ID == job(101).ID && j.State.AtLuma() && j.State != store.StateSubmitting && time.Now().Before(until)
			}}
		})
		w.run()
		defer w.end()
		list := w.alike(2)
		settle(5 * time.Minute)
		if got := w.remotes(list); got != " gen-0" {
			t.Errorf("they have %q", got)
		}
	})
}

// stubborn is a store that does not take some changes.
type stubborn struct {
	store.Store
	refuses func(after store.Job) bool
}

func (s *stubborn) Update(ctx context.Context, id string, change func(*store.Job) error) (store.Job, error) {
	return s.Store.Update(ctx, id, func(j *store.Job) error {
		if err := change(j); err != nil || !s.refuses(*j) {
			return err
		}
		return errDisk
	})
}

// One after the other asks for the same, so that a call is always under way. Who is
// looked for is found all the same, or given up in time.
func TestALookDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 3, unsent)
		l.finish()
		w.run()
		defer w.end()
		first := w.alike(1)[0]
		for n := range 40 {
			l.mu.Lock()
			l.fates = []fate{{accepted: true, back: 15 * time.Second}}
			l.mu.Unlock()
			j := job(n)
			j.Prompt = first.Prompt
			w.begin(j)
			settle(9 * time.Second)
		}
		w.expect(first.ID, store.StateFailed, store.FailureUncertain)
		settle(time.Minute)
		for n := range 40 {
			w.expect(job(n).ID, store.StateCompleted, "")
		}
	})
}

// An address of the job's own, at which Luma calls back, tells it from all others.
func TestWithCallbacksJobsAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		silent  bool // the list does not say the address
		remotes string
	}{
		"by the list":       {false, " gen-1"},
		"not by this one's": {true, " "}, // not before it is sure that there is one only
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 5, unsent, lost)
				l.silent = c.silent
				w.with(func(c *tracker.Config) { c.Callback = func(job string) string { return "https://bot/" + job } })
				if !c.silent {
					l.accept(luma.Request{Kind: luma.KindCreate, Prompt: "the same", CallbackURL: "https://somebody/else"}, 0)
				}
				w.run()
				defer w.end()
				list := w.alike(2)
				settle(5 * time.Second)
				if got := w.remotes(list); got != c.remotes {
					t.Errorf("they have %q, want %q", got, c.remotes)
				}
			})
		})
	}
}
