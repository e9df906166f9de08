package tracker

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/luma"
	"dreambot/store"
)

const (
	testPoll     = 3 * time.Second
	testDeadline = 30 * time.Minute
)

var t0 = time.Unix(1_800_000_000, 0)

func uncertain(kind error) error {
	return &luma.Error{Op: "create", Kind: kind, Uncertain: true}
}

func certain(kind error) error { return &luma.Error{Op: "create", Kind: kind} }

// limited is a 429.
func limited(wait time.Duration) error {
	return &luma.Error{Op: "create", Status: 429, Kind: luma.ErrRateLimited, RetryAfter: wait}
}

func refusal(r luma.Reason) error {
	return &luma.Error{Op: "create", Status: 400, Kind: luma.ErrInvalidRequest, Reason: r}
}

// outcome is the part of a verdict that decides.
type outcome struct {
	State   store.State
	Failure store.Failure
	Remote  string
	URL     string
	NoVideo bool
	Wait    time.Duration
}

func (v verdict) outcome() outcome {
	return outcome{v.state, v.failure, v.remote, v.video.URL, v.noVideo, v.wait}
}

func TestDecideSent(t *testing.T) {
	j := store.Job{ID: "j", Kind: store.KindDream, State: store.StateSubmitting, SentAt: t0, Attempts: 2}
	extend := j
	extend.Kind = store.KindExtend
	video := &luma.Video{URL: "https://v"}
	failed := func(f store.Failure) outcome { return outcome{State: store.StateFailed, Failure: f} }
	for name, c := range map[string]struct {
		job  store.Job
		gen  luma.Generation
		err  error
		want outcome
	}{
		"accepted":             {j, luma.Generation{ID: "g", State: luma.StateQueued}, nil, outcome{State: store.StateQueued, Remote: "g", Wait: 2 * testPoll}},
		"accepted, begun":      {j, luma.Generation{ID: "g", State: luma.StateDreaming}, nil, outcome{State: store.StateDreaming, Remote: "g", Wait: 2 * testPoll}},
		"accepted, done":       {j, luma.Generation{ID: "g", State: luma.StateCompleted, Video: video}, nil, outcome{State: store.StateCompleted, Remote: "g", URL: "https://v"}},
		"accepted, link later": {j, luma.Generation{ID: "g", State: luma.StateCompleted}, nil, outcome{State: store.StateDreaming, Remote: "g", NoVideo: true, Wait: testPoll}},
		"accepted, failed":     {j, luma.Generation{ID: "g", State: luma.StateFailed, Reason: luma.ReasonPromptModerated}, nil, outcome{State: store.StateFailed, Failure: store.FailurePromptRejected, Remote: "g"}},

		"uncertain, no answer":    {j, luma.Generation{}, uncertain(luma.ErrUnavailable), failed(store.FailureUncertain)},
		"uncertain, wrapped":      {j, luma.Generation{}, fmt.Errorf("call: %w", uncertain(luma.ErrUnavailable)), failed(store.FailureUncertain)},
		"an error of no kind":     {j, luma.Generation{}, errors.New("odd"), failed(store.FailureUncertain)},
		"surely not sent":         {j, luma.Generation{}, certain(luma.ErrUnavailable), outcome{State: store.StateWaiting, Wait: 4 * testPoll}},
		"rate limited":            {j, luma.Generation{}, limited(0), outcome{State: store.StateWaiting, Wait: 4 * testPoll}},
		"limited, by another no":  {j, luma.Generation{}, &luma.Error{Status: 403, Kind: luma.ErrRateLimited}, failed(store.FailureUnreachable)},
		"unreachable, with a no":  {j, luma.Generation{}, &luma.Error{Status: 404, Kind: luma.ErrUnavailable}, failed(store.FailureUnreachable)},
		"rate limited, with wait": {j, luma.Generation{}, limited(time.Minute), outcome{State: store.StateWaiting, Wait: time.Minute}},
		"key refused":             {j, luma.Generation{}, certain(luma.ErrUnauthorized), outcome{State: store.StateWaiting}},
		"no balance":              {j, luma.Generation{}, certain(luma.ErrInsufficientQuota), outcome{State: store.StateWaiting}},
		"prompt refused":          {j, luma.Generation{}, refusal(luma.ReasonPromptModerated), failed(store.FailurePromptRejected)},
		"picture refused":         {j, luma.Generation{}, refusal(luma.ReasonImageModerated), failed(store.FailurePictureRejected)},
		"picture unreadable":      {j, luma.Generation{}, refusal(luma.ReasonImageUnreadable), failed(store.FailurePictureUnread)},
		"request refused":         {j, luma.Generation{}, refusal(""), failed(store.FailureInvalid)},
		"create: not found":       {j, luma.Generation{}, certain(luma.ErrNotFound), failed(store.FailureInvalid)},
		"extend: not found":       {extend, luma.Generation{}, certain(luma.ErrNotFound), failed(store.FailureSourceGone)},
	} {
		t.Run(name, func(t *testing.T) {
			v := decideSent(c.job, answer{gen: c.gen, err: c.err}, t0, terms{poll: testPoll})
			if diff := cmp.Diff(c.want, v.outcome()); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if !store.StateSubmitting.CanBecome(v.state) {
				t.Errorf("submitting cannot become %s", v.state)
			}
			if v.state == store.StateFailed && c.err != nil && v.cause == "" {
				t.Error("the operator is told no cause")
			}
		})
	}
}

