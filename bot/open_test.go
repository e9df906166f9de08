package bot

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/rest"
	"dreambot/store"
)

// carried is a job that a reaction asked for, which has no message yet.
func carried(t *testing.T, s store.Store, change func(*store.Job)) store.Job {
	t.Helper()
	j := store.Job{ID: "d0abcdefghijklmnopqr", Kind: store.KindExtend, Parent: "d0000000000000000000", Reaction: true,
		Back: store.Spot{Channel: "200", Message: "650"}, Part: 2, Prompt: "a boat", Guild: "100", Channel: "200", Member: "400",
		Locale: "en-US", UploadLimit: 1 << 20, CreatedAt: time.Now()}
	if change != nil {
		change(&j)
	}
	if err := s.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	return get(t, s, j.ID)
}

// The message of a job without an interaction is sent once, whatever becomes of
// the answer.
func TestTheMessageThatAReactionAskedForIsSentOnce(t *testing.T) {
	const mine = `{"id":"750","author":{"bot":true},"components":[{"type":1,"components":[{"type":2,"custom_id":"1:cancel:d0abcdefghijklmnopqr"}]}]}`
	const question = `{"id":"751","author":{"bot":true},"components":[{"type":1,"components":[{"type":2,"custom_id":"1:keep:d0abcdefghijklmnopqr"}]}]}`
	ago := func(d time.Duration) func(*store.Job) {
		return func(j *store.Job) { j.PostedAt = time.Now().Add(-d) }
	}
	for name, c := range map[string]struct {
		answers answers
		change  func(*store.Job)
		message string
		shown   int64
		unknown bool
		asked   []string
	}{
		"first":                          {nil, nil, "701", 1, false, []string{"POST channel"}},
		"again at once":                  {nil, ago(time.Minute), "701", 0, false, []string{"POST channel"}},
		"again later, it stands":         {answers{"GET channel": says(200, "["+question+","+mine+"]")}, ago(time.Hour), "750", 0, false, []string{"GET channel"}},
		"again later, it does not":       {answers{"GET channel": says(200, "["+question+"]")}, ago(time.Hour), "701", 0, false, []string{"GET channel", "POST channel"}},
		"by a clock that was set back":   {answers{"GET channel": says(200, "["+mine+"]")}, ago(-time.Hour), "750", 0, false, []string{"GET channel"}},
		"it may not read the history":    {answers{"POST channel": inTurn(no(403, 160002), says(200, `{`+postedMessage+`}`))}, nil, "701", 1, false, []string{"POST channel", "POST channel"}},
		"it may not write there":         {answers{"POST channel": no(403, 50013)}, nil, "", 0, false, []string{"POST channel"}},
		"it may not write there, either": {answers{"POST channel": inTurn(no(403, 160002), no(403, 50013))}, nil, "", 0, false, []string{"POST channel", "POST channel"}},
		"the channel is gone":            {answers{"POST channel": no(404, 10003)}, nil, "", 0, false, []string{"POST channel"}},
		"it may not look for it":         {answers{"GET channel": no(403, 50001)}, ago(time.Hour), "", 0, false, []string{"GET channel"}},
		"Discord in trouble":             {answers{"POST channel": says(500, `oops`)}, nil, "", 0, true, []string{"POST channel", "POST channel", "POST channel"}},
		"the bot's token not accepted":   {answers{"POST channel": no(401, 0)}, nil, "", 0, true, []string{"POST channel"}},
		"refused by what stands before":  {answers{"POST channel": says(403, `<html>`)}, nil, "", 0, true, []string{"POST channel"}},
		"an answer without a message":    {answers{"POST channel": says(200, `{}`)}, nil, "", 0, true, []string{"POST channel"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.answers(c.answers)
			j := carried(t, s, c.change)
			message, shown, err := newEditor(t, d, s).Reply(t.Context(), j)
			if message != c.message || shown != c.shown || (err != nil) != c.unknown || !slices.Equal(d.routes(), c.asked) {
				t.Errorf("%q at %d, %v; asked for %v", message, shown, err, d.routes())
			}
			if get(t, s, j.ID).PostedAt.IsZero() {
				t.Error("that it was tried is not recorded")
			}
		})
	}
}

