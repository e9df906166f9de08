// Building elements, and bringing one tree to look like another in place.
// Nothing here, or anywhere on the page, makes elements out of text.

/**
 * h makes an element. A name may carry classes: h("p.quiet.small"). Properties
 * with null, undefined or false are left out; "on…" are listeners; "style" is
 * an object of properties, "class" one more or several; the rest are attributes.
 */
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const el = document.createElement(tag);
  if (tag === "button") el.type = "button"; // not one that submits a form
  if (classes.length) el.className = classes.join(" ");
  for (const [key, value] of Object.entries(props ?? {})) {
    const says = key.startsWith("aria-"); // which of them is true, or false
    if (value === null || value === undefined || (value === false && !says)) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
    else if (key === "class") el.className = [el.className, value].flat().filter(Boolean).join(" ");
    else if (key === "muted") el.defaultMuted = el.muted = true;
    else el.setAttribute(key, value === true && !says ? "" : value);
  }
  add(el, children);
  return el;
}

function add(el, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    el.append(child);
  }
}

/** fill replaces what is in el. */
export function fill(el, ...children) {
  el.replaceChildren();
  add(el, children);
}

export const byId = (id) => document.getElementById(id);

/** iconButton has a sign only to look at, and its name where one points at it. */
export const iconButton = (label, sign, onclick, classes = "") =>
  h("button.icon-button" + classes, { "aria-label": label, title: label, onclick }, sign);

/** on listens for events by their names, with blanks between them. */
export function on(target, names, act, options) {
  for (const name of names.split(" ")) target.addEventListener(name, act, options);
}

/** find is querySelector by an exact attribute value, whatever is in it. */
export const find = (root, name, value) => root.querySelector(`[${name}="${CSS.escape(value)}"]`);

// Attributes with this prefix belong to what the person did (a spoiler that is
// open, a button that is busy) and outlive an update.
const LIVE = "data-live-";

const same = (a, b) =>
  a.nodeType === b.nodeType && a.nodeName === b.nodeName &&
  (a.nodeType !== Node.ELEMENT_NODE || a.getAttribute("data-key") === b.getAttribute("data-key"));

/**
 * morph makes the tree of old like that of next and moves nothing that can
 * stay: an element keeps its place, and so a video keeps playing and a button
 * its focus. Elements are matched by tag and data-key; one with data-keep is
 * left as it is once it is matched.
 */
export function morph(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  if (old.hasAttribute("data-keep") && next.hasAttribute("data-keep")) return;
  // What somebody has chosen does not follow the attributes by itself.
  const turned = ["selected", "checked"].filter((name) => old.hasAttribute(name) !== next.hasAttribute(name));
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !name.startsWith(LIVE) && name !== "style") old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of turned) old[name] = next.hasAttribute(name);
  if (old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
  morphChildren(old, [...next.childNodes]);
}

/** morphChildren does for el's children what morph does for a tree. */
function morphChildren(el, wanted) {
  let at = el.firstChild;
  const dropTo = (end) => {
    while (at !== end) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };
  for (const [i, next] of wanted.entries()) {
    let match = at;
    while (match && !same(match, next)) match = match.nextSibling;
    // Passing over a child that is wanted later would tear it out.
    for (let gone = at; match && gone !== match; gone = gone.nextSibling) {
      if (isKept(gone) && wanted.slice(i + 1).some((w) => same(gone, w))) match = null;
    }
    if (!match) {
      el.insertBefore(next, at);
      continue;
    }
    dropTo(match);
    morph(match, next);
    at = match.nextSibling;
  }
  dropTo(null);
}

const isKept = (node) =>
  node.nodeType === Node.ELEMENT_NODE && (node.hasAttribute("data-key") || node.querySelector("[data-keep]") !== null);

/** toast tells of something for a while. */
export function toast(text) {
  const root = byId("toasts");
  while (root.childElementCount > 2) root.firstChild.remove();
  const el = h("div.toast", {}, text);
  root.append(el);
  setTimeout(() => el.remove(), 6000);
}
