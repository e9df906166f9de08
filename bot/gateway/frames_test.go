package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// frame is what frames.next returned.
type frame struct {
	Opcode  byte
	Payload string
}

// readAll reads frames up to the first error.
func readAll(b []byte, limit int) (all []frame, err error) {
	f := frames{r: bufio.NewReader(bytes.NewReader(b)), limit: limit}
	for {
		opcode, payload, err := f.next()
		if err != nil {
			return all, err
		}
		all = append(all, frame{opcode, string(payload)})
	}
}

// piece is a frame that is not the last of its message, or not the first.
func piece(opcode byte, final bool, payload string) []byte {
	b := appendFrame(nil, opcode, []byte(payload))
	if !final {
		b[0] &^= finalBit
	}
	return b
}

func TestFramesAreReadAsMessages(t *testing.T) {
	t.Parallel()
	long, longer := strings.Repeat("x", 300), strings.Repeat("y", 70_000)
	var b []byte
	b = appendFrame(b, frameText, []byte("one"))
	b = append(b, piece(frameText, false, "t")...)
	b = appendFrame(b, framePing, []byte("in between"))
	b = append(b, piece(frameContinuation, false, "")...)
	b = append(b, piece(frameContinuation, true, "wo")...)
	b = appendFrame(b, frameText, nil)
	b = appendFrame(b, frameText, []byte(long))
	b = appendFrame(b, frameText, []byte(longer))
	b = appendFrame(b, frameClose, []byte("\x0f\xa0bye"))
	got, err := readAll(b, 1<<20)
	if !errors.Is(err, io.EOF) {
		t.Errorf("it ends with %v", err)
	}
	want := []frame{{frameText, "one"}, {framePing, "in between"}, {frameText, "two"}, {frameText, ""}, {frameText, long},
		{frameText, longer}, {frameClose, "\x0f\xa0bye"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFramesThatAreNotAServersAreRefused(t *testing.T) {
	t.Parallel()
	whole := appendFrame(nil, frameText, []byte("0123456789"))
	for name, b := range map[string][]byte{
		"masked":                     appendMasked(nil, frameText, []byte("x")),
		"an extension":               {finalBit | 0x40 | frameText, 0},
		"binary":                     appendFrame(nil, frameBinary, []byte("x")),
		"an opcode of nobody's":      appendFrame(nil, 3, []byte("x")),
		"a rest without beginning":   piece(frameContinuation, true, "x"),
		"a beginning without rest":   append(piece(frameText, false, "x"), whole...),
		"a long control frame":       appendFrame(nil, framePing, make([]byte, 126)),
		"a control frame in parts":   piece(framePing, false, "x"),
		"a long message":             appendFrame(nil, frameText, make([]byte, 101)),
		"a long message in parts":    append(piece(frameText, false, strings.Repeat("x", 99)), piece(frameContinuation, true, "xx")...),
		"one that claims all memory": {finalBit | frameText, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"cut short in its header":    whole[:1],
		"cut short in its size":      {finalBit | frameText, 126, 0},
		"cut short":                  whole[:5],
	} {
		got, err := readAll(b, 100)
		if err == nil || errors.Is(err, io.EOF) || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestMaskedFramesAreReadBack(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
		want := bytes.Repeat([]byte("dream"), size/5+1)[:size]
		b := appendMasked(nil, frameText, want)
		if opcode, got, ok := unmask(b); !ok || opcode != frameText || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %v", size, ok)
		}
		for _, not := range [][]byte{b[:len(b)-1], append(bytes.Clone(b), 0), nil, appendFrame(nil, frameText, want)} {
			if _, _, ok := unmask(not); ok {
				t.Errorf("%d bytes: read what is not one frame of a client's", size)
			}
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(appendFrame(nil, frameText, []byte(`{"op":7}`)))
	f.Add(append(piece(frameText, false, "a"), piece(frameContinuation, true, "b")...))
	f.Add(appendFrame(nil, frameClose, []byte{1}))
	f.Add(appendMasked(nil, frameText, []byte("x")))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, _ := readAll(b, 1000)
		// What was read and is written again reads the same.
		var again []byte
		for _, m := range all {
			if len(m.Payload) > 1000 {
				t.Errorf("a message of %d bytes", len(m.Payload))
			}
			again = appendFrame(again, m.Opcode, []byte(m.Payload))
		}
		second, err := readAll(again, 1000)
		if !errors.Is(err, io.EOF) {
			t.Errorf("read again: %v", err)
		}
		if diff := cmp.Diff(all, second); diff != "" {
			t.Errorf("read again (-first +second):\n%s", diff)
		}
		if opcode, payload, ok := unmask(b); ok {
			if _, got, ok := unmask(appendMasked(nil, opcode, payload)); !ok || !bytes.Equal(got, payload) {
				t.Errorf("masked again: %q, want %q", got, payload)
			}
		}
	})
}

// What gets through to discordgo must be something that it cannot stumble over.
func FuzzMessages(f *testing.F) {
	for _, s := range []string{`null`, `[]`, `{"op":7}`, `{"op":9,"d":true}`, `{"op":10,"d":{"heartbeat_interval":-1}}`, `{"op":11}`, `{"op":1}`,
		`{"op":0,"s":3,"t":"READY","d":{"guilds":[null]}}`, `{"op":0,"t":"VOICE_STATE_UPDATE"}`, `{"op":10,"d":{"heartbeat_interval":45000}}`} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, opened bool) {
		client, server := net.Pipe()
		defer server.Close()
		w, err := watch(client, client, botToken, nil, time.Now().Add(time.Hour), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		w.opened.Store(opened)
		if c := w.message(payload); c != nil {
			if len(w.out) > 0 {
				t.Errorf("%q ends the connection and gets through", payload)
			}
			return
		}
		got, _ := readAll(w.out, 1<<30)
		if len(w.out) == 0 {
			return
		}
		if len(got) != 1 || got[0].Opcode != frameText {
			t.Fatalf("%q becomes %q", payload, w.out)
		}
		var m *message
		if err := json.Unmarshal([]byte(got[0].Payload), &m); err != nil || m == nil {
			t.Fatalf("%q becomes %q", payload, got[0].Payload)
		}
		switch m.Op {
		case opDispatch:
			if !strings.HasPrefix(m.Type, eventPrefix) {
				t.Errorf("discordgo knows %q", m.Type)
			}
		case opHeartbeat:
		case opHello:
			if w.interval <= 0 || w.interval > maxInterval {
				t.Errorf("interval %s", w.interval)
			}
		case opHeartbeatACK:
			if !opened {
				t.Error("an ACK gets through while discordgo opens")
			}
		default:
			t.Errorf("op %d gets through", m.Op)
		}
	})
}

func TestADiscordgoThatHangsIsLeftBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		s := New(Config{Log: newLog(&log)})
		l := &link{s: s, ctx: t.Context(), gone: make(chan struct{})}
		start := time.Now()
		l.awaitGone()
		if d := time.Since(start); d != hangs || !strings.Contains(log.String(), "left behind") {
			t.Errorf("after %s, with the log %q", d, log.String())
		}
	})
}
