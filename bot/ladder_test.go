package bot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/rest"
	"dreambot/internal/secret"
	"dreambot/store"
)

// no answers as Discord refuses.
func no(status, code int) func(http.ResponseWriter) {
	return says(status, fmt.Sprintf(`{"message":"no","code":%d}`, code))
}

// answers says how routes are answered; the others are, with success.
type answers map[string]func(http.ResponseWriter)

func (d *discord) answers(a answers) {
	for route, answer := range a {
		d.on(route, answer)
	}
}

// twice works on the job with two editors, the second of which stands for the
// next process: it must ask nothing that was asked before.
func twice(t *testing.T, d *discord, s store.Store, id string) {
	t.Helper()
	for range 2 {
		if wait := edit(t, newEditor(t, d, s), id); wait != 0 {
			t.Errorf("it is tried again after %v", wait)
		}
	}
	if get(t, s, id).Due() {
		t.Error("it is still due")
	}
}

// Each no of Discord's is final for its way, and is remembered: a job that is
// not at its end is edited where that can be done, and nowhere else.
func TestRefusalsOfAnUnfinishedJobWalkDownTheLadder(t *testing.T) {
	over := func(j *store.Job) { j.Origin.Expires = time.Now() }
	for name, c := range map[string]struct {
		answers answers
		change  func(*store.Job)
		want    []string
		route   store.Route
	}{
		"the token has ended early (401, 50027)": {answers{"PATCH webhook": no(401, 50027)}, nil, []string{"PATCH webhook", "PATCH channel"}, store.RouteReply},
		"the token's end, without a code":        {answers{"PATCH webhook": no(401, 0)}, nil, []string{"PATCH webhook", "PATCH channel"}, store.RouteReply},
		"the token's time is over":               {nil, over, []string{"PATCH channel"}, store.RouteReply},
		"the webhook is unknown (404, 10015)":    {answers{"PATCH webhook": no(404, 10015)}, nil, []string{"PATCH webhook", "PATCH channel"}, store.RouteReply},
		"the interaction is unknown (10062)":     {answers{"PATCH webhook": no(404, 10062)}, nil, []string{"PATCH webhook", "PATCH channel"}, store.RouteReply},
		// The channel would be asked for the same message.
		"the reply was deleted (404, 10008)":        {answers{"PATCH webhook": no(404, 10008)}, nil, []string{"PATCH webhook"}, store.RoutePost},
		"deleted after the token (404, 10008)":      {answers{"PATCH channel": no(404, 10008)}, over, []string{"PATCH channel"}, store.RoutePost},
		"the channel is gone (404, 10003)":          {answers{"PATCH channel": no(404, 10003)}, over, []string{"PATCH channel"}, store.RouteDirect},
		"thrown out of the server (404, 10004)":     {answers{"PATCH channel": no(404, 10004)}, over, []string{"PATCH channel"}, store.RouteDirect},
		"no access to the channel (403, 50001)":     {answers{"PATCH channel": no(403, 50001)}, over, []string{"PATCH channel"}, store.RouteDirect},
		"a card that is not taken is drawn plain":   {answers{"PATCH webhook": no(400, 50035)}, nil, []string{"PATCH webhook", "PATCH webhook"}, store.RouteReply},
		"nor by way of the channel":                 {answers{"PATCH channel": no(400, 50035)}, over, []string{"PATCH channel", "PATCH channel"}, store.RouteReply},
		"without the permission (403, 50013)":       {answers{"PATCH channel": no(403, 50013)}, over, []string{"PATCH channel", "PATCH channel"}, store.RouteReply},
		"the message is another's (403, 50005)":     {answers{"PATCH channel": no(403, 50005)}, over, []string{"PATCH channel"}, store.RoutePost},
		"both ways closed, one after the other":     {answers{"PATCH webhook": no(401, 50027), "PATCH channel": no(403, 50001)}, nil, []string{"PATCH webhook", "PATCH channel"}, store.RouteDirect},
		"a guest, the token is over":                {nil, func(j *store.Job) { over(j); j.Guest = true }, nil, store.RouteReply},
		"a guest, the reply was deleted":            {answers{"PATCH webhook": no(404, 10008)}, func(j *store.Job) { j.Guest = true }, []string{"PATCH webhook"}, store.RouteDirect},
		"every way closed: the end is not here yet": {answers{"PATCH webhook": no(404, 10008), "POST channel": no(403, 50013)}, nil, []string{"PATCH webhook"}, store.RoutePost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.answers(c.answers)
			j := put(t, s, store.StateDreaming, c.change)
			twice(t, d, s, j.ID)
			if got := d.routes(); !slices.Equal(got, c.want) {
				t.Errorf("asked for %v, want %v", got, c.want)
			}
			if j := get(t, s, j.ID); j.Route != c.route {
				t.Errorf("goes on by %q, want %q", j.Route, c.route)
			}
		})
	}
}

