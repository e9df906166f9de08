package luma

import (
	"bytes"
	"fmt"
	"testing"
)

// keyframes asks for a video by its keyframes: what begins with a slash is a
// picture, anything else a generation, and nothing is none.
func (s *stand) keyframes(t *testing.T, prompt, frame0, frame1 string) string {
	t.Helper()
	frames := ""
	for i, at := range []string{frame0, frame1} {
		switch {
		case at == "":
			continue
		case at[0] == '/':
			at = fmt.Sprintf(`"type":"image","url":%q`, s.url+"/pictures"+at)
		default:
			at = fmt.Sprintf(`"type":"generation","id":%q`, at)
		}
		if frames != "" {
			frames += ","
		}
		frames += fmt.Sprintf(`"frame%d":{%s}`, i, at)
	}
	return s.made(t, dreamMachine+"/generations/video", fmt.Sprintf(`{"prompt":%q,"model":"ray-2","keyframes":{%s}}`, prompt, frames))
}

// opening is the first frame of a drawn dream's first part, sample for sample.
func opening(t *testing.T, clip string) []byte {
	t.Helper()
	data, err := clipFiles.ReadFile("clips/" + clip + beginning + ".jpg")
	if err != nil {
		t.Fatal(err)
	}
	picture, err := readStill(data)
	if err != nil {
		t.Fatal(err)
	}
	return picture.luma.samples
}

// cut is what a film shows of a frame of its own size.
func cut(frame []byte) []byte { return frame[:filmWidth*filmHeight] }

// What comes before a video ends where that begins, and the way between two goes
// from the end of one to the beginning of the other.
func TestWhatLeadsToAVideoEndsWhereItBegins(t *testing.T) {
	t.Parallel()
	s := scenes(t, Config{})
	picture := s.keyframes(t, "a boat", "/first.png", "")
	on := s.keyframes(t, "and on", picture, "") // begins with a part of the picture
	drawn := s.made(t, "/luma/generations", s.wish("a boat", "", ""))
	for name, c := range map[string]struct{ from, to string }{
		"before a film":             {"", picture},
		"before an extension":       {"", on},
		"before an extension, from": {"/second.png", on},
		"before a drawn one, from":  {"/second.png", drawn},
		"from a film to another":    {on, picture},
		"from a film to its end":    {picture, on},
		"from a drawn one":          {drawn, on},
	} {
		film := s.watch(t, s.keyframes(t, name, c.from, c.to))
		want := cut(first(t, s.watch(t, on)))
		switch c.to {
		case picture:
			want = cut(first(t, s.watch(t, picture)))
		case drawn:
			want = opening(t, "sunset")
		}
		if got := psnr(cut(last(t, film)), want); got < 30 {
			t.Errorf("%s: it ends elsewhere: %.1f dB", name, got)
		}
		if c.from == picture || c.from == on {
			if !bytes.Equal(first(t, film), last(t, s.watch(t, c.from))) {
				t.Errorf("%s: it begins elsewhere", name)
			}
		}
	}
	if before := s.keyframes(t, "before", "", drawn); s.clipOf(t, before) == "sunset" || len(s.watch(t, before)) == 0 {
		t.Error("before a drawn dream the same comes once more")
	}
	after := s.keyframes(t, "after", drawn, "")
	if before := s.keyframes(t, "before", "", after); s.clipOf(t, after) != "sunset-on" || s.clipOf(t, before) != "sunset" {
		t.Errorf("before the second part of a drawn dream there is %s", s.clipOf(t, before))
	}
	if end := s.watch(t, s.keyframes(t, "a boat", "", "/second.png")); psnr(cut(last(t, end)), cut(first(t, s.watch(t, s.keyframes(t, "the same", "/second.png", ""))))) < 30 {
		t.Error("a last picture alone is not where it ends")
	}
}
