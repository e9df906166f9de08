package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Bounds of Guilds.
// Source of the page's size: discord-api-docs, resources/user, "Get Current
// User Guilds".
const (
	guildsPage = 200
	maxGuilds  = 1000
)

// Application returns whom the token belongs to.
func (c *Client) Application(ctx context.Context) (Application, error) {
	var a Application
	p := newPath(http.MethodGet).word("applications").word("@me")
	return a, c.call(ctx, p, callOptions{bot: true}, &a)
}

// Guilds returns the servers that the bot is in, at most 1,000.
func (c *Client) Guilds(ctx context.Context) ([]Guild, error) {
	var all []Guild
	for after := "0"; ; {
		p := newPath(http.MethodGet).word("users").word("@me").word("guilds")
		p.query = url.Values{"after": {after}, "limit": {strconv.Itoa(guildsPage)}}
		var page []Guild
		if err := c.call(ctx, p, callOptions{bot: true}, &page); err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < guildsPage || len(all) >= maxGuilds {
			return all[:min(len(all), maxGuilds)], nil
		}
		next := page[len(page)-1].ID
		if next == after {
			return nil, fmt.Errorf("%s: the pages do not go on after %q", p.route(), after)
		}
		after = next
	}
}

// Guild returns a server that the bot is in.
// Source: discord-api-docs, resources/guild, "Get Guild".
func (c *Client) Guild(ctx context.Context, id string) (GuildRoles, error) {
	var g GuildRoles
	p := newPath(http.MethodGet).word("guilds").id("guild", id)
	return g, c.call(ctx, p, callOptions{bot: true, major: id}, &g)
}

// Channel returns a channel, or a thread, that the bot can see.
// Source: discord-api-docs, resources/channel, "Get Channel".
func (c *Client) Channel(ctx context.Context, id string) (Channel, error) {
	var ch Channel
	p := newPath(http.MethodGet).word("channels").id("channel", id)
	return ch, c.call(ctx, p, callOptions{bot: true, major: id}, &ch)
}

// RegisterCommands replaces all commands of the application, of guild alone
// where guild is not empty.
func (c *Client) RegisterCommands(ctx context.Context, application, guild string, commands any) error {
	p := newPath(http.MethodPut).word("applications").id("app", application)
	if guild != "" {
		p.word("guilds").id("guild", guild)
	}
	p.word("commands")
	return c.call(ctx, p, callOptions{bot: true, payload: commands, major: guild}, nil)
}

// Respond sends the first response to an interaction and returns the message
// that it made, whose id is empty where it made none. It is sent once: an
// error that is no *Error, or one with a 5xx status, leaves open whether
// Discord accepted it.
//
// Sent again is only what surely did not arrive: a refusal by rate limit, or a
// connection that was never made. After an answer of success there is no
// error, whatever its body holds. A caller who must know what became of an
// open one asks Original: it has the message, or CodeUnknownWebhook.
//
// The files go as they are, as with EditOriginal.
//
// CodeUnknownInteraction and CodeAlreadyAnswered are final: the three seconds
// have passed, or somebody else with the bot's token has answered.
func (c *Client) Respond(ctx context.Context, i Interaction, response any, files ...File) (Message, error) {
	p := newPath(http.MethodPost).word("interactions").id("id", i.ID).token(i.Token).word("callback")
	p.query = url.Values{"with_response": {"true"}}
	var answer struct {
		Resource struct {
			Message Message `json:"message"`
		} `json:"resource"`
	}
	o := callOptions{interaction: true, once: true, prompt: true, payload: response, files: files, major: i.Token.Reveal()}
	if err := c.call(ctx, p, o, &answer); err != nil {
		return Message{}, err
	}
	return answer.Resource.Message, nil
}

// Original returns the first response's message.
func (c *Client) Original(ctx context.Context, i Interaction) (Message, error) {
	var m Message
	return m, c.original(ctx, http.MethodGet, i, nil, nil, &m)
}

// EditOriginal edits the first response's message while the token lives. The
// files go as they are: what message says of them in its attachments is the
// caller's.
func (c *Client) EditOriginal(ctx context.Context, i Interaction, message any, files ...File) (Message, error) {
	var m Message
	return m, c.original(ctx, http.MethodPatch, i, message, files, &m)
}

// DeleteOriginal deletes the first response's message while the token lives.
// Source: discord-api-docs, interactions/receiving-and-responding, "Delete
// Original Interaction Response".
func (c *Client) DeleteOriginal(ctx context.Context, i Interaction) error {
	return c.original(ctx, http.MethodDelete, i, nil, nil, nil)
}

func (c *Client) original(ctx context.Context, method string, i Interaction, message any, files []File, answer any) error {
	p := newPath(method).word("webhooks").id("app", i.Application).token(i.Token).word("messages").word("@original")
	o := callOptions{interaction: true, payload: message, files: files, major: i.Token.Reveal()}
	return c.call(ctx, p, o, answer)
}

// callOptions are what calls differ in besides their path.
type callOptions struct {
	bot         bool // with the bot's token
	interaction bool // exempt from the bot's global limit
	once        bool // must not be repeated once it may have arrived
	prompt      bool // a first answer, for which Discord gives 3 s
	nonce       bool // the payload must have one, which Discord enforces
	payload     any  // JSON; nil: no body
	files       []File
	// major is the value that Discord counts a route's limit by: a channel, a
	// guild or an interaction's token. Empty: the route has none.
	major string
}

// call makes a call and decodes its answer into answer, if that is not nil.
func (c *Client) call(ctx context.Context, p *path, o callOptions, answer any) error {
	if p.err != nil {
		return fmt.Errorf("%s: %w", p.route(), p.err)
	}
	if c.baseErr != nil {
		return fmt.Errorf("%s: %w", p.route(), c.baseErr)
	}
	r := &request{path: p, options: o, hide: p.secrets}
	if o.bot {
		r.hide = append(r.hide, c.token.Reveal())
	}
	if o.payload != nil {
		b, err := json.Marshal(o.payload)
		if err != nil {
			return fmt.Errorf("%s: encode the body: %w", p.route(), concealError(err, r.hide))
		}
		r.payload = b
	}
	if o.nonce && !hasNonce(r.payload) {
		return fmt.Errorf("%s: %w", p.route(), errNoNonce)
	}
	if len(o.files) > 0 {
		m, err := newMultipart(r.payload, o.files)
		if err != nil {
			return fmt.Errorf("%s: %w", p.route(), err)
		}
		r.multipart = m
	}
	body, err := c.do(ctx, r)
	if err != nil || answer == nil {
		return err
	}
	// What is sent once and was accepted must not look as if it were not: a
	// body that cannot be read holds no message, and that is all.
	if err := json.Unmarshal(body, answer); err != nil && !o.once {
		return fmt.Errorf("%s: decode the answer: %w", p.route(), concealError(err, r.hide))
	}
	return nil
}
