package luma

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
)

// A picture is kept 16:9 and somewhat larger than a film, so that there is
// something to come near to.
const (
	stillWidth   = 800
	stillHeight  = 450
	stillQuality = 90
	// maxTaps is how many samples of a large picture are looked at for one of
	// the still's, along each axis.
	maxTaps = 4
)

// normalize returns a picture as it is kept: its middle, as much as 16:9 has
// room for, as a JPEG. What is transparent becomes black.
func normalize(img image.Image) ([]byte, error) {
	b := img.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	cutW, cutH := min(w, h*stillWidth/stillHeight), min(h, w*stillHeight/stillWidth)
	left, top := float64(b.Min.X)+(w-cutW)/2, float64(b.Min.Y)+(h-cutH)/2
	step := cutW / stillWidth
	taps := min(int(math.Ceil(2*step)), maxTaps)
	at := reader(img)
	out := image.NewRGBA(image.Rect(0, 0, stillWidth, stillHeight))
	for y := range stillHeight {
		for x := range stillWidth {
			var c color.RGBA
			if step > 1 {
				c = average(at, b, left+float64(x)*step, top+float64(y)*step, step, taps)
			} else {
				c = between(at, b, left+(float64(x)+0.5)*step, top+(float64(y)+0.5)*step)
			}
			out.SetRGBA(x, y, c)
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, out, &jpeg.Options{Quality: stillQuality}); err != nil {
		return nil, fmt.Errorf("writing a picture: %w", err)
	}
	return buf.Bytes(), nil
}

// reader returns what reads one sample of a picture, without an allocation
// where it can.
func reader(img image.Image) func(x, y int) color.RGBA64 {
	if quick, ok := img.(image.RGBA64Image); ok {
		return quick.RGBA64At
	}
	return func(x, y int) color.RGBA64 { return color.RGBA64Model.Convert(img.At(x, y)).(color.RGBA64) }
}

// average is the colour of a square of a picture.
func average(at func(x, y int) color.RGBA64, b image.Rectangle, left, top, side float64, taps int) color.RGBA {
	var sum [3]uint32
	for j := range taps {
		y := min(int(top+side*(float64(j)+0.5)/float64(taps)), b.Max.Y-1)
		for i := range taps {
			x := min(int(left+side*(float64(i)+0.5)/float64(taps)), b.Max.X-1)
			c := at(x, y)
			sum[0] += uint32(c.R)
			sum[1] += uint32(c.G)
			sum[2] += uint32(c.B)
		}
	}
	n := uint32(taps * taps)
	return color.RGBA{eight(sum[0] / n), eight(sum[1] / n), eight(sum[2] / n), 255}
}

// between is the colour at a place of a picture, from the four samples around.
func between(at func(x, y int) color.RGBA64, b image.Rectangle, x, y float64) color.RGBA {
	fx, fy := math.Floor(x-0.5), math.Floor(y-0.5)
	ax, ay := x-0.5-fx, y-0.5-fy
	x0, x1 := bound(int(fx), b.Min.X, b.Max.X), bound(int(fx)+1, b.Min.X, b.Max.X)
	y0, y1 := bound(int(fy), b.Min.Y, b.Max.Y), bound(int(fy)+1, b.Min.Y, b.Max.Y)
	p, q, r, s := at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1)
	mix := func(p, q, r, s uint16) uint8 {
		upper := float64(p) + (float64(q)-float64(p))*ax
		lower := float64(r) + (float64(s)-float64(r))*ax
		return eight(uint32(upper + (lower-upper)*ay + 0.5))
	}
	return color.RGBA{mix(p.R, q.R, r.R, s.R), mix(p.G, q.G, r.G, s.G), mix(p.B, q.B, r.B, s.B), 255}
}

func bound(v, low, end int) int { return max(low, min(v, end-1)) }

// eight rounds 16 bits to 8.
func eight(v uint32) uint8 { return uint8((v*255 + 32767) / 65535) }

// plane is one component of a picture.
type plane struct {
	width, height int
	samples       []byte
}

