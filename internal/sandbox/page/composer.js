// The box at the bottom: the line where one types, or the form of the command
// that is chosen.
import { CommandForm } from "./form.js";
import { sampleFile } from "./files.js";
import { Line } from "./line.js";
import { openModal } from "./modal.js";

export class Composer {
  #world;
  #root = document.getElementById("composer");
  #shown; // a Line or a CommandForm: {el, focus(), take(file), renew()}

  constructor(world) {
    this.#world = world;
    this.#line("");
    for (const name of ["all", "place", "commands"]) world.addEventListener(name, () => this.#shown.renew());
    this.#root.addEventListener("paste", (e) => this.#files(e, e.clipboardData));
    const main = this.#root.parentElement;
    main.addEventListener("dragover", (e) => e.dataTransfer?.types.includes("Files") && e.preventDefault());
    main.addEventListener("drop", (e) => this.#files(e, e.dataTransfer));
  }

  focus() {
    this.#shown.focus();
  }

  /** try opens a command with some of its options filled in. */
  try(name, values = {}) {
    const command = this.#world.here().find((c) => c.name === name);
    if (command) this.#form(command, values);
  }

  /** write puts a message into the line, with one of the sample pictures. */
  async write(text, sample) {
    const line = this.#line(text);
    this.focus();
    const file = await sampleFile(sample);
    if (file) line.take(file);
  }

  #show(what) {
    this.#shown = what;
    this.#root.replaceChildren(what.el);
    return what;
  }

  #line(text) {
    return this.#show(new Line(this.#world, text, (command, values, files, send) => this.#form(command, values, files, send)));
  }

  #form(command, values, files = [], send = false) {
    const form = this.#show(new CommandForm(this.#world, command, values, {
      leave: () => {
        if (this.#shown !== form) return;
        this.#line("");
        this.focus();
      },
      openModal: (modal) => openModal(modal, this.#world),
    }));
    for (const file of files) form.take(file);
    form.focus();
    if (send) form.sendIfWhole();
  }

  #files(event, data) {
    const files = [...(data?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    for (const file of files) this.#shown.take(file);
  }
}
