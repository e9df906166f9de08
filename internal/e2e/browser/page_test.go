// Package browser_test plays with the sandbox's page as a person does: in a real
// Chromium, by mouse and keyboard, finding things by what a screen reader says
// of them.
package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"dreambot/internal/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }

// Sizes of windows, in pixels.
var (
	desk  = [2]int64{1280, 860}
	phone = [2]int64{390, 780}
)

// chromium returns the path of a browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil && name != "" {
			return path
		}
	}
	e2e.Missing(t, "Chromium", "install Debian's chromium, or set CHROMIUM to the path of one")
	return ""
}

// page is the sandbox's page in a browser of its own.
type page struct {
	t   *testing.T
	ctx context.Context
	*e2e.Sandbox

	lesser []string // faults for a screen reader that were told of

	mu         sync.Mutex
	complaints []string
}

// open starts the sandbox and shows its page.
func open(t *testing.T, size [2]int64, args ...string) *page {
	t.Helper()
	path := chromium(t)
	s := e2e.Start(t, args...)
	s.Online("dream")
	return show(t, path, s, size)
}

func show(t *testing.T, path string, s *e2e.Sandbox, size [2]int64) *page {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.WindowSize(int(size[0]), int(size[1])), chromedp.Flag("lang", "en-US"),
		// It may run as root in a container, without a network.
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if size != phone {
		// A machine without a mouse has a browser that takes it for a phone. The
		// numbers are Blink's: something hovers, and points finely.
		options = append(options, chromedp.Flag("blink-settings",
			"primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"))
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx, Sandbox: s}
	// The browser lives as long as the context of this first call.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(size[0], size[1])); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	if err := chromedp.Listen(ctx, p.complain); err != nil {
		t.Fatal(err)
	}
	call(p, log.Enable, cdp.Empty{})
	p.do("opening the page", chromedp.Navigate(s.URL))
	p.until("the bot is online", `document.querySelector("#presence")?.textContent === "bot online"`)
	t.Cleanup(func() {
		if t.Failed() {
			p.shot("failed-" + t.Name())
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, text := range p.complaints {
			t.Error(text)
		}
	})
	return p
}

// complain notes what the browser finds wrong with the page.
func (p *page) complain(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = "the page throws: " + e.ExceptionDetails.Text
		if o := e.ExceptionDetails.Exception; o != nil {
			text += " " + o.Description
		}
	case *log.EventEntryAdded:
		// A connection that ends with the sandbox, or that a test breaks, is no fault of the page's.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			text = "the browser logs: " + e.Entry.Text
		}
	}
	if text == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, text)
}

// limited is the browser's context for one step.
func (p *page) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, e2e.Patience)
}

func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// call sends one command of the protocol.
func call[P, R any](p *page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// js is the value of an expression, or that of the promise which it is.
func js[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits until an expression holds, looking at each frame that is drawn.
func (p *page) until(what, expression string) {
	p.t.Helper()
	for deadline := time.Now().Add(e2e.Patience); time.Now().Before(deadline); {
		if js[bool](p, `new Promise((tell) => requestAnimationFrame(() => tell(!!(`+expression+`))))`) {
			return
		}
	}
	p.t.Fatalf("it never comes that %s\nthe page says:\n%s", what, p.text())
}

// text is the end of what the page says.
func (p *page) text() string { return js[string](p, `document.body.innerText.slice(-3000)`) }

// seek returns the last element that a screen reader knows by a role and a name,
// waiting until there is one.
func (p *page) seek(role, name string) cdp.BackendNodeID {
	p.t.Helper()
	for deadline := time.Now().Add(e2e.Patience); time.Now().Before(deadline); {
		root := call(p, dom.GetDocument, dom.GetDocumentParams{}).Root
		found := call(p, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{NodeID: root.NodeID, Role: role, AccessibleName: name}).Nodes
		found = slices.DeleteFunc(found, func(n *accessibility.Node) bool { return n.Ignored })
		if len(found) > 0 {
			return found[len(found)-1].BackendDOMNodeID
		}
		p.until("a frame is drawn", "true")
	}
	p.t.Fatalf("there is no %s %q\nthe page says:\n%s", role, name, p.text())
	return 0
}

// click presses the mouse in the middle of an element, which it is on by then.
func (p *page) click(role, name string) {
	p.t.Helper()
	x, y := p.point(p.seek(role, name))
	p.do("clicking "+name, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y), chromedp.MouseClickXY(x, y))
}

// point is the middle of an element, scrolled into view, once it stands still.
func (p *page) point(node cdp.BackendNodeID) (x, y float64) {
	p.t.Helper()
	var before dom.Quad
	for range 600 { // frames
		call(p, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node})
		quads := call(p, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node}).Quads
		if len(quads) == 0 || len(quads[0]) != 8 {
			p.t.Fatal("an element is not to be seen")
		}
		q := quads[0]
		if slices.Equal(q, before) {
			return (q[0] + q[4]) / 2, (q[1] + q[5]) / 2
		}
		before = q
		p.until("a frame is drawn", "true")
	}
	p.t.Fatal("an element never stands still")
	return 0, 0
}

