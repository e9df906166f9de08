// Where one can be: a server, the direct messages with the bot, a channel that
// people have between themselves; and which commands Discord offers there.

// Contexts and types of installation. Source: Discord's documentation, application commands.
const IN_GUILD = 0, IN_DIRECT = 1, IN_PRIVATE = 2;
const FOR_GUILD = 0, FOR_USER = 1;
const ADMINISTRATOR = 1n << 3n; // Source: Discord's documentation, permissions.
const GROUP = 2; // type of an option; those below it are subcommands

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

/** permits tells whether a person has the permissions in a server that a command asks for: "0" is for who administers. */
function permits({ default_member_permissions: needed }, guild, user) {
  const has = BigInt(guild?.permissions?.[user] ?? 0);
  return needed == null || !guild || (has & ADMINISTRATOR) > 0n || (needed !== "0" && (has & BigInt(needed)) === BigInt(needed));
}

/** offered tells whether Discord offers a command in a place, to a user who has the app for themselves or not. */
export function offered(command, { kind, guild }, user, installed) {
  if ((command.guild_id && command.guild_id !== guild?.id) || !permits(command, guild, user)) return false;
  const context = { home: IN_GUILD, visit: IN_GUILD, direct: IN_DIRECT, private: IN_PRIVATE }[kind];
  const types = command.integration_types ?? [FOR_GUILD];
  return (command.contexts ?? [IN_GUILD]).includes(context) &&
    ((installed && types.includes(FOR_USER)) || (["home", "direct"].includes(kind) && types.includes(FOR_GUILD)));
}

const said = ({ name, name_localizations: names }, locale) => names?.[locale] ?? name;

/** typed are what one can type of a command: itself, or its subcommands, whose names stand behind its own. */
export function typed(command) {
  const below = (command.options ?? []).filter((o) => o.type <= GROUP);
  return !below.length ? [command] : below.flatMap((o) => typed({
    ...o, name: `${command.name} ${o.name}`,
    name_localizations: Object.fromEntries(Object.keys({ ...command.name_localizations, ...o.name_localizations })
      .map((locale) => [locale, `${said(command, locale)} ${said(o, locale)}`])),
  }));
}
