package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of event streams.
const (
	maxStreams = 64               // at once
	heartbeat  = 15 * time.Second // between signs of life
	writeWait  = 10 * time.Second // for one event to be taken
)

// events streams, as Server-Sent Events, the state, what changes after it, and
// what happens behind the scenes. It goes on after the event that the header
// Last-Event-ID, or the query's after, names; without one, and where it cannot
// go on from there, it begins with the state.
func (s *Sandbox) events(w http.ResponseWriter, r *http.Request) {
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("after")
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		refuse(w, http.StatusServiceUnavailable, fmt.Sprintf("%d pages are open already", maxStreams))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out := stream{w, http.NewResponseController(w), s.run}
	if err := s.stream(r.Context(), out, out.seq(from)); err != nil {
		s.log.Debug("a page's event stream broke off", "error", err)
	}
}

// stream sends until ctx ends or the page takes no more. seq is the last event
// that the page has, -1 where it has none.
func (s *Sandbox) stream(ctx context.Context, out stream, seq int64) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	changes := s.Discord.Subscribe(ctx, seq)
	steps, end := s.stage.follow()
	defer func() { end() }()
	// What comes while all of it is collected is in it already: up to this call.
	var told int64
	backstage := func() error {
		all := s.Backstage()
		if n := len(all.Calls); n > 0 {
			told = all.Calls[n-1].Seq
		}
		return out.send("backstage", -1, all)
	}
	if seq >= 0 {
		if err := backstage(); err != nil {
			return err
		}
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			err = out.write(": still here\n\n")
		case e, more := <-changes:
			if more {
				err = out.send("", e.Seq, e)
				break
			}
			if ctx.Err() != nil {
				return nil
			}
			// There is no going on from there: everything anew.
			state := s.Discord.State()
			changes = s.Discord.Subscribe(ctx, state.Seq)
			if err = out.send("state", state.Seq, state); err == nil {
				err = backstage()
			}
		case c, more := <-steps:
			switch {
			case !more:
				steps, end = s.stage.follow()
				err = backstage()
			case c.call == nil || c.call.Seq > told:
				err = out.send("step", -1, s.step(c))
			}
		}
		if err != nil {
			return err
		}
	}
}

// stream writes to one page, and gives up on one that takes nothing.
type stream struct {
	w   http.ResponseWriter
	c   *http.ResponseController
	run string // of the sandbox, so that nothing goes on from the events of another
}

// seq is the number in the id of an event, -1 where it is of another run.
func (s stream) seq(id string) int64 {
	run, number, _ := strings.Cut(id, ".")
	if seq, err := strconv.ParseInt(number, 10, 64); err == nil && seq >= 0 && run == s.run {
		return seq
	}
	return -1
}

// send sends an event with its name and its number, where it has them.
func (s stream) send(name string, id int64, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	head := ""
	if name != "" {
		head = "event: " + name + "\n"
	}
	if id >= 0 {
		head += fmt.Sprintf("id: %s.%d\n", s.run, id)
	}
	return s.write(head + "data: " + string(data) + "\n\n")
}

func (s stream) write(text string) error {
	// A writer that knows no deadlines goes without.
	_ = s.c.SetWriteDeadline(time.Now().Add(writeWait))
	if _, err := io.WriteString(s.w, text); err != nil {
		return err
	}
	return s.c.Flush()
}
