package bot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// box is a box of an MP4.
func box(kind string, holds ...string) string {
	body := strings.Join(holds, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))) + kind + body
}

// large is a box with a size of 64 bits.
func large(kind, body string) string {
	return "\x00\x00\x00\x01" + kind + string(binary.BigEndian.AppendUint64(nil, uint64(len(body)+16))) + body
}

// header is a movie header of version 0.
func header(scale, duration uint32) string {
	b := binary.BigEndian.AppendUint32(make([]byte, 12), scale)
	return box("mvhd", string(binary.BigEndian.AppendUint32(b, duration)), strings.Repeat("\x00", 80))
}

// header1 is one of version 1.
func header1(scale uint32, duration uint64) string {
	b := append([]byte{1}, make([]byte, 19)...)
	b = binary.BigEndian.AppendUint32(b, scale)
	return box("mvhd", string(binary.BigEndian.AppendUint64(b, duration)), strings.Repeat("\x00", 80))
}

func lengthOf(file string) (time.Duration, error) {
	return videoLength(strings.NewReader(file), int64(len(file)))
}

func TestTheLengthOfAVideo(t *testing.T) {
	start := box("ftyp", "mp42\x00\x00\x00\x00")
	for name, c := range map[string]struct {
		file string
		want time.Duration // 0: it is not told
	}{
		"version 0":                  {start + box("moov", header(600, 3000)), 5 * time.Second},
		"version 1":                  {start + box("moov", header1(90000, 450045)), 5*time.Second + 500*time.Microsecond},
		"the movie box at the end":   {start + box("mdat", "frames") + box("moov", box("free"), header(1000, 9040)), 9040 * time.Millisecond},
		"a large box before it":      {start + large("mdat", "frames") + box("moov", header(24, 120)), 5 * time.Second},
		"a large movie box":          {start + large("moov", header(24, 120)), 5 * time.Second},
		"up to the file's end":       {start + "\x00\x00\x00\x00moov" + header(24, 120), 5 * time.Second},
		"no movie box":               {start + box("mdat", "frames"), 0},
		"no header in it":            {start + box("moov", box("trak")) + header(24, 120), 0},
		"a header elsewhere":         {start + box("udta", header(24, 120)), 0},
		"cut":                        {(start + box("moov", header(24, 120)))[:60], 0},
		"a header that is too short": {start + box("moov", box("mvhd", strings.Repeat("\x01", 19))), 0},
		"version 1, too short":       {start + box("moov", box("mvhd", "\x01"+strings.Repeat("\x01", 30))), 0},
		"version 2":                  {start + box("moov", box("mvhd", "\x02"+strings.Repeat("\x01", 90))), 0},
		"a scale of 0":               {start + box("moov", header(0, 3000)), 0},
		"a duration of 0":            {start + box("moov", header(600, 0)), 0},
		"not known, version 0":       {start + box("moov", header(4294967295, 4294967295)), 0},
		"not known, version 1":       {start + box("moov", header1(600, 1<<64-1)), 0},
		"a day":                      {start + box("moov", header(1, 86400)), 0},
		"less than a day":            {start + box("moov", header(1, 86399)), 86399 * time.Second},
		"the finest scale":           {start + box("moov", header1(1<<32-1, 1<<32-2)), time.Second - 1},
		"a box without a size":       {start + "\x00\x00\x00\x07free" + box("moov", header(24, 120)), 0},
		"a box beyond the file":      {start + "\x7f\xff\xff\xfffree" + box("moov", header(24, 120)), 0},
		"a large box without a size": {start + "\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x0f" + box("moov", header(24, 120)), 0},
		"a large box that overflows": {start + "\x00\x00\x00\x01free\xff\xff\xff\xff\xff\xff\xff\xff" + box("moov", header(24, 120)), 0},
		"a large box that is cut":    {start + "\x00\x00\x00\x01moov\x00\x00", 0},
		"as many boxes as are read":  {strings.Repeat(box("free"), maxBoxes-1) + box("moov", strings.Repeat(box("free"), maxBoxes-1), header(24, 120)), 5 * time.Second},
		"one more":                   {strings.Repeat(box("free"), maxBoxes) + box("moov", header(24, 120)), 0},
		"one more in the movie box":  {box("moov", strings.Repeat(box("free"), maxBoxes), header(24, 120)), 0},
		"nothing":                    {"", 0},
		"no MP4":                     {"GIF89a, and long enough to be read as boxes", 0},
	} {
		if got, err := lengthOf(c.file); got != c.want || (c.want == 0) != errors.Is(err, errNoLength) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
}

// Clips as an encoder writes them.
func TestTheLengthOfRealVideos(t *testing.T) {
	clips, err := filepath.Glob("../internal/sandbox/luma/clips/*.mp4")
	if err != nil || len(clips) == 0 {
		t.Fatalf("no clips: %v", err)
	}
	for _, name := range clips {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := videoLength(bytes.NewReader(b), int64(len(b)))
		if err != nil || got != 4*time.Second { // as make.sh there says
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzVideoLength(f *testing.F) {
	f.Add([]byte(box("ftyp", "mp42") + box("mdat", "frames") + box("moov", header(600, 3000))))
	f.Add([]byte(large("moov", header1(90000, 450045))))
	f.Add([]byte("\x00\x00\x00\x00moov" + header(24, 120)))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := videoLength(bytes.NewReader(file), int64(len(file)))
		if got < 0 || got >= maxLength || err != nil && got != 0 {
			t.Errorf("%v, %v", got, err)
		}
		// A file that was cut on its way gives an error, and no panic.
		if _, err := videoLength(bytes.NewReader(file[:len(file)/2]), int64(len(file))); err != nil && !errors.Is(err, errNoLength) {
			t.Error(err)
		}
	})
}
