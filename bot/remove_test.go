package bot

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/store"
)

// A reply is deleted where it stands, once; that it is gone, or may not be
// deleted, ends it too.
func TestRemovedRepliesAreDeleted(t *testing.T) {
	over := func(j *store.Job) { j.Origin.Expires = time.Now() }
	guest := func(j *store.Job) { j.Guest = true }
	sentTo := func(route store.Route, direct string) func(*store.Job) {
		return func(j *store.Job) { over(j); j.Route, j.Posted, j.Direct, j.Message = route, true, direct, "702" }
	}
	lost := func(route store.Route) func(*store.Job) {
		return func(j *store.Job) { over(j); j.Route, j.PostedAt = route, time.Now().Add(-time.Second) }
	}
	found := says(200, `[{"id":"750","author":{"bot":true},"components":[{"type":1,"components":[{"type":2,"custom_id":"1:delete:d0abcdefghijklmnopqr"}]}]}]`)
	for name, c := range map[string]struct {
		answers answers
		change  func(*store.Job)
		want    []string
		path    string // how the last one ends
	}{
		"while the token lives":             {nil, nil, []string{"DELETE webhook"}, "/messages/@original"},
		"after the token":                   {nil, over, []string{"DELETE channel"}, "/channels/200/messages/700"},
		"the token ended early":             {answers{"DELETE webhook": no(401, 50027)}, nil, []string{"DELETE webhook", "DELETE channel"}, "/channels/200/messages/700"},
		"the webhook is unknown":            {answers{"DELETE webhook": no(404, 10015)}, nil, []string{"DELETE webhook", "DELETE channel"}, "/channels/200/messages/700"},
		"it is gone already":                {answers{"DELETE webhook": no(404, 10008)}, nil, []string{"DELETE webhook"}, "/messages/@original"},
		"gone already, after the token":     {answers{"DELETE channel": no(404, 10008)}, over, []string{"DELETE channel"}, "/channels/200/messages/700"},
		"no access to the channel":          {answers{"DELETE channel": no(403, 50001)}, over, []string{"DELETE channel"}, "/channels/200/messages/700"},
		"a post":                            {nil, sentTo(store.RoutePost, ""), []string{"DELETE channel"}, "/channels/200/messages/702"},
		"a direct message":                  {nil, sentTo(store.RouteDirect, "800"), []string{"DELETE direct"}, "/channels/800/messages/702"},
		"a post whose answer was lost":      {answers{"GET channel": found}, lost(store.RoutePost), []string{"GET channel", "DELETE channel"}, "/channels/200/messages/750"},
		"a direct message, its answer lost": {answers{"GET direct": found}, lost(store.RouteDirect), []string{"POST users", "GET direct", "DELETE direct"}, "/channels/800/messages/750"},
		"of a guest":                        {nil, guest, []string{"DELETE webhook"}, "/messages/@original"},
		"of a guest, the token ended early": {answers{"DELETE webhook": no(401, 50027)}, guest, []string{"DELETE webhook"}, "/messages/@original"},
		"of a guest, after the token":       {nil, func(j *store.Job) { over(j); guest(j) }, nil, ""},
		"of a guest, in a direct message": {nil, func(j *store.Job) { sentTo(store.RouteDirect, "800")(j); guest(j) }, []string{"DELETE direct"},
			"/channels/800/messages/702"},
		"an answer lost that was a no":       {nil, lost(store.RoutePost), []string{"GET channel", "DELETE channel"}, "/channels/200/messages/700"},
		"an answer lost, nothing to be read": {answers{"GET channel": no(403, 50001)}, lost(store.RoutePost), []string{"GET channel", "DELETE channel"}, "/channels/200/messages/700"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.answers(c.answers)
			j := put(t, s, store.StateFailed, func(j *store.Job) {
				j.Image = kept("890", firstName)
				if c.change != nil {
					c.change(j)
				}
			})
			if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Removed = true; return nil }); err != nil {
				t.Fatal(err)
			}
			twice(t, d, s, j.ID)
			got := d.requests()
			if !slices.Equal(d.routes(), c.want) || len(got) > 0 && !strings.HasSuffix(got[len(got)-1].path, c.path) {
				t.Errorf("asked for %+v, want %v", got, c.want)
			}
			if j := get(t, s, j.ID); j.Route != store.RouteNone || j.Upload.ID != "" || j.Image.Upload.ID != "" {
				t.Errorf("it ends as %q, %+v, %+v", j.Route, j.Upload, j.Image)
			}
		})
	}
}

func TestTroubleWhileDeletingIsWaitedFor(t *testing.T) {
	for name, answer := range map[string]answers{
		"Discord in trouble":           {"DELETE channel": says(500, `oops`)},
		"the bot's token not accepted": {"DELETE channel": no(401, 0)},
	} {
		d, s := newDiscord(t), newStore(t)
		d.answers(answer)
		j := put(t, s, store.StateFailed, func(j *store.Job) { j.Removed, j.Origin.Expires = true, time.Now() })
		if wait := edit(t, newEditor(t, d, s), j.ID); wait == 0 || !get(t, s, j.ID).Due() {
			t.Errorf("%s: it is given up", name)
		}
	}
}

// A wish to delete that comes while the last way is being closed is not lost.
func TestAWishToDeleteOutlivesTheLastRefusal(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	j := put(t, s, store.StateFailed, func(j *store.Job) { j.Route, j.Posted, j.Message = store.RoutePost, true, "701" })
	d.on("PATCH channel", func(w http.ResponseWriter) {
		if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Removed = true; return nil }); err != nil {
			t.Error(err)
		}
		no(403, 50001)(w)
	})
	twice(t, d, s, j.ID)
	if want := []string{"PATCH channel", "DELETE channel"}; !slices.Equal(d.routes(), want) {
		t.Errorf("asked for %v, want %v", d.routes(), want)
	}
}
