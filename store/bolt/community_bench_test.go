package bolt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
)

// author writes prompts whose words are as frequent as those of a language: few are
// everywhere, and most are rare. Half of the prompts are Chinese.
type author struct {
	random          *rand.Rand
	english, han    []string
	words, syllable *rand.Zipf
}

func newAuthor() *author {
	a := &author{random: rand.New(rand.NewPCG(1, 2))}
	a.english = strings.Fields(`a the of in and with on at over cat light city night rain robot dragon forest sea slow
		camera neon girl mountain castle old dog golden cinematic`)
	onset, nucleus, coda := strings.Fields("b br c ch d dr f g gr h j k l m n p pr r s sh st t tr v w"), strings.Fields("a e i o u ea ou ai"),
		strings.Fields("n r s t l m d ck st ng nd")
	for len(a.english) < 8000 {
		w := ""
		for range 1 + a.random.IntN(3) {
			w += onset[a.random.IntN(len(onset))] + nucleus[a.random.IntN(len(nucleus))]
		}
		a.english = append(a.english, w+coda[a.random.IntN(len(coda))])
	}
	a.han = strings.Fields("一只 猫 在 森林 的 夜晚 城市 下雨 机器人 龙 雪山 霓虹 女孩 缓慢 镜头 电影 海边 城堡 金色 狗")
	for len(a.han) < 8000 {
		w := ""
		for range 1 + a.random.IntN(3) {
			w += string(rune(0x4e00 + a.random.IntN(3000)))
		}
		a.han = append(a.han, w)
	}
	a.words = rand.NewZipf(a.random, 1.15, 4, uint64(len(a.english)-1))
	a.syllable = rand.NewZipf(a.random, 1.15, 4, uint64(len(a.han)-1))
	return a
}

// prompt returns a text of 6 to 40 words.
func (a *author) prompt() string {
	var words []string
	chinese := a.random.IntN(2) == 0
	for range 6 + a.random.IntN(35) {
		if chinese {
			words = append(words, a.han[a.syllable.Uint64()])
		} else {
			words = append(words, a.english[a.words.Uint64()])
		}
	}
	if chinese {
		return strings.Join(words, "")
	}
	return strings.Join(words, " ")
}

// fillGallery shares n prompts of one server, a minute apart, with some votes, in few
// transactions.
func fillGallery(b *testing.B, s *Store, n int) {
	b.Helper()
	a := newAuthor()
	s.db.NoSync = true
	defer func() { s.db.NoSync = false }()
	for at := 0; at < n; {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			for range min(1000, n-at) {
				next, err := admit(tx, community.Prompt{ID: fmt.Sprintf("d%019d", at), Guild: "1000000000000000001",
					Author: fmt.Sprint(2000000000000000000 + a.random.IntN(n/10+1)), Text: a.prompt(),
					SharedAt: time.Date(2026, 1, 1, 0, at, 0, 0, time.UTC)})
				if err != nil {
					return err
				}
				next.Votes = int(100 / (1 + a.random.ExpFloat64()*20))
				after, record, err := encodeShared(next)
				if err != nil {
					return err
				}
				if err := putShared(tx, nil, after, record); err != nil {
					return err
				}
				at++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := s.db.Sync(); err != nil {
		b.Fatal(err)
	}
}

// queries are what people ask a gallery for; each returns another one every time.
func queries(n int) map[string]func() community.Query {
	a := newAuthor()
	const guild = "1000000000000000001"
	fixed := func(texts ...string) func() community.Query {
		i := 0
		return func() community.Query {
			i++
			return community.Query{Guild: guild, Order: community.OrderSearch, Text: texts[i%len(texts)], Limit: 3}
		}
	}
	suggest := func(texts ...string) func() community.Query {
		next := fixed(texts...)
		return func() community.Query {
			q := next()
			q.Prefix, q.Limit = true, community.MaxPage
			return q
		}
	}
	random := func(words []string, count int, sep string) func() community.Query {
		zipf := rand.NewZipf(a.random, 1.15, 4, uint64(len(words)-1))
		var texts []string
		for range 500 {
			var text []string
			for range count {
				text = append(text, words[zipf.Uint64()])
			}
			texts = append(texts, strings.Join(text, sep))
		}
		return fixed(texts...)
	}
	end := time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC)
	return map[string]func() community.Query{
		"Search/common":             fixed("the"),
		"Search/word":               random(a.english, 1, " "),
		"Search/two-common":         fixed("cat of", "light the"),
		"Search/two":                random(a.english, 2, " "),
		"Search/five":               random(a.english, 5, " "),
		"Search/character":          fixed("猫", "龙"),
		"Search/pair":               fixed("森林", "城市"),
		"Search/phrase":             fixed("森林的夜晚", "霓虹城市"),
		"Search/Chinese":            random(a.han, 2, ""),
		"Suggest/one-letter":        suggest("c", "s"),
		"Suggest/two-letters":       suggest("ca", "st"),
		"Suggest/four-letters":      suggest("drag", "cast"),
		"Suggest/word-and-more":     suggest("cat in the r", "a neon ci"),
		"Suggest/common-and-letter": suggest("the c", "of s"),
		"Suggest/Chinese":           suggest("森", "一只猫"),
		"Top/all": func() community.Query {
			return community.Query{Guild: guild, Order: community.OrderTop, Limit: 3}
		},
		"Top/month": func() community.Query {
			return community.Query{Guild: guild, Order: community.OrderTop, Limit: 3, Since: end.AddDate(0, 0, -30)}
		},
		"New": func() community.Query { return community.Query{Guild: guild, Order: community.OrderNew, Limit: 3} },
	}
}

// BenchmarkGallery asks a server's gallery of so many prompts, half of them English
// and half Chinese, and reports the times that half of the answers and 99 of 100 keep
// to; and opens it.
func BenchmarkGallery(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		path := filepath.Join(b.TempDir(), "jobs.db")
		s := openStore(b, path)
		fillGallery(b, s, n)
		c := s.Community()
		for _, kind := range sortedKeys(queries(n)) {
			next := queries(n)[kind]
			b.Run(fmt.Sprintf("%s/prompts=%d", kind, n), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					q := next()
					began := time.Now()
					if _, err := c.List(context.Background(), q); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(began))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
		b.Run(fmt.Sprintf("Random/prompts=%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := c.Random(context.Background(), "1000000000000000001", float64(i%100)/100); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("Share/prompts=%d", n), func(b *testing.B) {
			a := newAuthor()
			for i := 0; b.Loop(); i++ {
				_, err := c.Share(context.Background(), community.Prompt{ID: fmt.Sprintf("e%019d", i), Guild: "1000000000000000002",
					Author: "3", Text: a.prompt(), SharedAt: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC)})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("Open/prompts=%d", n), func(b *testing.B) {
			for b.Loop() {
				s, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			if info, err := os.Stat(path); err == nil {
				b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
			}
		})
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
