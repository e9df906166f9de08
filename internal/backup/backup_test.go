package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dreambot/internal/backup"
	"dreambot/internal/secret"
)

// data is a Source of fixed data that fails at its end where it is told to.
type data struct {
	text string
	err  error
	hold chan struct{} // waited for before the end, if not nil
	// begun is told when hold is waited for.
	begun chan struct{}
}

func (d data) Backup(ctx context.Context, w io.Writer) (int64, error) {
	n, err := io.WriteString(w, d.text)
	if d.hold != nil {
		d.begun <- struct{}{}
		select {
		case <-d.hold:
		case <-ctx.Done():
		}
	}
	return int64(n), errors.Join(err, d.err)
}

var token = secret.New("bot.token")

func serve(t *testing.T, d data) (addr string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(backup.Path, backup.Handler(token, d, slog.New(slog.DiscardHandler)))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestACopyIsGivenToWhoKnowsTheToken(t *testing.T) {
	t.Parallel()
	addr := serve(t, data{text: strings.Repeat("whole ", 10_000)})
	var got bytes.Buffer
	if err := backup.Fetch(t.Context(), addr, token, &got); err != nil || got.String() != strings.Repeat("whole ", 10_000) {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
	got.Reset()
	err := backup.Fetch(t.Context(), addr, secret.New("another.token"), &got)
	if err == nil || !strings.Contains(err.Error(), "403") || got.Len() != 0 {
		t.Errorf("another token: %d bytes, %v", got.Len(), err)
	}
	resp, err := http.Get("http://" + addr + backup.Path)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a GET: status %d", resp.StatusCode)
	}
}

func TestAnotherMachineGetsNothing(t *testing.T) {
	t.Parallel()
	h := backup.Handler(token, data{text: "secret"}, slog.New(slog.DiscardHandler))
	// What a client of this machine sends, from somewhere else.
	var sent http.Header
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header.Clone() }))
	defer s.Close()
	if err := backup.Fetch(t.Context(), strings.TrimPrefix(s.URL, "http://"), token, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"192.0.2.7:4711", "[2001:db8::1]:4711", "10.0.0.1:1", "nowhere"} {
		r := httptest.NewRequest(http.MethodPost, backup.Path, nil)
		r.Header, r.RemoteAddr = sent, from
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code != http.StatusForbidden || strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("from %s: status %d: %s", from, rec.Code, rec.Body)
		}
	}
}

func TestACopyThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	addr := serve(t, data{text: "half", err: errors.New("the disk is gone")})
	var got bytes.Buffer
	if err := backup.Fetch(t.Context(), addr, token, &got); err == nil || !strings.Contains(err.Error(), "500") || got.Len() != 0 {
		t.Errorf("the store cannot be copied: %d bytes, %v", got.Len(), err)
	}
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "8")
		_, _ = io.WriteString(w, "half")
	}))
	defer cut.Close()
	if err := backup.Fetch(t.Context(), strings.TrimPrefix(cut.URL, "http://"), token, io.Discard); err == nil {
		t.Error("half a copy passes for a whole one")
	}
}

func TestOneCopyAtATime(t *testing.T) {
	t.Parallel()
	d := data{text: "slow", hold: make(chan struct{}), begun: make(chan struct{})}
	addr := serve(t, d)
	first := make(chan error, 1)
	go func() { first <- backup.Fetch(t.Context(), addr, token, io.Discard) }()
	<-d.begun
	if err := backup.Fetch(t.Context(), addr, token, io.Discard); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("a second copy at once: %v", err)
	}
	close(d.hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	addr := strings.TrimPrefix(s.URL, "http://")
	if err := backup.Fetch(t.Context(), addr, token, io.Discard); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("another server: %v", err)
	}
	s.Close()
	if err := backup.Fetch(t.Context(), addr, token, io.Discard); !errors.Is(err, backup.ErrNotRunning) {
		t.Errorf("nobody listens: %v", err)
	}
	if err := backup.Fetch(t.Context(), "no address", token, io.Discard); err == nil {
		t.Error("what is no address is asked")
	}
}

func TestAFileIsMadeWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	text := func(w io.Writer) error { _, err := io.WriteString(w, "data"); return err }
	fine := func(string) error { return nil }
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		there bool
		fill  func(io.Writer) error
		check func(string) error
		want  error
	}{
		"whole":               {false, text, fine, nil},
		"in place of another": {true, text, fine, fs.ErrExist},
		"not written":         {false, func(w io.Writer) error { return errors.Join(text(w), broken) }, fine, broken},
		"not what it should":  {false, text, func(string) error { return broken }, broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "copy.db")
			if c.there {
				if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			size, err := backup.Save(path, c.fill, c.check)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			want := map[string]string{}
			switch {
			case err == nil:
				want["copy.db"] = "data"
				if size != 4 {
					t.Errorf("it is said to have %d bytes", size)
				}
			case c.there:
				want["copy.db"] = "mine"
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) != len(want) {
				t.Errorf("the folder holds %v", entries)
			}
			for name, text := range want {
				if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
					t.Errorf("%s holds %q, %v", name, got, err)
				}
			}
		})
	}
	if _, err := backup.Save(filepath.Join(t.TempDir(), "no", "folder"), text, fine); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}
