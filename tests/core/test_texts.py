"""Every sentence exists in both languages, with the same values to fill in."""

import re

import pytest

from core.texts import say, sentences


def flat(table: dict, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def test_both_languages_have_the_same_sentences():
    assert flat(sentences("ko")).keys() == flat(sentences("en")).keys()


@pytest.mark.parametrize("key", sorted(flat(sentences("en"))))
def test_both_languages_ask_for_the_same_values(key):
    names = [set(re.findall(r"{(\w+)", flat(sentences(language))[key])) for language in ("ko", "en")]
    assert names[0] == names[1]


def test_another_language_is_answered_in_english():
    assert say("thinking", "fr") == say("thinking", "en")


def test_an_unknown_sentence_is_our_mistake():
    with pytest.raises(KeyError):
        say("nonsense", "ko")
