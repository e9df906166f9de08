// Where one can be: a server, the direct messages with the bot, a channel that
// people have between themselves; and which commands Discord offers there.

// Contexts and types of installation. Source: Discord's documentation, application commands.
const IN_GUILD = 0, IN_DIRECT = 1, IN_PRIVATE = 2;
const FOR_USER = 1;

/**
 * find returns {kind, channel, guild?} of a channel, or {}. The kinds: "home",
 * a server that the bot is a member of; "visit", one that it never was in or was
 * thrown out of; "direct", the direct messages with it; "private", between people.
 */
export function find(id, guilds, direct) {
  for (const guild of guilds) {
    const channel = guild.channels.find((c) => c.id === id);
    if (channel) return { kind: guild.visiting || guild.kicked ? "visit" : "home", channel, guild };
  }
  const channel = direct.find((c) => c.id === id);
  return channel ? { kind: channel.recipient ? "direct" : "private", channel } : {};
}

/** concerns tells whether a person sees a place. */
export function concerns({ kind, channel }, user) {
  if (kind === "direct") return channel.recipient === user;
  if (kind === "private") return (channel.people ?? []).includes(user);
  return !!kind;
}

/** away tells whether the bot is no member of a place: the app is there only with who installed it. */
export const away = ({ kind }) => kind === "visit" || kind === "private";

/** offered tells whether Discord offers a command in a place. */
export function offered(command, { kind, guild }) {
  if (command.guild_id && command.guild_id !== guild?.id) return false;
  const context = (wanted) => !!command.contexts?.includes(wanted);
  const installed = !!command.integration_types?.includes(FOR_USER);
  switch (kind) {
    case "home":
      return !command.contexts || context(IN_GUILD);
    case "visit":
      return context(IN_GUILD) && installed;
    case "direct":
      return context(IN_DIRECT);
    case "private":
      return context(IN_PRIVATE) && installed;
  }
  return false;
}
