package script

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestWordsOfALine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		want []word
	}{
		{"", nil},
		{" \t # nothing", nil},
		{`press  "Extend"`, []word{{"press", false}, {"Extend", true}}},
		{`prompt:"a \"boat\"" x#y # z`, []word{{`prompt:a "boat"`, false}, {"x#y", false}}},
		{`"a"b`, []word{{"ab", true}}},
		{"react ⏩\r", []word{{"react", false}, {"⏩", false}}},
		{`"\u23e9" ""`, []word{{"⏩", true}, {"", true}}},
	} {
		if got, err := split(c.line); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %v %v, want %v", c.line, got, err, c.want)
		}
	}
}

func TestWhatIsWrongWithALineIsSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want string }{
		{`say "hello`, "the quote that begins at \"hello has no end"},
		{`say "\q"`, "has no end, or an escape that Go does not know"},
		{"dream x", `there is no step "dream"; there are /COMMAND, as, type, press`},
		{`"as" ada`, `there is no step "as"`},
		{"/", "the command's name is missing behind the slash; a command is written /dream"},
		{"/dream prompt:", `the option "prompt" has no value`},
		{"/dream prompt: image: x", `the option "prompt" has no value`},
		{`/dream "a boat"`, `"a boat" stands behind no option's name`},
		{"as", "who acts is missing; it is written: as ada [in general]"},
		{"as ada in", "the channel is missing"},
		{"as ada at general", `"at" is too much; a text of several words stands in quotes`},
		{`as ada "general"`, `"general" is too much; it is written`},
		{"type /extend video", `the command, its option and what is typed so far`},
		{"press", "the button's label is missing"},
		{`press ""`, "the button's label is empty"},
		{"press Show third", `which of several is a number from 1 to 40, not "third"`},
		{"press Show 1 2", `"2" is too much`},
		{"choose Style", "the choice is missing"},
		{"fill Prompt", "what to fill in is missing"},
		{"submit now", `"now" is too much`},
		{"menu", "the entry is missing"},
		{"react", "the emoji is missing"},
		{"unreact", "the emoji is missing; it is written: unreact ⏩"},
		{"say", "the text is missing"},
		{"say hello file:", "the file is missing"},
		{"say hello there", `"there" is too much`},
		{"expect", "what is expected is missing; it is written: expect [reply|private|"},
		{"expect reply no", "what must not be there is missing behind no"},
		{`expect ""`, "the text is empty"},
		{"expect reply x within 3s", `"within" is too much`},
		{"wait", "what is waited for is missing"},
		{"wait within 3s", "what is waited for is missing"},
		{"wait x within", "the time is missing"},
		{"wait x within soon", `the time is a time as 300ms, 30s or 2h, not "soon"`},
		{"wait x within 1h", "the time is 10m0s at most"},
		{"wait x within -1s", "and not less than nothing"},
		{"wait reaction", "the emoji is missing"},
		{"wait paid", "how often is missing"},
		{"wait gone home", `"home" is too much`},
		{"paid", "how often is missing"},
		{"paid twice", `how often is a number from 0 to 10000, not "twice"`},
		{"remember", "the name is missing"},
		{"back", "the name is missing"},
		{"fault", "a fault is one of discord or luma"},
		{"fault luma", "the fault's name is missing"},
		{"fault luma rain on", `luma has no fault "rain"; it has `},
		{"fault discord rain on", `discord has no fault "rain"; it has rate-limited, `},
		{"fault discord slow", "on or off is missing"},
		{"faults on", "all faults together can only be switched off"},
		{"pace", "what is to change is missing"},
		{"pace fast", `"fast" is too much`},
		{"pace queued", "queued is missing"},
		{"tokens", "tokens can only expire"},
		{"gateway", "the gateway can be told to cut, close, reconnect or invalidate"},
		{"gateway close", "the close code is missing"},
		{"gateway close 1", "the close code is a number from 1000 to 4999"},
		{"bot dance", "the bot can be told to restart, kill, stop, start"},
		{"clock 1h", "the clock goes ahead only: a plus and a time are needed"},
		{"clock +soon", `the time is a time as`},
		{"delete", "a moderator can delete the message in hand"},
		{"deny", "who is denied something is missing"},
		{"deny bot Fly in general", `there is no permission "Fly"; there are Add Reactions, Attach Files`},
		{"deny bot in general", "the permission is missing"},
		{`deny bot "Attach Files"`, "the channel is missing"},
		{"allow bot", "the channel is missing"},
		{"allow", "who is allowed everything again is missing"},
		{"allow bot in", "the channel is missing"},
	} {
		_, err := Parse(strings.NewReader("# one\n\n"+c.line+"\nsubmit\n"), "")
		if err == nil || !strings.HasPrefix(err.Error(), "line 3: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v\nwant: %s", c.line, err, c.want)
		}
	}
}