// still is a kept picture as a film takes it: 4:2:0, BT.709, limited range.
type still struct {
	luma   plane
	chroma [2]plane
}

// readStill decodes a kept picture.
func readStill(data []byte) (*still, error) {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading a kept picture: %w", err)
	}
	b := img.Bounds()
	if b.Dx() < 2 || b.Dy() < 2 {
		return nil, fmt.Errorf("a kept picture has %d by %d samples", b.Dx(), b.Dy())
	}
	w, h := b.Dx()&^1, b.Dy()&^1
	s := &still{luma: newPlane(w, h), chroma: [2]plane{newPlane(w/2, h/2), newPlane(w/2, h/2)}}
	at := reader(img)
	for y := 0; y < h; y += 2 {
		for x := 0; x < w; x += 2 {
			var cb, cr float64
			for i := range 4 {
				c := at(b.Min.X+x+i%2, b.Min.Y+y+i/2)
				luma, blue, red := bt709(float64(c.R)/65535, float64(c.G)/65535, float64(c.B)/65535)
				s.luma.samples[(y+i/2)*w+x+i%2] = byte(16.5 + 219*luma)
				cb, cr = cb+blue, cr+red
			}
			s.chroma[0].samples[y/2*(w/2)+x/2] = byte(128.5 + 224*cb/4)
			s.chroma[1].samples[y/2*(w/2)+x/2] = byte(128.5 + 224*cr/4)
		}
	}
	return s, nil
}

func newPlane(w, h int) plane { return plane{w, h, make([]byte, w*h)} }

// bt709 returns luma from 0 to 1, and the differences of blue and red from
// -0.5 to 0.5. Source: ITU-R BT.709, 3.2 and 3.3.
func bt709(r, g, b float64) (luma, blue, red float64) {
	luma = 0.2126*r + 0.7152*g + 0.0722*b
	return luma, (b - luma) / 1.8556, (r - luma) / 1.5748
}

// at returns the plane's value at a place, in its own samples, from the four
// around.
func (p *plane) at(x, y float64) byte {
	x, y = min(max(x-0.5, 0), float64(p.width-1)), min(max(y-0.5, 0), float64(p.height-1))
	x0, y0 := int(x), int(y)
	ax, ay := x-float64(x0), y-float64(y0)
	x1, y1 := min(x0+1, p.width-1), min(y0+1, p.height-1)
	upper, lower := p.samples[y0*p.width:], p.samples[y1*p.width:]
	u := float64(upper[x0]) + (float64(upper[x1])-float64(upper[x0]))*ax
	l := float64(lower[x0]) + (float64(lower[x1])-float64(lower[x0]))*ax
	return byte(u + (l-u)*ay + 0.5)
}

// render draws what the camera sees of a picture at a frame.
func (m *camera) render(s *still, at int, f *frame) {
	v := m.view(at)
	m.renderPlane(&s.luma, v, at, f.luma[:], 1)
	// Chroma samples stand on every second column, and between rows.
	// Source: ITU-T H.264, Figure 6-1.
	for c := range f.chroma {
		m.renderPlane(&s.chroma[c], v, at, f.chroma[c][:], 2)
	}
}

// renderPlane fills a plane whose samples are step luma samples apart.
func (m *camera) renderPlane(p *plane, v view, at int, out []byte, step int) {
	width := filmWidth / step
	unitX, unitY := float64(p.width)/filmWidth/v.Zoom, float64(p.height)/filmHeight/v.Zoom
	across, down := m.wave(0, at), m.wave(1, at)
	sinks := make([]float64, width)
	for x := range sinks {
		sinks[x] = down.shift(float64(x*step) + 0.5)
	}
	for y := range codedHeight / step {
		placeY := (float64(y) + 0.5) * float64(step)
		aside := across.shift(placeY)
		for x := range width {
			placeX := float64(x*step) + 0.5
			out[y*width+x] = p.at(
				v.X*float64(p.width)+(placeX+aside-filmWidth/2)*unitX,
				v.Y*float64(p.height)+(placeY+sinks[x]-filmHeight/2)*unitY)
		}
	}
}
