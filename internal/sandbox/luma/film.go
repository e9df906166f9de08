package luma

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// filmFrames is how many frames a film has: four seconds, as a drawn dream.
const (
	filmFrames = 4 * filmRate
	filmLast   = filmFrames - 1
)

// filmName is the beginning of the names of films, which drawn dreams do not
// have.
const filmName = "film-"

// film is a clip that is made of a picture: it begins with a view of it, moves
// on, and ends with another view, or with another picture. It is kept, and
// never its frames: the same film is made of it again.
type film struct {
	Picture string `json:"picture"`       // id of a still
	End     string `json:"end,omitempty"` // id of the still that it ends with, if any
	From    view   `json:"from"`
	To      view   `json:"to"` // not reached where End is given
	// Arrival is the view of End that it ends with; nil: all of it.
	Arrival *view  `json:"arrival,omitempty"`
	Seed    []byte `json:"seed"`
	Part    int    `json:"part"`  // of its story, from 1
	Drawn   string `json:"drawn"` // the clip in its place where a picture is gone
}

// newFilm returns the film that a wish makes of a picture, from a view on.
func newFilm(prompt string, part int, picture, end string, from view, drawn string) *film {
	seed := seedOf(prompt, part)
	return &film{Picture: picture, End: end, From: from, To: from.onward(newChance(seed)),
		Seed: seed, Part: part, Drawn: drawn}
}

// name is the name of the clip: the same for the same film.
func (f *film) name() string {
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // texts and finite numbers always marshal
	}
	sum := sha256.Sum256(data)
	return filmName + hex.EncodeToString(sum[:8])
}

// sane reports whether a film that was read can be made.
func (f *film) sane() bool { return f.From.sane() && f.To.sane() && f.arrival().sane() }

// arrival is the view of End that it ends with.
func (f *film) arrival() view {
	if f.Arrival != nil {
		return *f.Arrival
	}
	return whole()
}

// last returns what the last frame shows.
func (f *film) last() (picture string, v view) {
	if f.End != "" {
		return f.End, f.arrival()
	}
	return f.Picture, f.To
}

// shot is a picture with the camera that moves over it.
type shot struct {
	*still
	camera
}

// keyFrames are the frames that hold samples. Over the last of the stretches
// between them one picture passes into another.
var keyFrames = [...]int{0, 24, 48, 72, filmLast}

// encode makes the MP4. end is nil where the film ends with its own picture.
func (f *film) encode(picture, end *still) []byte {
	c := newChance(f.Seed)
	f.From.onward(c) // takes what To was made of
	main := shot{picture, newCamera(f.From, f.To, 0, c)}
	final := main
	if end != nil {
		near := f.arrival()
		near.Zoom += minStep
		final = shot{end, main.camera}
		final.from, final.to, final.begin = near, f.arrival(), filmLast/2
	}
	var (
		samples = make([]sample, 0, filmFrames)
		pixels  = new(frame)
		both    = new([2]field)
	)
	for number, key := range keyFrames {
		before, after := &main, &main
		if key == filmLast {
			after = &final
		}
		after.render(after.still, key, pixels)
		samples = append(samples, sample{keySlice(pixels, number, key), key})
		if number == 0 {
			continue
		}
		begin := keyFrames[number-1]
		for at := begin + 1; at < key; at++ {
			before.vectors(at, begin, &both[0])
			after.vectors(at, key, &both[1])
			weight := (weightSum*(at-begin) + (key-begin)/2) / (key - begin)
			samples = append(samples, sample{betweenSlice(both, weight, number+1, at), at})
		}
	}
	return movie(samples)
}
