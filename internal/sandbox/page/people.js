// Faces: initials on a colour that stays the same for a person.
import { h } from "./dom.js";

const HUES = [262, 12, 168, 38, 204, 330, 96];

/** called is what people read of a name. */
export const called = (user) => user?.global_name || user?.username;

export function face(user, name) {
  const shown = name ?? called(user) ?? "?";
  if (user?.bot) return h("span.face.bot", { "aria-hidden": true }, h("img", { src: "/icon.svg", alt: "" }));
  const sum = [...(user?.id ?? shown)].reduce((n, c) => (n * 31 + c.codePointAt(0)) % 9973, 7);
  return h("span.face", { "aria-hidden": true, style: { "--hue": HUES[sum % HUES.length] } }, [...shown][0].toUpperCase());
}
