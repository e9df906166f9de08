package reply_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// byReaction is a job that a reaction to a result asked for.
func byReaction(state store.State) store.Job {
	j := job(store.KindExtend, state)
	j.Reaction, j.Member = true, "401"
	j.Root, j.Part, j.Back = j.Parent, 2, store.Spot{Channel: "200", Message: "299"}
	if state == store.StateFailed {
		j.Failure = store.FailureGeneration
	}
	return j
}

// guest is a job where the bot is no member.
func guest(state store.State) store.Job {
	j := job(store.KindDream, state)
	j.Guest, j.Origin.Expires = true, start.Add(15*time.Minute)
	return j
}

func TestACardByAReactionInEachState(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		note := c.For(locale).Say("card.by_reaction.note")
		for _, state := range store.States() {
			card := reply.Card(c.For(locale), byReaction(state), reply.ScreenUpload)
			golden(t, strings.Join([]string{"reaction", string(state), locale}, "-"), card)
			text := texts(t, card)
			if !strings.Contains(text, "⏩") || !strings.Contains(text, "<@401>") {
				t.Errorf("%s in %s: %s", state, locale, text)
			}
			remix := slices.ContainsFunc(actions(t, card), func(a reply.Action) bool { return a.Verb == reply.ActionRemix })
			if strings.Contains(text, note) != remix {
				t.Errorf("%s in %s: there is a Remix: %v; it says %s", state, locale, remix, text)
			}
		}
	}
}

// Until when a guest's reply can be edited is said while that matters.
func TestAGuestsCardSaysHowLongItCanBeUpdated(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, state := range store.States() {
			card := reply.Card(c.For(locale), guest(state), reply.ScreenUpload)
			if state == store.StateWaiting || state == store.StateCompleted {
				golden(t, strings.Join([]string{"guest", string(state), locale}, "-"), card)
			}
			if said := strings.Contains(texts(t, card), "<t:1800000900:t>"); said == state.Final() {
				t.Errorf("%s in %s: it is said: %v", state, locale, said)
			}
		}
	}
}

// A part leads back to the one before where that stands somewhere, and names it
// in any case.
func TestAPartLeadsBack(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		j := job(store.KindExtend, store.StateQueued)
		j.Part = 3
		golden(t, "part-named-"+locale, reply.Card(c.For(locale), j, reply.ScreenUpload))
		if text := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload)); strings.Contains(text, "https:") || !strings.Contains(text, "`"+j.Parent+"`") {
			t.Errorf("without a message of its parent: %s", text)
		}
		j.Back = store.Spot{Channel: "200", Message: "299"}
		golden(t, "part-linked-"+locale, reply.Card(c.For(locale), j, reply.ScreenUpload))
		for guild, want := range map[string]string{
			"100": "](https://discord.com/channels/100/200/299)", "": "](https://discord.com/channels/@me/200/299)",
		} {
			j.Guild = guild
			if text := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload)); !strings.Contains(text, want) {
				t.Errorf("in guild %q: %s", guild, text)
			}
		}
	}
	// One from before parts were counted is the second at least.
	j := job(store.KindExtend, store.StateQueued)
	if text := texts(t, reply.Card(c.For("en-US"), j, reply.ScreenUpload)); !strings.Contains(text, "part 2") {
		t.Error(text)
	}
}

// A place in line comes with the time that is expected, where that is known.
func TestAPlaceInLineSaysWhenItIsDone(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		j := job(store.KindDream, store.StateWaiting)
		j.Ready = start.Add(5 * time.Minute)
		golden(t, "line-ready-"+locale, reply.Card(c.For(locale), j, reply.ScreenUpload))
		for _, place := range []int{1, 3, 20} {
			j.Place = place
			if text := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload)); !strings.Contains(text, "<t:1800000300:R>") {
				t.Errorf("place %d in %s: %s", place, locale, text)
			}
		}
		j.Hold = store.HoldUnreachable // nobody can tell then
		if text := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload)); strings.Contains(text, "<t:1800000300:R>") {
			t.Errorf("held in %s: %s", locale, text)
		}
	}
}

// file is a file of a message, as Discord reads it.
type file struct {
	ID, Filename string
	New          bool // it comes with its description
}

