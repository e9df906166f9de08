package discord

import (
	"log/slog"
	"net/http"
	"time"
)

// Config is what a Server needs. Its zero value serves.
type Config struct {
	Log *slog.Logger // nil: discarded
	// Dir is a folder that attachments and the world's state are kept in and
	// read from at the start; empty: a temporary folder, removed by Close.
	Dir string
	// Observe, if not nil, sees every REST request of the bot after it was
	// answered. It must not block and must not keep Body's array.
	Observe func(Call)
	// ObserveGateway, if not nil, sees what happens at the gateway, in the order
	// in which it does. It must neither block nor call the Server, which it would
	// find locked.
	ObserveGateway func(GatewayEvent)
	// Limits is what Discord allows; zero fields are Discord's own values.
	Limits Limits
	// Crowd is how many further plain members the bot's servers have, 200 at
	// most. They act as all people do, and State does not list them.
	Crowd int
}

// Limits are times and sizes that a test may shorten.
type Limits struct {
	Ack        time.Duration // for the first response to an interaction: 3 s
	TokenLife  time.Duration // of an interaction token: 15 min
	Heartbeat  time.Duration // interval that HELLO asks for: 41.25 s
	UploadSize int64         // attachment_size_limit, bytes: 10 MiB
	// WebhookEdits is how many edits of one interaction's messages are taken
	// within EditWindow, ChannelEdits how many of one channel's messages by the
	// bot's token: 5 each in 5 s. More are answered 429.
	WebhookEdits, ChannelEdits int
	EditWindow                 time.Duration
	// ReactionWindow is the time within which one reaction of the bot's in a
	// channel is taken: 250 ms. More are answered 429.
	ReactionWindow time.Duration

	RetryAfter time.Duration // that the faults which limit rates ask for: 300 ms
	Slow       time.Duration // by which FaultSlow delays an answer: 2 s

	// History is how many messages of a channel are kept: 10,000. Interactions
	// is how many interactions are, as long as their tokens live: 10,000. The
	// oldest go first; those that wait for their first response stay.
	History, Interactions int
}

// Call is one REST request of the bot, with its answer.
type Call struct {
	Time   time.Time     `json:"time"`
	Method string        `json:"method"`
	Path   string        `json:"path"` // interaction tokens replaced by "…"
	Status int           `json:"status"`
	Code   int           `json:"code,omitempty"` // Discord's error code
	Took   time.Duration `json:"took"`
	// Interaction is the id of the interaction whose token the path has, also
	// where the token has ended.
	Interaction string `json:"interaction,omitempty"`
	// Message is the id of the message that was made, read, changed or removed,
	// or would have been; of a callback, that of the answer to the interaction.
	Message string `json:"message,omitempty"`
	// Problem is what was wrong, in words: of a form each field with its rule, at
	// most 500 characters in all. Empty where the answer was a success.
	Problem string `json:"problem,omitempty"`
	// Fault is the one that is on and has made the answer what it is.
	Fault   Fault         `json:"fault,omitempty"`
	Request *http.Request `json:"-"` // its body is spent; Body has it
	Body    []byte        `json:"-"` // at most 1 MiB of it is kept; the parts of files are left out
	// Payload is the request's JSON document: Body, or the part payload_json
	// of a multipart body. It must not be kept either.
	Payload []byte `json:"-"`
}
