package commands_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/store"
)

// menu is a command in the menu of a message, which is written out.
func menu(name, target, message string) string {
	return fmt.Sprintf(`{"id":"701","name":%q,"type":3,"target_id":%q,"resolved":{"messages":{%[2]q:%s}}}`, name, target, message)
}

// forwarded is a message that passes another one on.
func forwarded(message string) string {
	return `{"attachments":[],"embeds":[],"components":[],"message_snapshots":[{"message":` + message + `}]}`
}

const (
	pictureMenu = "Dream from this picture"
	extendMenu  = "Extend this video"
)

// shownAs is an image as embeds and components describe it.
func shownAs(name, contentType string, size int) string {
	return fmt.Sprintf(`{"url":"https://anywhere.example/%s","proxy_url":"https://proxy.example/%[1]s?ex=6b4b2380","content_type":%q,"width":%d,"height":%[3]d}`, name, contentType, size)
}

func TestAPictureIsFoundOnAMessage(t *testing.T) {
	attached := func(name, contentType string, bytes int) string {
		return fmt.Sprintf(`{"id":"7","filename":%q,"content_type":%q,"size":%d,"url":"https://cdn.example/%[1]s?ex=6b4b2380","proxy_url":"https://proxy.example/%[1]s","width":64,"height":64}`, name, contentType, bytes)
	}
	png := func(name string) string { return shownAs(name, "image/png", 64) }
	for name, c := range map[string]struct{ message, picture, refused string }{
		"an attachment":               {`{"attachments":[` + attached("a.png", "image/png", 1) + `]}`, "https://cdn.example/a.png?ex=6b4b2380", ""},
		"the first that is a picture": {`{"attachments":[` + attached("a.mp4", "video/mp4", 1) + "," + attached("b.gif", "image/gif", 1) + "," + attached("c.webp", "image/webp; x=y", 1) + "," + attached("d.png", "image/png", 1) + `]}`, "https://cdn.example/c.webp?ex=6b4b2380", ""},
		"an embed's image":            {`{"embeds":[{"title":"x"},{"image":` + png("e.png") + `}]}`, "https://proxy.example/e.png?ex=6b4b2380", ""},
		"an embed's thumbnail":        {`{"embeds":[{"thumbnail":` + png("t.png") + `}]}`, "https://proxy.example/t.png?ex=6b4b2380", ""},
		"the image goes first":        {`{"embeds":[{"thumbnail":` + png("t.png") + `,"image":` + png("e.png") + `}]}`, "https://proxy.example/e.png?ex=6b4b2380", ""},
		"a gallery":                   {`{"components":[{"type":17,"components":[{"type":10,"content":"x"},{"type":12,"items":[{"media":` + shownAs("v.mp4", "video/mp4", 64) + `},{"media":` + png("g.png") + `}]}]}]}`, "https://proxy.example/g.png?ex=6b4b2380", ""},
		"a thumbnail of a section":    {`{"components":[{"type":9,"components":[{"type":10,"content":"x"}],"accessory":{"type":11,"media":` + png("s.png") + `}}]}`, "https://proxy.example/s.png?ex=6b4b2380", ""},
		"media without a copy":        {`{"components":[{"type":12,"items":[{"media":{"url":"https://cdn.example/m.png","content_type":"image/png","width":1,"height":1}}]}]}`, "https://cdn.example/m.png", ""},
		"what was passed on":          {forwarded(`{"attachments":[` + attached("f.jpg", "image/jpeg", 1) + `]}`), "https://cdn.example/f.jpg?ex=6b4b2380", ""},
		"an embed that was passed on": {forwarded(`{"embeds":[{"image":` + png("e.png") + `}]}`), "https://proxy.example/e.png?ex=6b4b2380", ""},
		"nothing":                     {`{"content":"look: https://x/a.png"}`, "", "refusal.message.no_picture"},
		"no message":                  {`null`, "", "refusal.message.no_picture"},
		"a video":                     {`{"attachments":[` + attached("a.mp4", "video/mp4", 1) + `]}`, "", "refusal.message.no_picture"},
		"not decoded":                 {`{"embeds":[{"image":` + shownAs("e.png", "image/png", 0) + `}]}`, "", "refusal.message.no_picture"},
		"an embed without a copy":     {`{"embeds":[{"image":{"url":"https://anywhere.example/e.png","content_type":"image/png","width":1,"height":1}}]}`, "", "refusal.message.no_picture"},
		"too large":                   {`{"attachments":[` + attached("a.png", "image/png", 20<<20+1) + `,` + attached("b.png", "image/png", 1) + `]}`, "", "refusal.image.size"},
		"too deep":                    {`{"components":[` + strings.Repeat(`{"components":[`, 8) + `{"media":` + png("x.png") + `}` + strings.Repeat(`]}`, 8) + `]}`, "", "refusal.message.no_picture"},
		"beyond what is looked at":    {`{"attachments":[` + strings.Repeat(attached("a.mp4", "video/mp4", 1)+",", 50) + attached("b.png", "image/png", 1) + `]}`, "", "refusal.message.no_picture"},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t)
			a, err := f.do(t, commands.KindCommand, home, menu(pictureMenu, "800", c.message))
			if got := refusal(t, err); got != c.refused {
				t.Fatalf("refused: %q, want %q", got, c.refused)
			}
			if c.refused != "" {
				return
			}
			draft := draftOf(t, a)
			d, err := f.store.Draft(t.Context(), draft)
			if err != nil || d.Member != home.member || d.Image.URL != c.picture || !d.CreatedAt.Equal(now) {
				t.Fatalf("kept %+v, %v", d, err)
			}
			if _, err := f.do(t, commands.KindModal, home, modal("1:begin:"+draft, "it comes alive")); err != nil {
				t.Fatal(err)
			}
			if j := f.line.got[0]; j.Kind != store.KindDream || j.Prompt != "it comes alive" || j.Image.URL != c.picture || !j.EndImage.IsZero() || j.Member != home.member {
				t.Errorf("asked for %+v", j)
			}
		})
	}
}

