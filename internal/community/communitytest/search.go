package communitytest

import (
	"fmt"
	"strings"
	"testing"

	"dreambot/internal/community"
)

func searching() []testCase {
	search := func(text string) community.Query { return community.Query{Order: community.OrderSearch, Text: text} }
	prefix := func(text string) community.Query {
		return community.Query{Order: community.OrderSearch, Text: text, Prefix: true}
	}
	return []testCase{
		{"words are found in any script, case, width and with any diacritics", func(t *testing.T, s community.Store) {
			share(t, s,
				prompt("en", 1, saying("A Cat in a CAFÉ, at night")),
				prompt("zh", 2, saying("森林里的一只猫")),
				prompt("ja", 3, saying("夜のラーメン屋")),
				prompt("th", 4, saying("แมวบนหลังคา")),
				prompt("ru", 5, saying("Ёлка в снегу")),
				prompt("ko", 6, saying("고양이가 잔다")),
				prompt("hi", 7, saying("हिन्दी में बिल्ली")),
				prompt("de", 8, saying("Die STRASSE nach İstanbul")),
				prompt("emoji", 9, saying("🚀 to the moon")))
			for text, want := range map[string]string{
				"cat": "en", "CAT": "en", "cafe": "en", "ｃａｆé": "en", "night, café!": "en",
				"森林": "zh", "森林里的": "zh", "猫": "zh", "一只猫": "zh", "森": "zh",
				"ラーメン": "ja", "ﾗｰﾒﾝ": "ja", "夜": "ja", "屋": "ja",
				"แมว": "th", "หลังคา": "th", "елка": "ru", "ЁЛКА": "ru", "고양이": "ko",
				"बिल्ली": "hi", "straße": "de", "istanbul": "de", "🚀": "emoji",
			} {
				wantList(t, s, search(text), want)
			}
			for _, text := range []string{"dog", "ca", "林森", "狗", "", " ", "?!", strings.Repeat("!", 500)} {
				wantList(t, s, search(text))
			}
		}},
		{"all words must be there", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1, saying("a red cat sleeps")), prompt("b", 2, saying("a red dog sleeps")),
				prompt("c", 3, saying("a blue cat runs")), prompt("d", 4, saying("红色的猫在睡觉")), prompt("e", 5, saying("红色的狗")))
			wantList(t, s, search("cat red"), "a")
			wantList(t, s, search("sleeps RED"), "b", "a")
			wantList(t, s, search("cat cat cat red"), "a")
			wantList(t, s, search("红色 猫"), "d")
			wantList(t, s, search("红色"), "e", "d")
		}},
		{"or any, where none has all", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1, saying("a cat sleeps here")), prompt("b", 2, saying("a dog sleeps here")),
				prompt("c", 3, saying("a cat and a mouse, here")), prompt("d", 4, saying("nothing of it")))
			wantList(t, s, search("cat dog unheard"), "b", "a", "c")
			wantList(t, s, search("unheard mouse"), "c")
			wantList(t, s, search("unheard unseen"))
		}},
		{"the rarer word, and the shorter text, count for more", func(t *testing.T, s community.Store) {
			share(t, s, prompt("short", 1, saying("a castle")),
				prompt("long", 2, saying("a castle on a hill by the sea in the morning, with birds and clouds and the sun")),
				prompt("twice", 3, saying("castle castle")))
			wantList(t, s, search("castle"), "twice", "short", "long")
			for i := range 10 {
				share(t, s, prompt(fmt.Sprint("often", i), 10+i, saying("often and often")))
			}
			share(t, s, prompt("rare", 4, saying("rarely and rarely")))
			page := list(t, s, search("often rarely"))
			if len(page.Prompts) == 0 || page.Prompts[0].ID != "rare" {
				t.Errorf("of any word, %q is found, want the rare one first", ids(page.Prompts))
			}
		}},
		{"votes decide among those that are alike", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1, saying("one cat")), prompt("b", 2, saying("two cat")), prompt("c", 3, saying("three cat")),
				prompt("d", 4, saying("cat cat cat")), prompt("e", 5, saying("dog")))
			wantList(t, s, search("cat"), "d", "c", "b", "a")
			vote(t, s, "a", ben, carla)
			vote(t, s, "b", ben)
			wantList(t, s, search("cat"), "d", "a", "b", "c")
		}},
		{"the last word may be the beginning of one", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1, saying("a castle in Spain")), prompt("b", 2, saying("a cat in Spain")),
				prompt("c", 3, saying("the sea")), prompt("d", 4, saying("森林里的猫")))
			wantList(t, s, prefix("spain ca"), "b", "a")
			wantList(t, s, prefix("CÁ"), "b", "a")
			wantList(t, s, prefix("cat"), "b")
			wantList(t, s, prefix("spain cast"), "a")
			wantList(t, s, prefix("the se"), "c")
			wantList(t, s, prefix("森"), "d")
			wantList(t, s, prefix("森林里"), "d")
			wantList(t, s, prefix("ca spain"), "b", "a") // by any: ca is whole
			wantList(t, s, prefix("cats"))
			wantList(t, s, prefix(""))
			wantList(t, s, search("spain ca"), "b", "a") // likewise
			wantList(t, s, search("ca"))
		}},
		{"the word itself counts beside the words that begin so", func(t *testing.T, s community.Store) {
			share(t, s, prompt("word", 0, saying("car")))
			for i := range 200 {
				share(t, s, prompt(fmt.Sprint("w", i), 1+i, saying(fmt.Sprintf("car%04d car%04d", i, i+1))))
			}
			vote(t, s, "word", ben)
			page := list(t, s, prefix("car"))
			if len(page.Prompts) != community.MaxPage || !page.More {
				t.Errorf("%d prompts are found, more: %v", len(page.Prompts), page.More)
			}
			found := false
			for offset := 0; offset < 300 && !found; offset += community.MaxPage {
				q := prefix("car")
				q.Offset = offset
				for _, id := range ids(list(t, s, q).Prompts) {
					found = found || id == "word"
				}
			}
			if !found {
				t.Error("the word itself is not found")
			}
		}},
		{"no more of a text is looked at than its bound", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1, saying("cat")))
			wantList(t, s, search("cat"+strings.Repeat(" ", community.MaxText)+" dog"), "a")
			wantList(t, s, search(strings.Repeat("。", community.MaxText)+"cat"))
			wantList(t, s, search(strings.Repeat("é", 100_000)))
			wantList(t, s, search("a\xffb \x00 cat"), "a")
		}},
		{"what is withdrawn is found no more, and what is shared again is", func(t *testing.T, s community.Store) {
			for i := range 300 {
				share(t, s, prompt(fmt.Sprintf("%03d", i), i, saying("cat "+fmt.Sprint(i%3))))
			}
			for i := range 300 {
				if i%2 == 0 {
					withdraw(t, s, fmt.Sprintf("%03d", i))
				}
			}
			wantPages(t, s, search("cat"), 25, 150)
			wantPages(t, s, search("cat 1"), 25, 50)
			for i := range 300 {
				if i%2 == 0 {
					share(t, s, prompt(fmt.Sprintf("%03d", i), i, saying("cat "+fmt.Sprint(i%3))))
				}
			}
			wantPages(t, s, search("cat"), 25, 300)
			wantPages(t, s, search("cat 1"), 25, 100)
		}},
		{"in whatever order they were shared", func(t *testing.T, s community.Store) {
			for i := range 400 {
				n := (i * 151) % 400 // each once
				share(t, s, prompt(fmt.Sprintf("%03d", n), n, saying("cat")))
			}
			got := wantPages(t, s, search("cat"), 25, 400)
			for i, id := range got {
				if want := fmt.Sprintf("%03d", 399-i); id != want {
					t.Fatalf("place %d has %s, want %s", i, id, want)
				}
			}
		}},
	}
}
