package browser_test

import (
	"fmt"
	"testing"

	"dreambot/internal/e2e"
)

// many is how many messages a channel has.
const many = 1_000

// TestAThousandMessages looks at a full channel: what an edit costs there, and
// that scrolling through it goes on.
func TestAThousandMessages(t *testing.T) {
	t.Parallel()
	path := chromium(t)
	s := e2e.Start(t, quick...)
	s.Online("dream")
	for i := range many - 1 {
		s.Do("POST", "/sandbox/messages", map[string]string{"user": e2e.Ben, "channel": e2e.General,
			"text": fmt.Sprintf("**message %d** of many, with `code`, a list:\n- one\n- two\nand <t:1700000000:R>", i)}, nil)
	}
	p := show(t, path, s, desk)
	p.until("all are there", fmt.Sprintf(`document.querySelectorAll("#messages .message").length === %d`, many-1))
	p.until("the newest is in view", `(() => { const r = `+last+`.getBoundingClientRect(); return r.bottom <= innerHeight && r.bottom > 0; })()`)

	// An edit draws its own message anew, and no other.
	js[bool](p, `(() => {
		window.touched = new Set();
		new MutationObserver((all) => {
			for (const { target } of all) touched.add((target.closest ? target : target.parentElement)?.closest(".message")?.dataset.key ?? target.id);
		}).observe(document.getElementById("messages"), { subtree: true, childList: true, attributes: true, characterData: true });
		return true;
	})()`)
	p.dream("a lantern rises")
	p.says("Completed")
	own := js[string](p, last+`.dataset.key`)
	// The list itself is touched by a message that comes; clocks tick in all that are drawn.
	touched := js[[]string](p, `[...touched].filter((key) => key !== "messages" && key !== "`+own+`")`)
	if len(touched) > many/10 {
		t.Errorf("an edit touches %d other messages", len(touched))
	}

	// Scrolled from the end to the beginning, a window at a time, it draws on.
	figures := js[map[string]float64](p, `(async () => {
		const scroller = document.getElementById("scroller");
		const frames = [];
		let before = performance.now();
		while (scroller.scrollTop > 0 && frames.length < 2000) {
			scroller.scrollTop -= scroller.clientHeight;
			await new Promise(requestAnimationFrame);
			frames.push(performance.now() - before);
			before = performance.now();
		}
		frames.sort((a, b) => a - b);
		return { frames: frames.length, median: frames[frames.length >> 1], worst: frames.at(-1), top: scroller.scrollTop };
	})()`)
	t.Logf("scrolled in %.0f frames: median %.0f ms, the slowest %.0f ms", figures["frames"], figures["median"], figures["worst"])
	if figures["top"] != 0 || figures["frames"] < 20 {
		t.Errorf("scrolling: %v", figures)
	}
	p.until("the first is in view", `document.querySelector("#messages .message").getBoundingClientRect().top >= 0`)
}
