// What fits what is typed, under the input that it is typed into.
import { fill, h } from "./dom.js";

/**
 * listbox is a list that the arrow keys of an input lead along: props are its
 * own, item is the class of what is in it, and choose(i) takes one of that.
 */
export function listbox(input, props, item, choose) {
  const el = h("div", { hidden: true, ...props });
  const options = el.getElementsByClassName(item);
  const own = { role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": el.id };
  for (const [name, value] of Object.entries(own)) input.setAttribute(name, value);
  let active = -1;

  function mark(at) {
    active = at;
    input.removeAttribute("aria-activedescendant");
    for (const [i, option] of [...options].entries()) {
      option.setAttribute("aria-selected", i === at);
      if (i !== at) continue;
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    }
  }

  return {
    el,
    active: () => active,
    close() {
      el.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    },
    /** show fills it, and marks one; a note stands where there is nothing. */
    show(contents, note, marked = -1) {
      fill(el, contents.length ? contents.map((inside, i) => h("div." + item, {
        id: `${el.id}-${i}`, role: "option", onmousedown: (e) => e.preventDefault(), onclick: () => choose(i),
      }, inside)) : h("p.quiet", {}, note));
      el.setAttribute("role", contents.length ? "listbox" : "status");
      el.hidden = false;
      input.setAttribute("aria-expanded", contents.length > 0);
      mark(contents.length ? marked : -1);
    },
    /** step follows an arrow key, and tells whether it did. */
    step(e) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (!by || el.hidden || !options.length) return false;
      e.preventDefault();
      mark((Math.max(active, by < 0 ? 0 : -1) + by + options.length) % options.length);
      return true;
    },
  };
}
