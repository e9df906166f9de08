package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"dreambot/bot/rest"
)

// Bounds of a download.
const (
	maxDownloads   = 8                // of a kind at once
	fetchLimit     = 3 * time.Minute  // for a video in all
	pictureLimit   = 20 * time.Second // for the pictures of an edit in all
	fetchHeader    = 30 * time.Second
	fetchRedirects = 3
	fetchPing      = 5 * time.Second // of silence on a connection in use
	// steadyBytes must come within steadyTime, again and again, or a download
	// is given up: who sends less would take until fetchLimit.
	steadyBytes = 128 << 10
	steadyTime  = 20 * time.Second
)

// Errors of a download that callers decide by.
var (
	// errTooLarge says that a file exceeds what the reply takes as an upload.
	errTooLarge = errors.New("it is larger than the reply takes")
	// errNever says that the link will not be followed, or will not come alive.
	errNever = errors.New("the link is of no use")
	errSlow  = errors.New("it comes too slowly")
	// errHere says that this machine is at fault: its disk, or its folder.
	errHere = errors.New("this machine cannot keep it")
)

// badStatus is an answer other than 200.
type badStatus int

func (s badStatus) Error() string { return fmt.Sprintf("status %d", int(s)) }

// deadLink reports whether a download failed because of its link: that has run out,
// or leads to nothing any more.
func deadLink(err error) bool {
	var s badStatus
	return errors.Is(err, errNever) || errors.As(err, &s) &&
		(s == http.StatusForbidden || s == http.StatusNotFound || s == http.StatusGone)
}

// fetcher downloads videos and pictures to temporary files, so that none is ever
// whole in memory and an upload can be sent again.
type fetcher struct {
	reach
	client           *http.Client
	videos, pictures kind
	steady           time.Duration // steadyTime
}

// kind is a kind of files that is fetched.
type kind struct {
	name string        // as errors call it
	room chan struct{} // holds one for each download under way
	// accepts says whether it can be served by that Content-Type.
	accepts func(contentType string) bool
	// read looks into a file, and refuses one of another kind.
	read func(*download) error
}

func newFetcher(loopback bool) *fetcher {
	f := &fetcher{reach: reach{loopback}, steady: steadyTime,
		videos:   kind{"video", make(chan struct{}, maxDownloads), mayBeVideo, readVideo},
		pictures: kind{"picture", make(chan struct{}, maxDownloads), isPicture, readPicture}}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: f.control}
	f.client = &http.Client{
		// It has no proxy: that would resolve names by itself.
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  fetchHeader,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    maxDownloads,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
			HTTP2:                  &http.HTTP2Config{SendPingTimeout: fetchPing, PingTimeout: fetchPing},
			DisableCompression:     true, // nothing is unpacked: a small body stays small
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > fetchRedirects {
				return fmt.Errorf("more than %d redirects", fetchRedirects)
			}
			return f.checkURL(r.URL)
		},
	}
	return f
}

func (f *fetcher) close() { f.client.CloseIdleConnections() }

// checkURL refuses what is not https. Where it leads is checked when it is
// dialled.
func (f *fetcher) checkURL(u *url.URL) error {
	if u.Scheme == "https" || u.Scheme == "http" && f.loopback && isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("the address must be https, not %q: %w", u.Scheme, errNever)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// download is a file that was fetched.
type download struct {
	file        *os.File
	size        int64
	contentType string        // as its bytes say
	length      time.Duration // of a video; 0: not known
}

// close removes the file.
func (d *download) close() {
	name := d.file.Name()
	_ = d.file.Close()
	_ = os.Remove(name) // gone already where open files can be removed
}

// upload gives the download as a file of a message; it can be read more than
// once.
func (d *download) upload(name string) rest.File {
	return rest.File{Name: name, ContentType: d.contentType, Size: d.size, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(d.file, 0, d.size)), nil
	}}
}

// fetch downloads a file of at most limit bytes; errTooLarge beyond that. The
// errors name no part of the address, which can be signed.
func (f *fetcher) fetch(ctx context.Context, k kind, address string, limit int64) (*download, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the %s's address cannot be read: %w", k.name, errNever)
	}
	if err := f.checkURL(u); err != nil {
		return nil, err
	}
	select {
	case k.room <- struct{}{}:
		defer func() { <-k.room }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for room to fetch the %s: %w", k.name, ctx.Err())
	}
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("the %s's address cannot be asked: %w", k.name, errNever)
	}
	r.Header.Set("Accept-Encoding", "identity")
	resp, err := f.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch the %s: %w", k.name, withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if err := check(resp, k, limit); err != nil {
		return nil, fmt.Errorf("fetch the %s: %w", k.name, err)
	}
	timer := time.AfterFunc(f.steady, func() { stop(errSlow) })
	defer timer.Stop()
	d, err := save(&steadily{body: resp.Body, seen: func() { timer.Reset(f.steady) }}, k, limit)
	if err != nil && context.Cause(ctx) == errSlow {
		err = errSlow
	}
	if err != nil {
		return nil, fmt.Errorf("fetch the %s: %w", k.name, err)
	}
	return d, nil
}

// steadily calls seen with every steadyBytes of a body.
type steadily struct {
	body io.Reader
	seen func()
	n    int
}

func (s *steadily) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	if s.n += n; s.n >= steadyBytes {
		s.n = 0
		s.seen()
	}
	return n, err
}

// check looks at an answer's head.
func check(resp *http.Response, k kind, limit int64) error {
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusGone:
		return fmt.Errorf("%w: %w", badStatus(resp.StatusCode), errNever)
	default:
		return badStatus(resp.StatusCode)
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return fmt.Errorf("it is encoded as %q, which was not asked for", e)
	}
	if served := resp.Header.Get("Content-Type"); !k.accepts(served) {
		return fmt.Errorf("it is %q", served)
	}
	if resp.ContentLength > limit {
		return errTooLarge
	}
	return nil
}

// mayBeVideo reports whether a video is served by that Content-Type: as one, as
// bytes, or without saying.
func mayBeVideo(contentType string) bool {
	if contentType == "" {
		return true
	}
	name, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return strings.HasPrefix(name, "video/") || strings.HasSuffix(name, "/octet-stream") || name == "application/mp4"
}

// save writes a body to a temporary file.
func save(body io.Reader, k kind, limit int64) (*download, error) {
	file, err := os.CreateTemp("", "dreambot-*."+k.name)
	if err != nil {
		return nil, fmt.Errorf("make a file for the %s: %w: %w", k.name, errHere, err)
	}
	// Where the system can, the name goes at once: then not even a crash leaves
	// a file.
	_ = os.Remove(file.Name())
	d := &download{file: file}
	d.size, err = io.Copy(file, io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		var at *fs.PathError // reading from the network has none
		if err = withoutURL(err); errors.As(err, &at) {
			err = fmt.Errorf("%w: %w", errHere, err)
		}
	case d.size > limit:
		err = errTooLarge
	default:
		err = k.read(d)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// readVideo looks for the box that every MP4 begins with, and for the video's
// length, which need not be told.
// Source: ISO/IEC 14496-12, 4.3.
func readVideo(d *download) error {
	var head [12]byte
	if n, _ := d.file.ReadAt(head[:], 0); n < len(head) || string(head[4:8]) != "ftyp" {
		return errors.New("it is not an MP4")
	}
	d.contentType = "video/mp4"
	d.length, _ = videoLength(d.file, d.size)
	return nil
}

// withoutURL drops the address from an error of net/http.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
