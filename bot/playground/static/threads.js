/**
 * The threads of this person, kept in this browser: `{id, at, turns: [{id, text, answer?, failed?, verdict?, reasons?, words?}]}`.
 * Each has a key of its own, so that two tabs do not write over each other's threads.
 */

import { person } from "./texts.js";

const PREFIX = `daedap.thread.${person || "me"}.`;
const MOST = 200; // threads kept; the oldest go first, also when the browser's place is full
const TITLE = 80; // characters
const AWAITED = 3_600_000; // ms: as long as the server keeps what happened to a job

const unkept = new Map(); // where storage is switched off, threads last as long as the tab

export function begin() {
  return { id: crypto.randomUUID(), at: Date.now(), turns: [] };
}

export function load(id) {
  return id ? read(PREFIX + id) : null;
}

/** Newest first. */
export function all() {
  return names().map(read).filter(Boolean).sort((one, other) => other.at - one.at);
}

export function keep(thread) {
  if (!thread.turns.length) return;
  const text = JSON.stringify(thread);
  for (const old of all().slice(MOST)) forget(PREFIX + old.id);
  while (!write(PREFIX + thread.id, text)) {
    const oldest = all().findLast((one) => one.id !== thread.id && !unkept.has(PREFIX + one.id));
    if (!oldest) return unkept.set(PREFIX + thread.id, text);
    forget(PREFIX + oldest.id);
  }
}

/** Deletes it here, and has it forgotten where it would be remembered for follow-up questions. */
export function drop(id) {
  forget(PREFIX + id);
  const body = JSON.stringify({ id: crypto.randomUUID(), thread: id, as: person });
  fetch("/page/forget", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true }).catch(() => {});
}

export function titleOf(thread) {
  const words = thread.turns[0].text.trim().split("\n")[0];
  return words.length > TITLE ? `${words.slice(0, TITLE)}…` : words;
}

/** Whether an answer is still to come. */
export function waits({ turns }) {
  return turns.some((turn) => !turn.answer && !turn.failed);
}

/** Those whose answer may be on its way, wherever they were left; an older question is asked anew when it is looked at. */
export function awaited() {
  return all().filter((thread) => waits(thread) && Date.now() - thread.at < AWAITED);
}

/** `changed(id, thread)` whenever another tab kept a thread, or deleted it (null). */
export function watch(changed) {
  addEventListener("storage", ({ key }) => {
    if (key?.startsWith(PREFIX)) changed(key.slice(PREFIX.length), read(key));
  });
}

function names() {
  const found = new Set(unkept.keys());
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) found.add(name);
  } catch {
    // switched off
  }
  return [...found];
}

function read(name) {
  try {
    const thread = JSON.parse(unkept.get(name) ?? localStorage.getItem(name));
    return Array.isArray(thread?.turns) && thread.turns.length ? thread : null;
  } catch {
    return null; // switched off, or it holds something else
  }
}

function write(name, text) {
  try {
    localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

function forget(name) {
  unkept.delete(name);
  try {
    localStorage.removeItem(name);
  } catch {
    // switched off
  }
}
