package bolt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dreambot/store"
)

func draft(id string) store.Draft {
	return store.Draft{ID: id, Member: "30", Image: store.Picture{URL: "https://c/sesame", Expires: time.Unix(2000, 0)}, CreatedAt: time.Unix(1000, 7)}
}

func TestADraftThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	before := commits(t, s)
	for name, c := range map[string]struct {
		spoil func(*store.Draft)
		want  error
	}{
		"no id":             {func(d *store.Draft) { d.ID = "" }, store.ErrTransition},
		"no member":         {func(d *store.Draft) { d.Member = "" }, store.ErrTransition},
		"no time":           {func(d *store.Draft) { d.CreatedAt = time.Time{} }, store.ErrTransition},
		"no text as id":     {func(d *store.Draft) { d.ID = "a\xff" }, store.ErrTransition},
		"no text as member": {func(d *store.Draft) { d.Member = "\xff" }, store.ErrTransition},
		"too long an id":    {func(d *store.Draft) { d.ID = strings.Repeat("x", bbolt.MaxKeySize+1) }, berrors.ErrKeyTooLarge},
	} {
		d := draft("a")
		c.spoil(&d)
		if err := s.Keep(t.Context(), d); !errors.Is(err, c.want) || contains(err, "sesame") {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if got := commits(t, s); got != before {
		t.Errorf("%d commits, want none", got-before)
	}
}

func TestADamagedDraftIsAnError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, damaged := range []string{"", "{", "null", `{"id":"b","member":"30","created_at":"2026-01-01T00:00:00Z"}`, `{"id":"a","member":"30"}`,
		`{"id":"a","created_at":"2026-01-01T00:00:00Z"}`, `{"id":"a","member":"30","image":{"url":["sesame"]}}`} {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketDrafts)).Put([]byte("a"), []byte(damaged))
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Draft(t.Context(), "a"); err == nil || errors.Is(err, store.ErrNotFound) || !contains(err, `"a" is damaged`) || contains(err, "sesame") {
			t.Errorf("%s: %v; want an error that names the draft", damaged, err)
		}
		if err := s.Keep(t.Context(), draft("a")); !errors.Is(err, store.ErrExists) {
			t.Errorf("Keep where %s is: %v, want ErrExists", damaged, err)
		}
		if err := s.db.View(whole); !errors.Is(err, store.ErrForeign) || !contains(err, `"a"`) {
			t.Errorf("a file with %s is whole: %v", damaged, err)
		}
	}
	if err := s.Close(); err != nil { // before the check at the end
		t.Fatal(err)
	}
}

// TestAFullStoreKeepsNoDraft holds that drafts leave the jobs their room.
func TestAFullStoreKeepsNoDraft(t *testing.T) {
	t.Parallel()
	s, err := Open(write(t, nil), WithMaxSize(MinMaxSize))
	if err != nil {
		t.Fatal(err)
	}
	fillUp(t, s, "j")
	if err := s.Keep(t.Context(), draft("a")); !errors.Is(err, store.ErrNoSpace) {
		t.Errorf("Keep in a full store: %v, want ErrNoSpace", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestADraftWhoseContextEndsInLineIsNotKept ends the context after the first
// look, which is before the transaction.
func TestADraftWhoseContextEndsInLineIsNotKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if err := s.Keep(&countdown{t.Context(), 1}, draft("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("Keep: %v, want context.Canceled", err)
	}
	if _, err := s.Draft(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Draft: %v, want ErrNotFound", err)
	}
}

// BenchmarkKeep keeps drafts where as many are kept as may be, sync included.
func BenchmarkKeep(b *testing.B) {
	s := newStore(b)
	for part := range 10 {
		together(store.DraftsKept/10, func(i int) {
			if err := s.Keep(b.Context(), draft(fmt.Sprintf("a%d-%03d", part, i))); err != nil {
				b.Errorf("Keep: %v", err)
			}
		})
	}
	for i := 0; b.Loop(); i++ {
		if err := s.Keep(b.Context(), draft(fmt.Sprintf("b%09d", i))); err != nil {
			b.Fatal(err)
		}
	}
}
