package luma

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // decoded by image.Decode
	_ "image/png"  // likewise
	"io"
	"net/http"
	"net/url"
	"time"
)

// Bounds of a picture. The service names none; 25 MiB is what the sandbox's
// Discord takes, 8,000 pixels a side what Luma's newest API does.
const (
	maxPicture    = 25 << 20
	maxSide       = 8_000
	pictureWait   = 10 * time.Second // to fetch one
	picturesAtOne = 2                // decoded at once, since each can take 256 MB
)

// What can be wrong with a picture: each is an errPicture, too.
var (
	errPicture     = errors.New("not a picture that can be read")
	errUnreachable = fmt.Errorf("it cannot be fetched: %w", errPicture)
	errTooLarge    = fmt.Errorf("it is too large: %w", errPicture)
)

// frames fetches and decodes the pictures of generations.
type frames struct {
	client *http.Client
	done   context.Context // Close's
	slots  chan struct{}
}

func newFrames(done context.Context) *frames {
	return &frames{
		done:  done,
		slots: make(chan struct{}, picturesAtOne),
		client: &http.Client{
			// No proxy, and a redirect is not followed: nothing leaves loopback.
			Transport:     &http.Transport{ResponseHeaderTimeout: pictureWait, IdleConnTimeout: pictureWait},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (f *frames) close() { f.client.CloseIdleConnections() }

// picture is one that was read.
type picture struct {
	sum   [sha256.Size]byte // of its bytes
	still []byte            // as a film takes it; nil for a WebP, which nobody here decodes
	id    string            // of the still, where it is kept
}

// read takes a picture from data, or where there is none from an address, unless
// that is empty too, and says why it is not one that can be used.
func (f *frames) read(ctx context.Context, base, address string, data []byte) (picture, error) {
	if address == "" && len(data) == 0 {
		return picture{}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(f.done, cancel)()
	if len(data) == 0 {
		var err error
		if data, err = f.fetch(ctx, base, address); err != nil {
			return picture{}, fmt.Errorf("fetching a picture: %w", err)
		}
	}
	still, err := f.decode(ctx, data)
	if err != nil {
		return picture{}, fmt.Errorf("reading a picture: %w", err)
	}
	return picture{sum: sha256.Sum256(data), still: still}, nil
}

// fetch gets a picture from the sandbox's own origin; any other host counts as
// out of reach.
func (f *frames) fetch(ctx context.Context, base, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errUnreachable // the parser's words repeat the signed address
	}
	if base == "" || u.Scheme+"://"+u.Host != base {
		return nil, fmt.Errorf("host %q is not the sandbox's: %w", u.Host, errUnreachable)
	}
	ctx, cancel := context.WithTimeout(ctx, pictureWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errUnreachable
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", errUnreachable)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %w", resp.StatusCode, errUnreachable)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPicture+1))
	if err != nil {
		return nil, fmt.Errorf("broken off: %w", errUnreachable)
	}
	if len(data) > maxPicture {
		return nil, fmt.Errorf("over %d bytes: %w", maxPicture, errTooLarge)
	}
	return data, nil
}

// decode checks that data is a whole JPEG or PNG, and returns it as a still, or
// begins as a WebP.
func (f *frames) decode(ctx context.Context, data []byte) (still []byte, err error) {
	if w, h, ok := webpSize(data); ok {
		return nil, checkSides(w, h)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, errors.Join(errPicture, err)
	}
	if err := checkSides(c.Width, c.Height); err != nil {
		return nil, err
	}
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, errors.Join(errPicture, err)
	}
	return normalize(img)
}

func checkSides(w, h int) error {
	if max(w, h) > maxSide {
		return fmt.Errorf("%d by %d pixels: %w", w, h, errTooLarge)
	}
	if min(w, h) < 1 {
		return fmt.Errorf("%d by %d pixels: %w", w, h, errPicture)
	}
	return nil
}

// webpSize reads the size from a WebP's first chunk. The standard library
// decodes no WebP, so the pixels are not looked at.
// Source: RFC 9649, sections 2.5 to 2.7.
func webpSize(b []byte) (w, h int, ok bool) {
	if len(b) < 30 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WEBP" ||
		int64(binary.LittleEndian.Uint32(b[4:]))+8 > int64(len(b)) {
		return 0, 0, false
	}
	switch data := b[20:]; string(b[12:16]) {
	case "VP8 ":
		if string(data[3:6]) != "\x9d\x01\x2a" {
			return 0, 0, false
		}
		return int(binary.LittleEndian.Uint16(data[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(data[8:]) & 0x3fff), true
	case "VP8L":
		if data[0] != 0x2f {
			return 0, 0, false
		}
		bits := binary.LittleEndian.Uint32(data[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1, true
	case "VP8X":
		return int(data[4]) + int(data[5])<<8 + int(data[6])<<16 + 1,
			int(data[7]) + int(data[8])<<8 + int(data[9])<<16 + 1, true
	}
	return 0, 0, false
}