func TestTheMessageThatAReactionAskedForAnswersTheResult(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*store.Job)
		answers bool
	}{
		"the result":                {nil, true},
		"a result of another place": {func(j *store.Job) { j.Back.Channel = "201" }, false},
		"none that is known":        {func(j *store.Job) { j.Back = store.Spot{} }, false},
	} {
		d, s := newDiscord(t), newStore(t)
		j := carried(t, s, c.change)
		if _, _, err := newEditor(t, d, s).Reply(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		body := d.requests()[0].text(t)
		for _, part := range []string{`"nonce":"` + j.ID + `"`, `"enforce_nonce":true`, `"allowed_mentions":{"parse":[]}`, "1:cancel:" + j.ID} {
			if !strings.Contains(body, part) {
				t.Errorf("%s: %s is not in %s", name, part, body)
			}
		}
		if strings.Contains(body, `"message_reference":{"fail_if_not_exists":false,"message_id":"650"}`) != c.answers ||
			strings.Contains(body, "message_reference") != c.answers {
			t.Errorf("%s: it is %s", name, body)
		}
	}
}

// Two who ask at once, or one who has not heard of the other, agree on when the
// message was first tried.
func TestTheFirstTryIsRecordedOnce(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	j := carried(t, s, nil)
	d.on("POST channel", says(500, `oops`))
	if _, _, err := e.Reply(t.Context(), j); err == nil {
		t.Fatal("no error")
	}
	at := get(t, s, j.ID).PostedAt
	d.on("POST channel", nil)
	if message, shown, err := e.Reply(t.Context(), j); message != "701" || shown != 0 || err != nil {
		t.Errorf("%q at %d, %v", message, shown, err)
	}
	if again := get(t, s, j.ID).PostedAt; !again.Equal(at) {
		t.Errorf("another try moves it from %v to %v", at, again)
	}
}

// Its message is edited like any other, and what is sent in its place has a nonce
// of its own: Discord knows that of a message which was deleted.
func TestAMessageThatAReactionAskedForIsEditedAndReplaced(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	j := carried(t, s, nil)
	message, shown, err := e.Reply(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	next(t, s, j.ID, func(j *store.Job) {
		j.Message, j.Shown, j.AnsweredAt, j.State = message, shown, time.Now(), store.StateSubmitting
	})
	edit(t, e, j.ID)
	next(t, s, j.ID, func(j *store.Job) { j.State, j.Video.URL = store.StateCompleted, d.URL+"/film/v.mp4" })
	d.on("PATCH channel", no(404, rest.CodeUnknownMessage))
	twice(t, d, s, j.ID)
	got := d.requests()
	if want := []string{"POST channel", "PATCH channel", "POST channel"}; !slices.Equal(d.routes(), want) || got[2].body["nonce"] != j.ID+"p" {
		t.Errorf("asked for %v, the last with nonce %v; want %v", d.routes(), got[len(got)-1].body["nonce"], want)
	}
	if j := get(t, s, j.ID); j.Route != store.RoutePost || !j.Posted || j.Message != "701" || j.Upload.ID != "900" {
		t.Errorf("message %q by %q, %+v", j.Message, j.Route, j.Upload)
	}
}

func TestNoncesAreOneForEachMessage(t *testing.T) {
	const id = "d0abcdefghijklmnopqr"
	seen := map[string]bool{}
	for _, c := range []struct {
		reaction bool
		by       way
		want     string
	}{{false, byPost, id}, {false, byDirect, id + "d"}, {true, byPost, id + "p"}, {true, byDirect, id + "d"}} {
		got := nonce(store.Job{ID: id, Reaction: c.reaction}, c.by)
		if got != c.want || len(got) > 25 || c.reaction && got == id {
			t.Errorf("%v by %s: %q", c.reaction, c.by, got)
		}
		seen[got] = true
	}
	if len(seen) != 3 {
		t.Errorf("they are %v", seen)
	}
}

func TestTroubleWithTheFirstMessageTellsNoSecret(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("POST channel", func(w http.ResponseWriter) { says(500, `{"message":"bot-token"}`)(w) })
	_, _, err := newEditor(t, d, s).Reply(t.Context(), carried(t, s, nil))
	if err == nil || strings.Contains(err.Error(), "bot-token") {
		t.Errorf("the error is %v", err)
	}
}
