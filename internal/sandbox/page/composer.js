// The box at the bottom: a line where commands are typed, and the form of the
// command that is chosen.
import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { field } from "./fields.js";
import { openModal } from "./modal.js";

const STRING = 3;
const ATTACHMENT = 11;

export class Composer {
  #world;
  #root = document.getElementById("composer");
  #line; // the text box, while no command is open
  #list;
  #note;
  #offers = []; // commands that fit what is typed
  #active = 0;
  #open = null; // {command, fields, …} while a command is open

  constructor(world) {
    this.#world = world;
    this.#idle("");
    for (const name of ["all", "place", "commands"]) {
      world.addEventListener(name, () => this.#open || this.#suggest());
    }
    this.#root.addEventListener("paste", (e) => this.#files(e, e.clipboardData));
    const main = this.#root.parentElement;
    main.addEventListener("dragover", (e) => e.dataTransfer?.types.includes("Files") && e.preventDefault());
    main.addEventListener("drop", (e) => this.#files(e, e.dataTransfer));
  }

  focus() {
    (this.#line ?? this.#open?.fields[0] ?? this.#open?.send)?.focus();
  }

  /** try opens a command with some of its options filled in. */
  try(name, values = {}) {
    const command = this.#world.here().find((c) => c.name === name);
    if (command) this.#form(command, values);
  }

  // The line.

  #idle(text) {
    this.#open = null;
    this.#note = h("p.composer-note", { role: "status" });
    this.#list = h("div.offers", { id: "offers", role: "listbox", "aria-label": "Commands", hidden: true });
    this.#line = h("textarea.typed", {
      rows: 1, placeholder: "Type / for commands", "aria-label": "Command", role: "combobox", autocomplete: "off",
      spellcheck: "false", enterkeyhint: "send",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "offers",
      oninput: () => {
        fill(this.#note);
        this.#suggest();
      },
      onkeydown: (e) => this.#key(e),
    }, text);
    fill(this.#root, this.#list, h("div.line-box", {},
      h("button.icon-button.slash", { type: "button", "aria-label": "Show the commands", onclick: () => this.#show() }, "/"),
      this.#line,
      h("button.icon-button.send", { type: "button", "aria-label": "Send", onclick: () => this.#enter() }, "➤")), this.#note);
    this.#suggest();
  }

  #show() {
    if (!this.#line.value.startsWith("/")) this.#line.value = "/";
    this.#line.focus();
    this.#suggest();
  }

  /** #typed splits the line into a command's name and what stands after it. */
  #typed() {
    const m = /^\/(\S*)(\s+([\s\S]*))?$/.exec(this.#line.value);
    return m && { name: m[1].toLowerCase(), rest: m[3], complete: m[2] !== undefined };
  }

  #spoken(command) {
    return this.#world.say(command.name, command.name_localizations);
  }

  #suggest() {
    const typed = this.#typed();
    const fits = (c, name, whole) =>
      [c.name, this.#spoken(c)].some((n) => (whole ? n.toLowerCase() === name : n.toLowerCase().startsWith(name)));
    this.#offers = typed ? this.#world.here().filter((c) => fits(c, typed.name, typed.complete)) : [];
    this.#active = 0;
    if (!typed) {
      this.#list.hidden = true;
    } else {
      this.#list.hidden = false;
      fill(this.#list, this.#offers.length
        ? this.#offers.map((c, i) => this.#offer(c, i, typed))
        : h("p.quiet", {}, this.#world.commands.length
          ? "No such command here."
          : "The bot has not registered its commands yet."));
    }
    this.#mark(0);
    this.#line.setAttribute("aria-expanded", String(this.#offers.length > 0));
  }

  #offer(command, i, typed) {
    const into = typed.complete && typed.rest && mainOption(command);
    return h("div.offer", {
      id: "offer-" + i, role: "option",
      onmousedown: (e) => e.preventDefault(),
      onclick: () => this.#form(command, this.#given(command, typed.rest)),
    },
    h("span.offer-name", {}, "/" + this.#spoken(command)),
    into
      ? h("span.offer-into", {}, h("b", {}, this.#world.say(into.name, into.name_localizations)), " ", typed.rest)
      : h("span.offer-about", {}, this.#world.say(command.description, command.description_localizations)),
    h("kbd", {}, typed.complete && typed.rest ? "Enter sends · Tab: all options" : "Enter"));
  }

  #mark(i) {
    this.#active = i;
    for (const [j, el] of [...this.#list.querySelectorAll(".offer")].entries()) el.setAttribute("aria-selected", String(j === i));
    if (this.#offers.length) this.#line.setAttribute("aria-activedescendant", "offer-" + i);
    else this.#line.removeAttribute("aria-activedescendant");
  }

  #key(e) {
    if (e.isComposing) return;
    const n = this.#offers.length;
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      this.#enter();
    } else if (e.key === "Tab" && !e.shiftKey && n) {
      e.preventDefault();
      const command = this.#offers[this.#active];
      this.#form(command, this.#given(command, this.#typed().rest));
    } else if ((e.key === "ArrowDown" || e.key === "ArrowUp") && n) {
      e.preventDefault();
      this.#mark((this.#active + (e.key === "ArrowDown" ? 1 : n - 1)) % n);
    } else if (e.key === "Escape") {
      this.#line.value = "";
      this.#suggest();
    }
  }

  #enter() {
    const typed = this.#typed();
    const command = this.#offers[this.#active];
    if (!this.#line.value.trim()) return;
    if (!typed) {
      fill(this.#note, "This sandbox takes commands: begin with /");
    } else if (command) {
      this.#form(command, this.#given(command, typed.rest));
      const missing = this.#open.fields.some((f) => f.option.required && f.value() === undefined);
      if (typed.rest && !missing) this.#send();
    }
  }

  #given(command, rest) {
    const option = mainOption(command);
    return option && rest?.trim() ? { [option.name]: rest.trim() } : {};
  }

  // The form of a command.

  #form(command, values) {
    const box = h("div.options");
    const chips = h("div.chips", { role: "group", "aria-label": "Options" });
    const status = h("span.composer-status", { role: "status" });
    const send = h("button.button.primary", { type: "submit" }, "Send");
    const form = h("form.command", {
      novalidate: true,
      "aria-label": "/" + this.#spoken(command),
      onsubmit: (e) => {
        e.preventDefault();
        this.#send();
      },
      onkeydown: (e) => {
        if (e.isComposing) return;
        if (e.key === "Escape") this.#leave();
        const typing = e.target.matches("textarea, input:not([type=file])");
        if (e.key === "Enter" && !e.shiftKey && typing) {
          e.preventDefault();
          this.#send();
        }
      },
    },
    h("header", {},
      h("span.command-name", {}, "/" + this.#spoken(command)),
      h("span.offer-about", {}, this.#world.say(command.description, command.description_localizations)),
      h("button.icon-button", { type: "button", "aria-label": "Leave this command", onclick: () => this.#leave() }, "✕")),
    box, chips,
    h("footer", {}, status, h("small.quiet.keys", {}, "Enter sends · Shift+Enter: new line · Esc leaves"), send));
    this.#line = null;
    this.#open = { command, fields: [], box, chips, status, send, busy: false };
    for (const option of command.options ?? []) {
      if (option.required || option.name in values) this.#add(option, values[option.name]);
    }
    this.#chips();
    fill(this.#root, form);
    (this.#open.fields[0] ?? send).focus();
  }

  #add(option, value) {
    const open = this.#open;
    const remove = option.required ? null : () => {
      open.fields = open.fields.filter((f) => f !== made);
      made.el.remove();
      this.#chips();
      open.fields[0]?.focus();
    };
    const made = field(option, this.#world, (name, typed) => this.#invocation(name, typed), remove);
    if (value !== undefined) made.set(value);
    open.fields.push(made);
    open.box.append(made.el);
    return made;
  }

  #chips() {
    const { command, fields, chips } = this.#open;
    const left = (command.options ?? []).filter((o) => !fields.some((f) => f.option === o));
    fill(chips, left.map((o) => h("button.chip", {
      type: "button",
      title: this.#world.say(o.description, o.description_localizations),
      onclick: () => {
        const made = this.#add(o);
        this.#chips();
        made.focus();
      },
    }, "+ " + this.#world.say(o.name, o.name_localizations))));
  }

  #invocation(focused, typed) {
    const options = [];
    for (const f of this.#open.fields) {
      const value = f.option.name === focused ? typed : f.value();
      if (value !== undefined) options.push({ name: f.option.name, value });
    }
    const { me: user, channel } = this.#world;
    return { user, channel, command: this.#open.command.name, options, ...(focused && { focused }) };
  }

  async #send() {
    const open = this.#open;
    if (open.busy) return;
    const wrong = open.fields.map((f) => [f, f.problem()]).find(([, problem]) => problem);
    if (wrong) {
      this.#say(wrong[1], true);
      wrong[0].focus();
      return;
    }
    open.busy = open.send.disabled = true;
    this.#say("waiting for the bot…");
    try {
      const outcome = await api.invoke(this.#invocation());
      if (this.#open !== open) return;
      if (outcome.kind === "none") {
        this.#say("The application did not respond.", true);
      } else {
        this.#leave("");
        if (outcome.kind === "modal") openModal(outcome.modal, this.#world);
      }
    } catch (err) {
      if (this.#open === open) this.#say(err.message, true);
    } finally {
      open.busy = open.send.disabled = false;
      // A disabled button has lost the focus.
      if (this.#open === open && document.activeElement === document.body) open.send.focus();
    }
  }

  #say(text, bad = false) {
    this.#open.status.classList.toggle("problem", bad);
    fill(this.#open.status, text);
  }

  #leave(text = "") {
    this.#idle(text);
    this.#line.focus();
  }

  // Files that are dropped or pasted go into the first attachment that is empty.

  #files(event, data) {
    const file = data?.files?.[0];
    if (!file) return;
    event.preventDefault();
    const takes = (c) => (c.options ?? []).some((o) => o.type === ATTACHMENT);
    if (!this.#open) {
      const command = this.#world.here().find(takes);
      if (!command) return;
      this.#form(command, {});
    }
    const { command, fields } = this.#open;
    let target = fields.find((f) => f.take && f.value() === undefined);
    if (!target) {
      const option = (command.options ?? []).find((o) => o.type === ATTACHMENT && !fields.some((f) => f.option === o));
      if (!option) return;
      target = this.#add(option);
      this.#chips();
    }
    target.take(file);
  }
}

/** mainOption is the option that a typed line goes into. */
const mainOption = (command) => (command.options ?? []).find((o) => o.required && o.type === STRING && !o.choices?.length);
