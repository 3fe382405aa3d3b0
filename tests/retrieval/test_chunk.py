"""Chunks are exact slices, whole where possible, and lose nothing."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.chunk import DEFAULT, Sizes, chunks
from retrieval.models import Block, Parsed
from retrieval.outline import Outline
from retrieval.parse import parse

WIDE = re.compile("[가-힣]")
SMALL = Sizes(whole=60, merged=30)
words = st.text(st.sampled_from("가나다abc .!?\n|-#12  é한"), min_size=1, max_size=200)
parts = st.one_of(
    st.tuples(st.just("heading"), st.integers(1, 6), words),
    st.tuples(st.sampled_from(["paragraph", "list", "code"]), st.just(0), words),
    st.tuples(st.just("table"), st.integers(1, 4), words),
)


def outlined(drawn):
    outline = Outline()
    for kind, number, text in drawn:
        if kind == "heading":
            outline.heading(number, text)
        elif kind == "table":
            outline.table([[text[:9], str(row)] for row in range(number * 9)])
        else:
            outline.add(kind, text)
    return outline.parsed()


def weight(text):
    wide = len(WIDE.findall(text))
    return wide + (len(text) - wide) * 0.45


@settings(max_examples=300, deadline=None)
@given(st.lists(parts, max_size=12), st.sampled_from([DEFAULT, SMALL, Sizes(whole=10, merged=5)]))
def test_a_chunk_is_exactly_its_slice_in_order_and_within_its_size(drawn, sizes):
    parsed = outlined(drawn)
    made = chunks(parsed, sizes)
    end = 0
    for ordinal, chunk in enumerate(made):
        assert chunk.ordinal == ordinal
        assert chunk.text == parsed.text[chunk.start : chunk.end]
        assert chunk.text.strip()
        assert chunk.start >= end
        end = chunk.end


@settings(max_examples=300, deadline=None)
@given(st.lists(parts, max_size=12), st.sampled_from([DEFAULT, SMALL, Sizes(whole=10, merged=5)]))
def test_no_word_of_a_block_is_outside_of_all_chunks(drawn, sizes):
    parsed = outlined(drawn)
    made = chunks(parsed, sizes)
    inside = {at for chunk in made for at in range(chunk.start, chunk.end)}
    for block in parsed.blocks:
        lost = [at for at in range(block.start, block.end) if at not in inside and parsed.text[at].isalnum()]
        assert not lost


@settings(max_examples=300, deadline=None)
@given(st.lists(parts, max_size=12))
def test_every_heading_of_a_block_is_in_its_chunk_or_its_place(drawn):
    parsed = outlined(drawn)
    for chunk in chunks(parsed, SMALL):
        for block in parsed.blocks:
            if chunk.start <= block.start < chunk.end:
                for heading in block.headings:
                    assert heading in chunk.text or heading in chunk.place.split(" › ")


def test_a_small_document_is_one_chunk():
    parsed = parse("# 제목\n\n하나.\n\n## 가\n\n둘.\n\n## 나\n\n셋.".encode(), "a.md")
    (chunk,) = chunks(parsed)
    assert chunk.text == "하나.\n\n## 가\n\n둘.\n\n## 나\n\n셋."
    assert chunk.place == ""


def test_a_large_document_is_cut_at_its_sections():
    text = "# 제목\n\n" + "\n\n".join(f"## 절 {n}\n\n" + "규정을 지킨다. " * 60 for n in range(4))
    made = chunks(parse(text.encode(), "a.md"))
    assert [chunk.place for chunk in made] == ["절 0", "절 1", "절 2", "절 3"]
    assert all(chunk.text.startswith("규정을") for chunk in made)


@pytest.mark.parametrize(
    "sentence",
    [
        "연차휴가는 1년에 15일을 주며 2026. 1. 5.부터 시행한다. ",
        "The fee is 3.5 % of the amount, e.g. 10 EUR at most. ",
    ],
)
def test_a_long_paragraph_is_cut_between_sentences_into_even_parts(sentence):
    made = chunks(parse((sentence * 90).encode(), "a.md"))
    assert len(made) > 1
    assert all(chunk.text.startswith(sentence[:10]) and chunk.text.endswith(sentence.strip()[-6:]) for chunk in made)
    sizes = [len(chunk.text) for chunk in made]
    assert min(sizes) > 0.6 * max(sizes)
    assert max(weight(chunk.text) for chunk in made) <= DEFAULT.whole


def test_a_long_table_is_cut_between_rows_and_every_part_says_its_columns():
    rows = "\n".join(f"| {n} | 항목 {n}의 설명입니다 |" for n in range(200))
    made = chunks(parse(f"## 코드\n\n| 번호 | 뜻 |\n|--|--|\n{rows}".encode(), "a.md"))
    assert len(made) > 2
    assert made[0].text.startswith("| 번호 | 뜻 |\n| --- | --- |\n| 0 |")
    assert all(chunk.text.startswith("| ") and chunk.text.endswith(" |") for chunk in made)
    assert [chunk.place for chunk in made[1:]] == ["코드 › | 번호 | 뜻 |"] * (len(made) - 1)


def test_an_item_of_a_list_stays_whole():
    items = "\n".join(f"- 항목 {n}\n  - 아래 {n} " + "설명 " * 20 for n in range(40))
    made = chunks(parse(items.encode(), "a.md"))
    assert len(made) > 1
    assert all(chunk.text.startswith("- 항목") for chunk in made)


def test_a_word_without_an_end_is_cut_at_last():
    parsed = Parsed("", "가" * 5000, (Block("paragraph", (), 0, 5000),))
    made = chunks(parsed)
    assert "".join(chunk.text for chunk in made) == parsed.text
    assert max(len(chunk.text) for chunk in made) <= DEFAULT.whole


def test_another_size_is_another_fingerprint():
    assert Sizes().fingerprint != Sizes(whole=901).fingerprint


def test_nothing_gives_no_chunk():
    assert chunks(Parsed("", "", ())) == ()
