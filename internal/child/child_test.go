package child_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dreambot/internal/child"
)

// patience bounds a wait in a test: reaching it is a failure.
const patience = 30 * time.Second

// TestMain lets the test binary be the child.
func TestMain(m *testing.M) {
	if how := os.Getenv("CHILD_TEST"); how != "" {
		be(how)
		return
	}
	goleak.VerifyTestMain(m)
}

// be says what it was given, and then does as its name says.
func be(how string) {
	in := bufio.NewReader(os.Stdin)
	line, _ := in.ReadString('\n')
	fmt.Println("given", strings.TrimSpace(line))
	switch how {
	case "fails":
		os.Exit(3)
	case "ends":
		return
	case "deaf":
		stay()
	case "shouts":
		fmt.Println(strings.Repeat("a", 2<<20))
		stay()
	case "dies":
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		stay()
	}
	_, _ = io.Copy(io.Discard, in)
	fmt.Println("stops")
}

// stay does nothing for longer than any test takes. With nothing at all to wait
// for, Go's runtime would end the process.
func stay() { <-time.After(time.Hour) }

// watched is a process whose states and lines are noted.
type watched struct {
	t    *testing.T
	p    *child.Process
	end  context.CancelFunc
	done chan error

	mu      sync.Mutex
	seen    []string
	changed chan struct{}
}

func run(t *testing.T, how string) *watched {
	t.Helper()
	w := &watched{t: t, done: make(chan error, 1), changed: make(chan struct{})}
	starts := 0
	w.p = child.New(child.Config{
		Command: func() *exec.Cmd {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "CHILD_TEST="+how)
			return c
		},
		Input: func() []byte { starts++; return fmt.Appendf(nil, "input %d\n", starts) },
		Line:  func(line []byte) { w.note(string(line)) },
		State: func(s child.State) { w.note("is " + string(s)) },
		Grace: 200 * time.Millisecond, Down: 50 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(t.Context())
	w.end = cancel
	go func() { w.done <- w.p.Run(ctx) }()
	t.Cleanup(func() { cancel(); w.wait() })
	return w
}

func (w *watched) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, what)
	close(w.changed)
	w.changed = make(chan struct{})
}

// sees waits until something was noted so many times.
func (w *watched) sees(what string, times int) {
	w.t.Helper()
	timeout := time.After(patience)
	for {
		w.mu.Lock()
		n, changed, all := 0, w.changed, slices.Clone(w.seen)
		w.mu.Unlock()
		for _, s := range all {
			if s == what {
				n++
			}
		}
		if n >= times {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			w.t.Fatalf("%q is seen %d times only: %q", what, n, all)
		}
	}
}

func (w *watched) do(act child.Act) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.p.Do(ctx, act); err != nil {
		w.t.Fatalf("%s: %v", act, err)
	}
}

// wait returns what Run returns; the answer stays there for the next.
func (w *watched) wait() error {
	select {
	case err := <-w.done:
		w.done <- err
		return err
	case <-time.After(patience):
		w.t.Error("it never ends")
		return nil
	}
}

func TestAProcessObeys(t *testing.T) {
	t.Parallel()
	w := run(t, "obeys")
	w.sees("given input 1", 1)
	w.do(child.Restart)
	w.sees("stops", 1)
	w.sees("given input 2", 1)
	w.do(child.Kill)
	w.sees("is stopped", 2)
	w.sees("given input 3", 1) // by itself
	w.do(child.Stop)
	w.sees("stops", 2)
	w.do(child.Stop) // which it is
	w.do(child.Start)
	w.sees("given input 4", 1)
	w.do(child.Start) // which it is
	if err := w.p.Do(t.Context(), "dance"); !errors.Is(err, child.ErrUnknown) {
		t.Errorf("dancing: %v", err)
	}
	w.end()
	if err := w.wait(); err != nil {
		t.Error(err)
	}
	w.sees("stops", 3)
	if err := w.p.Do(t.Context(), child.Start); !errors.Is(err, child.ErrEnded) {
		t.Errorf("starting it after its end: %v", err)
	}
}

func TestAProcessIsKilledAsOftenAsSomebodyLikes(t *testing.T) {
	t.Parallel()
	w := run(t, "obeys")
	for n := range 12 {
		w.sees(fmt.Sprint("given input ", n+1), 1)
		w.do(child.Kill)
	}
	w.sees("given input 13", 1)
}

func TestAProcessThatIsDeafIsKilled(t *testing.T) {
	t.Parallel()
	w := run(t, "deaf")
	w.sees("given input 1", 1)
	w.do(child.Restart)
	w.sees("given input 2", 1)
	w.end()
	if err := w.wait(); err != nil {
		t.Error(err)
	}
}

func TestAProcessThatEndsByItself(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]string{
		"fails": "exit status 3", "ends": "ended by itself", "dies": "killed 5 times", "shouts": "killed 5 times",
	} {
		w := run(t, how)
		if err := w.wait(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", how, err, want)
		}
		w.sees("is stopped", 1)
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	t.Parallel()
	p := child.New(child.Config{
		Command: func() *exec.Cmd { return exec.Command(os.Args[0] + "-is-not-there") },
		Line:    func([]byte) {}, State: func(child.State) {},
	})
	if err := p.Run(t.Context()); err == nil {
		t.Error("it runs")
	}
}
