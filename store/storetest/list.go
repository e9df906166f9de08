package storetest

import (
	"fmt"
	"slices"
	"testing"

	"dreambot/store"
)

// pages reads a list to its end and returns the pages' ids. A list that does
// not end fails the test.
func pages(t *testing.T, s store.Store, q store.Query) [][]string {
	t.Helper()
	var all [][]string
	for range 10_000 {
		p, err := s.List(t.Context(), q)
		if err != nil {
			t.Fatalf("List(%+v): %v", q, err)
		}
		all = append(all, ids(p.Jobs))
		if p.Next == "" {
			return all
		}
		q.Cursor = p.Next
	}
	t.Fatalf("List(%+v) has no end", q)
	return nil
}

func wantList(t *testing.T, s store.Store, q store.Query, want ...string) {
	t.Helper()
	if got := slices.Concat(pages(t, s, q)...); !slices.Equal(got, want) {
		t.Errorf("List(%+v) = %q, want %q", q, got, want)
	}
}

// many stores n jobs, one per second, a few at once.
func many(t *testing.T, s store.Store, n int, alter func(i int, j *store.Job)) {
	t.Helper()
	together(n, func(i int) {
		j := job(fmt.Sprintf("j%04d", i), i)
		alter(i, &j)
		if err := s.Create(t.Context(), j); err != nil {
			t.Errorf("Create(%q): %v", j.ID, err)
		}
	})
}

func listing() []testCase {
	return []testCase{
		{"pages of any size give every job once, newest first", func(t *testing.T, s store.Store) {
			// Three jobs for each moment, so that pages end within one.
			many(t, s, 9, func(i int, j *store.Job) { j.CreatedAt = at(i / 3) })
			want := []string{"j0008", "j0007", "j0006", "j0005", "j0004", "j0003", "j0002", "j0001", "j0000"}
			for limit := 0; limit <= 10; limit++ {
				for _, q := range []store.Query{{Member: "30", Guild: "10"}, {Channel: "20"}} {
					q.Limit = limit
					wantList(t, s, q, want...)
					for _, p := range pages(t, s, q) {
						if limit > 0 && len(p) > limit {
							t.Errorf("a page has %d jobs, want %d at most", len(p), limit)
						}
					}
				}
			}
		}},
		{"the last page says so", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), job("b", 1))
			for limit, want := range map[int]bool{1: true, 2: false, 3: false} {
				p, err := s.List(t.Context(), store.Query{Channel: "20", Limit: limit})
				if err != nil || (p.Next != "") != want {
					t.Errorf("List of %d: next %q, %v; want one: %v", limit, p.Next, err, want)
				}
			}
			p, err := s.List(t.Context(), store.Query{Channel: "21"})
			if err != nil || p.Next != "" || len(p.Jobs) != 0 {
				t.Errorf("List of nothing = %+v, %v", p, err)
			}
		}},
		{"a page holds MaxPage jobs and is made from MaxScan records at most", func(t *testing.T, s store.Store) {
			const n = store.MaxScan + 50
			many(t, s, n, func(i int, j *store.Job) {
				if i == 0 {
					j.Channel = "21"
				}
			})
			for _, limit := range []int{0, store.MaxPage, store.MaxPage + 1, 1 << 30} {
				p, err := s.List(t.Context(), store.Query{Member: "30", Guild: "10", Limit: limit})
				if err != nil || len(p.Jobs) != store.MaxPage || p.Next == "" {
					t.Errorf("List of %d: %d jobs, next %q, %v; want %d and a next", limit, len(p.Jobs), p.Next, err, store.MaxPage)
				}
			}
			if p, err := s.List(t.Context(), store.Query{Channel: "20", Limit: -1}); err == nil && len(p.Jobs) > store.MaxPage {
				t.Errorf("List of -1: %d jobs", len(p.Jobs))
			}
			// The one that fits is the oldest, beyond what one page looks at.
			q := store.Query{Member: "30", Guild: "10", Channel: "21"}
			p, err := s.List(t.Context(), q)
			if err != nil || len(p.Jobs) != 0 || p.Next == "" {
				t.Errorf("List: %q, next %q, %v; want none and a next", ids(p.Jobs), p.Next, err)
			}
			wantList(t, s, q, "j0000")
			if got := len(slices.Concat(pages(t, s, store.Query{Member: "30", Guild: "10"})...)); got != n {
				t.Errorf("all pages have %d jobs, want %d", got, n)
			}
		}},
		{"jobs created meanwhile do not move the pages", func(t *testing.T, s store.Store) {
			many(t, s, 4, func(int, *store.Job) {})
			q := store.Query{Channel: "20", Limit: 2}
			p, err := s.List(t.Context(), q)
			wantIDs(t, "the first page", p.Jobs, err, "j0003", "j0002")
			create(t, s, job("new", 9))
			bring(t, s, "j0002", store.StateCancelled)
			q.Cursor = p.Next
			p, err = s.List(t.Context(), q)
			wantIDs(t, "the second page", p.Jobs, err, "j0001", "j0000")
			if p.Next != "" {
				t.Errorf("the second page has a next")
			}
			wantList(t, s, store.Query{Channel: "20", Limit: 2}, "new", "j0003", "j0002", "j0001", "j0000")
		}},
		{"a state narrows a list", func(t *testing.T, s store.Store) {
			for i, state := range store.States() {
				create(t, s, job(string(state), i))
				bring(t, s, string(state), state)
			}
			for _, state := range store.States() {
				wantList(t, s, store.Query{Channel: "20", State: state, Limit: 1}, string(state))
				wantList(t, s, store.Query{Member: "30", Guild: "10", State: state}, string(state))
			}
			wantList(t, s, store.Query{Channel: "20", State: "asleep"})
		}},
		{"a channel narrows a member's list", func(t *testing.T, s store.Store) {
			many(t, s, 6, func(i int, j *store.Job) {
				j.Channel = []string{"20", "21"}[i%2]
				j.Member = []string{"30", "30", "31"}[i%3]
			})
			wantList(t, s, store.Query{Member: "30", Guild: "10"}, "j0004", "j0003", "j0001", "j0000")
			wantList(t, s, store.Query{Member: "30", Guild: "10", Channel: "20"}, "j0004", "j0000")
			wantList(t, s, store.Query{Member: "30", Guild: "10", Channel: "21", Limit: 1}, "j0003", "j0001")
			wantList(t, s, store.Query{Channel: "20"}, "j0004", "j0002", "j0000")
		}},
		{"nobody's list holds another's job", apart},
		{"a query without a subject is refused", func(t *testing.T, s store.Store) {
			for _, q := range []store.Query{{}, {Guild: "10"}, {State: store.StateWaiting, Limit: 3}} {
				_, err := s.List(t.Context(), q)
				wantError(t, fmt.Sprintf("List(%+v)", q), err, store.ErrQuery)
			}
		}},
		{"a cursor that List did not give is refused", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), job("b", 1))
			p, err := s.List(t.Context(), store.Query{Channel: "20", Limit: 1})
			if err != nil || p.Next == "" {
				t.Fatalf("List: %+v, %v", p, err)
			}
			for _, cursor := range []string{" ", "a", "not a cursor", "%", "\x00", p.Next + "!", p.Next + "\n", p.Next[:4]} {
				_, err := s.List(t.Context(), store.Query{Channel: "20", Cursor: cursor})
				wantError(t, fmt.Sprintf("cursor %q", cursor), err, store.ErrQuery)
			}
		}},
	}
}

