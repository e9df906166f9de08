package i18n_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"dreambot/internal/i18n"
)

func load(t *testing.T) *i18n.Catalog {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sentences are those of a locale by file and key, as they are written.
func sentences(t *testing.T, locale string) map[string]map[string]string {
	t.Helper()
	names, err := filepath.Glob(locale + "/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has no files: %v", locale, err)
	}
	all := map[string]map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file map[string]string
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = file
		if n := strings.Count(string(text), `": "`); n != len(file) {
			t.Errorf("%s has %d lines of sentences, and %d of them count: a key stands there twice", name, n, len(file))
		}
	}
	return all
}

var (
	name    = regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	braces  = regexp.MustCompile(`\{\{|\}\}`)
	command = regexp.MustCompile("/[a-z]+( [a-z]+)*|`[^`]*`")
)

// names are what a sentence has filled in, sorted.
func names(sentence string) []string {
	var found []string
	for _, m := range name.FindAllStringSubmatch(sentence, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return found
}

// spoken is what a sentence says in its own words: without what is filled in, and
// what is typed as it stands.
func spoken(sentence string) string {
	return command.ReplaceAllString(name.ReplaceAllString(sentence, ""), "")
}

func TestEveryLanguageHasEveryKeyWithTheSameNames(t *testing.T) {
	first := i18n.Locales()[0]
	english := sentences(t, first)
	for _, locale := range i18n.Locales() {
		other := sentences(t, locale)
		if got, want := slices.Sorted(maps.Keys(other)), slices.Sorted(maps.Keys(english)); !slices.Equal(got, want) {
			t.Errorf("%s has the files %v, and %s has %v", locale, got, first, want)
		}
		for file := range english {
			for key := range other[file] {
				if _, ok := english[file][key]; !ok {
					t.Errorf("%s/%s: %s is not in %s", locale, file, key, first)
				}
			}
			for key, sentence := range english[file] {
				says, ok := other[file][key]
				if !ok {
					t.Errorf("%s/%s lacks %s", locale, file, key)
					continue
				}
				if strings.TrimSpace(says) == "" || says == key {
					t.Errorf("%s/%s: %s says %q", locale, file, key, says)
				}
				if got, want := names(says), names(sentence); !slices.Equal(slices.Compact(got), slices.Compact(want)) {
					t.Errorf("%s/%s: %s uses %v, and %v in %s", locale, file, key, got, want, first)
				}
				if braces.MatchString(name.ReplaceAllString(says, "")) {
					t.Errorf("%s/%s: %s has more than names filled in: %q", locale, file, key, says)
				}
			}
		}
	}
}

// asInEnglish are the keys whose Chinese has no word of Chinese.
var asInEnglish = map[string]bool{
	"contest.ends.at": true, // a time as it was typed, and its zone
}

// bilingual are the keys whose English has Chinese in it: a language names
// itself.
var bilingual = map[string]bool{"language.zh-CN": true}

func holds(sentence string, in func(rune) bool) bool { return strings.ContainsFunc(sentence, in) }

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func TestEveryLanguageIsItself(t *testing.T) {
	english, chinese := sentences(t, "en-US"), sentences(t, "zh-CN")
	for file := range english {
		for key, sentence := range english[file] {
			says := chinese[file][key]
			if !asInEnglish[key] && holds(spoken(sentence), unicode.IsLetter) && (says == sentence || !holds(spoken(says), isHan)) {
				t.Errorf("%s: %s is %q in Chinese", file, key, says)
			}
			if !bilingual[key] && holds(sentence, isHan) {
				t.Errorf("%s: %s is %q in English", file, key, sentence)
			}
		}
	}
	for _, key := range slices.Concat(slices.Collect(maps.Keys(asInEnglish)), slices.Collect(maps.Keys(bilingual))) {
		if !slices.Contains(load(t).Keys("en-US"), key) {
			t.Errorf("%s is an exception, and no key", key)
		}
	}
}

func TestForFindsTheNearestLanguage(t *testing.T) {
	c := load(t)
	for locale, want := range map[string]string{
		"en-US": "en-US", "en-GB": "en-US", "zh-CN": "zh-CN", "zh-TW": "zh-CN",
		"de": "en-US", "": "en-US", "no such locale": "en-US",
	} {
		if got := c.For(locale).Locale(); got != want {
			t.Errorf("For(%q) is %s, want %s", locale, got, want)
		}
	}
}

func TestAKeyThatNobodyKnowsComesBack(t *testing.T) {
	if got := load(t).For("en-US").Say("no.such.key"); got != "no.such.key" {
		t.Errorf("Say = %q", got)
	}
}

func TestLocalizationsLeaveOutTheDefault(t *testing.T) {
	got := load(t).Localizations("state.queued")
	if len(got) != 1 || got["zh-CN"] != "排队中" {
		t.Errorf("Localizations = %v", got)
	}
}

func TestAMarkedCatalogTellsItsWordsFromOthers(t *testing.T) {
	c, err := i18n.LoadMarked()
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range i18n.Locales() {
		p := c.For(locale)
		text := "small print: " + p.Say("card.part.job", i18n.Args{"Part": 2, "Job": "some job"}) + "; " + p.Say("state.queued")
		if got, want := strings.Fields(i18n.Unmarked(text)), strings.Fields("small print: 2 some job ;"); !slices.Equal(got, want) {
			t.Errorf("%s: of %q is not the catalog's: %q, want %q", locale, text, got, want)
		}
		if got := i18n.Unmarked(p.Say("card.part.job")); strings.Count(got, "<no value>") != 2 {
			t.Errorf("%s: what is not filled in leaves %q", locale, got)
		}
	}
	for text, want := range map[string]string{
		"":                "",
		"no.such.key":     "no.such.key",
		"⟦all⟧":           " ",
		"before ⟦cut off": "before  ",
		"⟦a⟧2⟦c⟧ d":       " 2  d",
	} {
		if got := i18n.Unmarked(text); got != want {
			t.Errorf("Unmarked(%q) = %q, want %q", text, got, want)
		}
	}
}
