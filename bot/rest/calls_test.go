package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/secret"
)

// sent is a request as the server got it.
type sent struct {
	Method, Path, Query, Auth, Type, Body string
}

func TestCallsAreSentAsDiscordDocumentsThem(t *testing.T) {
	t.Parallel()
	const message = `{"id":"5","channel_id":"6","flags":32768,"attachments":[{"id":"7","filename":"a.mp4","size":9,"url":"https://cdn.test/a"}]}`
	wantMessage := Message{ID: "5", ChannelID: "6", Flags: 32768,
		Attachments: []Attachment{{ID: "7", Filename: "a.mp4", Size: 9, URL: "https://cdn.test/a"}}}
	application := Application{ID: "111", Name: "dreambot"}
	application.Bot.ID = "112"
	body := map[string]any{"content": "a <b> & c"}
	const bodyJSON = `{"content":"a \u003cb\u003e \u0026 c"}`
	token := "aW50ZXJhY3Rpb24%2Ftoken+of=one"
	for name, tc := range map[string]struct {
		call   func(context.Context, *Client) (any, error)
		answer string // "": 204
		sent   sent
		want   any
		route  string
	}{
		"Application": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.Application(ctx) },
			answer: `{"id":"111","name":"dreambot","bot":{"id":"112","username":"dreambot","bot":true}}`,
			sent:   sent{Method: "GET", Path: "/api/v9/applications/@me", Auth: "Bot " + botToken},
			want:   application,
			route:  "GET /applications/@me",
		},
		"Guilds": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.Guilds(ctx) },
			answer: `[{"id":"1","name":"one"}]`,
			sent:   sent{Method: "GET", Path: "/api/v9/users/@me/guilds", Query: "after=0&limit=200", Auth: "Bot " + botToken},
			want:   []Guild{{ID: "1", Name: "one"}},
			route:  "GET /users/@me/guilds",
		},
		"RegisterCommands": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return nil, c.RegisterCommands(ctx, "111", "", []any{body})
			},
			answer: `[]`,
			sent: sent{Method: "PUT", Path: "/api/v9/applications/111/commands", Auth: "Bot " + botToken,
				Type: "application/json", Body: "[" + bodyJSON + "]"},
			route: "PUT /applications/:app/commands",
		},
		"RegisterCommands of a guild": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return nil, c.RegisterCommands(ctx, "111", "333", []any{})
			},
			answer: `[]`,
			sent: sent{Method: "PUT", Path: "/api/v9/applications/111/guilds/333/commands", Auth: "Bot " + botToken,
				Type: "application/json", Body: "[]"},
			route: "PUT /applications/:app/guilds/:guild/commands",
		},
		"Respond": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.Respond(ctx, interaction(userToken), body)
			},
			answer: `{"interaction":{"id":"222"},"resource":{"type":4,"message":` + message + `}}`,
			sent: sent{Method: "POST", Path: "/api/v9/interactions/222/" + token + "/callback", Query: "with_response=true",
				Type: "application/json", Body: bodyJSON},
			want:  wantMessage,
			route: "POST /interactions/:id/:token/callback",
		},
		"Original": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.Original(ctx, interaction(userToken)) },
			answer: message,
			sent:   sent{Method: "GET", Path: "/api/v9/webhooks/111/" + token + "/messages/@original"},
			want:   wantMessage,
			route:  "GET /webhooks/:app/:token/messages/@original",
		},
		"EditOriginal": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.EditOriginal(ctx, interaction(userToken), body)
			},
			answer: message,
			sent: sent{Method: "PATCH", Path: "/api/v9/webhooks/111/" + token + "/messages/@original",
				Type: "application/json", Body: bodyJSON},
			want:  wantMessage,
			route: "PATCH /webhooks/:app/:token/messages/@original",
		},
		"EditMessage": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.EditMessage(ctx, "6", "5", body) },
			answer: message,
			sent: sent{Method: "PATCH", Path: "/api/v9/channels/6/messages/5", Auth: "Bot " + botToken,
				Type: "application/json", Body: bodyJSON},
			want:  wantMessage,
			route: "PATCH /channels/:channel/messages/:message",
		},
		"CreateMessage": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.CreateMessage(ctx, "6", newMessage) },
			answer: message,
			sent: sent{Method: "POST", Path: "/api/v9/channels/6/messages", Auth: "Bot " + botToken,
				Type: "application/json", Body: newMessageJSON},
			want:  wantMessage,
			route: "POST /channels/:channel/messages",
		},
		"MessagesAfter": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.MessagesAfter(ctx, "6", "4", 50) },
			answer: `[` + message + `]`,
			sent:   sent{Method: "GET", Path: "/api/v9/channels/6/messages", Query: "after=4&limit=50", Auth: "Bot " + botToken},
			want:   []Message{wantMessage},
			route:  "GET /channels/:channel/messages",
		},
		"MessagesAfter, more than a page": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.MessagesAfter(ctx, "6", "4", 1000) },
			answer: `[]`,
			sent:   sent{Method: "GET", Path: "/api/v9/channels/6/messages", Query: "after=4&limit=100", Auth: "Bot " + botToken},
			want:   []Message{},
			route:  "GET /channels/:channel/messages",
		},
		"Message": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.Message(ctx, "6", "5") },
			answer: message,
			sent:   sent{Method: "GET", Path: "/api/v9/channels/6/messages/5", Auth: "Bot " + botToken},
			want:   wantMessage,
			route:  "GET /channels/:channel/messages/:message",
		},
		"AddReaction": {
			call:  func(ctx context.Context, c *Client) (any, error) { return nil, c.AddReaction(ctx, "6", "5", "⏩") },
			sent:  sent{Method: "PUT", Path: "/api/v9/channels/6/messages/5/reactions/%E2%8F%A9/@me", Auth: "Bot " + botToken},
			route: "PUT /channels/:channel/messages/:message/reactions/:emoji/@me",
		},
		"AddReaction of a server's own emoji": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return nil, c.AddReaction(ctx, "6", "5", "more:41771983429993937")
			},
			sent:  sent{Method: "PUT", Path: "/api/v9/channels/6/messages/5/reactions/more:41771983429993937/@me", Auth: "Bot " + botToken},
			route: "PUT /channels/:channel/messages/:message/reactions/:emoji/@me",
		},
		"Guild": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.Guild(ctx, "3") },
			answer: `{"id":"3","name":"one","owner_id":"9","roles":[{"id":"3","name":"@everyone","permissions":"1024","position":0},
				{"id":"4","permissions":"36893488147419103232"}]}`,
			sent:  sent{Method: "GET", Path: "/api/v9/guilds/3", Auth: "Bot " + botToken},
			want:  GuildRoles{ID: "3", OwnerID: "9", Roles: []Role{{"3", "1024"}, {"4", "36893488147419103232"}}},
			route: "GET /guilds/:guild",
		},
		"Channel": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.Channel(ctx, "6") },
			answer: `{"id":"6","type":0,"guild_id":"3","parent_id":null,"permission_overwrites":[{"id":"3","type":0,"allow":"0","deny":"2048"},
				{"id":"9","type":1,"allow":"2048","deny":"0"}]}`,
			sent:  sent{Method: "GET", Path: "/api/v9/channels/6", Auth: "Bot " + botToken},
			want:  Channel{ID: "6", GuildID: "3", Overwrites: []Overwrite{{"3", OverwriteRole, "0", "2048"}, {"9", OverwriteMember, "2048", "0"}}},
			route: "GET /channels/:channel",
		},
		"Channel that is a thread": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.Channel(ctx, "7") },
			answer: `{"id":"7","type":11,"guild_id":"3","parent_id":"6","thread_metadata":{"archived":false}}`,
			sent:   sent{Method: "GET", Path: "/api/v9/channels/7", Auth: "Bot " + botToken},
			want:   Channel{ID: "7", Type: ChannelPublicThread, GuildID: "3", ParentID: "6"},
			route:  "GET /channels/:channel",
		},
		"DirectChannel": {
			call:   func(ctx context.Context, c *Client) (any, error) { return c.DirectChannel(ctx, "8") },
			answer: `{"id":"6","type":1,"recipients":[{"id":"8"}]}`,
			sent: sent{Method: "POST", Path: "/api/v9/users/@me/channels", Auth: "Bot " + botToken,
				Type: "application/json", Body: `{"recipient_id":"8"}`},
			want:  "6",
			route: "POST /users/@me/channels",
		},
		"DeleteMessage": {
			call:  func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteMessage(ctx, "6", "5") },
			sent:  sent{Method: "DELETE", Path: "/api/v9/channels/6/messages/5", Auth: "Bot " + botToken},
			route: "DELETE /channels/:channel/messages/:message",
		},
		"DeleteOriginal": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return nil, c.DeleteOriginal(ctx, interaction(userToken))
			},
			sent:  sent{Method: "DELETE", Path: "/api/v9/webhooks/111/" + token + "/messages/@original"},
			route: "DELETE /webhooks/:app/:token/messages/@original",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []sent
			status := 200
			if tc.answer == "" {
				status = 204
			}
			c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				got = append(got, sent{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(b)})
				if ua := r.Header.Get("User-Agent"); ua != userAgent {
					t.Errorf("User-Agent %q, want %q", ua, userAgent)
				}
				if tc.answer == "" {
					w.WriteHeader(status)
					return
				}
				answer(w, status, tc.answer)
			})
			var seen []string
			c.observe = func(route string, status int, _ time.Duration) {
				seen = append(seen, fmt.Sprint(route, " ", status))
			}
			v, err := tc.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]sent{tc.sent}, got); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, v); diff != "" {
				t.Errorf("returned (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{fmt.Sprint(tc.route, " ", status)}, seen); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheUserAgentHasTheFormThatDiscordAsksFor(t *testing.T) {
	t.Parallel()
	var url, version string
	inner, ok := strings.CutPrefix(userAgent, "DiscordBot (https://")
	if _, err := fmt.Sscanf(strings.TrimSuffix(inner, ")"), "%s %s", &url, &version); !ok || err != nil || !strings.HasSuffix(url, ",") {
		t.Errorf("%q is not DiscordBot (URL, version)", userAgent)
	}
}

func TestGuildsAreReadPageByPageUpToTheBound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ there, want, calls int }{{0, 0, 1}, {199, 199, 1}, {200, 200, 2}, {450, 450, 3}, {5000, 1000, 5}} {
		calls := 0
		c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
			calls++
			after, _ := strconv.Atoi(r.URL.Query().Get("after"))
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
			page := []Guild{}
			for id := after + 1; id <= min(after+limit, tc.there); id++ {
				page = append(page, Guild{ID: strconv.Itoa(id)})
			}
			b, _ := json.Marshal(page)
			answer(w, 200, string(b))
		})
		got, err := c.Guilds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != tc.want || calls != tc.calls {
			t.Errorf("%d guilds there: got %d in %d calls, want %d in %d", tc.there, len(got), calls, tc.want, tc.calls)
		}
	}
}