// What else Luma can makes another end of some answers.
func TestDecideSentByWhatLumaCan(t *testing.T) {
	j := store.Job{ID: "j", Kind: store.KindDream, State: store.StateSubmitting, SentAt: t0}
	pictured, inline := j, j
	pictured.EndImage.URL, inline.EndImage.URL, inline.Inline = "https://a", "https://a", true
	upscale := j
	upscale.Kind = store.KindUpscale
	all := terms{poll: testPoll, tells: true, list: true, inline: true}
	none := terms{poll: testPoll}
	unread := refusal(luma.ReasonImageUnreadable)
	failed := func(f store.Failure) outcome { return outcome{State: store.StateFailed, Failure: f} }
	sought := outcome{State: store.StateSubmitting}
	for name, c := range map[string]struct {
		job    store.Job
		err    error
		with   terms
		want   outcome
		inline bool
	}{
		"accepted":                              {j, nil, all, outcome{State: store.StateQueued, Remote: "g", Wait: calledMost}, false},
		"accepted, without callbacks":           {j, nil, none, outcome{State: store.StateQueued, Remote: "g", Wait: 2 * testPoll}, false},
		"uncertain, with a list":                {j, uncertain(luma.ErrUnavailable), all, sought, false},
		"an error of no kind, with a list":      {j, errors.New("odd"), all, sought, false},
		"one that nobody foresaw, with a list":  {j, &luma.Error{Status: 400, Kind: errors.New("odd")}, all, sought, false},
		"and without":                           {j, &luma.Error{Status: 400, Kind: errors.New("odd")}, none, failed(store.FailureUncertain), false},
		"surely not sent, with a list":          {j, certain(luma.ErrUnavailable), all, outcome{State: store.StateWaiting, Wait: testPoll}, false},
		"refused, with a list":                  {j, refusal(""), all, failed(store.FailureInvalid), false},
		"a picture unread":                      {pictured, unread, all, outcome{State: store.StateWaiting}, true},
		"a picture unread, with a 503":          {pictured, &luma.Error{Status: 503, Kind: luma.ErrInvalidRequest, Reason: luma.ReasonImageUnreadable}, all, outcome{State: store.StateWaiting}, true},
		"a picture unread, perhaps accepted":    {pictured, &luma.Error{Status: 503, Kind: luma.ErrUnavailable, Reason: luma.ReasonImageUnreadable, Uncertain: true}, all, sought, false},
		"a picture unread that was sent along":  {inline, unread, all, failed(store.FailurePictureUnread), false},
		"a picture unread that cannot be":       {pictured, unread, none, failed(store.FailurePictureUnread), false},
		"a picture unread where there is none":  {j, unread, all, failed(store.FailurePictureUnread), false},
		"a picture refused":                     {pictured, refusal(luma.ReasonImageModerated), all, failed(store.FailurePictureRejected), false},
		"what it is made from is not found":     {upscale, certain(luma.ErrNotFound), all, failed(store.FailureSourceGone), false},
		"limited, and a picture as if not read": {pictured, &luma.Error{Status: 429, Kind: luma.ErrRateLimited, Reason: luma.ReasonImageUnreadable}, all, outcome{State: store.StateWaiting, Wait: testPoll}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := decideSent(c.job, answer{gen: luma.Generation{ID: "g", State: luma.StateQueued}, err: c.err}, t0, c.with)
			if diff := cmp.Diff(c.want, v.outcome()); diff != "" || v.inline != c.inline {
				t.Errorf("pictures along %v; verdict (-want +got):\n%s", v.inline, diff)
			}
			if c.err != nil && v.cause == "" {
				t.Error("the operator is told no cause")
			}
		})
	}
}

