// Package rest makes the calls to Discord's REST API that the bot needs, typed
// and in one place. It obeys Discord's rate limits per route and per
// interaction, honours contexts while it waits, and streams uploads.
package rest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"dreambot/internal/secret"
)

// Config is what a Client needs.
type Config struct {
	BaseURL   string            // origin, as https://discord.com; requests go to BaseURL/api/v9/…
	Token     secret.Text       // the bot's
	Transport http.RoundTripper // nil: one of the package's own
	Log       *slog.Logger      // nil: discarded
	// Observe, if not nil, sees every attempt: its route with ids and tokens
	// left out, the status (0 without an answer) and how long it took.
	Observe func(route string, status int, took time.Duration)
}

// Client is safe for concurrent use.
type Client struct{}

// New returns a client.
func New(c Config) *Client { panic("to be written") }

// Close gives up idle connections.
func (c *Client) Close() { panic("to be written") }

// Interaction is the way to answer an interaction.
type Interaction struct {
	Application string // id
	ID          string
	Token       secret.Text
}

// File is an upload. Open is called once for every attempt; its reader must
// give exactly Size bytes.
type File struct {
	Name        string
	ContentType string
	Size        int64
	Open        func() (io.ReadCloser, error)
}

// Message is the part of a message that the bot reads.
type Message struct {
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	Flags       int          `json:"flags"`
	Attachments []Attachment `json:"attachments"`
}

// Attachment is a file that stands on a message.
type Attachment struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	Size     int64  `json:"size"`
	URL      string `json:"url"`
}

// Application is the bot's application.
type Application struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Guild is a server that the bot is in.
type Guild struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Application returns whom the token belongs to.
func (c *Client) Application(ctx context.Context) (Application, error) { panic("to be written") }

// Guilds returns the servers that the bot is in, at most 1,000.
func (c *Client) Guilds(ctx context.Context) ([]Guild, error) { panic("to be written") }

// RegisterCommands replaces all commands of the application, of guild alone
// where guild is not empty.
func (c *Client) RegisterCommands(ctx context.Context, application, guild string, commands any) error {
	panic("to be written")
}

// Respond sends the first response to an interaction and returns the message
// that it made, whose id is empty where it made none. It is sent once: an
// error that is no *Error, or one with a 5xx status, leaves open whether
// Discord accepted it.
func (c *Client) Respond(ctx context.Context, i Interaction, response any) (Message, error) {
	panic("to be written")
}

// Original returns the first response's message.
func (c *Client) Original(ctx context.Context, i Interaction) (Message, error) {
	panic("to be written")
}

// EditOriginal edits the first response's message while the token lives.
func (c *Client) EditOriginal(ctx context.Context, i Interaction, message any, files ...File) (Message, error) {
	panic("to be written")
}

// EditMessage edits a message of the bot's in a channel that it can see.
func (c *Client) EditMessage(ctx context.Context, channel, id string, message any, files ...File) (Message, error) {
	panic("to be written")
}

// Error is an answer of Discord's that is not a success. It holds no token.
type Error struct {
	Route      string        // as Config.Observe sees it
	Status     int           // HTTP status
	Code       int           // Discord's code, 0 where the body has none
	Message    string        // Discord's words, cut to a bound
	RetryAfter time.Duration // on a 429
}

func (e *Error) Error() string { panic("to be written") }

// Codes that callers decide by.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
const (
	CodeUnknownChannel         = 10003
	CodeUnknownMessage         = 10008
	CodeUnknownWebhook         = 10015 // an interaction that was not answered has none
	CodeUnknownInteraction     = 10062
	CodeTooLarge               = 40005
	CodeAlreadyAcknowledged    = 40060
	CodeMissingAccess          = 50001
	CodeMissingPermissions     = 50013
	CodeInvalidToken           = 50027 // an interaction's token that has ended
	CodeEditLimitOfOldMessages = 30046
)
