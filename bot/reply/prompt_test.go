package reply_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// hostile are prompts that must neither break a card nor be more than text.
var hostile = []string{
	"", "\n\n\n", "> quoted\n# heading\n- list\n1. one\n-# small",
	"@everyone @here <@1> <@&2> <#3> </dream:4> <:x:5> <t:1:R>",
	"**bold** __under__ ~~gone~~ ||spoiler|| `code` ```block``` \\*escaped",
	"[link](https://evil.example) https://evil.example <https://evil.example>",
	strings.Repeat("*", 6000), strings.Repeat("👩‍👩‍👧‍👦", 1500), strings.Repeat("a\u0301", 3000),
	"\u0301" + strings.Repeat("\u0301", 6000), "\xff\xfe broken",
	"\x00\x01\x1b[31m\x7f\u0085next\u2028line\u2029paragraph\vtab\fpage\rreturn",
	"\u202Eevil\u202C \u202Aa\u202B\u202D \u2066left\u2067right\u2068first", "\u2069\u2069\u2069", strings.Repeat("\u202E", 6000),
	"\u200B# heading\n\u200B> quote\n\uFEFF- list\n<\u200B@1> @\u2060everyone *\u200B*bold*\u200B*", strings.Repeat("\u200B", 6000), strings.Repeat("\u200D", 6000),
	"שלום עולם, سلام", "\u2067שלום\u2069 and on", strings.Repeat("\u2067ש\u2069", 2000), strings.Repeat("\u2067", 3000) + "x",
	strings.Repeat("<@1>", 1500), strings.Repeat("[a](https://evil.example)\n", 230), strings.Repeat("\n", 6000), strings.Repeat("\\", 6000),
}

func TestMarkupIsShownAsItWasTyped(t *testing.T) {
	j := job(store.KindExtend, store.StateQueued)
	for prompt, want := range map[string]string{
		"a well-known cat, 3.5 m tall (really!)": "> a well-known cat, 3.5 m tall (really!)",
		"- a\n# b\n> c\n1. d\n  -# e":            "> \\- a\n> \\# b\n> \\> c\n> 1\\. d\n>   \\-# e",
		"**x** :smile: <@1>":                     `> \*\*x\*\* \:smile\: \<\@1\>`,
		"\x1b[31mred\x00\x7f":                    `> \[31mred`,
		"a\r\nb\rc\u2028d\u0085e\vf":             "> a\n> b c d e f",
		"\u202Egnp.exe\u202C":                    "> gnp.exe",
		"\u200B# heading\n\uFEFF> quote":         "> \\# heading\n> \\> quote",
		"<\u200B@1> @\u2060everyone":             `> \<\@1\> \@everyone`,
		"שלום עולם":                              "> שלום עולם",
		"\u2067שלום\u2069 and\n\u2066on":         "> \u2067שלום\u2069 and\n> on",
		"x\u2069\u2067y":                         "> xy",
		"می\u200cخواهم 👩\u200d👩\u200d👧":          "> می\u200cخواهم 👩\u200d👩\u200d👧",
	} {
		j.Prompt = prompt
		if text := texts(t, reply.Card(catalog(t).For("en-US"), j, reply.ScreenUpload)); !strings.Contains(text, want) {
			t.Errorf("%q is drawn as\n%s", prompt, text)
		}
	}
}

func TestNoLinkBreaksACard(t *testing.T) {
	c := catalog(t)
	j := job(store.KindDream, store.StateCompleted)
	j.Prompt = strings.Repeat("*", 5000)
	for _, length := range []int{100, 2000, 2048, 2049, 9000} {
		j.Video.URL = "https://luma.example/v.mp4?sig=" + strings.Repeat("x", length-31)
		for _, screen := range []reply.Screen{reply.ScreenUpload, reply.ScreenLink, reply.ScreenLinkOnly, reply.ScreenPlain} {
			if n := len(utf16.Encode([]rune(texts(t, reply.Card(c.For("en-US"), j, screen))))); n > 4000 {
				t.Errorf("screen %d, link of %d: %d characters of text", screen, length, n)
			}
		}
	}
}

func TestNoPromptBreaksACard(t *testing.T) {
	c := catalog(t)
	for _, prompt := range hostile {
		for _, state := range store.States() {
			j := job(store.KindDream, state)
			j.Prompt = prompt
			if state == store.StateFailed {
				j.Failure = store.FailureUncertain
			}
			check(t, c, j)
		}
	}
}

func FuzzCard(f *testing.F) {
	for _, prompt := range hostile {
		f.Add(prompt)
	}
	c := catalog(f)
	f.Fuzz(func(t *testing.T, prompt string) {
		j := job(store.KindDream, store.StateCompleted)
		j.Prompt = prompt
		check(t, c, j)
	})
}

