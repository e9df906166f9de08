package bot

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"dreambot/store"
)

// What Luma cannot fetch, the bot does: as a whole, by the rules for pictures, and
// no more than is wanted.
func TestAPictureIsFetchedToBeHandedOn(t *testing.T) {
	size := int64(len(still))
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		said  int64 // its size, by Discord; 0: not known
		limit int64
		kind  string // by its bytes; empty: an error
		gone  bool   // for good
	}{
		"a PNG":                          {plain(200, "image/png", still), size, size, "image/png", false},
		"a JPEG that says PNG":           {plain(200, "image/png", "\xff\xd8\xff\xe0 and more"), 0, 100, "image/jpeg", false},
		"a WebP":                         {plain(200, "image/webp", "RIFF\x00\x01\x00\x00WEBPVP8 and more"), 0, 100, "image/webp", false},
		"larger than is taken":           {plain(200, "image/png", still), 0, size - 1, "", true},
		"larger, as Discord says":        {plain(500, "image/png", ""), size, size - 1, "", true},
		"no room at all":                 {plain(200, "image/png", still), 0, 0, "", true},
		"deleted":                        {plain(404, "text/plain", "no"), 0, size, "", true},
		"gone":                           {plain(410, "text/plain", "no"), 0, size, "", true},
		"a redirect inside":              {redirects(1, "http://169.254.169.254/", plain(200, "image/png", still)), 0, size, "", true},
		"forbidden":                      {plain(403, "text/plain", "no"), 0, size, "", false},
		"trouble":                        {plain(500, "text/plain", "oops"), 0, size, "", false},
		"a page":                         {plain(200, "text/html", still), 0, size, "", false},
		"an animation that says PNG":     {plain(200, "image/png", "GIF89a and more"), 0, size, "", false},
		"less than it was to be":         {plain(200, "image/png", still, "Content-Length", "5000"), 0, 5000, "", false},
		"nothing":                        {plain(200, "image/png", ""), 0, size, "", false},
		"something that is no HTTP":      {raw("what?\r\n\r\n"), 0, size, "", false},
		"trouble, and its size is known": {plain(503, "", ""), size, size, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, c.serve)
			e := newEditor(t, newDiscord(t), newStore(t))
			p := given(server.URL + "/0?sig=secret")
			p.Size = c.said
			data, kind, err := e.Picture(t.Context(), p, c.limit)
			if kind != c.kind || (err != nil) != (c.kind == "") || errors.Is(err, store.ErrPictureGone) != c.gone {
				t.Fatalf("%q, %v", kind, err)
			}
			if err != nil && (strings.Contains(err.Error(), server.URL) || strings.Contains(err.Error(), "secret") || data != nil) {
				t.Errorf("the error holds the address, or there is data: %v, %q", err, data)
			}
			if err == nil && (int64(len(data)) > c.limit || len(data) < 8) {
				t.Errorf("it is %d bytes", len(data))
			}
			if n := len(e.fetch.pictures.room); n != 0 {
				t.Errorf("%d downloads are still counted", n)
			}
		})
	}
}

// By these, Luma's list is searched for what became of a lost call: while that may
// be, no edit and no look changes them.
func TestAddressesThatLumaWasGivenStay(t *testing.T) {
	for _, state := range []store.State{store.StateSubmitting, store.StateDreaming} {
		d, s := newDiscord(t), newStore(t)
		e := newEditor(t, d, s)
		j := put(t, s, store.StateWaiting, func(j *store.Job) { j.Image = given(d.URL + "/still/a.png") })
		for _, next := range []store.State{store.StateSubmitting, state} {
			if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error {
				j.State, j.Spoiler = next, true // which is to be shown
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		edit(t, e, j.ID)
		now := get(t, s, j.ID)
		if now.Image.Upload.ID != "900" || now.Due() {
			t.Fatalf("%s: the picture did not go up: %+v", state, now.Image)
		}
		if stays := now.Image.URL == j.Image.URL; stays != (state == store.StateSubmitting) {
			t.Errorf("%s: its address stays: %v", state, stays)
		}
		// A fresh one is told, and not stored, once the old one has run out.
		was := now.Image.URL
		now, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Image.Expires = j.CreatedAt; return nil })
		if err != nil {
			t.Fatal(err)
		}
		d.on("GET webhook", says(200, `{"id":"700","attachments":[{"id":"900","filename":"`+firstName+`","url":"https://cdn.example/fresh?ex=ffffffff"}]}`))
		fresh, err := e.Fresh(t.Context(), now)
		if err != nil || fresh.Image.URL != "https://cdn.example/fresh?ex=ffffffff" || !fresh.Image.Works(e.Now()) {
			t.Errorf("%s: fresh it is %+v, %v", state, fresh.Image, err)
		}
		if stays := get(t, s, j.ID).Image.URL == was; stays != (state == store.StateSubmitting) {
			t.Errorf("%s: after a look its address stays: %v", state, stays)
		}
	}
}
