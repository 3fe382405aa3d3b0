"""What an answer's text becomes in Teams: the same words, shown alike on desk and phone, and harmless."""

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.messages import Answer, Citation
from core.texts import say
from tests.platforms.teams.rules import check
from tests.workers.delivery.teams.shown import assert_harmless, shown
from workers.delivery.teams_messages import SIZES, Activity, bare, render, words
from workers.delivery.teams_text import teams_markdown

URL = "https://wiki.example/leave?a=1&b=2"


def cite(number: int = 1, **fields: str) -> Citation:
    return Citation(**({"number": number, "title": "Leave", "url": URL, "place": "", "quote": "15 days"} | fields))


def answer(text: str, *citations: Citation, notes: tuple[str, ...] = ()) -> Answer:
    return Answer(text=text, known=True, language="en", citations=citations, notes=notes)


READS = {
    "plain": "plain",
    "a **bold** word": "a bold word",
    "연차는 **15일(유급)**입니다 [1].": "연차는 15일(유급)\u200a입니다 [1].",
    "**15일**입니다": "15일입니다",
    "는**(x)**": "는\u200a(x)",
    "*it* _it_ __b__ ~~gone~~": "it _it_ b gone",
    "2*3*4, snake_case_name and App_Pool_01": "2*3*4, snake_case_name and App_Pool_01",
    "10~20명이 3~5일": "10~20명이 3~5일",
    "# Title # [1]": "Title # [1]",
    "one\ntwo\n\nthree": "one\ntwo\nthree",
    "- one\n  * two\n1. three": "• one\n\u2003• two\n1. three",
    "Title\n---\ntext\n===\nmore": "Title\ntext\nmore",
    "-5 degrees\n+1\n= 2\n#3\n2) x": "-5 degrees\n+1\n= 2\n#3\n2) x",
    "`a_b[1]` and `": "a_b[1] and `",
    "```py\nif a < b:\n    pass\n```\nafter": "if a < b:\n    pass\nafter",
    "```\nnever closed": "never closed",
    "> quoted\nnot quoted": "quoted\nnot quoted",
    "a & b < c > d &amp; &lt;b&gt; R&D": "a & b < c > d &amp; &lt;b&gt; R&D",
    "C:\\dir\\_x and \\*": "C:\\dir\\_x and \\*",
    f"[page]({URL})": "page",
    f"see {URL}.": "see wiki.example/leave?a=1&b=2.",
    "[click](https://evil.example/?q=SECRET)": "click",
    "![pixel](https://evil.example/p.png)": "pixel",
    "https://evil.example/x": "https: //evil.example/x",
    "[1](유급) [1](" + URL + ") [7] [x]": "[1] [1] [7] [x]",
    "[1]: evil.example": "[1]: evil.example",
    "[1](a(b(c)))": "[1](a(b(c)))",
    "help@company.example": "help@company.example",
    "| 근속 | 연차 |\n|---|---|\n| 1년 | **15일** [1] |\n| 3년 | |": "• 근속: 1년 · 연차: 15일 [1]\n• 근속: 3년",
    "| a | b |\n|---|---|": "a · b",
}


@pytest.mark.parametrize(("text", "expected"), READS.items())
def test_markdown_reads_the_same_in_teams(text: str, expected: str) -> None:
    assert shown(teams_markdown(text, {URL}, {1})).words == expected


WRITTEN = {
    "a **bold** word": "a **bold** word",
    "연차 [1].": "연차 [1].",
    "one\ntwo": "one  \ntwo",
    "one\n\ntwo": "one\n\n\u00a0\n\ntwo",
    "1. one\n2) two\n3.": "1.\u00a0one  \n2)\u00a0two  \n3&#46;",
    "# 제목\n본문": "**제목**  \n본문",
    "> a\nb": "> a\n\nb",
    "```\na\n```": "```\na\n```",
    "| a | b |\n|---|---|\n| 1 | 2 |": "• **a: 1** · b: 2",
    f"[page]({URL})": f"[page]({URL})",
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items())
def test_only_what_every_client_of_teams_shows_is_used(text: str, expected: str) -> None:
    assert teams_markdown(text, {URL}, {1}) == expected


