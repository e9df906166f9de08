package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"dreambot/store"
)

// legal is written out by hand: the table is part of what the bot promises.
var legal = map[store.State][]store.State{
	store.StateWaiting:    {store.StateSubmitting, store.StateFailed, store.StateCancelled},
	store.StateSubmitting: {store.StateWaiting, store.StateQueued, store.StateDreaming, store.StateCompleted, store.StateFailed},
	store.StateQueued:     {store.StateDreaming, store.StateCompleted, store.StateFailed},
	store.StateDreaming:   {store.StateCompleted, store.StateFailed},
}

func job(state store.State) store.Job {
	j := store.Job{ID: "j", Kind: store.KindDream, Channel: "c", Member: "m",
		CreatedAt: time.Unix(1, 0), State: state, Revision: 3, Shown: 3}
	if state == store.StateFailed {
		j.Failure = store.FailureGeneration
	}
	return j
}

func TestApplyAllowsTheTableAndNothingElse(t *testing.T) {
	for _, from := range store.States() {
		for _, to := range store.States() {
			after, err := store.Apply(job(from), func(j *store.Job) error {
				j.State = to
				j.Failure = job(to).Failure
				return nil
			})
			switch {
			case from == to:
				if err != nil || after.Revision != 3 {
					t.Errorf("%s to itself: revision %d, %v", from, after.Revision, err)
				}
			case slices.Contains(legal[from], to):
				want := int64(4)
				if from == store.StateWaiting && to == store.StateSubmitting || from == store.StateSubmitting && to == store.StateWaiting {
					want = 3 // the reply says the same
				}
				if err != nil || after.Revision != want {
					t.Errorf("%s to %s: revision %d, %v; want %d, nil", from, to, after.Revision, err, want)
				}
			default:
				if !errors.Is(err, store.ErrTransition) {
					t.Errorf("%s to %s: %v, want ErrTransition", from, to, err)
				}
			}
		}
		if got, want := from.Final(), len(legal[from]) == 0; got != want {
			t.Errorf("%s.Final() = %v, want %v", from, got, want)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		change func(*store.Job) error
		want   error
	}{
		"another id":                {func(j *store.Job) error { j.ID = "k"; return nil }, store.ErrTransition},
		"another member":            {func(j *store.Job) error { j.Member = "k"; return nil }, store.ErrTransition},
		"another channel":           {func(j *store.Job) error { j.Channel = "k"; return nil }, store.ErrTransition},
		"another guild":             {func(j *store.Job) error { j.Guild = "k"; return nil }, store.ErrTransition},
		"another time":              {func(j *store.Job) error { j.CreatedAt = time.Unix(2, 0); return nil }, store.ErrTransition},
		"failed without a reason":   {func(j *store.Job) error { j.State = store.StateFailed; return nil }, store.ErrTransition},
		"a reason without a failed": {func(j *store.Job) error { j.Failure = store.FailureLost; return nil }, store.ErrTransition},
		"an error of the change":    {func(*store.Job) error { return boom }, boom},
	} {
		if _, err := store.Apply(job(store.StateQueued), c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestRevisionRisesWithWhatIsShown(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*store.Job)
		want   int64
	}{
		"nothing":        {func(*store.Job) {}, 3},
		"place":          {func(j *store.Job) { j.Place = 2 }, 4},
		"hold":           {func(j *store.Job) { j.Hold = store.HoldAccount }, 4},
		"removed":        {func(j *store.Job) { j.Removed = true }, 4},
		"route":          {func(j *store.Job) { j.Route = store.RoutePost }, 3},
		"direct":         {func(j *store.Job) { j.Direct = "d" }, 3},
		"posted at":      {func(j *store.Job) { j.PostedAt = time.Unix(9, 0) }, 3},
		"message":        {func(j *store.Job) { j.Message = "m" }, 3},
		"fallback":       {func(j *store.Job) { j.Fallback = 1 }, 3},
		"expected":       {func(j *store.Job) { j.Expected = time.Minute }, 4},
		"video":          {func(j *store.Job) { j.Video.URL = "https://v" }, 4},
		"shown":          {func(j *store.Job) { j.Shown = 2 }, 3},
		"upload":         {func(j *store.Job) { j.Upload.ID = "a" }, 3},
		"a set revision": {func(j *store.Job) { j.Revision = 99 }, 3},
	} {
		after, err := store.Apply(job(store.StateQueued), func(j *store.Job) error { c.change(j); return nil })
		if err != nil || after.Revision != c.want {
			t.Errorf("%s: revision %d, %v; want %d", name, after.Revision, err, c.want)
		}
	}
}

// TestAJobIsDueWhileItsReplyShowsLess follows Due through what the reply may
// lag behind by: a line that stands still, a removal, a way that is closed.
func TestAJobIsDueWhileItsReplyShowsLess(t *testing.T) {
	j := job(store.StateWaiting)
	if j.Shown--; j.Due() {
		t.Error("a job is due before its first reply")
	}
	j.AnsweredAt, j.Shown = time.Unix(2, 0), j.Revision
	for _, step := range []struct {
		name   string
		change func(*store.Job)
		due    bool
	}{
		{"the line stands still", func(j *store.Job) { j.Hold = store.HoldUnreachable }, true},
		{"shown", func(j *store.Job) { j.Shown = j.Revision }, false},
		{"for another reason", func(j *store.Job) { j.Hold = store.HoldAccount }, true},
		{"it moves again, unseen", func(j *store.Job) { j.Hold = store.HoldNone }, true},
		{"every way is closed", func(j *store.Job) { j.Route, j.Shown = store.RouteNone, j.Revision }, false},
		{"cancelled", func(j *store.Job) { j.State = store.StateCancelled }, true},
		{"shown again", func(j *store.Job) { j.Shown = j.Revision }, false},
		{"to be deleted", func(j *store.Job) { j.Removed = true }, true},
		{"deleted", func(j *store.Job) { j.Shown = j.Revision }, false},
	} {
		after, err := store.Apply(j, func(j *store.Job) error { step.change(j); return nil })
		if err != nil || after.Due() != step.due {
			t.Errorf("%s: due %v, %v; want %v", step.name, after.Due(), err, step.due)
		}
		j = after
	}
}

func TestHoldsAreAllReasonsToStandStill(t *testing.T) {
	if got := store.Holds(); !slices.Equal(got, []store.Hold{store.HoldUnreachable, store.HoldAccount}) {
		t.Errorf("Holds() = %q", got)
	}
}

func TestABusyMemberIsToldApart(t *testing.T) {
	until := time.Unix(60, 0)
	err := fmt.Errorf("submit: %w", &store.BusyError{Limit: 5, Until: until})
	var busy *store.BusyError
	if !errors.As(err, &busy) || busy.Limit != 5 || !busy.Until.Equal(until) {
		t.Errorf("%v is not a BusyError of 5 jobs", err)
	}
	if want := "submit: the member has 5 unfinished jobs"; err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
}

func TestAdmit(t *testing.T) {
	j := job(store.StateWaiting)
	j.Revision, j.Shown = 9, 9
	got, err := store.Admit(j)
	if err != nil || got.Revision != 1 || got.Shown != 0 {
		t.Errorf("Admit = revision %d, shown %d, %v; want 1, 0, nil", got.Revision, got.Shown, err)
	}
	for name, spoil := range map[string]func(*store.Job){
		"no id":      func(j *store.Job) { j.ID = "" },
		"no kind":    func(j *store.Job) { j.Kind = "" },
		"no channel": func(j *store.Job) { j.Channel = "" },
		"no member":  func(j *store.Job) { j.Member = "" },
		"no time":    func(j *store.Job) { j.CreatedAt = time.Time{} },
		"begun":      func(j *store.Job) { j.State = store.StateQueued },
	} {
		j := job(store.StateWaiting)
		spoil(&j)
		if _, err := store.Admit(j); !errors.Is(err, store.ErrTransition) {
			t.Errorf("%s: %v, want ErrTransition", name, err)
		}
	}
}

func TestTookCountsACompletionOnce(t *testing.T) {
	sent := time.Unix(100, 0)
	done := job(store.StateCompleted)
	done.SentAt, done.FinishedAt = sent, sent.Add(time.Minute)
	if d, ok := store.Took(job(store.StateDreaming), done); !ok || d != time.Minute {
		t.Errorf("Took = %v, %v; want 1m, true", d, ok)
	}
	if _, ok := store.Took(done, done); ok {
		t.Error("a change of a completed job counts again")
	}
	if _, ok := store.Took(job(store.StateQueued), job(store.StateDreaming)); ok {
		t.Error("a job that is not completed counts")
	}
}
