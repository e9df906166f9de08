package bolt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dreambot/store"
)

// fullVariable makes the test binary a writer to the file that it names, which
// the system lets grow no further.
const fullVariable = "DREAMBOT_BOLT_FULL"

// fullMain fills the store until the system says no, looks whether reading goes
// on, and has the system say yes again. It prints "stored" or "refused" and the
// id, for every job.
func fullMain(path string) {
	if err := fullRun(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func fullRun(path string) error {
	signal.Ignore(syscall.SIGXFSZ) // so that it is an error of the call
	s, err := Open(path)
	if err != nil {
		return err
	}
	ctx := context.Background()
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	free, err := limitFiles(uint64(info.Size()))
	if err != nil {
		return err
	}
	last := ""
	for i, room := 0, false; ; i++ {
		j := job(fmt.Sprintf("j%d", i))
		j.Prompt = strings.Repeat("猫", 6000)
		err := s.Create(ctx, j)
		switch {
		case err == nil:
			last = j.ID
			_, _ = fmt.Println("stored", j.ID)
		case !errors.Is(err, store.ErrNoSpace):
			return fmt.Errorf("want ErrNoSpace: %w", err)
		case room:
			return fmt.Errorf("with room again: %w", err)
		default:
			_, _ = fmt.Println("refused", j.ID)
			if _, err := s.Get(ctx, last); err != nil {
				return err
			}
			if _, err := s.Get(ctx, j.ID); !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("a job that was refused: %v, want ErrNotFound", err)
			}
			if err := free(); err != nil {
				return err
			}
			room = true
		}
		if room && err == nil {
			return s.Close()
		}
	}
}

// limitFiles has the system refuse to make files of the process larger than
// that; free undoes it.
func limitFiles(size uint64) (free func() error, err error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		return nil, err
	}
	was := l
	l.Cur = size
	return func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was) }, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
}

// TestADiskThatIsFullIsAnErrorAndNothingIsHalfWritten has the system's own no in
// another process, whose data must be whole afterwards.
func TestADiskThatIsFullIsAnErrorAndNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.db")
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), fullVariable+"="+path)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	ids := map[string][]string{}
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		what, id, _ := strings.Cut(lines.Text(), " ")
		ids[what] = append(ids[what], id)
	}
	if len(ids["stored"]) < 2 || len(ids["refused"]) != 1 {
		t.Errorf("%d jobs were stored and %d refused", len(ids["stored"]), len(ids["refused"]))
	}
	wantStored(t, openStore(t, path), ids["stored"], ids["refused"])
}
