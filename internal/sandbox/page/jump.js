// Links to messages, which lead to them inside the page: as #CHANNEL/MESSAGE,
// so that they can be opened and gone back to like any other link.
import { on, toast } from "./dom.js";

const HOST = "discord.com";
const PATH = /^\/channels\/(?:@me|\d+)\/(\d+)(?:\/(\d+))?\/?$/;
const HASH = /^#(\d+)(?:\/(\d+))?$/;

/** address is a message's address in Discord; without a guild it is in direct messages. */
export const address = (guild, channel, message) => `https://${HOST}/channels/${guild || "@me"}/${channel}/${message}`;

/** within is the link inside the page to a message, or to a channel. */
export const within = (channel, message) => "#" + channel + (message ? "/" + message : "");

/** target returns {channel, message?} of an address (a URL) in Discord, or null for another one. */
export function target(url) {
  const m = [HOST, "ptb." + HOST, "canary." + HOST].includes(url.hostname) && PATH.exec(url.pathname);
  return m ? { channel: m[1], message: m[2] } : null;
}

/** follow goes where such links lead, list being what shows the messages. */
export function follow(world, list) {
  const go = () => {
    const m = HASH.exec(location.hash);
    if (!m || !world.ready) return;
    // Then the same link works twice.
    history.replaceState(null, "", location.pathname);
    const [, channel, message] = m;
    if (!world.reaches(channel)) toast("That channel is not here.");
    else if (!list.show(channel, message)) toast("That message is not here any more.");
  };
  addEventListener("hashchange", go);
  on(world, "all", go);
}
