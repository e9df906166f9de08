// Dialogs that the bot opens.
import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { markdown } from "./markdown.js";

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
      h("button.icon-button", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "✕")),
    h("div.modal-fields", {}, (modal.components ?? []).flatMap((c) => fields(c, inputs, world))),
    status,
    h("footer", {},
      h("button.button.secondary", { type: "button", onclick: () => dialog.close() }, "Cancel"), send));
  // A dialog of the browser's own keeps the focus inside and closes on Escape.
  const dialog = h("dialog.modal", { "aria-labelledby": "modal-title" }, form);
  dialog.addEventListener("close", () => dialog.remove());

  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    const wrong = [...inputs.values()].map(check).find((el) => el);
    if (wrong) {
      wrong.focus();
      return;
    }
    send.disabled = true;
    fill(status, "waiting for the bot…");
    try {
      const values = Object.fromEntries([...inputs].map(([id, { el }]) => [id, el.value]));
      const outcome = await api.submit({ user, modal: modal.id, values });
      if (outcome.kind === "none") fill(status, "The application did not respond. Try again.");
      else dialog.close();
    } catch (err) {
      fill(status, err.message);
    } finally {
      send.disabled = false;
    }
  });
  form.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) form.requestSubmit();
  });
  document.body.append(dialog);
  dialog.showModal();
  inputs.values().next().value?.el.focus();
  return dialog;
}

/** check marks an input that does not hold and returns it. */
function check({ el, note, spec }) {
  const length = [...el.value].length;
  let problem = "";
  if (!el.value.trim()) problem = spec.required === false ? "" : "This is required.";
  else if (spec.min_length && length < spec.min_length) problem = `At least ${spec.min_length} characters.`;
  else if (spec.max_length && length > spec.max_length) problem = `At most ${spec.max_length} characters.`;
  fill(note, problem);
  el.setAttribute("aria-invalid", String(!!problem));
  return problem ? el : null;
}

function fields(c, inputs, world) {
  switch (c.type) {
    case 1: // an action row with a text input, the older form
      return (c.components ?? []).flatMap((inner) => fields(inner, inputs, world));
    case 4:
      return [labelled(c, c.label, "", inputs)];
    case 10:
      return [h("div.text", {}, markdown(c.content ?? "", world.names))];
    case 18:
      return c.component ? [labelled(c.component, c.label, c.description, inputs)] : [];
    default:
      return [h("p.unknown", {}, `Component of type ${c.type}`)];
  }
}

let made = 0; // for ids that labels refer to

function labelled(spec, label, description, inputs) {
  const id = `input-${++made}`;
  const note = h("small.problem", { id: id + "-note" });
  const count = h("small.count", { "aria-hidden": "true" });
  const shared = {
    id, name: spec.custom_id, placeholder: spec.placeholder || null,
    "aria-describedby": id + "-note", "aria-required": spec.required !== false ? "true" : null,
  };
  let el;
  if (spec.type === 3) {
    el = h("select.select", shared,
      h("option", { value: "" }, spec.placeholder || "Choose…"),
      (spec.options ?? []).map((o) => h("option", { value: o.value, selected: !!o.default }, o.label)));
  } else if (spec.type === 4 && spec.style === SHORT) {
    el = h("input", { ...shared, type: "text", value: spec.value ?? "", autocomplete: "off" });
  } else if (spec.type === 4) {
    el = h("textarea", { ...shared, rows: 5 }, spec.value ?? "");
  } else {
    return h("p.unknown", {}, `Component of type ${spec.type}`);
  }
  const entry = { el, note, spec };
  const counted = () => spec.max_length && fill(count, `${[...el.value].length} / ${spec.max_length}`);
  el.addEventListener("input", () => {
    counted();
    if (el.getAttribute("aria-invalid") === "true") check(entry);
  });
  counted();
  inputs.set(spec.custom_id, entry);
  return h("div.field-block", {},
    h("label", { for: id }, label || spec.custom_id, spec.required !== false && h("span.star", { "aria-hidden": "true" }, " *")),
    description && h("p.subtext", {}, description),
    el, h("div.field-foot", {}, note, count));
}
