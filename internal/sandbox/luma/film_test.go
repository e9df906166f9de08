package luma

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"
)

// landscape is a picture with detail everywhere: waves of two sizes, in three
// colours, and a bright disc that tells one place from another.
func landscape(w, h int, turn float64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			c := color.RGBA{
				uint8(128 + 90*math.Sin(9*u+4*v+turn)),
				uint8(128 + 60*math.Sin(31*v-17*u*u+turn)),
				uint8(128 + 50*math.Cos(40*u*v-turn)), 255}
			if math.Hypot(u-0.3, v-0.4) < 0.1 {
				c = color.RGBA{250, 240, 200, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// keep normalizes a picture and puts it among others.
func keep(t testing.TB, s *stills, img image.Image) string {
	t.Helper()
	data, err := normalize(img)
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.put(data)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func memory(t testing.TB) *stills {
	t.Helper()
	s, err := openStills("")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// psnr is how alike two planes of samples are, in decibels.
func psnr(a, b []byte) float64 {
	var sum float64
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a))/max(sum, 1))
}

func decoded(t *testing.T, file []byte) []*shown {
	t.Helper()
	frames, err := decodeFilm(file, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(frames) != filmFrames {
		t.Fatalf("%d frames", len(frames))
	}
	return frames
}

// A film begins with its picture, is near to what the camera sees in each
// frame, and what extends it goes on from its last frame to the sample.
func TestAFilmBeginsWithItsPictureAndItsExtensionGoesOn(t *testing.T) {
	t.Parallel()
	s := studio{stills: memory(t)}
	id := keep(t, s.stills, landscape(1200, 900, 0))
	from, last := whole(), []byte(nil)
	for part := 1; part <= 2; part++ {
		f := newFilm("a wish", part, id, "", from, "sunset")
		file, err := s.file(f.name(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(file) > 4_000_000 {
			t.Errorf("part %d has %d bytes", part, len(file))
		}
		frames := decoded(t, file)
		if part == 1 {
			if again := f.encode(read(t, s.stills, id), nil); !bytes.Equal(file, again) {
				t.Error("it is another one when it is made again")
			}
			// All of the picture, and nothing else, whatever the camera does next.
			var want frame
			still := camera{from: whole(), to: whole(), length: [2]float64{1, 1}}
			still.render(read(t, s.stills, id), 0, &want)
			if !bytes.Equal(frames[0].planes[0], want.luma[:]) || !bytes.Equal(frames[0].planes[1], want.chroma[0][:]) {
				t.Error("the first frame is not the picture")
			}
		} else if !bytes.Equal(frames[0].planes[0], last) {
			t.Errorf("part %d does not begin with the last frame", part)
		}
		last = frames[filmLast].planes[0]
		if like := psnr(frames[0].planes[0], last); like > 30 {
			t.Errorf("part %d stands still: %.1f dB between first and last", part, like)
		}
		if part == 2 {
			nearWhatTheCameraSees(t, f, read(t, s.stills, id), frames)
		}
		_, from = f.last()
	}
}

func read(t testing.TB, s *stills, id string) *still {
	t.Helper()
	p, err := s.read(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// nearWhatTheCameraSees holds frames of a film with one picture against what
// they stand for.
func nearWhatTheCameraSees(t *testing.T, f *film, picture *still, frames []*shown) {
	t.Helper()
	c := newChance(f.Seed)
	f.From.onward(c)
	m := newCamera(f.From, f.To, 0, c)
	d := &decoder{width: mbWidth, height: mbHeight}
	var want frame
	for at := 12; at < filmFrames; at += 31 {
		if !frames[at].key {
			d.draw(frames[at])
		}
		m.render(picture, at, &want)
		for p, samples := range [][]byte{want.luma[:], want.chroma[0][:], want.chroma[1][:]} {
			if like := psnr(frames[at].planes[p], samples); like < 36 {
				t.Errorf("frame %d, plane %d: only %.1f dB", at, p, like)
			}
		}
	}
}

func TestAFilmArrivesAtItsLastPicture(t *testing.T) {
	t.Parallel()
	s := memory(t)
	begin, end := keep(t, s, landscape(640, 360, 0)), keep(t, s, landscape(300, 900, 2))
	f := newFilm("a wish", 1, begin, end, whole(), "sunset")
	frames := decoded(t, f.encode(read(t, s, begin), read(t, s, end)))
	// What follows begins with all of the last picture.
	picture, v := f.last()
	next := newFilm("on", 2, picture, "", v, "sunset")
	after := decoded(t, next.encode(read(t, s, picture), nil))
	if !bytes.Equal(frames[filmLast].planes[0], after[0].planes[0]) {
		t.Error("the last frame is not what follows begins with")
	}
	// It comes by and by.
	d := &decoder{width: mbWidth, height: mbHeight}
	before := 0.0
	for _, at := range []int{72, 80, 87, 94} {
		if !frames[at].key {
			d.draw(frames[at])
		}
		like := psnr(frames[at].planes[0], frames[filmLast].planes[0])
		if like <= before {
			t.Errorf("frame %d is no nearer to the last: %.1f dB after %.1f", at, like, before)
		}
		before = like
	}
}

// However long a story goes on, the camera stays inside of the picture, and
// always moves.
func TestTheCameraStaysInsideOfThePicture(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		v := whole()
		for part := 1; part < 30; part++ {
			c := newChance(seedOf(string(rune('a'+n)), part))
			to := v.onward(c)
			m := newCamera(v, to, 0, c)
			for at := range filmFrames {
				now := m.view(at)
				const slip = 1e-9
				if reach := (1 - 1/now.Zoom) / 2; math.Abs(now.X-0.5) > reach+slip || math.Abs(now.Y-0.5) > reach+slip ||
					now.Zoom < 1 || now.Zoom > maxZoom {
					t.Fatalf("part %d of story %d sees %v at frame %d", part, n, now, at)
				}
			}
			if math.Abs(to.Zoom-v.Zoom) < minStep-1e-9 || !to.sane() {
				t.Fatalf("part %d of story %d goes from %v to %v", part, n, v, to)
			}
			v = to
		}
	}
}

func BenchmarkFilm(b *testing.B) {
	s := memory(b)
	id := keep(b, s, landscape(1200, 900, 0))
	for b.Loop() {
		newFilm("a wish", 1, id, "", whole(), "sunset").encode(read(b, s, id), nil)
	}
}

func FuzzExpGolomb(f *testing.F) {
	f.Add(uint32(0), 0, uint8(3))
	f.Add(uint32(25), -8, uint8(0))
	f.Fuzz(func(t *testing.T, u uint32, s int, tail uint8) {
		u, s = u>>1, s%(1<<20)
		var w bitWriter
		w.u(32, 0) // zeros, which must not look like a start code
		w.ue(u)
		w.se(s)
		w.u(8, uint32(tail))
		w.trail()
		nal := w.nal(3, nalSPS)
		if bytes.Contains(nal, []byte{0, 0, 1}) || bytes.Contains(nal, []byte{0, 0, 0}) {
			t.Errorf("a start code in % x", nal)
		}
		d := &decoder{}
		if ref, kind := d.unit(nal); ref != 3 || kind != nalSPS {
			t.Errorf("header %d, %d", ref, kind)
		}
		if z, a, b, c, stop := d.u(32), d.ue(), d.se(), d.u(8), d.u(1); z != 0 || a != int(u) || b != s || c != int(tail) || stop != 1 || d.err != nil {
			t.Errorf("%d %d %d %d %d, %v", z, a, b, c, stop, d.err)
		}
	})
}
