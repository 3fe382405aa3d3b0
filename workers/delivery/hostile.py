"""What a text may carry that is no word of it: unseen letters, and addresses that nobody should be led to."""

import re
from urllib.parse import urlsplit

# control, direction, tag and zero-width letters: they carry no words, and can hide or reorder some
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_SCHEME = re.compile(r"((?<=[a-z0-9+.-]):(?=//|\\\\|/\\)|\b(?:mailto|javascript|data|tel|slack):(?=\S))", re.IGNORECASE)
_LONGEST = 2000  # characters of an address


def seen(text: str) -> str:
    """Only the letters that a reader sees."""
    return _UNSEEN.sub("", text)


def unlinked(text: str) -> str:
    """Without a scheme that a client would make a link of; reads the same but for a blank."""
    return _SCHEME.sub(r"\1 ", text)


def openable(url: str) -> bool:
    """Whether this is an address that a browser opens."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    fit = len(url) <= _LONGEST and seen(url) == url and not re.search(r"\s", url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and fit
