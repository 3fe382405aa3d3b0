"""Takes every address out of a model's text that is not exactly the address of a source it was given."""

import html
import re
from collections.abc import Collection

from retrieval.decode import clean

_LONGEST = 20_000  # characters of an answer; the rest is an accident or an attack
_MOST_PASSES = 12  # each pass may uncover what a removal joined; honest text needs two
_GONE = "…"

_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # ｅｖｉｌ．ｅｘａｍｐｌｅ
_IDEOGRAPHIC_DOT = re.compile("(?<=[a-z0-9])[。｡](?=[a-z0-9])", re.IGNORECASE)  # browsers read it as a dot
_FILLERS = "[\u200c\u200d\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]+"
_UNSEEN = re.compile(f"(?<=[!-~]){_FILLERS}|{_FILLERS}(?=[!-~])|[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_KEPT = re.compile("\ue000([0-9]+)\ue001")  # stands for an address of a source while the others are taken out

_TARGET = r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)"
_IMAGE = re.compile(rf"!\[[^\[\]]{{0,2000}}\](?:{_TARGET}|\[[^\[\]]{{0,200}}\])?")
_LINK = re.compile(rf"\[([^\[\]]{{0,2000}})\]{_TARGET}")
_CUT_OFF = re.compile(r"\]\(\s*<?(?:[a-z][a-z0-9+.-]*:|/|www\.)[^\s)]*\)?", re.IGNORECASE)  # a link without its ")"
_REFERENCE = re.compile(r"\[([^\[\]]{1,2000})\][ \t]?\[([^\[\]]{0,200})\]")
_DEFINITION = re.compile(r"^[ \t>*-]*\[[^\[\]]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
_LABELLED = re.compile(r"<[^<>|]{1,2000}\|([^<>]{0,500})>")  # Slack's own notation
_ANGLED = re.compile(r"<[^<>\s]{0,2000}(?::|www\.)[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:a|img|iframe|script|style|link|svg|form|base|meta|object|embed|video|audio|source|area|button|input|picture"
    r"|table|tr|td|th|div|span|p|br|font|b|i|u|h[1-6])(?:[\s/][^<>]*)?>|<(?:a|img|iframe)\s[^<>]*$",
    re.IGNORECASE,
)
_SCHEME = re.compile(
    r"(?<![a-z0-9])[a-z][a-z0-9+.-]{1,30}(?::[/\\]+|[ \t]?:[ \t]?//)[^\s\ue000]*"
    r"|\b(?:https?|javascript|vbscript|mailto|view-source):[^\s\ue000]+|\bdata:[a-z]+/[^\s\ue000]+",
    re.IGNORECASE,
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_END = r"(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59}|한국|中国|рф|рус)"
_HOST = re.compile(
    rf"(?<![\w@./\\-])(?://|\\\\)?(?:[^\s/@]{{1,64}}@(?=[^\s]*[/?#]))?(?P<host>(?:{_LABEL}\.)+{_END})(?![\w@-])"
    r"\.?(?::\d{1,5})?(?P<path>[/?#\\][^\s\ue000]*)?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?|\[[0-9a-f:.]*:[0-9a-f:.]*\](?::\d+)?)[/?#][^\s\ue000]*",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
# Two words with a dot between are an address only with an ending that people use: "Node.js" and "notes.md" are none.
_ENDINGS = {
    "com", "net", "org", "edu", "gov", "int", "info", "biz", "io", "co", "ai", "app", "dev", "me", "tv", "cc",
    "xyz", "top", "site", "online", "shop", "store", "link", "click", "live", "life", "world", "club", "tech",
    "space", "website", "blog", "cloud", "page", "pro", "mobi", "name", "work", "today", "zone", "guru", "email",
    "team", "group", "wiki", "news", "media", "studio", "kr", "jp", "cn", "tw", "hk", "sg", "us", "uk", "eu",
    "de", "fr", "nl", "es", "it", "ru", "ua", "in", "br", "ca", "au", "ch", "at", "be", "se", "no", "dk", "fi",
    "ie", "nz", "za", "mx", "ar", "tr", "il", "ae", "vn", "th", "id", "gg", "gl", "ly", "to", "fm", "am", "ws",
    "nu", "su", "la", "pw", "tk", "ml", "ga", "cf", "gq", "icu", "vip", "win", "bid", "loan", "men", "date",
    "trade", "stream", "download", "zip", "mov", "example", "test", "invalid", "localhost", "local", "internal",
    "lan", "corp", "home", "onion", "한국", "中国", "рф", "рус",
}  # fmt: skip


def only_sources(text: str, urls: Collection[str], said: str = "") -> tuple[str, bool]:
    """The text with no address but those in `urls`, exactly; and whether something was taken out.

    A link leaves its words, a bare address "…", an image nothing. A mail address stays where `said` (the passages)
    holds it: a model that was led astray could write what it knows into one.
    """
    settled = plain = _plain(text)
    for _ in range(_MOST_PASSES):
        before, settled = settled, _scrubbed(settled, urls, said)
        if settled == before:
            return settled, settled != plain
    return _scrubbed(re.sub(r"[\[\]()<>:\\/|@]", " ", settled), (), ""), True


def _plain(text: str) -> str:
    """One spelling for all that looks like an address: no entities, nothing unseen, no fullwidth letters."""
    text = text[:_LONGEST]
    for _ in range(3):  # &amp;amp;#104;
        text = html.unescape(text)
    text = _UNSEEN.sub("", clean(text).translate(_FULLWIDTH))
    return _IDEOGRAPHIC_DOT.sub(".", text)


def _scrubbed(text: str, urls: Collection[str], said: str) -> str:
    sources = sorted(filter(None, urls), key=len, reverse=True)
    for number, url in enumerate(sources):
        text = re.sub(_exactly(url), f"\ue000{number}\ue001", text)
    text = _DEFINITION.sub("", _IMAGE.sub("", text))
    text = _CUT_OFF.sub("]", _LINK.sub(_words_of_link, text))
    text = _REFERENCE.sub(_words_of_reference, text)
    text = _TAG.sub("", _ANGLED.sub(_GONE, _LABELLED.sub(r"\1", text)))
    text = _SCHEME.sub(_GONE, text)
    text = _HOST.sub(_unless_a_word, _NUMERIC.sub(_GONE, text))
    text = _MAIL.sub(lambda mail: mail[0] if mail[0] in said else _GONE, text)
    return _KEPT.sub(lambda kept: sources[int(kept[1])], text)


def _exactly(url: str) -> str:
    """The address as a whole: no letter before, and nothing after that would still belong to it."""
    return rf"(?<![\w/.=@%-]){re.escape(url)}(?=\Z|[\s)\]>\"'”’」』,;!]|[.:?](?:\s|\Z))"


def _words_of_link(link: re.Match[str]) -> str:
    words, target = link[1], link[2].strip().strip("<>")
    if _KEPT.fullmatch(target):
        return target if words.strip() == target else f"{words} ({target})"
    note = f"({link[2]})" if re.search(r"\s|[가-힣]", target) and not re.search(r"[./:\\]", target) else ""
    return (f"[{words}]" if words.strip().isdigit() else words) + note


def _words_of_reference(reference: re.Match[str]) -> str:
    words, name = reference[1], reference[2]
    if name.strip().isdigit():  # a citation after a citation, or after words in brackets
        return reference[0] if words.strip().isdigit() else f"{words} [{name.strip()}]"
    return f"[{words}]" if words.strip().isdigit() else words


def _unless_a_word(host: re.Match[str]) -> str:
    """What to write for a host: "Node.js" stays, "evil.example", "a.b.com" and whatever has a path go."""
    labels = host["host"].lower().split(".")
    address = host["path"] or len(labels) > 2 or labels[-1] in _ENDINGS or labels[-1].startswith("xn--")
    return _GONE if address else host[0]
