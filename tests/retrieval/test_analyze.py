import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from retrieval.analyze import Analyzer, fold
from retrieval.korean import read_words

ANALYZER = Analyzer()


def meet(one: str, other: str) -> set[str]:
    return set(ANALYZER.terms(one)) & set(ANALYZER.terms(other))


def test_a_korean_word_is_found_whatever_its_particle_or_ending():
    assert "연차" in meet("연차를 이월하려면", "남은 연차는 이월됩니다")
    assert "이월" in meet("연차를 이월하려면", "남은 연차는 이월됩니다")


def test_bigrams_never_meet_morphemes():
    terms = ANALYZER.terms("회사 규정")
    assert {"회사", "_회사"} <= set(terms)


def test_question_words_and_frames_are_no_terms():
    assert not {"무엇", "얼마", "언제"} & set(ANALYZER.terms("무엇이 언제 얼마인가요?"))
    assert ANALYZER.terms("What is the what of this?") == ()


def test_english_words_meet_by_their_stem():
    assert meet("employees travelling", "an employee travels") == {"employe", "travel"}


@pytest.mark.parametrize(
    ("one", "other"), [("OB-120", "ob120"), ("OB-120", "OB 120"), ("ob120", "ob 120"), ("HX-400의", "hx400")]
)
def test_a_product_code_meets_its_other_spellings(one, other):
    assert len(meet(one, other)) >= 2


def test_two_codes_that_share_letters_stay_apart_in_the_whole():
    assert "e17" in ANALYZER.terms("E17 오류") and "e17" not in ANALYZER.terms("E22 오류, 17번")


def test_numbers_lose_their_separators_and_versions_keep_their_parts():
    assert "1250000" in ANALYZER.terms("1,250,000원")
    assert {"321", "3", "2", "1"} <= set(ANALYZER.terms("release 3.2.1"))


def test_wide_letters_decomposed_hangul_and_accents_are_one_spelling():
    assert ANALYZER.terms("ＨＲ팀") == ANALYZER.terms("HR팀")
    assert ANALYZER.terms(unicodedata.normalize("NFD", "연차")) == ANALYZER.terms("연차")
    assert ANALYZER.terms("Café") == ANALYZER.terms("cafe")
    assert fold("Ａ１") == "a1"


def test_kana_and_han_become_bigrams():
    assert ANALYZER.terms("東京駅") == ("_東京", "_京駅")


@pytest.mark.parametrize("text", ["", "   ", "🎉🎉", "...", "\u202e\u200b"])
def test_what_has_no_letter_or_digit_has_no_terms(text):
    assert ANALYZER.terms(text) == ()


def test_without_kiwi_bigrams_stand_alone_and_it_is_said(monkeypatch):
    monkeypatch.setattr("retrieval.korean.util.find_spec", lambda name: None)
    lone = Analyzer()
    assert not lone.has_morphemes
    assert lone.terms("연차 휴가 몇") == ("_연차", "_휴가", "_몇")
    assert lone.fingerprint != ANALYZER.fingerprint


def test_company_words_stay_whole_and_change_the_fingerprint(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("# 사내 낱말\n온하루\n한빛계측\tNNP\n", encoding="utf-8")
    own = Analyzer(words)
    assert "온하루" in own.terms("온하루에서 신청합니다")
    assert own.fingerprint != ANALYZER.fingerprint


def test_a_wrong_line_of_company_words_is_named(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("온하루\n한빛\tXYZ\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"words\.txt, line 2: 'XYZ'"):
        read_words(words)
    with pytest.raises(SettingsError, match="cannot be read"):
        Analyzer(tmp_path / "none.txt")


def test_entries_have_the_heading_first_and_then_each_sentence():
    [sentences] = ANALYZER.sentences([("출장 규정", "항공권은 미리 삽니다. 숙박은 하루 15만 원까지입니다.")])
    assert len(sentences) == 3
    assert "출장" in sentences[0] and "항공권" in sentences[1] and "15" in sentences[2]


def test_threads_share_one_analyzer():
    texts = [f"제{number}조 연차 휴가 규정 employees travelled {number}" for number in range(40)]
    expected, results = ANALYZER.batch(texts), {}

    def work(slot):
        results[slot] = [ANALYZER.terms(text) for text in texts]

    threads = [threading.Thread(target=work, args=(slot,)) for slot in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[slot] == expected for slot in range(8))


@given(st.text(max_size=200))
def test_any_text_gives_terms_without_blanks_and_always_the_same(text):
    terms = ANALYZER.terms(text)
    assert all(term and not any(letter.isspace() for letter in term) for term in terms)
    assert terms == ANALYZER.terms(text)
