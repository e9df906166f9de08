package words

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"Cat":                    "cat",
		"CAFÉ":                   "cafe",
		"cafe\u0301":             "cafe",
		"Ｆｕｌｌ　ｗｉｄｔｈ":             "full width",
		"ﾈｺ ｶﾞ":                  "ネコ ガ",
		"Straße":                 "strasse",
		"STRASSE":                "strasse",
		"İstanbul":               "istanbul",
		"ışık":                   "isik",
		"ﬁne":                    "fine",
		"Ångström Øl Łódź Æther": "angstrom ol lodz aether",
		"𝐁𝐨𝐥𝐝":                   "bold",
		"ΣΊΣΥΦΟΣ":                "σισυφοσ",
		"σίσυφος":                "σισυφοσ",
		"Ёлка Й":                 "елка и",
		"שָׁלוֹם":                "שלום",
		"مَرْحَبًا أهـلا":        "مرحبا اهلا",
		"がぎ パ":                   "がぎ パ",
		"ไทยที่":                 "ไทยที่",
		"हिन्दी":                 "हिन्दी",
		"한국어":                    "한국어",
		"猫̸":                     "猫",
		"f\u200bu\u00adc\u2060k": "fuck",
		"z̸̢̛̗a̶̧͝l̵̯͠g̷͙̈́o":    "zalgo",
		"❤️":                     "❤",
		"a\xffb":                 "a\ufffdb",
	} {
		if got := Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSplitAndTerms(t *testing.T) {
	for text, want := range map[string]struct{ split, terms string }{
		"":                               {"", ""},
		" .,!  ":                         {"", ""},
		"A cat, on (the) ROOF":           {"a cat on the roof", "a cat on the roof"},
		"don't  re-run_it":               {"don t re run it", "don t re run it"},
		"4k 8mm 3.5":                     {"4k 8mm 3 5", "4k 8mm 3 5"},
		"猫":                              {"猫", "猫"},
		"森林里的猫":                          {"森林 林里 里的 的猫", "森 林 森林 里 林里 的 里的 猫 的猫"},
		"猫，狗 AI猫 3只":                     {"猫 狗 ai 猫 3 只", "猫 狗 ai 猫 3 只"},
		"かな":                             {"かな", "か な かな"},
		"ラーメン":                           {"ラー ーメ メン", "ラ ー ラー メ ーメ ン メン"},
		"ไทย":                            {"ไท ทย", "ไ ท ไท ย ทย"},
		"ที่นี่":                         {"ที่นี่", "ที่ นี่ ที่นี่"},
		"한국어 말":                          {"한국 국어 말", "한 국 한국 어 국어 말"},
		"हिन्दी भाषा":                    {"हिन्दी भाषा", "हिन्दी भाषा"},
		"Привет, мир":                    {"привет мир", "привет мир"},
		"🐱🚀 cat 👩‍🚀 👍🏽":                  {"🐱 🚀 cat 👩 🚀 👍", "🐱 🚀 cat 👩 🚀 👍"},
		"🇩🇪🇫🇷":                           {"🇩🇪 🇫🇷", "🇩🇪 🇫🇷"},
		"a\ufffdb":                       {"a b", "a b"},
		strings.Repeat("é", MaxWord):     {strings.Repeat("e", MaxWord), strings.Repeat("e", MaxWord)},
		strings.Repeat("я", 2*MaxWord):   {strings.Repeat("я", MaxWord/2), strings.Repeat("я", MaxWord/2)},
		"x" + strings.Repeat("я", 9*100): {"x" + strings.Repeat("я", (MaxWord-1)/2), "x" + strings.Repeat("я", (MaxWord-1)/2)},
	} {
		if got := strings.Join(Split(text), " "); got != want.split {
			t.Errorf("Split(%q) = %q, want %q", text, got, want.split)
		}
		if got := strings.Join(Terms(text), " "); got != want.terms {
			t.Errorf("Terms(%q) = %q, want %q", text, got, want.terms)
		}
	}
}

func TestOpen(t *testing.T) {
	for word, want := range map[string]bool{"": false, "cat": true, "3": true, "猫": false, "森林": false,
		"ไท": false, "🐱": false, "प": true} {
		if got := Open(word); got != want {
			t.Errorf("Open(%q) = %v", word, got)
		}
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name, text, unwanted string // unwanted are parted by |
		want                 string // empty: none
	}{
		{"none", "a cat", "", ""},
		{"empty entries", "a cat", "| |\t", ""},
		{"a word", "a Cat on a roof", "dog|cat", "cat"},
		{"the first of the list", "a cat and a dog", "dog|cat", "dog"},
		{"as it was written", "a cafe", "CAFÉ", "CAFÉ"},
		{"diacritics in the text", "un Café", "cafe", "cafe"},
		{"width", "Ｃａｔ", "cat", "cat"},
		{"sharp s", "STRASSE", "straße", "straße"},
		{"Turkish", "İSTANBUL", "istanbul", "istanbul"},
		{"not in a word", "concatenate the class", "cat|ass", ""},
		{"next to punctuation", "«cat»!", "cat", "cat"},
		{"of no width", "c\u200ba\u200bt", "cat", "cat"},
		{"a phrase", "a big,  bad\nWolf", "bad wolf", "bad wolf"},
		{"a phrase with signs between", "bad-wolf", "bad wolf", "bad wolf"},
		{"a phrase in another order", "wolf bad", "bad wolf", ""},
		{"a phrase cut short", "very bad", "bad wolf", ""},
		{"a phrase after a false start", "bad bad wolf", "bad wolf", "bad wolf"},
		{"Han anywhere", "一只大笨蛋在跑", "笨蛋", "笨蛋"},
		{"one Han character", "一只猫", "猫", "猫"},
		{"Han over punctuation is something else", "我很笨。蛋糕好吃", "笨蛋", ""},
		{"Han and Latin", "画AI猫吧", "ai猫", "ai猫"},
		{"Kana", "おおばかもの", "ばか", "ばか"},
		{"voiced Kana is another", "おおはか", "ばか", ""},
		{"half width Kana", "ﾊﾞｶ", "バカ", "バカ"},
		{"Thai", "ฉันรักไทยมาก", "ไทย", "ไทย"},
		{"Thai with another vowel", "ที", "ที่", ""},
		{"Korean with a particle", "바보야", "바보", "바보"},
		{"Cyrillic", "ЁЛКА горит", "елка", "елка"},
		{"Cyrillic in a word", "ёлками", "елка", ""},
		{"an emoji", "look 🍆!", "🍆", "🍆"},
		{"an emoji with a skin", "👍🏽", "👍", "👍"},
		{"a flag", "🇩🇪🇫🇷", "🇫🇷", "🇫🇷"},
		{"two flags that hold a third", "🇩🇪🇫🇷", "🇪🇫", ""},
		{"signs alone", "sad :( face", ":(", ":("},
		{"a long word", strings.Repeat("x", 100) + "y", strings.Repeat("x", 100), ""},
	} {
		got, ok := Find(c.text, strings.Split(c.unwanted, "|"))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, ok, c.want)
		}
	}
	if _, ok := Find("cat", nil); ok {
		t.Error("something is found in no list")
	}
}

