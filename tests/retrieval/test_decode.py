"""Whatever encoding a file is in, its words come out the same."""

import pytest

from core.errors import BadDocument
from retrieval.decode import MOST_CHARACTERS, clean, decode

KOREAN = "연차휴가 운영 규정 (2026년 개정)\n담당: 인사운영팀\n다 쓰지 못한 연차는 최대 5일까지 이월됩니다.\n"
ENGLISH = "It’s the “handbook” – see §4; café costs 3 €."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949", "euc-kr"]
)
def test_korean_is_read_in_every_encoding_in_use(encoding):
    assert decode(KOREAN.encode(encoding), "a.txt") == KOREAN


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16-be"])
def test_english_is_read_in_every_encoding_in_use(encoding):
    assert decode(ENGLISH.encode(encoding), "a.txt") == ENGLISH


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp949"])
def test_hangul_without_a_single_blank_is_read(encoding):
    assert decode("연차휴가운영규정가나다".encode(encoding), "a.txt") == "연차휴가운영규정가나다"


def test_a_page_is_read_as_it_declares():
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987"></head>펲시</html>'
    assert "펲시" in decode(page.encode("cp949"), "a.html")


def test_a_file_cut_in_the_middle_of_a_letter_is_still_utf_8():
    assert decode((KOREAN * 20).encode()[:-2], "a.txt").startswith(KOREAN)


def test_decomposed_names_of_a_mac_are_composed():
    assert clean("연차") == "연차"


def test_what_nobody_sees_is_gone():
    hidden = "a\x00b\u200bc\u202ed\u2066e\ufefff\u00adg\U000e0041h\x1b[31m"
    assert clean(hidden) == "abcdefgh[31m"


def test_every_kind_of_line_end_is_one():
    assert clean("a\r\nb\rc\x0bd\x0ce\u2028f\u2029g") == "a\nb\nc\nd\ne\nf\ng"


@pytest.mark.timeout(20)
def test_ten_million_combining_marks_are_cut_in_time():
    assert len(clean("a" + "\u0301\u0316" * 5_000_000)) < 10


def test_the_marks_of_living_scripts_stay():
    for words in ("Tiếng Việt", "ภาษาไทยที่นี่", "हिन्दी में", "שָׁלוֹם"):
        assert clean(words) == words


def test_bytes_that_are_no_text_are_an_error_naming_the_file():
    with pytest.raises(BadDocument, match=r"blob\.txt: the encoding cannot be told"):
        decode(bytes(range(256)) * 20, "blob.txt")


def test_a_text_that_is_too_long_is_an_error_naming_the_limit():
    with pytest.raises(BadDocument, match=r"long\.txt: 5,000,001 characters"):
        decode(b"x" * (MOST_CHARACTERS + 1), "long.txt")
