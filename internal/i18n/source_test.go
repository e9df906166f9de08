package i18n_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// speakers are the packages whose words people read.
func speakers() []string { return []string{"../../bot", "../../bot/reply", "../../commands"} }

// sources are the files of the packages that speak, without their tests.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	set, files := token.NewFileSet(), map[string]*ast.File{}
	for _, dir := range speakers() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if path := filepath.Join(dir, e.Name()); strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
				if err != nil {
					t.Fatal(err)
				}
				files[path] = file
			}
		}
	}
	return set, files
}

// shown are the fields of components and definitions that people read. Name is one
// in the types that named names; elsewhere it is an emoji's, or a file's.
var (
	shown = []string{"Content", "Label", "Placeholder", "Title", "Description"}
	named = []string{"Choice", "Definition", "DefinedOption"}
)

// says reports whether a call's strings are keys of the catalog.
func says(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return slices.Contains([]string{"Say", "say", "Localizations"}, f.Sel.Name)
	case *ast.Ident:
		return slices.Contains([]string{"say", "refuse"}, f.Name)
	}
	return false
}

var formatVerb = regexp.MustCompile(`%[-+# 0-9.*\[\]]*[a-zA-Z]`)

// words returns what of an expression is written out in words, with two letters
// or more.
func words(e ast.Expr) []string {
	var found []string
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return !says(n)
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(n.Value)
			letters := strings.FieldsFunc(formatVerb.ReplaceAllString(text, ""), func(r rune) bool { return !unicode.IsLetter(r) })
			if err == nil && len([]rune(strings.Join(letters, ""))) > 1 {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

// written returns where visible fields of a file are given words that are not the
// catalog's.
func written(set *token.FileSet, file *ast.File) []string {
	var found []string
	check := func(field string, value ast.Expr, names bool) {
		if slices.Contains(shown, field) || names && field == "Name" {
			for _, text := range words(value) {
				found = append(found, fmt.Sprintf("%s: %s holds %q", set.Position(value.Pos()), field, text))
			}
		}
	}
	inNamed := map[ast.Node]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			kind, _ := n.Type.(*ast.Ident)
			list, isList := n.Type.(*ast.ArrayType)
			if isList {
				kind, _ = list.Elt.(*ast.Ident)
			}
			names := inNamed[n] || kind != nil && slices.Contains(named, kind.Name)
			for _, part := range n.Elts {
				if isList && names { // its elements go without the type
					inNamed[part] = true
				}
				if pair, ok := part.(*ast.KeyValueExpr); ok {
					if key, ok := pair.Key.(*ast.Ident); ok {
						check(key.Name, pair.Value, names)
					}
				}
			}
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if field, ok := to.(*ast.SelectorExpr); ok && i < len(n.Rhs) {
					check(field.Sel.Name, n.Rhs[i], false)
				}
			}
		}
		return true
	})
	return found
}

// A component's words are the catalog's, not the program's.
func TestNoVisibleFieldIsGivenWords(t *testing.T) {
	set, files := sources(t)
	for _, file := range files {
		for _, found := range written(set, file) {
			t.Error(found)
		}
	}
}

func TestWordsInVisibleFieldsAreFound(t *testing.T) {
	for code, want := range map[string]int{
		`discordgo.TextDisplay{Content: "Hello"}`:                           1,
		`discordgo.TextDisplay{Content: "### " + p.Say("state.queued")}`:    0,
		`discordgo.TextDisplay{Content: "Now " + p.Say("state.queued")}`:    1,
		`discordgo.Button{Label: cut(fmt.Sprintf("%d votes", n), 80)}`:      1,
		`discordgo.Button{Label: fmt.Sprintf("%d / %-5s", n, s)}`:           0,
		`discordgo.Button{Emoji: &discordgo.ComponentEmoji{Name: "named"}}`: 0,
		`Choice{Name: "Today", Value: "today"}`:                             1,
		`[]Choice{{Name: "Today"}, {Name: say("a.key"), Value: "value"}}`:   1,
		`func() { m.Title = "分享" }`:                                         1,
		`func() { m.Title, m.X = "x", "no title" }`:                         0,
		`Answer{Err: refuse("refusal.x"), Description: say("a.key")}`:       0,
	} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "x.go", "package x\nvar _ = "+code, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := written(set, file); len(got) != want {
			t.Errorf("%s: found %q, want %d", code, got, want)
		}
	}
}

// literals calls each with every string that is written out in the packages that
// speak, and with whether it is all that a call says.
func literals(t *testing.T, each func(at token.Position, text string, said bool)) {
	t.Helper()
	set, files := sources(t)
	for _, file := range files {
		whole := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.CallExpr:
				if says(n) && len(n.Args) > 0 {
					whole[n.Args[0]] = true
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					each(set.Position(n.Pos()), text, whole[n])
				}
			}
			return true
		})
	}
}

// A key that the program names is in the catalog, or keys that are begin with it.
func TestEveryKeyThatIsSaidIsInTheCatalog(t *testing.T) {
	keys, families := load(t).Keys("en-US"), map[string]bool{}
	for _, key := range keys {
		family, _, _ := strings.Cut(key, ".")
		families[family] = true
	}
	checked := 0
	literals(t, func(at token.Position, text string, said bool) {
		if family, _, dotted := strings.Cut(text, "."); !said && (!dotted || !families[family] || strings.ContainsAny(text, " \n/")) {
			return
		}
		checked++
		begins := func(key string) bool { return strings.HasPrefix(key, strings.TrimSuffix(text, ".")+".") }
		if !slices.Contains(keys, text) && (said || !slices.ContainsFunc(keys, begins)) {
			t.Errorf("%s: %q is not in the catalog", at, text)
		}
	})
	if checked < 100 {
		t.Errorf("%d keys were checked", checked)
	}
}

// A sentence that nothing can say is one that nobody keeps true.
func TestEverySentenceCanBeSaid(t *testing.T) {
	said, begun := map[string]bool{}, []string{}
	literals(t, func(_ token.Position, text string, _ bool) {
		said[text] = true
		if strings.HasSuffix(text, ".") && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_.") == "" {
			begun = append(begun, text)
		}
	})
	for _, key := range load(t).Keys("en-US") {
		if !said[key] && !slices.ContainsFunc(begun, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("nothing says %s", key)
		}
	}
}
