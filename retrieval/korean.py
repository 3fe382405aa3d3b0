"""Korean morphemes from Kiwi, loaded on the first Hangul text; without Kiwi there are none and bigrams stand alone."""

import hashlib
import logging
import threading
from collections.abc import Iterable, Sequence
from importlib import metadata, util
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from retrieval.words import stop_words

# Nouns, numerals, pronouns, verb and adjective stems, roots, adverbs, prefixes, determiners and unknown words:
# endings and particles say nothing of the subject. Latin and digits are read by our own rules (codes).
_CONTENT = ("NN", "NR", "NP", "VV", "VA", "XR", "MAG", "XPN", "MM", "UN", "NF")


class Morphemes:
    """Kiwi, thread-safe: one instance serves all threads. `words`: file of company words, one a line ("온하루", "온하루\tNNP")."""

    def __init__(self, words: Path | None = None) -> None:
        self._words = read_words(words) if words else []
        self._kiwi: Any = None
        self._lock = threading.Lock()
        self.available = util.find_spec("kiwipiepy") is not None

    @property
    def fingerprint(self) -> str:
        """Another Kiwi or other company words may cut differently, so an index depends on both."""
        if not self.available:
            return "bigrams only"
        dictionary = hashlib.sha256(repr(self._words).encode()).hexdigest()[:12] if self._words else "none"
        return f"kiwi {metadata.version('kiwipiepy')}, company words {dictionary}"

    def of(self, texts: Sequence[str]) -> list[list[str]]:
        """Content morphemes of each text, in order, repeats kept; empty lists without Kiwi. Blocking."""
        if not self.available or not texts:
            return [[] for _ in texts]
        return [_content(tokens) for tokens in self._loaded().tokenize(list(texts))]

    def _loaded(self) -> Any:
        with self._lock:
            if self._kiwi is None:
                self._kiwi = self._load()
        return self._kiwi

    def _load(self) -> Any:
        from kiwipiepy import Kiwi  # noqa: PLC0415  1 s and 270 MB: paid only by who reads Korean

        logging.getLogger("kiwipiepy").setLevel(logging.WARNING)
        kiwi = Kiwi(load_multi_dict=False)  # the dictionary of multi-word names costs 170 MB more at the same quality
        for word, tag in self._words:
            kiwi.add_user_word(word, tag)
        return kiwi


def _content(tokens: Iterable[Any]) -> list[str]:
    stop = stop_words("ko")
    return [
        token.form
        for token in tokens
        if token.tag.startswith(_CONTENT) and token.form not in stop and not token.form.isascii()
    ]


def read_words(path: Path) -> list[tuple[str, str]]:
    """Company words with their part of speech (NNP where none is given). Raises SettingsError naming file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"words: {path} cannot be read ({error}); give a UTF-8 text file, one word a line"
        ) from error
    found = []
    for number, line in enumerate(lines, start=1):
        word, _, tag = line.partition("\t")
        if not word.strip() or word.startswith("#"):
            continue
        if tag.strip() not in {"", "NNP", "NNG", "VV", "VA", "MAG"}:
            raise SettingsError(f"words: {path}, line {number}: {tag!r} is not one of NNP, NNG, VV, VA, MAG")
        found.append((word.strip().lower(), tag.strip() or "NNP"))
    return found
