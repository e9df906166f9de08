package play

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"

	"dreambot/internal/sandbox"
	"dreambot/store"
)

// Obey is the other side of Run, in the process of the bot: it reads the bot's
// settings from stdin, and has ctx end when stdin does, which is how Run tells
// it to stop, or has died. What waits for stdin's end ends with the process.
func Obey(parent context.Context, stdin io.Reader) (ctx context.Context, settings map[string]string, err error) {
	in := bufio.NewReader(stdin)
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &settings)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the sandbox gives no settings: %w", err)
	}
	ctx, cancel := context.WithCancel(parent)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in)
	}()
	return ctx, settings, nil
}

// told is a line of what the bot tells the sandbox: of a job, or of its server.
type told struct {
	sandbox.Job
	Serves string `json:"serves,omitempty"` // host:port
}

// Report tells the sandbox of what the bot does. Its methods may be called at once.
type Report struct {
	mu  sync.Mutex
	out *json.Encoder
}

// NewReport returns one that writes to w.
func NewReport(w io.Writer) *Report { return &Report{out: json.NewEncoder(w)} }

// Job tells of a job as it is stored.
func (r *Report) Job(j store.Job) { r.tell(shown(j)) }

// Serves tells that the bot's server listens at an address.
func (r *Report) Serves(addr net.Addr) {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	r.tell(told{Serves: net.JoinHostPort(host, port)})
}

func (r *Report) tell(line any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// A sandbox that is gone has nobody who looks at it; Obey ends the bot.
	_ = r.out.Encode(line)
}

// shown is what the page tells of a job. There is no token in it.
func shown(j store.Job) sandbox.Job {
	return sandbox.Job{
		ID: j.ID, Kind: string(j.Kind), Prompt: j.Prompt, Member: j.Member, Channel: j.Spot().Channel, Message: j.Message,
		Interaction: j.Origin.Interaction, Remote: j.Remote, Parent: j.Parent, Reaction: j.Reaction, Part: j.Part,
		State: string(j.State), Failure: string(j.Failure), Hold: string(j.Hold), Place: j.Place,
		Shown: j.Revision == j.Shown, Route: string(j.Route),
	}
}
