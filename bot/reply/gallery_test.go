package reply_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

const maxSnowflake = "18446744073709551615"

// shared is a prompt of a gallery.
func shared(n int) community.Prompt {
	return community.Prompt{
		ID: fmt.Sprintf("d0abcdefghijklmno%03d", n), Guild: "100", Author: fmt.Sprint(400 + n),
		Text: "a paper boat sails into a painted sunset", Settings: store.Settings{Model: "ray-v2", Duration: 5 * time.Second, Resolution: "720p"},
		Result: store.Spot{Channel: "200", Message: fmt.Sprint(300 + n)}, Video: store.Upload{ID: "900", Name: "dream.mp4"},
		SharedAt: start.Add(-time.Duration(n) * time.Hour), Votes: 7 - n,
	}
}

// exhibits are a page of the gallery with all that differs.
func exhibits() []reply.Exhibit {
	posted, remixed, bare := shared(0), shared(1), shared(2)
	posted.Post = community.Post{State: community.PostMade, Channel: "201", Message: "350"}
	posted.Contest, posted.Pictures = "d0contest00000000000", true
	remixed.Remixes = []store.Credit{{Job: someJob, Member: "401"}, {Job: someJob, Member: store.Nobody}, {Job: someJob, Member: "402"}}
	remixed.Spoiler, remixed.Extends = true, true
	remixed.Settings.AspectRatio, remixed.Settings.Loop = "9:16", true
	bare.Settings, bare.Author = store.Settings{}, store.Nobody
	return []reply.Exhibit{
		{Prompt: posted, Address: "https://cdn.example/a.mp4?ex=1&is=2&hm=3"},
		{Prompt: remixed, Address: "https://cdn.example/b.mp4?ex=1&is=2&hm=3", Hidden: true, Withdraws: true},
		{Prompt: bare},
	}
}

// fullest is a prompt with as much on it as there can be.
func fullest(n int, prompt string) reply.Exhibit {
	p := shared(n)
	p.Text, p.Guild, p.Author, p.Votes, p.Contest = prompt, maxSnowflake, maxSnowflake, 1_000_000, someJob
	p.Pictures, p.Extends, p.Spoiler = true, true, true
	p.Settings.AspectRatio, p.Settings.Loop = "16:9", true
	p.Post = community.Post{State: community.PostMade, Channel: maxSnowflake, Message: maxSnowflake}
	for i := range store.MaxCredits {
		p.Remixes = append(p.Remixes, store.Credit{Job: someJob, Member: fmt.Sprint(uint64(18446744073709551000) + uint64(i))})
	}
	return reply.Exhibit{Prompt: p, Withdraws: true, Hidden: true}
}

// galleryPages are pages of the gallery of every kind.
func galleryPages() map[string]reply.GalleryPage {
	pages := map[string]reply.GalleryPage{
		"only":   {List: reply.ListNew, Exhibits: exhibits()[:1]},
		"first":  {List: reply.ListTopWeek, More: true, Exhibits: exhibits()},
		"middle": {List: reply.ListMine, Page: 2, More: true, Exhibits: exhibits()[1:]},
		"last":   {List: reply.ListSearch, Words: "*boat* 纸船", Page: 1, Exhibits: exhibits()[2:]},
		"random": {List: reply.ListRandom, Exhibits: exhibits()[1:2]},
		"beyond": {List: reply.ListTopAll, Page: 9},
	}
	for _, list := range reply.Lists() {
		pages["empty-"+list] = reply.GalleryPage{List: list, Words: "boat"}
	}
	return pages
}

func TestPagesOfTheGallery(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for name, page := range galleryPages() {
			if page.List != reply.ListSearch {
				page.Words = ""
			}
			m := reply.Gallery(c.For(locale), page)
			golden(t, "gallery-"+name+"-"+locale, m)
			if m.Flags != reply.FlagEphemeral|reply.FlagComponentsV2 {
				t.Errorf("%s: its flags are %d", name, m.Flags)
			}
			checkMessage(t, m)
		}
	}
}

// A line of remixes is told to its end where there is room, and else by its two
// ends; whoever is forgotten has no name in it.
func TestTheLineOfARemix(t *testing.T) {
	c := catalog(t)
	for locale, want := range map[string]string{
		"en-US": "remixed from <@401> ← a former member ← <@402>",
		"zh-CN": "改编自 <@401> ← " + c.For("zh-CN").Say("card.nobody") + " ← <@402>",
	} {
		if text := texts(t, reply.Gallery(c.For(locale), galleryPages()["middle"])); !strings.Contains(text, want) || strings.Contains(text, "<@0>") {
			t.Errorf("%s: %s", locale, text)
		}
	}
	p := c.For("en-US")
	full := fullest(0, strings.Repeat("*", 4000))
	last := full.Remixes[store.MaxCredits-1].Member
	alone := texts(t, reply.Gallery(p, reply.GalleryPage{List: reply.ListRandom, Exhibits: []reply.Exhibit{full}}))
	for _, credit := range full.Remixes {
		if !strings.Contains(alone, "<@"+credit.Member+">") {
			t.Errorf("a card alone does not name %s", credit.Member)
		}
	}
	three := reply.GalleryPage{List: reply.ListTopAll, Page: 100, More: true, Exhibits: []reply.Exhibit{full, fullest(1, "x"), fullest(2, "x")}}
	if text := texts(t, reply.Gallery(p, three)); !strings.Contains(text, "first by <@"+last+">") && !strings.Contains(text, "← <@"+last+">") {
		t.Errorf("of three cards one does not say who was the first: %s", text)
	}
}

