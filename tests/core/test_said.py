"""What people type, made fit to use."""

import pytest

from core.said import clean, reply_language


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("  연차는\u0000 며칠?  ", "연차는 며칠?"),
        ("safe\u202etxt.exe", "safetxt.exe"),
        ("hi\U000e0068\U000e0069", "hi"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\ud800b", "a b"),
        ("\u0007\u001b[31mred", "[31mred"),
        ("", ""),
    ],
)
def test_only_readable_characters_remain(typed, used):
    assert clean(typed, limit=100) == used


def test_a_question_of_forty_thousand_characters_is_bounded_and_still_seen_to_be_too_long():
    assert len(clean("가" * 40_000, limit=4000)) == 4001


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("연차는?", "ko"),
        ("How many days?", "en"),
        ("VPN 접속 안 됨", "ko"),
        ("🙂🙂", "ko"),
        ("E204?", "en"),
        ("ㅋㅋ", "ko"),
    ],
)
def test_the_reply_is_in_the_language_of_the_question(typed, language):
    assert reply_language(typed, "ko") == language