// The end of a job is told by a message of its own where the reply is out of
// reach, and by direct message where the channel is.
func TestTheEndOfAJobIsToldByTheFirstWayThatIsOpen(t *testing.T) {
	over := func(j *store.Job) { j.Origin.Expires = time.Now() }
	guest := func(j *store.Job) { j.Guest = true }
	type told struct {
		Asked           []string
		Route           store.Route
		Message, Direct string
		Posted          bool
	}
	reply := func(asked ...string) told { return told{asked, store.RouteReply, "700", "", false} }
	post := func(asked ...string) told { return told{asked, store.RoutePost, "701", "", true} }
	direct := func(asked ...string) told { return told{asked, store.RouteDirect, "702", "800", true} }
	none := func(asked ...string) told { return told{asked, store.RouteNone, "700", "", false} }
	for name, c := range map[string]struct {
		answers answers
		change  func(*store.Job)
		want    told
	}{
		"the token lives":                       {nil, nil, reply("PATCH webhook")},
		"the token is over":                     {nil, over, reply("PATCH channel")},
		"the token ended early":                 {answers{"PATCH webhook": no(401, 50027)}, nil, reply("PATCH webhook", "PATCH channel")},
		"the reply was deleted, token alive":    {answers{"PATCH webhook": no(404, 10008)}, nil, post("PATCH webhook", "POST channel")},
		"the reply was deleted, token over":     {answers{"PATCH channel": no(404, 10008)}, over, post("PATCH channel", "POST channel")},
		"no access to the channel":              {answers{"PATCH channel": no(403, 50001)}, over, direct("PATCH channel", "POST users", "POST direct")},
		"the channel is gone":                   {answers{"PATCH channel": no(404, 10003)}, over, direct("PATCH channel", "POST users", "POST direct")},
		"thrown out of the server":              {answers{"PATCH channel": no(404, 10004)}, over, direct("PATCH channel", "POST users", "POST direct")},
		"it may not write in the channel":       {answers{"PATCH channel": no(404, 10008), "POST channel": no(403, 50001)}, over, direct("PATCH channel", "POST channel", "POST users", "POST direct")},
		"the member takes no messages (50007)":  {answers{"PATCH channel": no(403, 50001), "POST direct": no(403, 50007)}, over, none("PATCH channel", "POST users", "POST direct")},
		"nor opens a channel for them":          {answers{"PATCH channel": no(403, 50001), "POST users": no(403, 50007)}, over, none("PATCH channel", "POST users")},
		"the member is gone (400)":              {answers{"PATCH channel": no(403, 50001), "POST users": no(400, 50033)}, over, none("PATCH channel", "POST users")},
		"an earlier run has passed the channel": {nil, func(j *store.Job) { j.Route = store.RouteDirect }, direct("POST users", "POST direct")},
		// As a guest it can do nothing in the channel, and does not try.
		"a guest, the token lives":        {nil, guest, reply("PATCH webhook")},
		"a guest, the token is over":      {nil, func(j *store.Job) { over(j); guest(j) }, direct("POST users", "POST direct")},
		"a guest, the token ended early":  {answers{"PATCH webhook": no(401, 50027)}, guest, direct("PATCH webhook", "POST users", "POST direct")},
		"a guest, the reply was deleted":  {answers{"PATCH webhook": no(404, 10008)}, guest, direct("PATCH webhook", "POST users", "POST direct")},
		"a guest whom nobody wants there": {answers{"PATCH webhook": no(404, 10008), "POST users": no(403, 50007)}, guest, none("PATCH webhook", "POST users")},
	} {
		for _, state := range []store.State{store.StateFailed, store.StateCompleted} {
			t.Run(name+"/"+string(state), func(t *testing.T) {
				t.Parallel()
				d, s := newDiscord(t), newStore(t)
				d.answers(c.answers)
				j := put(t, s, state, func(j *store.Job) {
					j.Video.URL = d.URL + "/film/v.mp4"
					if c.change != nil {
						c.change(j)
					}
				})
				twice(t, d, s, j.ID)
				j = get(t, s, j.ID)
				got := told{d.routes(), j.Route, j.Message, j.Direct, j.Posted}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// inTurn answers one after the other; the last goes on.
func inTurn(list ...func(http.ResponseWriter)) func(http.ResponseWriter) {
	var n atomic.Int64
	return func(w http.ResponseWriter) { list[min(int(n.Add(1)), len(list))-1](w) }
}

func TestAMessageThatMayNotAnswerTheReplyStandsAlone(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH channel", no(403, 50005))
	d.on("POST channel", inTurn(no(403, 160002), says(200, `{`+postedMessage+`}`)))
	j := put(t, s, store.StateFailed, func(j *store.Job) { j.Origin.Expires = time.Now() })
	twice(t, d, s, j.ID)
	got := d.requests()
	if len(got) != 3 || got[1].body["message_reference"] == nil || got[2].body["message_reference"] != nil {
		t.Errorf("asked for %+v", got)
	}
	if j := get(t, s, j.ID); j.Message != "701" {
		t.Errorf("the message is %q", j.Message)
	}
}

// A channel that takes no video is no reason to leave it out of a direct
// message.
func TestADirectMessageIsDrawnInFullAgain(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.answers(answers{"PATCH channel": no(403, 50013), "POST channel": no(403, 50013)})
	j := put(t, s, store.StateCompleted, func(j *store.Job) {
		j.Video.URL, j.Origin.Expires = d.URL+"/film/v.mp4", time.Now()
	})
	twice(t, d, s, j.ID)
	want := []string{"PATCH channel", "PATCH channel", "PATCH channel", "PATCH channel", "POST channel", "POST users", "POST direct"}
	got := d.requests()
	if !slices.Equal(d.routes(), want) || got[0].file == "" || got[6].file == "" {
		t.Errorf("asked for %v", d.routes())
	}
	if j := get(t, s, j.ID); j.Upload.ID != "900" || j.Direct != "800" {
		t.Errorf("upload %+v in %q", j.Upload, j.Direct)
	}
}

// 10,000 refusals within ten minutes would get the bot banned, so however
// Discord refuses, a job asks a few times and comes to rest. All sequences of
// refusals are walked, each kind at each step.
func TestNoSequenceOfRefusalsIsLong(t *testing.T) {
	var kinds []*rest.Error
	for _, code := range []int{0, 10003, 10004, 10008, 10015, 40005, 50001, 50005, 50007, 50013, 50027, 50033, 50035, 50083, 50278, 160002, 160005} {
		for _, status := range []int{400, 401, 403, 404, 410, 413} {
			if e := (&rest.Error{Status: status, Code: code}); denial(e) != nil {
				kinds = append(kinds, e)
			}
		}
	}
	type start struct {
		state store.State
		guest bool
	}
	for start, most := range map[start]int{
		{store.StateQueued, false}: 3, {store.StateDreaming, false}: 3, {store.StateCancelled, false}: 3,
		{store.StateFailed, false}: 7, {store.StateCompleted, false}: 11,
		{store.StateQueued, true}: 2, {store.StateCancelled, true}: 2, {store.StateFailed, true}: 4, {store.StateCompleted, true}: 8,
	} {
		state := start.state
		known, onTheWay := map[string]int{}, map[string]bool{}
		var longest func(j store.Job) int
		longest = func(j store.Job) int {
			by := wayTo(j, time.Now())
			if by == noWay || silent(j, by) {
				return 0
			}
			key := fmt.Sprint(j.Route, j.Fallback, j.Message, j.Posted, j.Origin.Token.IsZero())
			if n, ok := known[key]; ok {
				return n
			}
			if onTheWay[key] {
				t.Fatalf("%s: the way leads back to %s", state, key)
			}
			onTheWay[key] = true
			n := 0
			for _, kind := range kinds {
				if denialToBot(kind) == nil && by != byWebhook {
					continue // the job stays as it is, and waits
				}
				next := j
				descend(&next, j, by, simplest(j), kind)
				n = max(n, 1+longest(next))
			}
			known[key] = n
			return n
		}
		j := store.Job{State: state, Guest: start.guest, Message: "700", Channel: "200", Revision: 2,
			Origin: store.Origin{Token: secret.New("aToken"), Expires: time.Now().Add(time.Hour)}}
		if n := longest(j); n != most {
			t.Errorf("a %s job is refused up to %d times, want %d (guest %v)", state, n, most, start.guest)
		}
	}
}

// What a proxy, a firewall or Discord's edge refuses says nothing of the job.
func TestARefusalWithoutDiscordsCodeIsWaitedFor(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH webhook", says(403, `<html>blocked</html>`))
	j := put(t, s, store.StateFailed, nil)
	e := newEditor(t, d, s)
	if wait := edit(t, e, j.ID); wait == 0 || get(t, s, j.ID).Origin.Token.IsZero() {
		t.Fatal("the way is given up")
	}
	d.on("PATCH webhook", nil)
	if edit(t, e, j.ID); get(t, s, j.ID).Due() {
		t.Error("it is still due")
	}
}

// A card that Discord does not take is drawn simpler, until one is taken: a
// video that was paid for is told of in some way.
func TestACompletedCardIsDrawnSimplerUntilItIsTaken(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH webhook", says(400, `{"message":"Invalid Form Body","code":50035}`))
	j := put(t, s, store.StateCompleted, func(j *store.Job) {
		j.Video.URL, j.Image.URL = d.URL+"/film/v.mp4", "https://cdn.example/gone.png"
	})
	for range 2 { // the second stands for the next process
		if wait := edit(t, newEditor(t, d, s), j.ID); wait != 0 {
			t.Errorf("it is tried again after %v", wait)
		}
	}
	var drawn []string
	for _, a := range d.requests() {
		body, err := json.Marshal(a.body)
		if err != nil {
			t.Fatal(err)
		}
		what := a.route
		for _, part := range []string{"attachment://", `"url":"` + j.Video.URL, "gone.png", "Open it at Luma"} {
			if strings.Contains(string(body), part) {
				what += " +" + part
			}
		}
		drawn = append(drawn, what)
	}
	want := []string{
		"PATCH webhook +attachment:// +gone.png",
		`PATCH webhook +"url":"` + j.Video.URL + " +gone.png",
		"PATCH webhook +gone.png +Open it at Luma",
		"PATCH webhook +Open it at Luma",
		"PATCH channel +Open it at Luma",
	}
	if diff := cmp.Diff(want, drawn); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
	if get(t, s, j.ID).Due() {
		t.Error("it is still due")
	}
}

// Only Discord's own word closes a way: what stands before it answers without a
// code, and some of its codes pass.
func TestWhatIsNoRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		status, code int
		final        bool
	}{
		"a page of what stands before it, 400":  {400, 0, false},
		"the same, 403":                         {403, 0, false},
		"the same, 404":                         {404, 0, false},
		"a token, 401":                          {401, 0, true},
		"a body that is too large, 413":         {413, 0, true},
		"direct messages opened too fast":       {403, 40003, false},
		"a member who takes no direct messages": {403, 50007, true},
		"a member of no common server":          {403, 50278, true},
		"an archived thread":                    {400, 50083, true},
		"too many requests":                     {429, 0, false},
		"trouble":                               {503, 0, false},
	} {
		if got := refused(&rest.Error{Status: c.status, Code: c.code}); got != c.final {
			t.Errorf("%s: final %v", name, got)
		}
	}
}

// Many direct messages at once are opened one after the other, in time.
func TestDirectMessagesThatCameTooFastComeLater(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("POST users", no(403, codeTooFast))
	j := put(t, s, store.StateFailed, outside)
	e := newEditor(t, d, s)
	if wait := edit(t, e, j.ID); wait < maxEditWait-time.Second {
		t.Errorf("it is tried again after %v", wait)
	}
	if now := get(t, s, j.ID); now.Route != store.RouteDirect || !now.Due() {
		t.Errorf("it goes on by %q, due %v", now.Route, now.Due())
	}
	d.on("POST users", nil)
	if edit(t, e, j.ID); get(t, s, j.ID).Direct == "" {
		t.Errorf("asked for %v", d.routes())
	}
}

// An edit in an archived thread is refused whatever it carries: the video is
// not uploaded again and again.
func TestAnArchivedThreadIsNoMatterOfTheCard(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH channel", no(400, codeArchived))
	j := put(t, s, store.StateFailed, func(j *store.Job) { j.Origin.Expires = time.Now() })
	twice(t, d, s, j.ID)
	if got := d.routes(); !slices.Equal(got, []string{"PATCH channel", "POST channel"}) {
		t.Errorf("asked for %v", got)
	}
}
