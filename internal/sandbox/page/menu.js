// What can be done with a message: the bar that appears with it, and the menu.
import * as api from "./api.js";
import { fill, h, toast } from "./dom.js";
import { address } from "./jump.js";
import { QUICK, emojiData, react, reactable, reacted } from "./reactions.js";

const EDGE = 8; // px between the menu and the window's edge

/** tools is the bar of a message: Tab stops at its menu, arrows lead along it. */
export function tools(m) {
  if (!reactable(m)) return null;
  return h("div.tools", { "data-key": "tools", role: "toolbar", "aria-label": "This message" },
    QUICK.map((name) => h("button.tool.quick", {
      type: "button", ...emojiData({ name }), "data-key": "quick-" + name, tabindex: "-1",
      title: `React with ${name}`, "aria-label": `React with ${name}`,
    }, name)),
    h("button.tool", {
      type: "button", "data-act": "menu", "data-key": "more", "aria-haspopup": "menu", "aria-label": "Apps and more",
    }, h("span.wide", {}, "Apps ▸"), h("span.narrow", {}, "⋯")));
}

/** Menu is the menu of the messages in root, opened by their bars, a right click, a long press or the menu key. */
export class Menu {
  #world;
  #openModal;
  #el = null;
  #opener = null; // what gets the focus back

  constructor(root, world, openModal) {
    this.#world = world;
    this.#openModal = openModal;
    root.addEventListener("click", (e) => {
      const opener = e.target.closest("[data-act=menu]");
      if (!opener) return;
      const { left, bottom } = opener.getBoundingClientRect();
      this.#open(opener, opener, left, bottom + 4);
    });
    root.addEventListener("contextmenu", (e) => this.#onContext(e));
    root.addEventListener("keydown", (e) => {
      const bar = e.target.closest("[role=toolbar]");
      if (bar && walk(e, visible(bar), "ArrowLeft", "ArrowRight")) e.preventDefault();
    });
    document.addEventListener("pointerdown", (e) => this.#el?.contains(e.target) || this.#close(), { capture: true });
    addEventListener("resize", () => this.#close());
    for (const name of ["all", "place"]) world.addEventListener(name, () => this.#close());
  }

  /** #onContext leaves the browser its own menu where that is of use: on links and on marked text. */
  #onContext(e) {
    const link = e.target.closest("a");
    if (e.shiftKey || (link && !link.closest("figure")) || e.target.closest("select") || !getSelection().isCollapsed) return;
    const { left, bottom } = e.target.getBoundingClientRect();
    const keyed = !e.clientX && !e.clientY;
    const opened = this.#open(e.target, document.activeElement, keyed ? left : e.clientX, keyed ? bottom : e.clientY);
    if (opened) e.preventDefault();
  }

  #open(from, opener, x, y) {
    this.#close();
    const world = this.#world;
    const m = world.message(from.closest("[data-key].message")?.dataset.key);
    if (!m || !reactable(m)) return false;
    this.#opener = opener;
    const commands = world.onMessages();
    this.#el = h("div.menu-box", {
      role: "menu", "aria-label": "This message", popover: "manual", style: { "--x": "0px", "--y": "0px" },
      onkeydown: (e) => this.#key(e),
    },
    h("div.menu-reactions", { role: "group", "aria-label": "React" }, QUICK.map((name) => {
      const has = reacted(m, { name }, world);
      return h("button.tool", {
        type: "button", role: "menuitemcheckbox", "aria-checked": String(has), tabindex: "-1",
        "aria-label": `React with ${name}`, onclick: () => this.#do(() => react(m.id, { emoji: name }, world)),
      }, name);
    })),
    h("div.menu-group", { role: "group", "aria-labelledby": "menu-apps" },
      h("p.menu-title", { id: "menu-apps" }, "Apps"),
      commands.length ? commands.map((c) => this.#item(world.say(c.name, c.name_localizations), () => this.#run(c, m)))
        : h("p.quiet", {}, "No commands for messages here.")),
    h("div.menu-group", { role: "group", "aria-label": "More" },
      this.#item("Copy the link to this message", () => this.#copy(m))));
    document.body.append(this.#el);
    this.#el.showPopover();
    const box = this.#el.getBoundingClientRect();
    const inside = (at, size, room) => `${Math.max(EDGE, Math.min(at, room - size - EDGE))}px`;
    this.#el.style.setProperty("--x", inside(x, box.width, innerWidth));
    this.#el.style.setProperty("--y", inside(y, box.height, innerHeight));
    (this.#el.querySelector("[role=menuitem]") ?? this.#el.querySelector("button")).focus();
    return true;
  }

  #item(label, act) {
    return h("button.menu-item", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => this.#do(act) }, label);
  }

  #do(act) {
    this.#close();
    act();
  }

  #key(e) {
    if (e.key === "Escape" || e.key === "Tab") {
      e.preventDefault();
      e.stopPropagation();
      this.#close();
    } else if (walk(e, [...this.#el.querySelectorAll("button")], "ArrowUp", "ArrowDown") ||
      walk(e, [...this.#el.querySelectorAll("button")], "ArrowLeft", "ArrowRight")) {
      e.preventDefault();
    }
  }

  /** #close takes the menu away and gives the focus back, if it is still the menu's. */
  #close() {
    const el = this.#el;
    if (!el) return;
    this.#el = null;
    const had = el.contains(document.activeElement);
    el.remove();
    if (had && this.#opener?.isConnected) this.#opener.focus();
  }

  async #run(command, { id: target, channel_id: channel }) {
    try {
      const outcome = await api.invoke({ user: this.#world.me, channel, command: command.name, options: [], target });
      // One that is not answered is told of in the channel.
      if (outcome.kind === "modal") this.#openModal(outcome.modal);
    } catch (err) {
      toast(err.message);
    }
  }

  async #copy(m) {
    const { guild, channel } = this.#world.place(m.channel_id);
    try {
      await navigator.clipboard.writeText(address(guild?.id, channel.id, m.id));
      fill(document.getElementById("announcer"), h("p", {}, "The link is copied."));
    } catch {
      toast("The browser does not let the page copy.");
    }
  }
}

const visible = (bar) => [...bar.querySelectorAll("button")].filter((b) => b.offsetParent);

/** walk moves the focus along a list by keys, and tells whether it did. */
function walk(e, list, back, forth) {
  const at = list.indexOf(document.activeElement);
  const to = { [back]: at - 1, [forth]: at + 1, Home: 0, End: -1 }[e.key];
  if (to === undefined || !list.length) return false;
  list.at(to % list.length).focus();
  return true;
}
