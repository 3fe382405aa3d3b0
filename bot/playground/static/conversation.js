/** What was said in this tab, kept for a reload: `{person, thread, turns: [{id, text, answer?}]}`. */

const KEY = "daedap.conversation";

export function begin(person) {
  return { person, thread: crypto.randomUUID(), turns: [] };
}

/** The kept conversation of this person, else a new one. */
export function resume(person) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    if (kept?.person === person && Array.isArray(kept.turns)) return kept;
  } catch {
    // storage is switched off or holds something else: a reload then begins anew
  }
  return begin(person);
}

export function keep(conversation) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(conversation));
  } catch {
    // full or switched off
  }
}
