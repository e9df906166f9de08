package main

import (
	"bytes"
	"context"
	"flag"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
	api "dreambot/luma"
)

// patience bounds a wait in a test: reaching it is a failure, whatever the
// machine's speed.
const patience = 60 * time.Second

// People and places of the sandbox.
const (
	ada      = "1201000000000000301" // the servers' owner
	ben      = "1201000000000000302"
	mei      = "1201000000000000303" // reads Chinese
	omar     = "1201000000000000304" // a moderator
	harbor   = "1201000000000000100"
	general  = "1201000000000000101"
	dreams   = "1201000000000000102"
	workshop = "1201000000000000201" // a channel of the Chinese server
)

// dialect is the one of Luma's API that is spoken wherever a test does not say.
var dialect = flag.String("luma", api.Dialects()[0], "dialect of Luma's API that these tests speak")

// capabilities are what a dialect can.
func capabilities(t testing.TB, dialect string) api.Capabilities {
	t.Helper()
	c, err := api.New("key", api.WithDialect(dialect))
	if err != nil {
		t.Fatal(err)
	}
	return c.Capabilities()
}

// TestMain lets the test binary be the bot, so that a test can kill it.
func TestMain(m *testing.M) {
	if os.Getenv("DREAMBOT_TEST_RUN") != "" {
		os.Exit(beBot())
	}
	// What a test starts of this program anew is the bot.
	if err := os.Setenv("DREAMBOT_TEST_RUN", "1"); err != nil {
		panic(err)
	}
	// Most of these tests wait most of the time.
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		if err := flag.Set("test.parallel", "12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// world is the sandbox's servers, and the bot started on them as main starts
// it.
type world struct {
	t       testing.TB
	box     *sandbox.Sandbox
	can     api.Capabilities // what the dialect can that is spoken
	environ map[string]string
	logs    *logBuffer
	calls   *calls
	spec    *spec
	served  atomic.Pointer[string] // address of the bot's server, where it has one
	ahead   time.Duration          // of the bot's clock, from its next start on
	stop    func() int             // ends the bot and returns its exit status; nil while it does not run
}

// open starts the servers, with generations that stand still until a test
// moves them.
func open(t testing.TB, limits discord.Limits) *world {
	t.Helper()
	w := openAs(t, sandbox.Config{Limits: limits})
	w.box.Luma.Hold()
	return w
}

// openAs starts the servers with another configuration.
func openAs(t testing.TB, c sandbox.Config) *world {
	t.Helper()
	w := &world{t: t, logs: &logBuffer{}, calls: &calls{}, spec: newSpec(t)}
	if c.Luma == "" {
		c.Luma = *dialect
	}
	w.can = capabilities(t, c.Luma)
	c.Dir, c.ObserveDiscord = t.TempDir(), func(c discord.Call) {
		w.calls.add(c)
		w.spec.check(c)
	}
	box, err := sandbox.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	w.box = box
	w.environ = box.Environ()
	maps.Copy(w.environ, map[string]string{
		"DATABASE_URL":       filepath.Join(t.TempDir(), "dreambot.db"),
		"LUMA_POLL_INTERVAL": "100ms",
		"LOG_LEVEL":          "debug",
		// Three people do what a crowd would.
		"MEMBER_COMMANDS_PER_MINUTE": "0",
		"MEMBER_MAX_JOBS":            "0",
	})
	t.Cleanup(func() {
		if w.stop != nil {
			w.end()
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := box.Close(ctx); err != nil {
			t.Errorf("closing the sandbox: %v", err)
		}
		w.noSecrets()
		w.spec.report()
		if t.Failed() {
			t.Logf("the bot's log:\n%s", w.logs.tail(8000))
			if name := os.Getenv("DREAMBOT_TEST_LOG"); name != "" {
				t.Log("all of it: ", os.WriteFile(name, []byte(w.logs.String()), 0o600))
			}
		}
	})
	return w
}

// run is main with its surroundings handed in.
func run(ctx context.Context, args []string, environ map[string]string, stdout, stderr io.Writer) int {
	return program{environ: environ, stdin: os.Stdin, stdout: stdout, stderr: stderr, now: time.Now, self: os.Args[0]}.run(ctx, args)
}

// start runs the bot in this process and waits until it is online.
func (w *world) start() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	status := make(chan int, 1)
	ahead := w.ahead
	p := program{environ: w.environ, stdout: io.Discard, stderr: w.logs,
		serves: func(a net.Addr) { w.served.Store(new(a.String())) },
		now:    func() time.Time { return time.Now().Add(ahead) }}
	go func() { status <- p.run(ctx, nil) }()
	w.stop = func() int { cancel(); return <-status }
	w.online()
}

func (w *world) online() {
	w.t.Helper()
	if err := w.box.Discord.WaitOnline(w.context()); err != nil {
		w.t.Fatalf("the bot does not come online: %v\n%s", err, w.logs.tail(4000))
	}
}

// end stops the bot as a signal does.
func (w *world) end() {
	w.t.Helper()
	if status := w.stop(); status != exitOK {
		w.t.Errorf("exit status %d", status)
	}
	w.stop = nil
	w.offline()
}

// offline waits until the servers have noticed that the bot is gone.
func (w *world) offline() {
	w.t.Helper()
	ctx := w.context()
	s := w.box.Discord.State()
	if !s.Online {
		return
	}
	for e := range w.box.Discord.Subscribe(ctx, s.Seq) {
		if e.Type == discord.EventGateway && !e.Online {
			return
		}
	}
	w.t.Fatal("the bot's end is never noticed")
}

func (w *world) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.t.Cleanup(cancel)
	return ctx
}

// given is an option as a person fills it in.
func given(name string, value any) discord.GivenValue {
	return discord.GivenValue{Name: name, Value: value}
}

// types has a person type a command.
func (w *world) types(user, channel, command string, options ...discord.GivenValue) discord.Outcome {
	w.t.Helper()
	o, err := w.box.Discord.Invoke(w.context(), discord.Invocation{User: user, Channel: channel, Command: command, Options: options})
	if err != nil {
		w.t.Fatalf("/%s: %v", command, err)
	}
	return o
}

// replies is types for a command that is answered by a card.
func (w *world) replies(user, channel, command string, options ...discord.GivenValue) discord.Message {
	w.t.Helper()
	o := w.types(user, channel, command, options...)
	if o.Kind != discord.OutcomeMessage || o.Message.OnlyFor != "" {
		w.t.Fatalf("/%s: %s %s", command, o.Kind, says(o.Message))
	}
	return *o.Message
}

// shows waits until a message says all of the words.
func (w *world) shows(id string, words ...string) discord.Message {
	w.t.Helper()
	m, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
		text := says(&m)
		for _, word := range words {
			if !strings.Contains(text, word) {
				return false
			}
		}
		return m.ID == id
	})
	if err != nil {
		for _, m := range w.box.Discord.State().Messages {
			if m.ID == id {
				w.t.Errorf("it says:\n%s", says(&m))
			}
		}
		w.t.Fatalf("message %s never says %q: %v", id, words, err)
	}
	return m
}