// FuzzWords holds what every text must keep to: folding twice changes nothing, words
// are short and whole, a text has the terms of what is searched for in it, and it is
// found by each of its words.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "A cat", "Straße İ ŉ ǰ ΐ", "森林里的猫 3只AI猫", "ที่ไทย ำ", "👩‍🚀🇩🇪 🐱", "한국어ᄀ", "ﾊﾞｶ゛",
		"a\xff\u0345\u0300b", "ᾳ \u1e9e", "\u0f73 \u0344", "ꙮ҈ \u2126 \u212b", "क़\u093c", "z̸̢̛̗a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded := Fold(text)
		if again := Fold(folded); again != folded {
			t.Fatalf("Fold(%q) = %q, and that becomes %q", text, folded, again)
		}
		terms := Terms(text)
		for i, w := range Split(text) {
			if w == "" || len(w) > MaxWord || !utf8.ValidString(w) || strings.ContainsRune(w, 0) {
				t.Fatalf("Split(%q) has %q", text, w)
			}
			if !slices.Contains(terms, w) {
				t.Fatalf("Terms(%q) lacks %q", text, w)
			}
			if i >= 20 || len(w) >= MaxWord-utf8.UTFMax {
				continue
			}
			if _, ok := Find(text, []string{w}); !ok {
				t.Fatalf("%q is not found in %q", w, text)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	text := strings.Repeat("a cat on a roof, 森林里的猫 Café ", 200)
	var unwanted []string
	for i := range 200 {
		unwanted = append(unwanted, "unwanted word "+strings.Repeat("x", i%10)+"é")
	}
	for b.Loop() {
		if _, ok := Find(text, unwanted); ok {
			b.Fatal("found")
		}
	}
}
