"""What a file is, by its content; its name only decides between Markdown and plain text, which look alike."""

import re
from typing import Literal

from core.errors import BadDocument

Format = Literal["markdown", "html", "text"]

# Formats people will put into a folder and that we cannot read (yet): named, so that the operator knows what to do.
_FOREIGN = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office file"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office or HWP file"),
    (b"HWP Document File", "an old HWP file"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file (sound, film or WebP)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x00\x01\x00\x00", "a font or database"),
    (b"OggS", "Ogg sound"),
    (b"ID3", "MP3 sound"),
)
_BOM = b"\xef\xbb\xbf"
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_XML_START = re.compile(rb"\A\s*(?:<\?xml|<!--|<!doctype|<[a-z])", re.IGNORECASE)
_TAG_SIGNS = re.compile(rb"</(?:p|div|table|h[1-6]|ul|ol|span)>", re.IGNORECASE)
_MARKDOWN_NAME = re.compile(r"\.(?:md|markdown|mdown|mkd|mdx)\Z", re.IGNORECASE)
_HTML_NAME = re.compile(r"\.(?:html?|xhtml)\Z", re.IGNORECASE)
_MARKDOWN_SIGNS = re.compile(
    rb"^(?:#{1,6} \S|```|\|[ :]*-{3,}[-| :]*\|)|\A---[ \t]*\r?\n\w+:|\*\*\S[^*\n]*\*\*|\]\(https?://", re.MULTILINE
)
_TEXT_NAME = re.compile(r"\.(?:txt|text|log)\Z", re.IGNORECASE)


def sniff(content: bytes, name: str) -> Format:
    """The format of `content`. Raises BadDocument for an empty file and for formats that hold no text we can read."""
    head = content[:4096].removeprefix(_BOM)
    if not content.strip(b"\x00 \t\r\n\x0b\x0c"):
        raise BadDocument(f"{name}: the file is empty")
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise BadDocument(f"{name}: the content is {what}, which is not read; save it as Markdown, HTML or text")
    plain = head.replace(b"\x00", b"")  # UTF-16 markup has a NUL between its letters
    if _is_html(plain, content, name):
        return "html"
    return "markdown" if _is_markdown(plain, name) else "text"


def _is_html(head: bytes, content: bytes, name: str) -> bool:
    if _XML_START.match(head) is None:
        return False
    if _HTML.search(head):
        return True
    # a fragment without <html>: an export of a wiki page
    return len(_TAG_SIGNS.findall(content[:65_536])) >= (1 if _HTML_NAME.search(name) else 5)


def _is_markdown(head: bytes, name: str) -> bool:
    if _MARKDOWN_NAME.search(name):
        return True
    return not _TEXT_NAME.search(name) and _MARKDOWN_SIGNS.search(head) is not None
