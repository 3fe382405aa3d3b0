"""What an answer's text becomes in Slack: readable, within the limits, and harmless."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from core.messages import Answer, Citation
from tests.platforms.slack.rules import check, live, texts
from workers.delivery.slack_blocks import BLOCKS, Rendered, plain, render, words
from workers.delivery.slack_text import mrkdwn

URL = "https://wiki.example/leave?a=1&b=2"
JOB = "slack:T0DAEDAP:C0GENERAL:1700000000.000100"


def cite(number: int = 1, **fields: str) -> Citation:
    return Citation(**({"number": number, "title": "Leave", "url": URL, "place": "", "quote": ""} | fields))


def answer(text: str, *citations: Citation, notes: tuple[str, ...] = ()) -> Answer:
    return Answer(text=text, known=True, language="en", citations=citations, notes=notes)


MARKDOWN = {
    "plain": "plain",
    "a **bold** word": "a *bold* word",
    "**15일**입니다": "*15일*\u200b입니다",
    "*it* _it_ __b__ ~~gone~~": "_it_ _it_ *b* ~gone~",
    "2*3*4 and snake_case_name": "2*3*4 and snake_case_name",
    "# Title #": "*Title*",
    "- one\n  * two\n1. three": "• one\n  • two\n1. three",
    "`a<b` and `": "`a&lt;b` and '",
    "```py\nif a < b:\n    pass\n```\nafter": "```\nif a &lt; b:\n    pass\n```\nafter",
    "```\nnever closed": "```\nnever closed\n```",
    "> quoted": "> quoted",
    "a & b < c > d": "a &amp; b &lt; c &gt; d",
    f"[page]({URL})": "<https://wiki.example/leave?a=1&amp;b=2|page>",
    f"see {URL}.": "see <https://wiki.example/leave?a=1&amp;b=2>.",
    "[click](https://evil.example/?q=SECRET)": "click",
    "![pixel](https://evil.example/p.png)": "pixel",
    "https://evil.example/x": "https: //evil.example/x",
    "| a | b |\n|---|---|\n| 한글 | 1 |\n| x | **2** |": "```\na     b\n----  -\n한글  1\nx     2\n```",
}


@pytest.mark.parametrize(("text", "expected"), MARKDOWN.items())
def test_markdown_becomes_slacks_markup(text: str, expected: str) -> None:
    assert mrkdwn(text, {URL}) == expected


PAGING = [
    "<!channel> <!here> <!everyone> <!subteam^S1> <@U1> <#C1> <@U1|x> <!date^1^{date}^https://evil.example|x>",
    "@channel @here @everyone @HERE",
    "&lt;!here&gt; &#60;!here&#62;",
    "<https://evil.example|https://intranet>",
    "[a][r]\n\n[r]: https://evil.example/?d=SECRET",
    "<\u200b!channel> <\u202e!channel>",
    "[<!channel>](" + URL + ")",
    f"[x]({URL}|y) [x]({URL}>)",
    f"{URL}?d=SECRET {URL}&d=SECRET",
    "https:/\\evil.example https:\\\\evil.example ht\u200btps://evil.example javascript:alert(1) mailto:a@evil.example",
    "`<!channel>` ```<!channel>```",
    "**<!channel>** _<@U1>_ | <!here> |\n|---|\n| <!here> |",
]


def messages(given: Answer) -> list[Rendered]:
    return render(given, job=JOB, feedback=True) + plain(given)


def written(url: str) -> str:
    """An address as it stands in Slack's `<…>`."""
    for letter, code in {"&": "&amp;", "<": "%3C", ">": "%3E", "|": "%7C"}.items():
        url = url.replace(letter, code)
    return url


def assert_harmless(given: Answer) -> None:
    urls = {written(citation.url) for citation in given.citations}
    for message in messages(given):
        for shown in [message.text, *texts(message.blocks)]:
            for token in live(shown):
                assert token.partition("|")[0] in urls, f"live: {token!r}"
            outside = re.sub(r"<[^|>]*\|?", " ", shown)
            assert not re.search(r"@(channel|here|everyone)\b", outside, re.IGNORECASE)


