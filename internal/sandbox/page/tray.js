// Files on their way: each is uploaded at once, and kept until it is used.
import * as api from "./api.js";
import { h } from "./dom.js";
import { bytes, isImage } from "./media.js";

/** Tray holds up to max files and calls changed whenever one of them is another one. */
export class Tray {
  #max;
  #changed;
  items = []; // {file, name, sent?, trouble?, stop}

  constructor(max, changed) {
    this.#max = max;
    this.#changed = changed;
  }

  /** take uploads a file. Where there is no place left it takes that of the last one. */
  async take(file) {
    const item = { file, name: file.name || "picture.png", sent: null, trouble: "", stop: new AbortController() };
    if (this.full) this.items.pop().stop.abort();
    this.items.push(item);
    this.#changed();
    try {
      item.sent = await api.upload(file, item.name, item.stop.signal);
    } catch (err) {
      item.trouble = err.status === 413 ? "The file is over 25 MiB." : err.message;
    }
    if (this.items.includes(item)) this.#changed();
  }

  remove(item) {
    item.stop.abort();
    this.items = this.items.filter((other) => other !== item);
    this.#changed();
  }

  /** clear lets go of all; what is uploaded stays so. */
  clear() {
    for (const { stop } of this.items) stop.abort();
    this.items = [];
    this.#changed();
  }

  get full() {
    return this.items.length >= this.#max;
  }

  /** ids are those of the files that have arrived. */
  get ids() {
    return this.items.filter((i) => i.sent).map((i) => i.sent.id);
  }

  /** problem says why the files cannot be sent yet, or nothing. */
  problem() {
    if (this.items.some((i) => !i.sent && !i.trouble)) return "A file is still being uploaded.";
    return this.items.find((i) => i.trouble)?.trouble;
  }
}

/** card shows an item of a tray. */
export function card(item, remove) {
  const { sent, trouble, name } = item;
  const size = sent?.width ? `${sent.width} × ${sent.height}, ` : "";
  return h("div.held", { role: "group", "aria-label": name },
    sent && isImage(sent.content_type, sent.url)
      ? h("img.thumb", { src: sent.url, alt: "" })
      : h("span.thumb.file-icon", { "aria-hidden": true }, trouble ? "⚠" : sent ? "📄" : "…"),
    h("span.file-name", {}, name,
      trouble ? h("small.problem", { role: "alert" }, trouble)
        : h("small", { role: "status" }, sent ? size + bytes(sent.size) : "uploading…")),
    h("button.plain", { "aria-label": `Remove ${name}`, onclick: remove }, "Remove"));
}
