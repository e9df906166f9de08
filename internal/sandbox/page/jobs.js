// The bot's jobs, as it has stored them, and its calls.
import { disturb } from "./api.js";
import { titled } from "./backstage.js";
import { fill, find, h, morph } from "./dom.js";
import { within } from "./jump.js";
import { stamp } from "./time.js";

const MOST = 8; // calls that are shown of a job at first
const MAX_ROWS = 300;

const isBeat = (c) => c.method === "heartbeat";

/** wrong tells whether a call went wrong, or a session at the gateway ends. */
const wrong = ({ api, method, status, problem, fault }) =>
  problem || fault || status >= 400 || (api === "gateway" ? method === "close" : !status);

export const moment = (iso, style = "T") => stamp(Math.floor(new Date(iso) / 1000), style);

const took = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** row is a call, which opens to what was sent. */
function row(c) {
  const path = c.path.replace(/^\/api\/v\d+/, "").replace(/(\/(\d{15,}|…|[\da-f-]{30,}))+/g, "/…").replace("messages/@", "@");
  const unfold = ({ target }) => fill(target.lastChild, `${c.method} ${c.path}\n${pretty(c.sent ?? "")}`);
  return h("details.call", { "data-key": c.seq, "data-keep": true, class: isBeat(c) && "beat", ontoggle: unfold },
    h("summary", {},
      moment(c.time), h("b." + c.api, {}, titled(c.api)), h("span.reference", {}, h("b", {}, c.method), " ", path),
      h("span.status", { class: wrong(c) && "failed" }, c.status || (wrong(c) && "cut")), h("span.took", {}, c.took > 0 && took(c.took)),
      c.fault ? h("span.failed.why", {}, `because the fault “${titled(c.fault)}” is on`)
        : c.problem && h("span.failed.why", {}, c.status === 400 ? "broke the rule: " : "refused: ", c.problem)),
    h("pre"));
}

/** calls lists them, newest first; of the heartbeats only the last one. */
export function calls(stage) {
  let filter = "All";
  let all; // as the stage holds them
  let last; // the newest that was looked at
  let upTo; // the newest that is to be shown
  const list = h("div");
  const pause = h("input.unseen", { type: "checkbox" });

  function draw() {
    if (all !== stage.calls) {
      all = stage.calls;
      last = 0;
      fill(list);
    }
    if (!pause.checked) upTo = all.at(-1)?.seq;
    const fresh = all.filter((c) => c.seq > last && c.seq <= upTo);
    last = fresh.at(-1)?.seq ?? last;
    const beat = fresh.findLast(isBeat);
    if (beat) list.querySelector(".beat")?.remove();
    const fits = (c) => (!isBeat(c) || c === beat) && ["All", titled(c.api), wrong(c) && "Trouble"].includes(filter);
    list.prepend(...fresh.filter(fits).slice(-MAX_ROWS).reverse().map(row));
    while (list.childElementCount > MAX_ROWS) list.lastChild.remove();
  }

  function change({ target }) {
    if (target !== pause) {
      filter = target.value;
      all = null;
    }
    draw();
  }
  const choices = ["All", "Discord", "Luma", "Gateway", "Trouble"].map((value) =>
    h("label.pill", {}, h("input.unseen", { type: "radio", name: "calls", value, checked: value === filter }), value));
  return {
    draw,
    root: h("div", {},
      h("div.filters", { role: "group", "aria-label": "Show", onchange: change }, choices, h("label.pill", {}, pause, "Pause")), list),
  };
}

const REASONS = {
  uncertain: "Luma may or may not have it, so it is not sent again.",
  timed_out: "Luma did not finish in time.",
  line_too_long: "It waited too long, and was never sent.",
  prompt_rejected: "Moderation refused the prompt.",
  picture_rejected: "Moderation refused a picture.",
  picture_unread: "Luma could not read a picture.",
  picture_gone: "A picture was gone before it was sent.",
  invalid: "Luma refused the request.",
  account: "Luma does not accept the account.",
  unreachable: "Luma cannot be reached.",
  source_gone: "The video that it is made from is gone.",
  lost: "Luma no longer knows it.",
  no_video: "Luma finished, and gave no video.",
  generation: "Luma could not make the video.",
};

export function jobs(world) {
  const stage = world.backstage;
  const root = h("div.jobs");
  let whole; // id of that whose calls are all shown

  function draw() {
    const list = [...stage.jobs.values()].reverse();
    morph(root, h("div.jobs", {}, list.length ? list.map(card) : "No jobs yet. Each /dream becomes one."));
  }

  /** card keeps what the person has opened; their own newest job opens by itself. */
  function card(job, at) {
    const open = find(root, "data-key", job.id)?.open ?? (!at && job.member === world.me);
    return h("details.job.card", { "data-key": job.id, "data-state": job.state, open },
      h("summary", {},
        h("b.state", {}, titled(job.state)),
        job.prompt,
        h("small.quiet", {}, world.name(job.member), " · ", job.kind)),
      open && inside(job));
  }

  function inside(job) {
    const ids = [job.interaction, job.message, job.remote];
    const calls = stage.calls.filter((c) => [c.interaction, c.message, c.generation].some((id) => id && ids.includes(id)));
    const more = calls.length > MOST && job.id !== whole;
    const parent = stage.jobs.get(job.parent);
    const open = !/completed|failed|cancelled/.test(job.state);
    // Keyed, so that none becomes another one with its act.
    const button = (label, onclick) => h("button.plain", { "data-key": label, onclick }, label);
    const move = (label, failure) => button(label, () => disturb("generations/" + job.remote, { failure }));
    return h("div.inside", {},
      (job.failure || job.hold) && h("p.failed", {}, REASONS[job.failure || job.hold], job.hold && " It waits in line, unpaid."),
      h("ol.steps", {}, job.steps.map(({ state, at }, i) => {
        const next = job.steps[i + 1];
        return h("li", { "data-state": state }, titled(state), moment(at),
          h("span.took", {}, next ? took(new Date(next.at) - new Date(at)) : open && moment(at, "R")));
      })),
      h("p.actions", {}, job.shown ? "reply up to date" : "an edit is due",
        job.message && h("a", { href: within(job.channel, job.message) }, "Show the message"),
        parent && h("a", { href: within(parent.channel, parent.message) }, "Made from “", [...parent.prompt].slice(0, 40).join(""), "”"),
        stage.pace.held && job.remote && open && [move("Next state", ""), move("Fail it", "generation failed")],
        more && button(`Show all ${calls.length} calls`, () => {
          whole = job.id;
          draw();
        })),
      h("div", {}, calls.slice(more ? -MOST : 0).map(row)));
  }

  root.addEventListener("toggle", (e) => e.target.matches(".job") && draw(), true);
  return { root, draw };
}
