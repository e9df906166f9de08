// Package e2e starts the program as people do, from its own binary, and has
// people act by the sandbox's control API. Its tests are a browser's, and those
// of bots written with other libraries: they are a module of their own, so that
// what they need is no part of the program's.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience bounds a wait: reaching it is a failure, whatever the machine's speed.
const Patience = 2 * time.Minute

// maxLog is how much of a program's output is shown when a test fails, in bytes.
const maxLog = 8_000

// Missing ends a test for which something is not installed: skipped, saying
// what to install, and failed where CI is set, since there nothing is skipped.
func Missing(t testing.TB, what, install string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: %s", what, install)
	}
	t.Skipf("SKIPPED, since %s is missing: %s", what, install)
}

// Root returns the folder of the repository.
func Root() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		data, _ := os.ReadFile(filepath.Join(dir, "go.mod"))
		if bytes.HasPrefix(data, []byte("module dreambot\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the tests do not run inside of the repository")
		}
	}
	return "", err
}

// binary is the program, built once in a test run.
var binary = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "dreambot-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "dreambot")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
})

// Main runs a package's tests and removes what Build has made.
func Main(m *testing.M) {
	status := m.Run()
	if built {
		if path, err := binary(); err == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(status)
}

// built says that there is something to remove.
var built bool

// Build returns the path of the program.
func Build(t testing.TB) string {
	t.Helper()
	built = true
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Process is a program that runs. It is stopped and waited for when its test
// ends, and what it wrote is shown when that fails.
type Process struct {
	t       testing.TB
	cmd     *exec.Cmd
	mu      sync.Mutex
	out     bytes.Buffer
	grown   chan struct{} // closed, and made anew, by each write
	ended   chan struct{}
	err     error // of its end
	stopped sync.Once
}

// Run starts a command, stopping it when the test ends.
func Run(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, cmd: cmd, grown: make(chan struct{}), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p, p
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			text := p.Output()
			t.Logf("%s wrote:\n%s", filepath.Base(cmd.Path), text[max(0, len(text)-maxLog):])
		}
	})
	return p
}

// Write takes the program's output.
func (p *Process) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.grown)
	p.grown = make(chan struct{})
	return p.out.Write(data)
}

// Output returns what it wrote so far.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// Says waits for the first match of a pattern in its output, and returns its
// groups.
func (p *Process) Says(pattern string) []string {
	p.t.Helper()
	wanted := regexp.MustCompile(pattern)
	timeout := time.After(Patience)
	for {
		p.mu.Lock()
		grown, found := p.grown, wanted.FindStringSubmatch(p.out.String())
		p.mu.Unlock()
		if found != nil {
			return found
		}
		select {
		case <-grown:
		case <-p.ended:
			p.t.Fatalf("it ended without saying %q: %v\n%s", pattern, p.err, p.Output())
		case <-timeout:
			p.t.Fatalf("it never says %q:\n%s", pattern, p.Output())
		}
	}
}

// Stop ends it as Ctrl-C does, by force where that takes too long.
func (p *Process) Stop() {
	p.stopped.Do(func() {
		_ = p.cmd.Process.Signal(os.Interrupt)
		select {
		case <-p.ended:
		case <-time.After(15 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.ended
			p.t.Errorf("%s had to be killed", filepath.Base(p.cmd.Path))
		}
	})
}

// Sandbox is the program as "dreambot sandbox", at an address of its own.
type Sandbox struct {
	*Process
	*Control
	// Environ are the variables that a headless one exports.
	Environ map[string]string
}

// Start runs "dreambot sandbox" with further arguments.
func Start(t testing.TB, args ...string) *Sandbox {
	t.Helper()
	cmd := exec.Command(Build(t), append([]string{"sandbox", "-addr", "127.0.0.1:0"}, args...)...)
	cmd.Dir = t.TempDir() // no .env there
	s := &Sandbox{Process: Run(t, cmd), Environ: map[string]string{}}
	url := s.Says(`http://[\d.]+:\d+`)[0]
	s.Control = &Control{t: t, URL: url}
	return s
}

// Headless runs "dreambot sandbox -headless" and reads what it exports.
func Headless(t testing.TB) *Sandbox {
	t.Helper()
	s := Start(t, "-headless")
	s.Says(`export LUMA_API_URL=\S+\n`) // the last in the alphabet
	lines := bufio.NewScanner(strings.NewReader(s.Output()))
	for lines.Scan() {
		if pair, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			name, value, _ := strings.Cut(pair, "=")
			s.Environ[name] = value
		}
	}
	return s
}

// within is a context for one wait of a test.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// discard reads a body to its end and closes it.
func discard(body io.ReadCloser) { _ = errors.Join(drain(body), body.Close()) }

func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
