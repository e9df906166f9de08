package communitytest

import (
	"slices"
	"testing"

	"dreambot/internal/community"
)

// RunReopen checks that what was stored outlasts closing. open returns what opens a
// store that is empty at first, and closes it; it is closed before it is opened
// again.
func RunReopen(t *testing.T, open func(t *testing.T) func(t *testing.T) (s community.Store, closes func())) {
	t.Helper()
	reopen := open(t)
	s, closes := reopen(t)
	Fill(t, s, "7700000000000077")
	_, err := s.SetSettings(t.Context(), here, func(s *community.Settings) error { s.Unwanted = []string{"坏"}; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Mark(t.Context(), carla); err != nil {
		t.Fatal(err)
	}
	before := everything(t, s)
	closes()

	s, closes = reopen(t)
	defer func() { closes() }()
	if after := everything(t, s); !slices.Equal(after, before) {
		t.Errorf("after opening again:\n got %q\nwant %q", after, before)
	}
	wantError(t, "Share of what was shared", func() error { _, err := s.Share(t.Context(), prompt("theirs", 1)); return err }(), community.ErrExists)
	wantError(t, "a second contest", s.StartContest(t.Context(), contest("d", there)), community.ErrExists)
	if n := react(t, s, "theirs", "1", community.PlaceResult, true); n != 3 {
		t.Errorf("%d votes after another one, want 3", n)
	}
	if err := s.Forget(t.Context(), "7700000000000077"); err != nil {
		t.Fatal(err)
	}
	after := everything(t, s)
	closes()
	s, closes = reopen(t)
	if again := everything(t, s); !slices.Equal(again, after) {
		t.Errorf("after opening a third time:\n got %q\nwant %q", again, after)
	}
}

// everything writes out what can be asked for.
func everything(t *testing.T, s community.Store) []string {
	t.Helper()
	var all []string
	add := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, plain(v))
	}
	for _, guild := range []string{here, there} {
		settings, err := s.Settings(t.Context(), guild)
		add(settings, err)
		for _, q := range everyQuery(prompt("x", 0, in(guild))) {
			page, err := s.List(t.Context(), q)
			add(page, err)
		}
		page, err := s.List(t.Context(), community.Query{Guild: guild, Order: community.OrderSearch, Text: "words"})
		add(page, err)
	}
	due, err := s.Due(t.Context())
	add(due, err)
	contests, err := s.Contests(t.Context())
	add(contests, err)
	old, err := s.Contest(t.Context(), "old")
	add(old, err)
	entries, _, err := s.Entries(t.Context(), "old", 99)
	add(entries, err)
	marked, err := s.Marked(t.Context())
	add(marked, err)
	for _, member := range []string{"7700000000000077", ben, carla} {
		add(each(t, s, member), nil)
	}
	return all
}
