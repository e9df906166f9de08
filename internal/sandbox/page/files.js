// The field for files, of a command's option and of a dialog: by button, drop,
// paste or from the samples, uploaded at once.
import { fill, h, on, toast } from "./dom.js";
import { Tray, card } from "./tray.js";

/** SAMPLES are pictures that are always at hand. */
const SAMPLES = [
  { file: "boat.jpg", about: "A paper boat at sunset" },
  { file: "hills.jpg", about: "Hills under a pale moon" },
  { file: "flower.png", about: "A flower of light" },
];

/** accept is what the file dialog offers for Discord's file_types. */
const accept = (types) =>
  (types ?? []).map((t) => (["image", "video", "audio"].includes(t) ? t + "/*" : t.includes("/") || t.startsWith(".") ? t : "." + t)).join(",");

/** picker is the browser's own dialog for files, which a button opens. */
export function picker(take, { types, multiple = false } = {}) {
  const input = h("input", {
    type: "file", accept: accept(types) || null, multiple, hidden: true,
    onchange: () => {
      for (const file of input.files) take(file);
      input.value = "";
    },
  });
  return input;
}

/** dropped has take get each file that is dropped or pasted in el. */
export function dropped(el, take) {
  const files = (e, data) => {
    if (!data?.files.length) return;
    e.preventDefault();
    e.stopPropagation();
    for (const file of data.files) take(file);
  };
  on(el, "paste", (e) => files(e, e.clipboardData));
  on(el, "drop", (e) => files(e, e.dataTransfer));
  on(el, "dragover", (e) => e.dataTransfer?.types.includes("Files") && e.preventDefault());
}

/** sampleFile fetches one of the samples, or null where it cannot be had. */
export async function sampleFile(name) {
  try {
    const response = await fetch("/pictures/" + name);
    if (!response.ok) throw new Error(response.statusText);
    return new File([await response.blob()], name, { type: response.headers.get("Content-Type") });
  } catch {
    toast("The sample picture cannot be had.");
    return null;
  }
}

/**
 * fileField takes up to max files. Of what it returns, el is the whole of it,
 * input what has the focus, and tray what it holds; changed is called when that
 * changes.
 */
export function fileField(shared, { max = 1, types, changed } = {}) {
  const tray = new Tray(max, () => {
    draw();
    changed?.();
  });
  const choose = picker((file) => tray.take(file), { types, multiple: max > 1 });
  const button = h("button.button.secondary", { ...shared, "aria-required": null, onclick: () => choose.click() });
  const zone = h("div.drop", {
    ondragover: () => zone.classList.add("over"),
    ondragleave: () => zone.classList.remove("over"),
    ondrop: () => zone.classList.remove("over"),
  });
  dropped(zone, (file) => tray.take(file));
  const samples = h("div.samples", { role: "group", "aria-label": "Sample pictures" },
    h("small.quiet", {}, "or use a sample picture"),
    SAMPLES.map((s) => h("button.sample", {
      title: s.about, "aria-label": `Use the sample picture: ${s.about}`, onclick: () => sample(s.file),
    }, h("img", { src: "/pictures/" + s.file, alt: "", width: 64, height: 40 }))));

  async function sample(name) {
    const file = await sampleFile(name);
    if (file) await tray.take(file);
  }

  function draw() {
    const had = zone.contains(document.activeElement);
    const empty = tray.items.length === 0;
    button.textContent = empty ? "Choose a file" : !tray.full ? "Add another" : max > 1 ? "Replace the last" : "Another";
    fill(zone,
      tray.items.map((item) => card(item, () => tray.remove(item))),
      button, empty && h("span.quiet.hint", {}, max > 1 ? `drop or paste up to ${max} here` : "drop or paste one here"),
      !tray.full && samples, choose);
    // What had the focus may be gone with what was drawn before.
    if (had && document.activeElement === document.body) button.focus();
  }
  draw();
  return { el: zone, input: button, tray, sample };
}
