package i18n_test

import (
	"regexp"
	"slices"
	"testing"

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

var name = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// The names are checked by what the sentences make of them: every name that a
// sentence uses in one language it uses in the others.
func TestEveryLanguageHasEveryKeyWithTheSameNames(t *testing.T) {
	c := load(t)
	keys := c.Keys(i18n.Locales()[0])
	if len(keys) == 0 {
		t.Fatal("the catalog is empty")
	}
	for _, locale := range i18n.Locales()[1:] {
		if got := c.Keys(locale); !slices.Equal(got, keys) {
			t.Errorf("%s has other keys: %v\nwant %v", locale, got, keys)
		}
		for _, key := range keys {
			marks := i18n.Args{}
			for _, n := range []string{"Place", "Time", "Took", "Seconds", "Minutes", "Member", "Job", "URL",
				"Deadline", "Min", "Max", "Length", "Name", "Option", "Channel"} {
				marks[n] = "{{." + n + "}}"
			}
			var used [2][]string
			for i, l := range []string{i18n.Locales()[0], locale} {
				sentence := c.For(l).Say(key, marks)
				if sentence == "" || sentence == key {
					t.Errorf("%s in %s says %q", key, l, sentence)
				}
				for _, m := range name.FindAllStringSubmatch(sentence, -1) {
					used[i] = append(used[i], m[1])
				}
				slices.Sort(used[i])
			}
			if !slices.Equal(used[0], used[1]) {
				t.Errorf("%s uses %v in English and %v in %s", key, used[0], used[1], locale)
			}
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
