package discord

import (
	"bufio"
	"encoding/binary"
	"image"
	_ "image/gif"  // formats that Discord decodes
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io"
	"mime"
	"path"
	"strings"

	_ "golang.org/x/image/webp" // likewise
)

// maxDecoded is how many pixels are really decoded; of a larger picture the
// header alone is believed, so that a small file cannot take much memory.
const maxDecoded = 16 << 20

// maxBoxes bounds how many boxes of a video are looked at.
const maxBoxes = 1000

// dimensions returns the size in pixels of a picture that decodes, or of an
// MP4 video; 0, 0 of anything else.
func dimensions(r io.ReaderAt, size int64) (width, height int) {
	whole := func() io.Reader { return bufio.NewReader(io.NewSectionReader(r, 0, size)) }
	config, _, err := image.DecodeConfig(whole())
	if err != nil {
		return videoSize(r, size)
	}
	if int64(config.Width)*int64(config.Height) <= maxDecoded {
		if _, _, err := image.Decode(whole()); err != nil {
			return 0, 0
		}
	}
	return config.Width, config.Height
}

// box is a box of an ISO media file.
type box struct {
	kind       string
	start, end int64 // of what is inside
}

// boxes walks the boxes between two offsets until visit returns false. left
// counts down how many boxes may still be looked at, in all.
func boxes(r io.ReaderAt, start, end int64, left *int, visit func(box) bool) {
	var head [16]byte
	for start+8 <= end && *left > 0 {
		*left--
		if _, err := r.ReadAt(head[:8], start); err != nil {
			return
		}
		length, header := int64(binary.BigEndian.Uint32(head[:4])), int64(8)
		switch length {
		case 0: // to the end
			length = end - start
		case 1: // the length is in 64 bits
			if _, err := r.ReadAt(head[8:16], start+8); err != nil {
				return
			}
			n := binary.BigEndian.Uint64(head[8:16])
			if n > uint64(end-start) {
				return
			}
			length, header = int64(n), 16
		}
		if length < header || length > end-start {
			return
		}
		if !visit(box{string(head[4:8]), start + header, start + length}) {
			return
		}
		start += length
	}
}

// videoSize reads the first visible track's size from moov/trak/tkhd.
// Source: ISO/IEC 14496-12, 8.3.2.
func videoSize(r io.ReaderAt, size int64) (width, height int) {
	left := maxBoxes
	first := true
	boxes(r, 0, size, &left, func(top box) bool {
		if first && top.kind != "ftyp" {
			return false
		}
		first = false
		if top.kind != "moov" {
			return true
		}
		boxes(r, top.start, top.end, &left, func(track box) bool {
			if track.kind != "trak" {
				return true
			}
			boxes(r, track.start, track.end, &left, func(h box) bool {
				if h.kind != "tkhd" || h.end-h.start < 84 {
					return true
				}
				var fixed [8]byte // two 16.16 numbers at the end
				if _, err := r.ReadAt(fixed[:], h.end-8); err == nil {
					width = int(binary.BigEndian.Uint16(fixed[0:]))
					height = int(binary.BigEndian.Uint16(fixed[4:]))
				}
				return false
			})
			return width == 0 || height == 0
		})
		return false
	})
	if width == 0 || height == 0 {
		return 0, 0
	}
	return width, height
}

// kinds are the extensions that Discord's client knows by family, each with
// its content type.
func kinds(ext string) (family, contentType string) {
	switch ext {
	case ".png", ".gif", ".webp", ".bmp", ".avif", ".heic":
		return "image", "image/" + ext[1:]
	case ".jpg", ".jpeg":
		return "image", "image/jpeg"
	case ".mp4", ".webm":
		return "video", "video/" + ext[1:]
	case ".mov":
		return "video", "video/quicktime"
	case ".mp3":
		return "audio", "audio/mpeg"
	case ".ogg", ".wav", ".flac":
		return "audio", "audio/" + ext[1:]
	case ".txt", ".md", ".log":
		return "text", "text/plain; charset=utf-8"
	}
	return "", ""
}

// contentType is what Discord says a file is: it goes by the name first, then
// by what the sender said.
func contentType(name, said string) string {
	if _, t := kinds(strings.ToLower(path.Ext(name))); t != "" {
		return t
	}
	if t, _, err := mime.ParseMediaType(said); err == nil && len(t) <= 100 {
		return t
	}
	return "application/octet-stream"
}

// ofType reports whether a file is of one of an option's file_types, which
// goes by the extension alone.
func ofType(name string, types []string) bool {
	ext := strings.ToLower(path.Ext(name))
	family, _ := kinds(ext)
	for _, t := range types {
		if t == family && family != "" || strings.ToLower(t) == ext {
			return true
		}
	}
	return len(types) == 0
}
