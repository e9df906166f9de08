// The fields of a command's options. Each is {option, el, focus(), value(),
// problem(), take?(file), holds?()}: value is what the bot gets, undefined while
// there is none, problem says in words why it cannot be sent, and one that takes
// files tells whether it holds one.
import * as api from "./api.js";
import { MENUS } from "./choices.js";
import { fill, h, on } from "./dom.js";
import { fileField } from "./files.js";
import { listbox } from "./listbox.js";
import { noticeOf } from "./state.js";

// Types of options. Source: Discord's documentation, application commands.
const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTION = 9, NUMBER = 10, ATTACHMENT = 11;
const PICKED = { [USER]: MENUS[5], [ROLE]: MENUS[6], [MENTION]: MENUS[7], [CHANNEL]: MENUS[8] };
const MAX_STRING = 6000; // Discord's bound where an option names none
const NO_NUMBER = "That is not a number that fits.";
const TYPING = 180; // ms of rest until the bot is asked for choices

let made = 0; // for ids that labels refer to

/** field makes the field of an option; ask({name}) is what is filled in so far. */
export function field(option, world, ask, remove) {
  const id = `option-${++made}`;
  const part = control(option, world, ask, id);
  const name = world.say(option.name, option.name_localizations);
  const el = h("div.option", { "data-option": option.name, class: (option.type === ATTACHMENT || option.autocomplete) && "wide" },
    h("div.option-head", {},
      h("label", { for: id }, name, option.required && h("span.star", { title: "required" }, " *")),
      h("small.option-about", { id: id + "-about" }, world.say(option.description, option.description_localizations)),
      part.count,
      remove && h("button.plain.remove", { "aria-label": `Leave out ${name}`, onclick: remove }, "✕")),
    part.el);
  return {
    ...part,
    option,
    el,
    focus: () => part.input.focus(),
    problem: () => {
      const problem = part.problem?.() || (option.required && part.value() === undefined ? `${name} is required.` : "");
      part.input.setAttribute("aria-invalid", !!problem);
      return problem;
    },
  };
}

function control(option, world, ask, id) {
  const shared = { id, "aria-describedby": id + "-about", "aria-required": !!option.required };
  const pick = (list) => choice(shared, option, list);
  if (option.choices?.length) {
    return pick(option.choices.map((c) => [world.say(c.name, c.name_localizations), c.value]));
  }
  switch (option.type) {
    case BOOLEAN:
      return pick([["True", true], ["False", false]]);
    case USER:
    case CHANNEL:
    case ROLE:
    case MENTION:
      return pick(PICKED[option.type](option, world).map((o) => [o.label, o.value]));
    case ATTACHMENT:
      return attachment(shared, option);
    case INTEGER:
    case NUMBER:
      if (!option.autocomplete) return number(shared, option);
  }
  return option.autocomplete ? suggested(shared, world, ask.bind(null, option.name), option.type !== STRING) : text(shared, option);
}

function attachment(shared, option) {
  const { el, input, tray, sample } = fileField(shared, { types: option.file_types });
  return { el, input, take: (file) => tray.take(file), holds: () => tray.full, value: () => tray.ids[0], set: sample, problem: () => tray.problem() };
}

function choice(shared, option, list) {
  const input = h("select.select", shared,
    h("option", { value: "" }, option.required ? "Choose…" : "–"),
    list.map(([label], i) => h("option", { value: i }, label)));
  return {
    el: input, input,
    value: () => (input.value === "" ? undefined : list[input.value][1]),
    set: (v) => (input.value = list.findIndex(([, value]) => value === v)),
  };
}

function number(shared, option) {
  const input = h("input", { ...shared, type: "number", step: option.type === INTEGER ? 1 : "any", min: option.min_value, max: option.max_value });
  return {
    el: input, input,
    value: () => (input.value === "" ? undefined : input.valueAsNumber),
    problem: () => !input.validity.valid && NO_NUMBER,
    set: (v) => (input.value = v),
  };
}

/** length counts as Discord does: characters, not the halves of emoji. */
const length = (s) => [...s].length;

function text(shared, option) {
  const max = option.max_length ?? MAX_STRING;
  const count = h("small.count", { "aria-hidden": true });
  const input = h("textarea", { ...shared, rows: 1, enterkeyhint: "send" });
  const changed = () => {
    const n = length(input.value);
    fill(count, `${n} / ${max}`);
    count.classList.toggle("over", n > max);
    input.style.height = "auto";
    input.style.height = Math.min(input.scrollHeight + 2, 180) + "px";
  };
  on(input, "input", changed);
  fill(count, `0 / ${max}`);
  return {
    el: input, input, count,
    value: () => input.value || undefined,
    problem: () => {
      const n = length(input.value);
      if (n > max) return `${n - max} characters too many.`;
      return n > 0 && n < option.min_length && `At least ${option.min_length} characters.`;
    },
    set: (v) => {
      input.value = v;
      requestAnimationFrame(changed);
    },
  };
}

/** suggested is a text, or a number, whose choices the bot gives while one types. */
function suggested(shared, world, ask, numeric) {
  const input = h("input", { ...shared, type: "text" });
  let choices = [];
  let chosen = null; // the choice whose name stands in the input
  let timer = 0;
  let asking = null;
  const list = listbox(input, { class: "choices", id: shared.id + "-list", "aria-label": "Choices" }, "choice", choose);

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.close();
  }

  function choose(i) {
    chosen = choices[i];
    input.value = chosen.name;
    close();
  }

  function show(note) {
    list.show(choices.map((c) => c.name), note);
    list.el.scrollIntoView({ block: "nearest" });
  }

  async function refresh() {
    asking?.abort();
    const mine = (asking = new AbortController());
    try {
      const outcome = await api.autocomplete(ask(input.value), mine.signal);
      // It is said in the list, and needs no notice in the channel.
      if (outcome.kind === "none") world.dismiss(noticeOf(outcome.interaction));
      if (mine !== asking || mine.signal.aborted || document.activeElement !== input) return;
      choices = outcome.choices ?? [];
      show(outcome.kind === "none" ? "Loading options failed." : "No options match.");
    } catch (err) {
      if (err.name === "AbortError") return;
      choices = [];
      show(err.message);
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, TYPING);
  }

  on(input, "input", () => {
    chosen = null;
    soon();
  });
  on(input, "focus", soon);
  on(input, "blur", close);
  on(input, "keydown", (e) => {
    if (list.step(e)) return;
    const open = !list.el.hidden;
    if (e.key === "ArrowDown") {
      refresh();
    } else if (open && (e.key === "Enter" || e.key === "Tab") && list.active() >= 0) {
      if (e.key === "Enter") {
        e.preventDefault();
        e.stopPropagation();
      }
      choose(list.active());
    } else if (open && e.key === "Escape") {
      e.stopPropagation();
      close();
    }
  });
  return {
    el: h("div.suggested", {}, input, list.el), input,
    value: () => chosen?.value ?? (numeric && input.value ? Number(input.value) : input.value || undefined),
    problem: () => numeric && !chosen && Number.isNaN(Number(input.value)) && NO_NUMBER,
    set: (v) => (input.value = v),
  };
}
