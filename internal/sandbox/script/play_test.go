package script

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"dreambot/internal/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden file")

// plays parses and plays a script, and returns its transcript.
func plays(t *testing.T, box *sandbox.Sandbox, text string) (string, error) {
	t.Helper()
	s, err := Parse(strings.NewReader(text), "testdata")
	if err != nil {
		t.Fatal(err)
	}
	s.Untimed = true
	var out bytes.Buffer
	err = s.Play(t.Context(), box, &out)
	return out.String(), err
}

// Every step of the language, against a bot: the transcript reads as it should.
func TestAPlayFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	s, err := Load(filepath.Join("testdata", "all.txt"))
	if err != nil {
		t.Fatal(err)
	}
	s.Untimed = true
	var out bytes.Buffer
	if err := s.Play(t.Context(), withBot(t), &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	golden := filepath.Join("testdata", "all.golden")
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the transcript is:\n%s\nwant:\n%s", out.String(), want)
	}
}

// What people write reaches a terminal as text alone.
func TestATranscriptHasNoControlCharacters(t *testing.T) {
	t.Parallel()
	out, err := plays(t, withBot(t), `say "a \x1b[31mred\u009b1m\nboat"`)
	if want := "    a [31mred1m\n    boat\n"; err != nil || !strings.Contains(out, want) {
		t.Errorf("%v %q", err, out)
	}
}

// A script can be played again, and goes on from nothing of the play before.
func TestAPlayIsPlayedAgain(t *testing.T) {
	t.Parallel()
	box := withBot(t)
	for range 2 {
		if out, err := plays(t, box, "/dream prompt: x\nwait video\npaid 1\npace running\n"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

func TestWhatDoesNotHoldIsSaid(t *testing.T) {
	t.Parallel()
	box := withBot(t)
	for _, c := range []struct{ script, want string }{
		{"/dream prompt: x\nexpect private", "line 2: expect private: expected a reply for one person alone, but there was a reply for everybody\nQueued"},
		{"/dream prompt: x\nexpect reply \"Done\"", `line 2: expect reply "Done": expected a reply for everybody that says "Done", but there was`},
		{"/dream prompt: x\nexpect no Queued no x\n# a\nexpect reply no Queued", `expected no "Queued" and "x", but it says`},
		{"/dream prompt: x\nexpect reply Queued no Queued", `that says "Queued", and no "Queued", but there was`},
		{"/dream prompt: x\nwait Failed within 10ms", "line 2: wait Failed within 10ms: expected \"Failed\" within 10ms, but the message in hand says:\n"},
		{"/dream prompt: x\nwait answer within 10ms", "expected an answer to the message in hand within 10ms, but none has come"},
		{"wait message hello within 10ms", `expected a new message of the bot's that says "hello" within 10ms`},
		{"say hello\nwait video within 10ms", "expected a video that can be fetched within 10ms, but the message in hand says:\nhello"},
		{"say hello\nwait reaction ⏩ within 10ms", "the reaction ⏩"},
		{"say hello\nwait gone within 10ms", "the message to be deleted"},
		{"wait offline within 10ms", "expected the bot to be offline within 10ms, but it is not"},
		{"wait paid 9 within 10ms", "expected 9 paid generations since the script began within 10ms, but Luma has accepted none"},
		{"paid 1", "expected 1 paid generations since the script began, but Luma has accepted none"},
		{"expect reply", "the last act brings nothing at once"},
		{"expect x", "no message is in hand yet"},
		{"say hello\ndelete message\nexpect hello", "the message in hand is deleted"},
		{"press Extend", "no message is in hand yet"},
		{"say hello\npress Extend", "has 0 such buttons; it has none"},
		{"/dream prompt: x\nwait Completed\npress Extend 2", "the message in hand has 1 such buttons; it has [Extend], [🗑️ Delete]"},
		{"/dream prompt: x\nwait Completed\nchoose Look Oil", `has no menu "Look"; it has Style`},
		{"/dream prompt: x\nwait Completed\nchoose Style Ink", `there is no choice "Ink"; there are Watercolor, Oil`},
		{"/dream prompt: x\nwait Completed\npress Extend\nfill Name x", `the dialog has no field "Name"; it has Prompt, Look, Picture`},
		{"submit", "no dialog is open"},
		{"fill Prompt x", "no dialog is open"},
		{"say hello\nmenu Extend", `has no entry "Extend"; it has Look at this`},
		{"/drem prompt: x", "line 1: /drem prompt: x: the bot has no command /drem; it has /dream, /echo"},
		{"/set shape by: 1", `/set has no subcommand "shape"; it has size`},
		{"/dream promt: x", `the command has no option "promt"; it has prompt`},
		{"/dream", `"prompt" is required`},
		{"type /echo txt x", `the command has no option "txt"`},
		{"/echo style: Oil", `style has no choice "Oil"; it has Watercolor`},
		{"/echo count: many", `count is a number, not "many"`},
		{"/echo loud: perhaps", `loud is true or false, not "perhaps"`},
		{"/echo image: sample:none.jpg", `the sandbox has no sample "none.jpg"`},
		{"/echo image: ../script.go", `the file "../script.go" cannot be read beside the script`},
		{"/echo image: .", `the file "." cannot be read beside the script: it is no regular file`},
		{"as eve", `there is nobody named "eve"; there are ada, ben, mei, omar`},
		{"as ada in cellar", `there is no channel "cellar"; there are direct, private, Dream Harbor/general`},
		{"say hello\nas ben in general\nas eve in general", `line 3: as eve in general: there is nobody named "eve"`},
		{"/silent\npaid 0", "line 1: /silent: expected an answer, but the bot did not respond; where that is right, expect nothing"},
		{"deny eve \"Add Reactions\" in general", `there is nobody named "eve"`},
		{"deny ada \"Add Reactions\" in general", "the owner of a server has all permissions"},
		{"say hello\nreact boat", "is no emoji"},
		{"back to first", `no message is remembered as "first"; there are none`},
		{"bot restart", "this one cannot be restarted"},
		{"gateway close 1005", "1005 is not the code of a close"},
	} {
		out, err := plays(t, box, c.script)
		var failed *Failed
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v\nwant %s", c.script, err, c.want)
			continue
		}
		if !strings.HasSuffix(out, "FAILED in "+err.Error()+"\n") {
			t.Errorf("%q: the transcript ends otherwise:\n%s", c.script, out)
		}
	}
}

// What a bot does not answer, a script says.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	if out, err := plays(t, withBot(t), "/silent\nexpect nothing"); err != nil || !strings.Contains(out, "dreambot did not respond") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAPlayEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader("wait offline"), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := writer(func(p []byte) (int, error) { return len(p), nil })
	box := withBot(t)
	done := make(chan error)
	go func() { done <- s.Play(ctx, box, w) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestATranscriptThatCannotBeWrittenEndsIt(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader("say one\nsay two"), "")
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	box := withBot(t)
	if err := s.Play(t.Context(), box, writer(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
		t.Error(err)
	}
	if n := len(box.Discord.Messages("1201000000000000101")); n != 1 {
		t.Errorf("%d messages were written", n)
	}
}

// A script that was loaded names its file, so that an editor finds the line.
func TestAFailureNamesItsFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wrong.txt")
	if err := os.WriteFile(path, []byte("\nsubmit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Play(t.Context(), withBot(t), writer(func(p []byte) (int, error) { return len(p), nil }))
	if err == nil || err.Error() != path+":2: submit: no dialog is open" {
		t.Error(err)
	}
}

func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader("wait online"), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Play(ctx, open(t), writer(func(p []byte) (int, error) { return len(p), nil })); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
