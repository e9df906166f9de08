package reply_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"dreambot/internal/i18n"
)

var marked = flag.String("marked", "", "draw with the marked catalog, compare no golden, and write to this file what else their cases say")

// given is what people gave in the goldens' cases, as it is drawn. Who finds words
// of theirs taken for the program's adds them.
func given() []string {
	return []string{"a paper boat sails into a painted sunset", `\*boat\* 纸船`, "boat", `\*\*Boats\*\* & \<\@1\>`,
		`\@everyone \*x\*.gif`}
}

// strange is what stands in a text and is in no language: mentions, times,
// addresses, ids, names of files, sizes, models, the letters of a story's branches,
// and what a spoiler hides.
var strange = regexp.MustCompile(`\|\|.*\|\||\b(\d+[ab])+\b|<[@#&!]*\d+>|<t:\d+:[a-zA-Z]>|https?://[^\s)]+|\b[0-9a-z]{20}\b|\b[\w-]+\.(png|gif|mp4|json)\b|\b\d+[pk]\b|\bray-v?\d\b`)

// quotation is a line that quotes a person.
var quotation = regexp.MustCompile(`(?m)^> .*$`)

// unsaid returns what of a visible text is neither the catalog's nor a person's:
// empty where there is no letter in it.
func unsaid(text string) string {
	text = quotation.ReplaceAllString(text, "")
	for _, words := range given() {
		text = strings.ReplaceAll(text, words, "")
	}
	text = strange.ReplaceAllString(i18n.Unmarked(text), "")
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		return ""
	}
	return strings.TrimSpace(text)
}

// visible are the fields of messages and modals that people read. What a name
// names is an emoji, or a file.
var visible = []string{"content", "label", "placeholder", "title", "description"}

// readable calls each with every text of a message or modal that people read.
func readable(drawn any, each func(field, text string)) {
	switch v := drawn.(type) {
	case []any:
		for _, part := range v {
			readable(part, each)
		}
	case map[string]any:
		for field, part := range v {
			if text, ok := part.(string); ok && slices.Contains(visible, field) {
				each(field, text)
			}
			readable(part, each)
		}
	}
}

// verdict is what was found of a golden's case.
type verdict struct {
	Name  string
	Texts int
	Found []string
}

// report adds a case to the file that -marked names.
func report(t *testing.T, name string, value any) {
	t.Helper()
	var drawn any
	decode(t, value, &drawn)
	v := verdict{Name: strings.ReplaceAll(name, " ", "_")}
	readable(drawn, func(field, text string) {
		v.Texts++
		if words := unsaid(text); words != "" {
			v.Found = append(v.Found, fmt.Sprintf("%s says %q", field, words))
		}
	})
	line, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(*marked, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

// Every case of a golden is drawn once more, by a process of its own, with a
// catalog whose sentences are marked: whatever stands outside of the marks in what
// people read, and is not what somebody gave, is in no catalog. What the tests in
// that process say of texts that are marked does not count.
func TestEveryVisibleWordIsTheCatalogs(t *testing.T) {
	if *marked != "" {
		return
	}
	path := filepath.Join(t.TempDir(), "verdicts")
	said, err := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^Test", "-test.timeout=100s", "-marked="+path).CombinedOutput()
	file, missing := os.ReadFile(path)
	if missing != nil {
		t.Fatalf("no case was drawn: %v\n%s", err, said)
	}
	drawn := map[string]bool{}
	for line := range strings.Lines(string(file)) {
		var v verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		drawn[v.Name] = true
		for _, found := range v.Found {
			t.Errorf("%s: %s", v.Name, found)
		}
		if v.Texts == 0 {
			t.Errorf("%s: nothing to read was found", v.Name)
		}
	}
	goldens, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range goldens {
		if name := strings.TrimSuffix(filepath.Base(path), ".json"); !drawn[name] {
			t.Errorf("%s is a golden, and no test that draws it ran to its end", name)
		}
	}
	if t.Failed() {
		t.Logf("%d cases: %v", len(drawn), slices.Sorted(maps.Keys(drawn)))
	}
}

func TestWordsThatAreNotTheCatalogsAreFound(t *testing.T) {
	c, err := i18n.LoadMarked()
	if err != nil {
		t.Fatal(err)
	}
	p := c.For("en-US")
	for text, want := range map[string]string{
		"### 🎬 " + p.Say("state.completed"): "",
		"### 🎬 Completed":                   "### 🎬 Completed",
		p.Say("card.for", i18n.Args{"Member": "<@400>"}) + " · 720p · ray-v2": "",
		p.Say("card.for", i18n.Args{"Member": "nobody"}):                      "nobody",
		p.Say("no.such.key"): "no.such.key",
		"> a quotation\n-# " + p.Say("card.asked", i18n.Args{"Time": "<t:1800:R>"}): "",
		p.Say("card.took", i18n.Args{"Took": "74 s"}):                               "74 s",
		"🌟 7 · [" + p.Say("button.open") + "](https://discord.com/channels/1/2/3)":  "",
		"a paper boat sails into a painted sunset, once more":                       ", once more",
		"第 3 位": "第 3 位",
	} {
		if got := unsaid(text); got != want {
			t.Errorf("of %q %q is found, want %q", text, got, want)
		}
	}
}
