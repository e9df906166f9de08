package tracker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dreambot/luma"
)

// sentAt is a seeker that was sent some seconds after t0, with the generations that
// fit it. The nth was accepted n seconds after t0.
func sentAt(seconds, looks int, fits ...int) seeker {
	s := seeker{id: fmt.Sprintf("job-%d", seconds), looks: looks, until: t0.Add(time.Duration(seconds)*time.Second + 3*time.Minute)}
	for _, n := range fits {
		s.fits = append(s.fits, luma.Generation{ID: fmt.Sprint("g", n), CreatedAt: t0.Add(time.Duration(n) * time.Second)})
	}
	return s
}

// of is a seeker that is made from another video.
func of(source string, s seeker) seeker {
	s.source = source
	return s
}

func TestDecideSought(t *testing.T) {
	const early, late = time.Minute, 10 * time.Minute
	for name, c := range map[string]struct {
		seekers []seeker
		after   time.Duration // t0
		want    []string      // of each: the generation, or what else
	}{
		"nobody":                            {nil, early, nil},
		"nothing yet":                       {[]seeker{sentAt(0, 9)}, early, []string{"waits"}},
		"nothing, a second before the end":  {[]seeker{sentAt(0, 9)}, 3*time.Minute - time.Second, []string{"waits"}},
		"nothing at the end":                {[]seeker{sentAt(0, 3)}, 3 * time.Minute, []string{"none"}},
		"nothing at the end, in two looks":  {[]seeker{sentAt(0, 2)}, late, []string{"waits"}},
		"one":                               {[]seeker{sentAt(0, 1, 5)}, 0, []string{"g5"}},
		"one, at the end":                   {[]seeker{sentAt(0, 3, 5)}, late, []string{"g5"}},
		"several":                           {[]seeker{sentAt(0, 1, 5, 6)}, early, []string{"waits"}},
		"several at the end":                {[]seeker{sentAt(0, 3, 5, 6)}, late, []string{"several"}},
		"twins, both":                       {[]seeker{sentAt(0, 1, 5, 6), sentAt(1, 1, 5, 6)}, 0, []string{"g5", "g6"}},
		"twins, listed the other way round": {[]seeker{sentAt(0, 1, 6, 5), sentAt(1, 1, 6, 5)}, 0, []string{"g5", "g6"}},
		"twins, one yet":                    {[]seeker{sentAt(0, 3, 5), sentAt(1, 3, 5)}, early, []string{"waits", "waits"}},
		"twins, one at the end of the first": {[]seeker{sentAt(0, 3, 5), sentAt(30, 3, 5)}, 3 * time.Minute,
			[]string{"g5", "waits"}},
		"twins, one at the end":           {[]seeker{sentAt(0, 3, 5), sentAt(1, 3, 5)}, late, []string{"g5", "none"}},
		"twins, none at the end":          {[]seeker{sentAt(0, 3), sentAt(30, 3)}, 3 * time.Minute, []string{"none", "waits"}},
		"twins, three":                    {[]seeker{sentAt(0, 3, 5, 6, 7), sentAt(1, 3, 5, 6, 7)}, early, []string{"waits", "waits"}},
		"twins, three at the end":         {[]seeker{sentAt(0, 3, 5, 6, 7), sentAt(1, 3, 5, 6, 7)}, late, []string{"several", "several"}},
		"twins, a look between them":      {[]seeker{sentAt(0, 1), sentAt(1, 1, 5, 6)}, early, []string{"waits", "waits"}},
		"alike, told apart by an address": {[]seeker{sentAt(0, 1), sentAt(1, 1, 5)}, early, []string{"waits", "g5"}},
		"alike, far apart":                {[]seeker{sentAt(0, 3, 5, 6), sentAt(600, 1, 605)}, late, []string{"several", "g605"}},
		"a chain":                         {[]seeker{sentAt(0, 1, 5), sentAt(100, 1, 5, 250), sentAt(200, 1, 250, 300)}, early, []string{"g5", "g250", "g300"}},
		"a chain with one too few":        {[]seeker{sentAt(0, 3, 5), sentAt(100, 3, 5), sentAt(200, 3, 250)}, 3 * time.Minute, []string{"g5", "waits", "g250"}},
		"a chain with one too many":       {[]seeker{sentAt(0, 3, 5, 6), sentAt(100, 3, 6, 250), sentAt(200, 3, 250, 300)}, early, []string{"waits", "waits", "waits"}},
		"of two videos, one":              {[]seeker{sentAt(0, 3, 5), of("b", sentAt(1, 3, 5))}, early, []string{"waits", "waits"}},
		"of two videos, one at the end":   {[]seeker{sentAt(0, 3, 5), of("b", sentAt(1, 3, 5))}, late, []string{"several", "several"}},
		"of two videos, two at the end":   {[]seeker{sentAt(0, 3, 5, 6), of("b", sentAt(1, 3, 5, 6))}, late, []string{"several", "several"}},
		"of two videos, told apart":       {[]seeker{sentAt(0, 1, 5), of("b", sentAt(1, 1, 6))}, early, []string{"g5", "g6"}},
		"more jobs than can be, at their end": {[]seeker{sentAt(0, 3, 7, 8), sentAt(1, 3, 7, 8), sentAt(2, 3, 7, 8)}, late,
			[]string{"g7", "g8", "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range decideSought(c.seekers, t0.Add(c.after)) {
				if (f.its.ID != "") != (f.finding == findingIts) {
					t.Errorf("finding %d names %q", f.finding, f.its.ID)
				}
				got = append(got, map[finding]string{findingNothing: "waits", findingIts: f.its.ID, findingNone: "none", findingSeveral: "several"}[f.finding])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("it comes to %q, want %q", got, c.want)
			}
		})
	}
}

// Whatever fits whom: none is given to two, none to whom it does not fit, and each
// seeker comes to an end.
func FuzzDecideSought(f *testing.F) {
	f.Add(uint8(2), uint8(2), []byte{3, 3})
	f.Add(uint8(3), uint8(2), []byte{1, 3, 2})
	f.Fuzz(func(t *testing.T, n, k uint8, fits []byte) {
		var seekers []seeker
		for i := range int(n % 6) {
			s := sentAt(i, seekLooks)
			for g := range int(k % 6) {
				if i < len(fits) && fits[i]>>g&1 == 1 {
					s.fits = append(s.fits, luma.Generation{ID: fmt.Sprint(g), CreatedAt: t0.Add(time.Duration(g) * time.Second)})
				}
			}
			seekers = append(seekers, s)
		}
		given := map[string]bool{}
		for i, f := range decideSought(seekers, t0.Add(time.Hour)) {
			switch {
			case f.finding == findingNothing:
				t.Errorf("seeker %d never comes to an end", i)
			case f.finding != findingIts:
			case given[f.its.ID] || !seekers[i].has(f.its.ID):
				t.Errorf("seeker %d is given %q", i, f.its.ID)
			}
			if f.its.ID != "" {
				given[f.its.ID] = true
			}
		}
	})
}
