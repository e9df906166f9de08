// The components of messages, by Discord's type numbers.
import { h } from "./dom.js";
import { fileCard, media } from "./media.js";
import { link, markdown } from "./markdown.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 6: "primary" };

/** components renders a list; world gives names and, for selects, people. */
export const components = (list, world) => (list ?? []).map((c) => component(c, world)).filter(Boolean);

const RENDER = {
  1: actionRow,
  2: button,
  3: select,
  5: select,
  8: select,
  9: section,
  10: textDisplay,
  11: (c) => media(c.media, c.description, { small: true, spoiler: c.spoiler }),
  12: gallery,
  13: file,
  14: separator,
  17: container,
};

function component(c, world) {
  const render = RENDER[c.type];
  // Types that Discord will invent must not break what is around them.
  return render ? render(c, world) : h("p.unknown", { "data-key": "unknown" }, `Component of type ${c.type}`);
}

/** key tells morph which components are the same one. */
const key = (c) => `c${c.type}`;

function container(c, world) {
  const color = c.accent_color;
  return h("div.card", {
    "data-key": key(c),
    class: [color == null ? "" : "accented", c.spoiler ? "spoiler-card" : ""].join(" ").trim(),
    style: color == null ? {} : { "--accent": "#" + (color & 0xffffff).toString(16).padStart(6, "0") },
  }, components(c.components, world));
}

function textDisplay(c, world) {
  return h("div.text", { "data-key": key(c) }, markdown(c.content ?? "", world.names));
}

function section(c, world) {
  return h("div.section", { "data-key": key(c) },
    h("div.section-texts", {}, components(c.components, world)),
    c.accessory && h("div.accessory", { class: c.accessory.type === 11 ? "thumbnail" : "" }, component(c.accessory, world)));
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
    name = decodeURIComponent(new URL(address, location.href).pathname.split("/").pop()) || name;
  } catch {
    // An address that is none still shows that there is a file.
  }
  return h("div", { "data-key": key(c) }, fileCard(name, 0, address));
}

function separator(c) {
  return h("div.gap", {
    "data-key": key(c),
    class: [c.divider === false ? "" : "rule", c.spacing === 2 ? "large" : ""].join(" ").trim(),
    role: c.divider === false ? null : "separator",
  });
}

function actionRow(c, world) {
  return h("div.actions", { "data-key": key(c) }, components(c.components, world));
}

const emoji = (e) => (e?.name ? h("span.emoji", { "aria-hidden": "true" }, e.id ? `:${e.name}:` : e.name) : null);

function button(c) {
  const inside = [emoji(c.emoji), c.label && h("span", {}, c.label)];
  if (c.style === 5) {
    const a = !c.disabled && link(c.url, inside);
    if (!a) return h("button.button.link", { type: "button", disabled: true }, inside);
    if (a.target) a.append(h("span", { "aria-hidden": "true" }, " ↗"));
    a.className = "button link";
    return a;
  }
  return h("button.button", {
    type: "button",
    class: BUTTON_STYLES[c.style] ?? "secondary",
    disabled: !!c.disabled,
    "aria-label": c.label ? null : c.emoji?.name,
    "data-key": "b-" + c.custom_id,
    "data-act": "press",
    "data-custom-id": c.custom_id,
  }, inside);
}

function choices(c, world) {
  if (c.type === 5) return world.users.map((u) => ({ label: u.global_name || u.username, value: u.id }));
  if (c.type === 8) return (world.place().guild?.channels ?? []).map((ch) => ({ label: "#" + ch.name, value: ch.id }));
  return c.options ?? [];
}

function select(c, world) {
  const many = (c.max_values ?? 1) > 1;
  const placeholder = c.placeholder || "Choose…";
  const picked = choices(c, world).some((o) => o.default);
  const el = h("select.select", {
    "data-key": "s-" + c.custom_id,
    "data-act": many ? null : "select",
    "data-custom-id": c.custom_id,
    "aria-label": placeholder,
    disabled: !!c.disabled,
    multiple: many,
    size: many ? Math.min(choices(c, world).length, 6) : null,
  },
  many ? null : h("option", { value: "", disabled: true, selected: !picked }, placeholder),
  choices(c, world).map((o) => h("option", { value: o.value, selected: !!o.default, title: o.description || null },
    [o.emoji?.id ? null : o.emoji?.name, o.label, o.description ? `– ${o.description}` : null].filter(Boolean).join(" "))));
  if (!many) return el;
  return h("div.select-many", { "data-key": "m-" + c.custom_id, "data-min": c.min_values ?? 1, "data-max": c.max_values },
    el, h("button.button.secondary", { type: "button", "data-act": "select-many", "data-custom-id": c.custom_id, disabled: !!c.disabled }, "OK"));
}
