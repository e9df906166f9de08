// Wires the page: one state, and what shows it.
import { Composer } from "./composer.js";
import { fill } from "./dom.js";
import { Intro } from "./intro.js";
import { follow } from "./jump.js";
import { MessageList } from "./list.js";
import { Menu } from "./menu.js";
import { listen } from "./message.js";
import { openModal } from "./modal.js";
import { away } from "./places.js";
import { Sidebar } from "./sidebar.js";
import { World } from "./state.js";
import { speak, start } from "./time.js";

const world = new World();
const composer = new Composer(world);
const list = new MessageList(world);
new Sidebar(world);
new Intro(world, composer);
const open = (modal) => openModal(modal, world);
listen(list.root, world, open);
new Menu(list.root, world, open);
follow(world, list);

function place() {
  const at = world.place();
  const title = "dreambot sandbox";
  document.title = [world.label(), at.guild?.name, title].filter(Boolean).join(" · ");
  fill(document.getElementById("title"), world.label() || title);
  document.getElementById("away").hidden = !away(at);
  if (world.person) speak(world.person.locale);
}

function presence() {
  const banner = document.getElementById("banner");
  const away = world.connected === false ? "Connection to the sandbox lost. Trying again…"
    : !world.online ? "The bot is offline. Commands go unanswered until it is back." : "";
  banner.hidden = !away || !world.ready;
  if (banner.textContent !== away) fill(banner, away);
  const el = document.getElementById("presence");
  el.classList.toggle("online", world.connected && world.online);
  fill(el, world.connected && world.online ? "bot online" : "bot offline");
}

for (const name of ["all", "place"]) world.addEventListener(name, place);
world.addEventListener("presence", presence);
start();
composer.focus();
await world.connect();
