package commands_test

import (
	"strings"
	"testing"
	"time"

	"dreambot/commands"
)

func TestWhenAContestEnds(t *testing.T) {
	at := time.Date(2026, 12, 1, 10, 30, 0, 0, time.UTC)
	day := 24 * time.Hour
	for text, want := range map[string]time.Time{
		"90m": at.Add(90 * time.Minute), "2h": at.Add(2 * time.Hour), "3d": at.Add(3 * day), "1w": at.Add(7 * day),
		" 2 H ": at.Add(2 * time.Hour), "1 week": at.Add(7 * day), "10 minutes": at.Add(10 * time.Minute), "1d 12h": at.Add(36 * time.Hour),
		"1w2d3h4m": at.Add(9*day + 3*time.Hour + 4*time.Minute), "3天": at.Add(3 * day), "2 小时": at.Add(2 * time.Hour), "1周": at.Add(7 * day),
		"2026-12-24":       time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC), // all of that day
		"2026-12-24 18:00": time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC),
		"2026-12-24T18:00": time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC),
		"2024-02-29":       time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), // it can be read, and is long ago
	} {
		if got, ok := commands.ReadEnds(text, at); !ok || !got.Equal(want) {
			t.Errorf("%q is %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", " ", "tomorrow", "0h", "-1h", "1", "h", "1x", "1.5h", "1h 1", "1m 1m 1m 1m 1m", "99999999999999999999h", "1000001m", "1000000w",
		"2026-13-01", "2026-02-30", "2026-12-24 25:00", "24.12.2026", "18:00", "1h\x00", strings.Repeat("1", 41) + "h"} {
		if got, ok := commands.ReadEnds(text, at); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// Whatever is typed, it is a time to come for a span, and never beyond reason.
func FuzzEnds(f *testing.F) {
	for _, text := range []string{"90m", "1d 12h", "3天", "2026-12-24", "2026-12-24 18:00", "1w2d3h4m", "\xff", "999999w"} {
		f.Add(text)
	}
	at := time.Date(2026, 12, 1, 10, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := commands.ReadEnds(text, at)
		if !ok {
			return
		}
		if strings.Count(text, "-") < 2 && !got.After(at) || got.Year() > 9999+1 || got.Location() != time.UTC {
			t.Errorf("%q is %v", text, got)
		}
		if again, ok := commands.ReadEnds(" "+text+" ", at); !ok || !again.Equal(got) {
			t.Errorf("%q with space around it is %v, %v", text, again, ok)
		}
	})
}
