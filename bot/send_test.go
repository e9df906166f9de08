package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/rest"
	"dreambot/store"
)

// gone is a change of a job whose reply was deleted before its end.
func gone(j *store.Job) { j.Route = store.RoutePost }

// outside is a change of a job whose channel cannot be reached.
func outside(j *store.Job) { j.Route = store.RouteDirect }

func TestAPostAnswersTheReplyAndSaysWhy(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	j := put(t, s, store.StateFailed, gone)
	twice(t, d, s, j.ID)
	got := d.requests()
	if !slices.Equal(d.routes(), []string{"POST channel"}) {
		t.Fatalf("asked for %v", d.routes())
	}
	body, err := json.Marshal(got[0].body)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"nonce":"` + j.ID + `"`, `"enforce_nonce":true`, `"allowed_mentions":{"parse":[]}`,
		`"message_reference":{"fail_if_not_exists":false,"message_id":"700"}`, "could not be edited any more"} {
		if !strings.Contains(string(body), part) {
			t.Errorf("%s is not in %s", part, body)
		}
	}
}

func TestADirectMessageSaysWhereItWasAskedFor(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	j := put(t, s, store.StateFailed, outside)
	twice(t, d, s, j.ID)
	got := d.requests()
	if !slices.Equal(d.routes(), []string{"POST users", "POST direct"}) || got[0].body["recipient_id"] != "400" {
		t.Fatalf("asked for %+v", got)
	}
	body, err := json.Marshal(got[1].body)
	if err != nil {
		t.Fatal(err)
	}
	if got[1].body["message_reference"] != nil || got[1].body["nonce"] != j.ID+"d" || !strings.Contains(string(body), `\u003c#200\u003e`) {
		t.Errorf("it is %s", body)
	}
}

// On the later routes nothing but the end is told, and not the end that
// somebody has brought about.
func TestOnlyVideosAndFailuresAreAnnounced(t *testing.T) {
	for _, route := range []store.Route{store.RoutePost, store.RouteDirect} {
		for _, state := range []store.State{store.StateWaiting, store.StateDreaming, store.StateCancelled} {
			d, s := newDiscord(t), newStore(t)
			j := put(t, s, state, func(j *store.Job) { j.Route = route })
			twice(t, d, s, j.ID)
			if got := d.routes(); len(got) != 0 {
				t.Errorf("%s, %s: asked for %v", route, state, got)
			}
			if state != store.StateDreaming {
				continue
			}
			if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error {
				j.State, j.Failure = store.StateFailed, store.FailureTimedOut
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if twice(t, d, s, j.ID); !get(t, s, j.ID).Posted {
				t.Errorf("%s: the end is not told", route)
			}
		}
	}
}

// A message whose answer was lost is not sent twice: within minutes by its
// nonce, later because it is looked for.
func TestAMessageIsSentOnce(t *testing.T) {
	card := func(id, author, customID string) string {
		return fmt.Sprintf(`{"id":%q,"author":{"id":"600","bot":%s},"components":[{"type":17,"components":[
			{"type":12,"items":[{"media":{"url":"https://cdn.example/a/dream-d0abcdefghijklmnopqr.mp4?ex=1","attachment_id":"901"}}]},
			{"type":1,"components":[{"type":2,"custom_id":%q}]}]}]}`, id, author, customID)
	}
	mine := card("750", "true", "1:delete:d0abcdefghijklmnopqr")
	question := card("764", "true", "1:remove:d0abcdefghijklmnopqr")
	others := []string{card("760", "true", "1:delete:d0000000000000000000"), card("761", "false", "1:delete:d0abcdefghijklmnopqr"),
		strings.Replace(card("762", "true", "1:delete:d0abcdefghijklmnopqr"), `"components"`, `"interaction_metadata":{"id":"500"},"components"`, 1), `{"id":"763"}`,
		question, strings.Replace(mine, `"750"`, `"700"`, 1)} // what it has already is not what was sent
	full := func(from int) string { // a page without the message
		var page []string
		for i := range searchPage {
			page = append([]string{fmt.Sprintf(`{"id":"%d"}`, from+i)}, page...)
		}
		return "[" + strings.Join(page, ",") + "]"
	}
	long := -3 * time.Minute
	for name, c := range map[string]struct {
		route   store.Route
		ago     time.Duration
		answers answers
		want    []string
		message string
	}{
		"first":                        {store.RoutePost, 0, nil, []string{"POST channel"}, "701"},
		"again at once":                {store.RoutePost, -time.Minute, nil, []string{"POST channel"}, "701"},
		"again later, it stands":       {store.RoutePost, long, answers{"GET channel": says(200, "["+others[0]+","+mine+"]")}, []string{"GET channel"}, "750"},
		"again later, it does not":     {store.RoutePost, long, answers{"GET channel": says(200, "["+strings.Join(others, ",")+"]")}, []string{"GET channel", "POST channel"}, "701"},
		"in a busy channel":            {store.RoutePost, long, answers{"GET channel": inTurn(says(200, full(1e17)), says(200, "["+mine+"]"))}, []string{"GET channel", "GET channel"}, "750"},
		"in a channel that never ends": {store.RoutePost, long, answers{"GET channel": says(200, full(1e17))}, append(slices.Repeat([]string{"GET channel"}, searchPages), "POST channel"), "701"},
		"by a clock that was set back": {store.RoutePost, time.Hour, answers{"GET channel": says(200, "["+mine+"]")}, []string{"GET channel"}, "750"},
		"where nothing may be read":    {store.RoutePost, long, answers{"GET channel": no(403, 50001)}, []string{"GET channel", "POST users", "POST direct"}, "702"},
		"directly, it stands":          {store.RouteDirect, long, answers{"GET direct": says(200, "["+mine+"]")}, []string{"POST users", "GET direct"}, "750"},
		"directly, it does not":        {store.RouteDirect, long, nil, []string{"POST users", "GET direct", "POST direct"}, "702"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.answers(c.answers)
			j := put(t, s, store.StateCompleted, func(j *store.Job) {
				j.Route, j.Video.URL = c.route, d.URL+"/film/v.mp4"
				if c.ago != 0 {
					j.PostedAt = time.Now().Add(c.ago)
				}
			})
			twice(t, d, s, j.ID)
			if got := d.routes(); !slices.Equal(got, c.want) {
				t.Errorf("asked for %v, want %v", got, c.want)
			}
			j = get(t, s, j.ID)
			if j.Message != c.message || !j.Posted || (j.Direct == "800") != strings.Contains(strings.Join(c.want, " "), "direct") {
				t.Errorf("message %q in %q", j.Message, j.Direct)
			}
			if id := map[string]string{"750": "901"}[c.message]; id != "" && j.Upload.ID != id {
				t.Errorf("upload %+v", j.Upload)
			}
		})
	}
}

