package luma

import "math/bits"

// bitWriter writes the payload of a NAL unit (RBSP), the first bit of a byte
// being its highest. Its methods are named after the descriptors of ITU-T
// H.264, 7.2 and 9.1.
type bitWriter struct {
	buf  []byte
	last uint64 // bits that do not fill a byte yet, at the low end
	n    uint   // how many: fewer than 8
}

// u writes the n lowest bits of v; n is 32 at most.
func (w *bitWriter) u(n uint, v uint32) {
	w.last = w.last<<n | uint64(v)&(1<<n-1)
	for w.n += n; w.n >= 8; {
		w.n -= 8
		w.buf = append(w.buf, byte(w.last>>w.n))
	}
	w.last &= 1<<w.n - 1
}

// ue writes an unsigned Exp-Golomb code.
func (w *bitWriter) ue(v uint32) {
	size := uint(bits.Len32(v + 1))
	w.u(size-1, 0)
	w.u(size, v+1)
}

// se writes a signed Exp-Golomb code.
func (w *bitWriter) se(v int) {
	if v > 0 {
		w.ue(uint32(2*v - 1))
		return
	}
	w.ue(uint32(-2 * v))
}

// align fills the byte with zeros.
func (w *bitWriter) align() {
	if w.n > 0 {
		w.u(8-w.n, 0)
	}
}

// trail ends the payload: rbsp_trailing_bits.
func (w *bitWriter) trail() {
	w.u(1, 1)
	w.align()
}

// nal returns the payload as a NAL unit: behind its header, and with a byte 3
// between two zeros and what could then be taken for a start code.
// Source: ITU-T H.264, 7.3.1 and 7.4.1.
func (w *bitWriter) nal(refIDC, kind byte) []byte {
	unit := make([]byte, 1, len(w.buf)+len(w.buf)/64+8)
	unit[0] = refIDC<<5 | kind
	zeros := 0
	for _, b := range w.buf {
		if zeros >= 2 && b <= 3 {
			unit, zeros = append(unit, 3), 0
		}
		if unit = append(unit, b); b == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return unit
}
