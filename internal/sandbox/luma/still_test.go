package luma

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/color/palette"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// settable is a picture that can be drawn on.
type settable interface {
	image.Image
	Set(x, y int, c color.Color)
}

// kindsOfPictures are what the decoders make.
func kindsOfPictures(r image.Rectangle) map[string]settable {
	return map[string]settable{
		"RGBA": image.NewRGBA(r), "NRGBA": image.NewNRGBA(r), "RGBA64": image.NewRGBA64(r), "NRGBA64": image.NewNRGBA64(r),
		"Gray": image.NewGray(r), "Gray16": image.NewGray16(r), "Paletted": image.NewPaletted(r, palette.WebSafe),
		"CMYK": image.NewCMYK(r),
	}
}

// Pictures of every size and kind become a still, in their own colour.
func TestAPictureOfAnySizeAndKindIsNormalized(t *testing.T) {
	t.Parallel()
	grey := color.RGBA{102, 102, 102, 255} // in the palette, too
	for _, r := range []image.Rectangle{
		image.Rect(0, 0, 1, 1), image.Rect(0, 0, 8000, 1), image.Rect(0, 0, 1, 8000), image.Rect(0, 0, 3, 2),
		image.Rect(0, 0, 16, 9), image.Rect(0, 0, 800, 450), image.Rect(-7, 5, 844, 484),
	} {
		for name, img := range kindsOfPictures(r) {
			if name != "RGBA" && r.Min.X == 0 && r.Dx() != 3 {
				continue // every kind is tried where it grows, and where it shrinks
			}
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					img.Set(x, y, grey)
				}
			}
			data, err := normalize(img)
			if err != nil {
				t.Errorf("%s %v: %v", name, r, err)
				continue
			}
			s, err := readStill(data)
			if err != nil {
				t.Errorf("%s %v: %v", name, r, err)
				continue
			}
			// 16 + 219*102/255, and no colour.
			if y, cb, cr := s.luma.at(400, 225), s.chroma[0].at(200, 112), s.chroma[1].at(200, 112); y < 103 || y > 105 || cb != 128 || cr != 128 {
				t.Errorf("%s %v: %d %d %d", name, r, y, cb, cr)
			}
		}
	}
}

func TestTheMiddleOfAPictureIsKept(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 900, 300)) // 16:9 of it: 183 to 717
	for y := range 300 {
		for x := range 900 {
			c := color.RGBA{200, 0, 0, 255}
			if x >= 190 && x < 710 {
				c = color.RGBA{0, 200, 0, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	data, err := normalize(img)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for x, red := range map[int]bool{2: true, 25: false, 400: false, 775: false, 797: true} {
		if r, g, _, _ := kept.At(x, 200).RGBA(); (r > g) != red {
			t.Errorf("column %d: red %d, green %d", x, r>>8, g>>8)
		}
	}
}

func FuzzPictures(f *testing.F) {
	for _, img := range kindsOfPictures(image.Rect(0, 0, 5, 3)) {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
		b.Reset()
		if err := jpeg.Encode(&b, img, nil); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	frames := newFrames(context.Background())
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width*c.Height > 1<<20 {
			return // only slow
		}
		still, err := frames.decode(t.Context(), data)
		if err != nil || still == nil {
			return
		}
		if _, err := readStill(still); err != nil {
			t.Error(err)
		}
	})
}

func TestTheOldestPictureGoes(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", t.TempDir()} {
		s, err := openStills(dir)
		if err != nil {
			t.Fatal(err)
		}
		put := func(n int) string {
			id, err := s.put([]byte{byte(n), byte(n >> 8)})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		first, second := put(0), put(1)
		for n := 2; n < maxStills; n++ {
			put(n)
		}
		put(0) // given again, it is the newest
		put(maxStills)
		if !s.has(first) || s.has(second) {
			t.Errorf("%q: the one given again is kept: %v, the oldest: %v", dir, s.has(first), s.has(second))
		}
		if data, err := s.load(first); err != nil || !bytes.Equal(data, []byte{0, 0}) {
			t.Errorf("%q: %v, %v", dir, data, err)
		}
		if _, err := s.load(second); err == nil {
			t.Errorf("%q: the oldest is read", dir)
		}
		if _, err := s.load("../" + first); err == nil {
			t.Errorf("%q: a path is read", dir)
		}
	}
}

// The next start finds the pictures, in their order, and clears what a killed
// process has left.
func TestPicturesOutliveAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := openStills(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for n := range 3 {
		id, err := s.put([]byte{byte(n)})
		if err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(n-9) * time.Minute)
		if err := os.Chtimes(s.path(id), at, at); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	half := filepath.Join(dir, stillsName, halfStill+"1")
	for _, name := range []string{half, filepath.Join(dir, stillsName, "notes.txt")} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, err := openStills(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.order, ids) {
		t.Errorf("%v, want %v", again.order, ids)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("half a picture is still there")
	}
}
