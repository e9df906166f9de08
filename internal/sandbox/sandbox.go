// Package sandbox serves a Discord, a Luma and a web page to play with them,
// all on one loopback address, with no account anywhere.
package sandbox

import (
	"context"
	"log/slog"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// Config is what a Sandbox needs.
type Config struct {
	// Addr is the loopback address to listen on, as host:port; when its port
	// is busy another one is taken. Empty: 127.0.0.1 with any free port.
	Addr string
	Log  *slog.Logger // nil: discarded
	// Dir keeps the sandbox's state; empty: a temporary folder, removed by Close.
	Dir string
	// Queued and Dreaming are how long Luma's stand-in stays in these states.
	Queued, Dreaming time.Duration
	Limits           discord.Limits
	ObserveDiscord   func(discord.Call)
	ObserveLuma      func(luma.Call)
}

// Sandbox is the two stand-ins and the page, being served.
type Sandbox struct {
	Discord *discord.Server
	Luma    *luma.Server
}

// Start listens and serves until Close. It refuses an address that is not
// loopback.
func Start(c Config) (*Sandbox, error) { panic("to be written") }

// URL returns where the page is, as http://host:port.
func (s *Sandbox) URL() string { panic("to be written") }

// Dir returns the folder that the state is kept in.
func (s *Sandbox) Dir() string { panic("to be written") }

// Environ returns the variables that point a bot at the sandbox: DISCORD_TOKEN,
// DISCORD_API_URL, LUMA_API, LUMA_API_KEY and LUMA_API_URL.
func (s *Sandbox) Environ() map[string]string { panic("to be written") }

// Close stops serving and waits for everything that was started, as long as
// ctx allows.
func (s *Sandbox) Close(ctx context.Context) error { panic("to be written") }
