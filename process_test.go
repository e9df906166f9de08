package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// beBot is main with a line to the test on standard input and output: the test
// asks how much memory is in use, or gives the process room on its disk.
func beBot() int {
	environ := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		environ[name] = value
	}
	if err := confine(environ); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	var highest atomic.Uint64
	if environ["DREAMBOT_TEST_MEMORY"] != "" {
		go watchMemory(&highest)
	}
	if len(os.Args) < 2 || os.Args[1] != "sandbox" { // whose bot has a line of its own
		go func() {
			for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
				fmt.Println(obey(lines.Text(), &highest))
			}
		}()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], environ, os.Stdout, os.Stderr)
}

func obey(order string, highest *atomic.Uint64) string {
	switch order {
	case "heap": // what is in use, and by how many goroutines
		var m runtime.MemStats
		for range 3 { // finalizers and pools take more than one round
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return fmt.Sprint(m.HeapAlloc, " ", runtime.NumGoroutine())
	case "highest": // since it was asked last
		return fmt.Sprint(highest.Swap(0), " 0")
	case "room":
		return fmt.Sprint(unconfine(), " 0")
	}
	return "0 0"
}

// watchMemory notes the most memory that the runtime has from the system, what
// it has given back left out.
func watchMemory(highest *atomic.Uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(2 * time.Millisecond) {
		metrics.Read(samples)
		if now := samples[0].Value.Uint64() - samples[1].Value.Uint64(); now > highest.Load() {
			highest.Store(now)
		}
	}
}

// command is the bot in a process of its own, not started yet.
func (w *world) command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "DREAMBOT_TEST_RUN=1")
	for name, value := range w.environ {
		c.Env = append(c.Env, name+"="+value)
	}
	c.Stderr = w.logs
	c.Dir = w.t.TempDir() // no .env there
	return c
}

// process starts the bot in a process of its own.
func (w *world) process() *exec.Cmd {
	w.t.Helper()
	c := w.command()
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// aside is the bot in a process of its own, with a line to it.
type aside struct {
	w    *world
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	end  sync.Once
	done error
}

// runs starts the bot in a process of its own, with a line to it.
func (w *world) runs() *aside {
	w.t.Helper()
	b := &aside{w: w, cmd: w.command()}
	in, err := b.cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	b.in, b.out = in, bufio.NewReader(out)
	if err := b.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = b.cmd.Process.Kill(); b.wait() })
	return b
}

// ask has the process obey, and returns the numbers that it answers.
func (b *aside) ask(order string) (first, second int64) {
	b.w.t.Helper()
	if _, err := fmt.Fprintln(b.in, order); err != nil {
		b.w.t.Fatal(err)
	}
	line, err := b.out.ReadString('\n')
	if err != nil {
		b.w.t.Fatalf("%s: %v\n%s", order, err, b.w.logs.tail(2000))
	}
	if _, err := fmt.Sscan(line, &first, &second); err != nil {
		b.w.t.Fatalf("%s: %q: %v", order, line, err)
	}
	return first, second
}

// wait returns how the process ended.
func (b *aside) wait() error {
	b.end.Do(func() { b.done = b.cmd.Wait() })
	return b.done
}

// stop tells the process to stop, and returns how long it took and how it
// ended.
func (b *aside) stop() (time.Duration, error) {
	b.w.t.Helper()
	began := time.Now()
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.w.t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { _ = b.cmd.Process.Kill() })
	defer late.Stop()
	err := b.wait()
	return time.Since(began), err
}
