package bot

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/store"
)

func newInviting(t *testing.T, d *discord, s store.Store) *Editor {
	t.Helper()
	e := newEditor(t, d, s)
	e.Emoji = "⏩"
	return e
}

// The bot reacts to each result where it stands, once, and to nothing else.
func TestResultsAreInvitedToBeExtended(t *testing.T) {
	const reaction = "/messages/700/reactions/⏩/@me"
	over := func(j *store.Job) { j.Origin.Expires = time.Now() }
	for name, c := range map[string]struct {
		state   store.State
		change  func(*store.Job)
		answers answers
		want    []string
		path    string // how the reaction's ends
		after   store.Invitation
	}{
		"a result":                  {store.StateCompleted, nil, nil, []string{"PATCH webhook", "PUT reaction"}, "/channels/200" + reaction, store.InvitationMade},
		"after the token":           {store.StateCompleted, over, nil, []string{"PATCH channel", "PUT reaction"}, "/channels/200" + reaction, store.InvitationMade},
		"a job that is not done":    {store.StateDreaming, nil, nil, []string{"PATCH webhook"}, "", store.InvitationNone},
		"a failure":                 {store.StateFailed, nil, nil, []string{"PATCH webhook"}, "", store.InvitationNone},
		"a guest's":                 {store.StateCompleted, func(j *store.Job) { j.Guest = true }, nil, []string{"PATCH webhook"}, "", store.InvitationNone},
		"one that is removed":       {store.StateCompleted, func(j *store.Job) { j.Removed = true }, nil, []string{"DELETE webhook"}, "", store.InvitationNone},
		"one that was made":         {store.StateCompleted, func(j *store.Job) { j.Invitation = store.InvitationMade }, nil, []string{"PATCH webhook"}, "", store.InvitationMade},
		"where the bot may not":     {store.StateCompleted, nil, answers{"PUT reaction": no(403, 50013)}, []string{"PATCH webhook", "PUT reaction"}, "/channels/200" + reaction, store.InvitationMade},
		"by an emoji that is not":   {store.StateCompleted, nil, answers{"PUT reaction": no(400, 10014)}, []string{"PATCH webhook", "PUT reaction"}, "/channels/200" + reaction, store.InvitationMade},
		"where it was deleted":      {store.StateCompleted, nil, answers{"PUT reaction": no(404, 10008)}, []string{"PATCH webhook", "PUT reaction"}, "/channels/200" + reaction, store.InvitationMade},
		"a post":                    {store.StateCompleted, gone, nil, []string{"POST channel", "PUT reaction"}, "/channels/200/messages/701/reactions/⏩/@me", store.InvitationMade},
		"a post after a reply":      {store.StateCompleted, func(j *store.Job) { gone(j); j.Invitation = store.InvitationMade }, nil, []string{"POST channel", "PUT reaction"}, "/channels/200/messages/701/reactions/⏩/@me", store.InvitationMade},
		"a direct message":          {store.StateCompleted, outside, nil, []string{"POST users", "POST direct", "PUT reaction"}, "/channels/800/messages/702/reactions/⏩/@me", store.InvitationMade},
		"a guest's direct message":  {store.StateCompleted, func(j *store.Job) { over(j); j.Guest = true }, nil, []string{"POST users", "POST direct"}, "", store.InvitationNone},
		"every way is closed to it": {store.StateCompleted, func(j *store.Job) { j.Route, j.Invitation = store.RouteNone, store.InvitationDue }, nil, nil, "", store.InvitationMade},
		"and while it was due": {store.StateCompleted, func(j *store.Job) {
			j.Route, j.Posted, j.Message, j.Invitation = store.RoutePost, true, "701", store.InvitationDue
		}, answers{"PATCH channel": no(404, 10008)}, []string{"PATCH channel"}, "", store.InvitationMade},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.answers(c.answers)
			j := put(t, s, c.state, func(j *store.Job) {
				j.Video.URL = d.URL + "/film/v.mp4"
				if c.change != nil {
					c.change(j)
				}
			})
			for range 2 { // the second stands for the next process
				if wait := edit(t, newInviting(t, d, s), j.ID); wait != 0 {
					t.Errorf("it is tried again after %v", wait)
				}
			}
			got := d.requests()
			if !slices.Equal(d.routes(), c.want) || c.path != "" && !strings.HasSuffix(got[len(got)-1].path, c.path) {
				t.Errorf("asked for %+v, want %v", d.routes(), c.want)
			}
			if j := get(t, s, j.ID); j.Due() || j.Invitation != c.after {
				t.Errorf("due %v, the invitation is %q", j.Due(), j.Invitation)
			}
		})
	}
}

