package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"dreambot/bot/rest"
)

// Bounds of a download.
const (
	fetchLimit     = 3 * time.Minute // in all
	fetchHeader    = 30 * time.Second
	fetchRedirects = 3
)

// errTooLarge says that a video exceeds what the reply takes as an upload.
var errTooLarge = errors.New("the video is larger than the reply takes")

// fetcher downloads videos to temporary files, so that none is ever whole in
// memory and an upload can be sent again.
type fetcher struct {
	client *http.Client
	// loopback allows plain http, and addresses, of this machine: for a Luma
	// that is on it.
	loopback bool
}

func newFetcher(loopback bool) *fetcher {
	f := &fetcher{loopback: loopback}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: f.control}
	f.client = &http.Client{
		Transport: &http.Transport{
			DialContext:           dialer.DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			ResponseHeaderTimeout: fetchHeader,
			MaxIdleConnsPerHost:   8,
			IdleConnTimeout:       time.Minute,
			ForceAttemptHTTP2:     true,
			DisableCompression:    true, // a video gains nothing, and a small body stays small
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

// checkURL refuses what is not https.
func (f *fetcher) checkURL(u *url.URL) error {
	if u.Scheme == "https" || u.Scheme == "http" && f.loopback && isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("a video's address must be https, not %q", u.Scheme)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// control refuses connections into the operator's own network: an address in
// an answer of Luma's must not lead the bot there. It sees the address after
// the name was resolved.
func (f *fetcher) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	ip := ap.Addr().Unmap()
	if f.loopback && ip.IsLoopback() {
		return nil
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || sharedSpace.Contains(ip) {
		return fmt.Errorf("address %s is not on the public network", ip)
	}
	return nil
}

// sharedSpace is the carriers' private range, which netip does not count.
// Source: RFC 6598.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// clip is a downloaded video.
type clip struct {
	file *os.File
	size int64
}

// close removes the file.
func (c *clip) close() {
	name := c.file.Name()
	_ = c.file.Close()
	_ = os.Remove(name) // gone already where open files can be removed
}

// upload gives the clip as a file of a message; it can be read more than once.
func (c *clip) upload(name string) rest.File {
	return rest.File{Name: name, ContentType: "video/mp4", Size: c.size, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(c.file, 0, c.size)), nil
	}}
}

// fetch downloads a video of at most limit bytes; errTooLarge beyond that. The
// errors name no part of the address, which can be signed.
func (f *fetcher) fetch(ctx context.Context, address string, limit int64) (*clip, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the video's address cannot be read")
	}
	if err := f.checkURL(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("the video's address cannot be asked")
	}
	resp, err := f.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch the video: %w", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the video: status %d", resp.StatusCode)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); strings.HasPrefix(kind, "text/") {
		return nil, fmt.Errorf("fetch the video: it is %q", kind)
	}
	if resp.ContentLength > limit {
		return nil, errTooLarge
	}
	return save(resp.Body, limit)
}

// save writes a body to a temporary file.
func save(body io.Reader, limit int64) (*clip, error) {
	file, err := os.CreateTemp("", "dreambot-*.mp4")
	if err != nil {
		return nil, fmt.Errorf("make a file for the video: %w", err)
	}
	// Where the system can, the name goes at once: then no crash leaves a file.
	_ = os.Remove(file.Name())
	c := &clip{file: file}
	c.size, err = io.Copy(file, io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		err = fmt.Errorf("fetch the video: %w", withoutURL(err))
	case c.size > limit:
		err = errTooLarge
	default:
		err = checkMP4(file)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// checkMP4 looks for the box that every MP4 begins with.
// Source: ISO/IEC 14496-12, 4.3.
func checkMP4(r io.ReaderAt) error {
	var head [12]byte
	if n, _ := r.ReadAt(head[:], 0); n < len(head) || string(head[4:8]) != "ftyp" {
		return errors.New("fetch the video: it is not an MP4")
	}
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
