package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Bounds of event streams.
const (
	maxStreams = 64               // at once
	heartbeat  = 15 * time.Second // between signs of life
	writeWait  = 10 * time.Second // for one event to be taken
)

// events streams what changes after the event that the query's after, or the
// header Last-Event-ID, names, as Server-Sent Events. Where the stream cannot
// go on from there, it says "reset" and ends: the page asks for the state anew.
func (s *Sandbox) events(w http.ResponseWriter, r *http.Request) {
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("after")
	}
	seq, err := strconv.ParseInt(from, 10, 64)
	if err != nil || seq < 0 {
		refuse(w, http.StatusBadRequest, "after is not the number of an event")
		return
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

	out := stream{w, http.NewResponseController(w)}
	changes := s.Discord.Subscribe(r.Context(), seq)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	err = out.send(": hello\n\n")
	for err == nil {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			err = out.send(": still here\n\n")
		case e, more := <-changes:
			if !more {
				if r.Context().Err() == nil {
					_ = out.send("event: reset\ndata: {}\n\n")
				}
				return
			}
			var data []byte
			if data, err = json.Marshal(e); err == nil {
				err = out.send("id: %d\ndata: %s\n\n", e.Seq, data)
			}
		}
	}
	s.log.Debug("a page's event stream broke off", "error", err)
}

// stream writes to one page, and gives up on one that takes nothing.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (s stream) send(format string, args ...any) error {
	// A writer that knows no deadlines goes without.
	_ = s.c.SetWriteDeadline(time.Now().Add(writeWait))
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.c.Flush()
}
