package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// messagesPage is how many messages one answer holds at most.
// Source: discord-api-docs, resources/message, "Get Channel Messages".
const messagesPage = 100

// errNoNonce is a message that could arrive twice.
var errNoNonce = errors.New("a message without a nonce that Discord enforces can arrive twice")

// CreateMessage sends a new message to a channel. It can be sent again after
// an answer was lost, and so message must hold a nonce, of 25 characters at
// most, and enforce_nonce: with it Discord answers with the message that was
// made first, for some minutes. Without, it is an error and nothing is sent.
// For files, see EditOriginal.
// Source: discord-api-docs, resources/message, "Create Message".
func (c *Client) CreateMessage(ctx context.Context, channel string, message any, files ...File) (Message, error) {
	p := newPath(http.MethodPost).word("channels").id("channel", channel).word("messages")
	var m Message
	o := callOptions{bot: true, nonce: true, payload: message, files: files, major: channel}
	return m, c.call(ctx, p, o, &m)
}

// hasNonce reports whether payload is a message with a nonce that is enforced.
func hasNonce(payload []byte) bool {
	var m struct {
		Nonce   json.RawMessage `json:"nonce"` // a string or a number
		Enforce bool            `json:"enforce_nonce"`
	}
	err := json.Unmarshal(payload, &m)
	return err == nil && m.Enforce && len(m.Nonce) > 0 && string(m.Nonce) != `""` && string(m.Nonce) != "null"
}

// EditMessage edits a message of the bot's in a channel that it can see. For
// files, see EditOriginal.
func (c *Client) EditMessage(ctx context.Context, channel, id string, message any, files ...File) (Message, error) {
	p := newPath(http.MethodPatch).word("channels").id("channel", channel).word("messages").id("message", id)
	var m Message
	o := callOptions{bot: true, payload: message, files: files, major: channel}
	return m, c.call(ctx, p, o, &m)
}

// DeleteMessage deletes a message of the bot's, which needs no permission.
// Source: discord-api-docs, resources/message, "Delete Message".
func (c *Client) DeleteMessage(ctx context.Context, channel, id string) error {
	p := newPath(http.MethodDelete).word("channels").id("channel", channel).word("messages").id("message", id)
	return c.call(ctx, p, callOptions{bot: true, major: channel}, nil)
}

// MessagesAfter returns the messages of a channel that came first after the
// message, or the moment, with the given id, at most limit of them, 1 to 100,
// the newest first. A bot that may not read the channel's history gets none of
// them, and no error.
// Source: discord-api-docs, resources/message, "Get Channel Messages".
func (c *Client) MessagesAfter(ctx context.Context, channel, id string, limit int) ([]Message, error) {
	p := newPath(http.MethodGet).word("channels").id("channel", channel).word("messages")
	if err := checkID("after", id); err != nil {
		p.fail(err)
	}
	p.query = url.Values{"after": {id}, "limit": {strconv.Itoa(min(max(limit, 1), messagesPage))}}
	var list []Message
	return list, c.call(ctx, p, callOptions{bot: true, major: channel}, &list)
}

// Message returns a message of a channel that the bot can see and whose history
// it may read. The addresses of its files are freshly signed.
// Source: discord-api-docs, resources/message, "Get Channel Message".
func (c *Client) Message(ctx context.Context, channel, id string) (Message, error) {
	p := newPath(http.MethodGet).word("channels").id("channel", channel).word("messages").id("message", id)
	var m Message
	return m, c.call(ctx, p, callOptions{bot: true, major: channel}, &m)
}

// DirectChannel returns the id of the channel of the direct messages between
// the bot and a user, opening it where there is none. Opening many in a short
// time can get a bot blocked from it, so this is for one member at a time who
// has asked for something. Whether the user takes messages shows only when one
// is sent: CodeCannotMessageUser.
// Source: discord-api-docs, resources/user, "Create DM".
func (c *Client) DirectChannel(ctx context.Context, user string) (string, error) {
	p := newPath(http.MethodPost).word("users").word("@me").word("channels")
	if err := checkID("user", user); err != nil {
		p.fail(err)
	}
	var channel struct {
		ID string `json:"id"`
	}
	o := callOptions{bot: true, payload: map[string]string{"recipient_id": user}}
	if err := c.call(ctx, p, o, &channel); err != nil {
		return "", err
	}
	// Paths are built from it.
	if err := checkID("channel", channel.ID); err != nil {
		return "", fmt.Errorf("%s: the answer's %w", p.route(), err)
	}
	return channel.ID, nil
}
