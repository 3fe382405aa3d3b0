"""Text to search terms: Korean morphemes and bigrams, English stems, product codes in every spelling."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import Stemmer

from retrieval.korean import Morphemes
from retrieval.sentences import sentence_spans
from retrieval.words import stop_words

_RULES = "words-1"  # changes whenever the same text may give other terms: indexes are then rebuilt
_HANGUL = re.compile(r"[가-힣ㄱ-ㅣ]")
_RUNS = re.compile(
    r"(?P<hangul>[가-힣ㄱ-ㅣ]+)|(?P<han>[぀-ヿ㐀-䶿一-鿿豈-﫿]+)|(?P<word>[^\W_가-힣ㄱ-ㅣ぀-ヿ㐀-䶿一-鿿豈-﫿]+(?:[-_./’'][^\W_가-힣ㄱ-ㅣ぀-ヿ㐀-䶿一-鿿豈-﫿]+)*)"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_JOINTS, _APOSTROPHE = re.compile(r"[-_./]"), re.compile("[’']")
_LETTERS_DIGITS = re.compile(r"\d+|[^\W\d]+")
_stemmer, _stemmer_lock = Stemmer.Stemmer("english"), Lock()


class Analyzer:
    """The one way from text to terms, for documents and questions alike. Thread-safe; blocking (Kiwi takes 1 s to load)."""

    def __init__(self, words: Path | None = None) -> None:
        """`words`: a file of company words. Raises SettingsError naming file and line."""
        self._morphemes = Morphemes(words)
        self.fingerprint = f"{_RULES}, {self._morphemes.fingerprint}"

    @property
    def has_morphemes(self) -> bool:
        """False where Kiwi is not installed: Korean is then found by bigrams alone, some 3 points of MRR worse."""
        return self._morphemes.available

    def terms(self, text: str) -> tuple[str, ...]:
        """Terms of a question or a title, repeats kept; empty for text without a letter or digit."""
        return self.batch([text])[0]

    def sentences(self, texts: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, ...], ...]]:
        """`Entry.sentences` of each (heading, text): the terms of the heading first, then of each sentence of the text."""
        parts = [[heading, *(text[start:end] for start, end in sentence_spans(text))] for heading, text in texts]
        terms = iter(self.batch([part for together in parts for part in together]))
        return [tuple(next(terms) for _ in together) for together in parts]

    def batch(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Terms of many texts, in order: quicker than one by one, Kiwi spreads them over the cores."""
        folded = [fold(text) for text in texts]
        korean = [index for index, text in enumerate(folded) if _HANGUL.search(text)]
        morphemes = dict(zip(korean, self._morphemes.of([folded[index] for index in korean]), strict=True))
        lone = not self.has_morphemes
        return [(*morphemes.get(index, ()), *_by_script(text, lone=lone)) for index, text in enumerate(folded)]


def fold(text: str) -> str:
    """One spelling for what looks the same: NFKC (also joins decomposed Hangul), lower case, no thousands separators."""
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text).lower())


def _by_script(text: str, *, lone: bool) -> Iterator[str]:
    for match in _RUNS.finditer(text):
        run = match.group()
        if match.lastgroup == "word":
            yield from _word(run)
        else:
            # a single syllable is a bigram only where no morpheme says it better
            yield from _bigrams(run, single=lone or match.lastgroup == "han")


def _bigrams(run: str, *, single: bool) -> Iterator[str]:
    """Pairs of neighbours behind a "_", so that they can never meet a morpheme."""
    if len(run) == 1 and single:
        yield f"_{run}"
    for index in range(len(run) - 1):
        yield f"_{run[index : index + 2]}"


def _word(run: str) -> Iterator[str]:
    """A word, number or code. "OB-120", "ob120" and "OB 120" meet in "ob" and "120", the first two in "ob120" as well."""
    for word in _APOSTROPHE.split(run):
        parts = [_plain(part) for part in _JOINTS.split(word)]
        whole = "".join(parts)
        if len(parts) > 1 and (any(map(str.isdigit, whole)) or min(map(len, parts)) <= 2):  # also wi-fi, e-mail
            yield stem(whole)
        for part in parts:
            yield from _part(part)


def _part(part: str) -> Iterator[str]:
    if part not in stop_words("en"):
        yield stem(part)
    pieces = _LETTERS_DIGITS.findall(part)
    if len(pieces) > 1:
        yield from (stem(piece) for piece in pieces)


def _plain(word: str) -> str:
    """Latin letters without their accents: café, Beyoncé."""
    if word.isascii():
        return word
    return "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Snowball's English stem; numbers and codes stay as they are."""
    if not word.isalpha():
        return word
    with _stemmer_lock:  # PyStemmer's objects must not be shared between threads unguarded
        return str(_stemmer.stemWord(word))
