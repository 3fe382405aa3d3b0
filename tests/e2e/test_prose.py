"""prose.js: Markdown to elements, and a marked stretch that stays marked whatever element it falls into."""

from typing import Any

import pytest_asyncio

from tests.e2e.page import Visit

MADE = """async ([text, start, end]) => {
  const { prose, utf16 } = await import("/page/static/prose.js");
  const holder = document.createElement("div");
  const cite = (number) => number === 1 ? Object.assign(document.createElement("sup"), { textContent: "1" }) : null;
  holder.append(prose(text, { cite, mark: { start: utf16(text, start), end: utf16(text, end) } }));
  return [holder.innerHTML, [...holder.querySelectorAll("mark")].map((mark) => mark.textContent)];
}"""


async def made(tab: Visit, text: str, start: int = 0, end: int = 0) -> tuple[str, list[str]]:
    result: Any = await tab.page.evaluate(MADE, [text, start, end])
    return result[0], result[1]


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(tab: Visit) -> Visit:
    await tab.open()
    return tab


async def test_the_small_markdown_of_answers_becomes_elements(open_tab: Visit) -> None:
    cases = {
        "one\ntwo\n\nthree": "<p>one\ntwo</p><p>three</p>",
        "# Title\ntext": "<h3>Title</h3><p>text</p>",
        "- a\n- b\n  more\n  - deep": '<ul><li>a</li><li>b\nmore</li><li class="deep">deep</li></ul>',
        "- a\nafter": "<ul><li>a</li></ul><p>after</p>",
        "text\n3. c\n4) d": '<p>text</p><ol start="3"><li>c</li><li>d</li></ol>',
        "**bold `code`** and `a**b`": "<p><strong>bold <code>code</code></strong> and <code>a**b</code></p>",
        "> quoted\n> twice": "<blockquote>quoted\ntwice</blockquote>",
        "```sh\n**raw**\n```\nafter": "<pre><code>**raw**</code></pre><p>after</p>",
        "```\nnever closed": "<pre><code>never closed</code></pre>",
        "a\n\n---\n\nb": "<p>a</p><hr><p>b</p>",
        "| a | b |\n|---|:-:|\n| 1 | |": '<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead>'
        "<tbody><tr><td>1</td><td></td></tr></tbody></table></div>",
        "| no | table |": "<p>| no | table |</p>",
        "5 * 3 * 2 and **": "<p>5 * 3 * 2 and **</p>",
        "[words](https://evil.example)": "<p>words</p>",
        "![x](https://evil.example/?q=secret)": "<p>x</p>",
        "a word. [1] [1][9]": '<p>a <span class="kept">word.<sup>1</sup><sup>1</sup></span>[9]</p>',
        "": "",
    }
    for text, html in cases.items():
        assert (await made(open_tab, text))[0] == html, text


async def test_a_marked_stretch_stays_marked_across_elements(open_tab: Visit) -> None:
    text = "🎉 **굵은** 글\n\n- 첫째\n- 둘째\n\n| 가 | 나 |\n|---|---|\n| 다 | 라 |\n\n끝"
    for words, marks in {
        "굵은** 글": ["굵은", " 글"],
        "첫째\n- 둘째": ["첫째", "둘째"],
        "나 |\n|---|---|\n| 다": ["나", "다"],
        "🎉": ["🎉"],
        "끝": ["끝"],
    }.items():
        start = text.index(words)
        assert (await made(open_tab, text, start, start + len(words)))[1] == marks
    assert (await made(open_tab, text, 9_999, 10_000))[1] == []


async def test_long_and_nasty_texts_are_drawn_in_time(open_tab: Visit) -> None:
    rows = "| " * 30_000 + "\n|---|"
    rules = "| a |\n" + "|---" * 15_000 + "x"
    for text in ("**" * 30_000, "[" * 60_000, "`" * 60_000, "- " * 30_000, "\n" * 60_000, rows, rules):
        before = await open_tab.page.evaluate("performance.now()")
        await made(open_tab, text)
        assert await open_tab.page.evaluate("performance.now()") - before < 3_000, text[
            :10
        ]  # what is quadratic takes minutes
