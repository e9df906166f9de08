package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp/kb"

	"dreambot/internal/e2e"
)

// quick has Luma's stand-in be done soon, and yet show each of its states.
var quick = []string{"-queued", "700ms", "-dreaming", "1500ms"}

// TestTheStory plays what the README tells, as somebody who is new here.
func TestTheStory(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.shot("1-empty")

	// A dream with a picture, by keyboard, the picture by its button.
	p.focus("combobox", "Message or command")
	p.types("/dream")
	p.until("the command is offered", `document.querySelector("[role=option][aria-selected=true]")?.textContent.startsWith("/dream")`)
	p.types(kb.Tab)
	p.until("the form is open", `document.activeElement.closest(".command") !== null`)
	p.types("clouds drift over the hills as the moon rises")
	p.click("button", "+ image")
	p.gives("hills.jpg")
	p.until("the picture is there", `document.querySelector(".command .held img")?.naturalWidth > 0`)
	p.shot("2-form")
	p.click("button", "Send")
	p.watched("Queued", "Dreaming", "Completed")
	p.plays()
	p.shot("3-completed")

	// It is carried on by its button, which opens a dialog.
	p.click("button", "Extend")
	p.until("the dialog is open", `document.querySelector("dialog[open] textarea") === document.activeElement`)
	p.shot("4-dialog")
	p.replaces("the moon fills the sky")
	p.click("button", "Submit")
	p.says("Completed", "the moon fills the sky")
	p.plays()

	// By command, with the video that is suggested.
	p.focus("combobox", "Message or command")
	p.types("/extend")
	p.types(kb.Tab)
	p.until("the form is open", `document.activeElement.closest(".command") !== null`)
	p.types("the sky opens")
	p.click("button", "+ video")
	p.until("the bot suggests videos", `document.querySelectorAll(".choices:not([hidden]) .choice").length >= 2`)
	p.types(kb.ArrowDown)
	p.enter()
	p.until("one is chosen", `document.activeElement.value !== ""`)
	p.shot("5-suggested")
	p.enter()
	p.says("Completed", "the sky opens")

	// By a reaction: a new message answers the result, and leads to it.
	result := js[string](p, last+`.dataset.key`)
	p.hovers()
	p.click("button", "React with ⏩")
	p.until("an answer comes", last+`.dataset.key !== "`+result+`" && `+last+`.querySelector("a.reference") !== null`)
	p.says("Completed")
	p.plays()
	p.shot("6-reacted")
	p.do("following the reference", clickOn(p, last+`.querySelector("a.reference")`)...)
	p.until("the result is shown", `document.activeElement.dataset.key === "`+result+`"`)

	// Another member remixes it.
	p.click("radio", "Ben en-US")
	p.click("button", "Remix")
	p.until("the dialog is open", `document.querySelector("dialog[open] textarea")?.value.length > 0`)
	p.replaces("a paper boat sails into a painted sunset")
	p.click("button", "Submit")
	p.says("Completed", "a paper boat")
	p.plays()
	p.until("it is Ben's", last+`.innerText.includes("Ben")`)
}

// TestAFaultIsExplained switches on what can go wrong, and off again.
func TestAFaultIsExplained(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.click("button", "Behind the scenes")
	p.click("tab", "Trouble")
	p.click("switch", "Out of balance")
	p.until("it is explained", `/Out of balance.*Watch: \S/.test(document.querySelector("#trouble:not([hidden])")?.textContent)`)
	p.dream("a lantern rises")
	p.says("Queued", "a lantern rises", "account")
	p.shot("7-fault")
	p.click("tab", "Jobs")
	p.until("the job tells why", `/account.*unpaid/.test(document.querySelector(".job")?.innerText)`)
	p.click("tab", "Trouble")
	p.click("button", "Switch all off")
	p.says("Completed")
	p.plays()

	// The bot dies in the middle, as hard as a process can.
	p.dream("a flower of light opens")
	p.says("Queued", "a flower of light")
	p.click("tab", "Trouble")
	p.click("button", "Kill the bot (kill -9)")
	p.until("the page says so", `document.querySelector("#banner:not([hidden])")?.textContent.includes("offline")`)
	p.says("Completed")
	p.until("it is back", `document.querySelector("#banner").hidden`)
	p.click("tab", "Jobs")
	p.until("its timeline is whole", `["Waiting", "Submitting", "Queued", "Completed"].every((s) => document.querySelector(".job").innerText.includes(s))`)
	p.shot("8-timeline")
	var paid []struct {
		Prompt string `json:"user_prompt"`
	}
	if p.Do("GET", "/sandbox/generations", nil, &paid); len(paid) != 2 {
		t.Errorf("paid for %d videos: %v", len(paid), paid)
	}
	p.click("tab", "Calls")
	p.until("calls are listed", `document.querySelectorAll("details.call").length > 10`)
	p.shot("9-calls")
}

