"""Bytes of any encoding a company still keeps, to clean text."""

import re
import unicodedata
from functools import cache

from core.errors import BadDocument

MOST_CHARACTERS = 5_000_000  # of one document; longer ones are refused and reported, not cut in silence
_MOST_MARKS = 6  # combining marks kept on one letter: living scripts need at most 4, "zalgo" has thousands
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls, soft hyphen, zero-width characters and BOMs, bidi controls, tag characters: unseen by a reader, so not ours
# to index, quote or show to a model. Joiners (200c, 200d) stay: Persian and emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_HANGUL = re.compile("[가-힣]")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)
_KOREAN_NAMES = {"euc-kr", "ks_c_5601-1987", "ksc5601", "ksc_5601", "ks_c_5601-1989", "korean", "x-windows-949"}


def decode(content: bytes, name: str) -> str:
    """Clean text of `content`: NFC, newlines as "\\n", nothing unseen.

    Knows UTF-8, UTF-16 and UTF-32 (with or without a byte order mark), CP949/EUC-KR, Windows-1252 and what an HTML
    page declares. Raises BadDocument when the encoding cannot be told or the text is too long.
    """
    text = next((text for read in _READINGS if (text := read(content)) is not None), None)
    if text is None:
        raise BadDocument(f"{name}: the encoding cannot be told; save the file as UTF-8")
    if len(text) > MOST_CHARACTERS:
        raise BadDocument(f"{name}: {len(text):,} characters are more than {MOST_CHARACTERS:,}; split the document")
    return clean(text)


def clean(text: str) -> str:
    """The same words without anything unseen: NFC, "\\n" line ends, no control, bidi or tag characters."""
    text = _UNSEEN.sub("", _NEWLINES.sub("\n", text))
    # NFC sorts a run of marks by insertion, quadratic: cut the run before, never after.
    return unicodedata.normalize("NFC", _mark_runs().sub(lambda run: run.group()[:_MOST_MARKS], text))


def _marked(content: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    return None


def _declared(content: bytes) -> str | None:
    match = _META_CHARSET.search(content[:4096])
    if not match:
        return None
    encoding = match[1].decode().lower()
    return _strict(content, "cp949" if encoding in _KOREAN_NAMES else encoding)


def _utf8(content: bytes) -> str | None:
    """UTF-8 with at most one bad byte in a thousand: a file cut in the middle of a letter is still a UTF-8 file."""
    if content.count(0) * 20 > len(content):
        return None
    if (text := _strict(content, "utf-8")) is not None:
        return text
    text = content.decode("utf-8", "replace")
    return text if text.count("\ufffd") * 1000 <= len(content) else None


def _spaced_wide(content: bytes) -> str | None:
    """UTF-16 without a mark: its blanks and newlines leave NULs on one side only."""
    size = max(len(content) // 2, 1)
    low, high = content[0::2].count(0) / size, content[1::2].count(0) / size
    if max(low, high) < 0.02 or min(low, high) > 0.2 * max(low, high):
        return None
    text = _strict(content, "utf-16-le" if high > low else "utf-16-be") or ""
    # 가 is U+AC00: its NUL is on the other side, where a blank's NUL would mean the other byte order.
    return text if sum(letter < "\x80" for letter in text[:10_000]) * 2 > max(low, high) * len(text[:10_000]) else None


def _korean(content: bytes) -> str | None:
    """CP949, which holds EUC-KR. "it\x92s" of Windows-1252 is valid too, but gives none of the everyday syllables."""
    text = _strict(content, "cp949")
    return text if text is not None and _everyday_share(text) > 0.5 else None


def _hangul_wide(content: bytes) -> str | None:
    """UTF-16 of Hangul without a blank; after CP949, whose bytes read as UTF-16 are (senseless) Hangul too."""
    texts = [text for encoding in ("utf-16-le", "utf-16-be") if (text := _strict(content, encoding))]
    return next((text for text in texts if len(_HANGUL.findall(text)) > 0.5 * len(text)), None)


def _western(content: bytes) -> str | None:
    return _strict(content, "cp1252") if content.count(0) == 0 else None


def _strict(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _everyday_share(text: str) -> float:
    foreign = [letter for letter in text[:100_000] if letter > "\x7f"]
    everyday = sum(_HANGUL.match(letter) is not None and _strict_encodes(letter) for letter in foreign)
    return everyday / max(len(foreign), 1)


@cache
def _strict_encodes(letter: str) -> bool:
    try:
        letter.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _mark_runs() -> re.Pattern[str]:
    """More combining marks in a row than any script writes."""
    marks = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))
    return re.compile(f"[{re.escape(marks)}]{{{_MOST_MARKS + 1},}}")


_READINGS = (_marked, _declared, _utf8, _spaced_wide, _korean, _hangul_wide, _western)
