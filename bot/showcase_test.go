package bot

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

func newShowcase(t testing.TB, d *discord, s store.Store) *Showcase {
	t.Helper()
	c := NewShowcase(ShowcaseConfig{Jobs: s, REST: d.rest(), Catalog: catalog(t), Loopback: true})
	t.Cleanup(c.Close)
	return c
}

// aPrompt is a shared prompt that is about to be posted for the first time.
func aPrompt() community.Prompt {
	return community.Prompt{ID: "d0abcdefghijklmnopqr", Guild: "100", Author: "400", Text: "a boat",
		Result: store.Spot{Channel: "200", Message: "700"}, Video: store.Upload{ID: "900", Name: "dream-d0abcdefghijklmnopqr.mp4", Size: 1000}, Length: 5 * time.Second,
		Post: community.Post{State: community.PostDue, Channel: "300", TriedAt: time.Now()}}
}

// withVideo has the result's message show its video, at an address of the
// stand-in's.
func withVideo(d *discord) {
	d.on("GET message", says(200, fmt.Sprintf(`{"id":"700","channel_id":"200","attachments":[{"id":"900","filename":"dream-d0abcdefghijklmnopqr.mp4","size":1000,"url":"%s/film/v.mp4?ex=1"}]}`, d.URL)))
}

func TestAPostHasAVideoOfItsOwnAndTheBotsVote(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	withVideo(d)
	at, video, err := newShowcase(t, d, s).Post(t.Context(), aPrompt(), community.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"GET message", "POST channel", "PUT reaction"}; !slices.Equal(d.routes(), want) {
		t.Fatalf("asked for %v", d.routes())
	}
	got := d.requests()
	for _, part := range []string{`"nonce":"d0abcdefghijklmnopqrg"`, `"enforce_nonce":true`, `"allowed_mentions":{"parse":[]}`, `"1:use:d0abcdefghijklmnopqr"`, `attachment://dream-d0abcdefghijklmnopqr.mp4`} {
		if !strings.Contains(got[1].text(t), part) {
			t.Errorf("%s is not in %s", part, got[1].text(t))
		}
	}
	if got[1].path != "/api/v9/channels/300/messages" || got[1].file != "dream-d0abcdefghijklmnopqr.mp4" || strings.Contains(got[1].text(t), `"spoiler":true,"media"`) {
		t.Errorf("it is sent as %+v", got[1])
	}
	if !strings.HasSuffix(got[2].path, "/channels/300/messages/701/reactions/🌟/@me") {
		t.Errorf("it reacts to %s", got[2].path)
	}
	if at != (store.Spot{Channel: "300", Message: "701"}) || video.ID != "900" || video.Name != "dream-d0abcdefghijklmnopqr.mp4" || video.Length != 5*time.Second {
		t.Errorf("it stands at %v with %+v", at, video)
	}
}

func TestWhatAPostShowsAndInWhichLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*community.Prompt)
		rules  community.Settings
		job    string // its locale; empty: it was pruned
		thread string // type and parent of the showcase channel; empty: it is not asked
		want   []string
	}{
		"as the job was":             {nil, community.Settings{}, "zh-CN", "", []string{"作品集新作", `"spoiler":false}`}},
		"as the server has set it":   {nil, community.Settings{Language: "zh-CN"}, "en-US", "", []string{"作品集新作"}},
		"without the job":            {nil, community.Settings{}, "", "", []string{"New in the gallery"}},
		"hidden by its author":       {func(p *community.Prompt) { p.Spoiler = true }, community.Settings{}, "en-US", "", []string{`"spoiler":true}`}},
		"hidden always":              {nil, community.Settings{Spoiler: community.SpoilerAlways}, "en-US", "", []string{`"spoiler":true}`}},
		"hidden in that channel":     {nil, community.Settings{Spoiler: community.SpoilerChannels, Hidden: []string{"300"}}, "en-US", "", []string{`"spoiler":true}`}},
		"hidden by its parent":       {nil, community.Settings{Spoiler: community.SpoilerChannels, Hidden: []string{"299"}}, "en-US", `"type":11,"parent_id":"299"`, []string{`"spoiler":true}`}},
		"not hidden by its category": {nil, community.Settings{Spoiler: community.SpoilerChannels, Hidden: []string{"299"}}, "en-US", `"type":0,"parent_id":"299"`, []string{`"spoiler":false}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			withVideo(d)
			if c.thread != "" {
				d.on("GET channel", says(200, `{"id":"300","guild_id":"100",`+c.thread+`}`))
			}
			if c.job != "" {
				put(t, s, store.StateCompleted, func(j *store.Job) { j.Locale = c.job })
			}
			p := aPrompt()
			if c.change != nil {
				c.change(&p)
			}
			if _, _, err := newShowcase(t, d, s).Post(t.Context(), p, c.rules); err != nil {
				t.Fatal(err)
			}
			sent := d.requests()[slices.Index(d.routes(), "POST channel")].text(t)
			for _, part := range c.want {
				if !strings.Contains(sent, part) {
					t.Errorf("%s is not in %s", part, sent)
				}
			}
			if (c.thread != "") != slices.Contains(d.routes(), "GET channel") {
				t.Errorf("asked for %v", d.routes())
			}
		})
	}
}

// A post whose answer was lost is not sent twice; its result, in the same channel
// perhaps, is not taken for it.
func TestAPostIsFoundAgain(t *testing.T) {
	message := func(id, customID string) string {
		return fmt.Sprintf(`{"id":%q,"author":{"id":"600","bot":true},"components":[{"type":1,"components":[{"type":2,"custom_id":%q}]}]}`, id, customID)
	}
	post, result := message("750", "1:use:d0abcdefghijklmnopqr"), message("751", "1:remix:d0abcdefghijklmnopqr")
	for name, c := range map[string]struct {
		ago  time.Duration
		list string
		want []string
		id   string
	}{
		"at once":          {time.Minute, post, []string{"GET message", "POST channel", "PUT reaction"}, "701"},
		"later, it stands": {3 * time.Minute, result + "," + post, []string{"GET channel", "PUT reaction"}, "750"},
		"later, it does not": {3 * time.Minute, result + "," + message("752", "1:use:d0000000000000000000"),
			[]string{"GET channel", "GET message", "POST channel", "PUT reaction"}, "701"},
		"by a clock that was set back": {-time.Hour, post, []string{"GET channel", "PUT reaction"}, "750"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			withVideo(d)
			d.on("GET channel", says(200, "["+c.list+"]"))
			p := aPrompt()
			p.Post.TriedAt = time.Now().Add(-c.ago)
			at, _, err := newShowcase(t, d, s).Post(t.Context(), p, community.Settings{})
			if err != nil || at.Message != c.id || !slices.Equal(d.routes(), c.want) {
				t.Errorf("it stands at %v, %v; asked for %v", at, err, d.routes())
			}
		})
	}
	// And the editor does not take the post for the job's own message.
	d, s := newDiscord(t), newStore(t)
	d.on("GET channel", says(200, "["+post+"]"))
	j := put(t, s, store.StateCompleted, func(j *store.Job) {
		gone(j)
		j.Video.URL, j.PostedAt = d.URL+"/film/v.mp4", time.Now().Add(-time.Hour)
	})
	edit(t, newEditor(t, d, s), j.ID)
	if got := get(t, s, j.ID).Message; got != "701" {
		t.Errorf("the job's message is %s", got)
	}
}

// Discord's no is final, and so is a video that is nowhere; trouble is not.
func TestWhatAPostFailsBy(t *testing.T) {
	for name, c := range map[string]struct {
		answers answers
		luma    bool // has the video
		final   bool
		posted  bool
	}{
		"it may not write there":    {answers{"POST channel": no(403, 50013)}, false, true, false},
		"the channel is gone":       {answers{"POST channel": no(404, 10003)}, false, true, false},
		"the video is too large":    {answers{"POST channel": no(413, 40005)}, false, true, false},
		"trouble":                   {answers{"POST channel": says(500, `oops`)}, false, false, false},
		"the token is not accepted": {answers{"POST channel": no(401, 0)}, false, false, false},
		"the result is gone":        {answers{"GET message": no(404, 10008)}, false, true, false},
		"and Luma has the video":    {answers{"GET message": no(404, 10008)}, true, false, true},
		"the result cannot be read": {answers{"GET message": says(500, `oops`)}, true, false, false},
		"it may not react":          {answers{"PUT reaction": no(403, 50013)}, false, false, true},
		"trouble when it reacts":    {answers{"PUT reaction": says(500, `oops`)}, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			withVideo(d)
			d.answers(c.answers)
			put(t, s, store.StateCompleted, func(j *store.Job) {
				if c.luma {
					j.Video.URL = d.URL + "/film/v.mp4"
				}
			})
			at, _, err := newShowcase(t, d, s).Post(t.Context(), aPrompt(), community.Settings{})
			if (err == nil) != c.posted || errors.Is(err, community.ErrRefused) != c.final || !at.IsZero() != c.posted {
				t.Errorf("it stands at %v, %v", at, err)
			}
		})
	}
}

func TestAPostGoes(t *testing.T) {
	card := `[{"id":"750","author":{"id":"600","bot":true},"components":[{"type":1,"components":[{"type":2,"custom_id":"1:use:d0abcdefghijklmnopqr"}]}]}]`
	for name, c := range map[string]struct {
		message string
		answers answers
		want    []string
		path    string
		ok      bool
	}{
		"that stands":         {"740", nil, []string{"DELETE channel"}, "/channels/300/messages/740", true},
		"that is gone":        {"740", answers{"DELETE channel": no(404, 10008)}, []string{"DELETE channel"}, "", true},
		"with its channel":    {"740", answers{"DELETE channel": no(404, 10003)}, []string{"DELETE channel"}, "", true},
		"that may not":        {"740", answers{"DELETE channel": no(403, 50001)}, []string{"DELETE channel"}, "", false},
		"that was lost":       {"", answers{"GET channel": says(200, card)}, []string{"GET channel", "DELETE channel"}, "/channels/300/messages/750", true},
		"that was never sent": {"", nil, []string{"GET channel"}, "", true},
		"in trouble":          {"740", answers{"DELETE channel": says(500, `oops`)}, slices.Repeat([]string{"DELETE channel"}, 3), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDiscord(t)
			d.answers(c.answers)
			p := aPrompt()
			p.Withdrawn, p.Post.Message = true, c.message
			err := newShowcase(t, d, newStore(t)).Unpost(t.Context(), p)
			got := d.requests()
			if (err == nil) != c.ok || !slices.Equal(d.routes(), c.want) || !strings.HasSuffix(got[len(got)-1].path, c.path) {
				t.Errorf("%v; asked for %v", err, d.routes())
			}
			if errors.Is(err, community.ErrRefused) != (name == "that may not") {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

func TestAnAnnouncementIsSentOnce(t *testing.T) {
	found := func(text string) string {
		return `{"id":"750","author":{"id":"600","bot":true},"components":[{"type":17,"components":[{"type":10,"content":"-# contest ` + text + `"}]}]}`
	}
	for name, c := range map[string]struct {
		ago     time.Duration
		message string // that began it
		answers answers
		want    []string
		id      string
		parts   []string // of the last message
	}{
		"the first time": {0, "740", nil, []string{"POST channel"}, "701",
			[]string{`"nonce":"d0contest00000000000w"`, `"message_reference":{"fail_if_not_exists":false,"message_id":"740"}`, `比赛结束`, `"allowed_mentions":{"parse":[]}`}},
		"without what began it": {0, "", nil, []string{"POST channel"}, "701", []string{`d0contest00000000000`}},
		"where it cannot answer": {0, "740", answers{"POST channel": inTurn(no(400, codeCannotAnswer), says(200, `{"id":"702"}`))},
			[]string{"POST channel", "POST channel"}, "702", []string{`比赛结束`}},
		"later, it stands": {time.Hour, "740", answers{"GET channel": says(200, "["+found("d0contest00000000000")+"]")}, []string{"GET channel"}, "750", nil},
		"later, another's": {time.Hour, "740", answers{"GET channel": says(200, "["+found("d0contest00000000001")+"]")}, []string{"GET channel", "POST channel"}, "701", nil},
		"refused":          {0, "", answers{"POST channel": no(403, 50013)}, []string{"POST channel"}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDiscord(t)
			d.answers(c.answers)
			id, err := newShowcase(t, d, newStore(t)).Announce(t.Context(), community.Contest{ID: "d0contest00000000000", Guild: "100", Channel: "200",
				Message: c.message, Theme: "boats", Locale: "zh-CN", TriedAt: time.Now().Add(-c.ago)})
			if id != c.id || (err == nil) != (id != "") || errors.Is(err, community.ErrRefused) != (name == "refused") || !slices.Equal(d.routes(), c.want) {
				t.Errorf("message %q, %v; asked for %v", id, err, d.routes())
			}
			got := d.requests()
			for _, part := range c.parts {
				if text := got[len(got)-1].text(t); !strings.Contains(text, part) {
					t.Errorf("%s is not in %s", part, text)
				}
			}
		})
	}
}

// Votes are read page by page, up to a bound, without those of bots.
func TestVotersAreReadInPages(t *testing.T) {
	page := func(from, n int) func(http.ResponseWriter) {
		var users []string
		for i := range n {
			users = append(users, fmt.Sprintf(`{"id":"%d","bot":%v}`, from+i, i == 0))
		}
		return says(200, "["+strings.Join(users, ",")+"]")
	}
	at := store.Spot{Channel: "200", Message: "700"}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		asks   int
		voters int
		all    bool
		err    error // one that it is
	}{
		"none":               {page(1000, 0), 1, 0, true, nil},
		"few":                {page(1000, 3), 1, 2, true, nil},
		"more than a page":   {inTurn(page(1000, 100), page(1100, 100), page(1200, 7)), 3, 204, true, nil},
		"more than are read": {page(1000, 100), 10, 990, false, nil},
		"gone":               {no(404, 10008), 1, 0, false, community.ErrRefused},
		"not to be seen":     {no(403, 50001), 1, 0, false, community.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDiscord(t)
			d.on("GET reaction", c.answer)
			got, all, err := newShowcase(t, d, newStore(t)).Voters(t.Context(), at)
			if len(got) != c.voters || all != c.all || !errors.Is(err, c.err) {
				t.Errorf("%d voters, all %v, %v", len(got), all, err)
			}
			asked := d.requests()
			if len(asked) != c.asks || asked[0].query != "limit=100" || !strings.HasSuffix(asked[0].path, "/reactions/🌟") ||
				len(asked) > 1 && asked[1].query != "after=1099&limit=100" {
				t.Errorf("asked %+v", asked)
			}
		})
	}
	d := newDiscord(t)
	d.Close()
	if _, _, err := newShowcase(t, d, newStore(t)).Voters(t.Context(), at); err == nil || errors.Is(err, community.ErrRefused) {
		t.Errorf("without an answer: %v", err)
	}
}
