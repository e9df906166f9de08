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

// pictures reads the pictures of a request and keeps those that a film can be
// made of.
func (s *Server) pictures(ctx context.Context, base, beginURL, endURL string) (begin, end picture, err error) {
	if begin, err = s.frames.read(ctx, base, beginURL); err != nil {
		return picture{}, picture{}, err
	}
	if end, err = s.frames.read(ctx, base, endURL); err != nil {
		return picture{}, picture{}, err
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
	return begin, end, nil
}

// open returns the clip of a new dream: a film of its picture, or a drawn one.
func (s *studio) open(prompt string, begin, end picture) (string, *film) {
	drawn := chooseClip(prompt, begin, end)
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
