// What can be made to go wrong.
import { disturb, set } from "./api.js";
import { titled } from "./backstage.js";
import { find, h, morph } from "./dom.js";

// The faults that stand first.
const FIRST = ["slow", "server-error", "moderating", "no-balance", "unauthorized", "rate-limited", "lost-answers", "refused-connections",
  "unavailable", "expired-tokens", "no-permission", "outage"];
// What happens once: where, what, its name, what to watch for.
const CONNECTION = [
  ["gateway", "cut", "Cut the gateway connection", "The bot resumes, and misses nothing."],
  ["gateway", "reconnect", "Ask for a reconnect", "The bot is back in a moment."],
  ["gateway", "invalidate", "Invalidate the session", "The bot cannot resume, and identifies anew."],
  ["tokens/expire", "", "Expire all interaction tokens", "Replies are edited by their channel instead."],
];
const BOT = [
  ["bot", "restart", "Restart the bot", "As a deploy does: open jobs go on."],
  ["bot", "kill", "Kill the bot (kill -9)", "It is back in 3 seconds, and pays nothing twice."],
  ["bot", "stop", "Stop", "Commands go unanswered."],
  ["bot", "start", "Start", "The bot catches up."],
];

const section = (title, ...children) => h("section", {}, h("h3", {}, title), children);

/** entry is a button with a line on what it does. */
const entry = (label, text, onclick, props) => h("div.fault", { "data-key": label },
  h("button.button.secondary", { "aria-description": text, onclick, ...props }, label), h("span.quiet", {}, text));
const once = ([where, act, label, text]) => entry(label, text, () => disturb(where, { do: act }));
const toggle = (is, label, text, onclick) => entry(label, text, onclick, { role: "switch", "aria-checked": `${is}` });

export function trouble(stage) {
  const root = h("div");

  function side(name) {
    const { known, on } = stage.faults[name];
    const fault = (f) => toggle(on.includes(f.name), titled(f.name), f.watch || f.description, () => {
      const rest = stage.faults[name].on.filter((n) => n !== f.name);
      set("faults", { [name]: stage.faults[name].on.includes(f.name) ? rest : [...rest, f.name] });
    });
    const first = FIRST.flatMap((n) => known.filter((f) => f.name === n));
    return section(titled(name), first.map(fault),
      h("details", { "data-key": name, open: find(root, "data-key", name)?.open }, h("summary.plain", {}, `More of ${titled(name)}'s`),
        known.filter((f) => !first.includes(f)).map(fault)));
  }

  const seconds = (name) => h("label", {}, titled(name), h("input.select", {
    type: "number", min: "0", max: "600", step: "any", name,
    onchange: ({ target }) => target.reportValidity() && set("pace", { [name]: Math.round(target.value * 1000) }),
  }), "s");

  /** api is the choice of how the bot speaks to Luma. */
  const api = ({ name, url, known }, ours) => section("Luma's API",
    h("p.actions", {}, h("label", {}, "Dialect ", h("select.select", {
      onchange: ({ target }) => disturb("luma/dialect", { dialect: target.value }),
    }, known.map((value) => h("option", { value, selected: value === name }, value))))),
    h("p.quiet", {}, ours ? "Another one restarts the bot, with the commands that go with it."
      : ["Start your bot with ", h("code", {}, `LUMA_API=${name} LUMA_API_URL=${url}`)]));

  function draw() {
    const { faults, pace, on, bot, dialect } = stage;
    if (!faults.luma) return;
    morph(root, h("div", {},
      on.length > 0 && entry("Switch all off", "", () => set("faults", { luma: [], discord: [] })),
      side("luma"), api(dialect, bot.ours),
      section("Luma's pace", h("p.actions.pace", {}, seconds("queued"), seconds("dreaming")),
        toggle(pace.held, "Hold", "Generations stand still: move each on, in Jobs.", () => set("pace", { held: !stage.pace.held }))),
      side("discord"), section("The connection", CONNECTION.map(once)), bot.ours && section("The bot", BOT.map(once))));
    for (const input of root.querySelectorAll("input:not(:focus)")) input.value = pace[input.name] / 1000;
  }
  return { root, draw };
}
