import pytest

from retrieval.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("연차는 며칠까지 이월되나요?", "ko"),
        ("VPN password reset 어떻게 해요?", "ko"),
        ("HX-210 E22 의미", "ko"),
        ("ㅎㅎ 감사", "ko"),
        ("How do I log in to 온하루?", "en"),
        ("HX-210 E22 meaning", "en"),
        ("E17", "en"),
        ("有給休暇は何日ですか", "other"),
        ("Сколько дней отпуска?", "other"),
        ("12345", "other"),
        ("🎉", "other"),
        ("", "other"),
    ],
)
def test_the_language_is_that_of_the_sentence_not_of_the_names_in_it(text, language):
    assert detect(text) == language


def test_a_long_document_costs_no_more_than_a_page():
    assert detect("The policy. " * 2_000_000) == "en"
