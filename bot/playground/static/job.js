/** One piece of work: sent until it is admitted, followed until it ends, over any number of lost connections. */

import { texts } from "./texts.js";

const TYPES = ["step", "draft", "progress", "answer", "view", "failed", "waiting"];
const FIRST_PAUSE = 500; // ms; doubles while nothing is heard
const LONGEST_PAUSE = 4_000; // ms; the server is this machine
const AT_ONCE = 3; // streams of this tab: a browser opens six connections to a server, for all its tabs, and no more

const queue = []; // who waits for a place
let following = 0;

/**
 * `body.id` makes sending again harmless: the same id is the same job.
 * `hear(type, data)` gets the job's events, and of our own "refused" {text}, "away" {text} and "back" {}.
 */
export async function run(path, body, hear, signal) {
  let after = "";
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    const sent = await post(path, body);
    if (signal.aborted) return;
    if (sent.refused) return hear("refused", sent);
    const heard = sent.job ? await inTurn(() => follow(sent.job, after, hear, signal)) : { after };
    if (heard.ended) return;
    pause = heard.after === after ? Math.min(pause * 2, LONGEST_PAUSE) : FIRST_PAUSE;
    after = heard.after;
    hear("away", { text: sent.text ?? texts.page.connection_lost });
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** {ok: true, …what was answered}, or {refused, text} when sending again cannot help, or {text} when it may. */
export async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await response.json().catch(() => ({}));
    if (response.ok) return { ok: true, ...said };
    const refused = response.status < 500;
    return { refused, text: said.text ?? (refused ? texts.page.bad_request : undefined) };
  } catch {
    return {};
  }
}

/** At most AT_ONCE at a time, first come first served. */
async function inTurn(work) {
  if (following >= AT_ONCE) await new Promise((resolve) => queue.push(resolve));
  else following++;
  try {
    return await work();
  } finally {
    const next = queue.shift(); // gets our place
    if (next) next();
    else following--;
  }
}

/** Hears events after `after` until `end` ({ended: true}) or until the connection is lost. */
function follow(job, after, hear, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ ended: true, after });
    const source = new EventSource(`/page/events/${encodeURIComponent(job)}?after=${after}`);
    const leave = (ended) => {
      source.close();
      resolve({ ended, after });
    };
    for (const type of TYPES) {
      source.addEventListener(type, (event) => {
        after = event.lastEventId || after;
        hear(type, JSON.parse(event.data));
      });
    }
    source.addEventListener("open", () => hear("back", {}));
    source.addEventListener("end", () => leave(true));
    source.addEventListener("error", () => leave(false)); // sending again is how we come back: Redis may have forgotten the job
    signal.addEventListener("abort", () => leave(true), { once: true });
  });
}
