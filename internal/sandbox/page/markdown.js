// Discord's markdown, as elements. Text becomes text nodes and nothing else.
import { h } from "./dom.js";
import { target, within } from "./jump.js";
import { stamp } from "./time.js";

const MAX_DEPTH = 24; // of marks within marks; deeper ones stay as they are written

/**
 * markdown renders text. names looks up who and what is mentioned:
 * {user(id), channel(id), place(id)}, each a name, or nothing, and role(id), its name and color.
 */
export function markdown(source, names) {
  const out = document.createDocumentFragment();
  out.append(...blocks(source.replace(/\r\n?/g, "\n"), names, 0));
  return out;
}

const FENCE = /^```(?:([\w+#.-]*)\n)?([\s\S]*?)\n?```/;
const LIST = /^( *)([-*]|\d{1,9}\.) +(.*)$/;

function blocks(source, names, depth) {
  const out = [];
  let lines = []; // of a paragraph
  const put = (node) => {
    if (lines.length) out.push(h("p", {}, inline(lines.join("\n"), names, depth)));
    lines = [];
    if (node) out.push(node);
  };
  const take = (fits) => {
    const all = source.split("\n");
    const end = all.findIndex((l) => !fits(l));
    const taken = all.splice(0, end < 0 ? all.length : end);
    source = all.join("\n");
    return taken;
  };
  const quote = (text) => put(h("blockquote", {}, blocks(text, names, depth + 1)));
  while (source) {
    const [line] = source.split("\n", 1);
    let m = FENCE.exec(source);
    if (m?.[2].trim()) {
      put(h("pre", {}, h("code", { "data-language": m[1] || null }, m[2])));
      source = source.slice(m[0].length).replace(/^\n/, "");
    } else if (depth < MAX_DEPTH && source.startsWith(">>> ")) {
      quote(source.slice(4));
      source = "";
    } else if (depth < MAX_DEPTH && source.startsWith("> ")) {
      quote(take((l) => l.startsWith(">")).map((l) => l.replace(/^> ?/, "")).join("\n"));
    } else if ((m = LIST.exec(line))) {
      // A list of the other kind at the same depth begins anew.
      const [, indent, mark] = m;
      put(list(take((l) => {
        const m = LIST.exec(l);
        return m ? m[1].length > indent.length || /\d/.test(m[2]) === /\d/.test(mark) : /^ {2,}\S/.test(l);
      }), names, depth));
    } else {
      source = source.slice(line.length + 1);
      // The page's own headings are h1 and h2; no level below them may be left out.
      if ((m = /^(-#|#{1,3}) +(\S.*)$/.exec(line))) {
        put(h(m[1] === "-#" ? "p.subtext" : "h3.md-" + m[1].length, {}, inline(m[2], names, depth)));
      } else {
        lines.push(line);
      }
    }
  }
  put();
  return out;
}

function list(lines, names, depth) {
  const [, indent, mark] = LIST.exec(lines[0]);
  const ordered = /\d/.test(mark);
  const el = h(ordered ? "ol" : "ul", { start: ordered ? parseInt(mark, 10) : null });
  for (let i = 0; i < lines.length;) {
    const own = LIST.exec(lines[i])?.[3] ?? lines[i].trim();
    const from = ++i;
    while (i < lines.length && /^ */.exec(lines[i])[0].length > indent.length) i++;
    const inner = lines.slice(from, i);
    el.append(h("li", {}, inline(own, names, depth), inner.length > 0 && (LIST.test(inner[0]) && depth < MAX_DEPTH
      ? list(inner, names, depth + 1) : ["\n", inline(inner.map((l) => l.trim()).join("\n"), names, depth)])));
  }
  return el;
}

// Marks around text, the longer ones first. An underscore within a word is none.
const MARKS = [
  [/^\*\*(?=\S)([\s\S]+?)\*\*(?!\*)/, "strong"],
  [/^__(?=\S)([\s\S]+?)__(?!_)/, "u"],
  [/^~~(?=\S)([\s\S]+?)~~/, "s"],
  [/^\|\|([\s\S]+?)\|\|/, "spoiler"],
  [/^\*(?![\s*])((?:\\.|\*\*[^*]+\*\*|[^*\\])+?)\*(?!\*)/, "em"],
  [/^_(?!_)((?:\\.|__[^_]+__|[^_\\])+?)_(?!\w)/, "em"],
];
const SPECIAL = /[\\`*_~|<[h]/;

function inline(source, names, depth) {
  const out = [];
  let text = "";
  const put = (node, length) => {
    if (text) out.push(text);
    text = "";
    out.push(node);
    source = source.slice(length);
  };
  next: while (source) {
    const at = source.search(SPECIAL);
    if (at !== 0) {
      text += at < 0 ? source : source.slice(0, at);
      source = at < 0 ? "" : source.slice(at);
      continue;
    }
    let m;
    if ((m = /^\\([^\p{L}\p{N}\s])/u.exec(source))) {
      text += m[1];
      source = source.slice(m[0].length);
      continue;
    }
    if ((m = /^(`+)([\s\S]*?[^`])\1(?!`)/.exec(source))) {
      put(h("code", {}, m[2].replace(/^ (.*) $/s, "$1")), m[0].length);
      continue;
    }
    const special = source[0] === "<" ? angle(source, names) : source[0] === "[" ? masked(source, names, depth) : null;
    if (special?.[0]) {
      put(...special);
      continue;
    }
    if ((m = /^https?:\/\/[^\s<>"]+/.exec(source)) && !/\w$/.test(text)) {
      const address = m[0].replace(/[.,:;!?'")\]*_~|]+$/, "");
      const a = bare(address, names);
      if (a) {
        put(a, address.length);
        continue;
      }
    }
    if (depth < MAX_DEPTH && !(source[0] === "_" && source[1] !== "_" && /\w$/.test(text))) {
      for (const [pattern, tag] of MARKS) {
        if (!(m = pattern.exec(source))) continue;
        const inner = inline(m[1], names, depth + 1);
        put(tag === "spoiler" ? spoiler(inner) : h(tag, {}, inner), m[0].length);
        continue next;
      }
    }
    text += source[0];
    source = source.slice(1);
  }
  if (text) out.push(text);
  return out;
}

const mention = (text) => h("span.mention", {}, text);

const role = ({ name, color } = { name: "unknown role" }) => h("span.mention", {
  class: color && "role", style: color ? { "--accent": "#" + color.toString(16).padStart(6, "0") } : {},
}, "@" + name);

// What stands in angle brackets: times, mentions, emoji, links.
const ANGLES = [
  [/^<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/, (unix, style) => stamp(Number(unix), style)],
  [/^<@!?(\d+)>/, (id, _, names) => mention("@" + (names.user(id) ?? "unknown"))],
  [/^<#(\d+)>/, (id, _, names) => mention("#" + (names.channel(id) ?? "unknown"))],
  [/^<@&(\d+)>/, (id, _, names) => role(names.role(id))],
  [/^<(\/[^:>\n]+):\d+>/, mention],
  [/^<a?(:\w+:)\d+>/, (name) => h("span", {}, name)],
  [/^<(https?:\/\/[^\s>]+)>/, (address, _, names) => bare(address, names)],
];

function angle(source, names) {
  for (const [pattern, make] of ANGLES) {
    const m = pattern.exec(source);
    if (m) return [make(m[1], m[2], names), m[0].length];
  }
  return null;
}

function masked(source, names, depth) {
  const m = /^\[((?:\\.|[^\]\\\n])+)\]\(<?(https?:\/\/[^\s<>]+?)>?(?: "([^"\n]*)")?\)/.exec(source);
  if (!m || depth >= MAX_DEPTH) return null;
  return [link(m[2], inline(m[1], names, MAX_DEPTH), m[3]), m[0].length];
}

/** bare makes the link of an address that stands for itself; one to a message says where that is. */
function bare(address, names) {
  const at = URL.canParse(address) && target(new URL(address));
  const place = at && names.place(at.channel);
  return link(address, [place ? place + (at.message ? " › message" : "") : address]);
}

/** link makes a link to an http(s) address, or null for another one. To a message it leads within the page. */
export function link(address, children, title) {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  const inside = target(url);
  if (inside) return h("a.mention", { href: within(inside.channel, inside.message), title }, children);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", title }, children);
}

/** spoiler hides what is in it until it is pressed (message.js listens). */
export const spoiler = (children) =>
  h("span.spoiler", { role: "button", tabindex: "0", "aria-label": "Spoiler, press to show", "data-act": "reveal" },
    h("span", {}, children));
