package luma

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// decoder reads films as ITU-T H.264 and ISO 14496-12 say, as far as films go.
// It shares no code with what writes them, and takes nothing that they do not
// need: a syntax element with another value is an error.
type decoder struct {
	data          []byte
	at            int // bit
	err           error
	width, height int // in macroblocks
	keys          []*shown
	keysAlone     bool
}

// shown is a decoded frame.
type shown struct {
	order  int
	key    bool
	planes [3][]byte
	vector [2][][2]int // by list, for each block of 8 by 8
	weight [2]int
	from   [2]*shown
}

func (d *decoder) u(n int) (v int) {
	for range n {
		if d.at >= 8*len(d.data) {
			d.fail("the data ends")
			return 0
		}
		v = v<<1 | int(d.data[d.at/8]>>(7-d.at%8)&1)
		d.at++
	}
	return v
}

func (d *decoder) ue() int {
	zeros := 0
	for d.u(1) == 0 && d.err == nil {
		zeros++
	}
	return 1<<zeros - 1 + d.u(zeros)
}

func (d *decoder) se() int {
	v := d.ue()
	if v%2 == 0 {
		return -v / 2
	}
	return (v + 1) / 2
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

func (d *decoder) want(name string, got, want int) {
	if got != want {
		d.fail("%s is %d, not %d", name, got, want)
	}
}

// unit makes a NAL unit what is read, and returns its header.
func (d *decoder) unit(nal []byte) (refIDC, kind int) {
	d.data, d.at = d.data[:0], 0
	for i, b := range nal[1:] {
		if b == 3 && i >= 2 && nal[i] == 0 && nal[i-1] == 0 {
			continue
		}
		d.data = append(d.data, b)
	}
	return int(nal[0] >> 5), int(nal[0] & 31)
}

// held returns what a box holds, along a path of boxes.
func held(data []byte, path ...string) ([]byte, error) {
	for _, kind := range path {
		found := false
		for len(data) >= 8 && !found {
			size := int(binary.BigEndian.Uint32(data))
			if size < 8 || size > len(data) {
				return nil, fmt.Errorf("box %q of %d bytes", data[4:8], size)
			}
			if string(data[4:8]) == kind {
				data, found = data[8:size], true
			} else {
				data = data[size:]
			}
		}
		if !found {
			return nil, fmt.Errorf("no box %q", kind)
		}
	}
	return data, nil
}

// table returns the numbers of a full box.
func table(moov []byte, kind string) ([]int, error) {
	body, err := held(moov, "trak", "mdia", "minf", "stbl", kind)
	var list []int
	for ; len(body) >= 4; body = body[4:] {
		list = append(list, int(binary.BigEndian.Uint32(body)))
	}
	return list, err
}

// decodeFilm returns the frames of a film in the order of showing; of those
// between keys only what their heads say, where keys alone are wanted.
func decodeFilm(file []byte, keysAlone bool) ([]*shown, error) {
	moov, err := held(file, "moov")
	if err != nil {
		return nil, err
	}
	tables := map[string][]int{}
	for _, kind := range []string{"stsz", "stco", "ctts"} {
		if tables[kind], err = table(moov, kind); err != nil {
			return nil, err
		}
	}
	stsd, err := held(moov, "trak", "mdia", "minf", "stbl", "stsd")
	if err != nil {
		return nil, err
	}
	config, err := held(stsd[8:], "avc1")
	if err != nil {
		return nil, err
	}
	if config, err = held(config[78:], "avcC"); err != nil {
		return nil, err
	}
	d := &decoder{keysAlone: keysAlone}
	size := int(binary.BigEndian.Uint16(config[6:]))
	d.sequence(config[8 : 8+size])
	frames := make([]*shown, tables["stsz"][2])
	at := tables["stco"][2]
	for i := range frames {
		size := tables["stsz"][3+i]
		if n := int(binary.BigEndian.Uint32(file[at:])); n != size-4 {
			return nil, fmt.Errorf("sample %d has one NAL unit of %d of %d bytes", i, n, size)
		}
		f := d.slice(file[at+4 : at+size])
		if d.err != nil {
			return nil, fmt.Errorf("sample %d: %w", i, d.err)
		}
		order := i + tables["ctts"][3+2*i] - 1
		if f.order != order || order < 0 || order >= len(frames) || frames[order] != nil {
			return nil, fmt.Errorf("sample %d is shown as %d, and says %d", i, order, f.order)
		}
		frames[order] = f
		at += size
	}
	return frames, nil
}

func (d *decoder) sequence(nal []byte) {
	d.unit(nal)
	d.want("profile_idc", d.u(8), 77)
	d.u(16)
	d.want("seq_parameter_set_id", d.ue(), 0)
	d.want("log2_max_frame_num_minus4", d.ue(), 0)
	d.want("pic_order_cnt_type", d.ue(), 0)
	d.want("log2_max_pic_order_cnt_lsb_minus4", d.ue(), 4)
	d.want("max_num_ref_frames", d.ue(), 2)
	d.u(1)
	d.width, d.height = d.ue()+1, d.ue()+1
}

// slice decodes a picture, as far as its vectors.
func (d *decoder) slice(nal []byte) *shown {
	refIDC, kind := d.unit(nal)
	d.want("first_mb_in_slice", d.ue(), 0)
	f := &shown{key: d.ue() == 7}
	d.ue()
	number := d.u(4)
	if kind == 5 {
		d.ue()
		d.keys = nil
	}
	d.want("frame_num", number, len(d.keys))
	f.order = d.u(8) / 2
	if f.key != (refIDC > 0) {
		d.fail("nal_ref_idc %d", refIDC)
	}
	if f.key {
		d.u(1)
		if kind == 5 {
			d.u(1)
		}
	} else if len(d.keys) < 2 {
		d.fail("a frame between keys that are not there")
		return f
	} else {
		f.from = [2]*shown(d.keys[len(d.keys)-2:])
		d.u(1)
		d.want("overrides and modifications", d.u(3), 0)
		d.want("luma_log2_weight_denom", d.ue(), 5)
		d.want("chroma_log2_weight_denom", d.ue(), 5)
		for list := range f.weight {
			d.want("luma_weight_flag", d.u(1), 1)
			f.weight[list] = d.se()
			d.want("luma_offset", d.se(), 0)
			d.want("chroma_weight_flag", d.u(1), 1)
			for range 2 {
				d.want("chroma_weight", d.se(), f.weight[list])
				d.want("chroma_offset", d.se(), 0)
			}
		}
		d.want("sum of weights", f.weight[0]+f.weight[1], 64)
		f.vector = [2][][2]int{make([][2]int, 4*d.width*d.height), make([][2]int, 4*d.width*d.height)}
	}
	d.se()
	d.want("disable_deblocking_filter_idc", d.ue(), 1)
	if d.keysAlone && !f.key {
		return f
	}
	if f.key {
		d.samples(f)
		d.keys = append(d.keys, f)
	} else {
		for mb := range d.width * d.height {
			d.macroblock(f, mb%d.width, mb/d.width)
		}
	}
	d.want("rbsp_stop_one_bit", d.u(1), 1)
	if 8*len(d.data)-d.at > 7 || bits.OnesCount8(d.data[len(d.data)-1]<<(d.at%8)) != 0 && d.at%8 != 0 {
		d.fail("data after the end")
	}
	return f
}

func (d *decoder) samples(f *shown) {
	w, h := 16*d.width, 16*d.height
	f.planes = [3][]byte{make([]byte, w*h), make([]byte, w*h/4), make([]byte, w*h/4)}
	for mb := range d.width * d.height {
		d.want("mb_type", d.ue(), 25)
		for d.at%8 != 0 {
			d.want("pcm_alignment_zero_bit", d.u(1), 0)
		}
		if d.err != nil || d.at/8+384 > len(d.data) {
			d.fail("samples end")
			return
		}
		for c, side := range []int{16, 8, 8} {
			for y := range side {
				from := d.data[d.at/8 : d.at/8+side]
				copy(f.planes[c][(mb/d.width*side+y)*d.width*side+mb%d.width*side:], from)
				d.at += 8 * side
			}
		}
	}
}

func (d *decoder) macroblock(f *shown, x, y int) {
	d.want("mb_skip_run", d.ue(), 0)
	parts, side := 1, 2
	switch kind := d.ue(); kind {
	case 3:
	case 22:
		parts, side = 4, 1
		for range 4 {
			d.want("sub_mb_type", d.ue(), 3)
		}
	default:
		d.fail("mb_type %d", kind)
	}
	for list := range f.vector {
		for p := range parts {
			bx, by := 2*x+p%2, 2*y+p/2
			v := d.predicted(f.vector[list], bx, by, side)
			v[0] += d.se()
			v[1] += d.se()
			for j := range side {
				for i := range side {
					f.vector[list][(by+j)*2*d.width+bx+i] = v
				}
			}
		}
	}
	d.want("coded_block_pattern", d.ue(), 0)
}

// predicted is the median of the neighbours that are there, by 8.4.1.3.
func (d *decoder) predicted(field [][2]int, x, y, side int) [2]int {
	w := 2 * d.width
	get := func(x, y int) (v [2]int, there bool) {
		if x < 0 || y < 0 || x >= w {
			return v, false
		}
		return field[y*w+x], true
	}
	a, hasA := get(x-1, y)
	b, hasB := get(x, y-1)
	c, hasC := get(x+side, y-1)
	if side == 1 && x&1 == 1 && y&1 == 1 || !hasC {
		c, hasC = get(x-1, y-1)
	}
	if !hasB && !hasC && hasA {
		return a
	}
	if hasA != hasB && !hasC || hasC && !hasA && !hasB {
		return [2]int{a[0] + b[0] + c[0], a[1] + b[1] + c[1]} // the only one
	}
	var v [2]int
	for i := range v {
		v[i] = a[i] + b[i] + c[i] - min(a[i], b[i], c[i]) - max(a[i], b[i], c[i])
	}
	return v
}

// draw makes the samples of a frame between keys: 8.4.2.2 and 8.4.2.3.
func (d *decoder) draw(f *shown) {
	w, h := 16*d.width, 16*d.height
	f.planes = [3][]byte{make([]byte, w*h), make([]byte, w*h/4), make([]byte, w*h/4)}
	mix := func(a, b int) byte { return byte((a*f.weight[0] + b*f.weight[1] + 32) >> 6) }
	for y := range h {
		for x := range w {
			at := y/8*2*d.width + x/8
			var p [2]int
			for list, from := range f.from {
				v := f.vector[list][at]
				p[list] = lumaAt(from.planes[0], w, h, 4*x+v[0], 4*y+v[1])
			}
			f.planes[0][y*w+x] = mix(p[0], p[1])
			if x%2 != 0 || y%2 != 0 {
				continue
			}
			for c := 1; c < 3; c++ {
				for list, from := range f.from {
					v := f.vector[list][at]
					p[list] = chromaAt(from.planes[c], w/2, h/2, 4*x+v[0], 4*y+v[1])
				}
				f.planes[c][y/2*(w/2)+x/2] = mix(p[0], p[1])
			}
		}
	}
}

func clip8(v int) int { return max(0, min(v, 255)) }

// lumaAt is a luma sample at quarters: 8.4.2.2.1.
func lumaAt(plane []byte, w, h, qx, qy int) int {
	x, y, fx, fy := qx>>2, qy>>2, qx&3, qy&3
	full := func(x, y int) int { return int(plane[max(0, min(y, h-1))*w+max(0, min(x, w-1))]) }
	taps := func(get func(int) int) int {
		return get(-2) - 5*get(-1) + 20*get(0) + 20*get(1) - 5*get(2) + get(3)
	}
	row := func(y int) int { return taps(func(i int) int { return full(x+i, y) }) }
	b := func(y int) int { return clip8((row(y) + 16) >> 5) }
	v := func(x int) int { return clip8((taps(func(i int) int { return full(x, y+i) }) + 16) >> 5) }
	j := func() int { return clip8((taps(func(i int) int { return row(y + i) }) + 512) >> 10) }
	mean := func(a, b int) int { return (a + b + 1) >> 1 }
	switch {
	case fx == 0 && fy == 0:
		return full(x, y)
	case fy == 0 && fx == 2:
		return b(y)
	case fy == 0:
		return mean(b(y), full(x+fx/2, y))
	case fx == 0 && fy == 2:
		return v(x)
	case fx == 0:
		return mean(v(x), full(x, y+fy/2))
	case fx == 2 && fy == 2:
		return j()
	case fx == 2:
		return mean(j(), b(y+fy/2))
	case fy == 2:
		return mean(j(), v(x+fx/2))
	}
	return mean(b(y+fy/2), v(x+fx/2))
}

// chromaAt is a chroma sample at eighths: 8.4.2.2.2.
func chromaAt(plane []byte, w, h, ex, ey int) int {
	x, y, fx, fy := ex>>3, ey>>3, ex&7, ey&7
	full := func(x, y int) int { return int(plane[max(0, min(y, h-1))*w+max(0, min(x, w-1))]) }
	return ((8-fx)*(8-fy)*full(x, y) + fx*(8-fy)*full(x+1, y) + (8-fx)*fy*full(x, y+1) + fx*fy*full(x+1, y+1) + 32) >> 6
}