// draftOf is the draft that a modal belongs to.
func draftOf(t *testing.T, a commands.Answer) string {
	t.Helper()
	if a.Modal == nil {
		t.Fatalf("answered by %+v", a)
	}
	action, err := reply.ParseAction(a.Modal.CustomID)
	if err != nil || action.Verb != reply.ActionBegin {
		t.Fatalf("the modal is %q: %v", a.Modal.CustomID, err)
	}
	return action.Job
}

// A draft is its member's alone, for as long as its picture works. Whose prompt
// cannot be used gets it back.
func TestADraftThatIsGoneGivesThePromptBack(t *testing.T) {
	for name, change := range map[string]func(f *fixture, draft string) (where, string){
		"another member": func(_ *fixture, draft string) (where, string) { return where{"100", "200", "401"}, draft },
		"unknown":        func(*fixture, string) (where, string) { return home, id(1) },
		"expired": func(f *fixture, draft string) (where, string) {
			f.now = pictureEnds
			return home, draft
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t)
			a, err := f.do(t, commands.KindCommand, home, menu(pictureMenu, "800", `{"attachments":[`+picturePNG+`]}`))
			if err != nil {
				t.Fatal(err)
			}
			who, draft := change(f, draftOf(t, a))
			_, err = f.do(t, commands.KindModal, who, modal("1:begin:"+draft, "my *long* thought"))
			var r *commands.Refusal
			if !errors.As(err, &r) || r.Key != "refusal.draft.gone" || r.Args["Prompt"] != reply.Words("my *long* thought") {
				t.Errorf("%v, %+v", err, r)
			}
			if len(f.line.got) != 0 {
				t.Error("a job was asked for")
			}
		})
	}
}

// The moment before its picture ends, a draft can be begun, from anywhere.
func TestADraftIsBegunWhileItsPictureWorks(t *testing.T) {
	f := setUp(t)
	a, err := f.do(t, commands.KindCommand, home, menu(pictureMenu, "800", `{"attachments":[`+picturePNG+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	f.now = pictureEnds.Add(-time.Second)
	if _, err := f.do(t, commands.KindModal, dm, modal("1:begin:"+draftOf(t, a), "a boat")); err != nil {
		t.Error(err)
	}
}

func TestExtendFromTheMenuOfAMessage(t *testing.T) {
	f := setUp(t)
	at := func(n int, w where) store.Job {
		return store.Job{ID: id(n), Guild: w.guild, Channel: w.channel, Member: w.member, Prompt: "x"}
	}
	f.put(t, at(1, where{"100", "201", "401"}), store.StateCompleted)
	f.put(t, at(2, home), store.StateDreaming)
	f.put(t, at(3, home), store.StateFailed)
	f.put(t, at(4, where{"101", "210", "400"}), store.StateCompleted)
	f.remove(t, f.put(t, at(5, home), store.StateCompleted).ID)
	for message, want := range map[string]string{
		"91": "", "92": "refusal.video.unfinished", "93": "refusal.video.failed", "94": "refusal.message.no_video",
		"95": "refusal.message.no_video", "96": "refusal.message.no_video", "": "refusal.message.no_video",
	} {
		a, err := f.do(t, commands.KindCommand, home, menu(extendMenu, message, `{"content":"somebody's"}`))
		if got := refusal(t, err); got != want {
			t.Errorf("message %q: %q, want %q", message, got, want)
		}
		if want == "" && (a.Modal == nil || a.Modal.CustomID != "1:extend:"+id(1)) {
			t.Errorf("message %q is answered by %+v", message, a)
		}
	}
}
