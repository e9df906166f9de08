package luma

import (
	"encoding/binary"
	"slices"
)

// filmRate is the frames of a film in a second, and the ticks of its clock.
const filmRate = 24

// sample is a coded frame, in the order of decoding.
type sample struct {
	unit  []byte // NAL unit
	order int    // place in the order of showing
}

// movie packs samples as an MP4 whose header stands before its frames, so that
// a player can begin before it has all. The first sample alone is one to begin
// decoding from. Source: ISO/IEC 14496-12; 14496-15 for avc1 and avcC.
func movie(samples []sample) []byte {
	const lengthSize = 4 // of the length before a NAL unit
	count := uint32(len(samples))
	sizes, offsets := be32(0, count), be32(count)
	total := 0
	for decoded, s := range samples {
		sizes = append(sizes, be32(uint32(len(s.unit)+lengthSize))...)
		// A frame is shown one tick late at most; the edit list takes it back.
		offsets = append(offsets, be32(1, uint32(s.order+1-decoded))...)
		total += len(s.unit) + lengthSize
	}
	head := func(at uint32) []byte {
		matrix := be32(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30)
		tables := box("stbl",
			fullBox("stsd", 0, be32(1), sampleEntry()),
			fullBox("stts", 0, be32(1, count, 1)),
			fullBox("ctts", 0, offsets),
			fullBox("stss", 0, be32(1, 1)),
			fullBox("stsc", 0, be32(1, 1, count, 1)),
			fullBox("stsz", 0, sizes),
			fullBox("stco", 0, be32(1, at)))
		media := box("mdia",
			fullBox("mdhd", 0, be32(0, 0, filmRate, count), []byte{0x55, 0xc4, 0, 0}), // language: und
			fullBox("hdlr", 0, be32(0), []byte("vide"), be32(0, 0, 0), []byte{0}),
			box("minf",
				fullBox("vmhd", 1, make([]byte, 8)),
				box("dinf", fullBox("dref", 0, be32(1), fullBox("url ", 1))), // in this file
				tables))
		return slices.Concat(
			box("ftyp", []byte("isom"), be32(0x200), []byte("isomiso2avc1mp41")),
			box("moov",
				fullBox("mvhd", 0, be32(0, 0, filmRate, count, 1<<16, 1<<24, 0, 0), matrix, make([]byte, 24), be32(2)),
				box("trak",
					fullBox("tkhd", 3, be32(0, 0, 1, 0, count, 0, 0, 0, 0), matrix, be32(filmWidth<<16, filmHeight<<16)),
					box("edts", fullBox("elst", 0, be32(1, count, 1, 1<<16))),
					media)))
	}
	start := len(head(0)) + boxHeader
	file := slices.Grow(head(uint32(start)), boxHeader+total)
	file = append(append(file, be32(uint32(boxHeader+total))...), "mdat"...)
	for _, s := range samples {
		file = append(append(file, be32(uint32(len(s.unit)))...), s.unit...)
	}
	return file
}

// sampleEntry says how the samples are coded. Source: ISO/IEC 14496-12,
// 12.1.3; 14496-15, 5.3.3 and 5.4.2.
func sampleEntry() []byte {
	sps, pps := sequenceSet(), pictureSet()
	config := slices.Concat(
		[]byte{1, sps[1], sps[2], sps[3], 0xfc | 3, 0xe0 | 1}, // lengths of 4 bytes, one set
		be16(uint16(len(sps))), sps,
		[]byte{1}, be16(uint16(len(pps))), pps)
	return box("avc1",
		make([]byte, 6), be16(1), // data_reference_index
		make([]byte, 16), be16(filmWidth, filmHeight),
		be32(72<<16, 72<<16, 0), be16(1), // dots an inch, frames a sample
		make([]byte, 32), be16(24, 0xffff), // name, depth
		box("avcC", config))
}

// box returns a box of parts. Source: ISO/IEC 14496-12, 4.2.
func box(kind string, parts ...[]byte) []byte {
	b := slices.Concat(append([][]byte{make([]byte, boxHeader)}, parts...)...)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	copy(b[4:], kind)
	return b
}

// fullBox returns a box of version 0.
func fullBox(kind string, flags uint32, parts ...[]byte) []byte {
	return box(kind, append([][]byte{be32(flags)}, parts...)...)
}

func be32(values ...uint32) []byte {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func be16(values ...uint16) []byte {
	b := make([]byte, 0, 2*len(values))
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}
