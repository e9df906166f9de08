package luma

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// inside is an address that only the machine itself should reach: that of
	// the metadata of cloud machines.
	inside = "http://169.254.169.254/latest/meta-data/"

	// A slow link sends trickle bytes every trickleWait: a clip takes minutes.
	trickle     = 16
	trickleWait = 100 * time.Millisecond

	bombMember  = 1 << 20  // bytes that one gzip member unpacks to
	bombMembers = 4 << 10  // 4 GiB in all, from 4 MiB
	blankChunk  = 64 << 10 // bytes of an endless body that are written at once
)

// linkStatus answers with a status and a line of text.
func linkStatus(status int) func(*Server, http.ResponseWriter, *http.Request, *clip) {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request, _ *clip) {
		http.Error(w, http.StatusText(status), status)
	}
}

func linkText(_ *Server, w http.ResponseWriter, _ *http.Request, _ *clip) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, page("Please sign in"))
}

func linkLoop(_ *Server, w http.ResponseWriter, r *http.Request, _ *clip) {
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
}

func linkInside(_ *Server, w http.ResponseWriter, r *http.Request, _ *clip) {
	http.Redirect(w, r, inside, http.StatusFound)
}

// linkShort promises more than it sends, and closes the connection.
func linkShort(_ *Server, w http.ResponseWriter, r *http.Request, c *clip) {
	if !begin(w, r, 2*c.size) {
		return
	}
	_, _ = io.Copy(w, c.reader())
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func linkSlow(s *Server, w http.ResponseWriter, r *http.Request, c *clip) {
	if !begin(w, r, c.size) {
		return
	}
	out := http.NewResponseController(w)
	tick := time.NewTicker(trickleWait)
	defer tick.Stop()
	for body := c.reader(); ; {
		if n, err := io.CopyN(w, body, trickle); n == 0 || err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// linkEndless sends the clip, and then zeros until the client gives up.
func linkEndless(s *Server, w http.ResponseWriter, r *http.Request, c *clip) {
	if !begin(w, r, -1) {
		return
	}
	defer s.breakOff(w, r)()
	blank := make([]byte, blankChunk)
	_, err := io.Copy(w, c.reader())
	for err == nil && s.ctx.Err() == nil {
		_, err = w.Write(blank)
	}
	panic(http.ErrAbortHandler)
}

// linkBomb sends zeros as gzip members, which follow each other in one stream
// (RFC 1952, 2.2), whatever encodings the client has named.
func linkBomb(s *Server, w http.ResponseWriter, r *http.Request, _ *clip) {
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	_, _ = z.Write(make([]byte, bombMember)) // a buffer takes all
	_ = z.Close()
	w.Header().Set("Content-Encoding", "gzip")
	if !begin(w, r, int64(bombMembers*member.Len())) {
		return
	}
	defer s.breakOff(w, r)()
	for range bombMembers {
		if _, err := w.Write(member.Bytes()); err != nil {
			return
		}
	}
}

// begin sends the header of a video, and reports whether a body is asked for.
// A length below 0 is not named.
func begin(w http.ResponseWriter, r *http.Request, length int64) bool {
	w.Header().Set("Content-Type", videoType)
	if length >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	}
	w.WriteHeader(http.StatusOK)
	return r.Method != http.MethodHead
}

// breakOff has the end of the request, and Close, end a body that a client is
// not reading. What it returns undoes that.
func (s *Server) breakOff(w http.ResponseWriter, r *http.Request) func() {
	end := func() { _ = http.NewResponseController(w).SetWriteDeadline(time.Now()) }
	gone, closed := context.AfterFunc(r.Context(), end), context.AfterFunc(s.ctx, end)
	return func() {
		gone()
		closed()
	}
}
