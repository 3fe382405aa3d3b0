"""Question sets in BEIR layout: corpus.jsonl, queries.jsonl, qrels/test.tsv; a mistake is named with its file and line."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from retrieval.language import detect
from retrieval.models import PUBLIC, Language


@dataclass(frozen=True, slots=True)
class Item:
    """A document of a set."""

    id: str
    title: str
    text: str
    readers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of a set; without gold documents it cannot be answered from the corpus."""

    id: str
    text: str
    language: Language
    kind: str  # "" where the set does not say
    gold: Mapping[str, float] = field(default_factory=dict)  # document id -> grade, > 0


@dataclass(frozen=True, slots=True)
class Dataset:
    """A set, in the order of its files."""

    items: tuple[Item, ...]
    questions: tuple[Asking, ...]


def read_dataset(folder: Path) -> Dataset:
    """The set in a folder. Raises SettingsError naming file, line and reason."""
    items = tuple(_item(row, where) for where, row in _rows(folder / "corpus.jsonl"))
    known = _unique([item.id for item in items], folder / "corpus.jsonl")
    rows = list(_rows(folder / "queries.jsonl"))
    asked = _unique([_text(row, "_id", where) for where, row in rows], folder / "queries.jsonl")
    gold = _gold(folder / "qrels" / "test.tsv", known, asked)
    return Dataset(items, tuple(_asking(row, gold, where) for where, row in rows))


def chosen(dataset: Dataset, *, language: str = "", limit: int = 0) -> tuple[Asking, ...]:
    """The questions in one language, at most `limit`, spread evenly over the file (sets are sorted by subject)."""
    questions = [question for question in dataset.questions if language in {"", question.language}]
    if not 0 < limit < len(questions):
        return tuple(questions)
    return tuple(questions[index * len(questions) // limit] for index in range(limit))


def _item(row: Mapping[str, Any], where: str) -> Item:
    title, text = str(row.get("title") or ""), _text(row, "text", where)
    readers = (row.get("metadata") or {}).get("readers") or [PUBLIC]
    return Item(_text(row, "_id", where), title, text, frozenset(readers))


def _asking(row: Mapping[str, Any], gold: Mapping[str, Mapping[str, float]], where: str) -> Asking:
    about = row.get("metadata") or {}
    text, number = _text(row, "text", where), _text(row, "_id", where)
    language: Language = about["language"] if about.get("language") in {"ko", "en"} else detect(text)
    return Asking(number, text, language, str(about.get("kind") or ""), gold.get(number, {}))


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for where, line in _lines(path):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise SettingsError(f"{where}: not JSON ({error.msg}); each line is one object") from None
        if not isinstance(row, dict):
            raise SettingsError(f"{where}: not an object; each line is one object")
        yield where, row


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines that are not empty, each with its place ("…/corpus.jsonl, line 3")."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        parts = "a set is a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv"
        raise SettingsError(f"{path} cannot be read ({error.strerror}); {parts}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start})") from None
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path}, line {number}", line


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not (value.strip() or key == "text"):
        raise SettingsError(f"{where}: {key!r} is {'missing' if value is None else 'not a text'}")
    return value


def _unique(names: list[str], path: Path) -> frozenset[str]:
    found = frozenset(names)
    if len(found) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SettingsError(f"{path}: the _id {twice!r} stands there twice")
    return found


def _gold(path: Path, known: frozenset[str], asked: frozenset[str]) -> dict[str, dict[str, float]]:
    gold: dict[str, dict[str, float]] = {}
    for where, line in _lines(path):
        cells = line.strip().split("\t")
        if cells[0] == "query-id":
            continue
        query, document, grade = _judgement(cells, where)
        if query not in asked or document not in known:
            missing = f"question {query!r}" if query not in asked else f"document {document!r}"
            raise SettingsError(f"{where}: there is no {missing} in the set")
        if grade > 0:
            gold.setdefault(query, {})[document] = grade
    return gold


def _judgement(cells: list[str], where: str) -> tuple[str, str, float]:
    try:
        query, document, grade = cells
        return query, document, float(grade)
    except ValueError:
        raise SettingsError(f"{where}: not question, document and grade with tabs between them") from None
