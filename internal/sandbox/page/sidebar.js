// Servers, channels, and who one is.
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
    fill(this.#places, world.guilds.map((g) => h("section.guild", { "aria-label": g.name },
      h("h2", {}, h("span.guild-mark", { "aria-hidden": "true" }, [...g.name][0]), g.name),
      h("ul", {}, g.channels.map((c) => h("li", {}, h("button.channel", {
        type: "button", "data-id": c.id,
        class: world.unread.has(c.id) ? "unread" : "",
        "aria-current": c.id === world.channel ? "true" : null,
        onclick: () => {
          world.goTo(c.id);
          if (document.body.classList.contains("menu-open")) this.#toggle(false);
        },
      }, h("span.hash", { "aria-hidden": "true" }, "#"), h("span", {}, c.name),
      world.unread.has(c.id) && h("span.unseen", {}, " (new messages)"))))))));
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
