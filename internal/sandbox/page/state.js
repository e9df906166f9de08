// What is known of the world, kept by one stream of events.
import { Backstage } from "./backstage.js";
import * as places from "./places.js";

const MAX_MESSAGES = 1000; // a channel, as the sandbox gives
const MAX_NOTICES = 50;
const FIRST_WAIT = 500; // ms until a broken stream is tried again; doubled each time
const LAST_WAIT = 10_000;
const SLASH = 1, MESSAGE = 3; // types of commands

/** stored remembers choices of this browser, where it allows that. */
export const stored = {
  get: (key) => {
    try {
      return localStorage.getItem("dreambot." + key);
    } catch {
      return null;
    }
  },
  set: (key, value) => {
    try {
      localStorage.setItem("dreambot." + key, value);
    } catch {
      // Then it is forgotten with the page.
    }
  },
};

/** noticeOf is the id of the notice that an interaction was not answered. */
export const noticeOf = (interaction) => "notice-" + interaction;

/**
 * World is the one state. It tells of a change by an event whose name says
 * what to draw again: "all", "place" (person or channel chosen), "reply" (what is answered), "message"
 * (detail: {id, channel, live}), "commands", "presence", "unread".
 */
export class World extends EventTarget {
  ready = false;
  connected = null; // null: not yet
  online = false;
  application = null;
  users = [];
  guilds = [];
  direct = []; // channels without a server
  commands = [];
  messages = new Map(); // by channel: messages and notices, oldest first
  me = null; // id
  channel = null; // id
  unread = new Set(); // channels
  dismissed = new Set(); // messages
  uninstalled = new Set(); // people without the app
  backstage = new Backstage();
  #last = ""; // id of the event to go on after; empty: from the beginning
  #source = null;
  #wait = FIRST_WAIT;
  #timer = 0;

  /** connect follows the events, for as long as the page is there. */
  connect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = (this.#source = new EventSource("/sandbox/events?after=" + this.#last));
    source.addEventListener("open", () => {
      this.#wait = FIRST_WAIT;
      this.#set("connected", true);
    });
    const on = (name, use) => source.addEventListener(name, ({ data, lastEventId }) => {
      this.#last = lastEventId || this.#last;
      use(JSON.parse(data));
    });
    on("state", (state) => this.#replace(state));
    on("message", (event) => this.#apply(event));
    on("backstage", (all) => this.backstage.replace(all));
    on("step", (step) => this.backstage.step(step));
    source.addEventListener("error", () => this.#again());
  }

  /** #again notes that the sandbox is out of reach, and tries anew. */
  #again() {
    this.#set("connected", false);
    this.#later();
  }

  #later() {
    this.#source?.close();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LAST_WAIT);
  }

  #set(name, value) {
    if (this[name] === value) return;
    this[name] = value;
    this.tell("presence");
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #replace(state) {
    this.application = state.application;
    this.online = state.online;
    this.users = (state.users ?? []).filter((u) => !u.bot);
    this.guilds = state.guilds ?? [];
    this.direct = state.direct ?? [];
    this.commands = state.commands ?? [];
    this.uninstalled = new Set(state.uninstalled);
    const notices = [...this.messages.values()].flat().filter((m) => m.notice);
    this.messages = new Map();
    for (const m of [...(state.messages ?? []), ...notices]) this.#list(m.channel_id).push(m);
    for (const list of this.messages.values()) list.sort((a, b) => new Date(a.timestamp) - new Date(b.timestamp));
    this.me = [this.me, stored.get("me")].find((id) => this.user(id)) ?? this.users[0]?.id ?? null;
    this.channel ??= stored.get("channel");
    this.#settle();
    this.ready = true;
    this.tell("all");
    this.tell("presence");
  }