func TestDecidePolled(t *testing.T) {
	at := func(state store.State, noVideo time.Duration) store.Job {
		j := store.Job{ID: "j", Kind: store.KindDream, State: state, Remote: "g", SentAt: t0}
		if noVideo > 0 {
			j.NoVideoAt = t0.Add(time.Minute - noVideo)
		}
		return j
	}
	now := t0.Add(time.Minute)
	video := &luma.Video{URL: "https://v", Width: 3, Height: 2}
	for name, c := range map[string]struct {
		job     store.Job
		gen     luma.Generation
		err     error
		strikes int           // in a row, all alike
		lasts   time.Duration // from the first to the last of them
		now     time.Time
		want    outcome
	}{
		"still queued":       {at(store.StateQueued, 0), luma.Generation{State: luma.StateQueued}, nil, 0, 0, now, outcome{State: store.StateQueued, Wait: testPoll}},
		"begins":             {at(store.StateQueued, 0), luma.Generation{State: luma.StateDreaming}, nil, 0, 0, now, outcome{State: store.StateDreaming, Wait: testPoll}},
		"an unknown word":    {at(store.StateQueued, 0), luma.Generation{State: "pondering"}, nil, 0, 0, now, outcome{State: store.StateDreaming, Wait: testPoll}},
		"does not go back":   {at(store.StateDreaming, 0), luma.Generation{State: luma.StateQueued}, nil, 0, 0, now, outcome{State: store.StateDreaming, Wait: testPoll}},
		"done":               {at(store.StateDreaming, 0), luma.Generation{State: luma.StateCompleted, Video: video}, nil, 0, 0, now, outcome{State: store.StateCompleted, URL: "https://v"}},
		"done from queued":   {at(store.StateQueued, 0), luma.Generation{State: luma.StateCompleted, Video: video}, nil, 0, 0, now, outcome{State: store.StateCompleted, URL: "https://v"}},
		"done, too late":     {at(store.StateDreaming, 0), luma.Generation{State: luma.StateCompleted, Video: video}, nil, 0, 0, t0.Add(2 * testDeadline), outcome{State: store.StateCompleted, URL: "https://v"}},
		"no link yet":        {at(store.StateDreaming, 0), luma.Generation{State: luma.StateCompleted}, nil, 0, 0, now, outcome{State: store.StateDreaming, NoVideo: true, Wait: testPoll}},
		"no link for long":   {at(store.StateDreaming, noVideoLimit), luma.Generation{State: luma.StateCompleted}, nil, 0, 0, now, outcome{State: store.StateFailed, Failure: store.FailureNoVideo}},
		"failed":             {at(store.StateDreaming, 0), luma.Generation{State: luma.StateFailed, Reason: luma.ReasonOther}, nil, 0, 0, now, outcome{State: store.StateFailed, Failure: store.FailureGeneration}},
		"failed, picture":    {at(store.StateDreaming, 0), luma.Generation{State: luma.StateFailed, Reason: luma.ReasonImageUnreadable}, nil, 0, 0, now, outcome{State: store.StateFailed, Failure: store.FailurePictureUnread}},
		"one bad query":      {at(store.StateDreaming, 0), luma.Generation{}, certain(luma.ErrUnavailable), 1, 0, now, outcome{State: store.StateDreaming, Wait: testPoll}},
		"many bad queries":   {at(store.StateDreaming, 0), luma.Generation{}, certain(luma.ErrUnavailable), 60, 0, now, outcome{State: store.StateDreaming, Wait: maxBackoff}},
		"key refused":        {at(store.StateDreaming, 0), luma.Generation{}, certain(luma.ErrUnauthorized), 3, 0, now, outcome{State: store.StateDreaming, Wait: 4 * testPoll}},
		"told to wait":       {at(store.StateDreaming, 0), luma.Generation{}, &luma.Error{Kind: luma.ErrRateLimited, RetryAfter: 42 * time.Second}, 1, 0, now, outcome{State: store.StateDreaming, Wait: 42 * time.Second}},
		"unknown once":       {at(store.StateDreaming, 0), luma.Generation{}, certain(luma.ErrNotFound), 1, 0, now, outcome{State: store.StateDreaming, Wait: testPoll}},
		"unknown for good":   {at(store.StateDreaming, 0), luma.Generation{}, certain(luma.ErrNotFound), lostAfter, lostPolls * testPoll, now, outcome{State: store.StateFailed, Failure: store.FailureLost}},
		"unknown in a burst": {at(store.StateDreaming, 0), luma.Generation{}, certain(luma.ErrNotFound), 8, lostPolls*testPoll - 1, now, outcome{State: store.StateDreaming, Wait: maxBackoff}},
		"deadline, a burst":  {at(store.StateQueued, 0), luma.Generation{}, certain(luma.ErrUnavailable), 8, latePolls*testPoll - 1, t0.Add(testDeadline), outcome{State: store.StateQueued, Wait: maxBackoff}},
		"deadline":           {at(store.StateDreaming, 0), luma.Generation{State: luma.StateDreaming}, nil, 0, 0, t0.Add(testDeadline), outcome{State: store.StateFailed, Failure: store.FailureTimedOut}},
		"deadline, no word":  {at(store.StateQueued, 0), luma.Generation{}, certain(luma.ErrUnavailable), 9, latePolls * testPoll, t0.Add(testDeadline), outcome{State: store.StateFailed, Failure: store.FailureTimedOut}},
		"deadline, retried":  {at(store.StateQueued, 0), luma.Generation{}, certain(luma.ErrUnavailable), lateTries - 1, latePolls * testPoll, t0.Add(testDeadline), outcome{State: store.StateQueued, Wait: 8 * testPoll}},
		"last query":         {at(store.StateDreaming, 0), luma.Generation{}, certain(luma.ErrUnavailable), 60, 0, t0.Add(testDeadline - time.Second), outcome{State: store.StateDreaming, Wait: time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			in := strikes{all: c.strikes}
			if !c.now.Before(t0.Add(testDeadline)) {
				in.late = row{n: c.strikes, lasts: c.lasts}
			}
			if errors.Is(c.err, luma.ErrNotFound) {
				in.lost = row{n: c.strikes, lasts: c.lasts}
			}
			v := decidePolled(c.job, answer{c.gen, c.err, in}, c.now, terms{poll: testPoll}, t0.Add(testDeadline))
			if diff := cmp.Diff(c.want, v.outcome()); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if v.state != c.job.State && !c.job.State.CanBecome(v.state) {
				t.Errorf("%s cannot become %s", c.job.State, v.state)
			}
		})
	}
}

