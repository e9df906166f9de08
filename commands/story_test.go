package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/store"
)

// part is a part of a story for a table.
type part struct {
	id, parent string
	part       int
	state      store.State // completed, unless it says another
	length     time.Duration
	removed    bool
	unanswered bool
}

// A letter before a part's parent says how it was made from that: < backward, and
// * over, or of two.
const (
	goesBackward = "<"
	madeOver     = "*"
)

// storyOf makes jobs of parts, each created a second after the one before.
func storyOf(parts []part) []store.Job {
	var jobs []store.Job
	for i, p := range parts {
		j := store.Job{ID: p.id, Parent: p.parent, Part: p.part, State: store.StateCompleted, Removed: p.removed,
			CreatedAt: now.Add(time.Duration(i) * time.Second), AnsweredAt: now}
		if p.state != "" {
			j.State = p.state
		}
		switch {
		case strings.HasPrefix(p.parent, goesBackward):
			j.Kind, j.Backward, j.Parent = store.KindExtend, true, p.parent[1:]
		case strings.HasPrefix(p.parent, madeOver):
			j.Kind, j.Parent = store.KindUpscale, p.parent[1:]
		}
		if p.unanswered {
			j.AnsweredAt = time.Time{}
		}
		j.Upload.Length = p.length
		jobs = append(jobs, j)
	}
	return jobs
}

