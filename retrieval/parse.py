"""One document's bytes to text, whatever they are: the format by content, and a limit on everything."""

from collections.abc import Mapping

from core.errors import BadDocument
from retrieval.models import Parsed
from retrieval.parsers.html import html
from retrieval.parsers.markdown import markdown
from retrieval.parsers.sniff import Format, sniff
from retrieval.parsers.text import text
from retrieval.protocols import Parser

_PARSERS: Mapping[Format, Parser] = {"markdown": markdown, "html": html, "text": text}


def parse(content: bytes, name: str) -> Parsed:
    """The text of a document, never empty. Raises BadDocument naming it and the reason."""
    kind = sniff(content, name)
    try:
        parsed = _PARSERS[kind](content, name)
    except RecursionError:
        raise BadDocument(f"{name}: its {kind} is nested too deeply") from None
    except BadDocument as error:
        raise BadDocument(str(error) if str(error).startswith(name) else f"{name}: {error}") from None
    if not parsed.blocks:
        raise BadDocument(f"{name}: no text found in its {kind} (nothing but headings, markup or pictures)")
    return parsed
