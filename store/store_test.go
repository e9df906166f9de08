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
		"ready":          {func(j *store.Job) { j.Ready = time.Unix(60, 0) }, 4},
		"invitation":     {func(j *store.Job) { j.Invitation = store.InvitationDue }, 3},
		"reactors":       {func(j *store.Job) { j.Reactors = []string{"r"} }, 3},
		"image":          {func(j *store.Job) { j.Image.URL, j.Image.Expires = "https://c", time.Unix(60, 0) }, 3},
		"end image":      {func(j *store.Job) { j.EndImage.Upload.ID = "u" }, 3},
		"back":           {func(j *store.Job) { j.Back = store.Spot{Channel: "c", Message: "b"} }, 3},
		"guest":          {func(j *store.Job) { j.Guest = true }, 3},
		"story":          {func(j *store.Job) { j.Root, j.Part = "r", 9 }, 3},
		"reaction":       {func(j *store.Job) { j.Reaction = true }, 3},
		"spoiler":        {func(j *store.Job) { j.Spoiler = true }, 4},
		"remixes":        {func(j *store.Job) { j.Remixes = []store.Credit{{Job: "a", Member: "b"}} }, 4},
		"counts":         {func(j *store.Job) { j.Counts = time.Second }, 3},
		"second":         {func(j *store.Job) { j.Second, j.SecondSource, j.SecondBack.Message = "s", "r", "b" }, 3},
		"remote":         {func(j *store.Job) { j.Remote, j.Source = "r", "r" }, 3},
		"inline":         {func(j *store.Job) { j.Inline = true }, 3},
		"price":          {func(j *store.Job) { j.Price, j.Priced = 710_000, true }, 3},
		"allowance":      {func(j *store.Job) { j.Allowance.MemberDreams = 1 }, 3},
		"a set revision": {func(j *store.Job) { j.Revision = 99 }, 3},
	} {
		after, err := store.Apply(job(store.StateQueued), func(j *store.Job) error { c.change(j); return nil })
		if err != nil || after.Revision != c.want {
			t.Errorf("%s: revision %d, %v; want %d", name, after.Revision, err, c.want)
		}
	}
}

// TestCreditsAreShownOneByOne holds that whichever part of a credit changes, the
// reply shows another.
func TestCreditsAreShownOneByOne(t *testing.T) {
	j := job(store.StateCompleted)
	j.Remixes = []store.Credit{{Job: "a", Member: "b c"}, {Job: "d", Member: "e"}}
	for name, credits := range map[string][]store.Credit{
		"job": {{Job: "x", Member: "b c"}, {Job: "d", Member: "e"}}, "member": {{Job: "a", Member: "b c"}, {Job: "d", Member: "0"}},
		"fewer": {{Job: "a", Member: "b c"}}, "none": nil, "run together": {{Job: "a b", Member: "c"}, {Job: "d", Member: "e"}},
	} {
		after, err := store.Apply(j, func(j *store.Job) error { j.Remixes = credits; return nil })
		if err != nil || after.Revision != 4 {
			t.Errorf("%s: revision %d, %v; want 4", name, after.Revision, err)
		}
	}
}

// TestTheSameTimeIsShownAlike holds that a time is shown by its moment, wherever
// and by whatever clock it was read.
func TestTheSameTimeIsShownAlike(t *testing.T) {
	j := job(store.StateWaiting)
	j.Ready = time.Now()
	for name, change := range map[string]func(*store.Job){
		"location": func(j *store.Job) { j.Ready = j.Ready.In(time.FixedZone("x", 3600)) },
		"clock":    func(j *store.Job) { j.Ready = j.Ready.Round(0) },
	} {
		after, err := store.Apply(j, func(j *store.Job) error { change(j); return nil })
		if err != nil || after.Revision != 3 {
			t.Errorf("another %s: revision %d, %v; want 3", name, after.Revision, err)
		}
	}
	after, err := store.Apply(j, func(j *store.Job) error { j.Ready = time.Time{}; return nil })
	if err != nil || after.Revision != 4 {
		t.Errorf("no time: revision %d, %v; want 4", after.Revision, err)
	}
}

