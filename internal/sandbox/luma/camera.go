package luma

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
)

// view is the part of a picture that a frame shows: its middle, from 0 to 1,
// and how many times it goes into the picture's width.
type view struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Zoom float64 `json:"zoom"`
}

// whole is the view of all of a picture.
func whole() view { return view{0.5, 0.5, 1} }

// sane reports whether a view is of a picture at all.
func (v view) sane() bool {
	return min(v.X, v.Y) >= 0 && max(v.X, v.Y) <= 1 && v.Zoom >= 1 && v.Zoom <= 2*maxZoom
}

// Bounds of a camera's way over one film: slow enough to dream, and far from
// where a picture shows its grain.
const (
	maxZoom  = 1.44
	turnZoom = 1.06 // no way back by choice ends below this
	minStep  = 0.10 // of the zoom; maxZoom has room for two of the largest
	stepSpan = 0.08
)

// chance is numbers from 0 to 1 that follow from a wish alone.
type chance struct {
	sum  [sha256.Size]byte
	next int
}

// seedOf returns what all chance in a part of a story follows from.
func seedOf(prompt string, part int) []byte {
	sum := sha256.Sum256([]byte(strconv.Itoa(part) + "\n" + prompt))
	return sum[:]
}

func newChance(seed []byte) *chance {
	c := &chance{}
	copy(c.sum[:], seed)
	return c
}

// number takes the next number, of the 16 that there are.
func (c *chance) number() float64 {
	n := binary.BigEndian.Uint16(c.sum[c.next:])
	c.next += 2
	return float64(n) / math.MaxUint16
}

// onward returns where a camera goes that stands at a view: nearer, and where
// that ends, back. It always goes some way.
func (v view) onward(c *chance) view {
	step := minStep + stepSpan*c.number()
	back := c.number() < 0.5 && v.Zoom-step >= turnZoom
	to := view{Zoom: v.Zoom + step}
	if back || to.Zoom > maxZoom {
		to.Zoom = v.Zoom - step
	}
	// The view must not leave the picture.
	reach := (1 - 1/to.Zoom) / 2
	to.X = 0.5 + reach*(2*c.number()-1)
	to.Y = 0.5 + reach*(2*c.number()-1)
	return to
}

// camera moves over one picture, and sees it as through water that begins to
// move, and is still at the end.
type camera struct {
	from, to view
	begin    int // frame at which it leaves from; it arrives with the last
	size     [2]float64
	length   [2]float64 // of a wave, in samples
	turns    [2]float64 // a second
	phase    [2]float64
}

func newCamera(from, to view, begin int, c *chance) camera {
	m := camera{from: from, to: to, begin: begin}
	for i := range 2 {
		m.size[i] = 1.5 + 2*c.number()
		m.length[i] = 260 + 220*c.number()
		m.turns[i] = 0.2 + 0.2*c.number()
		m.phase[i] = c.number()
	}
	return m
}

// view returns what the camera sees at a frame. It begins and ends gently. As
// the reach of a view grows ever less with its zoom, a view between two that
// are inside of the picture is inside, too.
func (m *camera) view(at int) view {
	t := max(float64(at-m.begin)/float64(filmLast-m.begin), 0)
	t = t * t * (3 - 2*t)
	mix := func(a, b float64) float64 { return a + (b-a)*t }
	return view{mix(m.from.X, m.to.X), mix(m.from.Y, m.to.Y), mix(m.from.Zoom, m.to.Zoom)}
}

// wave is the shift along one axis of what stands at a place on the other.
type wave struct{ size, turn, begin float64 }

// wave returns what moves the picture along an axis (0: across) at a frame.
func (m *camera) wave(axis, at int) wave {
	swell := math.Sin(math.Pi * float64(at) / filmLast)
	return wave{
		size:  m.size[axis] * swell * swell,
		turn:  2 * math.Pi / m.length[axis],
		begin: 2 * math.Pi * (m.turns[axis]*float64(at)/filmRate + m.phase[axis]),
	}
}

// shift returns the shift at a place, in samples as that is.
func (w wave) shift(place float64) float64 { return w.size * math.Sin(w.begin+w.turn*place) }

// vectors says for each block of the frame at where the key shows it.
func (m *camera) vectors(at, key int, f *field) {
	now, then := m.view(at), m.view(key)
	across, down := m.wave(0, at), m.wave(1, at)
	keyAcross, keyDown := m.wave(0, key), m.wave(1, key)
	scale := then.Zoom / now.Zoom
	shiftX := (now.X - then.X) * filmWidth * then.Zoom
	shiftY := (now.Y - then.Y) * filmHeight * then.Zoom
	var sinks [fieldWidth]float64
	for x := range sinks {
		sinks[x] = down.shift(float64(8*x + 4))
	}
	for y := range fieldHeight {
		placeY := float64(8*y + 4)
		aside := across.shift(placeY)
		for x := range fieldWidth {
			placeX := float64(8*x + 4)
			// Where the view of the key has it, and from there back through the
			// key's own wave, which two steps find closely enough.
			wantX := filmWidth/2 + (placeX+aside-filmWidth/2)*scale + shiftX
			wantY := filmHeight/2 + (placeY+sinks[x]-filmHeight/2)*scale + shiftY
			gotX, gotY := wantX, wantY
			for range 2 {
				gotX, gotY = wantX-keyAcross.shift(gotY), wantY-keyDown.shift(gotX)
			}
			f[y*fieldWidth+x] = vector{quarters(gotX - placeX), quarters(gotY - placeY)}
		}
	}
}

func quarters(samples float64) int16 { return int16(math.Round(4 * samples)) }
