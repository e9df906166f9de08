package play

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// Reporter returns what tells the sandbox of each job that is stored, on w.
func Reporter(w io.Writer) func(store.Job) {
	var mu sync.Mutex
	out := json.NewEncoder(w)
	return func(j store.Job) {
		mu.Lock()
		defer mu.Unlock()
		// A sandbox that is gone has nobody who looks at it; Obey ends the bot.
		_ = out.Encode(shown(j))
	}
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
