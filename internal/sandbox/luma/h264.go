package luma

// A film is coded in the simplest way that lets a picture move. Some frames,
// the keys, hold their samples as they are (I_PCM). Each frame between two keys
// is made of nothing but vectors: what it shows are blocks of the key before
// and of the key after it, mixed by weights (bi-prediction), with no residual.
// So the film passes from one key into the next without a step, and a key of
// another picture fades in.

// The frame: 40 by 23 macroblocks, of which the lowest 8 rows of samples are
// cut off.
const (
	filmWidth   = 640
	filmHeight  = 360
	codedHeight = 368
	mbWidth     = filmWidth / 16
	mbHeight    = codedHeight / 16
	cropRows    = codedHeight - filmHeight
)

// What the parameter sets and the slices must agree on. Main profile, for
// bi-prediction; level 3.1 has room for keys, and for 8 vectors a macroblock.
// Source: ITU-T H.264, Annex A.
const (
	profileIDC     = 77
	levelIDC       = 31
	frameNumBits   = 4
	orderBits      = 8 // of pic_order_cnt_lsb, which rises by 2 a frame
	pictureQP      = 26
	weightShift    = 5 // two weights of a pair come to 2 << weightShift
	weightSum      = 2 << weightShift
	nalSlice       = 1
	nalIDR         = 5
	nalSPS         = 7
	nalPPS         = 8
	sliceB, sliceI = 6, 7 // slice_type, all slices of the picture being of it
)

// sequenceSet returns the sequence parameter set. Source: 7.3.2.1.1, E.1.1.
func sequenceSet() []byte {
	var w bitWriter
	w.u(8, profileIDC)
	w.u(8, 0) // constraint flags
	w.u(8, levelIDC)
	w.ue(0) // seq_parameter_set_id
	w.ue(frameNumBits - 4)
	w.ue(0) // pic_order_cnt_type: written in each slice
	w.ue(orderBits - 4)
	w.ue(2)   // max_num_ref_frames: the keys on both sides
	w.u(1, 0) // gaps_in_frame_num_value_allowed_flag
	w.ue(mbWidth - 1)
	w.ue(mbHeight - 1)
	w.u(1, 1) // frame_mbs_only_flag
	w.u(1, 1) // direct_8x8_inference_flag
	w.u(1, 1) // frame_cropping_flag
	w.ue(0)
	w.ue(0)
	w.ue(0)
	w.ue(cropRows / 2)
	w.u(1, 1) // vui_parameters_present_flag
	w.u(1, 0) // aspect_ratio_info_present_flag
	w.u(1, 0) // overscan_info_present_flag
	w.u(1, 1) // video_signal_type_present_flag
	w.u(3, 5) // video_format: unspecified
	w.u(1, 0) // video_full_range_flag
	w.u(1, 1) // colour_description_present_flag: BT.709 in all three
	w.u(8, 1)
	w.u(8, 1)
	w.u(8, 1)
	w.u(1, 0) // chroma_loc_info_present_flag
	w.u(1, 1) // timing_info_present_flag: two ticks are a frame
	w.u(32, 1)
	w.u(32, 2*filmRate)
	w.u(1, 1) // fixed_frame_rate_flag
	w.u(1, 0) // nal_hrd_parameters_present_flag
	w.u(1, 0) // vcl_hrd_parameters_present_flag
	w.u(1, 0) // pic_struct_present_flag
	w.u(1, 1) // bitstream_restriction_flag
	w.u(1, 1) // motion_vectors_over_pic_boundaries_flag
	w.ue(0)   // max_bytes_per_pic_denom: no bound
	w.ue(0)   // max_bits_per_mb_denom: no bound
	w.ue(11)  // log2_max_mv_length_horizontal
	w.ue(11)  // log2_max_mv_length_vertical
	w.ue(1)   // max_num_reorder_frames: a key is sent before what it follows
	w.ue(2)   // max_dec_frame_buffering
	w.trail()
	return w.nal(3, nalSPS)
}

// pictureSet returns the picture parameter set. Source: 7.3.2.2.
func pictureSet() []byte {
	var w bitWriter
	w.ue(0)   // pic_parameter_set_id
	w.ue(0)   // seq_parameter_set_id
	w.u(1, 0) // entropy_coding_mode_flag: CAVLC
	w.u(1, 0) // bottom_field_pic_order_in_frame_present_flag
	w.ue(0)   // num_slice_groups_minus1
	w.ue(0)   // num_ref_idx_l0_default_active_minus1
	w.ue(0)   // num_ref_idx_l1_default_active_minus1
	w.u(1, 0) // weighted_pred_flag
	w.u(2, 1) // weighted_bipred_idc: explicit
	w.se(pictureQP - 26)
	w.se(0)   // pic_init_qs_minus26
	w.se(0)   // chroma_qp_index_offset
	w.u(1, 1) // deblocking_filter_control_present_flag
	w.u(1, 0) // constrained_intra_pred_flag
	w.u(1, 0) // redundant_pic_cnt_present_flag
	w.trail()
	return w.nal(3, nalPPS)
}

// begin writes a slice header up to the order of the picture. Source: 7.3.3.
func (w *bitWriter) begin(kind, number, order int, idr bool) {
	w.ue(0) // first_mb_in_slice
	w.ue(uint32(kind))
	w.ue(0) // pic_parameter_set_id
	w.u(frameNumBits, uint32(number))
	if idr {
		w.ue(0) // idr_pic_id
	}
	w.u(orderBits, uint32(2*order))
}

// noDeblocking ends a slice header: nothing is to be smoothed, in keys since
// they are exact, between them since weights and small blocks do that.
func (w *bitWriter) noDeblocking() {
	w.se(0) // slice_qp_delta
	w.ue(1) // disable_deblocking_filter_idc
}