@pytest.mark.parametrize("text", PAGING, ids=range(len(PAGING)))
def test_nothing_pages_people_and_no_link_leads_elsewhere(text: str) -> None:
    assert_harmless(answer(text, cite()))
    assert_harmless(answer("x", cite(title=text, place=text)))


def test_a_source_that_no_browser_opens_is_named_without_a_link() -> None:
    for url in (
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "https://",
        "https://[",
        "https://a b/",
        "ftp://a/",
    ):
        shown = texts(render(answer("x", cite(url=url)), job=JOB, feedback=False)[0].blocks)
        assert "<" not in shown[1]
        assert "Leave" in shown[1]


def assert_taken(message: Rendered, *, update: bool = True) -> None:
    assert check(message.text, message.blocks, update=update) == ""
    assert all(block.to_dict() for block in Block.parse_all(message.blocks))
    assert len(message.blocks) <= BLOCKS
    assert sum(map(len, texts(message.blocks))) < 10_000


HUGE = {
    "a megabyte": "word " * 200_000,
    "one long word": "x" * 100_000,
    "only ampersands": "&" * 40_000,
    "ten thousand links": f"[a]({URL}) " * 10_000,
    "nested fences": "```\n" * 5_000,
    "unclosed backticks": "`" * 30_001,
    "brackets": "[" * 30_000,
    "images": "![](" * 10_000,
    "stars": "*" * 30_000 + " a",
    "a long table": "| a | b |\n|---|---|\n" + "| cell | cell |\n" * 3_000,
    "spaces": "** a" + " " * 20_000 + "**",
    "empty": "",
    "blank": " \n\n ",
    "unseen": "\u200b\u202e\x00",
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_an_answer_of_any_size_is_cut_to_valid_messages_in_no_time(text: str) -> None:
    began = time.process_time()
    found = messages(answer(text, cite(), notes=("words_only",)))
    assert time.process_time() - began < 2
    for message in found:
        assert_taken(message)
    assert len(found) < 20
    if len(text) > 50_000:
        assert "as much as fits" in " ".join(message.text for message in found) + str([texts(m.blocks) for m in found])


def test_thirty_long_sources_are_all_named() -> None:
    sources = [
        cite(n, title="t" * 500, url=f"https://wiki.example/{n}?" + "x" * 1500, place="p" * 500) for n in range(1, 31)
    ]
    found = render(answer("x", *sources), job=JOB, feedback=True)
    for message in found:
        assert_taken(message)
    named = " ".join(text for message in found for text in texts(message.blocks))
    assert all(f"[{n}] " in named for n in range(1, 31))
    assert [block["type"] for block in found[-1].blocks][-1] == "actions"


def test_rendering_is_the_same_every_time() -> None:
    given = answer("**a** [1]\n\n| a | b |\n|---|---|\n| 1 | 2 |", cite(), cite(2, url=""), notes=("model_down",))
    assert render(given, job=JOB, feedback=True) == render(given, job=JOB, feedback=True)


MARKS = "< > !channel @here @U1 | & lt; ` ``` * ** _ ~~ [ ]( ) ![ :// http : // \\ # a |---| 한글 word %3E mailto:"
SPACED = (
    URL,
    "https://evil.example",
    "www.evil.example",
    "\n",
    " ",
    "- ",
    "> ",
    "| a |",
    "\u200b",
    "\u202e",
    "\x00",
    "\ud800",
)
PIECES = st.sampled_from((*MARKS.split(), *SPACED))
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_no_text_whatever_pages_people_or_links_elsewhere(text: str, title: str, place: str) -> None:
    given = answer(text, cite(title=title, place=place), cite(2, title="", url=""))
    assert_harmless(given)
    for message in messages(given):
        assert_taken(message)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_no_source_address_whatever_breaks_out_of_its_link(url: str) -> None:
    assert_harmless(answer("see " + url, cite(url=url)))
    assert_harmless(answer("x", cite(url="https://wiki.example/" + url)))


def test_a_word_of_our_own_is_shown_as_it_is() -> None:
    assert words("찾아보고 있어요…") == Rendered("찾아보고 있어요…")