// apart stores jobs whose ids are made to be taken for each other's, and checks
// that every list, and every message, has its own.
func apart(t *testing.T, s store.Store) {
	parts := trickyIDs()
	type owner struct{ member, guild, channel string }
	var owners []owner
	for i, member := range parts {
		for k, guild := range append([]string{""}, parts[:6]...) {
			owners = append(owners, owner{member, guild, parts[(i+k)%len(parts)]})
		}
	}
	byMember, byChannel := map[[2]string][]string{}, map[string][]string{}
	for i, o := range owners {
		id := fmt.Sprintf("j%03d", i)
		byMember[[2]string{o.member, o.guild}] = append([]string{id}, byMember[[2]string{o.member, o.guild}]...)
		byChannel[o.channel] = append([]string{id}, byChannel[o.channel]...)
	}
	together(len(owners), func(i int) {
		j := job(fmt.Sprintf("j%03d", i), i)
		o := owners[i]
		j.Member, j.Guild, j.Channel = o.member, o.guild, o.channel
		j.Message = fmt.Sprintf("%q in %q", o.member, o.guild)
		if i < len(parts) {
			j.Message = parts[i]
		}
		if err := s.Create(t.Context(), j); err != nil {
			t.Errorf("Create(%+v): %v", o, err)
		}
	})
	for o, want := range byMember {
		wantList(t, s, store.Query{Member: o[0], Guild: o[1]}, want...)
	}
	for channel, want := range byChannel {
		wantList(t, s, store.Query{Channel: channel, Limit: 3}, want...)
	}
	for i, message := range parts {
		if j, err := s.ByMessage(t.Context(), message); err != nil || j.ID != fmt.Sprintf("j%03d", i) {
			t.Errorf("ByMessage(%q) = %q, %v; want j%03d", message, j.ID, err, i)
		}
	}
	for _, id := range parts {
		create(t, s, func() store.Job { j := job(id, 0); j.Channel = "ids"; j.Prompt = id; return j }())
	}
	for _, id := range parts {
		if j := get(t, s, id); j.ID != id || j.Prompt != id {
			t.Errorf("Get(%q) = %q", id, j.ID)
		}
	}
	if got := slices.Concat(pages(t, s, store.Query{Channel: "ids", Limit: 2})...); len(got) != len(parts) {
		t.Errorf("the list has %q, want the %d jobs", got, len(parts))
	}
}
