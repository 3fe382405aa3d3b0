/** What a screen reader says of its own accord: that an answer is looked for, and the answer; never each step on the way. */

const place = document.getElementById("said");

export function say(text) {
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 60); // the same words twice are news only after nothing
}
