"""Which backends there are, and how settings become a knowledge base, a writer and sources: the one place that builds a search."""

import difflib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from core.errors import IndexUnusable, SettingsError
from core.registry import load
from core.settings import Settings
from retrieval.analyze import Analyzer
from retrieval.embedders.cached import CachedEmbedder
from retrieval.indexes.late import LateIndex
from retrieval.models import PUBLIC, IndexRequest
from retrieval.prepare import Workbench
from retrieval.protocols import EmbedderDown, IndexBackend, IndexWriter, KnowledgeBase, Source
from retrieval.vectors import Leg

log = structlog.get_logger()

KNOWLEDGE = {"hybrid": "retrieval.knowledge.hybrid:Hybrid"}
INDEXES = {"embedded": "retrieval.indexes.embedded:BACKEND"}
EMBEDDERS = {"e5": "retrieval.embedders.e5:E5", "none": "retrieval.embedders.none:NoEmbedder"}
RERANKERS = {"builtin": "retrieval.rerankers.builtin:Builtin", "none": "retrieval.rerankers.none:KeepOrder"}
SOURCES = {"folder": "retrieval.sources.folder:SOURCE"}  # the source and the model of its table


def check(settings: Settings) -> None:
    """Raise SettingsError for a backend or a source that cannot be, before anything is started."""
    for source in Library(settings).sources():
        source.check()


class Library:
    """What the settings name, built once and shared: the knowledge to search and the means to fill it."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for a backend that does not exist."""
        self._knowledge = load("knowledge", settings.knowledge, KNOWLEDGE)
        self.settings = settings
        self.backend: IndexBackend = load("index", settings.index, INDEXES)
        self.reranker = load("reranker", settings.reranker, RERANKERS)()
        self.legs = _legs(settings)
        self.analyzer = Analyzer(settings.words)

    @property
    def folder(self) -> Path:
        """Where the index lies."""
        return self.settings.data_dir / "index"

    @cached_property
    def bench(self) -> Workbench:
        """What documents are made ready with: without the vectors that cannot be had on this machine."""
        return Workbench(self.analyzer, [leg for leg in self.legs if _answers(leg)])

    def knowledge(self) -> KnowledgeBase:
        """The knowledge base; its index is opened at the first question and may come later."""
        index = LateIndex(lambda: self.backend.read(self.folder, self.bench.fingerprint))
        base: KnowledgeBase = self._knowledge(index, analyzer=self.analyzer, legs=self.legs, reranker=self.reranker)
        return base

    def look(self) -> tuple[str, str | None]:
        """What the index is, and its problem if it has one. Raises IndexUnusable and SettingsError."""
        index = self.backend.read(self.folder, self.bench.fingerprint)
        seen = index.search(IndexRequest(("ready",), {}, frozenset({PUBLIC})))
        return f"{seen.count} chunks in generation {seen.generation} of {self.folder}", index.problem

    def writer(self, *, rebuild: bool) -> IndexWriter:
        """The index to be filled; a new generation when asked for, or when the old one cannot be used."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if rebuild:
            return self.backend.rebuild(self.folder, self.bench.fingerprint)
        try:
            return self.backend.write(self.folder, self.bench.fingerprint)
        except (SettingsError, IndexUnusable) as error:
            log.warning("index.rebuilt", reason=str(error))
            return self.backend.rebuild(self.folder, self.bench.fingerprint)

    def sources(self, name: str = "") -> list[Source]:
        """All sources, or the one of that name; raises SettingsError naming what is wrong with one."""
        if name and name not in self.settings.sources:
            raise SettingsError(f"there is no source {name!r}; there are: {', '.join(self.settings.sources) or 'none'}")
        return [_source(one, dict(table)) for one, table in self.settings.sources.items() if name in ("", one)]


def _legs(settings: Settings) -> Sequence[Leg]:
    if settings.embedder == "none":
        return ()
    return (Leg(CachedEmbedder(load("embedder", settings.embedder, EMBEDDERS)())),)


def _answers(leg: Leg) -> bool:
    try:
        leg.embedder.query("ready", "en")
    except EmbedderDown as error:
        log.warning("embedder.down", reason=str(error))
        return False
    return True


def _source(name: str, table: dict[str, Any]) -> Source:
    kind = table.pop("kind", "folder")
    build, model = load("source", kind, SOURCES)
    try:
        settings = model(**table)
    except ValidationError as error:
        first = max(error.errors(), key=lambda one: one["type"] == "extra_forbidden")  # a typo explains the rest
        key = ".".join(str(part) for part in first["loc"])
        near = difflib.get_close_matches(key, model.model_fields, n=1)
        hint = f" Did you mean {near[0]}?" if near and key not in model.model_fields else " See daedap.toml.example."
        raise SettingsError(f"setting sources.{name}.{key} = {first['input']!r}: {first['msg']}.{hint}") from None
    source: Source = build(name, settings)
    return source
