/** Questions to begin with, one click each. */

const section = document.getElementById("suggestions");
const SHOWN = 3; // of each language

export async function offer(ask) {
  const lists = await fetch("/page/suggestions").then((response) => (response.ok ? response.json() : {}), () => ({}));
  for (const [language, questions] of Object.entries(lists)) {
    if (!questions.length) continue;
    const list = section.lastElementChild.appendChild(document.createElement("ul"));
    list.lang = language;
    list.append(...questions.slice(0, SHOWN).map((question) => suggestion(question, ask)));
    section.hidden = false;
  }
}

function suggestion(question, ask) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: question });
  button.addEventListener("click", () => ask(question));
  const item = document.createElement("li");
  item.append(button);
  return item;
}