// TestPhoneAndThemes looks at the page in the hand, in both themes.
func TestPhoneAndThemes(t *testing.T) {
	t.Parallel()
	p := open(t, phone, quick...)
	p.dream("northern lights over a lake")
	p.says("Completed")
	p.plays()
	p.until("nothing is wider than the screen", `document.documentElement.scrollWidth <= innerWidth`)
	background := `getComputedStyle(document.documentElement).backgroundColor`
	seen := map[string]bool{}
	for _, scheme := range []string{"dark", "light"} {
		p.scheme(scheme)
		seen[js[string](p, background)] = true
		p.shot("10-phone-" + scheme)
	}
	if len(seen) != 2 {
		t.Errorf("both themes have the ground %v", seen)
	}
	p.click("button", "Servers and people")
	p.click("button", "dreams")
	p.until("the channel is another one", `document.querySelector("#title").textContent === "#dreams"`)
	p.click("button", "Behind the scenes")
	p.until("it covers the page", `document.querySelector("#behind").getBoundingClientRect().width >= innerWidth - 1`)
	p.shot("11-phone-behind")
	p.types(kb.Escape)
	p.until("it is gone", `document.querySelector("#behind").hidden`)
}

// gives chooses one of the sample pictures from the disk, as the browser's own
// dialog for files does.
func (p *page) gives(name string) {
	p.t.Helper()
	root, err := e2e.Root()
	if err != nil {
		p.t.Fatal(err)
	}
	path := filepath.Join(root, "internal", "sandbox", "page", "pictures", name)
	if _, err := os.Stat(path); err != nil {
		p.t.Fatal(err)
	}
	document := call(p, dom.GetDocument, dom.GetDocumentParams{}).Root
	found := call(p, dom.QuerySelector, dom.QuerySelectorParams{NodeID: document.NodeID, Selector: ".command input[type=file]"})
	call(p, dom.SetFileInputFiles, dom.SetFileInputFilesParams{NodeID: found.NodeID, Files: []string{path}})
}

// dream types a whole command into the line and sends it.
func (p *page) dream(prompt string) {
	p.t.Helper()
	p.focus("combobox", "Message or command")
	p.types("/dream " + prompt)
	p.until("the command is offered", `document.querySelector(".offer[aria-selected=true]") !== null`)
	p.enter()
	p.says(prompt)
}

// watched waits until the newest message has come to say each of the words, one
// after the other.
func (p *page) watched(words ...string) {
	p.t.Helper()
	for _, w := range words {
		p.says(w)
	}
}

// replaces types over what stands in the field that has the focus.
func (p *page) replaces(text string) {
	p.t.Helper()
	js[bool](p, `(document.activeElement.select(), true)`)
	p.types(text)
}

// hovers moves the mouse onto the newest message, so that its bar appears.
func (p *page) hovers() {
	p.t.Helper()
	p.do("hovering", moveTo(p, last)...)
}

// node is the element that an expression is.
func (p *page) node(expression string) cdp.BackendNodeID {
	p.t.Helper()
	return call(p, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: p.object(expression)}).Node.BackendNodeID
}

