package bot

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/store"
)

// What stands on the job's message has fresh addresses there.
func TestFreshAddressesOfPictures(t *testing.T) {
	standing := func(files ...string) func(http.ResponseWriter) {
		var list []string
		for i, name := range files {
			list = append(list, fmt.Sprintf(`{"id":"%d","filename":%q,"url":"https://cdn.example/%s?ex=%x"}`, 900+i, name, name, signedUntil.Unix()))
		}
		return says(200, `{"id":"700","channel_id":"200","attachments":[`+strings.Join(list, ",")+`]}`)
	}
	shown := says(200, fmt.Sprintf(`{"id":"700","components":[{"type":9,"accessory":{"type":11,"media":{"url":"https://cdn.example/%s?ex=%x","attachment_id":"900"}}}]}`, firstName, signedUntil.Unix()))
	over := func(j *store.Job) { j.Origin.Expires = time.Now() }
	both := standing(firstName, lastName)
	for name, c := range map[string]struct {
		answers answers
		change  func(*store.Job)
		asked   []string
		fresh   string // which of the first and the last are fresh
		gone    bool
		unknown bool
	}{
		"while the token lives":         {answers{"GET webhook": both}, nil, []string{"GET webhook"}, "first last", false, false},
		"after the token":               {answers{"GET message": both}, over, []string{"GET message"}, "first last", false, false},
		"the token ended early":         {answers{"GET webhook": no(401, 50027), "GET message": both}, nil, []string{"GET webhook", "GET message"}, "first last", false, false},
		"shown, and not listed":         {answers{"GET webhook": shown}, func(j *store.Job) { j.EndImage = store.Picture{} }, []string{"GET webhook"}, "first", false, false},
		"one is gone":                   {answers{"GET webhook": standing(firstName)}, nil, []string{"GET webhook"}, "first", true, false},
		"both are gone":                 {answers{"GET webhook": standing()}, nil, []string{"GET webhook"}, "", true, false},
		"the reply was deleted":         {answers{"GET webhook": no(404, 10008)}, nil, []string{"GET webhook"}, "", true, false},
		"deleted, after the token":      {answers{"GET message": no(404, 10008)}, over, []string{"GET message"}, "", true, false},
		"no access to the channel":      {answers{"GET message": no(403, 50001)}, over, []string{"GET message"}, "", true, false},
		"Discord in trouble":            {answers{"GET webhook": says(500, `oops`)}, nil, []string{"GET webhook", "GET webhook", "GET webhook"}, "", false, true},
		"in trouble, after the token":   {answers{"GET message": says(502, `oops`)}, over, []string{"GET message", "GET message", "GET message"}, "", false, true},
		"the bot's token not accepted":  {answers{"GET message": no(401, 0)}, over, []string{"GET message"}, "", false, true},
		"refused by what stands before": {answers{"GET message": says(403, `<html>`)}, over, []string{"GET message"}, "", false, true},
		"in a direct message": {answers{"GET message": both}, func(j *store.Job) { over(j); j.Direct, j.Posted, j.Route = "800", true, store.RouteDirect },
			[]string{"GET message"}, "first last", false, false},
		"of a guest, while the token lives": {answers{"GET webhook": both}, func(j *store.Job) { j.Guest = true }, []string{"GET webhook"}, "first last", false, false},
		"of a guest, after the token":       {nil, func(j *store.Job) { over(j); j.Guest = true }, nil, "", true, false},
		"of a guest, the token ended early": {answers{"GET webhook": no(401, 50027)}, func(j *store.Job) { j.Guest = true }, []string{"GET webhook"}, "", true, false},
		"without a message":                 {nil, func(j *store.Job) { over(j); j.Message = "" }, nil, "", true, false},
		"that never went up":                {nil, func(j *store.Job) { j.Image.Upload, j.EndImage.Upload = store.Upload{}, store.Upload{} }, nil, "", true, false},
		"one of which never went up": {answers{"GET webhook": standing(firstName)}, func(j *store.Job) { j.EndImage.Upload = store.Upload{} },
			[]string{"GET webhook"}, "first", true, false},
		"that work": {nil, func(j *store.Job) {
			j.Image.Expires, j.EndImage.Expires = time.Now().Add(freshFor+time.Minute), time.Now().Add(time.Hour)
		}, nil, "", false, false},
		"that work, but not for long": {answers{"GET webhook": both}, func(j *store.Job) {
			j.Image.Expires, j.EndImage.Expires = time.Now().Add(freshFor-time.Minute), time.Now().Add(time.Hour)
		}, []string{"GET webhook"}, "first", false, false},
		"of which there are none": {nil, func(j *store.Job) { j.Image, j.EndImage = store.Picture{}, store.Picture{} }, nil, "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.answers(c.answers)
			j := put(t, s, store.StateWaiting, func(j *store.Job) {
				j.Image, j.EndImage = kept("900", firstName), kept("901", lastName)
			})
			if c.change != nil {
				var err error
				if j, err = s.Update(t.Context(), j.ID, func(j *store.Job) error { c.change(j); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			got, err := newEditor(t, d, s).Fresh(t.Context(), j)
			if errors.Is(err, store.ErrPictureGone) != c.gone || (err != nil) != (c.gone || c.unknown) {
				t.Errorf("the error is %v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "aToken") || strings.Contains(err.Error(), "cdn.example")) {
				t.Errorf("it holds a secret: %v", err)
			}
			if !slices.Equal(d.routes(), c.asked) {
				t.Errorf("asked for %v, want %v", d.routes(), c.asked)
			}
			for _, job := range []store.Job{got, get(t, s, j.ID)} {
				for i, p := range pictures(&job) {
					want := pictures(&j)[i]
					if strings.Contains(c.fresh, []string{"first", "last"}[i]) {
						want.URL = fmt.Sprintf("https://cdn.example/%s?ex=%x", p.Upload.Name, signedUntil.Unix())
						want.Expires = signedUntil
					}
					if p.URL != want.URL || !p.Expires.Equal(want.Expires) || p.Upload != want.Upload {
						t.Errorf("picture %d is %+v, want %+v", i, p, want)
					}
				}
			}
		})
	}
}

func TestAFreshAddressOfTheVideo(t *testing.T) {
	stands := says(200, `{"id":"700","attachments":[{"id":"900","filename":"`+filmName+`","url":"https://cdn.example/v.mp4?ex=1"}]}`)
	over := func(j *store.Job) { j.Origin.Expires = time.Now() }
	for name, c := range map[string]struct {
		answers answers
		change  func(*store.Job)
		want    string
		unknown bool
		asked   int
	}{
		"while the token lives":       {answers{"GET webhook": stands}, nil, "https://cdn.example/v.mp4?ex=1", false, 1},
		"after the token":             {answers{"GET message": stands}, over, "https://cdn.example/v.mp4?ex=1", false, 1},
		"never uploaded":              {nil, func(j *store.Job) { j.Upload = store.Upload{} }, "", false, 0},
		"not there any more":          {answers{"GET webhook": says(200, `{"id":"700"}`)}, nil, "", false, 1},
		"the reply was deleted":       {answers{"GET webhook": no(404, 10008)}, nil, "", false, 1},
		"no access":                   {answers{"GET message": no(403, 50001)}, over, "", false, 1},
		"of a guest, after the token": {nil, func(j *store.Job) { over(j); j.Guest = true }, "", false, 0},
		"Discord in trouble":          {answers{"GET message": says(500, `oops`)}, over, "", true, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.answers(c.answers)
			j := put(t, s, store.StateCompleted, func(j *store.Job) {
				j.Upload = store.Upload{ID: "900", Name: filmName}
				if c.change != nil {
					c.change(j)
				}
			})
			got, err := newEditor(t, d, s).VideoURL(t.Context(), j)
			if got != c.want || (err != nil) != c.unknown || len(d.requests()) != c.asked {
				t.Errorf("%q, %v; asked for %v", got, err, d.routes())
			}
		})
	}
}
