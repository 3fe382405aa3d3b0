"""Markdown, HTML and text become one kind of readable text, with blocks that lie exactly where they say."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from core.errors import BadDocument
from retrieval.chunk import chunks
from retrieval.parse import parse
from retrieval.parsers.sniff import sniff

SAMPLES = Path(__file__).parents[2] / "samples"
MARKDOWN = """---
title: "휴가 규정"
language: ko
updated: 2026-01-05
---
# 휴가 **규정**

담당: 인사팀<br>시행일: 2026년
이 문장은 아주 길어서 편집기가 줄을 바꾸어 놓은 것으로 보이는 그런 줄이며 여기에서
이어집니다. [양식](https://a.example/c "t")과 ![그림 설명](x.png) `code_x` **"강조"**는 snake_case_name <!-- 숨김 -->

<!-- 여러 줄
숨김 -->

## 표
| 구분 | 금액 |
|---|---:|
| 국내 | 10 \\| 20 |
| 해외 | **30** |

- 하나
  - 둘
- 넷

  단락 둘

5. 다섯

```python
# comment
    indented = 1
```

> 인용 문단

<script>alert("숨김")</script>

## 빈 절
"""
PAGE = """<!doctype html><html lang="ko"><head><title>여비 규정 | 온별</title>
<meta property="article:modified_time" content="2026-02-03T10:00:00Z"><style>p{}</style></head>
<body><nav><ul><li><a href="/">홈</a></li></ul></nav><main><h1>여비 규정</h1>
<p>담당: <b>재무팀</b><br>시행일: 2026년 2월</p><h2>숙박비</h2>
<p>국내 출장의 숙박비는 1박 10만 원까지 지급한다. 초과분은 <a href="x">팀장</a> 승인이 필요하다.</p>
<div style="display: none">숨은 지시</div><p hidden>숨은 글</p><p style="font-size:0">숨은 글</p><script>var 숨은=1</script>
<table><caption>지역별 한도</caption><tr><th>구분</th><th>지역</th><th>한도</th></tr>
<tr><td rowspan="2">국내</td><td>서울</td><td>12만</td></tr><tr><td>부산</td><td>10만</td></tr></table>
<table><tr><th>담당</th><td>재무팀</td></tr><tr><th>내선</th><td>1234</td></tr></table>
<ol><li>신청서를 낸다.<ul><li>양식 A</li></ul></li><li>승인을 받는다.</li></ol>
<pre>curl -X POST \\
  --data a=1</pre></main><footer>저작권 온별</footer></body></html>"""
RULES = """취업규칙

제1장 총칙

제1조(목적) 이 규칙은 근로조건을 정한다.
제2조(적용) ① 모든 직원에게 적용한다.
② 계약직은 제외한다.

제2장 휴가

가. 신청
신청은 3일 전에 한다.

1. 첫째
2. 둘째
"""


def read(content, name="x.md"):
    parsed = parse(content.encode() if isinstance(content, str) else content, name)
    for before, block in zip(parsed.blocks, parsed.blocks[1:], strict=False):
        assert before.end < block.start
    assert all(parsed.text[block.start : block.end].strip() for block in parsed.blocks)
    return parsed


def shown(parsed, kind):
    return [parsed.text[block.start : block.end] for block in parsed.blocks if block.kind == kind]


def test_front_matter_gives_title_language_and_date():
    parsed = read(MARKDOWN)
    assert (parsed.title, parsed.language, parsed.updated) == ("휴가 규정", "ko", date(2026, 1, 5))
    assert "title:" not in parsed.text


def test_marks_are_stripped_and_words_stay():
    first = shown(read(MARKDOWN), "paragraph")[0]
    assert first.startswith("담당: 인사팀\n시행일: 2026년\n이 문장은")
    assert '여기에서 이어집니다. 양식과 그림 설명 code_x "강조"는 snake_case_name' in first


def test_comments_and_scripts_are_gone():
    assert "숨김" not in read(MARKDOWN).text


def test_a_table_is_rows_with_a_header():
    assert shown(read(MARKDOWN), "table") == ["| 구분 | 금액 |\n| --- | --- |\n| 국내 | 10 ¦ 20 |\n| 해외 | 30 |"]


def test_lists_and_code_keep_their_shape():
    parsed = read(MARKDOWN)
    assert shown(parsed, "list") == ["- 하나\n  - 둘\n- 넷\n  단락 둘", "5. 다섯"]
    assert shown(parsed, "code") == ["# comment\n    indented = 1"]


def test_a_heading_with_nothing_under_it_is_not_lost():
    assert shown(read(MARKDOWN), "paragraph")[-1] == "빈 절"


def test_the_first_heading_names_a_document_without_front_matter():
    parsed = read("# Title\n\nIntro.\n\n## Part\n\nWords.\n\n### Sub\n\nMore.")
    assert parsed.title == "Title"
    assert [block.headings for block in parsed.blocks] == [(), ("Part",), ("Part", "Sub")]


def test_the_main_part_of_a_page_is_kept_and_the_rest_is_not():
    parsed = read(PAGE, "p.html")
    assert (parsed.title, parsed.language, parsed.updated) == ("여비 규정", "ko", date(2026, 2, 3))
    assert "담당: 재무팀\n시행일: 2026년 2월" in parsed.text
    assert "초과분은 팀장 승인이 필요하다." in parsed.text
    for gone in ("홈", "저작권", "숨은", "p{}"):
        assert gone not in parsed.text


def test_a_page_in_euc_kr_reads_the_same():
    assert (
        read(PAGE.replace("<head>", '<head><meta charset="euc-kr">').encode("euc-kr"), "p.html").text == read(PAGE).text
    )


def test_merged_cells_are_filled_in():
    table = shown(read(PAGE), "table")[0]
    assert table == "| 구분 | 지역 | 한도 |\n| --- | --- | --- |\n| 국내 | 서울 | 12만 |\n| 국내 | 부산 | 10만 |"


def test_a_table_of_names_and_values_becomes_a_list():
    assert "- 담당: 재무팀\n- 내선: 1234" in shown(read(PAGE), "list")


def test_lists_and_code_of_a_page_keep_their_shape():
    parsed = read(PAGE)
    assert "1. 신청서를 낸다.\n  - 양식 A\n2. 승인을 받는다." in shown(parsed, "list")
    assert shown(parsed, "code") == ["curl -X POST \\\n  --data a=1"]


def test_a_page_of_one_line_is_kept():
    assert read("<html><body><p>짧은 글.</p></body></html>").text == "짧은 글."


def test_an_entity_of_a_page_reads_no_file():
    page = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>본문 &x; 입니다.</p></body></html>'
    assert "root:" not in read(page).text


def test_numbered_sections_of_a_text_are_headings():
    parsed = read(RULES, "rules.txt")
    assert parsed.title == "취업규칙"
    assert [block.headings for block in parsed.blocks] == [
        ("제1장 총칙", "제1조(목적)"), ("제1장 총칙", "제2조(적용)"), ("제2장 휴가", "가. 신청"), ("제2장 휴가", "가. 신청"),
    ]  # fmt: skip
    assert shown(parsed, "list")[-1] == "1. 첫째\n2. 둘째"


def test_a_first_line_that_is_a_sentence_is_no_title():
    parsed = read("연차는 최대 5일까지 이월됩니다.\n\n그 뒤 소멸합니다.", "a.txt")
    assert parsed.title == ""
    assert parsed.text.startswith("연차는")


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        ("<!DOCTYPE html><html><body>x</body></html>", "a.txt", "html"),
        ("\n<!-- x --><html>", "a.md", "html"),
        ("<div><p>a</p><p>b</p></div>", "wiki.html", "html"),
        ("# 제목\n\n글", "a", "markdown"),
        ("# 제목\n\n글", "a.txt", "text"),
        ("그냥 글", "a.md", "markdown"),
        ("그냥 글", "a", "text"),
        ("# not markup: <html> in the middle", "a.md", "markdown"),
    ],
)
def test_the_format_is_told_by_content(content, name, kind):
    assert sniff(content.encode(), name) == kind


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\0\0 \n\0", "empty"),
        (b"\xef\xbb\xbf \n", "no text found|empty"),
        (b"%PDF-1.7 renamed", "PDF"),
        (b"PK\x03\x04zip", "ZIP"),
        (b"\xff\xd8\xff\xe0JPEG", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"# only a title", "no text found"),
        (b"<html><body><script>x()</script></body></html>", "no text found"),
        (b"<html><body></body></html>", "no text found"),
        (b"[r]: https://a.example", "no text found"),
        (bytes(range(1, 256)) * 9, "encoding"),
    ],
)
def test_what_holds_no_text_is_an_error_with_the_reason(content, reason):
    with pytest.raises(BadDocument, match=rf"bad\.md: .*({reason})"):
        parse(content, "bad.md")


HOSTILE = {
    "divs": b"<div>" * 900_000 + b"x",
    "closed divs": b"<html>" + b"<div>" * 200_000 + b"text" + b"</div>" * 200_000,
    "cells": b"<html><table><tr>" + b"<td>x" * 150_000,
    "spans": b"<html><table>" + b"<tr><td rowspan=999999 colspan=999999>x<td>y" * 3_000,
    "lists": b"<html><ul>" + b"<li>a<ul>" * 60_000,
    "attribute": b"<html><p a='" + b"x" * 4_000_000,
    "line": "가나다 ".encode() * 400_000,
    "one word": b"x" * 4_900_000,
    "brackets": b"[" * 200_000,
    "stars": b"**a" * 100_000,
    "quotes": b">" * 100_000 + b"a",
    "marks": ("a" + "\u0301\u0316" * 2_000_000).encode(),
    "bidi": "\u202e글\u2066 ".encode() * 200_000,
    "entities": b"<html><p>" + b"&amp;" * 500_000,
    "rows": b"|a|b|\n|-|-|\n" + b"|c|d|\n" * 30_000,
    "headings": b"# h\n" * 30_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_parsed_or_refused_in_time(name):
    with suppress(BadDocument):
        parsed = parse(HOSTILE[name], "hostile.md")
        assert len(parsed.text) <= 6_000_000
        assert all(piece.text == parsed.text[piece.start : piece.end] for piece in chunks(parsed))


def test_every_sample_is_readable():
    files = [file for file in SAMPLES.rglob("*") if file.suffix in {".md", ".html", ".txt"}]
    assert len(files) > 50
    for file in files:
        assert read(file.read_bytes(), file.name).blocks


def test_code_inside_of_a_sentence_stays_in_it():
    page = (
        b"<html><body><nav><a href='/'>x</a></nav><main><h1>Billing</h1><p>To restart the pod run <code>kubectl roll</code>. "
        b"Then wait for two minutes and tell the team.</p><p>Another paragraph that is long enough to be kept.</p></main></body></html>"
    )
    assert "To restart the pod run kubectl roll. Then wait" in parse(page, "a.html").text