// told writes a story's chapters: "1 2a 2b 3<2a 4>3", with a deleted one in brackets.
func told(s reply.StoryPage) string {
	var list []string
	for _, c := range s.Chapters {
		text := c.Label
		if c.After != "" {
			text += "<" + c.After
		}
		if c.Before != "" {
			text += ">" + c.Before
		}
		if c.Job.Removed {
			text = "(" + text + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

func TestTellingAStory(t *testing.T) {
	const s5 = 5 * time.Second
	for name, c := range map[string]struct {
		parts   []part
		of      string
		want    string // chapters
		last    string // id of what can be gone on from
		length  time.Duration
		unknown bool
		cut     bool
	}{
		"one dream": {[]part{{"a", "", 1, "", s5, false, false}}, "a", "1", "a", s5, false, false},
		"a line": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}, {"c", "b", 3, "", 2 * s5, false, false}},
			"a", "1 2 3", "c", 4 * s5, false, false},
		"a line, from its end": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}}, "b", "1 2", "b", 2 * s5, false, false},
		"two branches": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}, {"c", "a", 2, "", s5, false, false}, {"d", "b", 3, "", s5, false, false}},
			"a", "1 2a 2b 3<2a", "d", 3 * s5, false, false},
		"of one branch the newest part is not another's": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}, {"c", "a", 2, "", s5, false, false}, {"d", "b", 3, "", s5, false, false}},
			"c", "1 2a 2b 3<2a", "c", 2 * s5, false, false},
		"of two as far the newer": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}, {"c", "a", 2, "", s5, false, false}},
			"a", "1 2a 2b", "c", 2 * s5, false, false},
		"branches of branches": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}, {"c", "a", 2, "", s5, false, false},
			{"d", "c", 3, "", s5, false, false}, {"e", "b", 3, "", s5, false, false}, {"f", "d", 4, "", s5, false, false}},
			"b", "1 2a 2b 3a<2b 3b<2a 4<3a", "e", 3 * s5, false, false},
		"what came to nothing is left out": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, store.StateFailed, 0, false, false}, {"c", "a", 2, store.StateCancelled, 0, false, false},
			{"d", "a", 2, store.StateWaiting, 0, false, true}, {"e", "a", 2, "", s5, false, false}}, "a", "1 2", "e", 2 * s5, false, false},
		"what is under way is told": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, store.StateDreaming, 0, false, false}}, "a", "1 2", "a", s5, false, false},
		"of one under way":          {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, store.StateDreaming, 0, false, false}}, "b", "1 2", "a", s5, false, false},
		"deleted, at its end":       {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, true, false}}, "a", "1", "a", s5, false, false},
		"deleted, and gone on from": {[]part{{"a", "", 1, "", s5, true, false}, {"b", "a", 2, "", s5, false, false}}, "b", "(1) 2", "b", 2 * s5, false, false},
		"deleted in a row, and gone on from": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, true, false}, {"c", "b", 3, "", s5, true, false}, {"d", "c", 4, "", s5, false, false}},
			"a", "1 (2) (3) 4", "d", 4 * s5, false, false},
		"deleted, with what came from it": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, true, false}, {"c", "b", 3, "", s5, true, false}}, "a", "1", "a", s5, false, false},
		"deleted, and only gone on from in vain": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, true, false}, {"c", "b", 3, store.StateFailed, 0, false, false}},
			"a", "1", "a", s5, false, false},
		"all deleted":             {[]part{{"a", "", 1, "", s5, true, false}}, "a", "", "", 0, false, false},
		"its beginning is pruned": {[]part{{"c", "b", 3, "", s5, false, false}, {"d", "c", 4, "", s5, false, false}}, "c", "3 4", "d", 2 * s5, true, true},
		"a middle part is pruned": {[]part{{"a", "", 1, "", s5, false, false}, {"c", "b", 3, "", s5, false, false}}, "c", "1 3", "c", s5, true, false},
		"branches without a stem": {[]part{{"b", "a", 2, "", s5, false, false}, {"c", "a", 2, "", s5, false, false}, {"d", "x", 3, "", s5, false, false}}, "c", "2a 2b 3", "c", s5, true, true},
		"a length is not known":   {[]part{{"a", "", 1, "", 0, false, false}, {"b", "a", 2, "", s5, false, false}}, "a", "1 2", "b", s5, true, false},
		"no length is known":      {[]part{{"a", "", 1, "", 0, false, false}}, "a", "1", "a", 0, true, false},
		"of one that failed":      {[]part{{"a", "", 1, store.StateFailed, 0, false, false}}, "a", "", "", 0, false, false},
		"out of order in time":    {[]part{{"c", "b", 3, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}, {"a", "", 1, "", s5, false, false}}, "a", "1 2 3", "c", 3 * s5, false, false},
		"what leads to the beginning": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "<a", 2, "", s5, false, false}, {"c", "<b", 3, "", s5, false, false}},
			"a", "1 2>1 3>2", "a", 3 * s5, false, false},
		"of what leads to the beginning": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "<a", 2, "", s5, false, false}, {"c", "a", 2, "", s5, false, false}, {"d", "c", 3, "", s5, false, false}},
			"b", "1 2a>1 2b 3<2b", "d", 4 * s5, false, false},
		"of two that lead there the newer": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "<a", 2, "", s5, false, false}, {"c", "<a", 2, "", 2 * s5, false, false}},
			"a", "1 2a>1 2b>1", "a", 3 * s5, false, false},
		"leading there is not finished": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "<a", 2, store.StateDreaming, 0, false, false}}, "b", "1 2>1", "a", s5, false, false},
		"leading there was deleted":     {[]part{{"a", "", 1, "", s5, false, false}, {"b", "<a", 2, "", s5, true, false}}, "a", "1", "a", s5, false, false},
		"gone on from what leads there": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "<a", 2, "", s5, false, false}, {"c", "b", 3, "", s5, false, false}},
			"c", "1 2>1 3", "c", 2 * s5, false, false},
		"what it leads to is pruned": {[]part{{"b", "<a", 2, "", s5, false, false}}, "b", "2>1", "b", s5, false, true},
		"what it leads to branches": {[]part{{"a", "", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}, {"c", "a", 2, "", s5, false, false}, {"d", "<b", 3, "", s5, false, false}},
			"d", "1 2a 2b 3>2a", "b", 2 * s5, false, false},
		"made over":                 {[]part{{"a", "*x", 1, "", s5, false, false}}, "a", "1", "a", s5, false, false},
		"made over, and gone on":    {[]part{{"a", "*x", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}}, "b", "1 2", "b", 2 * s5, false, false},
		"backward in a circle":      {[]part{{"a", "<b", 1, "", s5, false, false}, {"b", "<a", 2, "", s5, false, false}}, "a", "1>0 2>1", "b", 1002 * s5, false, true},
		"a circle that damage left": {[]part{{"a", "b", 1, "", s5, false, false}, {"b", "a", 2, "", s5, false, false}}, "a", "1 2", "b", 1001 * s5, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			jobs := storyOf(c.parts)
			before := fmt.Sprint(jobs)
			of := jobs[slices.IndexFunc(jobs, func(j store.Job) bool { return j.ID == c.of })]
			s := commands.Tell(jobs, of)
			if got := told(s); got != c.want || s.Parts != len(s.Chapters) || s.Of != c.of {
				t.Errorf("told %q in %d parts, of %q; want %q", got, s.Parts, s.Of, c.want)
			}
			if s.Last.ID != c.last || s.Length != c.length || s.Unknown != c.unknown || s.Cut != c.cut {
				t.Errorf("last %q, length %v, unknown %v, cut %v; want %q, %v, %v, %v",
					s.Last.ID, s.Length, s.Unknown, s.Cut, c.last, c.length, c.unknown, c.cut)
			}
			if s.Pages != 1 {
				t.Errorf("%d pages", s.Pages)
			}
			if fmt.Sprint(jobs) != before {
				t.Error("the jobs were changed")
			}
		})
	}
}

