package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/store"
)

func TestADayIsOneOfUTC(t *testing.T) {
	midnight := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ at, begins time.Time }{
		"its beginning":    {midnight, midnight},
		"its end":          {midnight.Add(24*time.Hour - 1), midnight},
		"the next":         {midnight.Add(24 * time.Hour), midnight.Add(24 * time.Hour)},
		"another location": {midnight.In(time.FixedZone("x", -8*3600)), midnight},
		"before 1970":      {time.Date(1960, 2, 29, 5, 0, 0, 0, time.UTC), time.Date(1960, 2, 29, 0, 0, 0, 0, time.UTC)},
	} {
		begins, ends := store.Day(c.at)
		if !begins.Equal(c.begins) || ends.Sub(begins) != 24*time.Hour {
			t.Errorf("%s: the day of %v is %v to %v", name, c.at, begins, ends)
		}
	}
}

func TestWhatAJobTakesOfItsDay(t *testing.T) {
	for _, state := range store.States() {
		j := job(state)
		j.Counts, j.Price = 5*time.Second, 710_000
		if got := j.Use(); got != (store.Usage{}) {
			t.Errorf("%s outside of servers takes %+v", state, got)
		}
		j.Guild = "g"
		want := store.Usage{Dreams: 1, Length: 5 * time.Second, Cost: 710_000}
		if state == store.StateFailed || state == store.StateCancelled {
			want = store.Usage{}
		}
		if got := j.Use(); got != want {
			t.Errorf("%s takes %+v, want %+v", state, got, want)
		}
	}
}

func TestUsagesAddUp(t *testing.T) {
	u := store.Usage{Dreams: 1, Length: time.Second, Cost: 3}
	u.Add(store.Usage{Dreams: 2, Length: time.Minute, Cost: 710_000})
	u.Add(store.Usage{Dreams: -1, Length: -time.Second, Cost: -3})
	if want := (store.Usage{Dreams: 2, Length: time.Minute, Cost: 710_000}); u != want {
		t.Errorf("they are %+v, want %+v", u, want)
	}
}

func TestAnAllowanceIsSpent(t *testing.T) {
	const second = time.Second
	j := job(store.StateWaiting)
	j.Guild, j.Counts = "g", 5*second
	for name, c := range map[string]struct {
		allowance     store.Allowance
		member, guild store.Usage
		want          store.Bound
	}{
		"no bounds":              {store.Allowance{}, store.Usage{Dreams: 1e6}, store.Usage{Length: 1e15}, ""},
		"the last dream":         {store.Allowance{MemberDreams: 3}, store.Usage{Dreams: 2}, store.Usage{Dreams: 99}, ""},
		"one dream too many":     {store.Allowance{MemberDreams: 3}, store.Usage{Dreams: 3}, store.Usage{}, store.BoundMember},
		"the last seconds":       {store.Allowance{GuildLength: 10 * second}, store.Usage{}, store.Usage{Length: 5 * second}, ""},
		"a nanosecond too many":  {store.Allowance{GuildLength: 10*second - 1}, store.Usage{}, store.Usage{Length: 5 * second}, store.BoundGuild},
		"whatever it costs":      {store.Allowance{MemberDreams: 3, GuildLength: 10 * second}, store.Usage{Dreams: 2, Cost: 1e15}, store.Usage{Length: second, Cost: 1e15}, ""},
		"both: the member's own": {store.Allowance{MemberDreams: 1, GuildLength: second}, store.Usage{Dreams: 1}, store.Usage{Length: second}, store.BoundMember},
	} {
		got := c.allowance.Spent(j, c.member, c.guild)
		if c.want == "" {
			if got != nil {
				t.Errorf("%s: %v", name, got)
			}
			continue
		}
		if got == nil || got.Bound != c.want || got.Allowance != c.allowance || !got.Until.Equal(time.Unix(24*3600, 0)) {
			t.Errorf("%s: %+v, want the bound of the %s", name, got, c.want)
		}
	}
	direct := j
	direct.Guild = ""
	if err := (store.Allowance{MemberDreams: 1, GuildLength: 1}).Spent(direct, store.Usage{Dreams: 9}, store.Usage{Length: 9}); err != nil {
		t.Errorf("outside of servers: %v", err)
	}
	var err error = &store.SpentError{Bound: store.BoundGuild, Until: time.Unix(24*3600, 0).UTC()}
	if _, ok := errors.AsType[*store.SpentError](fmt.Errorf("create: %w", err)); !ok || !strings.Contains(err.Error(), "guild is spent until 1970-01-02T00:00:00Z") {
		t.Errorf("the error says %q", err)
	}
}

func TestWhatTheEndOfAJobEarns(t *testing.T) {
	done := job(store.StateCompleted)
	done.Guild, done.Counts = "g", 5*time.Second
	with := func(alter func(*store.Job)) store.Job {
		j := done
		alter(&j)
		return j
	}
	own := store.Tally{Dreams: 1, Length: 5 * time.Second}
	for name, c := range map[string]struct {
		before, after store.Job
		want          map[string]store.Tally
	}{
		"completed":            {job(store.StateDreaming), done, map[string]store.Tally{"m": own}},
		"completed already":    {done, done, nil},
		"failed":               {job(store.StateDreaming), with(func(j *store.Job) { j.State = store.StateFailed }), nil},
		"outside of servers":   {job(store.StateDreaming), with(func(j *store.Job) { j.Guild = "" }), nil},
		"a remix":              {job(store.StateDreaming), with(func(j *store.Job) { j.Remixes = []store.Credit{{"a", "n"}, {"b", "o"}} }), map[string]store.Tally{"m": own, "n": {Remixed: 1}}},
		"a remix of nobody's":  {job(store.StateDreaming), with(func(j *store.Job) { j.Remixes = []store.Credit{{"a", store.Nobody}} }), map[string]store.Tally{"m": own}},
		"a remix of one's own": {job(store.StateDreaming), with(func(j *store.Job) { j.Remixes = []store.Credit{{"a", "m"}} }), map[string]store.Tally{"m": own}},
	} {
		if got := store.Earned(c.before, c.after); !maps.Equal(got, c.want) {
			t.Errorf("%s earns %+v, want %+v", name, got, c.want)
		}
	}
}

func TestCreditsGoBackToTheFirst(t *testing.T) {
	j := job(store.StateCompleted)
	if got := store.CreditsFrom(j, "m"); len(got) > 0 {
		t.Errorf("one's own is credited to %v", got)
	}
	want := []store.Credit{{"j", "m"}}
	if got := store.CreditsFrom(j, "n"); !slices.Equal(got, want) {
		t.Errorf("another's is credited to %v, want %v", got, want)
	}
	j.Remixes = []store.Credit{{"i", "l"}}
	if got := store.CreditsFrom(j, "m"); !slices.Equal(got, j.Remixes) {
		t.Errorf("one's own remix is credited to %v, want %v", got, j.Remixes)
	}
	line := []store.Credit{}
	for i := range 3 * store.MaxCredits {
		at := store.Job{ID: fmt.Sprint(i), Member: fmt.Sprint(i % 7), Remixes: line}
		before := slices.Clone(line)
		line = store.CreditsFrom(at, "m")
		if !slices.Equal(at.Remixes, before) {
			t.Fatalf("after %d remixes, the job that was remixed is credited to %v, and was to %v", i, at.Remixes, before)
		}
		if len(line) != min(i+1, store.MaxCredits) || line[0].Job != at.ID || line[len(line)-1].Job != "0" {
			t.Fatalf("after %d remixes, the line is %v", i+1, line)
		}
	}
}
