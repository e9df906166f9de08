// What stands around a channel's messages: where one is, what to try, and then next.
import { byId, fill, h, iconButton, on } from "./dom.js";
import { stored } from "./state.js";

/** TRIES fill the composer: /dream, or a message; a picture is one of the samples. */
const TRIES = [
  { label: "/dream a paper boat sails into a painted sunset", values: { prompt: "a paper boat sails into a painted sunset" } },
  {
    label: "/dream with a picture as the first frame",
    values: { prompt: "clouds drift over the hills as the moon rises", image: "hills.jpg" },
  },
  { label: "Post a picture, then choose Apps on it", text: "Hills under a pale moon", picture: "hills.jpg" },
];
// What to do with the first results.
const NEXT = [
  "Extend it: ⏩ under it, its button, or /extend.",
  "Be another member (“You are”) and press Remix, or find it by /prompts once it is shared.",
  "⚙ Behind the scenes: see each call, and switch a fault on.",
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

const FEW = 9; // messages, while there are hints

export function intro(world, composer) {
  const [root, next] = [byId("intro"), byId("next")];
  fill(next, h("ul", {}, NEXT.map((text) => h("li", {}, text))), iconButton("Dismiss the hints", "✕", () => {
    stored.set("hints", "seen");
    next.hidden = true;
  }));

  const attempt = ({ values, text, picture }) =>
    values ? composer.try("dream", values) : composer.write(text, picture);

  function draw() {
    const place = world.place();
    const label = world.label();
    const messages = world.visible();
    const empty = !messages.length;
    next.hidden = messages.length > FEW || !!stored.get("hints") ||
      !messages.some((m) => m.author?.bot && JSON.stringify(m.components)?.includes('"video/'));
    const tries = TRIES.filter((t) => {
      if (t.text) return world.onMessages().length > 0;
      const options = world.here().find((c) => c.name === "dream")?.options ?? [];
      return Object.keys(t.values).every((name) => options.some((o) => o.name === name));
    });
    const key = [place.channel?.id, world.me, empty, tries.length].join();
    if (root.dataset.drawn === key) return;
    root.dataset.drawn = key;
    fill(root,
      h("h2", {}, label),
      h("p.quiet", {}, about(place, label, world.application)),
      empty && h("div.tries", {},
        h("p", {}, "Everything here runs on this computer: a chat, a video service, and the real bot between them. Try:"),
        tries.length
          ? tries.map((t) => h("button.try", { onclick: () => attempt(t) }, t.label))
          : h("p.quiet", {}, "The bot has not registered its commands yet; they appear here when it has.")));
  }

  on(world, "all place commands message", draw);
}
