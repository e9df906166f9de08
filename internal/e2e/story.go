package e2e

import (
	"bytes"
	"strings"
	"testing"
)

// picture is a PNG of one pixel.
const picture = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU" +
	"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"

// PaintStory is what a bot that is written with any library can do on the
// sandbox. The bot registers /paint with the option picture, answers "mixing
// colours", edits that to "painted" with the picture as the file painted.png,
// reacts with 🎨 to its message, and answers a person's 🌟 under it with a reply,
// "thank you".
func PaintStory(t *testing.T, s *Sandbox) {
	t.Helper()
	s.Online("paint")
	paint := func() Message {
		t.Helper()
		o := s.Invoke(Ben, General, "paint", Option{"picture", s.Upload("mine.png", []byte(picture))})
		if o.Kind != "message" || !strings.Contains(o.Message.Content, "mixing") {
			t.Fatalf("/paint is answered by %s %+v", o.Kind, o.Message)
		}
		return s.Wait(Waiting{Message: o.Message.ID, Says: []string{"painted"}})
	}
	m := paint()
	if len(m.Attachments) != 1 || m.Attachments[0].Filename != "painted.png" {
		t.Fatalf("it carries %+v", m.Attachments)
	}
	if got := s.Get(m.Attachments[0].URL); !bytes.Equal(got, []byte(picture)) {
		t.Errorf("the file has %d bytes, and not those that were given", len(got))
	}

	s.React(Mei, m.ID, "🌟")
	if answer := s.Wait(Waiting{ReplyTo: m.ID, Says: []string{"thank you"}}); answer.Channel != General {
		t.Errorf("the thanks are in channel %s", answer.Channel)
	}
	for _, r := range s.Wait(Waiting{Message: m.ID, Reaction: "🎨"}).Reactions {
		if want := map[string]int{"🎨": 1, "🌟": 1}[r.Emoji.Name]; len(r.Users) != want {
			t.Errorf("%s has %d, want %d", r.Emoji.Name, len(r.Users), want)
		}
	}

	// The connection breaks, and the bot goes on.
	s.Cut()
	s.Wait(Waiting{Message: paint().ID, Reaction: "🎨"})
}