func TestBranchesAreLettered(t *testing.T) {
	for n, want := range map[int]string{0: "a", 1: "b", 25: "z", 26: "aa", 27: "ab", 51: "az", 52: "ba", 701: "zz", 702: "aaa"} {
		if got := commands.Letters(n); got != want {
			t.Errorf("the %dth is %q, want %q", n, got, want)
		}
	}
	seen := map[string]bool{}
	for n := range store.MaxScan {
		if l := commands.Letters(n); seen[l] {
			t.Errorf("two are %q", l)
		} else {
			seen[l] = true
		}
	}
}

// chain puts a story of n parts into the store and returns its ids.
func (f *fixture) chain(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		j := store.Job{ID: id(i + 1), Root: id(1), Part: i + 1, Guild: "100", Channel: "200", Member: "400",
			Prompt: fmt.Sprintf("chapter %d.", i+1), CreatedAt: now.Add(time.Duration(i) * time.Second), Upload: store.Upload{Length: 5 * time.Second}}
		if i > 0 {
			j.Kind, j.Parent = store.KindExtend, id(i)
		}
		f.put(t, j, store.StateCompleted)
		ids = append(ids, j.ID)
	}
	return ids
}

func TestPagesOfAStory(t *testing.T) {
	f := setUp(t)
	ids := f.chain(t, 20)
	for page, want := range map[int][2]int{0: {1, 8}, 1: {9, 16}, 2: {17, 20}, 3: {17, 20}, 199: {17, 20}} {
		a, err := f.do(t, commands.KindComponent, home, button(reply.Action{Verb: reply.ActionStory, Job: ids[4], Page: page}.CustomID()))
		if err != nil || a.Notice == nil || !a.Replace {
			t.Fatalf("page %d: %+v, %v", page, a, err)
		}
		text := says(t, a.Notice)
		for n := 1; n <= 20; n++ {
			if shown := strings.Contains(text, fmt.Sprintf("chapter %d.", n)); shown != (n >= want[0] && n <= want[1]) {
				t.Errorf("page %d shows part %d: %v", page, n, shown)
			}
		}
	}
	a, err := f.do(t, commands.KindCommand, home, command("story", option("video", `"`+ids[11]+`"`)))
	if err != nil || a.Notice == nil || a.Replace || !strings.Contains(says(t, a.Notice), "chapter 1.") {
		t.Errorf("the command is answered by %+v, %v", a, err)
	}
	// Left out, it is the newest video of the member in the channel.
	if a, err := f.do(t, commands.KindCommand, home, command("story", "")); err != nil || !strings.Contains(says(t, a.Notice), "1:story:"+ids[19]+":1") {
		t.Errorf("%+v, %v", a, err)
	}
}

// Parts that stand where the asker is not are not told.
func TestAStoryIsToldAsFarAsItIsHere(t *testing.T) {
	f := setUp(t)
	ids := f.chain(t, 2)
	f.put(t, store.Job{ID: id(30), Kind: store.KindExtend, Parent: ids[1], Root: ids[0], Part: 3, Channel: "250", Member: "400", Prompt: "elsewhere."}, store.StateCompleted)
	a, err := f.do(t, commands.KindCommand, home, command("story", option("video", `"`+ids[0]+`"`)))
	if err != nil {
		t.Fatal(err)
	}
	if text := says(t, a.Notice); strings.Contains(text, "elsewhere.") || !strings.Contains(text, "chapter 2.") {
		t.Errorf("in the server: %s", text)
	}
	a, err = f.do(t, commands.KindCommand, dm, command("story", option("video", `"`+id(30)+`"`)))
	if err != nil {
		t.Fatal(err)
	}
	if text := says(t, a.Notice); !strings.Contains(text, "elsewhere.") || !strings.Contains(text, "chapter 2.") {
		t.Errorf("in their direct messages: %s", text)
	}
	a, err = f.do(t, commands.KindCommand, where{"", "250", "401"}, command("story", option("video", `"`+id(30)+`"`)))
	if err != nil {
		t.Fatal(err)
	}
	if text := says(t, a.Notice); !strings.Contains(text, "elsewhere.") || strings.Contains(text, "chapter") {
		t.Errorf("to another in the same private channel: %s", text)
	}
}
