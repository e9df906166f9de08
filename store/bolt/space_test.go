package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	berrors "go.etcd.io/bbolt/errors"

	"dreambot/store"
)

// fillUp creates jobs with long prompts, many at once, until one is refused, and
// returns the ids of those that were acknowledged and of those that were not.
func fillUp(t *testing.T, s *Store, prefix string) (stored, refused []string) {
	t.Helper()
	var mu sync.Mutex
	for round := 0; len(refused) == 0; round++ {
		if round == 1000 {
			t.Fatal("the store takes more than fits")
		}
		together(20, func(i int) {
			j := job(fmt.Sprintf("%s-%d-%d", prefix, round, i))
			j.Prompt = strings.Repeat("猫", 6000)
			err := s.Create(t.Context(), j)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				stored = append(stored, j.ID)
			case errors.Is(err, store.ErrNoSpace) && contains(err, j.ID):
				refused = append(refused, j.ID)
			default:
				t.Errorf("Create: %v, want ErrNoSpace and the job", err)
			}
		})
	}
	return stored, refused
}

// wantStored checks that these jobs are there and these are not, whole.
func wantStored(t *testing.T, s *Store, stored, refused []string) {
	t.Helper()
	for _, id := range stored {
		if _, err := s.Get(t.Context(), id); err != nil {
			t.Errorf("job %s, which was acknowledged: %v", id, err)
		}
	}
	for _, id := range refused {
		if _, err := s.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("job %s, which was refused: %v, want ErrNotFound", id, err)
		}
	}
	if err := s.check(); err != nil {
		t.Errorf("check: %v", err)
	}
}

func TestAFullStoreRefusesNewJobsAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	open := func() *Store {
		s, err := Open(path, WithMaxSize(MinMaxSize))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	stored, refused := fillUp(t, s, "first")
	if len(stored) < 50 {
		t.Errorf("%d jobs fit into %d bytes", len(stored), MinMaxSize)
	}

	// Reopened, it is as full, and what is there goes on to its end.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	wantStored(t, s, stored, refused)
	if err := s.Create(t.Context(), job("again")); !errors.Is(err, store.ErrNoSpace) {
		t.Errorf("Create in a full store: %v, want ErrNoSpace", err)
	}
	for _, change := range []func(*store.Job){
		func(j *store.Job) {
			j.AnsweredAt, j.Message, j.SentAt = time.Unix(1001, 0), "m-"+j.ID, time.Unix(1001, 0)
		},
		func(j *store.Job) {
			j.State, j.Failure, j.FinishedAt, j.Shown = store.StateFailed, store.FailureLost, time.Unix(1100, 0), j.Revision+1
			j.Cause = strings.Repeat("trouble ", 100)
		},
	} {
		for ids := range slices.Chunk(stored, 10) {
			together(len(ids), func(i int) {
				if _, err := s.Update(t.Context(), ids[i], func(j *store.Job) error { change(j); return nil }); err != nil {
					t.Errorf("Update in a full store: %v", err)
				}
			})
		}
	}
	if info, err := os.Stat(path); err != nil || info.Size() > MinMaxSize {
		t.Errorf("the file has %d bytes, %v; want %d at most", info.Size(), err, MinMaxSize)
	}

	// Once there is room it takes new jobs, without a restart.
	if n, err := s.Prune(t.Context(), late, len(stored)); n != len(stored) || err != nil {
		t.Errorf("Prune: %d, %v; want %d", n, err, len(stored))
	}
	together(len(stored)/2, func(i int) {
		j := job(fmt.Sprintf("again-%d", i))
		j.Prompt = strings.Repeat("猫", 6000)
		if err := s.Create(t.Context(), j); err != nil {
			t.Errorf("Create, once there is room: %v", err)
		}
	})
	wantStored(t, s, nil, stored)
	if info, err := os.Stat(path); err != nil || info.Size() > MinMaxSize {
		t.Errorf("the file has %d bytes, %v; want %d at most", info.Size(), err, MinMaxSize)
	}
}

func TestWhatSaysThatThereIsNoSpace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&fs.PathError{Op: "write", Path: "jobs.db", Err: syscall.ENOSPC}, true},
		{&fs.PathError{Op: "write", Path: "jobs.db", Err: syscall.EDQUOT}, true},
		{fmt.Errorf("file resize error: %s", &fs.PathError{Op: "truncate", Path: "jobs.db", Err: syscall.EFBIG}), true},
		{fmt.Errorf("file sync error: %s", &fs.PathError{Op: "sync", Path: "jobs.db", Err: syscall.ENOSPC}), true},
		{berrors.ErrMaxSizeReached, true},
		{&fs.PathError{Op: "write", Path: "jobs.db", Err: syscall.EIO}, false},
		{fmt.Errorf("open %s: denied", syscall.ENOSPC), false},
		{berrors.ErrDatabaseNotOpen, false},
	} {
		got := noSpace(c.err)
		if errors.Is(got, store.ErrNoSpace) != c.want || !errors.Is(got, c.err) || noSpace(got) != got {
			t.Errorf("%v becomes %v; want that there is no space: %v", c.err, got, c.want)
		}
	}
	if err := noSpace(nil); err != nil {
		t.Errorf("nil becomes %v", err)
	}
}
