"""Takes every address out of a model's text that is not exactly the address of a source it was given."""

import html
import re
from collections.abc import Collection

from retrieval.decode import clean

_LONGEST = 20_000  # characters of an answer; the rest is an accident or an attack
_MOST_PASSES = 12  # each pass may uncover what a removal joined; honest text is done in one
_KEPT = ("\ue000", "\ue001")  # around the number of an address that stays, while all others are taken out
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff\u200c\u2028\u2029]")
_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # ｅｖｉｌ．ｅｘａｍｐｌｅ
_IDEOGRAPHIC_DOT = re.compile("(?<=[a-z0-9])[。｡](?=[a-z0-9])", re.IGNORECASE)  # browsers read it as a dot
_GONE = "…"

_IMAGE = re.compile(r"!\[[^\[\]]{0,2000}\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]{0,200}\])?")
_LINK = re.compile(r"\[([^\[\]]{0,2000})\]\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_OPEN_LINK = re.compile(r"\]\(\s*<?(?=[a-z][a-z0-9+.-]*:|/|www\.)[^\s)]*\)?", re.IGNORECASE)  # cut off before its ")"
_REFERENCE = re.compile(r"\[([^\[\]]{1,2000})\]\s?\[([^\[\]]{0,200})\]")
_DEFINITION = re.compile(r"^[ \t]{0,3}\[(?!\d{1,3}\]:?[ \t]*$)[^\[\]]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
_LABELLED = re.compile(r"<([^<>|]{1,2000})\|([^<>]{0,500})>")
_TAG = re.compile(
    r"</?(?:a|img|iframe|script|style|link|svg|form|base|meta|object|embed|video|audio|source|area|button|input|picture"
    r"|table|td|div|span|p|br|font|b|i|u|h[1-6])\b[^<>]*>?",
    re.IGNORECASE,
)
_SCHEME = re.compile(
    r"(?<![a-z0-9])[a-z][a-z0-9+.-]{1,30}[ \t]?:[ \t]?[/\\]{1,}[^\s\ue000]*"
    r"|\b(?:javascript|data|vbscript|mailto|tel|sms|file|blob|about|slack|msteams|intent|view-source|https?)[ \t]?:[^\s\ue000]*\S",
    re.IGNORECASE,
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_END = r"(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59}|한국|中国|рф|рус)"
_HOST = re.compile(
    rf"(?<![\w@./-])(?://)?(?:[^\s/@]{{1,64}}@(?=\S*[/?#]))?(?P<host>(?:{_LABEL}\.)+{_END})\.?(?::\d{{1,5}})?"
    r"(?P<path>[/?#\\][^\s\ue000]*)?(?![\w-])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?[/?#][^\s\ue000]*|\[[0-9a-f:.]*:[0-9a-f:.]*\](?::\d+)?[/?#]\S*", re.IGNORECASE)
# Two words with a dot between are an address only with an ending that people use; "Node.js" and "notes.md" are not.
_ENDINGS = frozenset(
    "com net org edu gov int info biz io co ai app dev me tv cc xyz top site online shop store link click live life world"
    " club tech space website blog cloud page pro mobi name work today zone guru email team group wiki news media studio"
    " kr jp cn tw hk sg us uk eu de fr nl es it ru ua in br ca au ch at be se no dk fi ie nz za mx ar tr il ae vn th id"
    " gg gl ly to fm am ws nu su la pw tk ml ga cf gq icu vip win bid loan men date trade stream download zip mov"
    " example test invalid localhost local internal lan corp home onion 한국 中国 рф рус".split()
)


def only_sources(text: str, urls: Collection[str]) -> tuple[str, bool]:
    """The text with no address but those in `urls`, exactly; and whether something was taken out.

    A link leaves its words, a bare address leaves "…", an image leaves nothing.
    """
    text = _plain(text)
    for _ in range(_MOST_PASSES):
        kept = _scrubbed(text, urls)
        if kept == text:
            return text, False
        settled, _ = kept, None
        break
    else:  # pragma: no cover
        settled = text
    for _ in range(_MOST_PASSES):
        again = _scrubbed(settled, urls)
        if again == settled:
            return settled, True
        settled = again
    return _HOST.sub(_GONE, re.sub(r"[\[\]()<>:\\/|]", " ", settled)), True