// That the result was shown is known, and only the reaction is tried again.
func TestAnInvitationIsTriedAgainAfterTrouble(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PUT reaction", says(500, `oops`))
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = d.URL + "/film/v.mp4" })
	if wait := edit(t, newInviting(t, d, s), j.ID); wait == 0 {
		t.Fatal("it is given up")
	}
	if now := get(t, s, j.ID); !now.Due() || now.Shown != now.Revision || now.Invitation != store.InvitationDue {
		t.Fatalf("due %v, shown %d of %d, %q", now.Due(), now.Shown, now.Revision, now.Invitation)
	}
	due, err := s.Due(t.Context())
	if err != nil || len(due) != 1 {
		t.Errorf("due are %d, %v", len(due), err)
	}
	d.on("PUT reaction", nil)
	before := len(d.requests())
	if wait := edit(t, newInviting(t, d, s), j.ID); wait != 0 || !slices.Equal(d.routes()[before:], []string{"PUT reaction"}) {
		t.Errorf("asked for %v", d.routes()[before:])
	}
}

// An operator who wishes none any more gets none that was due.
func TestWithoutAnEmojiNobodyIsInvited(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = d.URL + "/film/v.mp4" })
	edit(t, newEditor(t, d, s), j.ID)
	if got := get(t, s, j.ID).Invitation; got != store.InvitationNone {
		t.Errorf("it is %q", got)
	}
	next(t, s, j.ID, func(j *store.Job) { j.Invitation, j.Expected = store.InvitationDue, 0 })
	twice(t, d, s, j.ID)
	if got := get(t, s, j.ID).Invitation; got != store.InvitationMade || slices.Contains(d.routes(), "PUT reaction") {
		t.Errorf("it is %q; asked for %v", got, d.routes())
	}
}

// A message that is found in place of one whose answer was lost is invited to
// too; one that is deleted while it is edited is not.
func TestInvitationsFollowTheMessage(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("GET channel", says(200, `[{"id":"750","author":{"bot":true},"components":[{"type":1,"components":[{"type":2,"custom_id":"1:extend:d0abcdefghijklmnopqr"}]}]}]`))
	j := put(t, s, store.StateCompleted, func(j *store.Job) {
		gone(j)
		j.Video.URL, j.PostedAt = d.URL+"/film/v.mp4", time.Now().Add(-time.Hour)
	})
	edit(t, newInviting(t, d, s), j.ID)
	got := d.requests()
	if !slices.Equal(d.routes(), []string{"GET channel", "PUT reaction"}) || !strings.HasSuffix(got[1].path, "/messages/750/reactions/⏩/@me") {
		t.Errorf("asked for %+v", got)
	}

	d, s = newDiscord(t), newStore(t)
	j = put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = d.URL + "/film/v.mp4" })
	d.on("PATCH webhook", func(w http.ResponseWriter) {
		if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Removed = true; return nil }); err != nil {
			t.Error(err)
		}
		says(200, `{`+editedMessage+`}`)(w)
	})
	edit(t, newInviting(t, d, s), j.ID)
	if want := []string{"PATCH webhook", "DELETE webhook"}; !slices.Equal(d.routes(), want) || get(t, s, j.ID).Due() {
		t.Errorf("asked for %v, want %v", d.routes(), want)
	}
}
