// What stands above a channel's messages: where one is, and what to try.
import { fill, h } from "./dom.js";

/** TRIES fill the composer; a value of an attachment is a sample picture. */
const TRIES = [
  {
    label: "/dream a paper boat sails into a painted sunset",
    command: "dream",
    values: { prompt: "a paper boat sails into a painted sunset" },
  },
  {
    label: "/dream with a picture as the first frame",
    command: "dream",
    values: { prompt: "clouds drift over the hills as the moon rises", image: "hills.jpg" },
  },
  {
    label: "/dream something that is refused",
    command: "dream",
    values: { prompt: "a moderated dream" },
  },
];

export class Intro {
  #world;
  #composer;
  #root = document.getElementById("intro");

  constructor(world, composer) {
    this.#world = world;
    this.#composer = composer;
    for (const name of ["all", "place", "commands", "message"]) world.addEventListener(name, () => this.#draw());
  }

  #draw() {
    const world = this.#world;
    const { guild, channel } = world.place();
    const empty = world.visible().length === 0;
    const tries = TRIES.filter((t) => {
      const options = world.here().find((c) => c.name === t.command)?.options ?? [];
      return Object.keys(t.values).every((name) => options.some((o) => o.name === name));
    });
    const key = [channel?.id, world.me, empty, tries.length].join();
    if (this.#root.dataset.drawn === key) return;
    this.#root.dataset.drawn = key;
    fill(this.#root,
      h("h2", {}, `# ${channel?.name ?? ""}`),
      h("p.quiet", {}, `The beginning of #${channel?.name ?? ""} in ${guild?.name ?? ""}.`),
      empty && h("div.tries", {},
        h("p", {}, "Everything here runs on this computer: a chat, a video service, and the real bot between them. Try:"),
        tries.length
          ? tries.map((t) => h("button.try", { type: "button", onclick: () => this.#composer.try(t.command, t.values) }, t.label))
          : h("p.quiet", {}, "The bot has not registered its commands yet; they appear here when it has.")));
  }
}
