package tracker

import (
	"cmp"
	"slices"
	"time"

	"dreambot/luma"
)

// Bounds of looking for a paid call in Luma's list.
const (
	// seekPolls is for how many intervals of polling, 3 min by default, a call is
	// looked for at most: whoever asks Luma more often wants to know sooner.
	seekPolls = 60
	// seekMargin is how far Luma's clock may be off, and how long it may take until
	// what it has accepted is in its list.
	seekMargin = time.Minute
	// seekLooks is how many looks must have found nothing before a call is given up.
	seekLooks = 3
)

// seeker is a job whose paid call may have been accepted.
type seeker struct {
	id     string
	source string    // Luma's id of what it is made from
	until  time.Time // all that fits is in the list by then
	looks  int       // that succeeded, the present one included
	fits   []luma.Generation
}

func (s seeker) has(id string) bool {
	return slices.ContainsFunc(s.fits, func(g luma.Generation) bool { return g.ID == id })
}

// over reports whether a look begun now is the last one.
func (s seeker) over(now time.Time) bool { return s.looks >= seekLooks && !now.Before(s.until) }

// finding is what a look comes to for a seeker.
type finding int

const (
	findingNothing finding = iota // nothing yet: it is to be looked for again
	findingIts                    // the generation is its own
	findingNone                   // there is none, and none will come
	findingSeveral                // nobody can tell which of them is its own, if any
)

// found is a finding, with the generation that it names.
type found struct {
	finding finding
	its     luma.Generation
}

// decideSought says what becomes of jobs that ask for much the same, in the order
// in which they were sent, given the generations in the list that fit each of them
// and that no job has. As many generations as jobs are theirs, in the order of their
// times. Of fewer, each goes to the first job that it fits, but not before that one
// is over: the other may come yet. Where there are more, somebody else asks for the
// same with this key, and nobody can tell whose they are. Nor can anybody where one
// fits jobs that are made from different videos, since a list need not name those.
func decideSought(seekers []seeker, now time.Time) []found {
	all := distinct(seekers)
	group := groups(seekers, all)
	its := make([]*luma.Generation, len(seekers))
	spare, wanting := map[int]bool{}, map[int]bool{} // groups with a generation, or a seeker, too many
	for _, g := range all {
		first := -1 // of those that it fits and that have none yet
		for k, s := range seekers {
			if its[k] == nil && s.has(g.ID) {
				first = k
				break
			}
		}
		if first >= 0 && !slices.ContainsFunc(seekers, func(s seeker) bool { return s.has(g.ID) && s.source != seekers[first].source }) {
			its[first] = &g
			continue
		}
		spare[group[slices.IndexFunc(seekers, func(s seeker) bool { return s.has(g.ID) })]] = true
	}
	for k := range seekers {
		if its[k] == nil {
			wanting[group[k]] = true
		}
	}
	results := make([]found, len(seekers))
	for k, s := range seekers {
		over := s.over(now)
		switch n := group[k]; {
		case spare[n] && over:
			results[k].finding = findingSeveral
		case spare[n]:
		case its[k] != nil && (over || !wanting[n]):
			results[k] = found{findingIts, *its[k]}
		case over:
			results[k].finding = findingNone
		}
	}
	return results
}

// distinct returns all generations that fit a seeker, the oldest first.
func distinct(seekers []seeker) []luma.Generation {
	var all []luma.Generation
	for _, s := range seekers {
		all = append(all, s.fits...)
	}
	slices.SortFunc(all, func(a, b luma.Generation) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b luma.Generation) bool { return a.ID == b.ID })
}

// groups numbers the seekers so that those have one number that a generation fits
// both of, or that others link.
func groups(seekers []seeker, all []luma.Generation) []int {
	number := make([]int, len(seekers))
	for i := range number {
		number[i] = i
	}
	for _, g := range all {
		first := -1
		for i, s := range seekers {
			switch {
			case !s.has(g.ID):
			case first < 0:
				first = i
			default:
				from, to := number[i], number[first]
				for k := range number {
					if number[k] == from {
						number[k] = to
					}
				}
			}
		}
	}
	return number
}
