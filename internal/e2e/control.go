package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// People and places of the sandbox.
const (
	Ada     = "1201000000000000301" // owner of both servers
	Ben     = "1201000000000000302"
	Mei     = "1201000000000000303" // reads Chinese
	Omar    = "1201000000000000304" // a moderator
	General = "1201000000000000101" // a channel
)

// Control is the sandbox's control API, by which people act.
type Control struct {
	t   testing.TB
	URL string // of the sandbox, as http://host:port
}

// Message is a message as the control API tells of it, as far as these tests
// look.
type Message struct {
	ID          string `json:"id"`
	Channel     string `json:"channel_id"`
	Content     string `json:"content"`
	ReplyTo     string `json:"reply_to"`
	OnlyFor     string `json:"only_for"`
	Attachments []struct {
		Filename string `json:"filename"`
		URL      string `json:"url"`
	} `json:"attachments"`
	Reactions []struct {
		Emoji struct {
			Name string `json:"name"`
		} `json:"emoji"`
		Users []string `json:"users"`
	} `json:"reactions"`
}

// Outcome is what a person sees at once.
type Outcome struct {
	Kind    string   `json:"kind"`
	Message *Message `json:"message"`
}

// Option is an option as a person fills it in.
type Option struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Do asks the control API, and reads the answer into what into points at,
// where that is not nil.
func (c *Control) Do(method, path string, body, into any) {
	c.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(method, path, "application/json", bytes.NewReader(data), into)
}

func (c *Control) send(method, path, media string, body io.Reader, into any) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(within(c.t), method, c.URL+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", media)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer discard(resp.Body)
	if resp.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		c.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	if into == nil {
		return
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// Invoke has a person type a command.
func (c *Control) Invoke(user, channel, command string, options ...Option) (o Outcome) {
	c.t.Helper()
	c.Do("POST", "/sandbox/commands", map[string]any{
		"user": user, "channel": channel, "command": command, "options": append([]Option{}, options...)}, &o)
	return o
}

// Upload gives a file that a command's option can name by its id.
func (c *Control) Upload(name string, data []byte) (id string) {
	c.t.Helper()
	var a struct {
		ID string `json:"id"`
	}
	c.send("POST", "/sandbox/uploads?filename="+url.QueryEscape(name), "application/octet-stream", bytes.NewReader(data), &a)
	return a.ID
}

// React has a person put an emoji under a message.
func (c *Control) React(user, message, emoji string) {
	c.t.Helper()
	c.Do("POST", "/sandbox/reactions", map[string]any{"user": user, "message": message, "emoji": map[string]string{"name": emoji}}, nil)
}

// Waiting says which message is waited for; what is empty fits all.
type Waiting struct {
	Message  string   `json:"message,omitempty"`
	ReplyTo  string   `json:"reply_to,omitempty"`
	Says     []string `json:"says,omitempty"`
	Video    bool     `json:"video,omitempty"`
	Reaction string   `json:"reaction,omitempty"`
}

// Wait returns the first message, present or to come, that fits.
func (c *Control) Wait(q Waiting) (m Message) {
	c.t.Helper()
	c.Do("POST", "/sandbox/wait", struct {
		Waiting
		Seconds int `json:"seconds"`
	}{q, 60}, &m)
	return m
}

// Get fetches a file that a message shows.
func (c *Control) Get(address string) []byte {
	c.t.Helper()
	r, err := http.NewRequestWithContext(within(c.t), http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer discard(resp.Body)
	data, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %d %v", address, resp.StatusCode, err)
	}
	return data
}

// Cut breaks the bot's gateway connection, and waits until it is there again.
func (c *Control) Cut() {
	c.t.Helper()
	next := c.Events()
	for next().Name != "state" {
	}
	c.Do("POST", "/sandbox/gateway", map[string]string{"do": "cut"}, nil)
	for _, wanted := range []bool{false, true} {
		for {
			var e struct {
				Type   string `json:"type"`
				Online bool   `json:"online"`
			}
			if b := next(); b.Name == "" {
				c.decode(b.Data, &e)
			}
			if e.Type == "gateway" && e.Online == wanted {
				break
			}
		}
	}
}

// Online waits until the bot is connected and has registered a command.
func (c *Control) Online(command string) {
	c.t.Helper()
	type named struct {
		Name string `json:"name"`
	}
	var now struct {
		Online   bool    `json:"online"`
		Commands []named `json:"commands"`
	}
	var commands []named
	for next := c.Events(); ; {
		switch b := next(); b.Name {
		case "state", "":
			now.Commands = nil
			c.decode(b.Data, &now)
			if now.Commands != nil {
				commands = now.Commands
			}
			if now.Online && slices.Contains(commands, named{command}) {
				return
			}
		}
	}
}

func (c *Control) decode(data string, into any) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(data), into); err != nil {
		c.t.Fatal(err)
	}
}

// Block is one event of the sandbox's stream.
type Block struct{ Name, Data string }

// Events follows the sandbox's stream, from its state on: each call returns the
// next event.
func (c *Control) Events() (next func() Block) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(within(c.t), http.MethodGet, c.URL+"/sandbox/events", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 64<<20)
	return func() (b Block) {
		c.t.Helper()
		for lines.Scan() {
			switch field, value, _ := strings.Cut(lines.Text(), ": "); field {
			case "event":
				b.Name = value
			case "data":
				b.Data = value
				return b
			}
		}
		c.t.Fatalf("the stream ends: %v", lines.Err())
		return b
	}
}
