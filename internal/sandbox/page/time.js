// Discord's timestamps, which tick by themselves.
import { h } from "./dom.js";

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const UNITS = [
  ["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1],
];

let locale = navigator.language;
const formats = new Map();

/** speak sets the language of times; one that the browser lacks changes nothing. */
export function speak(wanted) {
  try {
    [locale = locale] = Intl.getCanonicalLocales(wanted);
    formats.clear();
  } catch {
    return;
  }
  tick(".stamp");
}

function format(style) {
  if (!formats.has(style)) {
    formats.set(style, style in STYLES
      ? new Intl.DateTimeFormat(locale, STYLES[style])
      : new Intl.RelativeTimeFormat(locale, { numeric: style === "now" ? "auto" : "always" }));
  }
  return formats.get(style);
}

/** text writes a moment (in seconds since 1970) in one of Discord's styles. */
export function text(unix, style, now = Date.now()) {
  if (style !== "R") return format(style).format(unix * 1000);
  const away = unix - Math.floor(now / 1000);
  const [unit, length] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? UNITS.at(-1);
  const n = Math.trunc(away / length);
  return n === 0 ? format("now").format(0, unit) : format("R").format(n, unit);
}

/** stamp makes the element of a timestamp, or null where there is no such time. */
export function stamp(unix, style = "f") {
  const date = new Date(unix * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return h("time.stamp", {
    datetime: date.toISOString(),
    title: text(unix, "F"),
    "data-unix": unix,
    "data-style": style,
  }, text(unix, style));
}

/** short is the time of a message: the day too where it is not today. */
export function short(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return stamp(Math.floor(date.getTime() / 1000), today ? "t" : "s");
}

function tick(which) {
  for (const el of document.querySelectorAll("time" + which)) {
    const next = text(Number(el.dataset.unix), el.dataset.style);
    if (el.textContent !== next) el.textContent = next;
  }
}

/** start has all timestamps tick. */
export const start = () => setInterval(tick, 1000, "[data-style=R]");
