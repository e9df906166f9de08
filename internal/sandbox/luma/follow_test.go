package luma

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// scenes serves a stand-in beside two pictures that a film can be made of.
func scenes(t *testing.T, c Config) *stand {
	t.Helper()
	s := serve(t, c)
	for name, turn := range map[string]float64{"first": 0, "second": 2} {
		var b bytes.Buffer
		if err := png.Encode(&b, landscape(400, 300, turn)); err != nil {
			t.Fatal(err)
		}
		s.shown[name+".png"] = b.Bytes()
	}
	return s
}

// watch returns the file of a generation, as its link serves it.
func (s *stand) watch(t *testing.T, id string) []byte {
	t.Helper()
	_, text := s.call(t, "GET", "/luma/generations/"+id, "")
	m := regexp.MustCompile(`"url":"[^"]*(/clips/[^"]*)"`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no link: %s", text)
	}
	got := s.ask(t, "GET", strings.ReplaceAll(m[1], `\u0026`, "&"), "")
	if got.status != http.StatusOK || got.err != nil || got.header.Get("Content-Type") != videoType {
		t.Fatalf("%d, %v, %v", got.status, got.err, got.header)
	}
	return []byte(got.body)
}

// wish is the body of a request, with pictures of the stand's own.
func (s *stand) wish(prompt, begin, end string) string {
	body := fmt.Sprintf(`{"user_prompt":%q`, prompt)
	for field, name := range map[string]string{"image_url": begin, "image_end_url": end} {
		if name != "" {
			body += fmt.Sprintf(`,%q:%q`, field, s.url+"/pictures/"+name)
		}
	}
	return body + "}"
}

func (s *stand) clipOf(t *testing.T, id string) string {
	t.Helper()
	for _, g := range s.Generations() {
		if g.ID == id {
			return g.Clip
		}
	}
	t.Fatalf("no generation %q", id)
	return ""
}

func first(t *testing.T, file []byte) []byte { return keysOf(t, file)[0].planes[0] }
func last(t *testing.T, file []byte) []byte  { return keysOf(t, file)[filmLast].planes[0] }

