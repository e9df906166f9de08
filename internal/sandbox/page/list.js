// The messages of the chosen channel.
import { byId, h, morph, on } from "./dom.js";
import { begin } from "./media.js";
import { row, summary } from "./message.js";
import { called } from "./people.js";

const NEAR = 120; // px from the end that still count as being at the end
const SHOWN = 2500; // ms that a message which was jumped to stays marked
const SETTLES = 10; // frames until what is around it has its size
const FIRST = 40; // messages that are drawn at once, the newest
const SLICE = 8; // ms of drawing others, until the browser may do something else

/** list shows the channel and keeps to its end while the reader is there. */
export function list(world) {
  const [root, scroller, announcer] = ["messages", "scroller", "announcer"].map(byId);
  const rows = new Map(); // elements, by id
  const said = new Map(); // what was said of a message last, by id
  let left = []; // messages that are still to be drawn
  let oldest = null; // row that those come before; null: none is drawn yet
  let timer = 0;
  let stop = null; // the row that Tab stops at
  let atEnd = true;
  let top = 0; // how far one has scrolled

  /** show goes to a message, or a channel, and tells whether it is there. */
  function show(channel, message) {
    if (channel !== world.channel) world.goTo(channel);
    if (!message) return true;
    more(Infinity);
    const el = rows.get(message);
    if (!el) return false;
    atEnd = false;
    let frames = SETTLES;
    const center = () => {
      el.scrollIntoView({ block: "center" });
      if (--frames && el === document.activeElement) requestAnimationFrame(center);
    };
    el.setAttribute("data-live-shown", "");
    el.focus({ preventScroll: true });
    center();
    setTimeout(() => el.removeAttribute("data-live-shown"), SHOWN);
    return true;
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  /** all draws the channel: its newest messages at once, the others while there is time. */
  function all() {
    left = world.visible();
    oldest = null;
    const ids = new Set(left.map((m) => m.id));
    for (const id of rows.keys()) if (!ids.has(id)) drop(id);
    more(0, FIRST);
    if (atEnd) toEnd();
  }

  /** more draws messages that are left, the newest first: some of them, and others for so many ms. */
  function more(time, some = 0) {
    clearTimeout(timer);
    for (const end = performance.now() + time; left.length && (some-- > 0 || performance.now() < end);) {
      const message = left.pop();
      said.set(message.id, summary(message, world));
      oldest = draw(message, oldest);
    }
    if (left.length) timer = setTimeout(() => more(SLICE));
    stopAtEnd();
  }

  /** draw brings the row of a message up to date, or puts it before another one, and returns it. */
  function draw(message, before) {
    const next = row(message, world);
    const old = rows.get(message.id);
    if (!old) {
      rows.set(message.id, next);
      root.insertBefore(next, before);
      return next;
    }
    next.tabIndex = old.tabIndex;
    const had = old.contains(document.activeElement);
    morph(old, next);
    // What had the focus may be gone, or switched off.
    if (had && (!old.contains(document.activeElement) || document.activeElement.disabled)) old.focus({ preventScroll: true });
    return old;
  }

  function drop(id) {
    const el = rows.get(id);
    if (!el) return;
    const next = el.nextElementSibling;
    if (el === oldest) oldest = next;
    if (el.contains(document.activeElement)) (next ?? el.previousElementSibling)?.focus();
    el.remove();
    rows.delete(id);
    said.delete(id);
    stopAtEnd();
  }

  function one({ id, channel, fresh }) {
    if (channel !== world.channel) return;
    const message = world.messages.get(channel)?.findLast((m) => m.id === id);
    const seen = message && world.sees(message);
    const at = left.findIndex((m) => m.id === id);
    if (at >= 0) {
      left.splice(at, 1, ...(seen ? [message] : []));
      return;
    }
    if (!seen) {
      drop(id);
      return;
    }
    const before = new Set(rows.get(id)?.querySelectorAll("video"));
    const el = draw(message, null);
    say(message);
    for (const video of el.querySelectorAll("video:not([inert])")) if (!before.has(video)) begin(video);
    stopAtEnd();
    // One's own message, or the answer to what one did.
    if (fresh && [message.author.id, message.invoker_id].includes(world.me)) atEnd = true;
    if (atEnd) toEnd();
  }

  /** say tells who cannot see it what is new: a message, or another state of it. */
  function say(message) {
    const text = summary(message, world);
    if (!text || said.get(message.id) === text) return;
    said.set(message.id, text);
    while (announcer.childElementCount > 4) announcer.firstChild.remove();
    announcer.append(h("p", {}, `${called(message.author)}: ${text}`));
  }

  /** stopAt makes one row that at which Tab stops; from there keys lead to the others. */
  function stopAt(el) {
    if (stop) stop.tabIndex = -1;
    stop = el;
    if (el) el.tabIndex = 0;
  }

  function stopAtEnd() {
    if (!root.contains(document.activeElement)) stopAt(root.lastElementChild);
  }

  function key(e) {
    const at = e.target.closest(".message");
    const page = { PageUp: at?.previousElementSibling, PageDown: at?.nextElementSibling };
    const own = { ArrowUp: page.PageUp, ArrowDown: page.PageDown, Home: root.firstChild, End: root.lastChild };
    const to = page[e.key] ?? (e.target === at && own[e.key]);
    if (!to || e.target.matches("select")) return;
    e.preventDefault();
    to.focus();
  }

  on(scroller, "scroll", () => {
    const { scrollHeight, scrollTop, clientHeight } = scroller;
    if (scrollHeight - scrollTop - clientHeight < NEAR) atEnd = true;
    // Where the end alone has moved, nobody has left it.
    else if (scrollTop < top) atEnd = false;
    top = scrollTop;
  }, { passive: true });
  // Rows get their size when they come near, pictures when they are loaded,
  // and the composer when it is opened.
  const follow = new ResizeObserver(() => atEnd && toEnd());
  follow.observe(root);
  follow.observe(scroller);
  on(root, "keydown", key);
  on(root, "focusin", (e) => stopAt(e.target.closest(".message")));
  on(world, "all", all);
  on(world, "place", () => {
    atEnd = true;
    all();
  });
  on(world, "message", ({ detail }) => one(detail));
  return { root, show };
}
