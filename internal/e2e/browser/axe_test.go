package browser_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"dreambot/internal/e2e"
)

// violation is what axe-core finds wrong.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		Target  []any  `json:"target"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// axe is the source of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	e2e.Node(t, ".")
	source, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// TestNothingKeepsAnybodyOut has axe-core look at everything that the page
// shows, in both themes.
func TestNothingKeepsAnybodyOut(t *testing.T) {
	t.Parallel()
	source := axe(t)
	for name, size := range map[string][2]int64{"desk": desk, "phone": phone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, size, quick...)
			js[bool](p, source+"; true")
			look := func(what string) {
				t.Helper()
				for _, scheme := range []string{"light", "dark"} {
					p.scheme(scheme)
					p.audit(what + ", " + scheme)
				}
			}
			look("an empty channel")
			p.dream("a lantern rises")
			p.says("Completed")
			look("a result")
			p.dream("a moderated dream")
			p.says("Failed")
			look("a failure")
			p.focus("combobox", "Message or command")
			p.types("/")
			p.until("commands are offered", `document.querySelectorAll(".offer").length > 2`)
			look("the list of commands")
			p.types("extend")
			p.types(kb.Tab)
			p.click("button", "+ video")
			p.until("the bot suggests videos", `document.querySelectorAll(".choices:not([hidden]) .choice").length > 0`)
			look("a form with suggestions")
			p.types(kb.Escape)
			p.types(kb.Escape)
			p.click("button", "Remix")
			p.until("the dialog is open", `document.querySelector("dialog[open] textarea") !== null`)
			look("a dialog")
			p.types(kb.Escape)
			p.click("button", "Apps and more")
			p.until("the menu is open", `document.querySelector("[role=menu]") !== null`)
			look("a menu")
			p.types(kb.Escape)
			p.click("button", "Share")
			p.private("Withdraw")
			p.asks("prompts new")
			p.private("a lantern rises", "🌟 0")
			look("the gallery")
			p.asks("settings")
			for _, tab := range []string{"Who and where", "Limits", "Defaults and language", "Sharing and reactions", "Words and spoilers"} {
				p.click("button", tab)
				p.until(tab+" is open", last+`.querySelector(".button.primary")?.innerText === `+quoted(tab))
				p.until("it is drawn", last+`.querySelector("[data-live-busy]") === null`) // what is pressed is pale meanwhile
				look("settings: " + tab)
			}
			p.click("button", "Behind the scenes")
			for _, tab := range []string{"Jobs", "Calls", "Trouble"} {
				p.click("tab", tab)
				look("behind the scenes: " + tab)
			}
			p.click("switch", "Slow")
			p.until("it is on", `document.querySelector("#trouble:not([hidden])") !== null`)
			look("a fault")
		})
	}
}

// audit fails the test for each violation that is serious or worse; each lesser
// one is told once.
func (p *page) audit(what string) {
	p.t.Helper()
	found := js[string](p, `axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations))`)
	var violations []violation
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		p.t.Fatal(err)
	}
	for _, v := range violations {
		var where []string
		for _, n := range v.Nodes {
			where = append(where, fmt.Sprint(n.Target, " ", n.Summary))
		}
		text := fmt.Sprintf("%s: %s (%s, %s): %s", what, v.Help, v.ID, v.Impact, strings.Join(where, "; "))
		switch {
		case v.Impact == "serious" || v.Impact == "critical":
			p.t.Error(text)
		case !slices.Contains(p.lesser, v.ID):
			p.lesser = append(p.lesser, v.ID)
			p.t.Log(text)
		}
	}
}
