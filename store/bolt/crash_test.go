package bolt

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/store"
)

// crashVariable makes the test binary a writer to the file that it names.
const crashVariable = "DREAMBOT_BOLT_CRASH"

// crashMain writes to the store until it is killed, and prints each job, as it
// was acknowledged, on a line: id, revision, state.
func crashMain(path string) {
	s, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var out sync.Mutex
	ack := func(j store.Job, err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		out.Lock()
		defer out.Unlock()
		_, _ = fmt.Printf("%s %d %s\n", j.ID, j.Revision, j.State)
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := 0; ; i++ {
				crashJob(s, fmt.Sprintf("p%d-w%d-%d", os.Getpid(), w, i), ack)
			}
		})
	}
	all.Wait()
}

// crashJob takes one job through a life that touches every bucket.
func crashJob(s *Store, id string, ack func(store.Job, error)) {
	ctx := context.Background()
	j := job(id)
	j.CreatedAt, j.Parent, j.Reaction, j.Price = time.Now(), "parent of "+id, true, 1
	if err := s.Keep(ctx, store.Draft{ID: id, Member: j.Member, CreatedAt: j.CreatedAt}); err != nil {
		ack(store.Job{}, err)
	}
	ack(store.Job{ID: id, Revision: 1, State: store.StateWaiting}, s.Create(ctx, j))
	for _, change := range []func(*store.Job){
		func(j *store.Job) { j.AnsweredAt, j.Message, j.Place = time.Now(), "m"+id, 1 },
		func(j *store.Job) { j.State, j.SentAt, j.Place = store.StateSubmitting, time.Now(), 0 },
		func(j *store.Job) { j.State, j.Shown, j.Remote = store.StateDreaming, j.Revision, "r"+id },
		func(j *store.Job) { j.State, j.FinishedAt = store.StateCompleted, j.SentAt.Add(time.Second) },
		func(j *store.Job) { j.Shown, j.Video.URL = j.Revision+1, "https://v/"+id },
	} {
		ack(s.Update(ctx, id, func(j *store.Job) error { change(j); return nil }))
	}
}

// acknowledged is what a writer said before it was killed.
type acknowledged struct {
	revision int64
	state    store.State
}

// TestWhatWasAcknowledgedSurvivesAKill kills a writer at a random moment, again
// and again, on one file.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	acks := map[string]acknowledged{}
	for round := range 10 {
		killWriter(t, path, 1+rand.IntN(150), acks)
		s, err := Open(path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := s.check(); err != nil {
			t.Errorf("round %d: check: %v", round, err)
		}
		for id, ack := range acks {
			j, err := s.Get(t.Context(), id)
			if err != nil || j.Revision < ack.revision || j.Revision == ack.revision && j.State != ack.state {
				t.Errorf("round %d: job %s is %s at revision %d, %v; %s at %d was acknowledged",
					round, id, j.State, j.Revision, err, ack.state, ack.revision)
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
}

// killWriter runs a writer until it has acknowledged so many things, kills it,
// and notes all that it acknowledged.
func killWriter(t *testing.T, path string, after int, acks map[string]acknowledged) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashVariable+"="+path)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for r := bufio.NewReader(out); ; lines++ {
		line, err := r.ReadString('\n')
		if err != nil {
			break // what has no end of line was not said
		}
		var id string
		var a acknowledged
		if _, err := fmt.Sscan(line, &id, &a.revision, &a.state); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		acks[id] = a
		if lines == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || lines <= after || said.Len() > 0 {
		t.Fatalf("the writer ended by itself after %d lines: %v %s", lines, err, &said)
	}
}