// The time of the first try is stored before it is made.
func TestTheFirstTryIsRecordedBeforeItIsMade(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.Close() // nothing listens there
	j := put(t, s, store.StateFailed, gone)
	e := newEditor(t, d, s)
	if wait := edit(t, e, j.ID); wait == 0 {
		t.Fatal("it is not tried again")
	}
	at := get(t, s, j.ID).PostedAt
	if at.IsZero() {
		t.Fatal("nothing is recorded")
	}
	edit(t, e, j.ID)
	if again := get(t, s, j.ID).PostedAt; !again.Equal(at) {
		t.Errorf("another try moves it from %v to %v", at, again)
	}
	// The next route has a first try of its own.
	j = get(t, s, j.ID)
	descend(&j, j, byPost, 0, &rest.Error{Status: 403, Code: 50001})
	if j.Route != store.RouteDirect || !j.PostedAt.IsZero() {
		t.Errorf("it goes on by %q at %v", j.Route, j.PostedAt)
	}
}

func TestASentMessageIsEditedWhereItStands(t *testing.T) {
	for _, c := range []struct {
		route store.Route
		want  string
	}{{store.RoutePost, "/channels/200/messages/701"}, {store.RouteDirect, "/channels/800/messages/702"}} {
		d, s := newDiscord(t), newStore(t)
		j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Route, j.Video.URL = c.route, d.URL+"/film/v.mp4" })
		twice(t, d, s, j.ID)
		if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Expected = time.Minute; return nil }); err != nil {
			t.Fatal(err)
		}
		twice(t, d, s, j.ID)
		got := d.requests()
		last := got[len(got)-1]
		if !strings.HasPrefix(last.route, "PATCH") || !strings.HasSuffix(last.path, c.want) || last.file != "" {
			t.Errorf("%s: asked for %v, last %s", c.route, d.routes(), last.path)
		}
		if found, err := s.ByMessage(t.Context(), get(t, s, j.ID).Message); err != nil || found.ID != j.ID {
			t.Errorf("%s: by its message: %v, %v", c.route, found.ID, err)
		}
	}
}

// In direct messages Discord takes 10 MiB, whatever the server took.
func TestADirectMessageHasALimitOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		by     way
		direct string
		want   int64
	}{{byWebhook, "", 50 << 20}, {byChannel, "", 50 << 20}, {byPost, "", 50 << 20}, {byDirect, "", 10 << 20}, {byChannel, "800", 10 << 20}} {
		if got := uploadLimit(store.Job{UploadLimit: 50 << 20, Direct: c.direct}, c.by); got != c.want {
			t.Errorf("%s, %q: %d, want %d", c.by, c.direct, got, c.want)
		}
	}
}

func TestSnowflakesAreTimes(t *testing.T) {
	// Source: discord-api-docs, reference#snowflakes, its example.
	at := time.UnixMilli(1462015105796)
	if got := snowflake(at); got != "175928847298985984" || newer(got, "175928847299117063") != "175928847299117063" {
		t.Errorf("snowflake = %s", got)
	}
	if got := snowflake(time.Time{}); got != "0" {
		t.Errorf("before all: %s", got)
	}
	if newer("9", "10") != "10" || newer("10", "9") != "10" {
		t.Error("ids are not compared as numbers")
	}
}
