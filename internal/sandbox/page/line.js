// The line: a message with pictures, or the beginning of a command.
import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { picker } from "./files.js";
import { Tray, card } from "./tray.js";

const STRING = 3; // type of an option
const MAX_FILES = 10; // of a message. Source: Discord's documentation, create message.

/** mainOption is the option that a typed line goes into. */
const mainOption = (command) => (command.options ?? []).find((o) => o.required && o.type === STRING && !o.choices?.length);

export class Line {
  #world;
  #open; // opens a command: (command, values, files, send)
  #input;
  #list;
  #note = h("p.composer-note", { role: "status" });
  #held = h("div.tray", { role: "group", "aria-label": "Pictures of this message", hidden: true });
  #tray = new Tray(MAX_FILES, () => this.#drawTray());
  #offers = []; // commands that fit what is typed
  #active = 0;
  #busy = false;
  el;

  constructor(world, text, open) {
    this.#world = world;
    this.#open = open;
    this.#list = h("div.offers", { id: "offers", role: "listbox", "aria-label": "Commands", hidden: true });
    this.#input = h("textarea.typed", {
      rows: 1, "aria-label": "Message or command", role: "combobox", autocomplete: "off",
      spellcheck: "false", enterkeyhint: "send",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "offers",
      oninput: () => {
        this.#say("");
        this.#suggest();
      },
      onkeydown: (e) => this.#key(e),
    }, text);
    const choose = picker((file) => this.take(file), { multiple: true });
    this.el = h("div", {}, this.#list, h("div.line-box", {}, this.#held,
      h("button.icon-button.attach", { type: "button", "aria-label": "Attach pictures", title: "Attach pictures", onclick: () => choose.click() }, "+"), choose,
      h("button.icon-button.slash", { type: "button", "aria-label": "Show the commands", title: "Show the commands", onclick: () => this.#showCommands() }, "/"),
      this.#input,
      h("button.icon-button.send", { type: "button", "aria-label": "Send", title: "Send", onclick: () => this.#enter() }, "➤")), this.#note);
    this.renew();
  }

  focus() {
    this.#input.focus();
  }

  /** take attaches a file to the message. */
  take(file) {
    this.#tray.take(file);
  }

  /** renew follows a change of the place or of the commands. */
  renew() {
    const label = this.#world.label();
    this.#input.placeholder = label ? `Message ${label}, or / for commands` : "Type / for commands";
    this.#suggest();
  }

  #drawTray() {
    const { items } = this.#tray;
    const had = this.#held.contains(document.activeElement);
    this.#say("");
    this.#held.hidden = items.length === 0;
    fill(this.#held, items.map((item) => card(item, () => this.#tray.remove(item))));
    if (had) this.focus();
  }

  #showCommands() {
    if (!this.#input.value.startsWith("/")) this.#input.value = "/";
    this.focus();
    this.#suggest();
  }

  /** #typed splits the line into a command's name and what stands after it. */
  #typed() {
    const m = /^\/(\S*)(\s+([\s\S]*))?$/.exec(this.#input.value);
    return m && { name: m[1].toLowerCase(), rest: m[3], complete: m[2] !== undefined };
  }

  #spoken(command) {
    return this.#world.say(command.name, command.name_localizations);
  }

  #suggest() {
    const typed = this.#typed();
    const here = this.#world.here();
    const fits = (c, name, whole) =>
      [c.name, this.#spoken(c)].some((n) => (whole ? n.toLowerCase() === name : n.toLowerCase().startsWith(name)));
    this.#offers = typed ? here.filter((c) => fits(c, typed.name, typed.complete)) : [];
    this.#list.hidden = !typed;
    if (typed) {
      fill(this.#list, this.#offers.length
        ? this.#offers.map((c, i) => this.#offer(c, i, typed))
        : h("p.quiet", {}, this.#world.commands.length === 0 ? "The bot has not registered its commands yet."
          : here.length ? "No such command here." : "No commands are offered here."));
    }
    this.#mark(0);
    this.#input.setAttribute("aria-expanded", String(this.#offers.length > 0));
  }

  #offer(command, i, typed) {
    const into = typed.complete && typed.rest && mainOption(command);
    return h("div.offer", {
      id: "offer-" + i, role: "option",
      onmousedown: (e) => e.preventDefault(),
      onclick: () => this.#choose(command),
    },
    h("span.offer-name", {}, "/" + this.#spoken(command)),
    into
      ? h("span.offer-into", {}, h("b", {}, this.#world.say(into.name, into.name_localizations)), " ", typed.rest)
      : h("span.offer-about", {}, this.#world.say(command.description, command.description_localizations)),
    h("kbd", {}, typed.complete && typed.rest ? "Enter sends · Tab: all options" : "Enter"));
  }

  #mark(i) {
    this.#active = i;
    for (const [j, el] of [...this.#list.querySelectorAll(".offer")].entries()) {
      el.setAttribute("aria-selected", String(j === i));
      if (j === i) el.scrollIntoView({ block: "nearest" });
    }
    if (this.#offers.length) this.#input.setAttribute("aria-activedescendant", "offer-" + i);
    else this.#input.removeAttribute("aria-activedescendant");
  }

  #key(e) {
    if (e.isComposing) return;
    const n = this.#offers.length;
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      this.#enter();
    } else if (e.key === "Tab" && !e.shiftKey && n) {
      e.preventDefault();
      this.#choose(this.#offers[this.#active]);
    } else if ((e.key === "ArrowDown" || e.key === "ArrowUp") && n) {
      e.preventDefault();
      this.#mark((this.#active + (e.key === "ArrowDown" ? 1 : n - 1)) % n);
    } else if (e.key === "Escape" && this.#typed()) {
      this.#input.value = "";
      this.#suggest();
    }
  }

  #enter() {
    const typed = this.#typed();
    const command = this.#offers[this.#active];
    if (!typed) this.#send();
    else if (command) this.#choose(command, !!typed.rest);
  }

  /** #choose opens a command with what is typed, and the pictures that are there. */
  #choose(command, send = false) {
    const option = mainOption(command);
    const rest = this.#typed()?.rest?.trim();
    const files = this.#tray.items.map((item) => item.file);
    this.#tray.clear();
    this.#open(command, option && rest ? { [option.name]: rest } : {}, files, send);
  }

  /** #send posts what is typed as a message. */
  async #send() {
    const text = this.#input.value.trim();
    const problem = this.#tray.problem();
    if (this.#busy || (!text && !this.#tray.items.length)) return;
    if (problem) {
      this.#say(problem, true);
      return;
    }
    const { me: user, channel } = this.#world;
    this.#busy = this.#input.readOnly = true;
    try {
      await api.say({ user, channel, text, files: this.#tray.ids });
      this.#input.value = "";
      this.#tray.clear();
    } catch (err) {
      this.#say(err.message, true);
    } finally {
      this.#busy = this.#input.readOnly = false;
    }
  }

  #say(text, bad = false) {
    this.#note.classList.toggle("problem", bad);
    fill(this.#note, text);
  }
}