  #list(channel) {
    if (!this.messages.has(channel)) this.messages.set(channel, []);
    return this.messages.get(channel);
  }

  #apply(event) {
    switch (event.type) {
      case "message_create":
      case "message_update":
        this.#put(event.message);
        break;
      case "message_delete":
        this.#remove(event.message);
        break;
      case "commands":
        this.commands = event.commands ?? [];
        this.tell("commands");
        break;
      case "guilds":
        this.#places(event.guilds ?? []);
        break;
      case "installs":
        this.uninstalled = new Set(event.uninstalled);
        this.tell("commands");
        break;
      case "gateway":
        this.#set("online", event.online);
        break;
      case "no_response":
        this.#put({
          notice: true,
          id: noticeOf(event.outcome?.interaction ?? event.seq),
          channel_id: event.channel,
          timestamp: new Date().toISOString(),
          author: this.application,
          only_for: event.user,
          invoker_id: event.user,
          command_name: event.command,
        });
        break;
    }
  }

  /** #places takes channels that came or went; the messages of one that went are gone. */
  #places(guilds) {
    this.guilds = guilds;
    for (const { id } of guilds.flatMap((g) => g.gone ?? [])) {
      this.messages.delete(id);
      this.unread.delete(id);
    }
    this.#settle();
    this.tell("all");
  }

  /**
   * #settle leaves a channel that is gone, or that the chosen person does not
   * see: from direct messages to their own, from elsewhere to the first channel.
   */
  #settle() {
    if (places.concerns(this.place(), this.me)) return;
    const own = this.place().channel && this.mine()[0];
    this.channel = own?.id ?? this.guilds.flatMap((g) => g.channels)[0]?.id ?? null;
  }

  #put(message) {
    const list = this.#list(message.channel_id);
    const at = list.findLastIndex((m) => m.id === message.id);
    if (at >= 0) {
      list[at] = message;
    } else {
      list.push(message);
      if (list.length > MAX_MESSAGES + MAX_NOTICES) list.shift();
      if (message.channel_id !== this.channel && this.sees(message)) {
        this.unread.add(message.channel_id);
        this.tell("unread");
      }
    }
    this.tell("message", { id: message.id, channel: message.channel_id, fresh: at < 0 });
  }

  #remove(message) {
    const list = this.#list(message.channel_id);
    const at = list.findIndex((m) => m.id === message.id);
    if (at >= 0) list.splice(at, 1);
    this.tell("message", { id: message.id, channel: message.channel_id });
  }

  dismiss(id) {
    this.dismissed.add(id);
    this.tell("message", { id, channel: this.channel });
  }

  be(user) {
    this.me = user;
    stored.set("me", user);
    this.#settle();
    this.unread.delete(this.channel);
    this.tell("place");
  }

  goTo(channel) {
    this.channel = channel;
    this.unread.delete(channel);
    stored.set("channel", channel);
    this.tell("place");
  }

  /** sees tells whether the chosen person sees a message. */
  sees(message) {
    return (!message.only_for || message.only_for === this.me) && !this.dismissed.has(message.id);
  }

  visible() {
    return (this.messages.get(this.channel) ?? []).filter((m) => this.sees(m));
  }

  message(id) {
    for (const list of this.messages.values()) {
      const found = list.find((m) => m.id === id);
      if (found) return found;
    }
    return undefined;
  }

  user(id) {
    return this.users.find((u) => u.id === id);
  }

  name(id) {
    const u = this.application?.id === id ? this.application : this.user(id);
    return u && (u.global_name || u.username);
  }

  get person() {
    return this.user(this.me);
  }

  place(id = this.channel) {
    return places.find(id, this.guilds, this.direct);
  }

  /** reaches tells whether the chosen person sees a channel. */
  reaches(channel) {
    return places.concerns(this.place(channel), this.me);
  }

  /** mine are the chosen person's channels without a server, that with the bot first. */
  mine() {
    return this.direct.filter((c) => this.reaches(c.id)).sort((a, b) => !!b.recipient - !!a.recipient);
  }

  /** label is what a channel is called, with its sign: "#general", "@dreambot". */
  label(id = this.channel) {
    const { kind, channel } = this.place(id);
    if (kind === "direct") return "@" + this.application.username;
    if (kind === "private") {
      return "@" + channel.people.filter((p) => p !== this.me).map((p) => this.name(p) ?? "somebody").join(", ");
    }
    return channel ? "#" + channel.name : "";
  }

  /** here are the slash commands, and subcommands, that are offered in this channel, by name. */
  here() {
    return this.#offered(SLASH).flatMap(places.typed);
  }

  /** onMessages are the commands that messages of this channel have in their menu. */
  onMessages() {
    return this.#offered(MESSAGE);
  }

  #offered(type) {
    const place = this.place();
    const installed = !this.uninstalled.has(this.me);
    return this.commands
      .filter((c) => (c.type ?? SLASH) === type && places.offered(c, place, this.me, installed))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** say gives a text in the chosen person's language where there is one. */
  say(text, localizations) {
    return localizations?.[this.person?.locale] ?? text;
  }

  /** roles are those of the server where one is, the highest first. */
  get roles() {
    return this.place().guild?.roles ?? [];
  }

  get names() {
    return {
      user: (id) => this.name(id), channel: (id) => this.place(id).channel?.name, place: (id) => this.label(id),
      role: (id) => (id === this.place().guild?.id ? { name: "everyone" } : this.roles.find((r) => r.id === id)),
    };
  }
}
