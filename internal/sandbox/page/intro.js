// What stands above a channel's messages: where one is, and what to try.
import { fill, h } from "./dom.js";

/** TRIES fill the composer: a command, or a message; a picture is one of the samples. */
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
  { label: "Post a picture, then choose Apps on it", text: "Hills under a pale moon", picture: "hills.jpg" },
];

function about({ kind, guild }, label, app) {
  const name = app?.username ?? "the app";
  switch (kind) {
    case "home":
      return `The beginning of ${label} in ${guild.name}.`;
    case "visit":
      return `The beginning of ${label} in ${guild.name}. ${name} is not a member here: people use it as they installed it for themselves.`;
    case "direct":
      return `Your direct messages with ${name}.`;
    case "private":
      return `Between you and ${label.slice(1)}. ${name} is not in here: you use it as you installed it for yourself.`;
  }
  return "";
}

export class Intro {
  #world;
  #composer;
  #root = document.getElementById("intro");

  constructor(world, composer) {
    this.#world = world;
    this.#composer = composer;
    for (const name of ["all", "place", "commands", "message"]) world.addEventListener(name, () => this.#draw());
  }

  #try({ command, values, text, picture }) {
    if (command) this.#composer.try(command, values);
    else this.#composer.write(text, picture);
  }

  #draw() {
    const world = this.#world;
    const place = world.place();
    const label = world.label();
    const empty = world.visible().length === 0;
    const tries = TRIES.filter((t) => {
      if (t.text) return world.onMessages().length > 0;
      const options = world.here().find((c) => c.name === t.command)?.options ?? [];
      return Object.keys(t.values).every((name) => options.some((o) => o.name === name));
    });
    const key = [place.channel?.id, world.me, empty, tries.length].join();
    if (this.#root.dataset.drawn === key) return;
    this.#root.dataset.drawn = key;
    fill(this.#root,
      h("h2", {}, label),
      h("p.quiet", {}, about(place, label, world.application)),
      empty && h("div.tries", {},
        h("p", {}, "Everything here runs on this computer: a chat, a video service, and the real bot between them. Try:"),
        tries.length
          ? tries.map((t) => h("button.try", { type: "button", onclick: () => this.#try(t) }, t.label))
          : h("p.quiet", {}, "The bot has not registered its commands yet; they appear here when it has.")));
  }
}