// focus puts the keyboard's focus on an element.
func (p *page) focus(role, name string) {
	p.t.Helper()
	call(p, dom.Focus, dom.FocusParams{BackendNodeID: p.seek(role, name)})
}

// types types on the keyboard, into what has the focus.
func (p *page) types(text string) {
	p.t.Helper()
	p.do("typing", chromedp.KeyEvent(text))
}

// enter presses Enter: as one event with its text, so that a page that takes the
// key for itself is not given the text all the same.
func (p *page) enter() {
	p.t.Helper()
	key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r",
		UnmodifiedText: "\r", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
	call(p, input.DispatchKeyEvent, key)
	key.Type, key.Text, key.UnmodifiedText = input.DispatchKeyEventTypeKeyUp, "", ""
	call(p, input.DispatchKeyEvent, key)
}

// shot keeps a picture of the page, where they are wanted.
func (p *page) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("DREAMBOT_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := p.limited()
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png"), picture, 0o644)
	}
	if err != nil {
		p.t.Errorf("the picture %s: %v", name, err)
	}
}

// scheme has the browser prefer a colour scheme.
func (p *page) scheme(name string) {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

// last is the newest message, as an expression.
const last = `[...document.querySelectorAll("#messages .message")].at(-1)`

// says waits until the newest message says all of the words at once.
func (p *page) says(words ...string) {
	p.t.Helper()
	wanted, err := json.Marshal(words)
	if err != nil {
		p.t.Fatal(err)
	}
	p.until(fmt.Sprintf("the newest message says %q", words), string(wanted)+`.every((w) => `+last+`?.innerText.includes(w))`)
}

// plays waits until the video of the newest message has really gone on: its time
// and the frames that the browser has decoded.
func (p *page) plays() {
	p.t.Helper()
	video := last + `?.querySelector("video")`
	p.until("the video is there", video+` != null`)
	js[bool](p, last+`.scrollIntoView({block: "end"}); `+video+`.play().then(() => true)`)
	p.until("the video plays", `(() => { const v = `+video+`; return v && v.currentTime > 0.3 && v.getVideoPlaybackQuality().totalVideoFrames > 5; })()`)
	from := js[float64](p, video+`.getVideoPlaybackQuality().totalVideoFrames`)
	p.until("the video goes on", fmt.Sprintf(`%s.getVideoPlaybackQuality().totalVideoFrames > %v`, video, from+5))
}

// object is the handle of what an expression is.
func (p *page) object(expression string) runtime.RemoteObjectID {
	p.t.Helper()
	o := call(p, runtime.Evaluate, runtime.EvaluateParams{Expression: expression}).Result
	if o == nil || o.ObjectID == "" {
		p.t.Fatalf("there is no %s\nthe page says:\n%s", expression, p.text())
	}
	return o.ObjectID
}

// moveTo moves the mouse onto the element that an expression is.
func moveTo(p *page, expression string) []chromedp.Action[chromedp.Void] {
	p.t.Helper()
	x, y := p.point(p.node(expression))
	return []chromedp.Action[chromedp.Void]{chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y)}
}

// clickOn clicks on the element that an expression is.
func clickOn(p *page, expression string) []chromedp.Action[chromedp.Void] {
	p.t.Helper()
	x, y := p.point(p.node(expression))
	return []chromedp.Action[chromedp.Void]{chromedp.MouseClickXY(x, y)}
}
