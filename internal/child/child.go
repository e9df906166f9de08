// Package child runs a program as a child process for as long as it is wanted:
// restarts it, kills it as a crash would, and starts it again after that.
package child

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// State says what the process is doing.
type State string

// The states of a process.
const (
	Starting State = "starting" // its input is being written
	Running  State = "running"
	Stopped  State = "stopped" // by an act, or down after a kill
)

// Act is what a Process can be asked for.
type Act string

// The acts.
const (
	Restart Act = "restart" // it is told to stop, and started again
	Kill    Act = "kill"    // it is killed without warning, and started again after Config.Down
	Stop    Act = "stop"    // it is told to stop, and stays so
	Start   Act = "start"
)

// maxLine bounds a line of the output, in bytes: what is longer is an error of
// the program's.
const maxLine = 1 << 20

// maxCrashes is how often the process may die by a signal without ever having
// run for steady.
const (
	maxCrashes = 5
	steady     = 10 * time.Second
)

// Errors of Do.
var (
	ErrUnknown = errors.New("a process can be told to restart, kill, stop or start")
	ErrEnded   = errors.New("the process is not run any more")
)

// Config is what a Process needs.
type Config struct {
	// Command makes the command anew for each start. Its Stdin and Stdout are the
	// Process's to set.
	Command func() *exec.Cmd
	// Input is asked for at each start and written to the program first. Its
	// standard input stays open for as long as it is to run: at its end the program
	// is to stop.
	Input func() []byte
	Line  func(line []byte) // takes each line of its standard output; it must not keep it
	State func(State)       // is told of each new state
	Grace time.Duration     // for a program that is told to stop; then it is killed
	Down  time.Duration     // between a kill and the next start
}

// Process is a program that is kept running.
type Process struct {
	c    Config
	acts chan Act
	done chan struct{} // closed at Run's end
}

// New returns a process that Run starts.
func New(c Config) *Process {
	return &Process{c: c, acts: make(chan Act), done: make(chan struct{})}
}

// Do has the process do something, and returns once this has begun.
func (p *Process) Do(ctx context.Context, act Act) error {
	switch act {
	case Restart, Kill, Stop, Start:
	default:
		return fmt.Errorf("%q: %w", act, ErrUnknown)
	}
	select {
	case p.acts <- act:
		return nil
	case <-p.done:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run starts the process and keeps it until ctx ends, or until it ends by
// itself, which is an error. It is called once, and leaves nothing running.
func (p *Process) Run(ctx context.Context) error {
	defer close(p.done)
	for crashes := 0; crashes < maxCrashes; {
		began := time.Now()
		one, err := p.start()
		if err != nil {
			return fmt.Errorf("starting the process: %w", err)
		}
		next, err := p.attend(ctx, one)
		p.c.State(Stopped)
		if err != nil {
			return err
		}
		if crashes++; next != crashed || time.Since(began) > steady {
			crashes = 0
		}
		if !p.rest(ctx, next) {
			return nil
		}
	}
	return fmt.Errorf("the process was killed %d times, each soon after its start", maxCrashes)
}

// after says how a run has ended, and so when the next one begins.
type after int

const (
	atOnce  after = iota
	crashed       // after a while
	downed        // by an act: likewise
	whenAsked
)

// attend waits until a run is over: by an act, by itself, or by ctx.
func (p *Process) attend(ctx context.Context, one *run) (after, error) {
	for {
		select {
		case <-ctx.Done():
			return whenAsked, one.stop(p.c.Grace)
		case <-one.ended:
			if ctx.Err() != nil {
				return whenAsked, nil // both were told to stop, as by Ctrl-C
			}
			if one.killed() {
				return crashed, nil
			}
			if one.err == nil {
				return 0, errors.New("the process has ended by itself")
			}
			return 0, fmt.Errorf("the process has ended by itself: %w", one.err)
		case act := <-p.acts:
			switch act {
			case Restart:
				return atOnce, one.stop(p.c.Grace)
			case Stop:
				return whenAsked, one.stop(p.c.Grace)
			case Kill:
				one.kill()
				return downed, nil
			}
		}
	}
}

// rest waits for the next start, and reports whether there is one.
func (p *Process) rest(ctx context.Context, how after) bool {
	timer := time.NewTimer(p.c.Down)
	defer timer.Stop()
	if how == whenAsked {
		timer.Stop()
	}
	for {
		if how == atOnce {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			how = atOnce
		case act := <-p.acts:
			switch act {
			case Start, Restart:
				how = atOnce
			case Stop:
				timer.Stop()
			}
		}
	}
}

// run is one life of the program.
type run struct {
	cmd   *exec.Cmd
	input io.Closer
	ended chan struct{} // closed when it is gone and its output is read
	err   error         // set before ended is closed
}

func (p *Process) start() (*run, error) {
	p.c.State(Starting)
	cmd := p.c.Command()
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, input.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	one := &run{cmd: cmd, input: input, ended: make(chan struct{})}
	go func() {
		defer close(one.ended)
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			p.c.Line(bytes.TrimSpace(lines.Bytes()))
		}
		if lines.Err() != nil {
			// It writes what nobody reads: it would stand still for ever.
			_ = cmd.Process.Kill()
		}
		one.err = cmd.Wait()
	}()
	// A program that ends before it has read this says why itself.
	_, _ = input.Write(p.c.Input())
	p.c.State(Running)
	return one, nil
}

// stop tells the program to stop and waits for its end; one that takes longer
// than grace is killed. Its exit status is an error.
func (r *run) stop(grace time.Duration) error {
	_ = r.input.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-r.ended:
		if r.err != nil && !r.killed() {
			return fmt.Errorf("the process has ended badly: %w", r.err)
		}
	case <-timer.C:
		r.kill()
	}
	return nil
}

// kill ends the program as a crash does.
func (r *run) kill() {
	_ = r.cmd.Process.Kill() // one that is gone already is no matter
	<-r.ended
	_ = r.input.Close()
}

// killed reports whether the program was ended by a signal.
func (r *run) killed() bool {
	var exit *exec.ExitError
	return errors.As(r.err, &exit) && exit.ExitCode() == -1
}
