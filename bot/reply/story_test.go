package reply_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// chapters are n parts that follow one another.
func chapters(n int) []reply.Chapter {
	list := make([]reply.Chapter, n)
	for i := range list {
		j := job(store.KindExtend, store.StateCompleted)
		j.ID, j.Message, j.Part = fmt.Sprintf("d0abcdefghijklmno%03d", i+1), fmt.Sprint(301+i), i+1
		j.Prompt, j.Upload.Length = fmt.Sprintf("what happens in part %d", i+1), 5*time.Second
		if i == 0 {
			j.Kind, j.Parent = store.KindDream, ""
		}
		list[i] = reply.Chapter{Job: j, Label: fmt.Sprint(i + 1)}
	}
	return list
}

// page is a page of a story of 20 parts.
func page(n int) reply.StoryPage {
	all := chapters(20)
	first := n * reply.ChaptersPerPage
	return reply.StoryPage{Chapters: all[first:min(first+reply.ChaptersPerPage, len(all))], Parts: len(all),
		Length: 100 * time.Second, Of: all[4].Job.ID, Page: n, Pages: 3, Last: all[19].Job}
}

// storyPages are pages of stories of every kind.
func storyPages() map[string]reply.StoryPage {
	linear := chapters(3)
	whole := func(list []reply.Chapter) reply.StoryPage {
		return reply.StoryPage{Chapters: list, Parts: len(list), Length: 5 * time.Second * time.Duration(len(list)),
			Of: list[0].Job.ID, Pages: 1, Last: list[len(list)-1].Job}
	}
	pages := map[string]reply.StoryPage{
		"linear": whole(linear), "one": whole(linear[:1]),
		"first": page(0), "middle": page(1), "last": page(2),
	}
	branched := chapters(5)
	branched[1].Label, branched[2].Label = "2a", "2b"
	branched[3].Label, branched[3].After = "3a", "2b"
	branched[4].Label, branched[4].After = "3b", "2a"
	branched[4].Job.State, branched[4].Job.Upload.Length = store.StateDreaming, 0
	fork := whole(branched)
	fork.Last, fork.Length = branched[3].Job, 15*time.Second
	pages["branched"] = fork

	backward := chapters(4)
	backward[1].Job.Backward, backward[1].Before = true, "1"
	backward[2].Job.Backward, backward[2].Before, backward[2].Job.Removed = true, "2", true
	backward[3].Job.Backward, backward[3].Before = true, "3"
	pages["backward"] = whole(backward)

	removed := chapters(3)
	removed[1].Job.Removed = true
	pages["removed"] = whole(removed)

	cut := whole(chapters(6)[4:])
	cut.Cut, cut.Unknown = true, true
	cut.Chapters[1].Job.Direct = "900" // it went to a direct message
	pages["cut"] = cut

	unknown := whole(chapters(2))
	unknown.Length, unknown.Unknown, unknown.Last = 0, true, store.Job{}
	for i := range unknown.Chapters {
		unknown.Chapters[i].Job.Upload.Length = 0
	}
	unknown.Chapters[1].Job.State, unknown.Chapters[1].Job.Message = store.StateWaiting, ""
	pages["no length"] = unknown
	pages["empty"] = reply.StoryPage{Of: someJob, Pages: 1}
	return pages
}

func TestPagesOfAStory(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for name, s := range storyPages() {
			m := reply.Story(c.For(locale), s)
			golden(t, "story-"+name+"-"+locale, m)
			if m.Flags != reply.FlagEphemeral|reply.FlagComponentsV2 {
				t.Errorf("%s: its flags are %d", name, m.Flags)
			}
			checkMessage(t, m)
		}
	}
}

// A story is gone on from at its end alone, and turned page by page.
func TestTheButtonsOfAStorysPages(t *testing.T) {
	p := catalog(t).For("en-US")
	pages := storyPages()
	of := page(0).Of
	for name, want := range map[string][]reply.Action{
		"linear":    {{Verb: reply.ActionExtend, Job: pages["linear"].Last.ID}},
		"first":     {{Verb: reply.ActionStory, Job: of, Page: 1}},
		"middle":    {{Verb: reply.ActionStory, Job: of, Page: 0}, {Verb: reply.ActionStory, Job: of, Page: 2}},
		"last":      {{Verb: reply.ActionExtend, Job: page(2).Last.ID}, {Verb: reply.ActionStory, Job: of, Page: 1}},
		"no length": nil,
		"empty":     nil,
	} {
		if got := actions(t, reply.Story(p, pages[name])); !slices.Equal(got, want) {
			t.Errorf("%s offers %v, want %v", name, got, want)
		}
	}
	endless := page(0)
	endless.Page, endless.Pages = reply.MaxPages-1, 10*reply.MaxPages
	if got := actions(t, reply.Story(p, endless)); len(got) != 1 || got[0].Page != reply.MaxPages-2 {
		t.Errorf("the last page that can be turned to offers %v", got)
	}
}

// Every part says where it stands, if it stands anywhere.
func TestChaptersLeadToTheirMessages(t *testing.T) {
	p := catalog(t).For("en-US")
	for name, want := range map[string]string{
		"linear":  "[Completed](https://discord.com/channels/100/200/302)",
		"cut":     "[Completed](https://discord.com/channels/@me/900/306)",
		"removed": "**Part 2** · deleted",
	} {
		if text := texts(t, reply.Story(p, storyPages()[name])); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", name, want, text)
		}
	}
	if text := texts(t, reply.Story(p, storyPages()["removed"])); strings.Contains(text, "part 2") {
		t.Errorf("what was deleted is told: %s", text)
	}
}
