package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

const (
	// pictureMargin is how long a picture's address must still work when Luma is
	// given it, which fetches it soon.
	pictureMargin = 10 * time.Minute
	// fetchLimit bounds the fetching of a job's pictures that are sent along. With
	// the call itself it stays within callLimit.
	fetchLimit = 20 * time.Second
	// fetchTries is how often that is tried, with fetchRetry in between.
	fetchTries = 4
	fetchRetry = 15 * time.Second
)

var (
	errNotFetched = errors.New("a picture cannot be fetched yet")
	// errUnread says that a picture that is to be sent along never will be.
	errUnread = errors.New("a picture cannot be sent along")
)

// need is what a paid call needs besides the job.
type need struct {
	source, second string        // the generations that it is made from; empty where there are none
	expected       time.Duration // how long jobs alike took
	image, end     luma.Image    // the pictures themselves, where they are sent along
}

// lacks reports whether a job of a kind cannot be made, for want of what it is made
// from.
func (n need) lacks(k store.Kind) bool {
	return k.Derived() && n.source == "" || k == store.KindBlend && n.second == ""
}

// before reads what a paid call needs. It sees to it that the addresses of pictures
// work, and fetches those that are sent along: while that goes on, nothing is paid
// for. The error is store.ErrPictureGone where a picture is gone, errUnread where one
// can never be sent along, errNotFetched where it may yet be.
func (t *Tracker) before(ctx context.Context, id string) (n need, err error) {
	j, err := t.Store.Get(ctx, id)
	if err != nil {
		return need{}, err
	}
	if n.source, err = t.source(ctx, j.Kind.Derived(), j.Source, j.Parent); err != nil {
		return need{}, err
	}
	if n.second, err = t.source(ctx, j.Kind == store.KindBlend, j.SecondSource, j.Second); err != nil {
		return need{}, err
	}
	n.expected = t.typical(ctx, j.Measure())
	for _, p := range []store.Picture{j.Image, j.EndImage} {
		if p.IsZero() || p.Works(t.Now().Add(pictureMargin)) {
			continue
		}
		// It sees to both.
		if j, err = t.Notifier.Fresh(ctx, j); err != nil {
			return n, fmt.Errorf("fresh addresses of pictures: %w", err)
		}
		break
	}
	if j.Inline && !n.lacks(j.Kind) {
		n.image, n.end, err = t.pictures(ctx, j)
	}
	return n, err
}

// source is the generation that a job is made from: the one that it names, or else
// its parent's; empty where there is none.
func (t *Tracker) source(ctx context.Context, wanted bool, known, parent string) (string, error) {
	if !wanted || known != "" {
		return known, nil
	}
	j, err := t.Store.Get(ctx, parent)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	return j.Remote, nil
}

// pictures fetches a job's pictures, which together may be as large as Luma takes.
func (t *Tracker) pictures(ctx context.Context, j store.Job) (image, end luma.Image, err error) {
	fetching, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	left := int64(t.Capabilities.Inline)
	for _, p := range []struct {
		store.Picture
		to *luma.Image
	}{{j.Image, &image}, {j.EndImage, &end}} {
		if p.IsZero() {
			continue
		}
		data, mediaType, err := t.Notifier.Picture(fetching, p.Picture, left)
		if err == nil && int64(len(data)) > left {
			err = fmt.Errorf("it is larger than was asked for: %w", store.ErrPictureGone)
		}
		switch {
		case ctx.Err() != nil:
			return luma.Image{}, luma.Image{}, ctx.Err()
		case errors.Is(err, store.ErrPictureGone), err != nil && t.missed(j.ID) >= fetchTries:
			return luma.Image{}, luma.Image{}, fmt.Errorf("%w: %w", errUnread, err)
		case err != nil:
			return luma.Image{}, luma.Image{}, fmt.Errorf("%w: %w", errNotFetched, err)
		}
		left -= int64(len(data))
		*p.to = luma.Image{Data: data, MediaType: mediaType}
	}
	return image, end, nil
}

// missed counts that a job's pictures could not be fetched.
func (t *Tracker) missed(id string) (times int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.live[id]
	if !ok {
		return 0 // it has ended meanwhile
	}
	l.unread++
	return l.unread
}

// typical is how long jobs of a measure take as a rule; 0: nobody knows.
func (t *Tracker) typical(ctx context.Context, m store.Measure) time.Duration {
	durations, err := t.Store.Durations(ctx, m)
	if err != nil {
		t.Log.Warn("reading measured durations", "err", err)
	}
	slices.Sort(durations)
	return typical(durations)
}
