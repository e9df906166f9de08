package luma

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"time"
)

// dialect is one of the APIs: where it is served, and how it speaks.
type dialect interface {
	// name is as LUMA_API has it. Below path all of its calls are.
	name() string
	path() string
	// base is what LUMA_API_URL has behind the origin.
	base() string
	// maxBody bounds the body of a request, in bytes.
	maxBody() int64
	routes(s *Server, mux *http.ServeMux)
	// newID makes the id of a generation.
	newID() string
	// write says of a generation what a query is answered.
	write(a answer) any
	// refuse returns the status and the body of an error.
	refuse(e *apiError) (status int, body any)
	// unread says what becomes of a request of whose pictures one cannot be read:
	// it is refused, or accepted and bound to fail for a reason.
	unread(err error) (refused *apiError, failure string)
}

// all are the dialects, the default first.
func all() []dialect { return []dialect{crazyrouter{}, lumalabs{}, agents{}} }

// Dialects returns the names of all dialects, as LUMA_API has them, the default
// first.
func Dialects() []string {
	var names []string
	for _, d := range all() {
		names = append(names, d.name())
	}
	return names
}

// Paths returns below which paths Handler serves.
func Paths() []string {
	paths := []string{clipsPath}
	for _, d := range all() {
		paths = append(paths, d.path())
	}
	return paths
}

// Path returns what LUMA_API_URL has behind the stand-in's origin for a dialect. A
// name that none has is an error.
func Path(dialect string) (string, error) {
	d, err := named(dialect)
	if err != nil {
		return "", err
	}
	return d.base(), nil
}

func named(name string) (dialect, error) {
	for _, d := range all() {
		if d.name() == name {
			return d, nil
		}
	}
	return nil, fmt.Errorf("no dialect is named %q; there are %v", name, Dialects())
}

// newUUID makes a UUID of version 4. Source: RFC 9562, 5.4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// microseconds is a time as the service's own APIs write it.
func microseconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// nullable is a text, or null where it is empty.
func nullable(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
