// What can be chosen: in the select menus of messages and dialogs, and in the
// options of commands.
import { h } from "./dom.js";

const TEXT_CHANNEL = 0; // type of all channels here

const users = (c, world) => [...world.users, world.application].map(({ id }) => ({ label: world.name(id), value: id }));

function roles(c, world) {
  const { guild } = world.place();
  return guild ? [...world.roles, { name: "everyone", id: guild.id }].map(({ name, id }) => ({ label: "@" + name, value: id })) : [];
}

function channels({ channel_types: types }, world) {
  if (types?.length && !types.includes(TEXT_CHANNEL)) return [];
  return (world.place().guild?.channels ?? []).map((c) => ({ label: "#" + c.name, value: c.id }));
}

/**
 * MENUS give, by the types of select menus, what one offers where one is: {label, value, description?, emoji?, default?}.
 * Source: Discord's documentation, components.
 */
export const MENUS = {
  3: (c) => c.options ?? [], 5: users, 6: roles, 7: (...of) => [...users(...of), ...roles(...of)], 8: channels,
};

/** several tells whether more than one can be chosen. */
export const several = (c) => (c.max_values ?? 1) > 1;

/**
 * select makes what one chooses with, props being its attributes: a menu, or
 * boxes to check where several can be chosen.
 */
export function select(c, world, props) {
  const placeholder = c.placeholder || "Choose…";
  const filled = (c.default_values ?? []).map((d) => d.id);
  const list = MENUS[c.type](c, world).map((o) => ({ default: filled.includes(o.value), ...o }));
  const name = (o) => [o.emoji?.id ? null : o.emoji?.name, o.label].filter(Boolean).join(" ");
  props = { "aria-label": placeholder, ...props };
  if (several(c)) {
    return h("div.boxes", { role: "group", ...props, "aria-required": null },
      c.placeholder && h("p.menu-title", {}, placeholder), list.map((o) => h("label.box", {},
      h("input", { type: "checkbox", value: o.value, checked: o.default, disabled: c.disabled }),
      h("span", {}, name(o), o.description && h("small", {}, o.description)))));
  }
  const needed = c.required !== false && c.min_values !== 0;
  return h("select.select", { disabled: c.disabled, ...props },
    h("option", { value: "", disabled: needed, selected: !list.some((o) => o.default) }, placeholder),
    list.map((o) => h("option", { value: o.value, selected: o.default },
      [name(o), o.description].filter(Boolean).join(" – "))));
}

/** reset has chosen again what the bot has chosen. */
export function reset(el) {
  for (const o of el.options ?? []) o.selected = o.defaultSelected;
  for (const box of el.querySelectorAll("input")) box.checked = box.defaultChecked;
}

/** chosen are the values that are chosen in what select has made. */
export const chosen = (el) =>
  el.matches("select") ? [el.value].filter(Boolean) : [...el.querySelectorAll(":checked")].map((box) => box.value);

/** countProblem says what is wrong with how many are chosen, or given, of a kind; nothing where that will do. */
export function countProblem({ min_values: least = 1, max_values: most = 1, required }, n, kind = "") {
  if (n > most) return `At most ${most}${kind}.`;
  if (n >= least || (!n && required === false)) return "";
  return most > 1 && (n || least > 1) ? `At least ${least}${kind}.` : "This is required.";
}