// TestAJobIsDueWhileItsReplyShowsLess follows Due through what the reply may
// lag behind by: a line that stands still, a removal, a way that is closed.
func TestAJobIsDueWhileItsReplyShowsLess(t *testing.T) {
	j := job(store.StateWaiting)
	if j.Shown--; j.Due() {
		t.Error("a job is due before its first reply")
	}
	if j.Invitation = store.InvitationDue; j.Due() {
		t.Error("an invitation is due before there is a reply")
	}
	j.Invitation = store.InvitationNone
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
		{"an invitation is wished", func(j *store.Job) { j.Invitation = store.InvitationDue }, true},
		{"it is there", func(j *store.Job) { j.Invitation = store.InvitationMade }, false},
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

func TestKindsAreAllKinds(t *testing.T) {
	want := []store.Kind{store.KindDream, store.KindExtend, store.KindBlend, store.KindUpscale, store.KindSound}
	if got := store.Kinds(); !slices.Equal(got, want) {
		t.Errorf("Kinds() = %q, want %q", got, want)
	}
	for _, k := range store.Kinds() {
		if k.Derived() != (k != store.KindDream) {
			t.Errorf("%s is made from others' videos: %v", k, k.Derived())
		}
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
	for name, c := range map[string]struct {
		root     string
		part     int
		wantRoot string
		wantPart int
	}{
		"none":           {"", 0, "j", 1},
		"a story's part": {"r", 4, "r", 4},
		"no part":        {"r", 0, "r", 1},
		"a part below":   {"r", -3, "r", 1},
	} {
		j := job(store.StateWaiting)
		j.Root, j.Part = c.root, c.part
		if got, err := store.Admit(j); err != nil || got.Root != c.wantRoot || got.Part != c.wantPart {
			t.Errorf("%s: part %d of %q, %v; want %d of %q", name, got.Part, got.Root, err, c.wantPart, c.wantRoot)
		}
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

func TestAReactionClaimsWhileItMayBringAVideo(t *testing.T) {
	for _, state := range store.States() {
		j := job(state)
		if j.Claims() {
			t.Errorf("a %s job that no reaction asked for claims", state)
		}
		j.Reaction = true
		if want := state != store.StateFailed && state != store.StateCancelled; j.Claims() != want {
			t.Errorf("a %s job by a reaction claims: %v, want %v", state, j.Claims(), want)
		}
		if j.Removed = true; state == store.StateCompleted && !j.Claims() {
			t.Error("a result that was removed claims no more")
		}
	}
}

func TestAPictureWorksUntilItExpires(t *testing.T) {
	p := store.Picture{URL: "https://c", Expires: time.Unix(60, 0)}
	for _, c := range []struct {
		at   time.Time
		want bool
	}{{time.Unix(59, 999), true}, {time.Unix(60, 0), false}, {time.Unix(61, 0), false}} {
		if got := p.Works(c.at); got != c.want {
			t.Errorf("at %v it works: %v, want %v", c.at, got, c.want)
		}
	}
	if p.Expires = (time.Time{}); p.Works(time.Unix(0, 0)) {
		t.Error("an address of which no time is known works")
	}
	if p.IsZero() || !(store.Picture{Name: "a.png"}).IsZero() {
		t.Error("a picture is one by its address alone")
	}
}

func TestSpotIsWhereTheMessageStands(t *testing.T) {
	for name, c := range map[string]struct {
		direct, message string
		want            store.Spot
	}{
		"no message":        {"", "", store.Spot{Channel: "c"}},
		"in the channel":    {"", "1", store.Spot{Channel: "c", Message: "1"}},
		"a direct message":  {"d", "1", store.Spot{Channel: "d", Message: "1"}},
		"none of them, yet": {"d", "", store.Spot{Channel: "d"}},
	} {
		j := job(store.StateQueued)
		j.Direct, j.Message = c.direct, c.message
		if got := j.Spot(); got != c.want || got.IsZero() != (c.message == "") {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
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