// frame holds the samples of a coded frame, 4:2:0.
type frame struct {
	luma   [filmWidth * codedHeight]byte
	chroma [2][filmWidth / 2 * codedHeight / 2]byte
}

// keySlice codes a frame by its samples. number counts keys, order frames as
// they are shown. Source: 7.3.5.
func keySlice(f *frame, number, order int) []byte {
	w := bitWriter{buf: make([]byte, 0, mbWidth*mbHeight*386+64)}
	idr := number == 0
	w.begin(sliceI, number, order, idr)
	if idr {
		w.u(1, 0) // no_output_of_prior_pics_flag
		w.u(1, 0) // long_term_reference_flag
	} else {
		w.u(1, 0) // adaptive_ref_pic_marking_mode_flag: the oldest goes
	}
	w.noDeblocking()
	for y := 0; y < codedHeight; y += 16 {
		for x := 0; x < filmWidth; x += 16 {
			w.ue(25) // mb_type: I_PCM
			w.align()
			for r := range 16 {
				at := (y+r)*filmWidth + x
				w.buf = append(w.buf, f.luma[at:at+16]...)
			}
			for c := range f.chroma {
				for r := range 8 {
					at := (y/2+r)*(filmWidth/2) + x/2
					w.buf = append(w.buf, f.chroma[c][at:at+8]...)
				}
			}
		}
	}
	w.trail()
	if idr {
		return w.nal(3, nalIDR)
	}
	return w.nal(2, nalSlice)
}

// vector is how far from a block lies what it is predicted from, in quarters
// of a luma sample.
type vector struct{ x, y int16 }

// The vectors of a frame stand one for each block of 8 by 8 samples.
const (
	fieldWidth  = filmWidth / 8
	fieldHeight = codedHeight / 8
)

type field [fieldWidth * fieldHeight]vector

// betweenSlice codes a frame between two keys: by the vectors into both, and
// the weight of the second, of weightSum. number is that of the next key.
// Source: 7.3.3.2, 7.3.5.1 and 7.3.5.2; Tables 7-14 and 7-18.
func betweenSlice(both *[2]field, weight, number, order int) []byte {
	w := bitWriter{buf: make([]byte, 0, 16<<10)}
	w.begin(sliceB, number, order, false)
	w.u(1, 1) // direct_spatial_mv_pred_flag
	w.u(1, 0) // num_ref_idx_active_override_flag
	w.u(1, 0) // ref_pic_list_modification_flag_l0: the key before is its first
	w.u(1, 0) // ref_pic_list_modification_flag_l1: the key after is its first
	w.ue(weightShift)
	w.ue(weightShift)
	for _, weight := range [2]int{weightSum - weight, weight} {
		w.u(1, 1) // luma_weight_flag
		w.se(weight)
		w.se(0)
		w.u(1, 1) // chroma_weight_flag
		for range 2 {
			w.se(weight)
			w.se(0)
		}
	}
	w.noDeblocking()
	for y := 0; y < fieldHeight; y += 2 {
		for x := 0; x < fieldWidth; x += 2 {
			w.ue(0) // mb_skip_run
			whole := both[0].whole(x, y) && both[1].whole(x, y)
			if whole {
				w.ue(3) // mb_type: B_Bi_16x16
			} else {
				w.ue(22) // mb_type: B_8x8
				for range 4 {
					w.ue(3) // sub_mb_type: B_Bi_8x8
				}
			}
			for list := range both {
				f := &both[list]
				if whole {
					w.difference(f, x, y, 2)
					continue
				}
				for part := range 4 {
					w.difference(f, x+part%2, y+part/2, 1)
				}
			}
			w.ue(0) // coded_block_pattern: no residual
		}
	}
	w.trail()
	return w.nal(0, nalSlice)
}

// whole reports whether the four blocks of the macroblock at x, y move alike.
func (f *field) whole(x, y int) bool {
	at := y*fieldWidth + x
	v := f[at]
	return f[at+1] == v && f[at+fieldWidth] == v && f[at+fieldWidth+1] == v
}

// difference writes the vector of a part of a macroblock, as it differs from
// its prediction.
func (w *bitWriter) difference(f *field, x, y, width int) {
	p, v := f.predict(x, y, width), f[y*fieldWidth+x]
	w.se(int(v.x) - int(p.x))
	w.se(int(v.y) - int(p.y))
}

// predict returns what the vector of the part at x, y is expected to be, from
// its neighbours: A to the left, B above, C above to the right, and where that
// is not coded yet D, above to the left. All of them refer to the same key.
// Source: 8.4.1.3 and 6.4.11.7.
func (f *field) predict(x, y, width int) vector {
	var a, b, c vector
	hasA, hasB := x > 0, y > 0
	if hasA {
		a = f[y*fieldWidth+x-1]
	}
	if hasB {
		b = f[(y-1)*fieldWidth+x]
	}
	// The fourth block of a macroblock has the next macroblock to its right.
	hasC := hasB && x+width < fieldWidth && (x%2 == 0 || y%2 == 0)
	switch {
	case hasC:
		c = f[(y-1)*fieldWidth+x+width]
	case hasA && hasB:
		hasC, c = true, f[(y-1)*fieldWidth+x-1]
	}
	switch {
	case hasA && !hasB && !hasC:
		return a
	case hasB && !hasA && !hasC:
		return b
	}
	return vector{median(a.x, b.x, c.x), median(a.y, b.y, c.y)}
}

func median(a, b, c int16) int16 { return max(min(a, b), min(max(a, b), c)) }
