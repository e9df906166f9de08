// The form of a command that is chosen.
import * as api from "./api.js";
import { fill, h, iconButton } from "./dom.js";
import { field } from "./fields.js";

const ATTACHMENT = 11; // type of an option

/** commandForm is filled in with values at first; to is where it leads: {leave(), openModal(modal)}. */
export function commandForm(world, command, values, to) {
  const { name, name_localizations: names, description, description_localizations: descriptions } = command;
  const called = "/" + world.say(name, names);
  const options = command.options ?? [];
  const box = h("div.options");
  const chips = h("div.chips", { role: "group", "aria-label": "Options" });
  const status = h("span.composer-status", { role: "status" });
  const submit = h("button.button.primary", { type: "submit" }, "Send");
  let fields = [];
  let busy = false;
  const el = h("form.command", {
    novalidate: true, "aria-label": called,
    onsubmit: (e) => {
      e.preventDefault();
      send();
    },
    onkeydown: (e) => {
      if (e.isComposing) return;
      if (e.key === "Escape") to.leave();
      if (e.key === "Enter" && !e.shiftKey && e.target.matches("textarea, input:not([type=file])")) {
        e.preventDefault();
        send();
      }
    },
  },
  h("header", {},
    h("span.command-name", {}, called),
    h("span.offer-about", {}, world.say(description, descriptions)),
    iconButton("Leave this command", "✕", to.leave)),
  box, chips,
  h("footer", {}, status, h("small.quiet.keys", {}, "Enter sends · Shift+Enter: new line · Esc leaves"), submit));

  function focus() {
    (fields[0] ?? submit).focus();
  }

  /** take puts a file into the first attachment that is empty, if there is one. */
  function take(file) {
    let target = fields.find((f) => f.take && !f.holds());
    if (!target) {
      const option = left().find((o) => o.type === ATTACHMENT);
      if (!option) return null;
      target = add(option);
      drawChips();
    }
    return target.take(file);
  }

  /** sendIfWhole sends the command off, if nothing is missing. */
  function sendIfWhole() {
    if (!fields.some((f) => f.option.required && f.value() === undefined)) send();
  }

  function add(option, value) {
    const made = field(option, world, invocation, !option.required && (() => {
      fields = fields.filter((f) => f !== made);
      made.el.remove();
      drawChips();
      focus();
    }));
    if (value !== undefined) made.set(value);
    fields.push(made);
    box.append(made.el);
    return made;
  }

  /** left are the options that are not filled in. */
  function left() {
    return options.filter((o) => !fields.some((f) => f.option === o));
  }

  function drawChips() {
    fill(chips, left().map((o) => h("button.chip", {
      title: world.say(o.description, o.description_localizations),
      onclick: () => {
        const made = add(o);
        drawChips();
        made.focus();
      },
    }, "+ " + world.say(o.name, o.name_localizations))));
  }

  function invocation(focused, typed) {
    const given = fields.map((f) => ({ name: f.option.name, value: f.option.name === focused ? typed : f.value() }));
    return { user: world.me, channel: world.channel, command: name, options: given.filter((o) => o.value !== undefined), focused };
  }

  async function send() {
    if (busy) return;
    const [wrong, problem] = fields.map((f) => [f, f.problem()]).find(([, p]) => p) ?? [];
    if (wrong) {
      say(problem, true);
      wrong.focus();
      return;
    }
    busy = submit.disabled = true;
    say("waiting for the bot…");
    try {
      const outcome = await api.invoke(invocation());
      if (outcome.kind === "none") {
        say("The application did not respond.", true);
      } else if (el.isConnected) {
        to.leave();
        if (outcome.kind === "modal") to.openModal(outcome.modal);
      }
    } catch (err) {
      say(err.message, true);
    } finally {
      busy = submit.disabled = false;
      // A disabled button has lost the focus.
      if (el.isConnected && document.activeElement === document.body) submit.focus();
    }
  }

  function say(text, bad = false) {
    status.classList.toggle("problem", bad);
    fill(status, text);
  }

  for (const o of options) if (o.required || o.name in values) add(o, values[o.name]);
  drawChips();
  // What is filled in stays as it is, wherever one goes meanwhile.
  return { el, focus, take, sendIfWhole, renew() {} };
}
