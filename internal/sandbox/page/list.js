// The messages of the chosen channel.
import { h, morph, morphChildren } from "./dom.js";
import { begin } from "./media.js";
import { row, rowOf, summary } from "./message.js";

const NEAR = 120; // px from the end that still count as being at the end
const SHOWN = 2500; // ms that a message which was jumped to stays marked

/** MessageList shows the channel and keeps to its end while the reader is there. */
export class MessageList {
  #world;
  #root = document.getElementById("messages");
  #scroller = document.getElementById("scroller");
  #announcer = document.getElementById("announcer");
  #said = new Map(); // what was said of a message last, by id
  #atEnd = true;

  constructor(world) {
    this.#world = world;
    this.#scroller.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    }, { passive: true });
    // Pictures grow when they are loaded, and the composer when it is opened.
    const follow = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    follow.observe(this.#root);
    follow.observe(this.#scroller);
    world.addEventListener("all", () => this.#all());
    world.addEventListener("place", () => {
      this.#atEnd = true;
      this.#all();
    });
    world.addEventListener("message", ({ detail }) => this.#one(detail));
  }

  get root() {
    return this.#root;
  }

  /** show goes to a message, or a channel, and tells whether it is there. */
  show(channel, message) {
    if (channel !== this.#world.channel) this.#world.goTo(channel);
    if (!message) return true;
    const el = rowOf(this.#root, message);
    if (!el) return false;
    this.#atEnd = false;
    el.scrollIntoView({ block: "center" });
    el.setAttribute("data-live-shown", "");
    el.focus({ preventScroll: true });
    setTimeout(() => el.removeAttribute("data-live-shown"), SHOWN);
    return true;
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #all() {
    const list = this.#world.visible();
    morphChildren(this.#root, list.map((m) => row(m, this.#world)));
    for (const m of list) this.#said.set(m.id, summary(m, this.#world));
    for (const video of this.#root.querySelectorAll("video")) video.setAttribute("data-live-known", "");
    if (this.#atEnd) this.#toEnd();
  }

  #one({ id, channel, fresh }) {
    if (channel !== this.#world.channel) return;
    const old = rowOf(this.#root, id);
    const message = this.#world.visible().find((m) => m.id === id);
    if (!message) {
      old?.remove();
      this.#said.delete(id);
      return;
    }
    const next = row(message, this.#world);
    if (old) morph(old, next);
    else this.#root.append(next);
    this.#say(message);
    for (const video of (old ?? next).querySelectorAll("video:not([data-live-known])")) {
      video.setAttribute("data-live-known", "");
      begin(video);
    }
    // One's own message, or the answer to what one did.
    if (fresh && [message.author.id, message.invoker_id].includes(this.#world.me)) this.#atEnd = true;
    if (this.#atEnd) this.#toEnd();
  }

  /** #say tells who cannot see it what is new: a message, or another state of it. */
  #say(message) {
    const text = summary(message, this.#world);
    if (!text || this.#said.get(message.id) === text) return;
    this.#said.set(message.id, text);
    while (this.#announcer.childElementCount > 4) this.#announcer.firstChild.remove();
    this.#announcer.append(h("p", {}, `${message.author.global_name || message.author.username}: ${text}`));
  }
}
