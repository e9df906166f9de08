// Where one can be: a server, the direct messages with the bot, a channel that
// people have between themselves; and which commands Discord offers there.

// Contexts and types of installation. Source: Discord's documentation, application commands.
const IN_GUILD = 0, IN_DIRECT = 1, IN_PRIVATE = 2;
const FOR_GUILD = 0, FOR_USER = 1;

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

/** offered tells whether Discord offers a command in a place, to somebody who has the app for themselves or not. */
export function offered(command, { kind, guild }, installed) {
  if (command.guild_id && command.guild_id !== guild?.id) return false;
  const context = { home: IN_GUILD, visit: IN_GUILD, direct: IN_DIRECT, private: IN_PRIVATE }[kind];
  const types = command.integration_types ?? [FOR_GUILD];
  return (command.contexts ?? [IN_GUILD]).includes(context) &&
    ((installed && types.includes(FOR_USER)) || (["home", "direct"].includes(kind) && types.includes(FOR_GUILD)));
}
