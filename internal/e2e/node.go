package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Node returns the path of node, with the packages that dir's lock file names
// installed. A folder is one test package's alone: those of others run at the
// same time, and two that install into one folder spoil each other's files.
func Node(t testing.TB, dir string) string {
	t.Helper()
	node, err := exec.LookPath("node")
	npm, npmErr := exec.LookPath("npm")
	if err != nil || npmErr != nil {
		Missing(t, "node with npm", "install nodejs 20 and npm")
	}
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	// The lock that was installed, as this left it.
	mark := filepath.Join(dir, "node_modules", ".installed")
	if installed, err := os.ReadFile(mark); err == nil && bytes.Equal(installed, lock) {
		return node
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*Patience)
	defer cancel()
	install := exec.CommandContext(ctx, npm, "ci", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	if err := os.WriteFile(mark, lock, 0o600); err != nil {
		t.Fatal(err)
	}
	return node
}
