package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newMessage can be sent again without harm.
var newMessage = map[string]any{"content": "x", "enforce_nonce": true, "nonce": "job"}

const newMessageJSON = `{"content":"x","enforce_nonce":true,"nonce":"job"}`

func TestAMessageThatCouldArriveTwiceIsNotSent(t *testing.T) {
	t.Parallel()
	sent := 0
	c := onLoopback(t, func(w http.ResponseWriter, _ *http.Request) { sent++; answer(w, 200, `{"id":"1"}`) })
	for _, bad := range []any{nil, "x", []int{1}, map[string]any{}, map[string]any{"nonce": "a"}, map[string]any{"enforce_nonce": true},
		map[string]any{"nonce": "", "enforce_nonce": true}, map[string]any{"nonce": nil, "enforce_nonce": true},
		map[string]any{"nonce": "a", "enforce_nonce": false}, map[string]any{"nonce": "a", "enforce_nonce": "true"}} {
		if _, err := c.CreateMessage(t.Context(), "1", bad); !errors.Is(err, errNoNonce) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if sent > 0 {
		t.Errorf("%d were sent", sent)
	}
	for _, good := range []any{newMessage, map[string]any{"nonce": 7, "enforce_nonce": true}} {
		if _, err := c.CreateMessage(t.Context(), "1", good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}

func TestADirectChannelWithoutAnIDIsAnError(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"none": `{}`, "empty": `{"id":""}`, "null": `null`, "a path": `{"id":"../1"}`, "a word": `{"id":"@me"}`,
		"too long": `{"id":"` + strings.Repeat("1", 21) + `"}`, "a number": `{"id":7}`, "a list": `[]`, "no JSON": `<html>`, "nothing": "",
	} {
		c := onLoopback(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, body) })
		if id, err := c.DirectChannel(t.Context(), "1"); err == nil || id != "" || errors.As(err, new(*Error)) {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
}

func TestWhoWroteAMessageAndWhyIsRead(t *testing.T) {
	t.Parallel()
	c := onLoopback(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `[{"id":"5","author":{"id":"111","bot":true},"interaction_metadata":{"id":"222","type":2}},{"id":"4","author":{"id":"7"},"interaction_metadata":null}]`)
	})
	got, err := c.MessagesAfter(t.Context(), "1", "3", 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []Message{{ID: "5", Author: Author{ID: "111", Bot: true}}, {ID: "4", Author: Author{ID: "7"}}}
	want[0].Interaction.ID = "222"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheCustomIDsOfAMessageAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		message string
		want    []string
	}{
		"nothing":       {`{}`, nil},
		"a row":         {`{"components":[{"type":1,"components":[{"type":2,"custom_id":"a"},{"type":2,"url":"https://x.test"},{"type":3,"custom_id":"b"}]}]}`, []string{"a", "b"}},
		"a section":     {`{"components":[{"type":9,"components":[{"type":10,"content":"t"}],"accessory":{"type":2,"custom_id":"c"}}]}`, []string{"c"}},
		"a container":   {`{"components":[{"type":17,"components":[{"type":1,"components":[{"type":2,"custom_id":"d"}]}]},{"type":2,"custom_id":"e"}]}`, []string{"d", "e"}},
		"unknown types": {`{"components":[{"type":99,"future":{"custom_id":"no"},"components":[{"type":98,"custom_id":"f"}]}]}`, []string{"f"}},
	} {
		var m Message
		if err := json.Unmarshal([]byte(tc.message), &m); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, m.CustomIDs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What the nonce is for: the answer is lost, and the message sent again.
func TestANewMessageIsSentAgainWithTheSameNonceWhereItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	made := map[any]int{}
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		var m map[string]any
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		if made[m["nonce"]]++; made[m["nonce"]] == 1 {
			panic(http.ErrAbortHandler)
		}
		answer(w, 200, `{"id":"5"}`)
	}, func(t *testing.T, c *Client) {
		var m Message
		var err error
		if d := took(func() { m, err = c.CreateMessage(t.Context(), "1", newMessage) }); d > time.Second || err != nil || m.ID != "5" {
			t.Errorf("%+v, %v after %s", m, err, d)
		}
		if diff := cmp.Diff(map[any]int{"job": 2}, made); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestAFileIsFoundAmongAttachmentsOrComponents(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		want    Attachment
		ok      bool
	}{
		"attachment": {`{"attachments":[{"id":"1","filename":"other.mp4"},{"id":"2","filename":"v.mp4","size":9}]}`,
			Attachment{ID: "2", Filename: "v.mp4", Size: 9}, true},
		"gallery": {`{"attachments":[],"components":[{"type":17,"components":[{"type":10,"content":"x"},{"type":12,"items":[
			{"media":{"url":"https://cdn.example/a/1/w.mp4?ex=1","attachment_id":"7"}},
			{"media":{"url":"https://cdn.example/a/1/v.mp4?ex=1","attachment_id":"8"}}]}]}]}`,
			Attachment{ID: "8", Filename: "v.mp4", URL: "https://cdn.example/a/1/v.mp4?ex=1"}, true},
		"thumbnail": {`{"components":[{"type":9,"components":[{"type":10}],"accessory":{"type":11,"media":{"url":"https://c/v.mp4","attachment_id":"5",
			"width":640,"height":360,"content_type":"video/mp4"}}}]}`,
			Attachment{ID: "5", Filename: "v.mp4", URL: "https://c/v.mp4", Width: 640, Height: 360, ContentType: "video/mp4"}, true},
		"a link":  {`{"components":[{"type":12,"items":[{"media":{"url":"https://luma.example/v.mp4"}}]}]}`, Attachment{Filename: "v.mp4"}, false},
		"nothing": {`{}`, Attachment{Filename: "v.mp4"}, false},
	} {
		var m Message
		if err := json.Unmarshal([]byte(c.message), &m); err != nil {
			t.Fatal(err)
		}
		if got, ok := m.File("v.mp4"); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, got, ok, c.want, c.ok)
		}
	}
}

func TestWhatIsNoEmojiIsNotSent(t *testing.T) {
	t.Parallel()
	var paths []string
	c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.EscapedPath())
		w.WriteHeader(http.StatusNoContent)
	})
	for _, bad := range []string{"", ".", "..", "/", "a/b", `a\b`, "a\nb", "\x00", "\xff", "../@me", strings.Repeat("a", maxEmoji+1)} {
		if err := c.AddReaction(t.Context(), "1", "2", bad); err == nil || errors.As(err, new(*Error)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if len(paths) > 0 {
		t.Errorf("asked for %v", paths)
	}
	for _, good := range []string{"⏩", "👩🏽\u200d❤️\u200d💋\u200d👨🏿", "a?b#c%2F", "#️⃣", strings.Repeat("n", 32) + ":18446744073709551615"} {
		if err := c.AddReaction(t.Context(), "1", "2", good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
		last := paths[len(paths)-1]
		emoji := strings.TrimSuffix(strings.TrimPrefix(last, "/api/v9/channels/1/messages/2/reactions/"), "/@me")
		if got, err := url.PathUnescape(emoji); err != nil || got != good || strings.Contains(emoji, "/") {
			t.Errorf("%q is sent as %s", good, last)
		}
	}
}
