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

// relinkLimit bounds the question for a fresh link.
const relinkLimit = 20 * time.Second

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

// drawing is how a job is to be shown, with the files that go up for it.
type drawing struct {
	job       store.Job // with the files that the card is to refer to
	screen    reply.Screen
	files     []rest.File   // in the order in which the card numbers them: pictures, then the video
	pictures  int           // how many of them are pictures
	length    time.Duration // of the video among them; 0: none, or not known
	downloads []*download   // that files are read from
}

// add has a file go up.
func (d *drawing) add(f *download, name string) {
	d.files, d.downloads = append(d.files, f.upload(name)), append(d.downloads, f)
}

// lighten leaves the pictures out that were to go up with the video, and reports
// whether there were any: that one of them is not taken must not cost the video.
func (d *drawing) lighten() bool {
	if d.pictures == 0 || d.pictures == len(d.files) {
		return false
	}
	d.files, d.pictures = d.files[d.pictures:], 0
	for _, p := range pictures(&d.job) {
		if p.Upload.ID == "" {
			p.Upload = store.Upload{}
		}
	}
	return true
}

// close must be called after the upload.
func (d *drawing) close() {
	for _, f := range d.downloads {
		f.close()
	}
}

// draw decides how the job is shown, and fetches its pictures and its video
// where they are to be uploaded.
func (e *Editor) draw(ctx context.Context, j store.Job, limit int64) (*drawing, error) {
	d := &drawing{job: j, screen: simplest(j)}
	if d.screen != reply.ScreenUpload {
		return d, nil // files were refused, or there is no room for them
	}
	var video *download
	if j.State == store.StateCompleted && j.Upload.ID == "" {
		var err error
		if video, d.screen, err = e.video(ctx, &d.job, limit); err != nil {
			return nil, err
		}
	}
	e.addPictures(ctx, d, limit)
	if video != nil {
		d.length = video.length
		d.add(video, reply.FileName(j))
	}
	return d, nil
}

// video fetches the job's video, or says how it is shown where it cannot be
// uploaded. Where its link does not work, a fresh one is asked for and tried, once,
// and the job has that from then on.
func (e *Editor) video(ctx context.Context, j *store.Job, limit int64) (*download, reply.Screen, error) {
	video, err := e.fetch.fetch(ctx, e.fetch.videos, j.Video.URL, limit)
	var failed fetches
	if err != nil && !settled(ctx, err) {
		failed = e.unfetched(j.ID)
		if (deadLink(err) || failed.n > 1) && e.relink(ctx, j, err) {
			video, err = e.fetch.fetch(ctx, e.fetch.videos, j.Video.URL, limit)
		}
	}
	switch {
	case err == nil:
		return video, reply.ScreenUpload, nil
	case errors.Is(err, errTooLarge):
		return nil, reply.ScreenLink, nil
	case settled(ctx, err):
		return nil, 0, err
	case hopeless(err, failed.n, time.Since(failed.since)):
		e.Log.Warn("a video cannot be fetched; its link is written instead", "job", *j, "err", err)
		return nil, reply.ScreenLinkOnly, nil
	}
	return nil, 0, err
}

// settled reports whether the error of a download says nothing against its link.
func settled(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, errHere) || errors.Is(err, errTooLarge)
}

// relink asks where the job's video can be fetched now, and reports whether that is
// somewhere else. It is stored; the job is then as it is stored, where it has not
// changed otherwise. cause is what is wrong with the link that it has.
func (e *Editor) relink(ctx context.Context, j *store.Job, cause error) bool {
	if e.Link == nil {
		return false
	}
	asking, cancel := context.WithTimeout(ctx, relinkLimit)
	defer cancel()
	fresh, err := e.Link(asking, *j)
	if err != nil {
		e.Log.Warn("a fresh link to a video cannot be had yet", "job", *j, "err", err)
		return false
	}
	if fresh == "" || fresh == j.Video.URL {
		return false
	}
	e.Log.Info("the link to a video no longer works; there is a fresh one", "job", *j, "err", cause)
	was, same := j.Video.URL, false
	after, err := e.record(ctx, *j, func(now *store.Job) {
		if same = now.Revision == j.Revision; now.Video.URL == was {
			now.Video.URL = fresh
		}
	})
	j.Video.URL = fresh
	switch {
	case err != nil:
		e.Log.Warn("a fresh link to a video cannot be stored", "job", *j, "err", err)
	case same:
		j.Revision = after.Revision // it is what is drawn now
	}
	return true
}

// hopeless reports whether a video is no longer tried to be fetched, after so
// many tries and so long after the first.
func hopeless(err error, tries int, age time.Duration) bool {
	return errors.Is(err, errNever) || tries >= maxFetches && age >= fetchPatience
}
