package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// command types a command, with its subcommand, and opens its form.
func (p *page) command(name string) {
	p.t.Helper()
	p.focus("combobox", "Message or command")
	p.types("/" + name)
	p.until("the command is offered", `document.querySelector("[role=option][aria-selected=true]")?.textContent.startsWith("/`+name+`")`)
	p.types(kb.Tab)
	p.until("the form is open", `document.querySelector(".command") !== null`)
}

// asks sends a command that needs nothing more.
func (p *page) asks(name string) {
	p.t.Helper()
	p.command(name)
	p.click("button", "Send")
}

// private waits until an answer that only one sees says all of the words.
func (p *page) private(words ...string) {
	p.t.Helper()
	p.says(append(words, "Only you can see this")...)
}

// picks chooses in a select menu. The browser draws its list outside of the page,
// where no mouse of a test's gets to: what it would tell the page is told here.
func (p *page) picks(menu, choice string) {
	p.t.Helper()
	p.focus("combobox", menu)
	js[bool](p, `(() => {
		const el = document.activeElement;
		el.selectedIndex = [...el.options].findIndex((o) => o.text.startsWith(`+quoted(choice)+`));
		return el.dispatchEvent(new Event("change", { bubbles: true }));
	})()`)
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// TestAPromptIsShared shares a prompt, and has others find it, use it, remix it and
// vote for it.
func TestAPromptIsShared(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)

	// Whoever may manage the server has what is shared posted in a channel.
	p.asks("settings")
	p.private("Who and where")
	p.shot("20-settings")
	p.click("button", "Sharing and reactions")
	p.private("Showcase")
	p.picks("No channel", "#dreams")
	p.private("✅")
	p.shot("21-showcase")

	// The author shares it by its button.
	p.dream("a paper boat sails into a painted sunset")
	p.says("Completed")
	p.plays()
	p.click("button", "Share")
	p.private("gallery", "Withdraw")
	p.shot("22-shared")

	// In the showcase it plays, and one click votes for it.
	p.click("button", "dreams (new messages)")
	p.says("a paper boat", "Ada")
	p.plays()
	p.click("radio", "Ben en-US")
	p.do("voting", clickOn(p, last+`.querySelector(".reaction")`)...)
	p.until("the vote stands", last+`.querySelector(".reaction[aria-pressed=true]")?.innerText.includes("2")`)
	p.shot("23-post")

	p.asks("profile")
	p.private("Ben")
	p.shot("26-profile")

	// Another member finds it, uses it as it is, and remixes it.
	p.click("button", "general")
	p.command("prompts search")
	p.types("boat")
	p.click("button", "Send")
	p.private("a paper boat", "🌟 1")
	p.plays()
	p.shot("24-found")
	p.click("button", "Use")
	p.says("a paper boat", "remixed from @Ada")
	p.says("Completed")
	p.plays()
	p.asks("prompts top")
	p.private("a paper boat")
	p.click("button", "Remix")
	p.until("the dialog is open", `document.querySelector("dialog[open] textarea")?.value.includes("paper boat")`)
	p.replaces("a paper boat under the northern lights")
	p.click("button", "Submit")
	p.says("Completed", "northern lights", "remixed from @Ada")
	p.plays()
	p.shot("25-remixed")
}

// TestALimitHolds sets a limit by its dialog, and meets it as another member.
func TestALimitHolds(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.click("radio", "Ben en-US")
	p.dream("the only one today")
	p.says("Completed")
	p.click("radio", "Ada en-US")
	p.asks("settings")
	p.click("button", "Limits")
	p.private("Exact numbers")
	p.click("button", "Exact numbers")
	p.until("the dialog is open", `document.querySelector("dialog[open] input, dialog[open] textarea") !== null`)
	p.replaces("1")
	p.click("button", "Submit")
	p.private("✅")
	p.shot("27-limits")
	p.click("radio", "Ben en-US")
	p.focus("combobox", "Message or command")
	p.types("/dream one too many")
	p.until("the command is offered", `document.querySelector(".offer[aria-selected=true]") !== null`)
	p.enter()
	p.until("it is refused", last+`.querySelector("time") !== null && `+last+`.innerText.includes("Only you can see this")`)
	p.shot("28-refused")
	var paid []struct {
		Prompt string `json:"user_prompt"`
	}
	if p.Do("GET", "/sandbox/generations", nil, &paid); len(paid) != 1 {
		t.Errorf("paid for %d videos: %v", len(paid), paid)
	}
}

// TestASpoilerIsCovered dreams a video that is hidden until somebody wants to see it.
func TestASpoilerIsCovered(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.command("dream")
	p.types("what nobody may know yet")
	p.click("button", "+ spoiler")
	p.picks("spoiler", "True")
	p.click("button", "Send")
	p.says("Completed", "what nobody may know yet")
	p.until("it is covered", last+`.querySelector("figure button.cover") !== null`)
	p.shot("29-covered")
	p.click("button", "Spoiler, press to show")
	p.plays()
}

// TestAContestIsHeld has a moderator start a contest, others take part and vote, and
// its winner be announced.
func TestAContestIsHeld(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.click("radio", "Omar en-US · Moderator")
	p.command("contest start")
	p.types("boats in the night")
	p.types(kb.Tab)
	p.types("1h")
	p.click("button", "Send")
	p.says("boats in the night", "Share")
	p.shot("30-contest")
	p.click("radio", "Ada en-US")
	p.dream("a boat under a thousand stars")
	p.says("Completed")
	p.click("button", "Share")
	p.private("boats in the night")
	p.click("button", "Dismiss message")
	p.click("radio", "Ben en-US")
	p.hovers()
	p.click("button", "React with 🌟")
	p.until("the vote stands", last+`.querySelector(".reaction[aria-pressed=true]")?.innerText.includes("🌟")`)
	p.click("radio", "Omar en-US · Moderator")
	p.asks("contest stop")
	p.says("🏆", "boats in the night", "Ada", "1 🌟")
	p.shot("31-announced")
}

// TestOnesOwnData looks at what is kept of oneself, and has it removed.
func TestOnesOwnData(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.dream("a paper boat")
	p.says("Completed")
	p.click("button", "Share")
	p.private("Withdraw")
	p.asks("usage")
	p.private("You today: 1 begun")
	p.asks("export")
	p.private("dreambot-data.json")
	p.shot("32-export")
	p.asks("prompts random")
	p.private("a paper boat", "Another one")
	p.asks("forget")
	p.private("Keep it")
	p.shot("33-forget")
	p.click("button", "Remove my data")
	p.until("the card is redrawn", `document.querySelector("#messages").innerText.includes("for a former member")`)
	p.asks("prompts new")
	p.until("nothing is shared any more", `!`+last+`.innerText.includes("a paper boat") && `+last+`.innerText.includes("/share")`)
}
