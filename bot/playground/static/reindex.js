/** The panel in which administrators have the documents read again: begun, watched, stopped. Who may is for the server to say. */

import { post, run } from "./job.js";
import { fill, person, texts } from "./texts.js";

const dialog = document.getElementById("reindexing");
const tally = document.querySelector("[data-opens=reindexing] .count");
const part = (selector) => dialog.querySelector(selector);
const OFTEN = 700; // ms between two looks while a run is on
const SELDOM = 4_000; // ms, for one that somebody else may begin
const never = new AbortController().signal;

let now = null; // as GET /page/reindex tells
let begun = false; // our own wish, until it has ended
let waiting = "";
let timer = 0;

async function look() {
  clearTimeout(timer);
  const response = await fetch(`/page/reindex?as=${encodeURIComponent(person)}`).catch(() => null);
  if (response?.ok) now = await response.json();
  draw();
  if (dialog.open || begun || now?.running) timer = setTimeout(look, begun || now?.running ? OFTEN : SELDOM);
}

function draw() {
  if (!now) return;
  const { allowed, running, done, total } = now;
  const on = running || begun;
  part(".refusal").hidden = allowed;
  part(".refusal").textContent = allowed ? "" : now.text;
  part(".allowed").hidden = !allowed;
  part(".begin").hidden = on;
  part(".run").hidden = !on;
  part(".last").hidden = on;
  tally.textContent = running && total ? `${done}/${total}` : "";
  if (allowed) tell(now);
}

function tell({ running, done, total, by, last, sources }) {
  offer(sources);
  const counted = running && total > 0;
  part(".what").textContent = running ? texts.page[counted ? "reindex_reading" : "reindex_counting"] : waiting || texts.page.reindex_waiting;
  part(".run .count").textContent = counted ? `${done} / ${total}` : "";
  part(".by").textContent = running ? fill(texts.page.reindex_by, { by }) : "";
  part(".last p").textContent = last || texts.reindex_never;
  const bar = part("progress");
  if (counted) Object.assign(bar, { max: total, value: done });
  else bar.removeAttribute("value");
}

function offer(sources) {
  const select = part("select");
  if (select.options.length) return;
  select.append(new Option(texts.all_sources, ""), ...sources.map((name) => new Option(name, name)));
}

function begin(event) {
  event.preventDefault();
  begun = true;
  waiting = "";
  say("");
  draw();
  part(".stop").focus();
  const body = { id: crypto.randomUUID(), as: person, source: part("select").value };
  run("/page/reindex", body, hear, never);
  look();
}

function hear(type, data) {
  if (type === "waiting") waiting = texts.page.no_worker;
  if (type === "away") waiting = data.text;
  if (type === "answer" || type === "failed" || type === "refused") end(data.text);
}

async function end(text) {
  const focused = dialog.contains(document.activeElement);
  begun = false;
  await look();
  say(text, now.last === text);
  if (focused && !now.running) part(".primary").focus();
}

async function stop() {
  const sent = await post("/page/reindex/cancel", { id: crypto.randomUUID(), as: person });
  say(sent.text ?? texts.page.connection_lost);
}

/** `shown`: it can be read elsewhere, so it is only for who cannot see. */
function say(text, shown = false) {
  part(".said").textContent = text;
  part(".said").classList.toggle("unseen", shown);
}

document.querySelector("[data-opens=reindexing]").addEventListener("click", look);
part(".begin").addEventListener("submit", begin);
part(".stop").addEventListener("click", stop);
if ("admin" in document.body.dataset) look();
