/** What lies beneath something else cannot be reached. */

const covers = new Map(); // element -> names of what covers it

export function cover(element, name, on) {
  const over = covers.get(element) ?? new Set();
  if (on) over.add(name);
  else over.delete(name);
  covers.set(element, over);
  element.inert = over.size > 0;
}