HOSTILE = [
    "<at>Everyone</at> <at id='0'>x</at> &lt;at&gt;x&lt;/at&gt; &#60;at&#62;",
    "@channel @here @team <!channel>",
    "<b>x</b> <img src=https://evil.example/p.png> <a href='https://evil.example'>x</a> <script>",
    "![x](https://evil.example) ![x][r] [r]: https://evil.example",
    "[a][r]\n\n[r]: https://evil.example/?d=SECRET",
    "[1]: https://evil.example\n\nsee [1] and [1][1] and [1]()",
    "[1]: /x\n[1]:/x\n[1]: <evil>",
    "[^1]\n\n[^1]: x",
    "<https://evil.example> <mailto:a@evil.example> https:/\\evil.example ht\u200btps://evil.example javascript:alert(1)",
    "www.evil.example WWW.evil.example",
    f"{URL}?d=SECRET {URL}&d=SECRET [x]({URL}|y) [x]({URL}>) [x](<{URL}>)",
    "`<at>x</at>` ```<img src=x>``` ``<b>``",
    "```\n<img src=https://evil.example>\n[a](https://evil.example)\n```",
    "~~~\n<at>x</at>",
    "    <img src=x>\n\t<b>",
    "**<at>x</at>** _<b>_\n| <at> |\n|---|\n| <img src=x> |",
    "\\<b> \\[a](https://evil.example) \\\\<b>",
    "> [a](https://evil.example)\n> <b>",
    "\u202e\u200b\x00<\u200bat>",
    "[1](a(b(c))) [1] (x) [1][2] [1][a](https://evil.example)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nobody_is_named_and_no_link_leads_elsewhere(text: str) -> None:
    for one in (answer(text, cite()), answer("x [1]", cite(title=text, place=text, quote=text))):
        for message in render(one, feedback=True):
            assert_harmless(message, {URL})
    assert_harmless(words(text), set())


def test_a_source_that_no_browser_opens_is_named_without_a_link() -> None:
    for url in ("", "javascript:alert(1)", "file:///etc/passwd", "https://", "https://[", "https://a b/", "ftp://a/"):
        [message] = render(answer("x [1]", cite(url=url)), feedback=False)
        [claim] = message["entities"][0]["citation"]
        assert "url" not in claim["appearance"]
        assert shown(message).links == []
        assert "[1] Leave" in shown(message).words


def test_the_marks_in_the_text_are_those_of_the_citations() -> None:
    given = answer("a [1], b [2], c [3].", cite(1, quote="q" * 300, title="t" * 200), cite(2, url="", quote=""))
    [message] = render(given, feedback=True)
    first, second = message["entities"][0]["citation"]
    assert message["text"].startswith("a [1], b [2], c &#91;3&#93;.")
    assert (first["position"], second["position"]) == (1, 2)
    assert first["appearance"]["url"] == URL
    assert len(first["appearance"]["name"]) == 80
    assert len(first["appearance"]["abstract"]) == 160
    assert second["appearance"] == {"@type": "DigitalDocument", "name": "Leave", "abstract": "Leave"}


def test_an_abstract_is_the_quote_on_one_line_cut_after_a_word() -> None:
    [message] = render(answer("x [1]", cite(quote="**Leave**\n  is " + "long " * 60)), feedback=True)
    abstract = message["entities"][0]["citation"][0]["appearance"]["abstract"]
    assert abstract.startswith("Leave is long") and abstract.endswith("long…") and len(abstract) <= 160


def test_a_quoted_row_of_a_table_reads_as_words() -> None:
    [message] = render(answer("x [1]", cite(quote="| 배우자 출산휴가 | **25일** | 전 기간 유급 |")), feedback=True)
    abstract = message["entities"][0]["citation"][0]["appearance"]["abstract"]
    assert abstract == "배우자 출산휴가 · 25일 · 전 기간 유급"


def test_sources_stand_in_the_text_too_for_phones_that_cannot_hover() -> None:
    [message] = render(answer("x [1] [2]", cite(place="3장 > 이월"), cite(2, title="Pay", url="")), feedback=True)
    assert shown(message).words == f"x [1] [2]\n{say('sources', 'en')}\n[1] Leave — 3장 > 이월\n[2] Pay"
    assert f"[1] [Leave]({URL})" in message["text"]


def test_an_answer_is_labelled_and_judged_and_an_apology_is_not() -> None:
    [made] = render(answer("x"), feedback=True)
    [sorry] = render(answer("x"), feedback=False)
    assert made["entities"][0]["additionalType"] == ["AIGeneratedContent"]
    assert made["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert sorry == {"type": "message", "textFormat": "markdown", "text": "x"}


def test_notes_are_said_beneath() -> None:
    [message] = render(answer("x [1]", cite(), notes=("words_only",)), feedback=True)
    assert shown(message).words.endswith(say("notes.words_only", "en"))


def taken(messages: list[Activity], size: int = SIZES[0]) -> None:
    for message in messages:
        assert check(message) == (0, "")
        assert check(bare(message)) == (0, "")
        assert len(str(message)) * 2 < size * 1.1


HUGE = {
    "a megabyte": "word " * 200_000,
    "one long word": "x" * 100_000,
    "only tildes": "~" * 40_000,
    "ten thousand links": f"[a]({URL}) " * 10_000,
    "ten thousand marks": "[1]" * 10_000,
    "nested fences": "```\n" * 5_000,
    "unclosed backticks": "`" * 30_001,
    "brackets": "[" * 30_000,
    "images": "![](" * 10_000,
    "stars": "*" * 30_000 + " a",
    "a long table": "| a | b |\n|---|---|\n" + "| cell | cell |\n" * 3_000,
    "a table with a wide heading": f"|{'a' * 12_000}|\n|---|\n" + "|b|\n" * 3_000,
    "spaces": "** a" + " " * 20_000 + "**",
    "quotes": "> " * 20_000,
    "empty": "",
    "blank": " \n\n ",
    "unseen": "\u200b\u202e\x00",
    "only a rule": "---",
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_an_answer_of_any_size_is_cut_to_valid_messages_in_no_time(text: str, size: int) -> None:
    began = time.process_time()
    found = render(answer(text, cite(), notes=("words_only",)), feedback=True, size=size)
    assert time.process_time() - began < 2
    taken(found, size)
    assert len(found) < 24
    for message in found:
        assert_harmless(message, {URL})
    if len(text) > 50_000:
        assert say("undelivered_parts", "en") in "".join(shown(message).words for message in found)


def test_thirty_long_sources_are_all_named_and_twenty_of_a_message_are_cited() -> None:
    sources = [
        cite(n, title="t" * 500, url=f"https://wiki.example/{n}?" + "x" * 1900, place="p" * 500) for n in range(1, 31)
    ]
    found = render(answer(" ".join(f"a [{n}]" for n in range(1, 31)), *sources), feedback=True)
    taken(found)
    named = "\n".join(shown(message).words for message in found)
    assert all(f"[{n}] ttt" in named for n in range(1, 31))
    assert found[-1]["channelData"] and not any("channelData" in message for message in found[:-1])


def test_a_long_answer_loses_no_word_between_its_messages() -> None:
    said = [f"word{n}" for n in range(2_500)]
    for size in SIZES:
        found = render(answer(" ".join(said)), feedback=False, size=size)
        assert " ".join(shown(message).words for message in found).split() == said
    assert len(found) > 3


def test_rendering_is_the_same_every_time() -> None:
    given = answer("**a** [1]\n\n| a | b |\n|---|---|\n| 1 | 2 |", cite(), cite(2, url=""), notes=("model_down",))
    assert render(given, feedback=True) == render(given, feedback=True)


MARKS = (
    "< > </ at at> <b> & lt; # ` ``` * ** _ ~ ~~ [ ] ( ) [1] [2] ![ :// http : // \\ | a |---| --- = + - 1. 한글 word"
)
SPACED = (
    URL,
    "https://evil.example",
    "www.evil.example",
    "\n",
    "\n\n",
    " ",
    "    ",
    "\t",
    "- ",
    "> ",
    "\u200b",
    "\u202e",
    "\x00",
)
PIECES = st.sampled_from((*MARKS.split(), *SPACED, "\ud800"))
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60)


@settings(max_examples=600, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_no_text_whatever_names_people_or_links_elsewhere(text: str, title: str, place: str) -> None:
    given = answer(text, cite(title=title, place=place, quote=place), cite(2, title="", url=""))
    found = render(given, feedback=True)
    taken(found)
    for message in found:
        assert_harmless(message, {URL})


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_source_address_whatever_breaks_out_of_its_link(url: str) -> None:
    for one in (answer("see " + url, cite(url=url)), answer("x [1]", cite(url="https://wiki.example/" + url))):
        for message in render(one, feedback=False):
            assert_harmless(message, {one.citations[0].url})


LETTERS = st.text(alphabet="ab가나 *_~`[]<>&#|\\().!-+=1:", max_size=30)


@settings(max_examples=400, deadline=None)
@given(LETTERS)
def test_words_of_our_own_are_shown_as_they_are(text: str) -> None:
    assume(":\\\\" not in text)  # what could open an address is taken apart
    assert shown(words(text)).words.split() == text.split()
