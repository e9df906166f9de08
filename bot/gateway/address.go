package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dreambot/internal/secret"
)

// asking carries discordgo's question for the gateway's address to the base
// URL, since discordgo's own addresses are fixed when its package is loaded.
//
// Before an IDENTIFY it asks as the bot, and so learns how many are left today.
type asking struct {
	ctx      context.Context // ends the question
	base     *url.URL
	known    string // the answer, where READY has told it; else empty
	next     http.RoundTripper
	token    secret.Text
	identify bool // the connection is for an IDENTIFY
	waited   bool // which has waited for its time
}

// RoundTrip implements http.RoundTripper.
func (a *asking) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.known != "" {
		// Discord ends a session sooner that is resumed elsewhere.
		// Source: discord-api-docs, topics/gateway, "Ready Event".
		answer, err := json.Marshal(map[string]string{"url": a.known})
		if err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Request: r, Header: http.Header{},
			Body: io.NopCloser(bytes.NewReader(answer)), ContentLength: int64(len(answer))}, nil
	}
	if !a.identify {
		return a.ask(r, "")
	}
	resp, err := a.ask(r, "/bot")
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // of a body that is read, nothing is left to fail
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if few := startsLeft(body, a.waited); few != nil {
		return nil, few
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// ask sends discordgo's question, or with /bot the one that only the bot may
// ask.
func (a *asking) ask(r *http.Request, suffix string) (*http.Response, error) {
	r = r.Clone(a.ctx)
	r.URL.Scheme, r.URL.Host, r.Host = a.base.Scheme, a.base.Host, a.base.Host
	r.URL.Path = strings.TrimSuffix(a.base.Path, "/") + r.URL.Path + suffix
	if suffix != "" {
		r.Header.Set("Authorization", "Bot "+a.token.Reveal())
	}
	resp, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

const (
	// startReserve is how many IDENTIFYs of a day are not spent at once. What
	// gets there starts and dies again and again; each waits its share of the
	// time that is left. With none left, the next would cost the bot its token.
	// Source: discord-api-docs, topics/gateway, "Session Start Limit".
	startReserve = 100
	maxReset     = 24 * time.Hour
)

// fewStarts says that an IDENTIFY has to wait.
type fewStarts struct {
	left int
	wait time.Duration
}

func (f *fewStarts) Error() string {
	return fmt.Sprintf("the bot was started so often that it may open %d more sessions today: look why it does not stay up", f.left)
}

// startsLeft reads how many IDENTIFYs are left today, and returns nil where the
// next one need not wait. waited says that it has.
func startsLeft(body []byte, waited bool) *fewStarts {
	var answer struct {
		Limit *struct {
			Remaining int   `json:"remaining"`
			Reset     int64 `json:"reset_after"` // ms
		} `json:"session_start_limit"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Limit == nil || answer.Limit.Reset <= 0 {
		return nil
	}
	left := max(answer.Limit.Remaining, 0)
	if left >= startReserve || left > 0 && waited {
		return nil
	}
	reset := time.Duration(min(answer.Limit.Reset, maxReset.Milliseconds())) * time.Millisecond
	return &fewStarts{left: left, wait: reset / time.Duration(left+1)}
}