// The files of a message are listed in one order, kept ones by their ids and new
// ones by the order of their uploads.
func TestFilesThatAreKeptAndFilesThatAreNew(t *testing.T) {
	p := catalog(t).For("en-US")
	keep := func(id, name string) store.Upload { return store.Upload{ID: id, Name: name} }
	j := job(store.KindDream, store.StateCompleted)
	first, last, name := reply.PictureName(j, false), reply.PictureName(j, true), reply.FileName(j)
	for golds, c := range map[string]struct {
		image, end, video store.Upload
		screen            reply.Screen
		want              []file
	}{
		"nothing stands there": {want: []file{{"0", name, true}}}, // the pictures are shown by their addresses
		"all new":              {store.Upload{Name: first}, store.Upload{Name: last}, store.Upload{}, reply.ScreenUpload, []file{{"0", first, true}, {"1", last, true}, {"2", name, true}}},
		"all kept":             {keep("901", first), keep("902", last), keep("903", name), reply.ScreenUpload, []file{{"901", first, false}, {"902", last, false}, {"903", name, false}}},
		"pictures kept":        {keep("901", first), keep("902", last), store.Upload{}, reply.ScreenUpload, []file{{"901", first, false}, {"902", last, false}, {"0", name, true}}},
		"one of each":          {keep("901", first), store.Upload{Name: last}, store.Upload{}, reply.ScreenUpload, []file{{"901", first, false}, {"0", last, true}, {"1", name, true}}},
		"the first new":        {store.Upload{Name: first}, keep("902", last), keep("903", name), reply.ScreenUpload, []file{{"0", first, true}, {"902", last, false}, {"903", name, false}}},
		"the video is a link":  {keep("901", first), store.Upload{Name: last}, store.Upload{}, reply.ScreenLink, []file{{"901", first, false}, {"0", last, true}}},
		"no media at all":      {keep("901", first), keep("902", last), keep("903", name), reply.ScreenPlain, nil},
	} {
		t.Run(golds, func(t *testing.T) {
			j := j
			j.Image.Upload, j.EndImage.Upload, j.Upload = c.image, c.end, c.video
			m := reply.Card(p, j, c.screen)
			golden(t, "files-"+golds, m)
			var got []file
			for _, a := range m.Attachments {
				got = append(got, file{a.ID, a.Filename, a.Description != ""})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			shown := strings.Join(media(t, m), " ")
			for _, f := range got {
				if !strings.Contains(shown, "attachment://"+f.Filename) {
					t.Errorf("%s is not shown: %s", f.Filename, shown)
				}
			}
		})
	}
}

// media are the addresses of all media of a message.
func media(t *testing.T, m reply.Message) []string {
	t.Helper()
	type component struct {
		Media      *struct{ URL string }
		Accessory  *component
		Items      []component
		Components []component
	}
	var wire component
	decode(t, m, &wire)
	var list []string
	var walk func(component)
	walk = func(c component) {
		if c.Media != nil {
			list = append(list, c.Media.URL)
		}
		if c.Accessory != nil {
			walk(*c.Accessory)
		}
		for _, in := range [][]component{c.Items, c.Components} {
			for _, one := range in {
				walk(one)
			}
		}
	}
	walk(wire)
	return list
}

func TestPicturesAreNamedByTheirKind(t *testing.T) {
	j := job(store.KindDream, store.StateWaiting)
	for given, want := range map[string]string{
		"a.png": ".png", "A.PNG": ".png", "b.webp": ".webp", "c.jpeg": ".jpeg", "d.jpg": ".jpg",
		"": ".jpg", "png": ".jpg", "e.gif": ".jpg", "f.png.exe": ".jpg", "../g/h.png": ".png", "x.png?": ".jpg",
	} {
		j.Image.Name, j.EndImage.Name = given, given
		if got := reply.PictureName(j, false); got != "first-"+j.ID+want {
			t.Errorf("%q goes up as %q", given, got)
		}
		if got := reply.PictureName(j, true); got != "last-"+j.ID+want {
			t.Errorf("%q goes up as %q", given, got)
		}
	}
}

// A copy is for one person, needs no file, and says where there is nothing left
// to see.
func TestACardOnceMore(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for name, j := range map[string]store.Job{
			"video": job(store.KindDream, store.StateCompleted), "lost": job(store.KindDream, store.StateCompleted),
			"failed": job(store.KindDream, store.StateFailed), "waiting": job(store.KindDream, store.StateWaiting),
		} {
			j.Upload, j.Image.Upload = store.Upload{ID: "903", Name: "v.mp4"}, store.Upload{ID: "901", Name: "p.png"}
			switch name {
			case "lost":
				j.Video.URL = ""
			case "failed":
				j.Failure = store.FailurePictureGone
			}
			m := reply.Copy(c.For(locale), j)
			golden(t, "copy-"+name+"-"+locale, m)
			if m.Flags != reply.FlagEphemeral|reply.FlagComponentsV2 || m.Attachments != nil {
				t.Errorf("%s: flags %d, files %v", name, m.Flags, m.Attachments)
			}
			for _, address := range media(t, m) {
				if strings.HasPrefix(address, "attachment:") {
					t.Errorf("%s shows %s, which does not stand there", name, address)
				}
			}
		}
	}
	// A link that is too long to show is no reason to say nothing.
	j := job(store.KindDream, store.StateCompleted)
	j.Video.URL = "https://luma.example/" + strings.Repeat("x", 3000)
	if text := texts(t, reply.Copy(c.For("en-US"), j)); !strings.Contains(text, c.For("en-US").Say("card.link.none")) {
		t.Error(text)
	}
}