// check holds a card against Discord's bounds.
func check(t *testing.T, c *i18n.Catalog, j store.Job) {
	t.Helper()
	m := reply.Card(c.For("en-US"), j, reply.ScreenUpload)
	text := texts(t, m)
	if n := len(utf16.Encode([]rune(text))); n > 4000 {
		t.Errorf("the card has %d characters of text", n)
	}
	if len(m.AllowedMentions.Parse) != 0 {
		t.Errorf("the card may mention %+v", m.AllowedMentions)
	}
	// What stands after a backslash is text; what is left must be the card's
	// own markup.
	var rest strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		rest.WriteByte(text[i])
	}
	for _, line := range quoted.FindAllString(text, -1) {
		opened := strings.Count(line, "\u2066") + strings.Count(line, "\u2067") + strings.Count(line, "\u2068")
		if opened != strings.Count(line, "\u2069") {
			t.Errorf("an isolate reaches beyond its line: %q", line)
		}
	}
	if strings.ContainsFunc(text, unseen) {
		t.Errorf("the card of %.80q has what is not seen: %q", j.Prompt, text)
	}
	for _, mark := range []string{"@everyone", "<@1", "<#", "</", "<:", "**", "__", "~~", "||", "```", "](", "https:"} {
		if strings.Contains(rest.String(), mark) {
			t.Errorf("%q has a meaning in the card of %.80q:\n%s", mark, j.Prompt, text)
		}
	}
}

var quoted = regexp.MustCompile(`(?m)^>.*$`)

// unseen reports whether r changes how text is shown without being seen.
func unseen(r rune) bool {
	return r != '\n' && unicode.IsControl(r) && r != '\t' || r >= 0x202A && r <= 0x202E || r == 0x2028 || r == 0x2029 ||
		r == 0x200B || r == 0xFEFF || r == 0x2060
}

// Every line of a prompt is within the quotation, whatever Discord might take
// for the end of a line.
func TestAPromptStaysInItsQuotation(t *testing.T) {
	p := catalog(t).For("en-US")
	for _, prompt := range hostile {
		j := job(store.KindExtend, store.StateQueued)
		j.Prompt = prompt
		text := texts(t, reply.Card(p, j, reply.ScreenUpload))
		j.Prompt = "x"
		head, foot, _ := strings.Cut(texts(t, reply.Card(p, j, reply.ScreenUpload)), "> x")
		inside, began := strings.CutPrefix(text, head)
		inside, ended := strings.CutSuffix(inside, foot)
		if !began || !ended {
			t.Fatalf("%.80q changes the rest of the card:\n%s", prompt, text)
		}
		for _, line := range strings.Split(inside, "\n") {
			if !strings.HasPrefix(line, "> ") {
				t.Errorf("%.80q has a line outside: %q", prompt, line)
			}
		}
	}
}

// The same holds for texts in notices, and for names of choices.
func TestForeignTextsInNoticesAreOneHarmlessLine(t *testing.T) {
	p := catalog(t).For("en-US")
	for _, name := range hostile {
		text := texts(t, reply.Notice(p, "refusal.image.kind", i18n.Args{"Name": name}))
		if strings.Contains(text, "\n") || strings.ContainsFunc(text, unseen) || strings.Contains(text, "\u2066left") ||
			len(utf16.Encode([]rune(text))) > 400 {
			t.Errorf("%.80q is told as %q", name, text)
		}
		if label := reply.Label(name); strings.ContainsFunc(label, unseen) || strings.Contains(label, "\n") {
			t.Errorf("%.80q is labelled %q", name, label)
		}
	}
}

func TestHostilePromptsAsTheyAreDrawn(t *testing.T) {
	p := catalog(t).For("en-US")
	j := job(store.KindExtend, store.StateWaiting)
	for name, prompt := range map[string]string{
		"controls":  "\x00\x1b[31mred\x7f\u0085next\u2028line\r\nend",
		"overrides": "\u202Egnp.exe\u202C \u2066open\n\u2067שלום\u2069 closed",
		"unseen":    "a\u200Bb\u2060c\uFEFF\n\u200B# heading",
		"markdown":  "**bold** _it_ ~~gone~~ ||spoiler|| `code`\n# heading\n> quote\n- list\n1. one",
		"mentions":  "@everyone @here <@1> <@&2> <#3> </dream:4> <:x:5> <t:1:R>",
		"links":     "[here](https://evil.example) https://evil.example <https://evil.example> discord.gg/x",
		"long":      strings.Repeat("Once **more**, ", 400),
	} {
		j.Prompt = prompt
		golden(t, "prompt-"+name, reply.Card(p, j, reply.ScreenUpload))
	}
}