func TestWhatIsNoScript(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   io.Reader
		want string
	}{
		{"nothing", strings.NewReader("\n# only a comment\n"), "it has no steps"},
		{"binary", strings.NewReader("say \xff"), "it is not text in UTF-8"},
		{"large", strings.NewReader(strings.Repeat("#", maxScript+1)), "it has more than 1048576 bytes"},
		{"long", strings.NewReader(strings.Repeat("\n", maxLines) + "submit"), "it has more than 10000 lines"},
		{"unreadable", iotest.ErrReader(errors.New("the disk is gone")), "the disk is gone"},
		{"all wrong", strings.NewReader("x\ny\nsubmit\nz"), "line 1: there is no step \"x\""},
	} {
		if _, err := Parse(c.in, ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, err := Parse(strings.NewReader(strings.Repeat("x\n", 100)), "")
	if n := strings.Count(fmt.Sprint(err), "line "); n != maxProblems {
		t.Errorf("%d problems are said, want %d", n, maxProblems)
	}
	if _, err := Load(filepath.Join("testdata", "none.txt")); err == nil || !strings.HasPrefix(err.Error(), "reading the script: ") {
		t.Error(err)
	}
}

// What a script may begin with is no part of it, and a line may be as long as a
// script.
func TestAScriptFromAnySystem(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader("\uFEFFas ada in general\r\nsay \""+strings.Repeat("x", 200_000)+"\"\r\n"), "")
	if err != nil || len(s.steps) != 2 || s.steps[0].text != "as ada in general" {
		t.Errorf("%v %d", err, len(s.steps))
	}
}

// The usage that an error shows can itself be read, apart from its brackets.
func TestUsagesBeginWithTheirStep(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, d := range definitions() {
		if seen[d.name] || d.usage != d.name && !strings.HasPrefix(d.usage, d.name+" ") {
			t.Errorf("%s is written %q", d.name, d.usage)
		}
		seen[d.name] = true
	}
}

func FuzzParse(f *testing.F) {
	f.Add("as ada in general\n/dream prompt: \"a boat\" image:sample:boat.jpg\nexpect reply Queued no x\nwait video within 3s")
	f.Add("say \"a\\\"b\" file: x reply\nfault luma no-balance on\npace queued 1ms held\nclock +504h")
	f.Add("deny bot \"Attach Files\" in general\nchoose a b c\nfill a \"\"\nback to x # y")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(strings.NewReader(text), "")
		if err != nil {
			if len(s.steps) > 0 || !strings.HasPrefix(err.Error(), "line ") && !strings.HasPrefix(err.Error(), "it ") {
				t.Errorf("%v with %d steps", err, len(s.steps))
			}
			return
		}
		for i, one := range s.steps {
			if one.run == nil || one.line < 1 || i > 0 && one.line <= s.steps[i-1].line {
				t.Errorf("step %d: line %d %q", i, one.line, one.text)
			}
		}
	})
}

func FuzzQuoted(f *testing.F) {
	f.Add(`a "b" # c`)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		// The quoted form reads as the text, whatever is in it.
		if words, err := split(quoted(text)); err != nil || len(words) != 1 || words[0].text != text {
			t.Errorf("%q is quoted as %s, and read as %v %v", text, quoted(text), words, err)
		}
	})
}
