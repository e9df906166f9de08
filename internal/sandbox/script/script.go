// Package script plays what people do in a sandbox, with whatever bot is
// connected, and holds what the bot does against what is expected of it.
//
// A script has one step a line. '#' begins a comment, words are parted by
// blanks, and a text of several words stands in quotes, with Go's escapes:
//
//	as ada in general
//	/dream prompt: "a paper boat" image: sample:boat.jpg
//	expect reply "Queued"
//	wait "Completed" within 30s
//	wait video
//	press "Extend"
//
// docs/sandbox.md has all steps. The transcript of a play reads like the chat.
package script

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a script and of its play.
const (
	maxScript   = 1 << 20 // bytes
	maxLines    = 10_000
	maxProblems = 20 // of one script, that are reported
	maxWait     = 10 * time.Minute
	usualWait   = time.Minute
	startWait   = 30 * time.Second // for the bot to be there, and to come or go
)

// Script is what a script says, ready to be played.
type Script struct {
	// Untimed leaves the times out of the transcript, so that two plays can be
	// compared.
	Untimed bool

	file  string // that it was loaded from; empty: from elsewhere
	dir   string // that paths of files begin at
	steps []step
}

// step is one line.
type step struct {
	line int
	text string // as it is written
	run  run

	words   []word
	awaited bool // the next step says what it brings
}

// is reports whether it begins with this word of the language.
func (s step) is(name string) bool { return s.words[0] == word{text: name} }

// Failed says that a step did not go as it should: an expectation that does not
// hold, or something that a person could not do.
type Failed struct {
	File   string // as Load was given it; empty for a script from elsewhere
	Line   int    // from 1
	Step   string // as it is written
	Wanted string // what was expected; empty where the step could not be done at all
	Found  string // what was there instead, or why not
}

func (f *Failed) Error() string {
	at := fmt.Sprintf("line %d", f.Line)
	if f.File != "" {
		at = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if f.Wanted == "" {
		return fmt.Sprintf("%s: %s: %s", at, f.Step, f.Found)
	}
	return fmt.Sprintf("%s: %s: expected %s, but %s", at, f.Step, f.Wanted, f.Found)
}

// Load reads a script from a file. Paths in it are relative to its folder.
func Load(path string) (Script, error) {
	f, err := os.Open(path)
	if err != nil {
		return Script{}, fmt.Errorf("reading the script: %w", err)
	}
	s, err := Parse(f, filepath.Dir(path))
	if err := errors.Join(err, f.Close()); err != nil {
		return Script{}, fmt.Errorf("reading the script %s: %w", path, err)
	}
	s.file = path
	return s, nil
}

// Parse reads a script whose files are in the folder dir: nothing outside of it
// is read. The error names every line that is wrong, 20 at most.
func Parse(r io.Reader, dir string) (Script, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxScript+1))
	switch {
	case err != nil:
		return Script{}, err
	case len(data) > maxScript:
		return Script{}, fmt.Errorf("it has more than %d bytes", maxScript)
	case !utf8.Valid(data):
		return Script{}, errors.New("it is not text in UTF-8")
	}
	s := Script{dir: dir}
	var problems []error
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	lines.Buffer(nil, maxScript+1)
	for n := 1; lines.Scan() && len(problems) < maxProblems; n++ {
		if n > maxLines {
			problems = append(problems, fmt.Errorf("it has more than %d lines", maxLines))
			break
		}
		words, err := split(lines.Text())
		if err == nil && len(words) == 0 {
			continue
		}
		one := step{line: n, text: strings.TrimSpace(lines.Text()), words: words}
		if err == nil {
			one.run, err = read(words)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", n, err))
			continue
		}
		if before := len(s.steps) - 1; before >= 0 {
			s.steps[before].awaited = one.is("expect")
		}
		s.steps = append(s.steps, one)
	}
	if err := errors.Join(append(problems, lines.Err())...); err != nil {
		return Script{}, err
	}
	if len(s.steps) == 0 {
		return Script{}, errors.New("it has no steps")
	}
	return s, nil
}
