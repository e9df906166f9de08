// The fields of a command's options. Each is {option, el, focus(), value(),
// problem(), take?(file), holds?()}: value is what the bot gets, undefined while
// there is none, problem says in words why it cannot be sent, and one that takes
// files tells whether it holds one.
import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { fileField } from "./files.js";
import { noticeOf } from "./state.js";

// Types of options. Source: Discord's documentation, application commands.
const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, NUMBER = 10, ATTACHMENT = 11;
const MAX_STRING = 6000; // Discord's bound where an option names none
const TYPING = 180; // ms of rest until the bot is asked for choices

let made = 0; // for ids that labels refer to

/** field makes the field of an option; ask({name}) is what is filled in so far. */
export function field(option, world, ask, remove) {
  const id = `option-${++made}`;
  const part = control(option, world, ask, id);
  const name = world.say(option.name, option.name_localizations);
  const el = h("div.option", { "data-option": option.name, class: option.type === ATTACHMENT || option.autocomplete ? "wide" : "" },
    h("div.option-head", {},
      h("label", { for: id }, name, option.required && h("span.star", { title: "required" }, " *")),
      h("small.option-about", { id: id + "-about" }, world.say(option.description, option.description_localizations)),
      part.count,
      remove && h("button.plain.remove", { type: "button", "aria-label": `Leave out ${name}`, onclick: remove }, "✕")),
    part.el);
  return {
    option,
    el,
    focus: () => part.input.focus(),
    value: part.value,
    take: part.take,
    holds: part.holds,
    set: part.set,
    problem: () => {
      const problem = part.problem?.() ?? (option.required && part.value() === undefined ? `${name} is required.` : "");
      part.input.setAttribute("aria-invalid", String(!!problem));
      return problem;
    },
  };
}

function control(option, world, ask, id) {
  const shared = { id, "aria-describedby": id + "-about", "aria-required": option.required ? "true" : null };
  const pick = (list) => choice(shared, option, list);
  if (option.choices?.length) {
    return pick(option.choices.map((c) => [world.say(c.name, c.name_localizations), c.value]));
  }
  switch (option.type) {
    case BOOLEAN:
      return pick([["True", true], ["False", false]]);
    case USER:
      return pick(world.users.map((u) => [u.global_name || u.username, u.id]));
    case CHANNEL:
      return pick((world.place().guild?.channels ?? []).map((c) => ["#" + c.name, c.id]));
    case ATTACHMENT:
      return attachment(shared, option);
    case INTEGER:
    case NUMBER:
      if (!option.autocomplete) return number(shared, option);
  }
  return option.autocomplete ? suggested(shared, world, ask.bind(null, option.name)) : text(shared, option);
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
    set: (v) => {
      const at = list.findIndex(([, value]) => value === v);
      input.value = at < 0 ? "" : at;
    },
  };
}

function number(shared, option) {
  const input = h("input", { ...shared, type: "number", step: option.type === INTEGER ? 1 : "any" });
  return {
    el: input, input,
    value: () => (input.value === "" ? undefined : input.valueAsNumber),
    problem: () => (input.validity.valid ? undefined : "That is not a number that fits."),
    set: (v) => (input.value = v),
  };
}

/** length counts as Discord does: characters, not the halves of emoji. */
const length = (s) => [...s].length;

function text(shared, option) {
  const max = option.max_length ?? MAX_STRING;
  const count = h("small.count", { "aria-hidden": "true" });
  const input = h("textarea", { ...shared, rows: 1, enterkeyhint: "send" });
  const changed = () => {
    const n = length(input.value);
    fill(count, `${n} / ${max}`);
    count.classList.toggle("over", n > max);
    input.style.height = "auto";
    input.style.height = Math.min(input.scrollHeight + 2, 180) + "px";
  };
  input.addEventListener("input", changed);
  fill(count, `0 / ${max}`);
  return {
    el: input, input, count,
    value: () => (input.value === "" ? undefined : input.value),
    problem: () => {
      const n = length(input.value);
      if (n > max) return `${n - max} characters too many.`;
      if (n && n < (option.min_length ?? 0)) return `At least ${option.min_length} characters.`;
      return undefined;
    },
    set: (v) => {
      input.value = v;
      requestAnimationFrame(changed);
    },
  };
}

/** suggested is a text whose choices the bot gives while one types. */
function suggested(shared, world, ask) {
  const listId = shared.id + "-list";
  const input = h("input", {
    ...shared, type: "text", role: "combobox", autocomplete: "off",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId,
  });
  const list = h("div.choices", { id: listId, role: "listbox", hidden: true });
  let choices = [];
  let active = -1;
  let chosen = null; // the choice whose name stands in the input
  let timer = 0;
  let asking = null;

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (i) => {
    chosen = choices[i];
    input.value = chosen.name;
    close();
  };
  const mark = (i) => {
    active = i;
    for (const [j, el] of [...list.children].entries()) {
      el.setAttribute("aria-selected", String(j === i));
      if (j === i) el.scrollIntoView({ block: "nearest" });
    }
    if (i >= 0) input.setAttribute("aria-activedescendant", `${listId}-${i}`);
  };
  const show = (note) => {
    fill(list, note ? h("p.quiet", {}, note) : choices.map((c, i) =>
      h("div.choice", {
        id: `${listId}-${i}`, role: "option", "aria-selected": "false",
        onmousedown: (e) => e.preventDefault(), onclick: () => choose(i),
      }, c.name)));
    list.hidden = false;
    input.setAttribute("aria-expanded", String(!note));
    active = -1;
  };
  const refresh = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    try {
      const outcome = await api.autocomplete(ask(input.value), mine.signal);
      // It is said in the list, and needs no notice in the channel.
      if (outcome.kind === "none") world.dismiss(noticeOf(outcome.interaction));
      if (mine !== asking || mine.signal.aborted || document.activeElement !== input) return;
      choices = outcome.choices ?? [];
      show(outcome.kind === "none" ? "Loading options failed." : choices.length ? "" : "No options match.");
    } catch (err) {
      if (err.name !== "AbortError") show(err.message);
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, TYPING);
  };
  input.addEventListener("input", () => {
    chosen = null;
    soon();
  });
  input.addEventListener("focus", soon);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (e) => {
    if (list.hidden) {
      if (e.key === "ArrowDown") refresh();
      return;
    }
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (choices.length) mark((active + (e.key === "ArrowDown" ? 1 : choices.length)) % choices.length);
    } else if ((e.key === "Enter" || e.key === "Tab") && active >= 0) {
      if (e.key === "Enter") {
        e.preventDefault();
        e.stopPropagation();
      }
      choose(active);
    } else if (e.key === "Escape") {
      e.stopPropagation();
      close();
    }
  });
  return {
    el: h("div.suggested", {}, input, list), input,
    value: () => chosen?.value ?? (input.value === "" ? undefined : input.value),
    set: (v) => (input.value = v),
  };
}
