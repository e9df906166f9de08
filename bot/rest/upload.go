package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	mimemultipart "mime/multipart"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// maxFiles is how many files a message can have.
// Source: discord-api-docs, reference, "Uploading Files".
const maxFiles = 10

// multipart is a multipart/form-data body whose size is known before a file is
// opened: payload_json first, then files[0], files[1] and so on.
type multipart struct {
	contentType string
	size        int64    // of the whole body
	between     [][]byte // what stands before each file, and after the last
	files       []File
}

func newMultipart(payload []byte, files []File) (*multipart, error) {
	if len(files) > maxFiles {
		return nil, fmt.Errorf("%d files, and a message can have %d", len(files), maxFiles)
	}
	m := &multipart{files: files}
	var b bytes.Buffer
	w := mimemultipart.NewWriter(&b)
	m.contentType = w.FormDataContentType()
	cut := func() {
		m.between = append(m.between, bytes.Clone(b.Bytes()))
		m.size += int64(b.Len())
		b.Reset()
	}
	// Writing to a buffer does not fail.
	if payload != nil {
		part, _ := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="payload_json"`},
			"Content-Type":        {"application/json"},
		})
		_, _ = part.Write(payload)
	}
	for i, f := range files {
		if f.Size < 0 || f.Open == nil {
			return nil, fmt.Errorf("file %q: no size, or nothing to open", f.Name)
		}
		contentType := f.ContentType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		if _, _, err := mime.ParseMediaType(contentType); err != nil {
			return nil, fmt.Errorf("file %q: content type %q: %w", f.Name, contentType, err)
		}
		_, _ = w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {mimemultipart.FileContentDisposition("files["+strconv.Itoa(i)+"]", headerSafe(f.Name))},
			"Content-Type":        {contentType},
		})
		cut()
		m.size += f.Size
	}
	_ = w.Close()
	cut()
	return m, nil
}

// headerSafe is name without what a header cannot hold.
func headerSafe(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
}

// open starts one reading of the body. No file is open yet.
func (m *multipart) open() *upload {
	u := &upload{m: m, closed: make(chan struct{})}
	u.head.Reset(m.between[0])
	return u
}

// upload is one reading of a multipart body. Read is for one goroutine; Close
// may come from another one while Read is at work, as net/http does it.
type upload struct {
	m    *multipart
	next int          // the file that comes after head
	head bytes.Reader // what stands before it
	left int64        // bytes that the open file has still to give

	mu      sync.Mutex
	file    io.ReadCloser // nil: none is open
	reading bool          // Read is at work, and closes the file when it ends
	ended   bool          // Close was called
	err     error         // of a file
	closed  chan struct{} // closed when nothing is open any more, for good
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	if u.ended {
		u.mu.Unlock()
		return 0, fs.ErrClosed
	}
	u.reading = true
	u.mu.Unlock()

	n, err := u.read(p)

	u.mu.Lock()
	defer u.mu.Unlock()
	u.reading = false
	if err != nil && err != io.EOF && u.err == nil && !u.ended {
		u.err = err
	}
	if u.ended {
		u.finish()
	}
	return n, err
}

func (u *upload) read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if u.head.Len() > 0 {
			return u.head.Read(p)
		}
		if u.next == len(u.m.files) {
			return 0, io.EOF
		}
		f := u.m.files[u.next]
		if u.file == nil {
			opened, err := f.Open()
			if err != nil {
				return 0, fmt.Errorf("open file %q: %w", f.Name, err)
			}
			u.set(opened)
			u.left = f.Size
		}
		n, err := u.readFile(f, p)
		if n > 0 || err != nil {
			return n, err
		}
		u.set(nil)
		u.next++
		u.head.Reset(u.m.between[u.next])
	}
}

// readFile reads from the open file; 0 and nil are its end. The last bytes are
// given out only when the file has surely no more than it should: a request
// that is whole would be accepted, with a file that is not.
func (u *upload) readFile(f File, p []byte) (int, error) {
	p = p[:min(int64(len(p)), u.left)]
	n := 0
	if len(p) > 0 {
		var err error
		n, err = atLeastOne(u.file, p)
		if err == io.EOF {
			return 0, fmt.Errorf("file %q has %d bytes, %d fewer than its size says", f.Name, f.Size-u.left, u.left)
		}
		if err != nil {
			return 0, fmt.Errorf("read file %q: %w", f.Name, err)
		}
		u.left -= int64(n)
		if u.left > 0 {
			return n, nil
		}
	}
	if n > 0 || f.Size == 0 {
		var probe [1]byte
		more, err := atLeastOne(u.file, probe[:])
		if more > 0 {
			return 0, fmt.Errorf("file %q has more than the %d bytes that its size says", f.Name, f.Size)
		}
		if err != io.EOF {
			return 0, fmt.Errorf("read file %q: %w", f.Name, err)
		}
	}
	return n, nil
}

// atLeastOne reads one byte or more, or fails.
func atLeastOne(r io.Reader, p []byte) (int, error) {
	const patience = 100
	for range patience {
		n, err := r.Read(p)
		if n < 0 || n > len(p) {
			return 0, errors.New("the reader counts wrongly")
		}
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// set closes the file that is open, and makes file the open one.
func (u *upload) set(file io.ReadCloser) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.file != nil {
		_ = u.file.Close() // it was only read
	}
	u.file = file
}

// Close implements io.Closer.
func (u *upload) Close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	if !u.reading {
		u.finish()
	}
	return nil
}

// finish closes what is open. u.mu is held.
func (u *upload) finish() {
	select {
	case <-u.closed:
		return
	default:
	}
	if u.file != nil {
		_ = u.file.Close() // it was only read
		u.file = nil
	}
	close(u.closed)
}

// failure returns what went wrong with a file.
func (u *upload) failure() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// wait returns when the files are closed. net/http may do that a moment after
// it has returned; the bound is for a file whose Read hangs.
func (u *upload) wait() {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-u.closed:
	case <-t.C:
	}
}
