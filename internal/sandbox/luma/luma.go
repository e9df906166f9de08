// Package luma is a stand-in for Luma Dream Machine on loopback. It speaks the
// crazyrouter dialect from its documentation and serves real H.264 clips.
package luma

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Config is what a Server needs. Its zero value serves.
type Config struct {
	Log *slog.Logger // nil: discarded
	Dir string       // generations are kept here and read at the start; empty: in memory only
	// Queued and Dreaming are how long a generation stays in these states;
	// zero: none. Ignored while the server is held (Hold).
	Queued, Dreaming time.Duration
	// Observe, if not nil, sees every API request after it was answered. It
	// must not block.
	Observe func(Call)
}

// Call is one API request, with its answer.
type Call struct {
	Time   time.Time     `json:"time"`
	Method string        `json:"method"`
	Path   string        `json:"path"`
	Status int           `json:"status"`
	Took   time.Duration `json:"took"`
}

// Generation is one accepted create or extend.
type Generation struct {
	ID           string    `json:"id"`
	Parent       string    `json:"parent,omitempty"` // generation that is extended
	State        string    `json:"state"`            // queued, dreaming, completed, failed
	Prompt       string    `json:"user_prompt"`
	Model        string    `json:"model_name,omitempty"`
	Duration     string    `json:"duration,omitempty"`
	Resolution   string    `json:"resolution,omitempty"`
	ExpandPrompt *bool     `json:"expand_prompt,omitempty"`
	ImageURL     string    `json:"image_url,omitempty"`
	ImageEndURL  string    `json:"image_end_url,omitempty"`
	Failure      string    `json:"failure_reason,omitempty"`
	Clip         string    `json:"clip"` // name of the clip that is served
	CreatedAt    time.Time `json:"created_at"`
}

// Server is the stand-in. It is safe for concurrent use.
type Server struct{}

// New prepares a server.
func New(c Config) (*Server, error) { panic("to be written") }

// Handler serves /luma/generations… and /clips/….
func (s *Server) Handler() http.Handler { panic("to be written") }

// SetBaseURL says where Handler is reached, as http://host:port.
func (s *Server) SetBaseURL(url string) { panic("to be written") }

// Key returns the API key that it accepts.
func (s *Server) Key() string { panic("to be written") }

// Generations returns all accepted generations, oldest first.
func (s *Server) Generations() []Generation { panic("to be written") }

// Hold stops the clock for all generations: from now on each moves only by
// Advance. Tests use it to stand still in a state.
func (s *Server) Hold() { panic("to be written") }

// Advance moves a generation on to its next state (queued, dreaming,
// completed), and to failed with a reason where reason is not empty.
func (s *Server) Advance(id, reason string) error { panic("to be written") }

// Release lets held generations run by the clock again, from their present
// state.
func (s *Server) Release() { panic("to be written") }

// WaitGeneration returns the first generation, present or to come, for which
// accept holds, or ctx's error.
func (s *Server) WaitGeneration(ctx context.Context, accept func(Generation) bool) (Generation, error) {
	panic("to be written")
}

// Close waits for everything that the server started.
func (s *Server) Close() error { panic("to be written") }
