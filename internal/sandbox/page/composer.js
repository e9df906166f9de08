// The box at the bottom: the line where one types, or the form of the command
// that is chosen.
import { byId, on } from "./dom.js";
import { dropped, sampleFile } from "./files.js";
import { commandForm } from "./form.js";
import { line } from "./line.js";
import { openModal } from "./modal.js";

export function composer(world) {
  const root = byId("composer");
  let shown; // a line or the form of a command: {el, focus(), take(file), renew(), reply?(message)}

  function show(what) {
    shown = what;
    root.replaceChildren(what.el);
    return what;
  }

  const type = (text) => show(line(world, text, fillIn));

  function fillIn(command, values, files = [], send = false) {
    const form = show(commandForm(world, command, values, {
      leave: () => {
        if (shown === form) type("").focus();
      },
      openModal: (modal) => openModal(modal, world),
    }));
    const taken = Promise.all(files.map(form.take));
    form.focus();
    if (send) taken.then(form.sendIfWhole);
  }

  on(world, "all place commands", () => shown.renew());
  on(world, "reply", ({ detail: message }) => {
    const to = shown.reply ? shown : type("");
    to.reply(message);
    to.focus();
  });
  dropped(root.parentElement, (file) => shown.take(file));
  type("").focus();

  return {
    /** try opens a command with some of its options filled in. */
    try(name, values) {
      const command = world.here().find((c) => c.name === name);
      if (command) fillIn(command, values);
    },

    /** write puts a message into the line, with one of the sample pictures. */
    async write(text, sample) {
      const to = type(text);
      to.focus();
      const file = await sampleFile(sample);
      if (file) to.take(file);
    },
  };
}
