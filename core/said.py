"""What a person said, as it may be used: readable characters only, and the language to reply in."""

import re
import unicodedata
from typing import Literal

_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_TAGS = dict.fromkeys(range(0xE0000, 0xE0080))  # invisible letters that only a model would read
_HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")


def clean(text: str, *, limit: int) -> str:
    """NFC, without control, direction and tag characters, cut one character after `limit` (so that "too long" still shows)."""
    text = unicodedata.normalize("NFC", text).translate(_BIDI).translate(_TAGS)
    text = "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    return re.sub(r"[ \t]+", " ", text).strip()[: limit + 1]


def reply_language(text: str, default: Literal["ko", "en"]) -> Literal["ko", "en"]:
    """Korean where there is Hangul, English where there are Latin letters, else the default."""
    if _HANGUL.search(text):
        return "ko"
    return "en" if re.search(r"[A-Za-z]", text) else default
