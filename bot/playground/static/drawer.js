/** The side on a phone: a drawer over the conversation, which has the focus while it is open. */

import { cover } from "./cover.js";

const side = document.getElementById("side");
const front = document.getElementById("front");
const opener = document.getElementById("menu");
const narrow = matchMedia("(max-width: 64rem)"); // as in side.css

export function drawerIsOpen() {
  return narrow.matches && document.body.classList.contains("drawer");
}

export function openDrawer() {
  document.body.classList.add("drawer");
  settle();
  side.querySelector(".shut").focus();
}

export function closeDrawer() {
  if (!drawerIsOpen()) return;
  document.body.classList.remove("drawer");
  settle();
  opener.focus();
}

function settle() {
  const open = drawerIsOpen();
  cover(front, "drawer", open);
  cover(side, "narrow", narrow.matches && !open);
  opener.setAttribute("aria-expanded", String(open));
  if (open) Object.assign(side, { role: "dialog", ariaModal: "true" });
  else Object.assign(side, { role: null, ariaModal: null });
}

opener.addEventListener("click", openDrawer);
side.querySelector(".shut").addEventListener("click", closeDrawer);
document.addEventListener("click", ({ target }) => { // not earlier, or what lies beneath would get the click
  if (drawerIsOpen() && !side.contains(target) && !target.closest("dialog, #menu")) closeDrawer();
});
narrow.addEventListener("change", () => {
  document.body.classList.remove("drawer");
  settle();
});
settle();
