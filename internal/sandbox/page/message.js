// One message, and what can be done with it.
import * as api from "./api.js";
import { chosen, countProblem, reset } from "./choices.js";
import { components } from "./components.js";
import { h, on, toast } from "./dom.js";
import { within } from "./jump.js";
import { attachment } from "./media.js";
import { tools } from "./menu.js";
import { markdown } from "./markdown.js";
import { called, face } from "./people.js";
import { react, reactions } from "./reactions.js";
import { short } from "./time.js";

// Message flags. Source: Discord's documentation, message flags.
const V2 = 1 << 15;
const LOADING = 1 << 7;

/** row renders a message. Listeners are the list's (listen), so that an update can keep elements. */
export function row(m, world) {
  const author = m.author?.bot === undefined && m.notice ? { ...m.author, bot: true } : m.author;
  const name = called(author) ?? "?";
  return h("article.message", {
    "data-key": m.id,
    "aria-label": name,
    tabindex: "-1", // for who jumps to it
    class: m.only_for && "private",
  },
  context(m, world),
  face(author, name),
  h("div.message-main", {},
    h("div.byline", {},
      h("span.author", {}, name),
      author?.bot && h("span.badge", {}, "APP"),
      short(m.timestamp)),
    body(m, world),
    reactions(m, world),
    m.only_for && h("div.only-you", {},
      h("span", {}, "👁 Only you can see this"),
      h("button.plain", { "data-act": "dismiss" }, "Dismiss message"))),
  tools(m));
}

/** context is the line above an answer: who asked, or what is answered. */
function context(m, world) {
  if (m.invoker_id && (m.command_name || m.notice)) {
    const person = world.user(m.invoker_id);
    return h("div.context", {}, face(person), h("span", {}, h("b", {}, world.name(m.invoker_id) ?? "Somebody"),
      m.command_name ? [" used ", h("span.command-name", {}, commandName(m, world))] : " pressed a button"));
  }
  if (!m.reply_to) return null;
  const target = world.message(m.reply_to);
  if (!target) return h("div.context", {}, h("span", {}, "↱ a message that is not here any more"));
  return h("div.context", {}, h("a.reference", { href: within(m.channel_id, m.reply_to), title: "Go to that message" },
    h("span", { "aria-hidden": true }, "↱ "), h("span.unseen", {}, "Answers "),
    h("b", {}, called(target.author)), ": ", [...summary(target, world)].slice(0, 90).join("")));
}

/** commandName writes a command as people know it: that of a message has no slash. */
function commandName({ command_name: name }, world) {
  const command = world.commands.find((c) => c.name === name && c.type === 3);
  return command ? world.say(name, command.name_localizations) : "/" + name;
}

function body(m, world) {
  if (m.notice) return h("p.failed", {}, "The application did not respond");
  if (m.flags & LOADING) {
    return h("p.quiet", {}, h("span.dots", { "aria-hidden": true }, h("i"), h("i"), h("i")), " thinking…");
  }
  if (m.flags & V2) return h("div.body.v2", {}, components(m.components, world));
  return h("div.body", {},
    m.content && h("div.text", {}, markdown(m.content, world.names),
      m.edited_timestamp && h("small.quiet", {}, " (edited)")),
    (m.attachments ?? []).map(attachment),
    components(m.components, world));
}

/** summary is the first line of a message, for the ear. */
export function summary(m, world) {
  if (m.notice) return "The application did not respond";
  const first = (list) => {
    for (const c of list ?? []) {
      const found = c.type === 10 ? c.content : first(c.components);
      if (found) return found;
    }
    return "";
  };
  const [block] = markdown(m.content || first(m.components), world.names).childNodes;
  return (block?.textContent ?? "").trim().split("\n")[0];
}

/** listen serves the buttons, select menus, reactions and spoilers of all messages in root. */
export function listen(root, world, openModal) {
  const of = (el) => el.closest(".message").dataset.key;
  const once = async (el, act) => { // at a time
    if (el.hasAttribute("data-live-busy")) return;
    el.setAttribute("data-live-busy", "");
    try {
      await act();
    } catch (err) {
      toast(err.message);
    } finally {
      el.removeAttribute("data-live-busy");
    }
  };
  const send = (el, values, menu) => once(el, async () => {
    const outcome = await api.press({ user: world.me, message: of(el), custom_id: el.dataset.customId, values });
    if (outcome.kind === "modal") openModal(outcome.modal);
    if (outcome.kind === "update" && menu) reset(menu);
  });
  const acts = {
    press: (el) => send(el),
    "select-many": (el) => {
      const { min, max } = el.parentElement.dataset;
      const menu = el.previousElementSibling;
      const values = chosen(menu);
      const problem = countProblem({ min_values: min, max_values: max }, values.length);
      if (problem) toast(problem);
      else send(el, values, menu);
    },
    react: (el) => once(el, () => react(of(el), el.dataset, world)),
    reply: (el) => world.tell("reply", world.message(of(el))),
    dismiss: (el) => world.dismiss(of(el)),
    reveal: (el) => el.setAttribute("data-live-open", ""),
    uncover: (el) => {
      const shown = el.previousElementSibling;
      el.parentElement.classList.remove("hidden-medium");
      shown.inert = false;
      shown.tabIndex = 0;
      shown.focus();
    },
  };
  on(root, "click", (e) => {
    const el = e.target.closest("[data-act]");
    if (el && root.contains(el)) acts[el.dataset.act]?.(el);
  });
  on(root, "keydown", (e) => {
    if ((e.key === "Enter" || e.key === " ") && e.target.dataset?.act === "reveal") {
      e.preventDefault();
      acts.reveal(e.target);
    }
  });
  on(root, "change", (e) => {
    const el = e.target;
    if (el.dataset?.act === "select") send(el, chosen(el), el);
  });
}
