package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/store"
	"dreambot/store/bolt"
)

// A disk that is full is said to the member at once, and nothing is paid; what
// was begun before comes to its end as soon as there is room, by itself.
func TestADiskThatIsFull(t *testing.T) {
	t.Parallel()
	if unconfine() == 0 {
		t.Skip("this system has no bound for the size of a file")
	}
	w := open(t, discord.Limits{})
	w.spec.pause() // until the disk is full
	w.environ["DREAMBOT_TEST_FILE"] = fmt.Sprint(3 * MiB)
	b := w.runs()
	w.online()
	var cards []discord.Message
	var told discord.Outcome
	for n := 0; n < 500 && told.Kind == ""; n++ {
		o := w.types(ada, dreams, "dream", given("prompt", fmt.Sprintf("number %d %s", n, strings.Repeat("水", 4900))))
		switch {
		case o.Kind == discord.OutcomeMessage && o.Message.OnlyFor == "":
			cards = append(cards, *o.Message)
		default:
			told = o
		}
	}
	if told.Message == nil || told.Message.OnlyFor != ada || !strings.Contains(says(told.Message), "could not be stored") {
		t.Fatalf("after %d dreams: %s %s", len(cards), told.Kind, says(told.Message))
	}
	w.logged("refusal.unstored") // the operator is told
	w.box.Luma.Release()
	if ok, _ := b.ask("room"); ok != 1 {
		t.Fatal("there is no room")
	}
	for _, m := range cards {
		w.shows(m.ID, "Completed")
	}
	if paid := len(w.box.Luma.Generations()); paid != len(cards) {
		t.Errorf("%d were paid for, of %d that were accepted", paid, len(cards))
	}
	after := w.replies(ada, dreams, "dream", given("prompt", "there is room again"))
	w.shows(after.ID, "Completed")
	if _, err := b.stop(); err != nil {
		t.Errorf("told to stop, it ends with %v", err)
	}
	if n := w.stored(w.environ["DATABASE_URL"]); n != len(cards)+1 {
		t.Errorf("%d jobs are stored; want %d", n, len(cards)+1)
	}
}

// stored counts Ada's jobs in a file that no bot has open.
func (w *world) stored(path string) (n int) {
	w.t.Helper()
	jobs, err := bolt.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = jobs.Close() }()
	for q := (store.Query{Member: ada, Guild: harbor}); ; {
		page, err := jobs.List(w.context(), q)
		if err != nil {
			w.t.Fatal(err)
		}
		n += len(page.Jobs)
		if q.Cursor = page.Next; q.Cursor == "" {
			return n
		}
	}
}

func TestAFileThatMayNotBeWritten(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.spec.pause() // it does not come as far as Discord
	path := w.environ["DATABASE_URL"]
	jobs, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs.Close(); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{path: 0o444, filepath.Dir(path): 0o555, filepath.Dir(filepath.Dir(path)): 0o755} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(name, 0o755) })
	}
	w.environ["DREAMBOT_TEST_USER"] = "65534"
	if said := w.fails(); !strings.Contains(said, path) || !strings.Contains(said, "permission denied") {
		t.Errorf("it says:\n%s", said)
	}
}

// What ended longer ago than JOB_RETENTION goes, and nothing else.
func TestOldJobsArePruned(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	jobs, err := bolt.Open(w.environ["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	for n, age := range []time.Duration{49 * time.Hour, 47 * time.Hour, time.Hour} {
		ended := time.Now().Add(-age)
		j := store.Job{ID: fmt.Sprintf("d0job%015d", n), Kind: store.KindDream, Prompt: "old", Guild: harbor, Channel: dreams,
			Member: ada, CreatedAt: ended}
		w.must(jobs.Create(w.context(), j))
		_, err := jobs.Update(w.context(), j.ID, func(j *store.Job) error {
			j.State, j.FinishedAt = store.StateCancelled, ended
			return nil
		})
		w.must(err)
	}
	w.must(jobs.Close())
	w.environ["JOB_RETENTION"] = "48h"
	w.start()
	w.logged("deleted old jobs")
	w.end()
	if n := w.stored(w.environ["DATABASE_URL"]); n != 2 {
		t.Errorf("%d jobs are left, want 2", n)
	}
}

// fails runs the bot, which is to end by itself with an error, and returns what
// it says.
func (w *world) fails(environ ...string) string {
	w.t.Helper()
	c := w.command()
	var said logBuffer
	c.Stderr, c.Dir, c.Env = &said, "/", append(c.Env, environ...)
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	defer late.Stop()
	if err := c.Wait(); c.ProcessState.ExitCode() != exitError {
		w.t.Errorf("it ends with %v, exit status %d", err, c.ProcessState.ExitCode())
	}
	return said.String()
}

// What cannot be the bot's data is refused in one sentence that names the file,
// and is left as it is.
func TestFilesThatAreNotTheBots(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.completes(ada, dreams, "kept")
	whole := filepath.Join(t.TempDir(), "whole.db")
	if status := run(w.context(), []string{"backup", whole}, w.environ, io.Discard, w.logs); status != exitError {
		t.Fatalf("without HTTP_ADDR: status %d", status)
	}
	w.end()
	if status := run(w.context(), []string{"backup", whole}, w.environ, io.Discard, w.logs); status != exitOK {
		t.Fatalf("backup: status %d\n%s", status, w.logs.tail(500))
	}
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"a photo":             {bytes.Repeat([]byte("\xff\xd8\xff\xe0 photo"), 9000), "not a dreambot database"},
		"cut in the middle":   {data[:len(data)/2], "not a dreambot database"},
		"cut at the start":    {data[:100], "not a dreambot database"},
		"a text file":         {[]byte("DISCORD_TOKEN=\n"), "not a dreambot database"},
		"both heads damaged":  {damaged(data), "not a dreambot database"},
		"of a newer version":  {newer(data), "newer version"},
		"another bbolt file":  {bytes.Replace(bytes.Clone(data), []byte("dreambot"), []byte("daydream"), -1), "not a dreambot database"},
		"zeros, of that size": {make([]byte, len(data)), "not a dreambot database"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "some.db")
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			text := strings.TrimSpace(w.fails("DATABASE_URL=" + path))
			if !strings.Contains(text, path) || !strings.Contains(text, c.says) || strings.Contains(text, "goroutine") || strings.Count(text, "\n") > 0 {
				t.Errorf("it says:\n%.1000s", text)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, c.content) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

// damaged is a store whose two meta pages are overwritten.
func damaged(data []byte) []byte {
	b := bytes.Clone(data)
	page := os.Getpagesize()
	for i := range 2 {
		copy(b[i*page+16:], bytes.Repeat([]byte{0xab}, 64))
	}
	return b
}

// newer is a store that says of itself that a version to come has written it.
func newer(data []byte) []byte {
	// In pages that are no longer used as well.
	return regexp.MustCompile(`version[1-8]`).ReplaceAll(data, []byte("version9"))
}
