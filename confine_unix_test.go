//go:build unix

package main

import (
	"fmt"
	"os/signal"
	"strconv"
	"syscall"
)

// confine takes from the process what the test asks to: DREAMBOT_TEST_FILE is
// the largest file that it may write, in bytes, as on a disk that is full then;
// DREAMBOT_TEST_USER the user that it becomes, since file permissions do not
// count for root.
func confine(environ map[string]string) error {
	if size, err := strconv.ParseUint(environ["DREAMBOT_TEST_FILE"], 10, 63); err == nil {
		// Writing more is then an error, and no signal that ends the process.
		signal.Ignore(syscall.SIGXFSZ)
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return fmt.Errorf("file limit: %w", err)
		}
		limit.Cur = size
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return fmt.Errorf("file limit: %w", err)
		}
	}
	if user, err := strconv.Atoi(environ["DREAMBOT_TEST_USER"]); err == nil && syscall.Getuid() == 0 {
		if err := syscall.Setuid(user); err != nil {
			return fmt.Errorf("become user %d: %w", user, err)
		}
	}
	return nil
}

// unconfine lets files grow again.
func unconfine() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return 0
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return 0
	}
	return 1
}
