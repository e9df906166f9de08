package bot

import (
	"context"
	"errors"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/store"
)

// Bounds of trying to fetch a video before its link is written in its place.
// They count the downloads alone, and those of this process: a Discord that was
// away, or a night in which the bot was, says nothing of the link. One that is
// answered by a no can come alive a little late; by the waits of later, it is
// asked ten times.
const (
	maxFetches    = 4               // downloads at least
	fetchPatience = 5 * time.Minute // from the first of them, at least
)

// directLimit is the most bytes that Discord takes per file in direct
// messages, whatever the server took.
// Source: discord-api-docs, reference#uploading-files.
const directLimit = 10 << 20

func uploadLimit(j store.Job, by way) int64 {
	if by == byDirect || j.Direct != "" {
		return directLimit
	}
	return j.UploadLimit
}

// screen decides how the job is shown, and fetches its video where that is to
// be uploaded. done must be called after the upload.
func (e *Editor) screen(ctx context.Context, j store.Job, limit int64) (s reply.Screen, files []rest.File, done func(), err error) {
	nothing := func() {}
	s = simplest(j)
	if s != reply.ScreenUpload || j.State != store.StateCompleted || j.Upload.ID != "" {
		return s, nil, nothing, nil
	}
	c, err := e.fetch.fetch(ctx, j.Video.URL, limit)
	switch {
	case err == nil:
		return s, []rest.File{c.upload(reply.FileName(j))}, c.close, nil
	case errors.Is(err, errTooLarge):
		return reply.ScreenLink, nil, nothing, nil
	case ctx.Err() != nil, errors.Is(err, errHere):
		return 0, nil, nil, err
	}
	if f := e.unfetched(j.ID); hopeless(err, f.n, time.Since(f.since)) {
		e.Log.Warn("a video cannot be fetched; its link is written instead", "job", j, "err", err)
		return reply.ScreenLinkOnly, nil, nothing, nil
	}
	return 0, nil, nil, err
}

// hopeless reports whether a video is no longer tried to be fetched, after so
// many tries and so long after the first.
func hopeless(err error, tries int, age time.Duration) bool {
	return errors.Is(err, errNever) || tries >= maxFetches && age >= fetchPatience
}
