/** The side panel: a cited passage, highlighted inside its document. Beside the conversation on a desk, over it on a phone. */

import { cover } from "./cover.js";
import { run } from "./job.js";
import { prose, utf16 } from "./prose.js";
import { fill, texts } from "./texts.js";

const panel = document.getElementById("panel");
const front = document.getElementById("front");
const side = document.getElementById("side");
const over = matchMedia("(max-width: 60rem)"); // as in panel.css
const part = (selector) => panel.querySelector(selector);

let opener = null;
let opened = null;
let reading = new AbortController();

/** Shows a citation; `whose` is {thread, as}, as whom access is checked. Focus goes to the title and comes back to `from`. */
export function openPanel(citation, from, whose) {
  reading.abort();
  reading = new AbortController();
  opener?.removeAttribute("aria-expanded");
  opener = from;
  opener.setAttribute("aria-expanded", "true"); // so that it can be seen which source is being read
  panel.hidden = false;
  settle();
  head(citation);
  part(".document").replaceChildren();
  state(texts.page.loading, "busy");
  part("#panel-title").focus({ preventScroll: true });
  const { document: source, start, end } = citation;
  opened = { document: source, start, end };
  const body = { id: crypto.randomUUID(), ...opened, ...whose };
  return run("/page/view", body, hear, reading.signal);
}

/** `back`: the focus returns to where it was opened; not when the thread that this was in is left. */
export function closePanel({ back = true } = {}) {
  if (panel.hidden) return;
  reading.abort();
  panel.hidden = true;
  opened = null;
  settle();
  opener.removeAttribute("aria-expanded");
  if (back) (opener.checkVisibility() ? opener : document.querySelector("#composer textarea")).focus();
}

/** {document, start, end} of what is open, or null. */
export function openedPanel() {
  return opened;
}

/** Whether an open panel leaves no room for the conversation. */
export function panelCovers() {
  return over.matches;
}

function hear(type, data) {
  if (type === "view") show(data);
  if (type === "waiting") state(texts.page.no_worker);
  if (type === "back") state(texts.page.loading, "busy");
  if (type === "away" || type === "refused" || type === "failed" || type === "answer") state(data.text);
}

function show(view) {
  if (!view.found) {
    head({ title: "", place: "" });
    return state(texts.page.document_gone, "locked");
  }
  head(view);
  const mark = { start: utf16(view.text, view.start), end: utf16(view.text, view.end) };
  part(".document").lang = view.language ?? "";
  part(".document").replaceChildren(prose(view.text, { mark }));
  const marked = part("mark");
  state(marked ? "" : texts.page.passage_moved);
  marked?.scrollIntoView({ block: "center" });
}

function head({ title, place, url, public: everybody, groups }) {
  part("#panel-title").textContent = title || texts.page.document;
  if (place !== undefined) part(".place").textContent = place;
  readers(everybody, groups);
  const original = part(".original");
  original.hidden = !/^https?:\/\//i.test(url ?? "");
  if (original.hidden) original.removeAttribute("href");
  else original.href = url;
}

/** Who may read it, once the worker has said so. */
function readers(everybody, groups = []) {
  const named = groups.length ? fill(texts.page.readers_groups, { groups: groups.join(", ") }) : texts.page.readers_some;
  part(".readers").hidden = everybody === undefined;
  part(".readers").classList.toggle("private", everybody === false);
  part(".readers span").textContent = everybody ? texts.page.readers_public : named;
}

function state(text, kind = "") {
  part(".state").textContent = text;
  part(".state").className = `state ${kind}`;
}

/** Over the conversation, what lies beneath cannot be reached. */
function settle() {
  const covers = over.matches && !panel.hidden;
  cover(front, "panel", covers);
  cover(side, "panel", covers);
  panel.setAttribute("aria-modal", String(covers));
  document.body.classList.toggle("reading", !panel.hidden);
}

part(".close").addEventListener("click", () => closePanel());
over.addEventListener("change", settle);
