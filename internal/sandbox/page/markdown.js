// Discord's markdown, as elements. Text becomes text nodes and nothing else.
import { h } from "./dom.js";
import { target, within } from "./jump.js";
import { stamp } from "./time.js";

const MAX_DEPTH = 24; // of marks within marks; deeper ones stay as they are written

/**
 * markdown renders text. names looks up who and what is mentioned:
 * {user(id), channel(id), place(id)}, each a name, or nothing.
 */
export function markdown(source, names) {
  const out = document.createDocumentFragment();
  out.append(...blocks(source.replace(/\r\n?/g, "\n"), names, 0));
  return out;
}

/** plain renders text with marks that stand within a line alone. */
export const plain = (source, names) => inline(source, names, 0);

const FENCE = /^```(?:([\w+#.-]*)\n)?([\s\S]*?)\n?```/;
const LIST = /^( *)([-*]|\d{1,9}\.) +(.*)$/;

function blocks(source, names, depth) {
  const out = [];
  let lines = [];
  const flush = () => {
    if (lines.length) out.push(h("p", {}, inline(lines.join("\n"), names, depth)));
    lines = [];
  };
  while (source) {
    const fence = FENCE.exec(source);
    if (fence && fence[2].trim()) {
      flush();
      out.push(h("pre", {}, h("code", { "data-language": fence[1] || null }, fence[2])));
      source = source.slice(fence[0].length).replace(/^\n/, "");
      continue;
    }
    const end = source.indexOf("\n");
    const line = end < 0 ? source : source.slice(0, end);
    const rest = end < 0 ? "" : source.slice(end + 1);
    let m;
    if ((m = /^(#{1,3}) +(\S.*)$/.exec(line))) {
      flush();
      // The page's own headings are h1 and h2.
      out.push(h(`h${m[1].length + 2}.md-${m[1].length}`, {}, inline(m[2], names, depth)));
    } else if ((m = /^-# +(\S.*)$/.exec(line))) {
      flush();
      out.push(h("p.subtext", {}, inline(m[1], names, depth)));
    } else if (depth < MAX_DEPTH && /^>>> /.test(source)) {
      flush();
      out.push(h("blockquote", {}, blocks(source.slice(4), names, depth + 1)));
      return out;
    } else if (depth < MAX_DEPTH && /^> /.test(line)) {
      flush();
      const quoted = take(source, (l) => /^> ?/.test(l));
      out.push(h("blockquote", {}, blocks(quoted.map((l) => l.replace(/^> ?/, "")).join("\n"), names, depth + 1)));
      source = drop(source, quoted.length);
      continue;
    } else if (LIST.test(line)) {
      flush();
      // A list of the other kind at the same depth begins anew.
      const [, indent, mark] = LIST.exec(line);
      const items = take(source, (l) => {
        const m = LIST.exec(l);
        return m ? m[1].length > indent.length || /\d/.test(m[2]) === /\d/.test(mark) : /^ {2,}\S/.test(l);
      });
      out.push(list(items, names, depth));
      source = drop(source, items.length);
      continue;
    } else {
      lines.push(line);
    }
    source = rest;
  }
  flush();
  return out;
}

function take(source, fits) {
  const lines = source.split("\n");
  const end = lines.findIndex((l) => !fits(l));
  return end < 0 ? lines : lines.slice(0, end);
}

const drop = (source, n) => source.split("\n").slice(n).join("\n");

function list(lines, names, depth) {
  const [, indent, mark] = LIST.exec(lines[0]);
  const ordered = /\d/.test(mark);
  const el = h(ordered ? "ol" : "ul", { start: ordered ? parseInt(mark, 10) : null });
  for (let i = 0; i < lines.length;) {
    const m = LIST.exec(lines[i]);
    const own = m ? m[3] : lines[i].trim();
    let j = i + 1;
    while (j < lines.length && /^ */.exec(lines[j])[0].length > indent.length) j++;
    const inner = lines.slice(i + 1, j);
    const item = h("li", {}, inline(own, names, depth));
    if (inner.length && LIST.test(inner[0]) && depth < MAX_DEPTH) item.append(list(inner, names, depth + 1));
    else if (inner.length) item.append("\n", ...inline(inner.map((l) => l.trim()).join("\n"), names, depth));
    el.append(item);
    i = j;
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

/** angle reads what stands in angle brackets: times, mentions, emoji, links. */
function angle(source, names) {
  let m;
  if ((m = /^<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/.exec(source))) return [stamp(Number(m[1]), m[2]), m[0].length];
  if ((m = /^<@!?(\d+)>/.exec(source))) return [h("span.mention", {}, "@" + (names.user(m[1]) ?? "unknown")), m[0].length];
  if ((m = /^<#(\d+)>/.exec(source))) return [h("span.mention", {}, "#" + (names.channel(m[1]) ?? "unknown")), m[0].length];
  if ((m = /^<@&\d+>/.exec(source))) return [h("span.mention", {}, "@role"), m[0].length];
  if ((m = /^<(\/[^:>\n]+):\d+>/.exec(source))) return [h("span.mention", {}, m[1]), m[0].length];
  if ((m = /^<a?(:\w+:)\d+>/.exec(source))) return [h("span", {}, m[1]), m[0].length];
  if ((m = /^<(https?:\/\/[^\s>]+)>/.exec(source))) return [bare(m[1], names), m[0].length];
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
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  const inside = target(url);
  if (inside) return h("a.mention", { href: within(inside.channel, inside.message), title: title || null }, children);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", title: title || null }, children);
}

/** spoiler hides what is in it until it is pressed (message.js listens). */
export const spoiler = (children) =>
  h("span.spoiler", { role: "button", tabindex: "0", "aria-label": "Spoiler, press to show", "data-act": "reveal" },
    h("span", {}, children));
