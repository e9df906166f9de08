// The form of a command that is chosen.
import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { field } from "./fields.js";

const ATTACHMENT = 11; // type of an option

export class CommandForm {
  #world;
  #command;
  #leave;
  #openModal;
  #fields = [];
  #box = h("div.options");
  #chips = h("div.chips", { role: "group", "aria-label": "Options" });
  #status = h("span.composer-status", { role: "status" });
  #submit = h("button.button.primary", { type: "submit" }, "Send");
  #busy = false;
  el;

  constructor(world, command, values, { leave, openModal }) {
    this.#world = world;
    this.#command = command;
    this.#leave = leave;
    this.#openModal = openModal;
    const name = "/" + world.say(command.name, command.name_localizations);
    this.el = h("form.command", {
      novalidate: true, "aria-label": name,
      onsubmit: (e) => {
        e.preventDefault();
        this.#send();
      },
      onkeydown: (e) => {
        if (e.isComposing) return;
        if (e.key === "Escape") leave();
        const typing = e.target.matches("textarea, input:not([type=file])");
        if (e.key === "Enter" && !e.shiftKey && typing) {
          e.preventDefault();
          this.#send();
        }
      },
    },
    h("header", {},
      h("span.command-name", {}, name),
      h("span.offer-about", {}, world.say(command.description, command.description_localizations)),
      h("button.icon-button", { type: "button", "aria-label": "Leave this command", onclick: () => leave() }, "✕")),
    this.#box, this.#chips,
    h("footer", {}, this.#status, h("small.quiet.keys", {}, "Enter sends · Shift+Enter: new line · Esc leaves"), this.#submit));
    for (const option of command.options ?? []) {
      if (option.required || option.name in values) this.#add(option, values[option.name]);
    }
    this.#drawChips();
  }

  focus() {
    (this.#fields[0] ?? this.#submit).focus();
  }

  /** renew leaves what is filled in as it is, wherever one goes meanwhile. */
  renew() {}

  /** take puts a file into the first attachment that is empty, if there is one. */
  take(file) {
    let target = this.#fields.find((f) => f.take && !f.holds());
    if (!target) {
      const option = this.#left().find((o) => o.type === ATTACHMENT);
      if (!option) return;
      target = this.#add(option);
      this.#drawChips();
    }
    target.take(file);
  }

  /** sendIfWhole sends the command off, if nothing is missing. */
  sendIfWhole() {
    if (!this.#fields.some((f) => f.option.required && f.value() === undefined)) this.#send();
  }

  #add(option, value) {
    const remove = option.required ? null : () => {
      this.#fields = this.#fields.filter((f) => f !== made);
      made.el.remove();
      this.#drawChips();
      this.focus();
    };
    const made = field(option, this.#world, (name, typed) => this.#invocation(name, typed), remove);
    if (value !== undefined) made.set(value);
    this.#fields.push(made);
    this.#box.append(made.el);
    return made;
  }

  /** #left are the options that are not filled in. */
  #left() {
    return (this.#command.options ?? []).filter((o) => !this.#fields.some((f) => f.option === o));
  }

  #drawChips() {
    fill(this.#chips, this.#left().map((o) => h("button.chip", {
      type: "button",
      title: this.#world.say(o.description, o.description_localizations),
      onclick: () => {
        const made = this.#add(o);
        this.#drawChips();
        made.focus();
      },
    }, "+ " + this.#world.say(o.name, o.name_localizations))));
  }

  #invocation(focused, typed) {
    const options = [];
    for (const f of this.#fields) {
      const value = f.option.name === focused ? typed : f.value();
      if (value !== undefined) options.push({ name: f.option.name, value });
    }
    const { me: user, channel } = this.#world;
    return { user, channel, command: this.#command.name, options, ...(focused && { focused }) };
  }

  async #send() {
    if (this.#busy) return;
    const [wrong, problem] = this.#fields.map((f) => [f, f.problem()]).find(([, p]) => p) ?? [];
    if (wrong) {
      this.#say(problem, true);
      wrong.focus();
      return;
    }
    this.#busy = this.#submit.disabled = true;
    this.#say("waiting for the bot…");
    try {
      const outcome = await api.invoke(this.#invocation());
      if (outcome.kind === "none") {
        this.#say("The application did not respond.", true);
      } else if (this.el.isConnected) {
        this.#leave();
        if (outcome.kind === "modal") this.#openModal(outcome.modal);
      }
    } catch (err) {
      this.#say(err.message, true);
    } finally {
      this.#busy = this.#submit.disabled = false;
      // A disabled button has lost the focus.
      if (this.el.isConnected && document.activeElement === document.body) this.#submit.focus();
    }
  }

  #say(text, bad = false) {
    this.#status.classList.toggle("problem", bad);
    fill(this.#status, text);
  }
}
