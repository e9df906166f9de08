package sandbox

import (
	"context"
	"io/fs"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Bounds of the page, in bytes: of its own code as it is written, and of all that
// a browser is sent for it, with the sample pictures, which come when a form
// shows them.
const (
	maxCode = 156_000
	maxWire = 100_000
)

func assets(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(pageFiles, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := pageFiles.ReadFile(name)
		found[strings.TrimPrefix(name, "page")] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestThePageIsSmallAndLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	code, sent := 0, 0
	// A namespace is a name, and is not loaded.
	elsewhere := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9-]+\.[a-z]`)
	for name, text := range assets(t) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", strings.TrimSuffix(name, "index.html"), nil)
		r.Header.Set("Accept-Encoding", "gzip, br")
		page().ServeHTTP(w, r)
		sent += w.Body.Len()
		if ext := path.Ext(name); ext == ".jpg" || ext == ".png" {
			continue
		}
		code += len(text)
		text = strings.ReplaceAll(text, `xmlns="http://www.w3.org/2000/svg"`, "")
		if at := elsewhere.FindString(text); at != "" {
			t.Errorf("%s refers to %s", name, at)
		}
		for _, danger := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", " style=\""} {
			if strings.Contains(text, danger) {
				t.Errorf("%s has %s", name, danger)
			}
		}
	}
	if code > maxCode || sent > maxWire {
		t.Errorf("the page has %d bytes of code, of %d, and %d bytes are sent for it, of %d", code, maxCode, sent, maxWire)
	}
	t.Logf("%d bytes of code, %d bytes sent", code, sent)
}

func TestEveryFileThatThePageNamesIsThere(t *testing.T) {
	t.Parallel()
	files := assets(t)
	imports := regexp.MustCompile(`(?m)^\s*(?:import|export) (?:\{([^}]+)\} |(\* as \w+) )?(?:from )?"\.(/[\w.-]+)";`)
	refers := regexp.MustCompile(`(?:src|href)="(/[\w./-]+)"`)
	used := map[string]bool{"/index.html": true}
	for name, text := range files {
		for _, m := range refers.FindAllStringSubmatch(text, -1) {
			if used[m[1]] = true; files[m[1]] == "" {
				t.Errorf("%s refers to %s, which is not there", name, m[1])
			}
		}
		if path.Ext(name) != ".js" {
			continue
		}
		found := imports.FindAllStringSubmatch(text, -1)
		if want := strings.Count(text, "\nimport ") + strings.Count(text[:min(len(text), 7)], "import "); len(found) != want {
			t.Errorf("%s has %d imports, of which %d are understood", name, want, len(found))
		}
		for _, m := range found {
			target, ok := files[m[3]]
			if used[m[3]] = true; !ok {
				t.Errorf("%s imports %s, which is not there", name, m[3])
				continue
			}
			for _, want := range strings.Split(m[1], ",") {
				want, _, _ = strings.Cut(strings.TrimSpace(want), " as ")
				if want != "" && !regexp.MustCompile(`(?m)^export (async )?(function|const|class) `+want+`\b`).MatchString(target) {
					t.Errorf("%s imports %s from %s, which does not export it", name, want, m[3])
				}
			}
		}
	}
	for name := range files {
		if path.Ext(name) == ".js" && !used[name] {
			t.Errorf("%s is used nowhere", name)
		}
	}
}

func TestThePageAsksOnlyForWhatIsServed(t *testing.T) {
	t.Parallel()
	s, err := Start(Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	asked := map[string]string{}
	for _, m := range regexp.MustCompile(`\b(ask|post|EventSource)\("(/sandbox/\w+)`).FindAllStringSubmatch(strings.Join(scripts(t), "\n"), -1) {
		asked[m[2]] = "POST"
		if m[1] == "EventSource" || m[2] == "/sandbox/state" {
			asked[m[2]] = "GET"
		}
	}
	if len(asked) < 8 {
		t.Errorf("the page asks for %d paths only, or they are written otherwise: %v", len(asked), asked)
	}
	for path, method := range asked {
		// None of them is well asked, with nothing in the body and the query;
		// but each is known.
		w := httptest.NewRecorder()
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // a stream would go on
		s.control().ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, path, nil))
		if w.Code == 404 || w.Code == 405 {
			t.Errorf("%s %s: %d", method, path, w.Code)
		}
	}
}

func scripts(t *testing.T) []string {
	t.Helper()
	var out []string
	for name, text := range assets(t) {
		if path.Ext(name) == ".js" {
			out = append(out, text)
		}
	}
	return out
}

func TestFilesAreServedWithTheirTypes(t *testing.T) {
	t.Parallel()
	for name := range assets(t) {
		want := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript",
			".svg": "image/svg+xml", ".jpg": "image/jpeg", ".png": "image/png"}[path.Ext(name)]
		w := httptest.NewRecorder()
		page().ServeHTTP(w, httptest.NewRequest("GET", strings.TrimSuffix(name, "index.html"), nil))
		if got := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %d, type %q, want %q", name, w.Code, got, want)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", name, policy)
		}
	}
	w := httptest.NewRecorder()
	if page().ServeHTTP(w, httptest.NewRequest("POST", "/", nil)); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

// pieces are the parts of JavaScript whose inside is not code. A slash after
// these characters begins a regular expression.
var pieces = regexp.MustCompile("(?s)//[^\n]*|/\\*.*?\\*/|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])*'" +
	"|[(,=:\\[!&|?{};]\\s*/(?:\\\\.|\\[(?:\\\\.|[^\\]\\\\\n])*\\]|[^/\\\\\n])+/[a-z]*")

func TestScriptsAreWhole(t *testing.T) {
	t.Parallel()
	closing := map[rune]rune{')': '(', ']': '[', '}': '{'}
	for name, text := range assets(t) {
		if path.Ext(name) != ".js" {
			continue
		}
		code := pieces.ReplaceAllStringFunc(text, func(s string) string {
			// The character before a regular expression is code.
			if strings.ContainsRune("(,=:[!&|?{};", rune(s[0])) {
				return s[:1]
			}
			return ""
		})
		var open []rune
		for _, c := range code {
			switch c {
			case '(', '[', '{':
				open = append(open, c)
			case ')', ']', '}':
				if len(open) == 0 || open[len(open)-1] != closing[c] {
					t.Fatalf("%s: %c closes nothing", name, c)
				}
				open = open[:len(open)-1]
			}
		}
		if len(open) != 0 {
			t.Errorf("%s: %q is never closed", name, string(open))
		}
	}
}
