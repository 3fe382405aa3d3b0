/**
 * Text to elements: the small Markdown of answers and documents (headings, paragraphs, lists, tables, quotes, code, bold).
 * Nothing is parsed as HTML and nothing becomes a link: words only ever become text nodes.
 */

const FENCE = /^\s*```/;
const HEADING = /^(#{1,6})\s+/;
const ITEM = /^(\s*)(?:[-*•]|(\d{1,3})[.)])\s+/;
const ROW = /^\s*\|/;
const RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const QUOTE = /^\s*>\s?/;
const LINE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const INLINE = /`([^`\n]+)`|\*\*(?=\S)([^\n]+?)\*\*|!?\[([^\]\n]+)\]\([^()\s]*\)|[ \t]?\[(\d{1,3})\]/g;

/**
 * `cite(number)` gives the element for a mark [n], or nothing when there is no such source.
 * `mark` {start, end}: what to highlight, in UTF-16 units of `text`.
 */
export function prose(text, { cite = () => null, mark = { start: 0, end: 0 } } = {}) {
  const writer = new Writer(text, cite, mark);
  const lines = linesOf(text);
  const made = document.createDocumentFragment();
  for (let at = 0; at < lines.length; ) {
    const block = BLOCKS.find(([starts]) => starts(lines, at));
    at = block[1](writer, made, lines, at);
  }
  return made;
}

/** Offsets in code points (as Python counts) to offsets in UTF-16 units (as JavaScript counts). */
export function utf16(text, points) {
  let units = 0;
  for (const point of text) {
    if (points-- <= 0) break;
    units += point.length;
  }
  return units;
}

const BLOCKS = [
  [(lines, at) => !lines[at].text.trim(), (_, __, ___, at) => at + 1],
  [(lines, at) => FENCE.test(lines[at].text), fence],
  [(lines, at) => HEADING.test(lines[at].text), heading],
  [(lines, at) => LINE.test(lines[at].text), line],
  [(lines, at) => ROW.test(lines[at].text) && RULE.test(lines[at + 1]?.text ?? ""), table],
  [(lines, at) => ITEM.test(lines[at].text), list],
  [(lines, at) => QUOTE.test(lines[at].text), quote],
  [() => true, paragraph],
];

function fence(writer, into, lines, at) {
  const code = into.appendChild(document.createElement("pre")).appendChild(document.createElement("code"));
  const first = ++at;
  while (at < lines.length && !FENCE.test(lines[at].text)) at++;
  if (at > first) writer.words(code, lines[first].start, lines[at - 1].end);
  return at + 1;
}

function heading(writer, into, lines, at) {
  const hashes = HEADING.exec(lines[at].text);
  const element = into.appendChild(document.createElement(`h${Math.min(hashes[1].length + 2, 6)}`));
  writer.inline(element, lines[at].start + hashes[0].length, lines[at].end);
  return at + 1;
}

function line(_, into, __, at) {
  into.append(document.createElement("hr"));
  return at + 1;
}

function table(writer, into, lines, at) {
  const scroller = into.appendChild(document.createElement("div"));
  scroller.className = "table";
  const made = scroller.appendChild(document.createElement("table"));
  row(writer, made.createTHead(), lines[at], "th");
  const body = made.createTBody();
  for (at += 2; at < lines.length && ROW.test(lines[at].text); at++) row(writer, body, lines[at], "td");
  return at;
}

function row(writer, into, { text, start }, kind) {
  const cells = into.insertRow();
  for (const cell of text.matchAll(/\|((?:[^|\\]|\\.)*)(?=\|)/g)) {
    const from = start + cell.index + 1;
    const lead = cell[1].length - cell[1].trimStart().length;
    writer.inline(cells.appendChild(document.createElement(kind)), from + lead, from + Math.max(cell[1].trimEnd().length, lead));
  }
}

function list(writer, into, lines, at) {
  const [, , number] = ITEM.exec(lines[at].text);
  const made = into.appendChild(document.createElement(number ? "ol" : "ul"));
  if (number) made.start = Number(number);
  let item = null;
  for (let head; at < lines.length && lines[at].text.trim(); at++) {
    head = ITEM.exec(lines[at].text);
    const continues = head ? Boolean(head[2]) === Boolean(number) || head[1] : /^\s/.test(lines[at].text);
    if (!continues) break; // what follows an item without a space before it is a sentence of its own
    if (head) item = made.appendChild(document.createElement("li"));
    else item.append("\n");
    if (head?.[1].length > 1) item.className = "deep";
    const lead = head ? head[0].length : lines[at].text.length - lines[at].text.trimStart().length;
    writer.inline(item, lines[at].start + lead, lines[at].end);
  }
  return at;
}

function quote(writer, into, lines, at) {
  const made = into.appendChild(document.createElement("blockquote"));
  for (let first = true; at < lines.length && QUOTE.test(lines[at].text); at++, first = false) {
    if (!first) made.append("\n");
    writer.inline(made, lines[at].start + QUOTE.exec(lines[at].text)[0].length, lines[at].end);
  }
  return at;
}

function paragraph(writer, into, lines, at) {
  const made = into.appendChild(document.createElement("p"));
  const first = at;
  do at++;
  while (at < lines.length && BLOCKS.findIndex(([starts]) => starts(lines, at)) === BLOCKS.length - 1);
  writer.inline(made, lines[first].start, lines[at - 1].end);
  return at;
}

/** Writes stretches of one text, given by offsets, so that what is marked stays marked whatever element it falls into. */
class Writer {
  constructor(text, cite, mark) {
    Object.assign(this, { text, cite, mark });
  }

  inline(into, start, end) {
    let done = start;
    for (const found of this.text.slice(start, end).matchAll(INLINE)) {
      this.words(into, done, start + found.index);
      done = start + found.index + found[0].length;
      this.special(into, found, start + found.index);
    }
    this.words(into, done, end);
  }

  special(into, found, at) {
    const [whole, code, bold, link, number] = found;
    const cited = number && this.cite(Number(number));
    if (code) this.words(into.appendChild(document.createElement("code")), at + 1, at + 1 + code.length);
    else if (bold) this.inline(into.appendChild(document.createElement("strong")), at + 2, at + 2 + bold.length);
    else if (link) this.words(into, at + whole.indexOf("[") + 1, at + whole.indexOf("[") + 1 + link.length);
    else if (cited) attach(into, cited);
    else this.words(into, at, at + whole.length);
  }

  words(into, start, end) {
    const from = Math.min(Math.max(this.mark.start, start), end);
    const to = Math.max(Math.min(this.mark.end, end), from);
    if (start < from) into.append(this.text.slice(start, from));
    if (from < to) into.appendChild(document.createElement("mark")).textContent = this.text.slice(from, to);
    if (to < end) into.append(this.text.slice(to, end));
  }
}

/** Puts a mark behind its word so that no line begins with it. */
function attach(into, cited) {
  const before = into.lastChild;
  if (before?.className === "kept") return before.append(cited);
  const kept = document.createElement("span");
  kept.className = "kept";
  if (before?.nodeType === Node.TEXT_NODE) {
    const word = /\S{0,24}$/.exec(before.data)[0];
    before.data = before.data.slice(0, before.data.length - word.length);
    kept.append(word);
  }
  kept.append(cited);
  return into.append(kept);
}

function linesOf(text) {
  let start = 0;
  return text.split("\n").map((line) => {
    const found = { text: line, start, end: start + line.length };
    start = found.end + 1;
    return found;
  });
}
