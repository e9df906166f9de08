package bot

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/commands"
	"dreambot/store"
)

// freshFor is how long an address that is handed on works at least: Luma, who
// fetches it, may take some time to begin.
const freshFor = 10 * time.Minute

// pictures are those of the job, the first frame first.
func pictures(j *store.Job) [2]*store.Picture { return [2]*store.Picture{&j.Image, &j.EndImage} }

// isPicture reports whether a Content-Type is that of a picture that Luma reads.
func isPicture(contentType string) bool {
	name, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch name {
	case "image/jpeg", "image/png", "image/webp":
		return true
	}
	return false
}

// sniffed is how many bytes http.DetectContentType looks at.
const sniffed = 512

// readPicture looks for the bytes that pictures begin with.
func readPicture(d *download) error {
	head := make([]byte, sniffed)
	n, _ := d.file.ReadAt(head, 0) // a file that is shorter gives what it has
	if d.contentType = http.DetectContentType(head[:n]); !isPicture(d.contentType) {
		return errors.New("it is not a picture")
	}
	return nil
}

// addPictures has the pictures that were given go up with the message, where
// they do not stand on it yet: Discord keeps what a command is given for a day or
// so. One that cannot be fetched now is shown by its address, and tried again
// with the next edit.
func (e *Editor) addPictures(ctx context.Context, d *drawing, limit int64) {
	ctx, cancel := context.WithTimeout(ctx, pictureLimit)
	defer cancel()
	for i, p := range pictures(&d.job) {
		if p.IsZero() || p.Upload.ID != "" || !p.Works(e.Now()) || p.Size > limit {
			continue
		}
		f, err := e.fetch.fetch(ctx, e.fetch.pictures, p.URL, limit)
		if err != nil {
			e.Log.Warn("a picture cannot be put on the reply yet", "job", d.job, "err", err)
			continue
		}
		p.Upload = store.Upload{Name: reply.PictureName(d.job, i == 1)}
		d.add(f, p.Upload.Name)
		d.pictures++
	}
}

// keep records the files of the job as they stand on its message, whose addresses
// are freshly signed. length is the video's, where that was uploaded.
func (e *Editor) keep(now *store.Job, m rest.Message, length time.Duration) {
	if a, ok := m.File(reply.FileName(*now)); ok && a.ID != now.Upload.ID {
		now.Upload = store.Upload{ID: a.ID, Name: a.Filename, Size: a.Size, Length: length}
	}
	seen := e.Now()
	for i, p := range pictures(now) {
		name := p.Upload.Name
		if name == "" {
			name = reply.PictureName(*now, i == 1)
		}
		if a, ok := m.File(name); ok && !p.IsZero() {
			p.Upload = store.Upload{ID: a.ID, Name: a.Filename, Size: a.Size}
			if !sought(*now) {
				renew(p, a, seen)
			}
		}
	}
}

// sought reports whether a job's pictures keep the addresses that Luma was given:
// by them its generation is known again, should the answer get lost.
func sought(j store.Job) bool { return j.State == store.StateSubmitting }

// renew takes a picture's address from the file that it stands as.
func renew(p *store.Picture, a rest.Attachment, seen time.Time) {
	if a.URL != "" {
		p.URL, p.Expires = a.URL, commands.Expires(a.URL, seen)
	}
}

// forgetFiles has a job begin without files: they stand on another message.
func forgetFiles(j *store.Job) {
	j.Upload, j.Image.Upload, j.EndImage.Upload = store.Upload{}, store.Upload{}, store.Upload{}
}

// stale reports whether a picture's address does not work any more at that time.
func stale(j store.Job, at time.Time) bool {
	for _, p := range pictures(&j) {
		if !p.IsZero() && !p.Works(at) {
			return true
		}
	}
	return false
}

// apart is the job as a message of its own shows it. A picture without an
// address that works is left out: the result comes without it rather than late.
func (e *Editor) apart(ctx context.Context, j store.Job) store.Job {
	if stale(j, e.Now()) {
		fresh, err := e.Fresh(ctx, j)
		if err != nil {
			e.Log.Warn("a message is sent without a picture", "job", j, "err", err)
		}
		j.Image, j.EndImage = fresh.Image, fresh.EndImage
	}
	forgetFiles(&j)
	for _, p := range pictures(&j) {
		if !p.Works(e.Now()) {
			*p = store.Picture{}
		}
	}
	return j
}

// Fresh returns the job with addresses of its pictures that work for ten minutes
// at least. Those that do not are read from the job's message, and stored. The
// error wraps store.ErrPictureGone where a picture is not there any more; with
// any other, nobody knows yet. The job is returned beside an error too, with what
// was found.
func (e *Editor) Fresh(ctx context.Context, j store.Job) (store.Job, error) {
	until := e.Now().Add(freshFor)
	if !stale(j, until) {
		return j, nil
	}
	var m rest.Message
	if j.Image.Upload.ID != "" || j.EndImage.Upload.ID != "" {
		var err error
		if m, err = e.standing(ctx, j); err != nil {
			return j, fmt.Errorf("read the pictures' addresses from the reply: %w", err)
		}
	}
	var gone error
	found := map[string]rest.Attachment{} // by id
	for _, p := range pictures(&j) {
		if p.IsZero() || p.Works(until) {
			continue
		}
		if a, ok := m.File(p.Upload.Name); ok && p.Upload.ID != "" && a.URL != "" {
			found[p.Upload.ID] = a
		} else {
			gone = fmt.Errorf("job %s: %w", j.ID, store.ErrPictureGone)
		}
	}
	if len(found) == 0 {
		return j, gone
	}
	seen := e.Now()
	fresh := func(j *store.Job) {
		for _, p := range pictures(j) {
			if a, ok := found[p.Upload.ID]; ok {
				renew(p, a, seen)
			}
		}
	}
	after, err := e.record(ctx, j, func(now *store.Job) {
		if !sought(*now) {
			fresh(now)
		}
	})
	if err != nil {
		return j, err
	}
	fresh(&after)
	return after, gone
}

// VideoURL returns a fresh address of the video as it stands on the job's
// message; an empty one where it does not stand there, or Discord says no. With
// an error, nobody knows.
func (e *Editor) VideoURL(ctx context.Context, j store.Job) (string, error) {
	if j.Upload.ID == "" {
		return "", nil
	}
	m, err := e.standing(ctx, j)
	if err != nil {
		return "", fmt.Errorf("read the video's address from the reply: %w", err)
	}
	a, _ := m.File(j.Upload.Name)
	return a.URL, nil
}

// standing reads the job's message; a zero one where Discord does not give it.
func (e *Editor) standing(ctx context.Context, j store.Job) (rest.Message, error) {
	if wayTo(j, e.Now()) == byWebhook {
		m, err := e.REST.Original(ctx, origin(j))
		switch no := denial(err); {
		case no == nil:
			return m, err
		case no.Code == rest.CodeUnknownMessage:
			return rest.Message{}, nil
		}
	}
	if j.Message == "" || j.Guest && !j.Posted {
		return rest.Message{}, nil
	}
	m, err := e.REST.Message(ctx, j.Spot().Channel, j.Message)
	if denialToBot(err) != nil {
		return rest.Message{}, nil
	}
	return m, err
}
