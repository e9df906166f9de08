package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/secret"
	"dreambot/store"
)

const (
	firstName = "first-d0abcdefghijklmnopqr.png"
	lastName  = "last-d0abcdefghijklmnopqr.png"
	filmName  = "dream-d0abcdefghijklmnopqr.mp4"
)

// given is a picture that a member gave, whose address works for a day.
func given(url string) store.Picture {
	return store.Picture{URL: url, Name: "a.png", Width: 640, Height: 360, Size: int64(len(still)), Expires: time.Now().Add(24 * time.Hour)}
}

// kept is a picture as it stands on the job's message, under an address that has
// run out.
func kept(id, name string) store.Picture {
	return store.Picture{URL: "https://cdn.example/old.png", Name: "a.png", Expires: time.Now().Add(-time.Minute),
		Upload: store.Upload{ID: id, Name: name, Size: 5}}
}

// next has the store know something that the reply does not show yet.
func next(t *testing.T, s store.Store, id string, change func(*store.Job)) {
	t.Helper()
	if _, err := s.Update(t.Context(), id, func(j *store.Job) error {
		j.Expected += time.Second
		if change != nil {
			change(j)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestPicturesGoUpWithTheReplyAndStayOnIt(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	j := put(t, s, store.StateDreaming, func(j *store.Job) {
		j.Image, j.EndImage = given(d.URL+"/still/a.png"), given(d.URL+"/still/b.png")
		j.Video.URL = d.URL + "/film/v.mp4"
	})
	edit(t, e, j.ID)
	want := func(p store.Picture, id, name string) store.Picture {
		p.URL = fmt.Sprintf("%s/still/%s?ex=%x", d.URL, name, signedUntil.Unix())
		p.Expires, p.Upload = signedUntil, store.Upload{ID: id, Name: name, Size: 5}
		return p
	}
	after := get(t, s, j.ID)
	pictures := []store.Picture{after.Image, after.EndImage}
	if diff := cmp.Diff([]store.Picture{want(j.Image, "900", firstName), want(j.EndImage, "901", lastName)}, pictures); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	// Another edit keeps them and sends none; the video joins them.
	next(t, s, j.ID, nil)
	edit(t, e, j.ID)
	next(t, s, j.ID, func(j *store.Job) { j.State = store.StateCompleted })
	edit(t, e, j.ID)
	next(t, s, j.ID, nil)
	edit(t, e, j.ID)
	var got [][]string
	for _, a := range d.requests() {
		got = append(got, a.files, a.attachments())
	}
	keptOnes := []string{"900 " + firstName, "901 " + lastName}
	if diff := cmp.Diff([][]string{
		{firstName, lastName}, {"0 " + firstName, "1 " + lastName},
		nil, keptOnes,
		{filmName}, append(keptOnes[:2:2], "0 "+filmName),
		nil, append(keptOnes[:2:2], "900 "+filmName),
	}, got); diff != "" {
		t.Errorf("files and attachments (-want +got):\n%s", diff)
	}
	if last := d.requests()[3].text(t); strings.Count(last, "attachment://") != 3 || strings.Contains(last, "/still/a.png") {
		t.Errorf("drawn %s", last)
	}
}

// What is sent in one edit is numbered in the order in which the card counts it.
func TestPicturesGoUpBeforeTheVideo(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	j := put(t, s, store.StateCompleted, func(j *store.Job) {
		j.Image, j.EndImage = given(d.URL+"/still/a.png"), given(d.URL+"/still/b.png")
		j.Video.URL = d.URL + "/film/v.mp4"
	})
	twice(t, d, s, j.ID)
	got := d.requests()
	if len(got) != 1 || !slices.Equal(got[0].files, []string{firstName, lastName, filmName}) ||
		!slices.Equal(got[0].attachments(), []string{"0 " + firstName, "1 " + lastName, "2 " + filmName}) {
		t.Fatalf("asked for %+v", got)
	}
	if j := get(t, s, j.ID); j.Image.Upload.ID != "900" || j.EndImage.Upload.ID != "901" || j.Upload.ID != "902" {
		t.Errorf("%+v, %+v, %+v", j.Image.Upload, j.EndImage.Upload, j.Upload)
	}
}

// A picture that Discord does not take costs neither the video nor the state.
func TestARefusedPictureDoesNotCostTheVideo(t *testing.T) {
	taken := says(200, `{`+editedMessage+`,"attachments":[{"id":"900","filename":"`+filmName+`","size":5}]}`)
	for route, change := range map[string]func(*store.Job){"PATCH webhook": nil, "POST channel": gone} {
		d, s := newDiscord(t), newStore(t)
		d.on(route, inTurn(no(400, 50035), taken))
		j := put(t, s, store.StateCompleted, func(j *store.Job) {
			j.Image, j.Video.URL = given(d.URL+"/still/a.png"), d.URL+"/film/v.mp4"
			if change != nil {
				change(j)
			}
		})
		twice(t, d, s, j.ID)
		got := d.requests()
		if !slices.Equal(d.routes(), []string{route, route}) || !slices.Equal(got[0].files, []string{firstName, filmName}) ||
			!slices.Equal(got[1].files, []string{filmName}) || !slices.Equal(got[1].attachments(), []string{"0 " + filmName}) ||
			!strings.Contains(got[1].text(t), d.URL+"/still/a.png") {
			t.Errorf("%s: asked for %+v", route, got)
		}
		if now := get(t, s, j.ID); now.Upload.ID != "900" || now.Image.Upload.ID != "" || now.Fallback != 0 {
			t.Errorf("%s: %+v, %+v, screen %d", route, now.Upload, now.Image, now.Fallback)
		}
	}
	// A card without a video is drawn plain then, as it is without a picture.
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH webhook", inTurn(no(400, 50035), says(200, `{`+editedMessage+`}`)))
	j := put(t, s, store.StateDreaming, func(j *store.Job) { j.Image = given(d.URL + "/still/a.png") })
	twice(t, d, s, j.ID)
	next(t, s, j.ID, nil)
	twice(t, d, s, j.ID)
	for i, a := range d.requests() {
		if len(a.files) > 0 != (i == 0) || i > 0 && strings.Contains(a.text(t), "/still/") {
			t.Errorf("edit %d: %v, %s", i, a.files, a.text(t))
		}
	}
}

// What cannot go up now is shown by its address, and holds nothing up.
func TestWhichPicturesGoUp(t *testing.T) {
	for name, c := range map[string]struct {
		serve  http.HandlerFunc
		change func(*store.Job)
		sent   bool
		shown  bool // by its address
		asked  int
	}{
		"a PNG":                          {plain(200, "image/png", still), nil, true, false, 1},
		"a JPEG":                         {plain(200, "image/jpeg", "\xff\xd8\xff\xe0 and more"), nil, true, false, 1},
		"a WebP":                         {plain(200, "image/webp", "RIFF\x00\x01\x00\x00WEBPVP8 and more"), nil, true, false, 1},
		"of a size that is not known":    {plain(200, "image/png", still), func(j *store.Job) { j.Image.Size = 0 }, true, false, 1},
		"as large as the reply takes":    {plain(200, "image/png", still), func(j *store.Job) { j.UploadLimit = int64(len(still)) }, true, false, 1},
		"larger":                         {plain(200, "image/png", still), func(j *store.Job) { j.UploadLimit = int64(len(still)) - 1 }, false, true, 0},
		"larger than it was said to be":  {plain(200, "image/png", still), func(j *store.Job) { j.UploadLimit, j.Image.Size = int64(len(still))-1, 1 }, false, true, 1},
		"a page":                         {plain(200, "text/html", still), nil, false, true, 1},
		"without a Content-Type":         {plain(200, "", still), nil, false, true, 1},
		"an animation":                   {plain(200, "image/gif", "GIF89a and more"), nil, false, true, 1},
		"an animation that says PNG":     {plain(200, "image/png", "GIF89a and more"), nil, false, true, 1},
		"a script that says PNG":         {plain(200, "image/png", "<script>"), nil, false, true, 1},
		"nothing":                        {plain(200, "image/png", ""), nil, false, true, 1},
		"gone":                           {plain(404, "text/plain", "no"), nil, false, true, 1},
		"trouble":                        {plain(500, "text/plain", "oops"), nil, false, true, 1},
		"an address that has run out":    {plain(200, "image/png", still), func(j *store.Job) { j.Image.Expires = time.Now().Add(-time.Second) }, false, true, 0},
		"an address that never ran":      {plain(200, "image/png", still), func(j *store.Job) { j.Image.Expires = time.Time{} }, false, true, 0},
		"one that is there":              {plain(200, "image/png", still), func(j *store.Job) { j.Image.Upload = store.Upload{ID: "890", Name: firstName} }, false, false, 0},
		"where no picture is to be seen": {plain(200, "image/png", still), func(j *store.Job) { j.Fallback = plainUntilEnd }, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			asked := 0
			cdn := serve(t, func(w http.ResponseWriter, r *http.Request) { asked++; c.serve(w, r) })
			j := put(t, s, store.StateDreaming, func(j *store.Job) {
				j.Image = given(cdn.URL + "/a.png?sig=x")
				if c.change != nil {
					c.change(j)
				}
			})
			twice(t, d, s, j.ID)
			got := d.requests()
			if len(got) != 1 || slices.Equal(got[0].files, []string{firstName}) != c.sent ||
				strings.Contains(got[0].text(t), cdn.URL) != c.shown || asked != c.asked {
				t.Errorf("asked %d times; then %+v", asked, got)
			}
			if now := get(t, s, j.ID).Image; (now.Upload.ID == "900") != c.sent || now.Works(time.Now()) != j.Image.Works(time.Now()) {
				t.Errorf("stored %+v", now)
			}
			// It is tried again with the next edit, where there is anything to try.
			before := asked
			next(t, s, j.ID, nil)
			twice(t, d, s, j.ID)
			if again := asked > before; again != (c.asked > 0 && !c.sent) {
				t.Errorf("fetched again: %v", again)
			}
		})
	}
}

// A picture's file tells more of its content than its name.
func TestAPictureIsUploadedAsWhatItIs(t *testing.T) {
	server := serve(t, plain(200, "image/png", "\xff\xd8\xff\xe0 and more"))
	f := newFetcher(true)
	defer f.close()
	d, err := f.fetch(t.Context(), f.pictures, server.URL, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if got := d.upload("a.png"); got.ContentType != "image/jpeg" || got.Size != d.size || d.length != 0 {
		t.Errorf("%+v, %v", got, d.length)
	}
}

// Downloads of pictures obey the rules for those of videos.
func TestPicturesAreFetchedFromOutsideAlone(t *testing.T) {
	f := newFetcher(false)
	defer f.close()
	for _, address := range []string{"http://cdn.example/a.png", "https://127.0.0.1/a.png", "https://10.0.0.1/a.png", "file:///etc/passwd", "::"} {
		if _, err := f.fetch(t.Context(), f.pictures, address, 1<<20); !errors.Is(err, errNever) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A message in place of the reply has the pictures too: fetched where their
// addresses work, read from the reply where they do not, and else left out.
func TestPicturesGoOverToAMessageOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		picture func(d *discord) store.Picture
		old     func(d *discord) func(http.ResponseWriter) // the reply, read
		asked   []string
		sent    bool
	}{
		"its address works": {func(d *discord) store.Picture {
			p := given(d.URL + "/still/a.png")
			p.Upload = store.Upload{ID: "890", Name: firstName}
			return p
		}, nil, []string{"POST channel"}, true},
		"it has run out": {func(*discord) store.Picture { return kept("890", firstName) },
			func(d *discord) func(http.ResponseWriter) {
				return says(200, fmt.Sprintf(`{"id":"700","attachments":[{"id":"890","filename":%q,"url":"%s/still/a.png?ex=%x"}]}`, firstName, d.URL, signedUntil.Unix()))
			}, []string{"GET message", "POST channel"}, true},
		"and the reply is gone": {func(*discord) store.Picture { return kept("890", firstName) },
			func(*discord) func(http.ResponseWriter) { return no(404, 10008) }, []string{"GET message", "POST channel"}, false},
		"it never went up": {func(*discord) store.Picture { return kept("", "") }, nil, []string{"POST channel"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			if c.old != nil {
				d.on("GET message", c.old(d))
			}
			j := put(t, s, store.StateFailed, func(j *store.Job) { gone(j); j.Image = c.picture(d) })
			twice(t, d, s, j.ID)
			got := d.requests()
			if !slices.Equal(d.routes(), c.asked) {
				t.Fatalf("asked for %v, want %v", d.routes(), c.asked)
			}
			last := got[len(got)-1]
			if slices.Equal(last.files, []string{firstName}) != c.sent || strings.Contains(last.text(t), "cdn.example") ||
				strings.Contains(last.text(t), "attachment://"+firstName) != c.sent {
				t.Errorf("sent %v in %s", last.files, last.text(t))
			}
			if now := get(t, s, j.ID); (now.Image.Upload.ID == "900") != c.sent || now.Image.IsZero() {
				t.Errorf("stored %+v", now.Image)
			}
		})
	}
}

// A video's length is read from its file, once, and stays.
func TestTheLengthOfAVideoIsKept(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	cdn := serve(t, plain(200, "video/mp4", box("ftyp", "mp42\x00\x00\x00\x00")+box("moov", header(24, 120))))
	e := newEditor(t, d, s)
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = cdn.URL })
	edit(t, e, j.ID)
	next(t, s, j.ID, nil)
	edit(t, e, j.ID)
	if got := get(t, s, j.ID).Upload; got.Length != 5*time.Second || got.ID != "900" {
		t.Errorf("upload %+v", got)
	}
}

// Clocks count for what is said to Discord: the editor's says when a token is
// over.
func TestTheEditorsClockIsTheOneOfTokens(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	e.Now = func() time.Time { return time.Now().Add(time.Hour) }
	j := put(t, s, store.StateFailed, nil)
	edit(t, e, j.ID)
	if !slices.Equal(d.routes(), []string{"PATCH channel"}) {
		t.Errorf("asked for %v", d.routes())
	}
}

// A picture that never comes holds up an edit no longer than the time for it.
func TestAPictureThatNeverComesEndsWithItsContext(t *testing.T) {
	begun := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { close(begun); <-r.Context().Done() }))
	defer server.Close()
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	j := store.Job{ID: "d0abcdefghijklmnopqr", Image: given(server.URL), Origin: store.Origin{Token: secret.New("aToken")}}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	drawn := drawing{job: j}
	if e.addPictures(ctx, &drawn, 1<<20); len(drawn.files) != 0 || drawn.job.Image != j.Image {
		t.Errorf("drawn with %+v", drawn)
	}
}
