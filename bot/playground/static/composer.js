/** The box in which questions are written: Enter sends, Shift+Enter breaks the line, and it grows with what is written. */

const form = document.getElementById("composer");
const box = form.elements.text;
const touched = matchMedia("(hover: none)"); // there the keyboard on the screen would hide the answer

/** `ask(text)` gets every question that is sent. */
export function listen(ask) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (text) ask(text);
    if (text) box.value = "";
    grow();
    if (touched.matches) box.blur();
    else box.focus();
  });
}

export function focusBox() {
  box.focus();
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  // while a syllable is being composed, Enter only ends the syllable (Safari tells by keyCode 229)
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});