// paid waits until Luma has accepted a prompt.
func (w *world) paid(prompt string) luma.Generation {
	w.t.Helper()
	g, err := w.box.Luma.WaitGeneration(w.context(), func(g luma.Generation) bool { return g.Prompt == prompt })
	if err != nil {
		w.t.Fatalf("Luma never got %q: %v", prompt, err)
	}
	return g
}

// model is one that the dialect knows.
func (w *world) model() string { return w.can.Models[len(w.can.Models)-1] }

// cannotTell is what a card says in the end whose paid call, accepted or not, was
// interrupted.
func (w *world) cannotTell(accepted bool) string {
	if accepted && w.can.List {
		return "Completed" // it is found in the list
	}
	return "can't tell whether Luma got it"
}

// doubts is what the log says of a paid call that was interrupted.
func (w *world) doubts() string {
	if w.can.List {
		return "it is looked for"
	}
	return "failure=uncertain"
}

// lasts reports whether a generation was asked for with a length; dialects write
// seconds in ways of their own.
func lasts(g luma.Generation, seconds int) bool {
	return strings.TrimSuffix(g.Duration, "s") == strconv.Itoa(seconds)
}

// advance moves a generation on.
func (w *world) advance(g luma.Generation, reason string) {
	w.t.Helper()
	if err := w.box.Luma.Advance(g.ID, reason); err != nil {
		w.t.Fatal(err)
	}
}

// completes dreams a prompt to its end and returns the message.
func (w *world) completes(user, channel, prompt string) discord.Message {
	w.t.Helper()
	m := w.replies(user, channel, "dream", given("prompt", prompt))
	g := w.paid(prompt)
	w.advance(g, "")
	w.advance(g, "")
	return w.shows(m.ID, "Completed")
}

