package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
)

// newLog is a log of everything, as text.
func newLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// causes is a log that tells why each connection ended, as far as c has room.
func causes(c chan<- string) *slog.Logger { return slog.New(causeHandler{c}) }

type causeHandler struct{ c chan<- string }

func (causeHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h causeHandler) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "cause" {
			select {
			case h.c <- a.Value.String():
			default:
			}
		}
		return true
	})
	return nil
}

func (h causeHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h causeHandler) WithGroup(string) slog.Handler      { return h }

// logBuffer is a log that can be written to and read at the same time.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
