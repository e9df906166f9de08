// Reactions: the pills under a message, and what a click on one does.
import * as api from "./api.js";
import { h, toast } from "./dom.js";

/** QUICK are the reactions that are one click away. */
export const QUICK = ["⏩", "🌟", "❌"];

const MAX_NAMES = 12; // that are told of one reaction

const same = (a, b) => (a.id || b.id ? a.id === b.id : a.name === b.name);
const written = (emoji) => (emoji.id ? `:${emoji.name}:` : emoji.name);

/** reactable tells whether a message takes reactions and commands: not what one person alone sees. */
export const reactable = (m) => !m.only_for && !m.notice;

/** reactions are a message's, with those of the chosen person pressed; null where there are none. */
export function reactions(m, world) {
  const list = reactable(m) ? (m.reactions ?? []).filter((r) => r.users?.length) : [];
  if (!list.length) return null;
  return h("div.reactions", { "data-key": "reactions", role: "group", "aria-label": "Reactions" }, list.map((r) => {
    const names = people(r.users, world);
    return h("button.reaction", {
      ...emojiData(r.emoji),
      "data-key": "reaction-" + (r.emoji.id || r.emoji.name),
      "aria-pressed": r.users.includes(world.me),
      title: `${names} reacted with ${written(r.emoji)}`,
    }, h("span", {}, written(r.emoji)), h("span.reaction-count", {}, r.users.length), h("span.unseen", {}, ` by ${names}`));
  }));
}

function people(ids, world) {
  const names = ids.slice(0, MAX_NAMES).map((id) => world.name(id) ?? "somebody");
  if (ids.length > MAX_NAMES) names.push(`${ids.length - MAX_NAMES} more`);
  return names.join(", ");
}

/** emojiData is what a button that reacts (message.js listens) has of its emoji. */
export const emojiData = (emoji) =>
  ({ "data-act": "react", "data-emoji": emoji.name, "data-emoji-id": emoji.id });

/** reacted tells whether the chosen person has reacted with an emoji. */
export const reacted = (m, emoji, world) =>
  (m?.reactions ?? []).some((r) => same(r.emoji, emoji) && r.users.includes(world.me));

/** react adds the chosen person's reaction, or takes it back. */
export async function react(message, { emoji: name, emojiId }, world) {
  const emoji = { name, ...(emojiId && { id: emojiId }) };
  try {
    await api.react({ user: world.me, message, emoji, remove: reacted(world.message(message), emoji, world) });
  } catch (err) {
    toast(err.message);
  }
}
