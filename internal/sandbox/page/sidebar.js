// Servers, channels, direct messages, and who one is.
import { byId, fill, find, h, on } from "./dom.js";
import { called, face } from "./people.js";

export function sidebar(world) {
  const [places, people, menu] = ["places", "people", "menu"].map(byId);
  const { classList } = document.body;

  /** toggle shows the sidebar where the screen is narrow. */
  function toggle(open = !classList.contains("menu-open")) {
    classList.toggle("menu-open", open);
    menu.setAttribute("aria-expanded", open);
    if (!open) menu.focus();
  }

  function draw() {
    const focused = document.activeElement?.dataset?.id; // what is drawn anew keeps the focus
    const direct = world.mine();
    fill(places,
      world.guilds.map((g) => section(g.name, g.channels, {
        mark: [...g.name][0], note: (g.visiting || g.kicked) && "app is not a member here",
      })),
      direct.length > 0 && section("Direct messages", direct, { mark: "@" }));
    fill(people,
      h("h2", { id: "people-title" }, "You are"),
      h("div.persons", { role: "radiogroup", "aria-labelledby": "people-title", onkeydown: arrow },
        world.users.map((u) => h("button.person", {
          role: "radio", "data-id": u.id,
          "aria-checked": u.id === world.me, tabindex: u.id === world.me ? 0 : -1,
          onclick: () => world.be(u.id),
        }, face(u), h("span", {}, called(u), h("small", {}, [u.locale, ...rolesOf(u)].join(" · ")))))));
    if (focused) find(document, "data-id", focused)?.focus();
  }

  const rolesOf = ({ id }) => world.roles.filter((r) => r.members.includes(id)).map((r) => r.name);

  function section(name, channels, { mark, note }) {
    return h("section.guild", { "aria-label": name },
      h("h2", {}, h("span.guild-mark", { "aria-hidden": true }, mark), h("span", {}, name, note && h("small", {}, note))),
      h("ul", {}, channels.map((c) => h("li", {}, channel(c)))));
  }

  function channel({ id }) {
    const [sign, ...name] = world.label(id);
    const unread = world.unread.has(id);
    return h("button.channel", {
      "data-id": id, class: unread && "unread",
      "aria-current": id === world.channel ? "true" : null,
      onclick: () => {
        world.goTo(id);
        if (classList.contains("menu-open")) toggle(false);
      },
    }, h("span.hash", { "aria-hidden": true }, sign), h("span", {}, name.join("")),
    unread && h("span.unseen", {}, " (new messages)"));
  }

  function arrow(e) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const { users, me } = world;
    const next = users[(users.findIndex((u) => u.id === me) + step + users.length) % users.length];
    world.be(next.id);
    people.querySelector("[aria-checked=true]").focus();
  }

  on(world, "all place unread", draw);
  on(menu, "click", () => toggle());
  on(byId("veil"), "click", () => toggle(false));
  on(document, "keydown", (e) => {
    if (e.key === "Escape" && classList.contains("menu-open")) toggle(false);
  });
}
