// Package communitytest is the conformance suite of community.Store: a backend's
// tests call Run and RunReopen, and what they hold is the whole of the contract.
package communitytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

// Run checks the contract. open returns an empty store, which no other call of it
// returns.
func Run(t *testing.T, open func(t *testing.T) community.Store) {
	t.Helper()
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"settings", settings()},
		{"share", sharing()},
		{"change", changing()},
		{"list", listing()},
		{"search", searching()},
		{"votes", voting()},
		{"contests", contests()},
		{"forget", forgetting()},
		{"servers", servers()},
		{"concurrent", concurrent()},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, open(t))
				})
			}
		})
	}
}

// testCase is one promise of the contract, checked on a store of its own.
type testCase struct {
	name string
	run  func(t *testing.T, s community.Store)
}

// start is when the prompts of the suite begin; its nanoseconds are odd, so that a
// backend that rounds is found.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// at returns the time n seconds after the start.
func at(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

// The servers and members of the suite. Each begins as another one does.
const (
	here, there     = "10", "100"
	ann, ben, carla = "30", "301", "3010"
)

// prompt returns a prompt of Ann's that Share takes, shared n seconds after the
// start.
func prompt(id string, n int, change ...func(*community.Prompt)) community.Prompt {
	p := community.Prompt{
		ID: id, Guild: here, Author: ann, Text: "a cat on a roof <@1> 猫 \u0000 & more",
		Settings: store.Settings{Model: "ray-2", Duration: 5 * time.Second}, Pictures: true, Spoiler: true,
		Remixes: []store.Credit{{Job: "first", Member: "9"}},
		Result:  store.Spot{Channel: "20", Message: "21" + id}, Video: store.Upload{ID: "22", Name: "a.mp4", Size: 5},
		Length: 5 * time.Second, SharedAt: at(n),
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

func by(author string) func(*community.Prompt) {
	return func(p *community.Prompt) { p.Author = author }
}
func in(guild string) func(*community.Prompt)    { return func(p *community.Prompt) { p.Guild = guild } }
func saying(text string) func(*community.Prompt) { return func(p *community.Prompt) { p.Text = text } }
func entering(id string) func(*community.Prompt) { return func(p *community.Prompt) { p.Contest = id } }
func withPost(p community.Post) func(*community.Prompt) {
	return func(prompt *community.Prompt) { prompt.Post = p }
}

// due and made are posts.
func due() community.Post { return community.Post{State: community.PostDue, Channel: "40"} }

func made(message string) community.Post {
	return community.Post{State: community.PostMade, Channel: "40", Message: message, TriedAt: at(1),
		Video: store.Upload{ID: "41", Name: "b.mp4", Size: 6}}
}

func share(t *testing.T, s community.Store, prompts ...community.Prompt) {
	t.Helper()
	for _, p := range prompts {
		if _, err := s.Share(t.Context(), p); err != nil {
			t.Fatalf("Share(%q): %v", p.ID, err)
		}
	}
}

// get returns a prompt of the server here.
func get(t *testing.T, s community.Store, id string) community.Prompt {
	t.Helper()
	p, err := s.Prompt(t.Context(), here, id)
	if err != nil {
		t.Fatalf("Prompt(%q): %v", id, err)
	}
	return p
}

func change(t *testing.T, s community.Store, id string, fn func(*community.Prompt)) community.Prompt {
	t.Helper()
	p, err := s.Change(t.Context(), id, func(p *community.Prompt) error { fn(p); return nil })
	if err != nil {
		t.Fatalf("Change(%q): %v", id, err)
	}
	return p
}

func withdraw(t *testing.T, s community.Store, id string) {
	t.Helper()
	change(t, s, id, func(p *community.Prompt) { p.Withdrawn = true })
}

// vote gives the votes of members for a result in the server here.
func vote(t *testing.T, s community.Store, id string, members ...string) int {
	t.Helper()
	n := 0
	for _, m := range members {
		n = react(t, s, id, m, community.PlaceResult, true)
	}
	return n
}

func react(t *testing.T, s community.Store, id, member string, place community.Place, given bool) int {
	t.Helper()
	n, err := s.Vote(t.Context(), community.Vote{Guild: here, Prompt: id, Member: member, Place: place}, given)
	if err != nil {
		t.Fatalf("Vote for %q by %s: %v", id, member, err)
	}
	return n
}

func list(t *testing.T, s community.Store, q community.Query) community.Page {
	t.Helper()
	if q.Guild == "" {
		q.Guild = here
	}
	page, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatalf("List(%+v): %v", q, err)
	}
	return page
}

// wantList checks the ids of a page.
func wantList(t *testing.T, s community.Store, q community.Query, want ...string) {
	t.Helper()
	if got := ids(list(t, s, q).Prompts); !slices.Equal(got, want) {
		t.Errorf("List(%s %q) = %q, want %q", q.Order, q.Text, got, want)
	}
}

func ids(prompts []community.Prompt) []string {
	var list []string
	for _, p := range prompts {
		list = append(list, p.ID)
	}
	return list
}

// same compares what was stored; a time is the same in another location.
func same[T any](a, b T) bool { return reflect.DeepEqual(plain(a), plain(b)) }

// plain writes a value out, so that only what is stored counts.
func plain[T any](v T) string {
	b, err := json.Marshal(v)
	return fmt.Sprintf("%s %v", b, err)
}

func wantSame[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !same(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, plain(got), plain(want))
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// wantGone checks that a prompt is found by no way that people have.
func wantGone(t *testing.T, s community.Store, p community.Prompt) {
	t.Helper()
	_, err := s.Prompt(t.Context(), p.Guild, p.ID)
	wantError(t, "Prompt of what is gone", err, community.ErrNotFound)
	_, err = s.ByPost(t.Context(), p.Post.Message)
	wantError(t, "ByPost of what is gone", err, community.ErrNotFound)
	for _, q := range everyQuery(p) {
		if slices.Contains(ids(list(t, s, q).Prompts), p.ID) {
			t.Errorf("%q is listed by %+v", p.ID, q)
		}
	}
	if entries, n, err := s.Entries(t.Context(), p.Contest, 100); err != nil || slices.Contains(ids(entries), p.ID) || n != len(entries) {
		t.Errorf("Entries has %q of %d, %v", ids(entries), n, err)
	}
	if voted, err := s.Voted(t.Context(), time.Time{}, 100); err != nil || slices.Contains(ids(voted), p.ID) {
		t.Errorf("Voted has %q, %v", ids(voted), err)
	}
	for _, draw := range []float64{0, 0.25, 0.5, 0.75, 1} {
		if r, err := s.Random(t.Context(), p.Guild, draw); err == nil && r.ID == p.ID {
			t.Errorf("Random draws %q", p.ID)
		}
	}
}

// everyQuery returns a query of every order that finds a prompt.
func everyQuery(p community.Prompt) []community.Query {
	return []community.Query{
		{Guild: p.Guild, Order: community.OrderNew},
		{Guild: p.Guild, Order: community.OrderTop},
		{Guild: p.Guild, Order: community.OrderTop, Since: p.SharedAt},
		{Guild: p.Guild, Order: community.OrderSearch, Text: p.Text},
		{Guild: p.Guild, Order: community.OrderSearch, Text: p.Text, Prefix: true},
		{Guild: p.Guild, Order: community.OrderMine, Author: p.Author},
	}
}

// each returns what Each says of a member, written out and in an order of its own.
func each(t *testing.T, s community.Store, member string) []string {
	t.Helper()
	var all []string
	err := s.Each(t.Context(), member, func(v any) error {
		switch v := v.(type) {
		case community.Prompt:
			all = append(all, "prompt "+v.ID)
		case community.Vote:
			all = append(all, fmt.Sprintf("vote %s %s %s %s", v.Guild, v.Prompt, v.Member, v.Place))
		case community.Contest:
			all = append(all, "contest "+v.ID)
		default:
			t.Errorf("Each gives a %T", v)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Each(%s): %v", member, err)
	}
	slices.Sort(all)
	return all
}

func wantEach(t *testing.T, s community.Store, member string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := each(t, s, member); !slices.Equal(got, want) {
		t.Errorf("Each(%s) = %q, want %q", member, got, want)
	}
}

// together runs fn n times at once and waits for all; fn must not end the test.
func together(n int, fn func(i int)) {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			fn(i)
		})
	}
	close(gate)
	all.Wait()
}

// ended returns a context that is over.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
