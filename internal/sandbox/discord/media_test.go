package discord

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

func mp4Box(kind string, inside ...[]byte) []byte {
	body := slices.Concat(inside...)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(out, kind...), body...)
}

// mp4 is the frame of a video of that size, with nothing in it.
func mp4(t testing.TB, w, h uint16) []byte {
	t.Helper()
	track := func(w, h uint16) []byte {
		tkhd := make([]byte, 84)
		binary.BigEndian.PutUint16(tkhd[76:], w)
		binary.BigEndian.PutUint16(tkhd[80:], h)
		return mp4Box("trak", mp4Box("tkhd", tkhd))
	}
	return slices.Concat(mp4Box("ftyp", []byte("isom")), mp4Box("free", make([]byte, 100)),
		mp4Box("mdat", make([]byte, 1000)), mp4Box("moov", mp4Box("mvhd", make([]byte, 100)), track(0, 0), track(w, h)))
}

func TestDimensions(t *testing.T) {
	t.Parallel()
	pic := picture(t, 12, 34)
	wide := mp4Box("ftyp", []byte("isom"))
	wide = append(wide, 0, 0, 0, 1, 'm', 'o', 'o', 'v', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	for name, c := range map[string]struct {
		data []byte
		w, h int
	}{
		"a picture":               {pic, 12, 34},
		"half a picture":          {pic[:len(pic)/2], 0, 0},
		"a video":                 {mp4(t, 640, 360), 640, 360},
		"half a video":            {mp4(t, 640, 360)[:1000], 0, 0},
		"a length beyond the end": {wide, 0, 0},
		"text":                    {[]byte("hello"), 0, 0},
		"nothing":                 {nil, 0, 0},
	} {
		if w, h := dimensions(bytes.NewReader(c.data), int64(len(c.data))); w != c.w || h != c.h {
			t.Errorf("%s is %d by %d, want %d by %d", name, w, h, c.w, c.h)
		}
	}
}

func FuzzDimensions(f *testing.F) {
	f.Add(mp4(f, 640, 360))
	f.Add([]byte("\x00\x00\x00\x08ftyp\x00\x00\x00\x01moov\x00\x00\x00\x00\x00\x00\x00\x10"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h := videoSize(bytes.NewReader(data), int64(len(data)))
		if w < 0 || h < 0 || (w == 0) != (h == 0) {
			t.Errorf("%d by %d", w, h)
		}
	})
}
