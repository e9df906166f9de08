package commands

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// endUnits are the units in which people say for how long, in English and in
// Chinese.
var endUnits = map[string]time.Duration{
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute, "分": time.Minute, "分钟": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour, "时": time.Hour, "小时": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour, "天": 24 * time.Hour, "日": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour, "周": 7 * 24 * time.Hour, "星期": 7 * 24 * time.Hour,
}

// Bounds of what is read as a time.
const (
	maxEnds   = 40 // characters
	maxSpans  = 4  // as in "1w 2d 3h 4m"
	maxNumber = 1_000_000
)

// readEnds reads when something is to end: for how long, as "90m" or "1d 12h", or a
// date of UTC, with its time or as a whole. ok is false where the text is neither.
func readEnds(text string, now time.Time) (at time.Time, ok bool) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	if text == "" || len([]rune(text)) > maxEnds {
		return time.Time{}, false
	}
	if at, err := time.Parse("2006-01-02 15:04", strings.Replace(text, "t", " ", 1)); err == nil {
		return at, true
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), true // when it is over
	}
	d, ok := readSpans(text)
	return now.UTC().Add(d), ok
}

// readSpans reads numbers, each with its unit.
func readSpans(text string) (sum time.Duration, ok bool) {
	for n := 0; text != ""; n++ {
		unit := strings.TrimLeft(text, "0123456789")
		number, err := strconv.Atoi(text[:len(text)-len(unit)])
		if err != nil || number > maxNumber || n == maxSpans {
			return 0, false
		}
		unit = strings.TrimLeft(unit, " ")
		text = strings.TrimLeftFunc(unit, unicode.IsLetter)
		length, known := endUnits[unit[:len(unit)-len(text)]]
		if !known || number > int(maxNumber*time.Hour/length) {
			return 0, false
		}
		sum += time.Duration(number) * length
		text = strings.TrimLeft(text, " ")
	}
	return sum, sum > 0
}
