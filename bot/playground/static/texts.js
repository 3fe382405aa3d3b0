/** The sentences of core/texts that the page needs, in its language, and who is asking. */

export const texts = JSON.parse(document.getElementById("texts").textContent);

/** The sample person as whom is asked, "" for nobody. */
export const person = document.body.dataset.as;

/** A sentence with its {places} filled. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** A copy of what a <template> holds. */
export function made(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}
