// The drawer "Behind the scenes".
import { fill, h, morph } from "./dom.js";
import { trouble } from "./faults.js";
import { calls, jobs, moment } from "./jobs.js";
import { walk } from "./menu.js";
import { stored } from "./state.js";

const BESIDE = matchMedia("(min-width: 1001px)"); // else it covers the chat

export function behind(world) {
  const stage = world.backstage;
  const [root, opener, chip, banner] = ["behind", "open-behind", "faults-on", "trouble"].map((id) => document.getElementById(id));
  const now = h("div.now");
  const panel = h("div.scroller", { role: "tabpanel", id: "panel", tabindex: "0" });
  const panels = { Jobs: jobs(world), Calls: calls(stage), Trouble: trouble(stage) };
  const tabs = Object.keys(panels).map((id) => {
    const to = () => choose(id);
    return h("button.pill", { role: "tab", id, "aria-controls": "panel", onclick: to, onfocus: to }, id);
  });
  const before = stored.get("behind");
  let tab = panels[before] ? before : "Jobs";
  let due = 0;

  function show(open, focus = true) {
    root.hidden = !open;
    document.body.classList.toggle("behind-open", open);
    opener.setAttribute("aria-expanded", open);
    choose(tab);
    if (focus) (open ? document.getElementById(tab) : opener).focus();
  }

  function choose(name) {
    tab = name;
    stored.set("behind", root.hidden ? "" : tab);
    for (const t of tabs) {
      t.setAttribute("aria-selected", t.id === tab);
      t.tabIndex = t.id === tab ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", tab);
    fill(panel, panels[tab].root);
    panel.scrollTop = 0;
    draw();
  }

  function draw() {
    due = 0;
    const { bot, gateway, on } = stage;
    chip.hidden = banner.hidden = !on.length;
    if (banner.textContent !== on.join(" ")) {
      fill(banner, on.join(" "));
      fill(chip, `${on.length} fault${on.length > 1 ? "s" : ""} on`);
    }
    if (root.hidden) return;
    morph(now, h("div.now", {},
      h("p.presence", { class: world.online && "online" }, h("span", {}, world.online ? "online" : "offline",
        bot.ours && [" · ", bot.starts > 1 ? bot.state.replace("starting", "restarting") : bot.state, " since ", moment(bot.since),
          bot.starts > 1 && `, start no. ${bot.starts}`])),
      bot.problem && h("p.failed", {}, "It ended by itself: ", bot.problem),
      gateway.sessions?.map((s) => h("p.quiet", {}, `Gateway session ${s.id}`,
        !s.connected ? " is cut off" : s.heartbeat && [" · heartbeat ", moment(s.heartbeat, "R")]))));
    panels[tab].draw();
  }

  fill(root,
    h("header.top", {}, h("h2.title", { id: "behind-title" }, "Behind the scenes"),
      h("button.icon-button", { "aria-label": "Close", onclick: () => show(false) }, "✕")),
    now,
    h("div.tabs", { role: "tablist", onkeydown: (e) => walk(e, tabs, "ArrowLeft", "ArrowRight") && e.preventDefault() }, tabs),
    panel);
  opener.addEventListener("click", () => show(root.hidden));
  chip.addEventListener("click", () => {
    tab = "Trouble";
    show(true);
  });
  // What leads out, where the drawer covers the chat.
  const leave = () => root.hidden || show(BESIDE.matches, false);
  root.addEventListener("keydown", (e) => e.key === "Escape" && !BESIDE.matches && show(false));
  root.addEventListener("click", (e) => e.target.closest("a") && leave());
  world.addEventListener("place", leave);
  for (const name of ["job", "jobs", "call", "calls", "faults", "pace", "dialect", "bot", "gateway", "all", "place", "presence"]) {
    for (const told of [stage, world]) told.addEventListener(name, () => (due ||= requestAnimationFrame(draw)));
  }
  show(!!before && BESIDE.matches, false);
}
