package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestAnotherDialectIsChosen has Luma speak an API of its own, and does what only
// that can: the bot is another one then, with other commands.
func TestAnotherDialectIsChosen(t *testing.T) {
	t.Parallel()
	p := open(t, desk, quick...)
	p.click("button", "Behind the scenes")
	p.click("tab", "Trouble")
	p.shot("40-dialect")
	p.picks("Dialect", "lumalabs")
	p.Online("upscale")
	p.dream("a paper boat sails into a painted sunset")
	p.says("Completed")
	p.plays()
	p.command("upscale")
	p.shot("41-upscale")
	p.types("4k")
	p.types(kb.Tab)
	p.click("button", "Send")
	p.says("Completed", "4k", "upscaled from")
	p.plays()
	p.shot("42-upscaled")
	p.command("extend")
	p.types("the morning before")
	p.click("button", "+ direction")
	p.types("backward")
	p.types(kb.Tab)
	p.shot("43-backward")
	p.click("button", "Send")
	p.says("Completed", "the morning before")
	p.plays()
	p.click("tab", "Calls")
	p.until("Luma has called back", `[...document.querySelectorAll("details.call")].some((c) => c.innerText.includes("callback"))`)
	p.shot("44-calls")
}