// What can be done with a prompt is offered to who may do it.
func TestTheButtonsOfTheGallery(t *testing.T) {
	p := catalog(t).For("en-US")
	list := exhibits()
	of := func(n int, verbs ...reply.Verb) (all []reply.Action) {
		for _, v := range verbs {
			all = append(all, reply.Action{Verb: v, Job: list[n].ID})
		}
		return all
	}
	turn := func(page int) reply.Action {
		return reply.Action{Verb: reply.ActionGallery, Arg: reply.ListSearch, Text: "a:b", Page: page}
	}
	want := slices.Concat(of(0, reply.ActionUse, reply.ActionReuse), of(1, reply.ActionUse, reply.ActionReuse, reply.ActionWithdraw),
		of(2, reply.ActionUse, reply.ActionReuse), []reply.Action{turn(1), turn(3)})
	m := reply.Gallery(p, reply.GalleryPage{List: reply.ListSearch, Words: "a:b", Page: 2, More: true, Exhibits: list})
	if got := actions(t, m); !slices.Equal(got, want) {
		t.Errorf("offers %v, want %v", got, want)
	}
	random := reply.GalleryPage{List: reply.ListRandom, Exhibits: list[:1]}
	if got := actions(t, reply.Gallery(p, random)); got[len(got)-1] != (reply.Action{Verb: reply.ActionGallery, Arg: reply.ListRandom}) {
		t.Errorf("one by chance offers %v", got)
	}
	random.Exhibits = nil
	if got := actions(t, reply.Gallery(p, random)); len(got) != 0 {
		t.Errorf("none at all offers %v", got)
	}
	var wire struct{ Components []link }
	decode(t, m, &wire)
	if got, want := urls(wire.Components), []string{"https://discord.com/channels/100/201/350",
		"https://discord.com/channels/100/200/301", "https://discord.com/channels/100/200/302"}; !slices.Equal(got, want) {
		t.Errorf("opens %v, want %v", got, want)
	}
}

type link struct {
	URL        string
	Components []link
}

func urls(list []link) (all []string) {
	for _, l := range list {
		if l.URL != "" {
			all = append(all, l.URL)
		}
		all = append(all, urls(l.Components)...)
	}
	return all
}

// A card alone keeps the lines of its prompt, and Discord's bounds with it.
func TestAPromptAloneKeepsTheBounds(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, prompt := range hostile {
			m := reply.Gallery(c.For(locale), reply.GalleryPage{List: reply.ListRandom, Exhibits: []reply.Exhibit{fullest(0, prompt)}})
			checkMessage(t, m)
			for line := range strings.SplitSeq(contents(t, m), "\n") {
				if !strings.HasPrefix(line, ">") && !strings.HasPrefix(line, "-# ") && !strings.HasPrefix(line, "### ") {
					t.Errorf("%.80q has a line outside: %q", prompt, line)
				}
			}
		}
	}
}

func TestSharedAndWithdrawn(t *testing.T) {
	c := catalog(t)
	running := community.Contest{ID: someJob, Theme: "**Boats** & <@1>", Ends: start.Add(time.Hour), State: community.ContestRunning}
	over := running
	over.State = community.ContestOver
	due, made := shared(0), shared(0)
	due.Post = community.Post{State: community.PostDue, Channel: "201"}
	made.Post = community.Post{State: community.PostMade, Channel: "201", Message: "350"}
	for _, locale := range i18n.Locales() {
		for name, m := range map[string]reply.Message{
			"plain":     reply.Shared(c.For(locale), reply.Sharing{Prompt: shared(0)}),
			"due":       reply.Shared(c.For(locale), reply.Sharing{Prompt: due, Contest: running}),
			"made":      reply.Shared(c.For(locale), reply.Sharing{Prompt: made, Contest: over, Already: true}),
			"withdrawn": reply.Withdrawn(c.For(locale)),
		} {
			golden(t, "share-"+name+"-"+locale, m)
			if m.Flags != reply.FlagEphemeral|reply.FlagComponentsV2 {
				t.Errorf("%s: its flags are %d", name, m.Flags)
			}
			checkMessage(t, m)
			want := []reply.Action{{Verb: reply.ActionWithdraw, Job: shared(0).ID}, {Verb: reply.ActionGallery, Arg: reply.ListNew}}
			if name == "withdrawn" {
				want = want[1:]
			}
			if got := actions(t, m); !slices.Equal(got, want) {
				t.Errorf("%s offers %v, want %v", name, got, want)
			}
		}
	}
}

func profiles() map[string]reply.Profile {
	posted := exhibits()[0].Prompt
	return map[string]reply.Profile{
		"nothing": {Member: "400"},
		"full": {Member: "400", Tally: store.Tally{Dreams: 12, Length: 61 * time.Second, Remixed: 3},
			Standing: community.Standing{Shared: 4, Votes: 15}, Best: []community.Prompt{posted, shared(1), shared(2)}},
		"nobody": {Member: store.Nobody},
	}
}

func TestProfiles(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for name, of := range profiles() {
			m := reply.ProfileCard(c.For(locale), of)
			golden(t, "profile-"+name+"-"+locale, m)
			checkMessage(t, m)
			if strings.Contains(texts(t, m), "<@0>") {
				t.Errorf("%s: who is forgotten is mentioned", name)
			}
		}
	}
}