func keysOf(t *testing.T, file []byte) []*shown {
	t.Helper()
	frames, err := decodeFilm(file, true)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// Through the API: a picture is where a dream begins, whatever its prompt
// names, and each extension begins where its parent ends.
func TestExtensionsOfAPictureGoOnFromItsLastFrame(t *testing.T) {
	t.Parallel()
	s := scenes(t, Config{})
	const create = "/luma/generations"
	one := s.made(t, create, s.wish("a boat", "first.png", ""))
	two := s.made(t, create+"/"+one+"/extend", s.wish("on", "", ""))
	three := s.made(t, create+"/"+two+"/extend", s.wish("on", "", "second.png"))
	four := s.made(t, create+"/"+three+"/extend", s.wish("on", "", ""))
	other := s.made(t, create, s.wish("a boat", "second.png", ""))
	again := s.made(t, create, s.wish("a boat", "first.png", ""))
	unlike := s.made(t, create, s.wish("a boat at noon", "first.png", ""))
	parts := map[string][]byte{}
	for _, id := range []string{one, two, three, four, other, again, unlike} {
		parts[id] = s.watch(t, id)
		if clip := s.clipOf(t, id); !strings.HasPrefix(clip, filmName) {
			t.Errorf("%s is served as %s", id, clip)
		}
	}
	for _, pair := range [][2]string{{one, two}, {two, three}, {three, four}} {
		if !bytes.Equal(last(t, parts[pair[0]]), first(t, parts[pair[1]])) {
			t.Error("an extension does not go on from its parent's last frame")
		}
	}
	if !bytes.Equal(last(t, parts[three]), first(t, parts[other])) {
		t.Error("a film does not arrive at its last picture")
	}
	if !bytes.Equal(parts[one], parts[again]) || s.clipOf(t, one) != s.clipOf(t, again) {
		t.Error("the same wish gets another film")
	}
	if bytes.Equal(parts[one], parts[unlike]) {
		t.Error("another prompt moves in the same way")
	}
}

// A drawn dream has a drawn second part. What follows that is a film from its
// last frame, as is what leads from a drawn dream to a picture.
func TestADrawnDreamGoesOnAsAFilm(t *testing.T) {
	t.Parallel()
	s := scenes(t, Config{})
	const create = "/luma/generations"
	one := s.made(t, create, s.wish("a boat", "", ""))
	two := s.made(t, create+"/"+one+"/extend", s.wish("on", "", ""))
	three := s.made(t, create+"/"+two+"/extend", s.wish("on", "", ""))
	four := s.made(t, create+"/"+three+"/extend", s.wish("on", "", ""))
	lead := s.made(t, create+"/"+one+"/extend", s.wish("on", "", "second.png"))
	if a, b := s.clipOf(t, one), s.clipOf(t, two); a != "sunset" || b != "sunset-on" {
		t.Errorf("drawn are %s and %s", a, b)
	}
	for clip, id := range map[string]string{"sunset-on": three, "sunset": lead} {
		data, err := s.studio.stills.load(drawnPrefix + clip)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := readStill(data)
		if err != nil {
			t.Fatal(err)
		}
		// The last frame has the size of a film: sample for sample.
		if !bytes.Equal(first(t, s.watch(t, id))[:filmWidth*filmHeight], picture.luma.samples) {
			t.Errorf("the film after %s does not begin with its last frame", clip)
		}
	}
	if !bytes.Equal(last(t, s.watch(t, three)), first(t, s.watch(t, four))) {
		t.Error("the fourth part does not go on from the third")
	}
}

// Nobody here decodes a WebP: such a dream is drawn.
func TestADreamOfAWebPIsDrawn(t *testing.T) {
	t.Parallel()
	s := scenes(t, Config{})
	id := s.made(t, "/luma/generations", s.wish("a boat", "c.webp", "second.png"))
	if clip := s.clipOf(t, id); clip != "sunset" {
		t.Errorf("it is served as %s", clip)
	}
	if id = s.made(t, "/luma/generations", s.wish("a boat", "first.png", "c.webp")); !strings.HasPrefix(s.clipOf(t, id), filmName) {
		t.Error("a last picture that is a WebP takes the film away")
	}
}

// A film is made again after a kill, and is a drawn dream under the same link
// once its picture is gone; then what extends it follows from that.
func TestAFilmOutlivesAKillAndTheLossOfItsPicture(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := scenes(t, Config{Dir: dir})
	id := s.made(t, "/luma/generations", s.wish("a boat", "first.png", ""))
	film := s.watch(t, id)
	again := scenes(t, Config{Dir: dir}) // nothing is closed
	if !bytes.Equal(again.watch(t, id), film) {
		t.Error("the next start makes another film")
	}
	pictures, err := filepath.Glob(filepath.Join(dir, stillsName, "*.jpg"))
	if err != nil || len(pictures) != 1 {
		t.Fatalf("%v, %v", pictures, err)
	}
	if err := os.Remove(pictures[0]); err != nil {
		t.Fatal(err)
	}
	later := scenes(t, Config{Dir: dir})
	drawn, err := clipFiles.ReadFile("clips/sunset.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(later.watch(t, id), drawn) {
		t.Error("without its picture it is not the drawn dream")
	}
	if on := later.made(t, "/luma/generations/"+id+"/extend", later.wish("on", "", "")); later.clipOf(t, on) != "sunset-on" {
		t.Errorf("it goes on with %s", later.clipOf(t, on))
	}
}

func TestAFilmWithoutRoomInASetSizeIsDrawn(t *testing.T) {
	t.Parallel()
	s := scenes(t, Config{})
	id := s.made(t, "/luma/generations", s.wish("a boat", "first.png", ""))
	film := s.watch(t, id)
	for size, whole := range map[int]bool{minClipSize: false, len(film) + boxHeader - 1: false, len(film) + boxHeader: true} {
		if err := s.SetClipSize(int64(size)); err != nil {
			t.Fatal(err)
		}
		if got := s.watch(t, id); len(got) != size || bytes.HasPrefix(got, film) != whole {
			t.Errorf("%d bytes are wanted and %d served, the film: %v", size, len(got), bytes.HasPrefix(got, film))
		}
	}
}

func TestALinkToAFilmIsSignedAndEndsWithIt(t *testing.T) {
	t.Parallel()
	s := scenes(t, Config{})
	id := s.made(t, "/luma/generations", s.wish("a boat", "first.png", ""))
	clip := s.clipOf(t, id)
	for name, c := range map[string]struct {
		path string
		want int
	}{
		"its own":            {s.clipPath(Generation{ID: id, Clip: clip}, time.Now()), 200},
		"of another dream":   {s.clipPath(Generation{ID: "luma_gen_gone", Clip: clip}, time.Now()), 404},
		"of no film":         {s.clipPath(Generation{ID: id, Clip: filmName + "00"}, time.Now()), 404},
		"not signed":         {"/clips/" + clip + ".mp4?id=" + id, 403},
		"of a last frame":    {s.clipPath(Generation{ID: id, Clip: "sunset"}, time.Now())[:len("/clips/sunset")] + ".jpg", 404},
		"of another picture": {"/clips/sunset.jpg", 404},
	} {
		if got := s.ask(t, "GET", c.path, ""); got.status != c.want {
			t.Errorf("%s: %d, want %d", name, got.status, c.want)
		}
	}
}
