package luma

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// maxClips bounds what the clips add to the program, in bytes.
const maxClips = 640 << 10

func TestClipsAreFastStartingH264(t *testing.T) {
	t.Parallel()
	total := 0
	still := func(name string) {
		t.Helper()
		data, err := clipFiles.ReadFile("clips/" + name + ".jpg")
		if err != nil {
			t.Error(err)
			return
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != 640 || c.Height != 360 {
			t.Errorf("the frame %s: %d by %d, %v", name, c.Width, c.Height, err)
		}
		total += len(data)
	}
	for _, d := range dreams {
		still(d.clip + beginning)
		for _, name := range []string{d.clip, continuation(d.clip)} {
			data, err := clipFiles.ReadFile("clips/" + name + ".mp4")
			if err != nil {
				t.Error(err)
				continue
			}
			total += len(data)
			still(name)
			var order []string
			for rest := data; len(rest) >= 8; {
				size := int(binary.BigEndian.Uint32(rest))
				order = append(order, string(rest[4:8]))
				if size < 8 || size > len(rest) {
					t.Fatalf("%s: box %q of %d bytes, %d are left", name, rest[4:8], size, len(rest))
				}
				rest = rest[size:]
			}
			// moov before mdat: a player can begin before it has all.
			if got := strings.Join(order, " "); !regexp.MustCompile(`^ftyp moov (free )?mdat$`).MatchString(got) {
				t.Errorf("%s: boxes %s", name, got)
			}
			// avc1: version, size of 640x360. Source: ISO 14496-12, 12.1.3.
			at := bytes.Index(data, []byte("avc1\x00\x00\x00\x00\x00\x00\x00\x01"))
			if at < 0 {
				t.Errorf("%s: no H.264 track", name)
			} else if w, h := binary.BigEndian.Uint16(data[at+28:]), binary.BigEndian.Uint16(data[at+30:]); w != 640 || h != 360 {
				t.Errorf("%s: %d by %d", name, w, h)
			}
		}
	}
	if total > maxClips {
		t.Errorf("the clips have %d bytes, over %d", total, maxClips)
	}
	files, err := fs.Glob(clipFiles, "clips/*")
	if err != nil || len(files) != 5*len(dreams) { // each in two parts, with their last frames and its first
		t.Errorf("embedded: %v, %v", files, err)
	}
}

func TestAClipIsChosenByWordsOrElseByHash(t *testing.T) {
	t.Parallel()
	if got := chooseClip("a paper boat sails into a painted sunset"); got != "sunset" {
		t.Errorf("the first example gets %s", got)
	}
	used := map[string]bool{}
	for i := range 200 {
		prompt := strings.Repeat("x", i)
		clip := chooseClip(prompt)
		if clip != chooseClip(prompt) {
			t.Fatalf("%q gets two clips", prompt)
		}
		used[clip] = true
	}
	if len(used) != len(dreams) {
		t.Errorf("only %v are ever chosen", used)
	}
}

func TestLinksAreSignedAndEndAndServeRanges(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	g := Generation{ID: "luma_gen_a", Clip: "aurora"}
	fresh := s.clipPath(g, time.Now())
	for name, c := range map[string]struct {
		path, bytes string
		want        int
	}{
		"fresh":         {fresh, "", 200},
		"download":      {fresh + "&download=1", "", 200},
		"range":         {fresh, "bytes=4-7", 206},
		"expired":       {s.clipPath(g, time.Now().Add(-linkLife)), "", 403},
		"unsigned":      {"/clips/aurora.mp4", "", 403},
		"another clip":  {strings.Replace(fresh, "aurora", "bloom", 1), "", 403},
		"later end":     {strings.Replace(fresh, "expires=", "expires=9", 1), "", 403},
		"no such clip":  {strings.Replace(fresh, "aurora", "none", 1), "", 404},
		"not a clip":    {strings.Replace(fresh, "aurora.mp4", "make.sh", 1), "", 404},
		"outside of it": {"/clips/..%2fclips.go", "", 404},
	} {
		r, err := http.NewRequest("GET", s.url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.bytes != "" {
			r.Header.Set("Range", c.bytes)
		}
		resp, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != c.want {
			t.Errorf("%s: %d, %v; want %d", name, resp.StatusCode, err, c.want)
		}
		if c.want == 206 && string(body) != "ftyp" {
			t.Errorf("%s: %q", name, body)
		}
		if c.want == 200 && resp.Header.Get("Content-Type") != "video/mp4" {
			t.Errorf("%s: type %q", name, resp.Header.Get("Content-Type"))
		}
	}
}
