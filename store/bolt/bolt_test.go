package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"go.uber.org/goleak"

	"dreambot/internal/secret"
	"dreambot/store"
	"dreambot/store/storetest"
)

func TestMain(m *testing.M) {
	for variable, run := range map[string]func(path string){crashVariable: crashMain, fullVariable: fullMain} {
		if path := os.Getenv(variable); path != "" {
			run(path)
			return
		}
	}
	goleak.VerifyTestMain(m)
}

func TestStoreKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return newStore(t) })
}

func TestStoreLastsAcrossOpenings(t *testing.T) {
	storetest.RunReopen(t, func(t *testing.T) func(t *testing.T) store.Store {
		path := filepath.Join(t.TempDir(), "jobs.db")
		return func(t *testing.T) store.Store { return openStore(t, path) }
	})
}

// newStore returns an empty store that is closed when the test ends; then its
// buckets must agree with each other.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "jobs.db"))
}

func openStore(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.check(); err != nil && !errors.Is(err, berrors.ErrDatabaseNotOpen) {
			t.Errorf("check: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// job returns a job that Create takes.
func job(id string) store.Job {
	return store.Job{
		ID: id, Kind: store.KindDream, Prompt: "a cat", Guild: "10", Channel: "20", Member: "30", Locale: "en-US",
		Origin:    store.Origin{Interaction: "40", Token: secret.New("sesame-" + id), Expires: time.Unix(1900, 0)},
		CreatedAt: time.Unix(1000, 7),
	}
}

// together runs fn n times at once and waits for all; fn must not end the test.
func together(n int, fn func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}

// create stores jobs and returns the first as stored.
func create(t testing.TB, s *Store, ids ...string) store.Job {
	t.Helper()
	for _, id := range ids {
		if err := s.Create(t.Context(), job(id)); err != nil {
			t.Fatal(err)
		}
	}
	j, err := s.Get(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func update(t testing.TB, s *Store, id string, change func(*store.Job)) store.Job {
	t.Helper()
	j, err := s.Update(t.Context(), id, func(j *store.Job) error { change(j); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// holds reports whether a record of the store has a text in it.
func holds(t *testing.T, s *Store, text string) bool {
	t.Helper()
	found := false
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucketJobs)).ForEach(func(_, record []byte) error {
			found = found || bytes.Contains(record, []byte(text))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTokenIsDroppedWhenItLeadsNowhere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a", "b", "c")
	update(t, s, "a", func(j *store.Job) { j.AnsweredAt, j.Shown, j.State = time.Unix(1001, 0), 1, store.StateCancelled })
	if !holds(t, s, "sesame-a") {
		t.Fatal("the token went while the reply is due")
	}
	update(t, s, "b", func(j *store.Job) { j.State = store.StateCancelled })
	if !holds(t, s, "sesame-b") {
		t.Error("the token went before it is known whether there is a reply to edit")
	}
	update(t, s, "b", func(j *store.Job) { j.AnsweredAt, j.Shown = time.Unix(1001, 0), j.Revision })
	if holds(t, s, "sesame-b") {
		t.Error("the token is still there once the reply shows the end")
	}
	update(t, s, "c", func(j *store.Job) { j.AnsweredAt, j.Route = time.Unix(1001, 0), store.RoutePost })
	if holds(t, s, "sesame-c") {
		t.Error("the token is still there where Discord has refused it")
	}
	j := update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision })
	if !j.Origin.Token.IsZero() || holds(t, s, "sesame-a") {
		t.Error("the token is still there")
	}
	update(t, s, "a", func(j *store.Job) { j.Origin.Token = secret.New("sesame again") })
	if holds(t, s, "sesame again") {
		t.Error("a new token was stored")
	}
}

func TestNothingIsCommittedForAChangeOfNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	before := commits(t, s)
	update(t, s, "a", func(*store.Job) {})
	update(t, s, "a", func(j *store.Job) { j.CreatedAt = j.CreatedAt.In(time.FixedZone("x", 60)) })
	if err := s.Create(t.Context(), job("a")); !errors.Is(err, store.ErrExists) {
		t.Errorf("Create: %v, want ErrExists", err)
	}
	if _, err := s.Update(t.Context(), "a", func(*store.Job) error { return store.ErrConflict }); err != store.ErrConflict {
		t.Errorf("Update: %v, want ErrConflict", err)
	}
	if got := commits(t, s); got != before {
		t.Errorf("%d commits, want none", got-before)
	}
	update(t, s, "a", func(j *store.Job) { j.Attempts++ })
	if got := commits(t, s); got != before+1 {
		t.Errorf("%d commits of a change, want 1", got-before)
	}
}

// commits returns a number that rises by one with every commit.
func commits(t *testing.T, s *Store) int {
	t.Helper()
	n := 0
	if err := s.db.View(func(tx *bbolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestErrorsNameTheJobAndHideTheToken(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	bad := job("a\xff")
	if err := s.Create(t.Context(), bad); !errors.Is(err, store.ErrTransition) {
		t.Errorf("an id that is not UTF-8: %v, want ErrTransition", err)
	}
	for name, change := range map[string]func(*store.Job){
		"message": func(j *store.Job) { j.Message = "\xff" },
		"parent":  func(j *store.Job) { j.Parent = "\xff" },
		"root":    func(j *store.Job) { j.Root = "\xff" },
		"second":  func(j *store.Job) { j.Second = "\xff" },
		"remote":  func(j *store.Job) { j.Remote = "\xff" },
	} {
		if _, err := s.Update(t.Context(), "a", func(j *store.Job) error { change(j); return nil }); !errors.Is(err, store.ErrTransition) {
			t.Errorf("a %s that is not UTF-8: %v, want ErrTransition", name, err)
		}
	}
	long := job(string(bytes.Repeat([]byte("x"), bbolt.MaxKeySize+1)))
	if err := s.Create(t.Context(), long); !errors.Is(err, berrors.ErrKeyTooLarge) {
		t.Errorf("an id that is too long: %v, want ErrKeyTooLarge", err)
	}
	late := job("late")
	late.CreatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := s.Create(t.Context(), late); err == nil {
		t.Error("a time that RFC 3339 has no text for is taken")
	}
	cause := update(t, s, "a", func(j *store.Job) { j.Cause = "answer was \xff" }).Cause
	if want := "answer was \ufffd"; cause != want {
		t.Errorf("a cause that is not UTF-8 becomes %q, want %q", cause, want)
	}
	for _, damaged := range []string{"", "{", "null", `{"id":"b"}`, `{"id":"a","token":"sesame-a"}`, `{"id":"a","token":1e99}`,
		`{"id":"a","kind":"dream","channel":"c","member":"m","created_at":"2026-01-01T00:00:00Z","state":"asleep","token":"sesame-a"}`} {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketJobs)).Put([]byte("a"), []byte(damaged))
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, err := range everyWayTo(t, s, "a") {
			if err == nil || errors.Is(err, store.ErrNotFound) || !contains(err, `"a"`) || contains(err, "sesame") {
				t.Errorf("%s of %s: %v; want an error that names the job", name, damaged, err)
			}
		}
	}
	err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketJobs)).Delete([]byte("a")) })
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range everyWayTo(t, s, "a") {
		if missing := name == "Get" || name == "Update"; err == nil || errors.Is(err, store.ErrNotFound) != missing || !contains(err, `"a"`) {
			t.Errorf("%s of a job whose record is gone: %v", name, err)
		}
	}
	if err := s.check(); err == nil {
		t.Error("check finds nothing")
	}
	if err := s.Close(); err != nil { // before the check at the end
		t.Fatal(err)
	}
}

func contains(err error, text string) bool { return bytes.Contains([]byte(err.Error()), []byte(text)) }

// everyWayTo reads a job by every method that comes by it.
func everyWayTo(t *testing.T, s *Store, id string) map[string]error {
	errs := map[string]error{}
	_, errs["Get"] = s.Get(t.Context(), id)
	_, errs["Update"] = s.Update(t.Context(), id, func(*store.Job) error { return nil })
	_, errs["Open"] = s.Open(t.Context())
	_, errs["Story"] = s.Story(t.Context(), id)
	_, errs["List by channel"] = s.List(t.Context(), store.Query{Channel: "20"})
	_, errs["List by member"] = s.List(t.Context(), store.Query{Member: "30", Guild: "10"})
	return errs
}

func TestDamagedDurationsAreAnError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	m := store.Measure{Kind: store.KindDream}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucketDurations)).Put(measureKey(m), []byte("short"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Durations(t.Context(), m); err == nil {
		t.Error("Durations succeeds")
	}
	update(t, s, "a", func(j *store.Job) { j.State, j.SentAt = store.StateSubmitting, time.Unix(1001, 0) })
	_, err = s.Update(t.Context(), "a", func(j *store.Job) error {
		j.State, j.FinishedAt = store.StateCompleted, time.Unix(1002, 0)
		return nil
	})
	if err == nil {
		t.Error("Update succeeds")
	}
	if j, err := s.Get(t.Context(), "a"); err != nil || j.State != store.StateSubmitting {
		t.Errorf("the job is %s, %v; want it as before, since nothing is stored by halves", j.State, err)
	}
	if err := s.check(); err == nil {
		t.Error("check finds nothing")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedIndexKeyIsAnError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	create(t, s, "a")
	err := s.db.Update(func(tx *bbolt.Tx) error {
		return errors.Join(
			tx.Bucket([]byte(bucketOpen)).Put([]byte("short"), nil),
			tx.Bucket([]byte(bucketMessage)).Put([]byte(messagePrefix("50")+"short"), nil),
			tx.Bucket([]byte(bucketRemote)).Put([]byte(remotePrefix("r")+"short"), nil),
			tx.Bucket([]byte(bucketStory)).Put([]byte(storyPrefix("a")+"short"), nil),
			tx.Bucket([]byte(bucketReaction)).Put([]byte(reactionPrefix("a")+"short"), nil),
			tx.Bucket([]byte(bucketChannel)).Put([]byte(channelPrefix("20")+"short"), nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	_, open := s.Open(t.Context())
	_, byMessage := s.ByMessage(t.Context(), "50")
	_, byRemote := s.ByRemote(t.Context(), "r")
	_, list := s.List(t.Context(), store.Query{Channel: "20"})
	_, story := s.Story(t.Context(), "a")
	_, carried := s.Carried(t.Context(), "a")
	claiming := job("b")
	claiming.Parent, claiming.Reaction = "a", true
	for name, err := range map[string]error{"Open": open, "ByMessage": byMessage, "ByRemote": byRemote, "List": list,
		"Story": story, "Carried": carried, "Create": s.Create(t.Context(), claiming)} {
		if err == nil || errors.Is(err, store.ErrNotFound) || !contains(err, "damaged") {
			t.Errorf("%s: %v; want that the key is damaged", name, err)
		}
	}
	if err := s.check(); err == nil {
		t.Error("check finds nothing")
	}
	if err := s.Close(); err != nil { // before the check at the end
		t.Fatal(err)
	}
}
