// One message, and what can be done with it.
import * as api from "./api.js";
import { components } from "./components.js";
import { find, h, toast } from "./dom.js";
import { within } from "./jump.js";
import { attachment } from "./media.js";
import { tools } from "./menu.js";
import { markdown } from "./markdown.js";
import { face } from "./people.js";
import { react, reactions } from "./reactions.js";
import { short } from "./time.js";

// Message flags. Source: Discord's documentation, message flags.
const V2 = 1 << 15;
const LOADING = 1 << 7;

/** row renders a message. Listeners are the list's (listen), so that an update can keep elements. */
export function row(m, world) {
  const author = m.author?.bot === undefined && m.notice ? { ...m.author, bot: true } : m.author;
  const name = author?.global_name || author?.username || "?";
  return h("article.message", {
    "data-key": m.id,
    "aria-label": name,
    tabindex: "-1", // for who jumps to it
    class: [m.only_for ? "private" : "", m.notice ? "notice" : ""].join(" ").trim(),
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
      h("button.plain", { type: "button", "data-act": "dismiss" }, "Dismiss message"))),
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
    h("span", { "aria-hidden": "true" }, "↱ "), h("span.unseen", {}, "Answers "),
    h("b", {}, target.author.global_name || target.author.username), ": ", [...summary(target, world)].slice(0, 90).join("")));
}

/** commandName writes a command as people know it: that of a message has no slash. */
function commandName({ command_name: name }, world) {
  const command = world.commands.find((c) => c.name === name && c.type === 3);
  return command ? world.say(name, command.name_localizations) : "/" + name;
}

function body(m, world) {
  if (m.notice) return h("p.failed", {}, "The application did not respond");
  if (m.flags & LOADING) {
    return h("p.thinking", {}, h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i")), " thinking…");
  }
  if (m.flags & V2) return h("div.body.v2", {}, components(m.components, world));
  return h("div.body", {},
    m.content && h("div.text", {}, markdown(m.content, world.names),
      m.edited_timestamp && h("small.edited", {}, " (edited)")),
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
  const send = async (el, values) => {
    const message = el.closest("[data-key].message")?.dataset.key;
    if (!message || el.hasAttribute("data-live-busy")) return;
    el.setAttribute("data-live-busy", "");
    try {
      const outcome = await api.press({ user: world.me, message, custom_id: el.dataset.customId, ...(values && { values }) });
      if (outcome.kind === "modal") openModal(outcome.modal);
    } catch (err) {
      toast(err.message);
    } finally {
      el.removeAttribute("data-live-busy");
    }
  };
  const acts = {
    press: (el) => send(el),
    "select-many": (el) => {
      const box = el.parentElement;
      const values = [...box.querySelector("select").selectedOptions].map((o) => o.value);
      const { min, max } = box.dataset;
      if (values.length < min || values.length > max) toast(`Choose ${min === max ? min : `${min} to ${max}`}.`);
      else send(el, values);
    },
    react: async (el) => {
      if (el.hasAttribute("data-live-busy")) return;
      el.setAttribute("data-live-busy", "");
      await react(el.closest(".message").dataset.key, el.dataset, world);
      el.removeAttribute("data-live-busy");
    },
    dismiss: (el) => world.dismiss(el.closest(".message").dataset.key),
    reveal: (el) => el.setAttribute("data-live-open", ""),
    uncover: (el) => el.closest(".medium").classList.remove("hidden-medium"),
  };
  root.addEventListener("click", (e) => {
    const el = e.target.closest("[data-act]");
    if (el && root.contains(el)) acts[el.dataset.act]?.(el);
  });
  root.addEventListener("keydown", (e) => {
    if ((e.key === "Enter" || e.key === " ") && e.target.dataset?.act === "reveal") {
      e.preventDefault();
      acts.reveal(e.target);
    }
  });
  root.addEventListener("change", (e) => {
    if (e.target.dataset?.act === "select") send(e.target, [e.target.value]);
  });
}

export const rowOf = (root, id) => find(root, "data-key", id);
