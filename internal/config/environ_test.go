package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/config"
)

// dotenv writes text into a file and returns its path.
func dotenv(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "settings.env")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The names are ones that no process's environment has.
func TestEnvironReadsTheFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want map[string]string
	}{
		"plain":             {"DREAMBOT_T1=a\n# comment\n\nDREAMBOT_T2 = b # comment", map[string]string{"DREAMBOT_T1": "a", "DREAMBOT_T2": "b"}},
		"quoted":            {"DREAMBOT_T1='a $b #c'\nDREAMBOT_T2=\"d\"\n", map[string]string{"DREAMBOT_T1": "a $b #c", "DREAMBOT_T2": "d"}},
		"exported":          {"export DREAMBOT_T1=a\n", map[string]string{"DREAMBOT_T1": "a"}},
		"lines of Windows":  {"DREAMBOT_T1=a\r\nDREAMBOT_T2=b\r\n", map[string]string{"DREAMBOT_T1": "a", "DREAMBOT_T2": "b"}},
		"a byte order mark": {"\ufeffDREAMBOT_T1=a\n", map[string]string{"DREAMBOT_T1": "a"}},
		"empty":             {"", map[string]string{}},
	} {
		environ, err := config.Environ(dotenv(t, c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := map[string]string{}
		for _, variable := range []string{"DREAMBOT_T1", "DREAMBOT_T2", ""} {
			if value, ok := environ[variable]; ok {
				got[variable] = value
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Not parallel: it sets the process's environment.
func TestTheProcessGoesBeforeTheFile(t *testing.T) {
	t.Setenv("DREAMBOT_T1", "process")
	t.Setenv("DREAMBOT_T2", "")
	environ, err := config.Environ(dotenv(t, "DREAMBOT_T1=file\nDREAMBOT_T2=file\nDREAMBOT_T3=file\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"DREAMBOT_T1": "process", "DREAMBOT_T2": "", "DREAMBOT_T3": "file"} {
		if got := environ[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if value, ok := os.LookupEnv("DREAMBOT_T3"); ok {
		t.Errorf("the process's environment has got DREAMBOT_T3=%q", value)
	}
}

// Not parallel: it sets the process's environment.
func TestAMissingFileIsFine(t *testing.T) {
	t.Setenv("DREAMBOT_T1", "process")
	for _, name := range []string{"", filepath.Join(t.TempDir(), "none.env")} {
		environ, err := config.Environ(name)
		if err != nil || environ["DREAMBOT_T1"] != "process" {
			t.Errorf("Environ(%q): %v, DREAMBOT_T1=%q", name, err, environ["DREAMBOT_T1"])
		}
	}
}

func TestAFileThatCannotBeReadIsNamedAndNotShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, says string }{
		"no equals sign":         {"A=1\nhunter2\nB=2\n", ": line 2 "},
		"no equals sign, at end": {"A=1\nhunter2", ": line 2 "},
		"no name":                {"A=1\n\n=hunter2\n", ": line 3 "},
		"white space in a name":  {"MY hunter2=1\n", ": line 1 "},
		"an open quote":          {"A=1\nB='hunter2\nC=3\n", ": line 2 "},
		"a quote closed later":   {"A=1\nB=\"hunter2\nC=\"3\"\n", ": line 2 "},
		"text after a quote":     {"A='1' hunter2\nB=2\n", ": line 1 "},
		"a wrong character":      {"A=1\n\nB-hunter2=2\n", ": line 3 "},
		"UTF-16":                 {"\xff\xfeh\x00u\x00n\x00t\x00e\x00r\x002\x00=\x001\x00\r\x00\n\x00", ": line 1 "},
		"too large":              {strings.Repeat("# hunter2\n", 4000), "more than 16384 bytes"},
	} {
		file := dotenv(t, c.text)
		environ, err := config.Environ(file)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if environ != nil {
			t.Errorf("%s: variables besides the error", name)
		}
		if text := err.Error(); !strings.Contains(text, file) || !strings.Contains(text, c.says) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %v, want %q and the file's name, and nothing that it holds", name, err, c.says)
		}
	}

	folder := t.TempDir()
	if _, err := config.Environ(folder); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder: %v, want an error that names it", err)
	}
}

func FuzzEnviron(f *testing.F) {
	for _, text := range []string{"A=1\nB='2'\nC=\"$A\"\n", "export A=1", "A: 1", "A=\"\\\"", "=", "A", "\ufeffA=\\", "A=\"a\nb\"#c"} {
		f.Add(text)
	}
	file := filepath.Join(f.TempDir(), "fuzz.env")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		environ, err := config.Environ(file)
		if err != nil {
			if !strings.Contains(err.Error(), file) {
				t.Errorf("%q: %v does not name the file", text, err)
			}
			return
		}
		if _, ok := environ[""]; ok {
			t.Errorf("%q: a variable without a name", text)
		}
	})
}
