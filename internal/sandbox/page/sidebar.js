// Servers, channels, direct messages, and who one is.
import { fill, h } from "./dom.js";
import { face } from "./people.js";

export class Sidebar {
  #world;
  #places = document.getElementById("places");
  #people = document.getElementById("people");
  #menu = document.getElementById("menu");

  constructor(world) {
    this.#world = world;
    for (const name of ["all", "place", "unread"]) world.addEventListener(name, () => this.#draw());
    this.#menu.addEventListener("click", () => this.#toggle());
    document.getElementById("veil").addEventListener("click", () => this.#toggle(false));
    document.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && document.body.classList.contains("menu-open")) this.#toggle(false);
    });
  }

  /** #toggle shows the sidebar where the screen is narrow. */
  #toggle(open = !document.body.classList.contains("menu-open")) {
    document.body.classList.toggle("menu-open", open);
    this.#menu.setAttribute("aria-expanded", String(open));
    if (!open) this.#menu.focus();
  }

  #draw() {
    const world = this.#world;
    const focused = document.activeElement?.dataset?.id; // what is drawn anew keeps the focus
    const direct = world.mine();
    fill(this.#places,
      world.guilds.map((g) => this.#section(g.name, g.channels, {
        mark: [...g.name][0], note: (g.visiting || g.kicked) && "app is not a member here",
      })),
      direct.length > 0 && this.#section("Direct messages", direct, { mark: "@" }));
    fill(this.#people,
      h("h2", { id: "people-title" }, "You are"),
      h("div.persons", { role: "radiogroup", "aria-labelledby": "people-title", onkeydown: (e) => this.#arrow(e) },
        world.users.map((u) => h("button.person", {
          type: "button", role: "radio", "data-id": u.id,
          "aria-checked": String(u.id === world.me), tabindex: u.id === world.me ? "0" : "-1",
          onclick: () => world.be(u.id),
        }, face(u), h("span", {}, u.global_name || u.username, h("small", {}, u.locale))))));
    if (focused) (this.#places.parentElement.querySelector(`[data-id="${CSS.escape(focused)}"]`))?.focus();
  }

  #section(name, channels, { mark, note }) {
    return h("section.guild", { "aria-label": name },
      h("h2", {}, h("span.guild-mark", { "aria-hidden": "true" }, mark), h("span", {}, name, note && h("small", {}, note))),
      h("ul", {}, channels.map((c) => h("li", {}, this.#channel(c)))));
  }

  #channel({ id }) {
    const world = this.#world;
    const [sign, ...name] = world.label(id);
    const unread = world.unread.has(id);
    return h("button.channel", {
      type: "button", "data-id": id, class: unread ? "unread" : "",
      "aria-current": id === world.channel ? "true" : null,
      onclick: () => {
        world.goTo(id);
        if (document.body.classList.contains("menu-open")) this.#toggle(false);
      },
    }, h("span.hash", { "aria-hidden": "true" }, sign), h("span", {}, name.join("")),
    unread && h("span.unseen", {}, " (new messages)"));
  }

  #arrow(e) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const { users, me } = this.#world;
    const next = users[(users.findIndex((u) => u.id === me) + step + users.length) % users.length];
    this.#world.be(next.id);
    this.#people.querySelector("[aria-checked=true]").focus();
  }
}