// TestPicturesByHand drops one picture onto the page and pastes another.
func TestPicturesByHand(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	// A browser lets no script put files onto its clipboard or into its hand: the
	// events are made here, as it would make them.
	hand := func(event, on, name string) {
		t.Helper()
		js[bool](p, `(async () => {
			const picture = await (await fetch("/pictures/boat.jpg")).blob();
			const data = new DataTransfer();
			data.items.add(new File([picture], "`+name+`", { type: "image/jpeg" }));
			const options = { bubbles: true, cancelable: true };
			const event = "`+event+`" === "paste" ? new ClipboardEvent("paste", { ...options, clipboardData: data })
				: new DragEvent("drop", { ...options, dataTransfer: data });
			return !document.querySelector("`+on+`").dispatchEvent(event); // it is taken
		})()`)
		p.until(name+" is shown", `[...document.querySelectorAll("#composer .held")].some((h) => h.innerText.includes("`+name+`") && h.querySelector("img")?.naturalWidth > 0)`)
	}
	hand("drop", "#messages", "dropped.jpg")
	hand("paste", "#composer textarea", "pasted.jpg")
	p.click("button", "Remove dropped.jpg")
	p.until("it is gone", `document.querySelectorAll("#composer .held").length === 1`)

	// What is held goes with the command that is chosen.
	p.dream("a boat made of paper")
	p.says("Completed", "a boat made of paper")
	p.until("the picture stands on the card", `[...`+last+`.querySelectorAll("img")].some((i) => i.naturalWidth === 640)`)
	p.plays()
}

// TestTheConnectionHeals ends the sandbox under an open page, and starts it anew.
func TestTheConnectionHeals(t *testing.T) {
	t.Parallel()
	keep := append([]string{"-data", t.TempDir()}, quick...)
	p := open(t, desk, keep...)
	js[bool](p, `window.mark = true`)
	p.dream("a lantern rises")
	p.says("Completed")
	p.Stop()
	p.until("the page says so", `document.querySelector("#banner:not([hidden])")?.textContent.includes("lost")`)
	again := e2e.Start(t, append(keep, "-addr", strings.TrimPrefix(p.URL, "http://"))...)
	if again.URL != p.URL {
		t.Fatalf("it is at %s now", again.URL)
	}
	p.until("the page is back", `document.querySelector("#banner").hidden && document.querySelector("#presence").textContent === "bot online"`)
	p.says("Completed", "a lantern rises") // what was there is there
	p.dream("a flower opens")
	p.says("Completed", "a flower opens")
	if !js[bool](p, `window.mark === true`) {
		t.Error("the page was loaded anew")
	}
}

// TestTheRestOfTheStory takes a dream from somebody's picture by its menu, reads
// the story that it began, and takes the result away again, as the README tells.
func TestTheRestOfTheStory(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.click("button", "Post a picture, then choose Apps on it")
	p.until("the picture is in the line", `document.querySelector("#composer .held img")?.naturalWidth > 0`)
	p.enter()
	p.until("it is posted", last+`?.querySelector("img[src*=attachments]")?.naturalWidth > 0`)
	p.hovers()
	p.click("button", "Apps and more")
	p.click("menuitem", "Dream from this picture")
	p.until("the dialog is open", `document.querySelector("dialog[open] textarea") === document.activeElement`)
	p.types("the moon goes down")
	p.click("button", "Submit")
	p.says("Completed", "the moon goes down")
	p.plays()
	result := js[string](p, last+`.dataset.key`)

	p.focus("combobox", "Message or command")
	p.types("/story")
	p.types(kb.Tab)
	p.click("button", "Send")
	p.says("Story", "the moon goes down", "Only you can see this")
	p.click("button", "Dismiss message")
	p.until("it is dismissed", last+`.dataset.key === "`+result+`"`)

	p.hovers()
	p.click("button", "React with ❌")
	p.says("Delete this video for everybody?", "asked by a reaction")
	p.shot("12-question")
	p.click("button", "Delete for everybody")
	p.until("the result is gone", `document.querySelector("[data-key='`+result+`']") === null`)
}
