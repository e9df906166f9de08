// Wires the page: one state, and what shows it.
import { behind } from "./behind.js";
import { composer } from "./composer.js";
import { byId, fill, on } from "./dom.js";
import { intro } from "./intro.js";
import { follow } from "./jump.js";
import { list } from "./list.js";
import { menu } from "./menu.js";
import { listen } from "./message.js";
import { openModal } from "./modal.js";
import { away } from "./places.js";
import { sidebar } from "./sidebar.js";
import { World, stored } from "./state.js";
import { speak, start } from "./time.js";

const world = new World();
sidebar(world);
intro(world, composer(world));
const shown = list(world); // goes to the end, when all the others have their size
behind(world);
const open = (modal) => openModal(modal, world);
listen(shown.root, world, open);
menu(shown.root, world, open);
follow(world, shown);

function place() {
  const at = world.place();
  const title = "dreambot sandbox";
  document.title = [world.label(), at.guild?.name, title].filter(Boolean).join(" · ");
  fill(byId("title"), world.label() || title);
  byId("away").hidden = !away(at);
  if (world.person) speak(world.person.locale);
}

function presence() {
  const banner = byId("banner");
  const away = world.connected === false ? "Connection to the sandbox lost. Trying again…"
    : !world.online ? "The bot is offline. Commands go unanswered until it is back." : "";
  banner.hidden = !away || !world.ready;
  if (banner.textContent !== away) fill(banner, away);
  const el = byId("presence");
  el.classList.toggle("online", world.connected && world.online);
  fill(el, world.connected && world.online ? "bot online" : "bot offline");
}

const { dataset } = document.documentElement;
const theme = byId("theme");
theme.value = dataset.theme ?? "";
on(theme, "change", () => stored.set("theme", (dataset.theme = theme.value)));

on(world, "all place", place);
on(world, "presence", presence);
start();
world.connect();
