// Dialogs that the bot opens.
import * as api from "./api.js";
import { MENUS, chosen, countProblem, select } from "./choices.js";
import { fill, h, iconButton, on } from "./dom.js";
import { dropped, fileField } from "./files.js";
import { markdown } from "./markdown.js";

// Types of components. Source: Discord's documentation, components.
const ROW = 1, TEXT = 4, WORDS = 10, LABEL = 18, UPLOAD = 19;
const SHORT = 1; // style of a text input; the other is a paragraph

/** openModal shows a modal and sends it off for the person who opened it. */
export function openModal(modal, world) {
  const user = world.me;
  const inputs = new Map(); // by custom id
  const status = h("p.modal-status", { role: "alert" });
  const send = h("button.button.primary", { type: "submit" }, "Submit");
  const form = h("form", { novalidate: true },
    h("header", {},
      h("h2", { id: "modal-title" }, modal.title),
      iconButton("Close", "✕", () => dialog.close())),
    h("div.modal-fields", {}, (modal.components ?? []).flatMap((c) => fields(c, inputs, world))),
    status,
    h("footer", {},
      h("button.button.secondary", { onclick: () => dialog.close() }, "Cancel"), send));
  // A dialog of the browser's own keeps the focus inside and closes on Escape.
  const dialog = h("dialog.modal", { "aria-labelledby": "modal-title" }, form);
  on(dialog, "close", () => dialog.remove());

  on(form, "submit", async (e) => {
    e.preventDefault();
    const wrong = [...inputs.values()].map(check).find((el) => el);
    if (wrong) {
      wrong.focus();
      return;
    }
    send.disabled = true;
    fill(status, "waiting for the bot…");
    try {
      const values = Object.fromEntries([...inputs].map(([id, { value }]) => [id, value()]));
      const outcome = await api.submit({ user, modal: modal.id, values });
      if (outcome.kind === "none") fill(status, "The application did not respond. Try again.");
      else dialog.close();
    } catch (err) {
      fill(status, err.message);
    } finally {
      send.disabled = false;
    }
  });
  on(form, "keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) form.requestSubmit();
  });
  // What is dropped or pasted goes into the first field for files that has room;
  // without one, a drop must not take the browser away from the page.
  dropped(form, (file) => {
    const trays = [...inputs.values()].map((entry) => entry.tray).filter(Boolean);
    (trays.find((t) => !t.full) ?? trays.at(-1))?.take(file);
  });
  document.body.append(dialog);
  dialog.showModal();
  inputs.values().next().value?.el.focus();
  return dialog;
}

/** check marks an input that does not hold and returns it. */
function check({ el, note, problem }) {
  const text = problem() ?? "";
  fill(note, text);
  el.setAttribute("aria-invalid", !!text);
  return text ? el : null;
}

/** lengthProblem says what is wrong with a text. */
function lengthProblem(spec, value) {
  const length = [...value].length;
  if (!value.trim()) return spec.required === false ? "" : "This is required.";
  if (spec.min_length && length < spec.min_length) return `At least ${spec.min_length} characters.`;
  if (spec.max_length && length > spec.max_length) return `At most ${spec.max_length} characters.`;
  return "";
}

function fields(c, inputs, world) {
  switch (c.type) {
    case ROW: // an action row with a text input, the older form
      return (c.components ?? []).flatMap((inner) => fields(inner, inputs, world));
    case TEXT:
      return [labelled(c, c, inputs, world)];
    case WORDS:
      return [h("div.text", {}, markdown(c.content ?? "", world.names))];
    case LABEL:
      return c.component ? [labelled(c.component, c, inputs, world)] : [];
    default:
      return [h("p.unknown", {}, `Component of type ${c.type}`)];
  }
}

let made = 0; // for ids that labels refer to

function labelled(spec, { label, description }, inputs, world) {
  const id = `input-${++made}`;
  const note = h("small.problem", { id: id + "-note" });
  const count = h("small.count", { "aria-hidden": true });
  const shared = {
    id, name: spec.custom_id, placeholder: spec.placeholder,
    "aria-describedby": id + "-note", "aria-required": spec.required !== false,
  };
  const entry = { note };
  let el;
  if (spec.type === UPLOAD) {
    const { el: zone, input, tray } = fileField(shared, { max: spec.max_values, changed: () => changed() });
    el = zone;
    Object.assign(entry, {
      el: input, tray, value: () => tray.ids.join("\n"),
      problem: () => tray.problem() ?? countProblem(spec, tray.items.length, " files"),
    });
  } else if (spec.type in MENUS) {
    el = select(spec, world, { ...shared, "aria-label": null, "aria-labelledby": id + "-label" });
    Object.assign(entry, {
      el: el.querySelector("input") ?? el, value: () => chosen(el).join("\n"),
      problem: () => countProblem(spec, chosen(el).length),
    });
  } else if (spec.type === TEXT) {
    el = spec.style === SHORT
      ? h("input", { ...shared, type: "text", value: spec.value, autocomplete: "off" })
      : h("textarea", { ...shared, rows: 5 }, spec.value);
    Object.assign(entry, { el, value: () => el.value, problem: () => lengthProblem(spec, el.value) });
  } else {
    return h("p.unknown", {}, `Component of type ${spec.type}`);
  }
  const changed = () => {
    if (entry.tray) fill(count, entry.tray.items.length ? `${entry.tray.items.length} / ${spec.max_values ?? 1}` : "");
    else if (spec.max_length) fill(count, `${[...el.value].length} / ${spec.max_length}`);
    if (entry.el.getAttribute("aria-invalid") === "true") check(entry);
  };
  on(el, "input", changed);
  changed();
  inputs.set(spec.custom_id, entry);
  return h("div.field-block", {},
    h("label", { for: id, id: id + "-label" }, label || spec.custom_id, spec.required !== false && h("span.star", { "aria-hidden": true }, " *")),
    description && h("p.subtext", {}, description),
    el, h("div.field-foot", {}, note, count));
}
