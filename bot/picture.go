package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"dreambot/store"
)

// Picture fetches one of a job's pictures, of at most limit bytes, to be handed on
// whole. mediaType is what its bytes say. store.ErrPictureGone where it is gone for
// good, or larger; after another error it may yet be had.
func (e *Editor) Picture(ctx context.Context, p store.Picture, limit int64) (data []byte, mediaType string, err error) {
	if p.Size > limit {
		return nil, "", fmt.Errorf("%w: %w", store.ErrPictureGone, errTooLarge)
	}
	d, err := e.fetch.fetch(ctx, e.fetch.pictures, p.URL, limit)
	var s badStatus
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errNever), errors.As(err, &s) && s == http.StatusNotFound:
		return nil, "", fmt.Errorf("%w: %w", store.ErrPictureGone, err)
	case err != nil:
		return nil, "", err
	}
	defer d.close()
	data = make([]byte, d.size)
	if _, err := io.ReadFull(io.NewSectionReader(d.file, 0, d.size), data); err != nil {
		return nil, "", fmt.Errorf("read the picture: %w: %w", errHere, err)
	}
	return data, d.contentType, nil
}
