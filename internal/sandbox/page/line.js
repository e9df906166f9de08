// The line: a message with pictures, or the beginning of a command.
import * as api from "./api.js";
import { fill, h, iconButton } from "./dom.js";
import { picker } from "./files.js";
import { listbox } from "./listbox.js";
import { called } from "./people.js";
import { Tray, card } from "./tray.js";

const STRING = 3; // type of an option
const MAX_FILES = 10; // of a message. Source: Discord's documentation, create message.

/** mainOption is the option that a typed line goes into. */
const mainOption = (command) => (command.options ?? []).find((o) => o.required && o.type === STRING && !o.choices?.length);

/** line has text in it at first; open opens a command: (command, values, files, send). */
export function line(world, text, open) {
  const tray = new Tray(MAX_FILES, drawTray);
  const take = (file) => tray.take(file);
  const focus = () => input.focus();
  const answer = h("p.answering", { id: "answering", hidden: true });
  const held = h("div.tray", { role: "group", "aria-label": "Pictures of this message", hidden: true });
  const note = h("p.composer-note", { role: "status" });
  const input = h("textarea.typed", {
    rows: 1, "aria-label": "Message or command", spellcheck: "false", enterkeyhint: "send", "aria-describedby": answer.id,
    oninput: () => {
      tell("");
      suggest();
    },
    onkeydown: key,
  }, text);
  const list = listbox(input, { class: "offers", id: "offers", "aria-label": "Commands" }, "offer", (i) => choose(offers[i]));
  const choosing = picker(take, { multiple: true });
  const el = h("div", {}, list.el, h("div.line-box", {}, answer, held,
    iconButton("Attach pictures", "+", () => choosing.click(), ".attach"), choosing,
    iconButton("Show the commands", "/", showCommands, ".slash"), input, iconButton("Send", "➤", enter, ".send")), note);
  let answered; // the message that this one is a reply to
  let offers = []; // {command, rest?} that fit what is typed
  let busy = false;

  /** reply has what is written answer a message, or none. */
  function reply(message) {
    answered = message;
    answer.hidden = !message;
    fill(answer, message && ["Replying to ", h("b", {}, called(message.author)),
      h("button.plain", {
        "aria-label": "Do not reply", onclick: () => {
          reply();
          focus();
        },
      }, "✕")]);
  }

  /** renew follows a change of the place or of the commands. */
  function renew() {
    if (answered?.channel_id !== world.channel) reply();
    const label = world.label();
    input.placeholder = label ? `Message ${label}, or / for commands` : "Type / for commands";
    suggest();
  }

  function drawTray() {
    const had = held.contains(document.activeElement);
    tell("");
    held.hidden = !tray.items.length;
    fill(held, tray.items.map((item) => card(item, () => tray.remove(item))));
    if (had) focus();
  }

  function showCommands() {
    if (!input.value.startsWith("/")) input.value = "/";
    focus();
    suggest();
  }

  const typed = () => input.value.startsWith("/");

  const spoken = (command) => world.say(command.name, command.name_localizations);

  /** fit is the offer of a command that fits what is typed: {command, rest?}, rest being what stands behind its name. */
  function fit(command) {
    const text = input.value.slice(1);
    for (const name of [command.name, spoken(command)]) {
      const behind = text.slice(name.length);
      if (name.toLowerCase().startsWith(text.toLowerCase())) return { command };
      if (text.toLowerCase().startsWith(name.toLowerCase()) && /^\s/.test(behind)) return { command, rest: behind.trim() };
    }
    return null;
  }

  function suggest() {
    const here = world.here();
    offers = [];
    if (!typed()) return list.close();
    offers = here.map(fit).filter(Boolean);
    list.show(offers.map(offer), !world.commands.length ? "The bot has not registered its commands yet."
      : here.length ? "No such command here." : "No commands are offered here.", 0);
  }

  function offer({ command, rest }) {
    const into = rest && mainOption(command);
    return [h("span.offer-name", {}, "/" + spoken(command)),
      into
        ? h("span.offer-into", {}, h("b", {}, world.say(into.name, into.name_localizations)), " ", rest)
        : h("span.offer-about", {}, world.say(command.description, command.description_localizations)),
      h("kbd", {}, rest ? "Enter sends · Tab: all options" : "Enter")];
  }

  function key(e) {
    if (e.isComposing || list.step(e)) return;
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      enter();
    } else if (e.key === "Tab" && !e.shiftKey && offers.length) {
      e.preventDefault();
      choose(offers[list.active()]);
    } else if (e.key === "Escape" && typed()) {
      input.value = "";
      suggest();
    } else if (e.key === "Escape") {
      reply();
    }
  }

  function enter() {
    const offered = offers[list.active()];
    if (!typed()) send();
    else if (offered) choose(offered, !!offered.rest);
  }

  /** choose opens a command with what is typed, and the pictures that are there. */
  function choose({ command, rest }, send = false) {
    const option = mainOption(command);
    const files = tray.items.map((item) => item.file);
    tray.clear();
    open(command, option && rest ? { [option.name]: rest } : {}, files, send);
  }

  /** send posts what is typed as a message. */
  async function send() {
    const text = input.value.trim();
    if (busy || (!text && !tray.items.length)) return;
    if (tray.problem()) return tell(tray.problem(), true);
    busy = input.readOnly = true;
    try {
      await api.say({ user: world.me, channel: world.channel, text, files: tray.ids, reply_to: answered?.id });
      input.value = "";
      reply();
      tray.clear();
    } catch (err) {
      tell(err.message, true);
    } finally {
      busy = input.readOnly = false;
    }
  }

  function tell(text, bad = false) {
    note.classList.toggle("problem", bad);
    fill(note, text);
  }

  renew();
  return { el, focus, take, reply, renew };
}
