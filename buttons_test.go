package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

const weeks = 3 * 7 * 24 * time.Hour

// fetched is what an address answers with; nil where it does not work.
func fetched(t testing.TB, address string) []byte {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil
	}
	return body
}

// kept waits until the pictures that were given stand on the reply itself.
func (w *world) kept(m discord.Message, n int) discord.Message {
	w.t.Helper()
	return w.message("a reply with its pictures", func(now discord.Message) bool {
		files := 0
		for _, a := range now.Attachments {
			if strings.HasPrefix(a.ContentType, "image/") {
				files++
			}
		}
		return now.ID == m.ID && files == n
	})
}

func TestRemixAndAgainOfText(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	m := w.replies(ada, dreams, "dream", given("prompt", "a red kite"), given("model", w.model()), given("resolution", "720p"))
	done := w.finishes(w.paid("a red kite"), m)

	dialog := w.opens(ben, done, "Remix")
	if field := dialog.Components[0].Component; field == nil || field.Value != "a red kite" {
		t.Errorf("the prompt is not filled in: %+v", dialog.Components)
	}
	remix := w.card(w.sends(ben, dialog, map[string]string{"prompt": "a blue kite"}))
	g := w.paid("a blue kite")
	if g.Model != w.model() || g.Resolution != "720p" || g.Parent != "" {
		t.Errorf("it is remixed as %+v", g)
	}
	w.plays(w.finishes(g, remix), "a blue kite")

	again := w.card(w.presses(mei, done, "Again"))
	first := w.paid("a red kite")
	second, err := w.box.Luma.WaitGeneration(w.context(), func(g luma.Generation) bool { return g.Prompt == first.Prompt && g.ID != first.ID })
	if err != nil || second.Model != w.model() {
		t.Fatalf("a new take: %+v, %v", second, err)
	}
	w.advance(second, "")
	w.advance(second, "")
	w.shows(again.ID, "已完成") // the server has chosen no language
}

func TestRemixAndAgainOfAnExtension(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	first := w.completes(ada, dreams, "it begins")
	root := w.paid("it begins")
	m := w.card(w.sends(ada, w.opens(ada, first, "Extend"), map[string]string{"prompt": "it goes on"}))
	done := w.finishes(w.extends(root), m)
	w.sends(ben, w.opens(ben, done, "Remix"), map[string]string{"prompt": "it goes on otherwise"})
	w.presses(ben, done, "Again")
	other, extension := w.paid("it goes on otherwise"), w.extends(root)
	if other.Parent != root.ID {
		t.Errorf("the remix goes on from %s", other.Parent)
	}
	if _, err := w.box.Luma.WaitGeneration(w.context(), func(g luma.Generation) bool {
		return g.Parent == root.ID && g.Prompt == "it goes on" && g.ID != extension.ID
	}); err != nil {
		t.Errorf("there is no new take of the extension: %v", err)
	}
}

// Weeks later, in another run, everything on a card works as on the first day:
// the pictures that were given stand on it, and Luma gets addresses that work.
func TestButtonsWorkWeeksLater(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	m := w.replies(ada, dreams, "dream", given("prompt", "from two pictures"),
		given("image", w.picture("first.png")), given("end_image", w.picture("last.png")))
	w.kept(m, 2)
	old := w.paid("from two pictures")
	done := w.finishes(old, m)
	if pictures, video := media(done); len(pictures) != 2 || video == nil || len(done.Attachments) != 3 {
		t.Errorf("it shows %d pictures of %d files", len(pictures), len(done.Attachments))
	}
	failed := w.replies(ben, dreams, "dream", given("prompt", "dubious"), given("image", w.picture("one.png")))
	w.kept(failed, 1)
	g := w.paid("dubious")
	w.advance(g, "")
	w.advance(g, "Advanced prompt moderation failed")
	failed = w.shows(failed.ID, "Failed")
	boat := w.replies(mei, workshop, "dream", given("prompt", "一只纸船"))
	g = w.paid("一只纸船")
	w.advance(g, "")
	w.advance(g, "")
	boat = w.shows(boat.ID, "已完成")

	w.later(weeks)
	if fetched(t, old.ImageURL) != nil {
		t.Error("the first address still works, so that this test shows nothing")
	}
	takes := func(prompt string, n int) {
		t.Helper()
		g, err := w.box.Luma.WaitGeneration(w.context(), func(g luma.Generation) bool { return g.Prompt == prompt && g.ID != old.ID })
		if err != nil {
			t.Fatalf("Luma never got %q: %v", prompt, err)
		}
		if fetched(t, g.ImageURL) == nil || n == 2 && fetched(t, g.ImageEndURL) == nil || g.ImageURL == old.ImageURL {
			t.Errorf("%q is sent with addresses that do not work", prompt)
		}
	}
	again := w.card(w.presses(ben, done, "Again"))
	takes("from two pictures", 2)
	w.kept(again, 2)
	w.sends(ben, w.opens(ben, done, "Remix"), map[string]string{"prompt": "remixed weeks later"})
	takes("remixed weeks later", 2)
	w.sends(ben, w.opens(ben, failed, "Edit and retry"), map[string]string{"prompt": "lovely"})
	takes("lovely", 1)
	w.sends(ben, w.opens(ben, done, "Extend"), map[string]string{"prompt": "extended weeks later"})
	w.paid("extended weeks later")
	w.reacts(ben, done, fastForward)
	w.answers(done, "Queued")
	// "延长" is Extend.
	w.dialog(w.presses(ada, boat, "延长"))
	w.told(w.presses(ben, done, "Delete"), ben, "can do that")
	w.presses(ada, *w.presses(ada, done, "Delete").Message, "Delete for everybody")
	w.gone(done)
}

