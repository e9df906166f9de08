package tracker

import (
	"errors"
	"net/http"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// Bounds that the tracker keeps besides those of its Config.
const (
	// noVideoLimit is how long a generation may be called completed without a
	// link to its video. The service sometimes says the one before the other.
	noVideoLimit = 2 * time.Minute
	// lostAfter is how many answers in a row must say that a generation is
	// unknown, and lostPolls for how many intervals of polling (10 min by
	// default): a service in trouble, or one that is being moved, says 404 too.
	lostAfter = 5
	lostPolls = 200
	maxLost   = time.Hour
	// lateTries is how many queries in a row must fail after the deadline, and
	// latePolls for how long (30 min by default), before a job fails of which
	// nobody knows whether its video is there: it is paid for, and an outage or
	// a start without a network passes.
	lateTries = 5
	latePolls = 600
	maxLate   = 4 * time.Hour
	// maxRetryAfter is for how long a query is put off at Luma's wish.
	maxRetryAfter = 10 * time.Minute
	// maxBackoff bounds the wait after errors in a row.
	maxBackoff = time.Minute
	// lineLimit is how long a job may wait in line: by then its member has given
	// it up.
	lineLimit = 72 * time.Hour
)

// answer is what came of one call to Luma for a job.
type answer struct {
	gen     luma.Generation
	err     error
	strikes strikes // this error included
}

// verdict is what becomes of the job.
type verdict struct {
	state   store.State // the job's next state, or its present one
	failure store.Failure
	cause   string // for the operator
	remote  string // set when the paid call was accepted
	video   store.Video
	noVideo bool // completed without a link
	inline  bool // back to the line, to be sent with its pictures
	// wait is when to go on: for a job at Luma the time to the next query; for
	// one that goes back to the line how long no paid call is of use.
	wait time.Duration
}

// decideSent says what a paid call's answer makes of a submitting job. It is
// never sent again here: only a call that surely did not start puts the job
// back into the line. One of which nobody knows stays submitting where it can be
// looked for.
func decideSent(j store.Job, a answer, now time.Time, with terms) verdict {
	if a.err == nil {
		v := decideState(j, a.gen, now, with)
		v.remote = a.gen.ID
		if v.state == store.StateSubmitting {
			v.state = store.StateQueued
		}
		return v
	}
	fail := func(f store.Failure) verdict {
		return verdict{state: store.StateFailed, failure: f, cause: a.err.Error()}
	}
	uncertain := fail(store.FailureUncertain)
	if with.list {
		uncertain = verdict{state: store.StateSubmitting, cause: uncertain.cause}
	}
	var detail *luma.Error
	errors.As(a.err, &detail)
	switch {
	case detail == nil, errors.Is(a.err, luma.ErrUncertain):
		// An error of no known kind says nothing of whether the call arrived.
		return uncertain
	case detail.Status == http.StatusTooManyRequests, detail.Status == 0 && errors.Is(a.err, luma.ErrUnavailable):
		// Two that surely did not start: limited, and never connected.
		return verdict{state: store.StateWaiting, cause: a.err.Error(),
			wait: max(backoff(with.poll, j.Attempts+1), detail.RetryAfter)}
	case errors.Is(a.err, luma.ErrRateLimited), errors.Is(a.err, luma.ErrUnavailable):
		return fail(store.FailureUnreachable)
	case errors.Is(a.err, luma.ErrUnauthorized), errors.Is(a.err, luma.ErrInsufficientQuota):
		// Nor did these, and they are the operator's to mend, not the member's.
		// For how long no paid call is made is the breaker's to say.
		return verdict{state: store.StateWaiting, cause: a.err.Error()}
	case errors.Is(a.err, luma.ErrNotFound) && j.Kind.Derived():
		return fail(store.FailureSourceGone)
	case detail.Reason == luma.ReasonImageUnreadable && with.inline && !j.Inline && pictured(j):
		// It was refused because Luma could not read a picture from its address.
		return verdict{state: store.StateWaiting, cause: a.err.Error(), inline: true}
	case errors.Is(a.err, luma.ErrInvalidRequest):
		if f := failureOf(detail.Reason); f != store.FailureGeneration {
			return fail(f)
		}
		return fail(store.FailureInvalid)
	case errors.Is(a.err, luma.ErrNotFound):
		return fail(store.FailureInvalid)
	}
	return uncertain
}

// pictured reports whether a job begins or ends with a picture.
func pictured(j store.Job) bool { return !j.Image.IsZero() || !j.EndImage.IsZero() }

// decidePolled says what a query's answer makes of a job at Luma. An error
// never ends it, except that the generation is unknown again and again; the
// deadline does, once a query after it has said that there is no video, or
// some in a row could not be answered.
func decidePolled(j store.Job, a answer, now time.Time, with terms, deadline time.Time) verdict {
	v := verdict{state: j.State}
	if a.err == nil {
		v = decideState(j, a.gen, now, with)
	} else {
		v.cause = a.err.Error()
		v.wait = backoff(with.poll, a.strikes.all)
		var detail *luma.Error
		if errors.As(a.err, &detail) {
			v.wait = max(v.wait, min(detail.RetryAfter, maxRetryAfter))
		}
		if a.strikes.lost.n >= lostAfter && a.strikes.lost.lasts >= min(lostPolls*with.poll, maxLost) {
			return verdict{state: store.StateFailed, failure: store.FailureLost, cause: v.cause}
		}
	}
	if v.state.Final() {
		return v
	}
	left := deadline.Sub(now)
	switch {
	case left > 0:
		// The last query falls on the deadline, so that a video that is ready
		// by then is not missed.
		v.wait = min(v.wait, left)
		return v
	case a.err != nil && !a.strikes.tooLate(with.poll):
		return v
	case v.cause == "":
		v.cause = "the deadline has passed"
	}
	return verdict{state: store.StateFailed, failure: store.FailureTimedOut, cause: v.cause}
}

// tooLate reports whether a job whose deadline has passed is given up for errors
// alone.
func (s strikes) tooLate(poll time.Duration) bool {
	return s.late.n >= lateTries && s.late.lasts >= min(latePolls*poll, maxLate)
}

// decideOutOfLine is the end of a job that waited too long, given why the line
// stands still.
func decideOutOfLine(j store.Job, hold store.Hold) verdict {
	if hold == store.HoldNone {
		hold = j.Hold // the line moves again, or is a new process's
	}
	v := verdict{state: store.StateFailed, failure: store.FailureLineTooLong, cause: "waited too long in line"}
	switch {
	case hold == store.HoldAccount:
		v.failure = store.FailureAccount
	case hold == store.HoldUnreachable, j.Attempts > 0:
		v.failure = store.FailureUnreachable
	}
	if j.Cause != "" {
		v.cause += ": " + j.Cause
	}
	return v
}

// decideState says what a generation's state makes of a job.
func decideState(j store.Job, g luma.Generation, now time.Time, with terms) verdict {
	v := verdict{state: j.State, wait: with.stretched(pollAfter(j, now, with.poll))}
	switch g.State {
	case luma.StateQueued:
		// A job once seen dreaming does not go back.
	case luma.StateCompleted:
		if g.Video != nil {
			return verdict{state: store.StateCompleted,
				video: store.Video{URL: g.Video.URL, Width: g.Video.Width, Height: g.Video.Height}}
		}
		v.noVideo, v.wait, v.state = true, with.poll, store.StateDreaming // no call tells of the link
		if !j.NoVideoAt.IsZero() && now.Sub(j.NoVideoAt) >= noVideoLimit {
			return verdict{state: store.StateFailed, failure: store.FailureNoVideo,
				cause: "completed without a link to a video"}
		}
	case luma.StateFailed:
		return verdict{state: store.StateFailed, failure: failureOf(g.Reason), cause: g.Cause}
	default: // dreaming, or a word that nobody knows
		v.state = store.StateDreaming
	}
	return v
}

// failureOf translates Luma's reason.
func failureOf(r luma.Reason) store.Failure {
	switch r {
	case luma.ReasonPromptModerated:
		return store.FailurePromptRejected
	case luma.ReasonImageModerated:
		return store.FailurePictureRejected
	case luma.ReasonImageUnreadable:
		return store.FailurePictureUnread
	}
	return store.FailureGeneration
}

// exactPlaces is up to which place the reply says the exact one. Beyond it,
// places are rounded up to tens: a long line then costs a waiting job one edit
// for ten steps, not one for each.
const exactPlaces = 10

// shownPlace rounds a place in line for the reply.
func shownPlace(place int) int {
	if place <= exactPlaces {
		return place
	}
	return (place + 9) / 10 * 10
}

// typical is the median of durations, in seconds, or 0 where there are fewer
// than three: a single one says little.
func typical(sorted []time.Duration) time.Duration {
	if len(sorted) < 3 {
		return 0
	}
	return max(sorted[len(sorted)/2].Round(time.Second), time.Second)
}