func TestGuildsEndsWhereThePagesDoNotGoOn(t *testing.T) {
	t.Parallel()
	page := "[" + strings.TrimSuffix(strings.Repeat(`{"id":"7"},`, guildsPage), ",") + "]"
	c := onLoopback(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, page) })
	if _, err := c.Guilds(t.Context()); err == nil || !strings.Contains(err.Error(), "do not go on") {
		t.Errorf("got %v", err)
	}
}

func TestNothingIsSentForWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	requests := 0
	c := onLoopback(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests++
	})
	ctx := t.Context()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	file := (&memoryFile{}).file("a", nil, 0)
	for name, call := range map[string]func() error{
		"application":              func() error { return c.RegisterCommands(ctx, "../1", "", nil) },
		"guild":                    func() error { return c.RegisterCommands(ctx, "1", "1/2", nil) },
		"channel":                  func() error { _, err := c.EditMessage(ctx, "", "1", nil); return err },
		"message":                  func() error { _, err := c.EditMessage(ctx, "1", strings.Repeat("1", 21), nil); return err },
		"channel of a new message": func() error { _, err := c.CreateMessage(ctx, "1/2", newMessage); return err },
		"channel of messages":      func() error { _, err := c.MessagesAfter(ctx, "x", "1", 1); return err },
		"messages after nothing":   func() error { _, err := c.MessagesAfter(ctx, "1", "", 1); return err },
		"user":                     func() error { _, err := c.DirectChannel(ctx, "@me"); return err },
		"message to delete":        func() error { return c.DeleteMessage(ctx, "1", "@original") },
		"no token to delete by":    func() error { return c.DeleteOriginal(ctx, Interaction{Application: "1"}) },
		"id": func() error {
			_, err := c.Respond(ctx, Interaction{ID: "x", Token: secret.New("t")}, nil)
			return err
		},
		"no token":   func() error { _, err := c.Respond(ctx, Interaction{ID: "1"}, nil); return err },
		"dots":       func() error { _, err := c.Original(ctx, interaction("..")); return err },
		"long token": func() error { _, err := c.Original(ctx, interaction(strings.Repeat("x", 3000))); return err },
		"body":       func() error { _, err := c.EditOriginal(ctx, interaction("t"), func() {}); return err },
		"many files": func() error {
			_, err := c.EditOriginal(ctx, interaction("t"), 1, make([]File, 11)...)
			return err
		},
		"content type": func() error {
			f := file
			f.ContentType = "video/mp4\r\nX-Evil: 1"
			_, err := c.EditOriginal(ctx, interaction("t"), 1, f)
			return err
		},
		"no opener": func() error { _, err := c.EditOriginal(ctx, interaction("t"), 1, File{}); return err },
		"base": func() error {
			other := New(Config{BaseURL: "ftp://x"})
			defer other.Close()
			_, err := other.Application(ctx)
			return err
		},
		"ended context": func() error { _, err := c.Application(ended); return err },
	} {
		if err := call(); err == nil || errors.As(err, new(*Error)) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if requests != 0 {
		t.Errorf("%d requests were made", requests)
	}
}

func TestAPathOfTheBaseURLIsKept(t *testing.T) {
	t.Parallel()
	var path string
	c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.EscapedPath()
		answer(w, 200, "{}")
	})
	c.base = c.base.JoinPath("proxy/")
	if _, err := c.Original(t.Context(), interaction(userToken)); err != nil {
		t.Fatal(err)
	}
	if want := "/proxy/api/v9/webhooks/111/aW50ZXJhY3Rpb24%2Ftoken+of=one/messages/@original"; path != want {
		t.Errorf("path %q, want %q", path, want)
	}
}