// A job that waits in line for longer than the addresses of its pictures work
// is sent with fresh ones; where a picture is gone it is not sent, and asks for it.
func TestAJobThatWaitedForDays(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["LUMA_CONCURRENCY"] = "1"
	w.environ["JOB_DEADLINE"] = "24h"
	w.start()
	w.replies(ben, dreams, "dream", given("prompt", "takes the only place"))
	first := w.paid("takes the only place")
	waits := w.replies(ada, dreams, "dream", given("prompt", "patient"), given("image", w.picture("one.png")))
	w.kept(waits, 1)
	lost := w.replies(ada, general, "dream", given("prompt", "bereft"), given("image", w.picture("two.png")))
	w.kept(lost, 1)
	if err := w.box.Discord.DeleteMessage(lost.ID); err != nil {
		t.Fatal(err)
	}
	w.later(30 * time.Hour)
	w.advance(first, "")
	w.advance(first, "")
	g := w.paid("patient")
	if fetched(t, g.ImageURL) == nil {
		t.Errorf("it is sent with an address that does not work")
	}
	w.finishes(g, waits)
	w.message("the end of the other", func(m discord.Message) bool {
		return m.ChannelID == general && strings.Contains(says(&m), "A picture that belongs to this is no longer at Discord")
	})
	for _, g := range w.box.Luma.Generations() {
		if g.Prompt == "bereft" {
			t.Error("it was paid for")
		}
	}
}

// A picture that could not be kept is asked for when it is wanted again.
func TestAPictureThatIsGoneIsAskedFor(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{UploadSize: 100}) // less than the picture
	w.start()
	m := w.replies(ada, dreams, "dream", given("prompt", "from a large picture"), given("image", w.picture("large.png")))
	done := w.finishes(w.paid("from a large picture"), m)
	w.later(weeks)
	for _, label := range []string{"Again", "Remix"} {
		dialog := w.opens(ben, done, label)
		var field string
		for _, c := range dialog.Components {
			if c.Component != nil && c.Component.Type == 19 {
				field = c.Component.CustomID
			}
		}
		if field == "" {
			t.Fatalf("%s does not ask for the picture: %+v", label, dialog.Components)
		}
		w.card(w.sends(ben, dialog, map[string]string{"prompt": "with another " + label, field: w.picture("new.png")}))
		if g := w.paid("with another " + label); fetched(t, g.ImageURL) == nil {
			t.Errorf("%s sends an address that does not work", label)
		}
	}
}

// A button whose job is no longer kept says so.
func TestAButtonWhoseJobIsGone(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	done := w.completes(ada, dreams, "forgotten")
	w.end()
	w.environ["DATABASE_URL"] += ".new"
	w.start()
	for _, label := range []string{"Extend", "Remix", "Again", "Delete"} {
		w.told(w.presses(ben, done, label), ben, "not known here any more")
	}
	w.reacts(ben, done, fastForward)
	w.nothingMore()
	if n := len(w.extensions(w.paid("forgotten"))); n != 0 {
		t.Errorf("%d extensions", n)
	}
}

// Who waits sees when it is expected, from what others took, after a restart
// too.
func TestTheLineSaysWhen(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["LUMA_CONCURRENCY"] = "1"
	w.start()
	for _, prompt := range []string{"one", "two", "three"} {
		w.completes(ben, dreams, prompt)
	}
	w.end()
	w.start()
	w.replies(ben, dreams, "dream", given("prompt", "takes the only place"))
	w.paid("takes the only place")
	waits := w.replies(ada, dreams, "dream", given("prompt", "waits"))
	waits = w.shows(waits.ID, "Next in line", "expected <t:")
	button(t, waits, "Cancel")
	// Another resolution or model is another measure, of which nothing is known.
	other := w.replies(ada, dreams, "dream", given("prompt", "another"), given("resolution", "1080p"))
	if other = w.shows(other.ID, "Number 2 in line"); strings.Contains(says(&other), "expected") {
		t.Errorf("it is expected by what others took:\n%s", says(&other))
	}
	w.presses(ada, waits, "Cancel")
	w.shows(waits.ID, "Cancelled")
}
