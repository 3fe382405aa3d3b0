/** Shortcuts: / to the question, N for a new thread, ? for the list of them; Escape closes what lies on top. */

import { dialogIsOpen, openDialog } from "./dialogs.js";
import { closeDrawer, drawerIsOpen } from "./drawer.js";
import { closePanel } from "./panel.js";

const OFF = "daedap.letters"; // "off": who speaks to the computer can switch letters off (WCAG 2.1.4)
const box = document.getElementById("letters");

export function shortcuts({ fresh, focus }) {
  const deeds = { "/": focus, "?": () => openDialog("keys"), n: fresh };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || dialogIsOpen()) return;
    if (event.key === "Escape") return drawerIsOpen() ? closeDrawer() : closePanel();
    if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target) || !box.checked) return;
    const deed = deeds[event.code === "KeyN" ? "n" : event.key]; // N is another letter where Hangul is switched on
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}

function writes(element) {
  return element.matches("textarea, select, input:not([type=checkbox])");
}

function stored() {
  try {
    return localStorage.getItem(OFF);
  } catch {
    return null;
  }
}

box.checked = stored() !== "off";
box.addEventListener("change", () => {
  try {
    localStorage.setItem(OFF, box.checked ? "on" : "off");
  } catch {
    // then it holds for this visit
  }
});
