package main

import (
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dreambot/internal/sandbox/discord"
)

// freeAddr is an address of this machine that nobody listens at.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// dreambot backup copies the data of a bot that runs, and of one that does not.
func TestBackupOfARunningBot(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["HTTP_ADDR"] = "127.0.0.1:0"
	w.start()
	w.environ["HTTP_ADDR"] = *w.served.Load()
	w.completes(ada, dreams, "done before")
	w.dreaming(ada, dreams, "under way")
	dir := t.TempDir()
	backup := func(name string, change map[string]string) (int, string) {
		t.Helper()
		environ := maps.Clone(w.environ)
		maps.Copy(environ, change)
		var said logBuffer
		status := run(w.context(), []string{"backup", filepath.Join(dir, name)}, environ, &said, &said)
		return status, said.String()
	}
	holds := func(name string, want int) {
		t.Helper()
		if n := w.stored(filepath.Join(dir, name)); n != want {
			t.Errorf("%s holds %d jobs; want %d", name, n, want)
		}
	}
	if status, said := backup("running.db", nil); status != exitOK || !strings.Contains(said, "running.db") {
		t.Fatalf("status %d: %s", status, said)
	}
	holds("running.db", 2)
	w.completes(ada, dreams, "goes on afterwards")

	for name, c := range map[string]struct {
		file   string
		change map[string]string
		says   string
	}{
		"a file that exists":       {"running.db", nil, "exists"},
		"a folder that does not":   {filepath.Join("no", "such.db"), nil, "no such"},
		"another bot's token":      {"token.db", map[string]string{"DISCORD_TOKEN": "another.bots.token"}, "403"},
		"without HTTP_ADDR":        {"addr.db", map[string]string{"HTTP_ADDR": ""}, "HTTP_ADDR"},
		"at another address":       {"other.db", map[string]string{"HTTP_ADDR": freeAddr(t)}, "HTTP_ADDR"},
		"no configuration at all":  {"none.db", map[string]string{"DISCORD_TOKEN": "", "LUMA_API_KEY": ""}, "DISCORD_TOKEN"},
		"another server there":     {"sandbox.db", map[string]string{"HTTP_ADDR": strings.TrimPrefix(w.box.URL(), "http://")}, "refuses"},
		"no database where it was": {"gone.db", map[string]string{"HTTP_ADDR": "", "DATABASE_URL": filepath.Join(dir, "none")}, "no such file"},
	} {
		status, said := backup(c.file, c.change)
		if status == exitOK || !strings.Contains(said, c.says) || strings.Contains(said, w.environ["DISCORD_TOKEN"]) {
			t.Errorf("%s: status %d: %s", name, status, said)
		}
	}
	w.end()
	if status, said := backup("stopped.db", nil); status != exitOK {
		t.Fatalf("of a bot that does not run: status %d: %s", status, said)
	}
	holds("stopped.db", 3)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	// A copy is as good as what it was made of.
	w.environ["DATABASE_URL"] = filepath.Join(dir, "running.db")
	if status := run(w.context(), []string{"backup"}, w.environ, io.Discard, io.Discard); status != exitUsage {
		t.Errorf("without a file: status %d", status)
	}
	w.start()
	w.box.Luma.Release()
	if _, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
		return strings.Contains(says(&m), "under way") && strings.Contains(says(&m), "Completed")
	}); err != nil {
		t.Error(err)
	}
}
