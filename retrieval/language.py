"""Which language a text is in: Korean, English or another."""

import re

from retrieval.models import Language
from retrieval.words import stop_words

_HANGUL = re.compile(r"[가-힣ㄱ-ㅣᄀ-ᇿ]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LATIN_WORD = re.compile(r"[a-z]+")
_OTHER = re.compile(r"[぀-ヿ㐀-䶿一-鿿Ѐ-ӿ؀-ۿ֐-׿ऀ-ॿ฀-๿]")
_SAMPLE = 4_000  # characters read: enough to tell, and a 10 MB text costs no more than a page


def detect(text: str) -> Language:
    """The language of a question or a document. "E17" and other bare codes count as English; digits alone as other.

    A Korean sentence may be mostly English words ("VPN password reset 어떻게 해요?"), and an English one may name a
    Korean thing ("How do I log in to 온하루?"): where Hangul is the smaller part, English function words decide.
    """
    sample = text[:_SAMPLE]
    hangul, latin = len(_HANGUL.findall(sample)), len(_LATIN.findall(sample))
    other = len(_OTHER.findall(sample))
    if other > hangul + latin or not hangul + latin:
        return "other"
    if hangul and (2 * hangul >= latin or not _has_english_frame(sample)):
        return "ko"
    return "en"


def _has_english_frame(text: str) -> bool:
    return not stop_words("en").isdisjoint(_LATIN_WORD.findall(text.lower()))
