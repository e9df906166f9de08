package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows is the complete list of imports that a package of this module may
// make of others of it. CONTRIBUTING.md shows the same list, with the reasons.
var arrows = map[string][]string{
	".": {"bot", "bot/gateway", "bot/reply", "bot/rest", "commands", "luma", "store", "store/bolt",
		"store/watch", "internal/backup", "internal/community", "internal/config", "internal/i18n", "internal/metrics",
		"internal/callback", "internal/sandbox/play", "internal/secret", "internal/tracker"},
	"bot": {"bot/gateway", "bot/reply", "bot/rest", "commands", "store", "internal/i18n",
		"internal/agenda", "internal/community", "internal/metrics", "internal/secret"},
	"bot/gateway": {"internal/secret"},
	"bot/reply":   {"store", "internal/community", "internal/i18n", "internal/money"},
	"bot/rest":    {"internal/secret"},
	"commands": {"bot/reply", "luma", "store", "internal/community", "internal/i18n", "internal/money",
		"internal/order",
		"internal/secret"},
	"luma":                             {"internal/money"},
	"store":                            {"internal/money", "internal/secret"},
	"store/bolt":                       {"store", "internal/community", "internal/money", "internal/secret", "internal/words"},
	"store/storetest":                  {"store", "internal/money", "internal/secret"},
	"store/watch":                      {"store"},
	"internal/agenda":                  {},
	"internal/backup":                  {"internal/secret"},
	"internal/callback":                {"internal/secret"},
	"internal/child":                   {},
	"internal/community":               {"store", "internal/agenda", "internal/words"},
	"internal/community/communitytest": {"store", "internal/community"},
	"internal/config":                  {"internal/money", "internal/secret"},
	"internal/i18n":                    {},
	"internal/metrics":                 {},
	"internal/money":                   {},
	"internal/order":                   {"store", "luma"},
	"internal/sandbox":                 {"internal/sandbox/discord", "internal/sandbox/luma"},
	"internal/sandbox/discord":         {},
	"internal/sandbox/luma":            {},
	"internal/sandbox/play":            {"store", "internal/child", "internal/sandbox", "internal/sandbox/script"},
	"internal/sandbox/script":          {"internal/sandbox", "internal/sandbox/discord", "internal/sandbox/luma"},
	"internal/secret":                  {},
	"internal/tracker":                 {"store", "luma", "internal/agenda", "internal/metrics", "internal/money", "internal/order"},
	"internal/words":                   {},
}

// testArrows are further imports that only the tests of a package make.
var testArrows = map[string][]string{
	".":                  {"internal/sandbox", "internal/sandbox/discord", "internal/sandbox/luma"},
	"store/bolt":         {"store/storetest", "internal/community/communitytest"},
	"internal/community": {"store/bolt"},
	"internal/tracker":   {"store/bolt"},
	"bot":                {"luma", "store/bolt"},
	"commands":           {"store/bolt"},
	"store/watch":        {"store/bolt", "store/storetest"},
}

// thirdParty says where a library may be imported; one that is not named here
// may be imported nowhere. "test" stands for every test file.
var thirdParty = map[string][]string{
	"github.com/bwmarrin/discordgo":       {"bot", "bot/gateway", "bot/reply", "commands"},
	"github.com/caarlos0/env":             {"internal/config"},
	"github.com/getkin/kin-openapi":       {"test"},
	"github.com/google/go-cmp":            {"test"},
	"github.com/gorilla/websocket":        {"bot/gateway", "internal/sandbox/discord"},
	"github.com/joho/godotenv":            {"internal/config"},
	"github.com/nicksnyder/go-i18n":       {"internal/i18n"},
	"github.com/prometheus/client_golang": {".", "internal/metrics", "test"},
	"github.com/rivo/uniseg":              {"bot/reply", "internal/words"},
	"github.com/rs/xid":                   {"commands"},
	"go.etcd.io/bbolt":                    {"store/bolt"},
	"go.uber.org/goleak":                  {"test"},
	"golang.org/x/image":                  {"internal/sandbox/discord"},
	"golang.org/x/sync":                   {".", "bot", "internal/tracker", "internal/sandbox"},
	"golang.org/x/text":                   {"internal/i18n", "internal/words"},
	"golang.org/x/time":                   {"bot/rest", "commands", "internal/tracker"},
}

// imports returns, for each package folder of the module, what its files
// import: own packages without the module's name, libraries as they are, the
// standard library left out.
func imports(t *testing.T, tests bool) map[string][]string {
	t.Helper()
	found := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); file != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil && file != "." {
				return filepath.SkipDir // a module of its own
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") != tests {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := filepath.ToSlash(filepath.Dir(file))
		if found[folder] == nil {
			found[folder] = map[string]bool{}
		}
		for _, spec := range tree.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(p, "dreambot/"); ok {
				found[folder][own] = true
			} else if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
				found[folder][p] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for folder, set := range found {
		out[folder] = slices.Sorted(maps.Keys(set))
	}
	return out
}

func library(p string) (string, bool) {
	for name := range thirdParty {
		if p == name || strings.HasPrefix(p, name+"/") {
			return name, true
		}
	}
	return "", false
}

func TestImportsAreThoseOfTheList(t *testing.T) {
	for _, tests := range []bool{false, true} {
		for folder, list := range imports(t, tests) {
			allowed, known := arrows[folder]
			if !known {
				t.Errorf("%s is not on the list of packages", folder)
				continue
			}
			for _, p := range list {
				if strings.Contains(strings.Split(p, "/")[0], ".") {
					name, ok := library(p)
					if !ok || !slices.Contains(thirdParty[name], folder) && !(tests && slices.Contains(thirdParty[name], "test")) &&
						!(tests && folder == ".") {
						t.Errorf("%s imports %s, which the list does not allow", folder, p)
					}
					continue
				}
				if slices.Contains(allowed, p) || tests && (p == folder || slices.Contains(testArrows[folder], p)) {
					continue
				}
				t.Errorf("%s imports %s, which the list does not allow", folder, p)
			}
		}
	}
}

func TestTheListNamesOnlyWhatExists(t *testing.T) {
	for folder := range arrows {
		if _, err := os.Stat(filepath.FromSlash(folder)); err != nil {
			t.Errorf("the list names %s: %v", folder, err)
		}
	}
}

// row is a line of the list in CONTRIBUTING.md: "package → a, b, c".
var row = regexp.MustCompile(`(?m)^(\S+) +→ (.+)$`)

func TestContributingShowsTheSameList(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		name := path.Clean(m[1])
		if name == "main" {
			name = "."
		}
		var list []string
		if m[2] != "nothing of ours" {
			list = strings.Split(m[2], ", ")
		}
		slices.Sort(list)
		shown[name] = list
	}
	for folder, allowed := range arrows {
		want := slices.Sorted(slices.Values(allowed))
		if got, ok := shown[folder]; !ok || !slices.Equal(got, want) {
			t.Errorf("CONTRIBUTING.md says %s → %v; the list says %v", folder, got, want)
		}
	}
	for name := range shown {
		if _, ok := arrows[name]; !ok {
			t.Errorf("CONTRIBUTING.md shows %s, which is not on the list", name)
		}
	}
}
