package discord

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxUpload is the most bytes that Upload takes.
const MaxUpload = 25 << 20

const (
	maxUploads  = 1000           // by people, kept; the oldest goes first
	urlLife     = 24 * time.Hour // of a signed URL
	uploadLife  = 24 * time.Hour // of a command's attachment
	maxFilename = 260
)

// file is a kept attachment. It does not change.
type file struct {
	ID          string `json:"id"`
	Place       string `json:"place"` // channel; of a command's attachment the application
	Filename    string `json:"filename"`
	Given       string `json:"given,omitempty"` // the name before it was made safe
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	Width       int    `json:"width,omitempty"`
	Height      int    `json:"height,omitempty"`
	Ephemeral   bool   `json:"ephemeral,omitempty"`
}

// files are the attachments, their bytes in a folder by id.
type files struct {
	dir     string
	byID    map[string]*file
	uploads []string // by people, oldest first
}

func newFiles(dir string) files { return files{dir: dir, byID: map[string]*file{}} }

func (f *files) path(id string) string { return filepath.Join(f.dir, id) }

// drop forgets a file and its bytes.
func (f *files) drop(id string) {
	delete(f.byID, id)
	_ = os.Remove(f.path(id)) // one that cannot be removed goes at the next start
}

// receive writes r to the disk, limit bytes at most, as a file that is not
// known yet: keep makes it known.
func (s *Server) receive(r io.Reader, name, said string, limit int64) (*file, error) {
	s.mu.Lock()
	id := s.newID()
	s.mu.Unlock()

	dst, err := os.OpenFile(s.files.path(id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keeping an attachment: %w", err)
	}
	size, err := io.Copy(dst, io.LimitReader(r, limit+1))
	if err == nil && size > limit {
		err = errTooLarge()
	}
	f := &file{ID: id, Filename: safeName(name), Given: name, ContentType: contentType(name, said), Size: size}
	if err == nil {
		f.Width, f.Height = dimensions(dst, size)
	}
	if e := dst.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(s.files.path(id))
		return nil, err
	}
	return f, nil
}

// safeName is the name that Discord serves a file under: the last part of the
// given one, with letters, digits, dots, dashes and underscores of ASCII.
func safeName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		case r == ' ':
			return '_'
		}
		return -1
	}, name)
	ext := path.Ext(name)
	stem := strings.Trim(strings.TrimSuffix(name, ext), ".")
	if ext == "." {
		ext = ""
	}
	if stem == "" {
		stem = "unknown"
	}
	return stem[:min(len(stem), 200)] + ext[:min(len(ext), 50)]
}

// Upload keeps a file for a later Invoke, 25 MiB at most, and returns its
// attachment. Width and height are set where the bytes are an image that
// could be decoded (JPEG, PNG, GIF or WebP), whatever the name says.
//
// The newest 1,000 uploads are kept, and each for a day.
func (s *Server) Upload(ctx context.Context, filename string, data []byte) (Attachment, error) {
	if err := ctx.Err(); err != nil {
		return Attachment{}, err
	}
	if filename == "" || len(filename) > maxFilename || len(data) > MaxUpload {
		return Attachment{}, invalid("an upload has a name of 1 to %d bytes and %d bytes at most", maxFilename, MaxUpload)
	}
	f, err := s.receive(bytes.NewReader(data), filename, "", MaxUpload)
	if err != nil {
		return Attachment{}, err
	}
	f.Place, f.Ephemeral = s.world.bot.ID, true

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.files.drop(f.ID)
		return Attachment{}, errClosed
	}
	s.keep(f)
	s.files.uploads = append(s.files.uploads, f.ID)
	for len(s.files.uploads) > maxUploads {
		s.dropFile(s.files.uploads[0])
		s.files.uploads = s.files.uploads[1:]
	}
	return s.viewFile(f, ""), nil
}

// over reports whether a file is one of a command's whose time has come: those
// are gone, whatever their address is signed for.
func (f *file) over(now time.Time) bool { return f.Ephemeral && now.Sub(madeAt(f.ID)) >= uploadLife }