func TestPollAfterStaysWithinItsBounds(t *testing.T) {
	for _, expected := range []time.Duration{0, time.Second, time.Minute, time.Hour} {
		for elapsed := time.Duration(0); elapsed < 3*time.Hour; elapsed += 7 * time.Second {
			got := pollAfter(store.Job{SentAt: t0, Expected: expected}, t0.Add(elapsed), testPoll)
			if got < testPoll || got > maxBackoff {
				t.Fatalf("expected %v, elapsed %v: %v", expected, elapsed, got)
			}
		}
	}
}

// Where Luma tells of its generations it is asked less often, within bounds.
func TestQueriesAreStretchedByCallbacks(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		100 * time.Millisecond: 500 * time.Millisecond, 3 * time.Second: 15 * time.Second, 6 * time.Second: 30 * time.Second,
		20 * time.Second: 30 * time.Second, time.Minute: time.Minute, 5 * time.Minute: 5 * time.Minute,
	} {
		if got := (terms{tells: true}).stretched(d); got != want {
			t.Errorf("%v becomes %v, want %v", d, got, want)
		}
		if got := (terms{}).stretched(d); got != d {
			t.Errorf("without callbacks %v becomes %v", d, got)
		}
	}
	// No call tells of a link that comes after the end.
	g := luma.Generation{State: luma.StateCompleted}
	if v := decideState(store.Job{State: store.StateDreaming}, g, t0, terms{poll: testPoll, tells: true}); v.wait != testPoll {
		t.Errorf("a link is waited for in steps of %v", v.wait)
	}
}

func TestBackoffDoublesToItsBound(t *testing.T) {
	for n, want := range map[int]time.Duration{0: testPoll, 1: testPoll, 2: 2 * testPoll, 3: 4 * testPoll, 9: maxBackoff, 1000: maxBackoff} {
		if got := backoff(testPoll, n); got != want {
			t.Errorf("backoff after %d errors is %v, want %v", n, got, want)
		}
	}
}

func TestShownPlaceRoundsBeyondTen(t *testing.T) {
	for place, want := range map[int]int{0: 0, 1: 1, 10: 10, 11: 20, 20: 20, 21: 30, 9991: 10000} {
		if got := shownPlace(place); got != want {
			t.Errorf("place %d is shown as %d, want %d", place, got, want)
		}
	}
}

func TestTypicalNeedsThree(t *testing.T) {
	if got := typical([]time.Duration{1, 2}); got != 0 {
		t.Errorf("of two: %v", got)
	}
	if got := typical([]time.Duration{time.Second, 80 * time.Second, time.Hour}); got != 80*time.Second {
		t.Errorf("of three: %v", got)
	}
}
