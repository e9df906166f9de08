package luma

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// stillsName is the folder in Config.Dir that holds the pictures of films.
	stillsName = "luma-pictures"
	// maxStills is how many are kept: past it the one goes that was given
	// longest ago. A film of it is from then on served as a drawn dream.
	maxStills = 100
	// halfStill begins the name of a file that is being written.
	halfStill = "new."
	// drawnPrefix begins the id of the last frame of a drawn dream.
	drawnPrefix = "drawn/"
)

// stills are the pictures that films are made of, each a JPEG as normalize
// returns it, by a digest of it.
type stills struct {
	dir string // empty: in memory only

	mu    sync.Mutex
	order []string          // ids, the one given last at the end
	data  map[string][]byte // in memory only
}

var stillFile = regexp.MustCompile(`^([0-9a-f]{32})\.jpg$`)

// openStills finds what a folder holds.
func openStills(dir string) (*stills, error) {
	s := &stills{data: map[string][]byte{}}
	if dir == "" {
		return s, nil
	}
	s.dir = filepath.Join(dir, stillsName)
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	times := map[string]time.Time{}
	for _, e := range entries {
		info, err := e.Info()
		m := stillFile.FindStringSubmatch(e.Name())
		if strings.HasPrefix(e.Name(), halfStill) {
			_ = os.Remove(filepath.Join(s.dir, e.Name())) // of a killed process
		}
		if err != nil || m == nil {
			continue // gone meanwhile, or not ours
		}
		times[m[1]] = info.ModTime()
		s.order = append(s.order, m[1])
	}
	slices.SortFunc(s.order, func(a, b string) int { return times[a].Compare(times[b]) })
	return s, s.trim()
}

// path is the file of a still.
func (s *stills) path(id string) string { return filepath.Join(s.dir, id+".jpg") }

// put keeps a picture and returns its id.
func (s *stills) put(data []byte) (id string, err error) {
	sum := sha256.Sum256(data)
	id = hex.EncodeToString(sum[:16])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		s.data[id] = data
	} else if err := s.write(id, data); err != nil {
		return "", fmt.Errorf("keeping a picture: %w", err)
	}
	if at := slices.Index(s.order, id); at >= 0 {
		s.order = slices.Delete(s.order, at, at+1)
	}
	s.order = append(s.order, id)
	return id, s.trim()
}

// write makes the file, whole or not at all.
func (s *stills) write(id string, data []byte) error {
	temp, err := os.CreateTemp(s.dir, halfStill+"*")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), s.path(id))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// trim lets the oldest go. The caller holds s.mu, or is alone.
func (s *stills) trim() error {
	for len(s.order) > maxStills {
		oldest := s.order[0]
		s.order = s.order[1:]
		delete(s.data, oldest)
		if s.dir == "" {
			continue
		}
		if err := os.Remove(s.path(oldest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("dropping a picture: %w", err)
		}
	}
	return nil
}

// has reports whether a picture is kept.
func (s *stills) has(id string) bool {
	if strings.HasPrefix(id, drawnPrefix) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.order, id)
}

// read decodes a picture.
func (s *stills) read(id string) (*still, error) {
	data, err := s.load(id)
	if err != nil {
		return nil, err
	}
	return readStill(data)
}

func (s *stills) load(id string) ([]byte, error) {
	if name, ok := strings.CutPrefix(id, drawnPrefix); ok {
		return clipFiles.ReadFile("clips/" + name + ".jpg")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !slices.Contains(s.order, id):
		return nil, fmt.Errorf("picture %q is not kept: %w", id, fs.ErrNotExist)
	case s.dir == "":
		return s.data[id], nil
	}
	return os.ReadFile(s.path(id))
}
