// What can be done with a message: the bar that appears with it, and the menu.
import * as api from "./api.js";
import { byId, fill, h, on, toast } from "./dom.js";
import { address } from "./jump.js";
import { QUICK, emojiData, react, reactable, reacted } from "./reactions.js";

const EDGE = 8; // px between the menu and the window's edge

const quick = (label, sign, props) =>
  h("button.tool.quick", { ...props, "data-key": label, tabindex: "-1", title: label, "aria-label": label }, sign);

/** tools is the bar of a message: Tab stops at its menu, arrows lead along it. */
export function tools(m) {
  if (!reactable(m)) return null;
  return h("div.tools", { "data-key": "tools", role: "toolbar", "aria-label": "This message" },
    QUICK.map((name) => quick(`React with ${name}`, name, emojiData({ name }))),
    quick("Reply", "↩", { "data-act": "reply" }),
    h("button.tool", {
      "data-act": "menu", "data-key": "more", "aria-haspopup": "menu", "aria-label": "Apps and more",
    }, h("span.wide", {}, "Apps ▸"), h("span.narrow", {}, "⋯")));
}

/** menu is the menu of the messages in root, opened by their bars, a right click, a long press or the menu key. */
export function menu(root, world, openModal) {
  let el = null;
  let back = null; // what gets the focus back

  /** onContext leaves the browser its own menu where that is of use: on links and on marked text. */
  function onContext(e) {
    const link = e.target.closest("a");
    if (e.shiftKey || (link && !link.closest("figure")) || e.target.closest("select") || !getSelection().isCollapsed) return;
    const { left, bottom } = e.target.getBoundingClientRect();
    const keyed = !e.clientX && !e.clientY;
    const opened = open(e.target, document.activeElement, keyed ? left : e.clientX, keyed ? bottom : e.clientY);
    if (opened) e.preventDefault();
  }

  function open(from, opener, x, y) {
    close();
    const m = world.message(from.closest("[data-key].message")?.dataset.key);
    if (!m || !reactable(m)) return false;
    back = opener;
    const commands = world.onMessages();
    el = h("div.menu-box", {
      role: "menu", "aria-label": "This message", popover: "manual", style: { "--x": "0px", "--y": "0px" },
      onkeydown: key,
    },
    h("div.menu-reactions", { role: "group", "aria-label": "React" }, QUICK.map((name) => {
      const has = reacted(m, { name }, world);
      return h("button.tool", {
        role: "menuitemcheckbox", "aria-checked": has, tabindex: "-1",
        "aria-label": `React with ${name}`, onclick: () => act(() => react(m.id, { emoji: name }, world)),
      }, name);
    })),
    h("div.menu-group", { role: "group", "aria-labelledby": "menu-apps" },
      h("p.menu-title", { id: "menu-apps" }, "Apps"),
      commands.length ? commands.map((c) => item(world.say(c.name, c.name_localizations), () => run(c, m)))
        : h("p.quiet", {}, "No commands for messages here.")),
    h("div.menu-group", { role: "group", "aria-label": "More" },
      h("button.menu-item", { role: "menuitem", tabindex: "-1", onclick: () => other(m) }, "React with another emoji…"),
      item("Reply", () => world.tell("reply", m)),
      item("Copy the link to this message", () => copy(m))));
    document.querySelector("main").append(el); // a landmark
    el.showPopover();
    const box = el.getBoundingClientRect();
    const inside = (at, size, room) => `${Math.max(EDGE, Math.min(at, room - size - EDGE))}px`;
    el.style.setProperty("--x", inside(x, box.width, innerWidth));
    el.style.setProperty("--y", inside(y, box.height, innerHeight));
    (el.querySelector("[role=menuitem]") ?? el.querySelector("button")).focus();
    return true;
  }

  function item(label, then) {
    return h("button.menu-item", { role: "menuitem", tabindex: "-1", onclick: () => act(then) }, label);
  }

  /** other asks for an emoji, in the menu's place. */
  function other({ id }) {
    const input = h("input", { required: true, "aria-label": "Emoji", placeholder: "🎉 or name:id" });
    el.setAttribute("role", "dialog");
    fill(el, h("form.menu-other", {
      onsubmit: (e) => {
        e.preventDefault();
        const [emoji, emojiId] = input.value.trim().replace(/^<?a?:|>$/g, "").split(":");
        act(() => react(id, { emoji, emojiId }, world));
      },
    }, input, h("button.button.primary", { type: "submit" }, "React")));
    input.focus();
  }

  function act(then) {
    close();
    then();
  }

  function key(e) {
    const asks = e.target.form;
    if (e.key === "Escape" || (e.key === "Tab" && !asks)) {
      e.preventDefault();
      e.stopPropagation();
      close();
    } else if (!asks && [["ArrowUp", "ArrowDown"], ["ArrowLeft", "ArrowRight"]].some((keys) => walk(e, [...el.querySelectorAll("button")], ...keys))) {
      e.preventDefault();
    }
  }

  /** close takes the menu away and gives the focus back, if it is still the menu's. */
  function close() {
    const gone = el;
    if (!gone) return;
    el = null;
    const had = gone.contains(document.activeElement);
    gone.remove();
    if (had && back?.isConnected) back.focus();
  }

  async function run(command, { id: target, channel_id: channel }) {
    try {
      const outcome = await api.invoke({ user: world.me, channel, command: command.name, options: [], target });
      // One that is not answered is told of in the channel.
      if (outcome.kind === "modal") openModal(outcome.modal);
    } catch (err) {
      toast(err.message);
    }
  }

  async function copy(m) {
    const { guild, channel } = world.place(m.channel_id);
    try {
      await navigator.clipboard.writeText(address(guild?.id, channel.id, m.id));
      fill(byId("announcer"), h("p", {}, "The link is copied."));
    } catch {
      toast("The browser does not let the page copy.");
    }
  }

  on(root, "click", (e) => {
    const opener = e.target.closest("[data-act=menu]");
    if (!opener) return;
    const { left, bottom } = opener.getBoundingClientRect();
    open(opener, opener, left, bottom + 4);
  });
  on(root, "contextmenu", onContext);
  on(root, "keydown", (e) => {
    const bar = e.target.closest("[role=toolbar]");
    if (bar && walk(e, visible(bar), "ArrowLeft", "ArrowRight")) e.preventDefault();
  });
  on(document, "pointerdown", (e) => el?.contains(e.target) || close(), { capture: true });
  addEventListener("resize", close);
  on(world, "all place", close);
}

const visible = (bar) => [...bar.querySelectorAll("button")].filter((b) => b.offsetParent);

/** walk moves the focus along a list by keys, and tells whether it did. */
export function walk(e, list, back, forth) {
  const at = list.indexOf(document.activeElement);
  const to = { [back]: at - 1, [forth]: at + 1, Home: 0, End: -1 }[e.key];
  if (to === undefined || !list.length) return false;
  list.at(to % list.length).focus();
  return true;
}
