package luma

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// maxFilms is how many encoded films are at hand, of some 3 MB each: a player
// asks for one in several ranges.
const maxFilms = 4

// studio encodes films when they are asked for, one at a time.
type studio struct {
	stills *stills

	mu   sync.Mutex
	done []encoded // the one that was last asked for at the end
}

type encoded struct {
	name string
	file []byte
}

// file returns the MP4 of a film, or an error where a picture is gone.
func (s *studio) file(name string, f *film) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.IndexFunc(s.done, func(e encoded) bool { return e.name == name }); at >= 0 {
		e := s.done[at]
		s.done = append(slices.Delete(s.done, at, at+1), e)
		return e.file, nil
	}
	picture, err := s.stills.read(f.Picture)
	if err != nil {
		return nil, fmt.Errorf("making film %q: %w", name, err)
	}
	var end *still
	if f.End != "" {
		if end, err = s.stills.read(f.End); err != nil {
			return nil, fmt.Errorf("making film %q: %w", name, err)
		}
	}
	file := f.encode(picture, end)
	if len(s.done) >= maxFilms {
		s.done = slices.Delete(s.done, 0, len(s.done)-maxFilms+1)
	}
	s.done = append(s.done, encoded{name, file})
	return file, nil
}

// pictures reads the pictures of a wish and keeps those that a film can be made
// of. fault is the one because of which an address is out of reach.
func (s *Server) pictures(ctx context.Context, w wish) (begin, end picture, fault Fault, err error) {
	s.mu.Lock()
	base, e := s.base, s.effect(paid)
	s.mu.Unlock()
	if e.blind {
		base, fault = "", e.blinder
	}
	if begin, err = s.frames.read(ctx, base, w.ImageURL, w.image); err != nil {
		return picture{}, picture{}, fault, err
	}
	if end, err = s.frames.read(ctx, base, w.ImageEndURL, w.imageEnd); err != nil {
		return picture{}, picture{}, fault, err
	}
	for _, p := range []*picture{&begin, &end} {
		if p.still == nil {
			continue
		}
		if p.id, err = s.studio.stills.put(p.still); err != nil {
			// The dream is drawn then.
			s.log.Warn("a picture is not kept", "error", err)
		}
		p.still = nil
	}
	return begin, end, "", nil
}

// compose gives a record its clip. Where a generation that it is made of has been
// dropped meanwhile, it is a dream of its own. The caller holds s.mu.
func (s *Server) compose(r *record, begin, end picture) {
	parent, second := s.records[r.Parent], s.records[r.Second]
	switch {
	case parent == nil, r.Kind == kindBlend && second == nil:
		r.Clip, r.Film = s.studio.open(r.Prompt, begin, end)
	case r.Kind == kindBlend:
		r.Clip, r.Film = s.studio.between(parent, second, r.Prompt)
	case r.Kind == kindExtend && r.Backward:
		r.Clip, r.Film = s.studio.lead(parent, r.Prompt, begin)
	case r.Kind == kindExtend:
		r.Clip, r.Film = s.studio.follow(parent, r.Prompt, end)
	default:
		// What is upscaled or given sound plays as its parent: the stand-in's clips
		// have one size, and no sound.
		r.Clip, r.Film = parent.Clip, parent.Film
		r.Sound = r.Sound || parent.Sound
	}
}

// open returns the clip of a new dream: a film of its picture, or a drawn one. Where
// there is a last picture alone, the film goes there from a drawn one's last frame.
func (s *studio) open(prompt string, begin, end picture) (string, *film) {
	drawn := chooseClip(prompt, begin, end)
	if begin.id == "" && begin.sum == (picture{}).sum && end.id != "" {
		begin.id = drawnPrefix + drawn
	}
	if begin.id == "" {
		return drawn, nil
	}
	f := newFilm(prompt, 1, begin.id, end.id, whole(), drawn)
	return f.name(), f
}

// follow returns the clip of an extension, which begins with the last frame of
// its parent. A drawn dream has a drawn second part; whatever follows that, or
// leads to a picture, is a film.
func (s *studio) follow(parent *record, prompt string, end picture) (string, *film) {
	clip, part := parent.Clip, 1
	if f := parent.Film; f != nil {
		if at, v := f.last(); s.stills.has(at) && s.stills.has(f.Picture) {
			next := newFilm(prompt, f.Part+1, at, end.id, v, continuation(f.Drawn))
			return next.name(), next
		}
		clip, part = f.Drawn, f.Part // as it is served now
	} else if strings.HasSuffix(clip, continued) {
		part = 2
	}
	drawn := continuation(clip)
	if end.id == "" && !strings.HasSuffix(clip, continued) {
		return drawn, nil
	}
	f := newFilm(prompt, part+1, drawnPrefix+clip, end.id, whole(), drawn)
	return f.name(), f
}

// lead returns the clip of what comes before a generation: it ends with the first
// frame of that. What leads to the second part of a drawn dream is the first.
func (s *studio) lead(next *record, prompt string, begin picture) (string, *film) {
	picture, v, drawn := s.first(next)
	if first, ok := strings.CutSuffix(next.Clip, continued); ok && begin.id == "" {
		return first, nil
	}
	if begin.id == "" {
		f := newFilm(prompt, 1, picture, "", v, drawn)
		f.From, f.To = f.To, f.From
		return f.name(), f
	}
	return s.arrive(prompt, begin.id, whole(), picture, v, drawn)
}

// between returns the clip of the way from one generation to another.
func (s *studio) between(first, second *record, prompt string) (string, *film) {
	picture, v, drawn := s.first(second)
	if f := first.Film; f != nil {
		if at, from := f.last(); s.stills.has(at) {
			return s.arrive(prompt, at, from, picture, v, drawn)
		}
		return s.arrive(prompt, drawnPrefix+f.Drawn, whole(), picture, v, drawn)
	}
	return s.arrive(prompt, drawnPrefix+first.Clip, whole(), picture, v, drawn)
}

// arrive returns a film that ends with a view of another picture.
func (s *studio) arrive(prompt, picture string, from view, end string, at view, drawn string) (string, *film) {
	f := newFilm(prompt, 1, picture, end, from, drawn)
	if at != whole() {
		f.Arrival = &at
	}
	return f.name(), f
}

// first returns what the first frame of a generation shows, and the drawn clip in
// place of what is made of that.
func (s *studio) first(r *record) (picture string, v view, drawn string) {
	clip := r.Clip
	if f := r.Film; f != nil {
		if s.stills.has(f.Picture) {
			return f.Picture, f.From, f.Drawn
		}
		clip = f.Drawn // as it is served now
	}
	if begun, ok := strings.CutSuffix(clip, continued); ok {
		return drawnPrefix + begun, whole(), begun
	}
	return drawnPrefix + clip + beginning, whole(), clip
}

// file returns the video of a generation under the name of its clip. size is
// what it is to be padded to, 0 for as it is: a film that has no room in it, or
// whose pictures are gone, is a drawn dream.
func (s *Server) file(id, clip string, size int64) ([]byte, error) {
	s.mu.Lock()
	var f *film
	if r, ok := s.records[id]; ok && r.Clip == clip {
		f = r.Film
	}
	s.mu.Unlock()
	if f == nil {
		return clipFiles.ReadFile("clips/" + clip + ".mp4")
	}
	data, err := s.studio.file(clip, f)
	if err != nil {
		s.log.Debug("a dream is drawn in place of its film", "error", err)
	}
	if err != nil || size > 0 && int64(len(data)) > size-boxHeader {
		return clipFiles.ReadFile("clips/" + f.Drawn + ".mp4")
	}
	return data, nil
}