// says is all text of a message.
func says(m *discord.Message) string {
	if m == nil {
		return "(no message)"
	}
	var b strings.Builder
	b.WriteString(m.Content)
	sandbox.Walk(m.Components, func(c discord.Component) { b.WriteString(c.Content + "\n") })
	return b.String()
}

// find returns the first component for which accept holds.
func find(list []discord.Component, accept func(discord.Component) bool) (found discord.Component, ok bool) {
	sandbox.Walk(list, func(c discord.Component) {
		if !ok && accept(c) {
			found, ok = c, true
		}
	})
	return found, ok
}

// button returns the custom id of the button with a label.
func button(t testing.TB, m discord.Message, label string) string {
	t.Helper()
	b, ok := find(m.Components, func(c discord.Component) bool { return c.Type == 2 && c.Label == label })
	if !ok {
		t.Fatalf("no button %q on:\n%s", label, says(&m))
	}
	return b.CustomID
}

// media returns the images and the video that a message shows.
func media(m discord.Message) (pictures []discord.GalleryItem, video *discord.GalleryItem) {
	sandbox.Walk(m.Components, func(c discord.Component) {
		if c.Accessory != nil && c.Accessory.Media != nil {
			pictures = append(pictures, discord.GalleryItem{Media: *c.Accessory.Media})
		}
		for _, i := range c.Items {
			if strings.HasPrefix(i.Media.ContentType, "video/") {
				video = &i
			} else {
				pictures = append(pictures, i)
			}
		}
	})
	return pictures, video
}

// plays checks that a completed message carries a video that can be fetched.
func (w *world) plays(m discord.Message, prompt string) {
	w.t.Helper()
	_, video := media(m)
	if video == nil {
		w.t.Fatalf("no video on:\n%s", says(&m))
	}
	if video.Description != prompt {
		w.t.Errorf("alt text %q, want %q", video.Description, prompt)
	}
	resp, err := http.Get(video.Media.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || len(body) < 12 || string(body[4:8]) != "ftyp" {
		w.t.Errorf("the video: status %d, %d bytes, %v", resp.StatusCode, len(body), err)
	}
}

// picture uploads a small picture and returns its id.
func (w *world) picture(name string) string {
	w.t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	for i := range 64 {
		img.Set(i, i/2, color.RGBA{R: uint8(4 * i), G: 90, B: 200, A: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		w.t.Fatal(err)
	}
	return w.upload(name, b.Bytes())
}

func (w *world) upload(name string, data []byte) string {
	w.t.Helper()
	a, err := w.box.Discord.Upload(w.context(), name, data)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.ID
}

// noSecrets looks for the token, the key and every interaction token in the log.
func (w *world) noSecrets() {
	w.t.Helper()
	logs := w.logs.String()
	for _, secret := range append(w.calls.tokens(), w.environ["DISCORD_TOKEN"], w.environ["LUMA_API_KEY"]) {
		if strings.Contains(logs, secret) {
			w.t.Errorf("a secret stands in the log: %d characters of it", len(secret))
		}
	}
}

// logBuffer is a log that grows while it is read.
type logBuffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	changed chan struct{} // closed by the next write
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return l.b.Write(p)
}

// grown is closed when there is more than now.
func (l *logBuffer) grown() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) tail(n int) string {
	s := l.String()
	return s[max(0, len(s)-n):]
}

// calls are the bot's requests to Discord.
type calls struct {
	mu     sync.Mutex
	list   []discord.Call
	paused bool
}

func (c *calls) add(call discord.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.paused {
		c.list = append(c.list, call)
	}
}

// pause ends the keeping: there are too many to come.
func (c *calls) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = true
}

func (c *calls) all() []discord.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]discord.Call(nil), c.list...)
}

// tokens are the interaction tokens that were used.
func (c *calls) tokens() []string {
	seen := map[string]bool{}
	for _, call := range c.all() {
		parts := strings.Split(call.Request.URL.Path, "/")
		for i, p := range parts {
			if (p == "interactions" || p == "webhooks") && i+2 < len(parts) {
				seen[parts[i+2]] = true
			}
		}
	}
	var list []string
	for token := range seen {
		list = append(list, token)
	}
	return list
}