// uploaded returns a file that a person may give, nil for none. mu is held.
func (s *Server) uploaded(id string) *file {
	f := s.files.byID[id]
	if f == nil || !slices.Contains(s.files.uploads, id) || f.over(s.now()) {
		return nil
	}
	return f
}

// keep makes a received file known. mu is held.
func (s *Server) keep(f *file) {
	s.files.byID[f.ID] = f
	s.record(record{File: f})
}

// dropFile forgets a file. mu is held.
func (s *Server) dropFile(id string) {
	s.files.drop(id)
	s.record(record{DroppedFile: id})
}

// viewFile is a file as people see it, with a fresh URL. mu is held.
func (s *Server) viewFile(f *file, description string) Attachment {
	return Attachment{
		ID: f.ID, Filename: f.Filename, Description: description, ContentType: f.ContentType, Size: f.Size,
		URL: s.signedURL(f, s.now()), Width: f.Width, Height: f.Height, Ephemeral: f.Ephemeral,
	}
}

func (f *file) path() string {
	return "/attachments/" + f.Place + "/" + f.ID + "/" + url.PathEscape(f.Filename)
}

// signedURL returns an address that serves the file for a day.
// Source: discord-api-docs, reference, signed attachment CDN URLs.
func (s *Server) signedURL(f *file, now time.Time) string {
	is := strconv.FormatInt(now.Unix(), 16)
	ex := strconv.FormatInt(now.Add(urlLife).Unix(), 16)
	return s.base + f.path() + "?ex=" + ex + "&is=" + is + "&hm=" + s.seal(f.path(), ex, is) + "&"
}

// seal signs parts with the server's key.
func (s *Server) seal(parts ...string) string {
	h := hmac.New(sha256.New, s.key)
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s,", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// serveAttachment is the CDN.
func (s *Server) serveAttachment(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "405: Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	f, err := s.findAttachment(r.URL, s.now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	src, err := os.Open(s.files.path(f.ID))
	if err != nil {
		http.Error(w, errGone.Error(), http.StatusNotFound)
		return
	}
	defer src.Close()
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	// What a bot uploads is shown on the page's own origin: nothing of it may run.
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=86400")
	disposition := "attachment"
	if family, _ := kinds(strings.ToLower(path.Ext(f.Filename))); family != "" {
		disposition = "inline"
	}
	h.Set("Content-Disposition", disposition+`; filename="`+f.Filename+`"`)
	http.ServeContent(w, r, "", time.Time{}, src)
}

// errGone is what the CDN says of a URL that is not, or no longer, signed.
var errGone = errors.New("This content is no longer available.") //lint:ignore ST1005 Discord's words

func (s *Server) findAttachment(u *url.URL, now time.Time) (*file, error) {
	s.mu.Lock()
	f := s.fileAt(u)
	s.mu.Unlock()
	if f == nil || f.over(now) {
		return nil, errGone
	}
	q := u.Query()
	ex, is := q.Get("ex"), q.Get("is")
	if !hmac.Equal([]byte(q.Get("hm")), []byte(s.seal(f.path(), ex, is))) {
		return nil, errGone
	}
	until, err := strconv.ParseInt(ex, 16, 64)
	if err != nil || now.Unix() >= until {
		return nil, errGone
	}
	return f, nil
}

// fileAt is the file that an address of the CDN names, signed or not; nil where it
// names none. It needs mu.
func (s *Server) fileAt(u *url.URL) *file {
	parts := strings.Split(strings.TrimPrefix(u.Path, "/attachments/"), "/")
	if len(parts) != 3 {
		return nil
	}
	f := s.files.byID[parts[1]]
	if f == nil || f.Place != parts[0] || f.Filename != parts[2] {
		return nil
	}
	return f
}

// attachmentJSON is the attachment object.
func attachmentJSON(a Attachment) object {
	o := object{
		"id": a.ID, "filename": a.Filename, "size": a.Size, "url": a.URL, "proxy_url": a.URL,
		"content_type": a.ContentType,
	}
	if a.Description != "" {
		o["description"] = a.Description
	}
	if a.Width > 0 {
		o["width"], o["height"] = a.Width, a.Height
	}
	if a.Ephemeral {
		o["ephemeral"] = true
	}
	return o
}
