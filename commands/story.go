package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"dreambot/bot/reply"
	"dreambot/store"
)

// story is /story and its pages: all parts of the story that a video belongs
// to, from the first dream on.
type story struct{ *Set }

func (s *story) definition() Definition {
	return s.define("story", s.videoOption("video", "option.video.story"))
}

func (s *story) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	return s.suggested(ctx, in, "video")
}

func (s *story) run(ctx context.Context, in Interaction) (Answer, error) {
	j, err := s.chosenVideo(ctx, in, "refusal.story.none")
	if err != nil {
		return Answer{}, err
	}
	return s.page(ctx, in, j, 0)
}

// press turns to another page.
func (s *story) press(ctx context.Context, in Interaction, a reply.Action, j store.Job) (Answer, error) {
	answer, err := s.page(ctx, in, j, a.Page)
	answer.Replace = true
	return answer, err
}

func (s *story) submit(context.Context, Interaction, reply.Action, store.Job) (Answer, error) {
	return Answer{}, refuse("refusal.unknown")
}

func (s *story) page(ctx context.Context, in Interaction, of store.Job, page int) (Answer, error) {
	jobs, err := s.Store.Story(ctx, of.Root)
	if err != nil {
		return Answer{}, fmt.Errorf("read the story of job %s: %w", of.ID, err)
	}
	jobs = slices.DeleteFunc(jobs, func(j store.Job) bool { return !in.sees(j) })
	told := tell(jobs, of)
	told.Page = min(page, told.Pages-1)
	first := told.Page * reply.ChaptersPerPage
	told.Chapters = told.Chapters[first:min(first+reply.ChaptersPerPage, len(told.Chapters))]
	m := reply.Story(s.Catalog.For(in.Locale), told)
	return Answer{Notice: &m}, nil
}

// tell puts a story in order, with all of its chapters on one page: part after
// part, those of one part as they came. What came to nothing is left out, and
// so is what was deleted unless something goes on from it.
func tell(jobs []store.Job, of store.Job) reply.StoryPage {
	carries := map[string]bool{} // something that is told goes on from it
	told := slices.DeleteFunc(slices.Clone(jobs), func(j store.Job) bool {
		return j.State == store.StateFailed || j.State == store.StateCancelled || !j.Answered()
	})
	slices.SortStableFunc(told, func(a, b store.Job) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), a.CreatedAt.Compare(b.CreatedAt))
	})
	for _, j := range slices.Backward(told) { // children come after their parents
		if !j.Removed || carries[j.ID] {
			carries[j.Parent] = true
		}
	}
	told = slices.DeleteFunc(told, func(j store.Job) bool { return j.Removed && !carries[j.ID] })

	page := reply.StoryPage{Parts: len(told), Of: of.ID, Chapters: label(told),
		Cut: len(told) > 0 && continues(told[0]),
		// An empty story has a page that says so.
		Pages: max((len(told)+reply.ChaptersPerPage-1)/reply.ChaptersPerPage, 1)}
	page.Last = end(told, of)
	page.Length, page.Unknown = length(jobs, page.Last)
	page.Pages = min(page.Pages, reply.MaxPages)
	return page
}

// continues reports whether there is a part before a job in its story. What is made
// over, or of two, begins one of its own.
func continues(j store.Job) bool {
	switch j.Kind {
	case store.KindBlend, store.KindUpscale, store.KindSound:
		return false
	}
	return j.Parent != ""
}

// label names the chapters: by their part, and by a letter where several have
// the same.
func label(told []store.Job) []reply.Chapter {
	count := map[int]int{}
	for _, j := range told {
		count[j.Part]++
	}
	labels, seen := map[string]string{}, map[int]int{}
	list := make([]reply.Chapter, 0, len(told))
	for _, j := range told {
		c := reply.Chapter{Job: j, Label: strconv.Itoa(j.Part)}
		if count[j.Part] > 1 {
			c.Label += letters(seen[j.Part])
			seen[j.Part]++
		}
		labels[j.ID] = c.Label
		switch {
		case j.Backward:
			c.Before = cmp.Or(labels[j.Parent], strconv.Itoa(j.Part-1))
		case count[j.Part-1] > 1:
			c.After = labels[j.Parent] // empty where that is no longer there
		}
		list = append(list, c)
	}
	return list
}

// letters counts from 0: a, b, …, z, aa, ab, …
func letters(n int) string {
	s := ""
	for n++; n > 0; n = (n - 1) / 26 {
		s = string(rune('a'+(n-1)%26)) + s
	}
	return s
}

// end is the last finished part of the line that leads to a job and on from it:
// of several that go on from the same, the newest. What was made backward comes
// before what it was made from, and is the last one only where that is gone. It is
// the zero Job where no part can be gone on from.
func end(told []store.Job, of store.Job) store.Job {
	parents, byID := map[string]string{of.ID: of.Parent}, map[string]store.Job{} // it may not be told itself
	for _, j := range told {
		parents[j.ID], byID[j.ID] = j.Parent, j
	}
	for n := 0; of.Backward && n <= store.MaxScan; n++ {
		leadsTo, ok := byID[of.Parent]
		if !ok {
			break
		}
		of = leadsTo
	}
	line := map[string]bool{}
	for id, n := of.ID, 0; id != "" && n <= store.MaxScan; n++ {
		line[id] = true
		id = parents[id]
	}
	last, before := store.Job{}, map[string]bool{} // before the job, nothing branches off
	for id := range line {
		before[id] = id != of.ID
	}
	for _, j := range told { // parents come before their children
		if !line[j.ID] && (!line[j.Parent] || before[j.Parent]) {
			continue
		}
		line[j.ID] = true
		if j.State == store.StateCompleted && !j.Removed && (last.ID == "" || later(j, last)) {
			last = j
		}
	}
	return last
}

// later reports whether a finished part of a line is nearer to its end than
// another one.
func later(j, than store.Job) bool {
	if j.Backward != than.Backward {
		return than.Backward
	}
	return j.Part > than.Part || j.Part == than.Part && j.CreatedAt.After(than.CreatedAt)
}

// length adds up the videos from the first part to the last one, and those that
// lead to the first; unknown says that some have a length that nobody knows.
func length(jobs []store.Job, last store.Job) (sum time.Duration, unknown bool) {
	byID, before := map[string]store.Job{}, map[string]store.Job{} // before: what leads to one, the newest
	for _, j := range jobs {
		byID[j.ID] = j
		if j.Backward && j.State == store.StateCompleted && !j.Removed {
			before[j.Parent] = j
		}
	}
	add := func(j store.Job) {
		if d := j.Length(); d > 0 {
			sum += d
		} else {
			unknown = true
		}
	}
	first := last
	for j, n := last, 0; j.ID != "" && n <= store.MaxScan; n++ {
		first = j
		add(j)
		if !continues(j) || j.Backward {
			break
		}
		parent, ok := byID[j.Parent]
		if !ok {
			unknown = true // it is no longer kept
		}
		j = parent
	}
	for j, n := before[first.ID], 0; j.ID != "" && n <= store.MaxScan; n++ {
		add(j)
		j = before[j.ID]
	}
	return sum, unknown
}
