package communitytest

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"dreambot/internal/community"
)

func listing() []testCase {
	return []testCase{
		{"the newest come first, in whatever order they were shared", func(t *testing.T, s community.Store) {
			share(t, s, prompt("b", 2), prompt("d", 4), prompt("a", 1), prompt("c", 3))
			wantList(t, s, community.Query{Order: community.OrderNew}, "d", "c", "b", "a")
			withdraw(t, s, "c")
			wantList(t, s, community.Query{Order: community.OrderNew}, "d", "b", "a")
		}},
		{"those of the same time are all there", func(t *testing.T, s community.Store) {
			for i := range 30 {
				share(t, s, prompt(fmt.Sprintf("%02d", i), 1))
			}
			var got []string
			for _, q := range []community.Query{{Order: community.OrderNew}, {Order: community.OrderTop},
				{Order: community.OrderTop, Since: at(1)}, {Order: community.OrderMine, Author: ann},
				{Order: community.OrderSearch, Text: "cat"}} {
				got = slices.Concat(got, wantPages(t, s, q, 7, 30))
			}
			if len(got) != 5*30 {
				t.Errorf("%d prompts are listed, want 150", len(got))
			}
		}},
		{"the top has the most votes first, then the newest", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1), prompt("b", 2), prompt("c", 3), prompt("d", 4))
			vote(t, s, "a", ben)
			vote(t, s, "b", ben, carla, ann)
			vote(t, s, "d", carla)
			top := community.Query{Order: community.OrderTop}
			wantList(t, s, top, "b", "d", "a", "c")
			react(t, s, "b", ben, community.PlaceResult, false)
			react(t, s, "b", ann, community.PlaceResult, false)
			wantList(t, s, top, "d", "b", "a", "c")
			vote(t, s, "c", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")
			wantList(t, s, top, "c", "d", "b", "a")
		}},
		{"the top since a time holds what was shared then or after", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1), prompt("b", 2), prompt("c", 3), prompt("d", 4))
			vote(t, s, "a", ben, carla)
			vote(t, s, "b", ben)
			top := func(since time.Time) community.Query { return community.Query{Order: community.OrderTop, Since: since} }
			wantList(t, s, top(at(1)), "a", "b", "d", "c")
			wantList(t, s, top(at(1).Add(1)), "b", "d", "c")
			wantList(t, s, top(at(2)), "b", "d", "c")
			wantList(t, s, top(at(4)), "d")
			wantList(t, s, top(at(5)))
			wantList(t, s, top(time.Unix(-9, 0)), "a", "b", "d", "c")
		}},
		{"mine are those of an author", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1), prompt("b", 2, by(ben)), prompt("c", 3), prompt("d", 4, by(carla)), prompt("e", 5, withPost(due())))
			withdraw(t, s, "e")
			wantList(t, s, community.Query{Order: community.OrderMine, Author: ann}, "c", "a")
			wantList(t, s, community.Query{Order: community.OrderMine, Author: ben}, "b")
			wantList(t, s, community.Query{Order: community.OrderMine, Author: "3"})
			wantList(t, s, community.Query{Order: community.OrderMine})
		}},
		{"pages have neither gaps nor doubles", func(t *testing.T, s community.Store) {
			const n = 60
			for i := range n {
				share(t, s, prompt(fmt.Sprintf("%02d", i), i))
				for v := range i % 4 {
					vote(t, s, fmt.Sprintf("%02d", i), fmt.Sprint(900+v))
				}
			}
			for _, q := range []community.Query{{Order: community.OrderNew}, {Order: community.OrderTop},
				{Order: community.OrderTop, Since: at(0)}, {Order: community.OrderMine, Author: ann},
				{Order: community.OrderSearch, Text: "cat roof"}, {Order: community.OrderSearch, Text: "ca", Prefix: true}} {
				for _, size := range []int{1, 7, 25} {
					wantPages(t, s, q, size, n)
				}
			}
		}},
		{"a page is bounded", func(t *testing.T, s community.Store) {
			for i := range community.MaxPage + 2 {
				share(t, s, prompt(fmt.Sprintf("%02d", i), i))
			}
			for _, limit := range []int{0, -1, community.MaxPage, community.MaxPage + 1, math.MaxInt} {
				if page := list(t, s, community.Query{Order: community.OrderNew, Limit: limit}); len(page.Prompts) != community.MaxPage || !page.More {
					t.Errorf("a limit of %d gives %d prompts, more: %v", limit, len(page.Prompts), page.More)
				}
			}
			for _, offset := range []int{-5, 0} {
				if page := list(t, s, community.Query{Order: community.OrderNew, Limit: 1, Offset: offset}); len(page.Prompts) != 1 || page.Prompts[0].ID != "26" {
					t.Errorf("from %d on it lists %q", offset, ids(page.Prompts))
				}
			}
			for _, order := range []community.Order{community.OrderNew, community.OrderTop, community.OrderMine, community.OrderSearch} {
				for _, offset := range []int{27, community.MaxOffset, community.MaxOffset + 1, math.MaxInt} {
					page := list(t, s, community.Query{Order: order, Author: ann, Text: "cat", Offset: offset})
					if len(page.Prompts) != 0 || page.More {
						t.Errorf("%s from %d on has %d prompts, more: %v", order, offset, len(page.Prompts), page.More)
					}
				}
			}
		}},
		{"no order that is unknown", func(t *testing.T, s community.Store) {
			if _, err := s.List(t.Context(), community.Query{Guild: here, Order: "best"}); err == nil {
				t.Error("List succeeds")
			}
		}},
		{"a draw is even", func(t *testing.T, s community.Store) {
			const n, draws = 20, 2000
			for i := range n + 2 {
				share(t, s, prompt(fmt.Sprintf("%02d", i), i*i))
			}
			share(t, s, prompt("theirs", 1, in(there)))
			withdraw(t, s, "00")
			withdraw(t, s, "07")
			drawn := map[string]int{}
			for i := range draws {
				// The golden ratio spreads its multiples as evenly as any.
				_, draw := math.Modf(float64(i) * math.Phi)
				p, err := s.Random(t.Context(), here, draw)
				if err != nil {
					t.Fatal(err)
				}
				drawn[p.ID]++
			}
			if len(drawn) != n {
				t.Errorf("%d prompts were drawn of %d: %v", len(drawn), n, drawn)
			}
			chi := 0.0
			for _, times := range drawn {
				d := float64(times) - draws/n
				chi += d * d / (draws / n)
			}
			if chi > 36.2 { // of 19 degrees of freedom, 1 in 100 is beyond
				t.Errorf("the draws are uneven by %v: %v", chi, drawn)
			}
		}},
		{"a draw at its ends, or beyond, draws one", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1), prompt("b", 2), prompt("c", 3))
			for _, draw := range []float64{0, 0.5, math.Nextafter(1, 0), 1, 2, -1, math.Inf(1), math.Inf(-1), math.NaN()} {
				if _, err := s.Random(t.Context(), here, draw); err != nil {
					t.Errorf("a draw of %v: %v", draw, err)
				}
			}
		}},
		{"those that are voted for are new, or in a contest that runs", func(t *testing.T, s community.Store) {
			begin(t, s, contest("c", here))
			begin(t, s, contest("over", there))
			share(t, s, prompt("a", 1), prompt("b", 2, entering("c")), prompt("c", 3),
				prompt("d", 4, in(there), entering("over")), prompt("e", 5, in(there)), prompt("f", 6, withPost(due())),
				prompt("g", 7, in("9")), prompt("h", 0, in("101"), entering("over")))
			bring(t, s, "over", community.ContestOver)
			withdraw(t, s, "f")
			voted := func(since time.Time, limit int, want ...string) {
				t.Helper()
				got, err := s.Voted(t.Context(), since, limit)
				if err != nil || !slices.Equal(ids(got), want) {
					t.Errorf("Voted(%v, %d) = %q, %v; want %q", since, limit, ids(got), err, want)
				}
			}
			voted(at(5), 9, "g", "e", "b")
			voted(at(3), 9, "g", "e", "d", "c", "b")
			voted(at(3).Add(1), 9, "g", "e", "d", "b")
			voted(at(3), 2, "g", "e")
			voted(at(3), 0)
			voted(at(99), 9, "b")
			voted(time.Time{}, 9, "g", "e", "d", "c", "b", "a", "h")
		}},
		{"standing counts what is shared, and its votes", func(t *testing.T, s community.Store) {
			share(t, s, prompt("a", 1), prompt("b", 2), prompt("c", 3, by(ben)), prompt("d", 4, in(there)), prompt("e", 5))
			vote(t, s, "a", ben, carla)
			vote(t, s, "b", ben)
			vote(t, s, "c", ann)
			withdraw(t, s, "e")
			for member, want := range map[string]community.Standing{ann: {Shared: 2, Votes: 3}, ben: {Shared: 1, Votes: 1},
				carla: {}, "3": {}} {
				if got, err := s.Standing(t.Context(), here, member); err != nil || got != want {
					t.Errorf("Standing(%s) = %+v, %v; want %+v", member, got, err, want)
				}
			}
		}},
	}
}

// wantPages walks the pages of a query, which must hold n prompts, each once and in
// the order of a single walk, and returns their ids.
func wantPages(t *testing.T, s community.Store, q community.Query, size, n int) []string {
	t.Helper()
	q.Limit = size
	var got []string
	for more := true; more && len(got) <= n; q.Offset += size {
		page := list(t, s, q)
		got = append(got, ids(page.Prompts)...)
		if more = page.More; more && len(page.Prompts) != size {
			t.Errorf("a page of %+v has %d prompts, and is not the last", q, len(page.Prompts))
		}
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(got))); len(got) != n || len(unique) != n {
		t.Errorf("pages of %d by %s have %d prompts, %d of them different, want %d", size, q.Order, len(got), len(unique), n)
	}
	return got
}
