//go:build !linux

package bolt

// fullVariable and fullMain are of a test that needs Linux.
const fullVariable = "DREAMBOT_BOLT_FULL"

func fullMain(string) {}
