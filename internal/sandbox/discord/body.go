package discord

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"strconv"
)

const (
	maxJSON = 1 << 20 // of a request's JSON
	// maxDrained is how much of a refused upload is still read, so that the
	// client gets to see the answer.
	maxDrained = 64 << 20
	maxParts   = 50
)

// body is a request's body, read.
type body struct {
	kept    []byte // as it came, without the parts of files
	payload []byte // the JSON document
	json    any
	files   []upload
}

// upload is a file of a multipart body: files[n].
type upload struct {
	n    int
	file *file
}

// form returns the JSON document as an object; an empty body is an empty one.
func (b *body) object() (object, error) {
	if b.json == nil {
		return object{}, nil
	}
	f := newForm()
	o, _ := f.asObject(b.json)
	return o, f.err()
}

// read reads the body of a request that has one. Files go to the disk as they
// come.
func (s *Server) read(req *request) error {
	if req.Method == http.MethodGet || req.Method == http.MethodDelete || req.ContentLength == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/json":
		raw, err := io.ReadAll(io.LimitReader(req.Body, maxJSON+1))
		if err != nil {
			return errJSON()
		}
		if len(raw) > maxJSON {
			drain(req.Body)
			return errTooLarge()
		}
		req.body.kept = raw
		return req.body.decode(raw)
	case err == nil && kind == "multipart/form-data" && params["boundary"] != "":
		err := s.readParts(req, params["boundary"])
		if err != nil {
			drain(req.Body)
		}
		return err
	}
	f := newForm()
	f.bad("CONTENT_TYPE_INVALID", `Expected "Content-Type" header to be one of {"application/json", "multipart/form-data"}.`)
	return f.err()
}

func drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, maxDrained) }

func (b *body) decode(raw []byte) error {
	b.payload = raw
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&b.json); err != nil {
		return errJSON()
	}
	if _, err := d.Token(); err != io.EOF {
		return errJSON()
	}
	return nil
}

// fileName matches the name of a part that holds a file.
// Source: discord-api-docs, reference, uploading files.
var fileName = regexp.MustCompile(`^files\[(\d{1,3})\]$`)

// readParts reads a multipart body. What is kept of it for Observe is the same
// body with the files left out.
func (s *Server) readParts(req *request, boundary string) error {
	var kept bytes.Buffer
	copied := multipart.NewWriter(&kept)
	if err := copied.SetBoundary(boundary); err != nil {
		return errJSON()
	}
	defer func() {
		_ = copied.Close()
		req.body.kept = kept.Bytes()
	}()
	parts := multipart.NewReader(req.Body, boundary)
	left := int64(maxJSON)
	for i := 0; ; i++ {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil || i >= maxParts {
			return errJSON()
		}
		if p.FileName() != "" {
			if err := s.readFile(req, p); err != nil {
				return err
			}
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(p, left+1))
		if err != nil {
			return errJSON()
		}
		if left -= int64(len(raw)); left < 0 {
			return errTooLarge()
		}
		if w, err := copied.CreatePart(textproto.MIMEHeader(p.Header)); err == nil {
			_, _ = w.Write(raw)
		}
		if p.FormName() == "payload_json" {
			if err := req.body.decode(raw); err != nil {
				return err
			}
		}
	}
}

// source tells a reader that fails from a disk that does.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (s *Server) readFile(req *request, p *multipart.Part) error {
	if len(req.body.files) >= maxFiles {
		return errTooManyAttachments()
	}
	u := upload{n: len(req.body.files)}
	if m := fileName.FindStringSubmatch(p.FormName()); m != nil {
		u.n, _ = strconv.Atoi(m[1])
	}
	for _, other := range req.body.files {
		if other.n == u.n {
			f := newForm()
			f.at("files", strconv.Itoa(u.n)).bad("FILE_DUPLICATED", "Two files have the same number")
			return f.err()
		}
	}
	var err error
	from := &source{r: p}
	u.file, err = s.receive(from, p.FileName(), p.Header.Get("Content-Type"), s.limits.UploadSize)
	if from.err != nil {
		return errJSON() // the client broke off, or its parts are malformed
	}
	if err != nil {
		return err
	}
	req.body.files = append(req.body.files, u)
	return nil
}
