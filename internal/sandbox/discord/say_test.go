package discord

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"
)

func TestWhatPeopleWriteHasFiles(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(intentMessages)
	pic := picture(t, 30, 20)
	up, err := b.s.Upload(b.ctx, "my boat.png", pic)
	b.done(err)
	video, err := b.s.Upload(b.ctx, "a.mp4", mp4(t, 64, 36))
	b.done(err)
	first, err := b.s.Post(b.ctx, Saying{User: mei, Channel: dreams, Files: []string{up.ID}})
	b.done(err)
	m, err := b.s.Post(b.ctx, Saying{User: ben, Channel: dreams, Text: "look", ReplyTo: first.ID, Files: []string{up.ID, video.ID}})
	b.done(err)
	a := m.Attachments[0]
	if len(m.Attachments) != 2 || a.ID == up.ID || a.Filename != "my_boat.png" || a.Width != 30 || a.Height != 20 || a.ContentType != "image/png" || a.Ephemeral {
		t.Errorf("people see %+v", m.Attachments)
	}
	if v := m.Attachments[1]; v.ContentType != "video/mp4" || v.Width != 64 || m.ReplyTo != first.ID || m.Content != "look" {
		t.Errorf("people see %+v", m)
	}
	if res, raw := b.fetch(a.URL, nil); res.StatusCode != 200 || !bytes.Equal(raw, pic) {
		t.Errorf("the picture: %d", res.StatusCode)
	}
	if e := c.next("MESSAGE_CREATE"); e.text("id") != first.ID || e.get("attachments.0") != nil {
		t.Errorf("without the intent the bot is told of %v", e.D)
	}
	// In direct messages, and where it is mentioned, the bot reads them.
	d, err := b.s.Post(b.ctx, Saying{User: mei, Channel: b.s.DirectChannel(mei), Files: []string{up.ID}})
	b.done(err)
	r := b.must(200, "GET", "channels/"+d.ChannelID+"/messages/"+d.ID, "")
	if r.get("attachments.0.width") != 30.0 || r.text("attachments.0.content_type") != "image/png" || r.get("attachments.0.ephemeral") != nil {
		t.Errorf("the bot reads %s", r.raw)
	}
	// A file goes with its message, not with the upload.
	b.done(b.s.DeleteMessage(m.ID))
	if res, _ := b.fetch(a.URL, nil); res.StatusCode != 404 {
		t.Errorf("of a deleted message: %d", res.StatusCode)
	}
	if res, _ := b.fetch(first.Attachments[0].URL, nil); res.StatusCode != 200 {
		t.Errorf("of the other message: %d", res.StatusCode)
	}
	b.s.Skip(uploadLife)
	if res, _ := b.fetch(b.s.Messages(dreams)[0].Attachments[0].URL, nil); res.StatusCode != 200 {
		t.Errorf("after the upload's time: %d", res.StatusCode)
	}
}

func TestWhatPeopleCannotWrite(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	up, err := b.s.Upload(b.ctx, "a.png", picture(t, 2, 2))
	b.done(err)
	eleven := make([]string, maxFiles+1)
	for name, c := range map[string]struct {
		w    Saying
		want error
	}{
		"nothing":                      {Saying{User: ben, Channel: dreams}, ErrInvalid},
		"too much":                     {Saying{User: ben, Channel: dreams, Text: text(2001)}, ErrInvalid},
		"eleven files":                 {Saying{User: ben, Channel: dreams, Files: eleven}, ErrInvalid},
		"a file twice":                 {Saying{User: ben, Channel: dreams, Files: []string{up.ID, up.ID}}, ErrUnknown},
		"a file that is none":          {Saying{User: ben, Channel: dreams, Files: []string{up.ID, "1"}}, ErrUnknown},
		"as nobody":                    {Saying{User: "1", Channel: dreams, Text: "a", Files: []string{up.ID}}, ErrUnknown},
		"in another's direct messages": {Saying{User: ben, Channel: b.s.DirectChannel(mei), Text: "a"}, ErrUnknown},
		"in answer to nothing":         {Saying{User: ben, Channel: dreams, Text: "a", ReplyTo: "1"}, ErrUnknown},
	} {
		if _, err := b.s.Post(b.ctx, c.w); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	left, err := os.ReadDir(b.s.files.dir)
	if err != nil || len(left) != 1 || len(b.s.Messages(dreams)) != 0 {
		t.Errorf("%d files are on the disk, %v", len(left), err)
	}
}

func TestMessagesOfPeopleSurviveAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := serve(t, Config{Dir: dir})
	up, err := b.s.Upload(b.ctx, "a.png", picture(t, 2, 2))
	b.done(err)
	_, err = b.s.Post(b.ctx, Saying{User: ben, Channel: dreams, Text: "a", Files: []string{up.ID}})
	b.done(err)
	before := seen(b.s)
	s, err := New(Config{Dir: killed(t, dir)})
	b.done(err)
	again := serveServer(t, s)
	compareStates(t, before, seen(s))
	if res, _ := again.fetch(s.Messages(dreams)[0].Attachments[0].URL, nil); res.StatusCode != 200 {
		t.Errorf("the file: %d", res.StatusCode)
	}
}

func TestACrowd(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, maxCrowd + 1} {
		if s, err := New(Config{Crowd: n}); err == nil {
			_ = s.Close()
			t.Errorf("a crowd of %d is taken", n)
		}
	}
	b := serve(t, Config{Crowd: maxCrowd, Limits: Limits{ReactionWindow: time.Nanosecond}})
	b.must(200, "PUT", globalCommands, menuCommands)
	c := b.online(intentGuilds | intentReactions)
	crowd := b.s.Crowd()
	if st := b.s.State(); len(crowd) != maxCrowd || len(st.Users) != 4 || len(st.Direct) != 5 {
		t.Errorf("%d people, of whom the page shows %d", len(crowd), len(st.Users))
	}
	first := crowd[0]
	if u, ok := b.s.world.user(first); !ok || u.GlobalName != "Guest 1" || b.s.DirectChannel(first) == "" {
		t.Errorf("the first is %+v", u)
	}
	m := b.must(200, "POST", inDreams, `{"content":"<@`+first+`>"}`)
	if m.text("mentions.0.id") != first {
		t.Errorf("the message is %s", m.raw)
	}
	for _, user := range crowd {
		b.react(user, m.text("id"), extend)
	}
	for range crowd {
		if e := c.next("MESSAGE_REACTION_ADD"); e.text("member.user.id") != e.text("user_id") {
			t.Errorf("the event is %v", e.D)
		}
	}
	if r := b.must(200, "GET", inDreams+"/"+m.text("id"), ""); r.get("reactions.0.count") != float64(maxCrowd) {
		t.Errorf("the message is %s", r.raw)
	}
	ch := b.begin(func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: crowd[maxCrowd-1], Channel: dreams, Command: "extend"})
	})
	e := c.next("INTERACTION_CREATE")
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
	if _, err := b.s.Say(b.ctx, first, pond, "a", ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("where it is no member: %v", err)
	}
	if r := b.must(200, "GET", "guilds/"+harbor+"?with_counts=true", ""); r.get("approximate_member_count") != float64(maxCrowd+5) {
		t.Errorf("the guild is %s", r.raw)
	}
}
