/** `<button data-opens="id">` opens a dialog; Escape, its cross and a click beside it close it, and the focus goes back. */

for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.addEventListener("click", () => openDialog(opener.dataset.opens));
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-closes]") || beside(dialog, event)) dialog.close();
  });
}

/** What is beside a dialog belongs to it as its backdrop, and so does its own edge. */
function beside(dialog, { target, clientX, clientY }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
}

export function openDialog(id) {
  document.getElementById(id).showModal();
}

export function dialogIsOpen() {
  return document.querySelector("dialog[open]") !== null;
}
