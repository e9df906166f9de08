// Package backup copies the data of a bot while it runs. The bot's process
// holds its file's lock, so it is asked, over its own HTTP address: it sends
// the store as it is at one moment, and goes on working meanwhile.
//
// The data holds prompts and the tokens of interactions, so it is given out to
// this machine alone, and only to who knows the bot's token: the request bears
// a key that is made from it, never the token itself.
package backup

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"time"

	"dreambot/internal/secret"
)

// Path is where a bot serves its data.
const Path = "/backup"

// limit bounds a copy, from the request to its last byte.
const limit = 15 * time.Minute

// ErrNotRunning: nobody answers at the address.
var ErrNotRunning = errors.New("no bot answers there")

// Source is a store that can be copied while it is used.
type Source interface {
	// Backup writes the data as it is at one moment, and says how many bytes.
	Backup(ctx context.Context, w io.Writer) (int64, error)
}

// keyOf makes the key of a request from the bot's token.
func keyOf(token secret.Text) string {
	h := hmac.New(sha256.New, []byte(token.Reveal()))
	h.Write([]byte("dreambot backup"))
	return hex.EncodeToString(h.Sum(nil))
}

// Handler serves the data by POST, one copy at a time.
func Handler(token secret.Text, source Source, log *slog.Logger) http.Handler {
	want := []byte("Bearer " + keyOf(token))
	busy := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "dreambot backup asks by POST", http.StatusMethodNotAllowed)
			return
		case !fromHere(r), !hmac.Equal([]byte(r.Header.Get("Authorization")), want):
			http.Error(w, "the data is given out to this machine alone, and by the bot's own token", http.StatusForbidden)
			return
		}
		select {
		case busy <- struct{}{}:
			defer func() { <-busy }()
		default:
			http.Error(w, "another copy is being made", http.StatusConflict)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit)); err != nil {
			log.Warn("a backup keeps the server's own time limit", "err", err)
		}
		began := time.Now()
		copied, size, err := copyOf(ctx, source)
		if err != nil {
			log.Error("a backup could not be made", "err", err)
			http.Error(w, "the copy could not be made; the bot's log says why", http.StatusInternalServerError)
			return
		}
		defer func() { _ = copied.Close() }()
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		if n, err := io.Copy(w, copied); err != nil {
			log.Error("a backup was not sent to its end", "bytes", n, "of", size, "err", err)
			return // the client has been told its length
		}
		log.Info("a backup was made", "bytes", size, "took", time.Since(began))
	})
}

// temporary is a file that goes when it is closed.
type temporary struct{ *os.File }

func (t temporary) Close() error {
	return errors.Join(t.File.Close(), dropped(t.Name()))
}

// copyOf makes a copy in a temporary file, which is ready to be read: a store
// that is copied straight to a slow peer can hold up its writers.
func copyOf(ctx context.Context, source Source) (copied temporary, size int64, err error) {
	file, err := os.CreateTemp("", "dreambot-*.backup")
	if err != nil {
		return temporary{}, 0, err
	}
	copied = temporary{file}
	if size, err = source.Backup(ctx, file); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return temporary{}, 0, errors.Join(err, copied.Close())
	}
	return copied, size, nil
}

// fromHere reports whether a request comes from this machine.
func fromHere(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

// Fetch asks the bot of that token which serves at addr, as HTTP_ADDR has it,
// and writes its data to w. ErrNotRunning where nobody listens.
func Fetch(ctx context.Context, addr string, token secret.Text, w io.Writer) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost" // it serves on all addresses, this one included
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+net.JoinHostPort(host, port)+Path, nil)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	r.Header.Set("Authorization", "Bearer "+keyOf(token))
	// No proxy: the data is for this machine alone.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" && ctx.Err() == nil {
		return ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("ask the bot at %s: %w", addr, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // what is there says enough
		return fmt.Errorf("the bot at %s refuses: status %d: %.200q", addr, resp.StatusCode, why)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("the copy broke off: %w", err)
	}
	return nil
}
