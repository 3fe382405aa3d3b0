/** The sentences of core/texts that the page needs, in its language. */

export const texts = JSON.parse(document.getElementById("texts").textContent);

/** A sentence with its {places} filled. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
