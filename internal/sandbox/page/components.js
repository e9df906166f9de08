// The components of messages, by Discord's type numbers.
import { MENUS, select, several } from "./choices.js";
import { h } from "./dom.js";
import { fileCard, media, path } from "./media.js";
import { link, markdown } from "./markdown.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 6: "primary" };

/** components renders a list; world gives names and what select menus offer. */
export const components = (list, world) => (list ?? []).map((c) => component(c, world)).filter(Boolean);

const RENDER = {
  1: actionRow,
  2: button,
  9: section,
  10: textDisplay,
  11: (c) => media(c.media, c.description, { small: true, spoiler: c.spoiler }),
  12: gallery,
  13: file,
  14: separator,
  17: container,
};

function component(c, world) {
  const render = c.type in MENUS ? menu : RENDER[c.type];
  // Types that Discord will invent must not break what is around them.
  return render ? render(c, world) : h("p.unknown", { "data-key": "unknown" }, `Component of type ${c.type}`);
}

/** key tells morph which components are the same one. */
const key = (c) => `c${c.type}`;

function container(c, world) {
  const color = c.accent_color;
  return h("div.card", {
    "data-key": key(c),
    class: color != null && "accented",
    style: color == null ? {} : { "--accent": "#" + (color & 0xffffff).toString(16).padStart(6, "0") },
  }, components(c.components, world));
}

function textDisplay(c, world) {
  return h("div.text", { "data-key": key(c) }, markdown(c.content ?? "", world.names));
}

function section(c, world) {
  return h("div.section", { "data-key": key(c) },
    h("div.section-texts", {}, components(c.components, world)),
    c.accessory && h("div.accessory", { class: c.accessory.type === 11 && "thumbnail" }, component(c.accessory, world)));
}

function gallery(c) {
  const items = c.items ?? [];
  return h("div.gallery", { "data-key": key(c), "data-count": Math.min(items.length, 5) },
    items.map((i) => media(i.media, i.description, { spoiler: i.spoiler })));
}

function file(c) {
  const address = c.file?.url ?? "";
  let name = "file";
  try {
    name = decodeURIComponent(path(address).split("/").pop()) || name;
  } catch {
    // Badly written, it is still a file.
  }
  return h("div", { "data-key": key(c) }, fileCard(name, 0, address));
}

function separator(c) {
  return h("div.gap", {
    "data-key": key(c),
    class: [c.divider !== false && "rule", c.spacing === 2 && "large"],
    role: c.divider === false ? null : "separator",
  });
}

function actionRow(c, world) {
  return h("div.actions", { "data-key": key(c) }, components(c.components, world));
}

const emoji = (e) => (e?.name ? h("span.emoji", { "aria-hidden": true }, e.id ? `:${e.name}:` : e.name) : null);

function button(c) {
  const inside = [emoji(c.emoji), c.label && h("span", {}, c.label)];
  if (c.style === 5) {
    const a = !c.disabled && link(c.url, inside);
    if (!a) return h("button.button.link", { disabled: true }, inside);
    if (a.target) a.append(h("span", { "aria-hidden": true }, " ↗"));
    a.className = "button link";
    return a;
  }
  return h("button.button", {
    class: BUTTON_STYLES[c.style] ?? "secondary",
    disabled: c.disabled,
    "aria-label": c.label ? null : c.emoji?.name,
    "data-key": "b-" + c.custom_id,
    "data-act": "press",
    "data-custom-id": c.custom_id,
  }, inside);
}

function menu(c, world) {
  const named = { "data-custom-id": c.custom_id };
  if (!several(c)) return select(c, world, { "data-key": "s-" + c.custom_id, "data-act": "select", ...named });
  return h("div.select-many", { "data-key": "m-" + c.custom_id, "data-min": c.min_values, "data-max": c.max_values },
    select(c, world), h("button.button.secondary", {
      "data-act": "select-many", ...named, disabled: c.disabled, "aria-label": c.placeholder && "OK: " + c.placeholder,
    }, "OK"));
}
