// The field of an attachment: a file by button, drop, paste or from the
// samples, uploaded at once.
import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { bytes, isImage } from "./media.js";

/** SAMPLES are pictures that are always at hand. */
const SAMPLES = [
  { file: "boat.jpg", about: "A paper boat at sunset" },
  { file: "hills.jpg", about: "Hills under a pale moon" },
  { file: "flower.png", about: "A flower of light" },
];

/** accept is what the file dialog offers for Discord's file_types. */
const accept = (types) =>
  (types ?? []).map((t) => (["image", "video", "audio"].includes(t) ? t + "/*" : t.includes("/") || t.startsWith(".") ? t : "." + t)).join(",");

export function attachmentField(shared, option) {
  let sent = null; // the attachment that the sandbox keeps
  let pending = null; // AbortController of an upload
  let trouble = "";

  const picker = h("input.unseen", {
    type: "file", accept: accept(option.file_types) || null, tabindex: "-1", "aria-hidden": "true",
    onchange: () => {
      if (picker.files[0]) take(picker.files[0]);
      picker.value = "";
    },
  });
  const button = h("button.button.secondary", { ...shared, type: "button", onclick: () => picker.click() }, "Choose a file");
  const zone = h("div.drop", {
    ondragover: (e) => {
      e.preventDefault();
      zone.classList.add("over");
    },
    ondragleave: () => zone.classList.remove("over"),
    ondrop: (e) => {
      e.preventDefault();
      e.stopPropagation();
      zone.classList.remove("over");
      if (e.dataTransfer.files[0]) take(e.dataTransfer.files[0]);
    },
  });

  const samples = h("div.samples", { role: "group", "aria-label": "Sample pictures" },
    h("small.quiet", {}, "or use a sample picture"),
    SAMPLES.map((s) => h("button.sample", {
      type: "button", title: s.about, "aria-label": `Use the sample picture: ${s.about}`, onclick: () => sample(s.file),
    }, h("img", { src: "/pictures/" + s.file, alt: "", width: 64, height: 40 }))));

  async function sample(file) {
    try {
      const response = await fetch("/pictures/" + file);
      await take(new File([await response.blob()], file, { type: response.headers.get("Content-Type") }));
    } catch {
      trouble = "The sample picture cannot be had.";
      draw();
    }
  }

  async function take(file) {
    pending?.abort();
    const mine = (pending = new AbortController());
    sent = null;
    trouble = "";
    draw(file);
    try {
      const attachment = await api.upload(file, file.name || "picture.png", mine.signal);
      if (mine === pending) sent = attachment;
    } catch (err) {
      if (mine === pending) trouble = err.status === 413 ? "The file is over 25 MiB." : err.message;
    }
    if (mine !== pending) return;
    pending = null;
    draw();
  }

  function clear() {
    pending?.abort();
    pending = sent = null;
    draw();
    button.focus();
  }

  function draw(file) {
    if (pending) {
      fill(zone, h("span.quiet", { role: "status" }, `Uploading ${file?.name ?? ""}…`), picker);
    } else if (sent) {
      const size = sent.width ? `${sent.width} × ${sent.height}, ` : "";
      fill(zone,
        isImage(sent.content_type, sent.url)
          ? h("img.thumb", { src: sent.url, alt: "" })
          : h("span.thumb.file-icon", { "aria-hidden": "true" }, "📄"),
        h("span.file-name", {}, sent.filename, h("small", {}, size + bytes(sent.size))),
        button, h("button.plain", { type: "button", onclick: clear }, "Remove"), picker);
      button.textContent = "Another";
    } else {
      button.textContent = "Choose a file";
      fill(zone, button, h("span.quiet.hint", {}, "drop or paste one here"), samples, picker,
        trouble && h("p.problem", { role: "alert" }, trouble));
    }
  }
  draw();
  return {
    el: zone,
    input: button,
    take,
    value: () => sent?.id,
    set: (name) => sample(name),
    problem: () => (pending ? "A file is still being uploaded." : undefined),
  };
}
