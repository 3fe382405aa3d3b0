"""The embedded index as it is searched: follows the writer from commit to commit and from generation to generation."""

import sqlite3
import time
from pathlib import Path
from threading import Lock

import structlog

from core.errors import IndexUnusable, SettingsError
from retrieval.indexes.embedded import layout, lookup
from retrieval.indexes.embedded.choice import usable
from retrieval.indexes.embedded.opened import OpenGeneration, Result, Work, open_generation
from retrieval.indexes.embedded.search import search
from retrieval.models import Document, IndexRequest, IndexResult
from retrieval.protocols import Fingerprint

log = structlog.get_logger()

ATTEMPTS = 5  # at reading a generation that is removed meanwhile
PAUSE = 0.02  # seconds


class EmbeddedIndex:
    """See `protocols.Index`. One per process and many threads; not to be carried through a fork."""

    def __init__(self, root: Path, fingerprint: Fingerprint) -> None:
        """Raises SettingsError when the index has another fingerprint, IndexUnusable when there is none to read."""
        self._root, self._fingerprint = root, fingerprint
        self._named = layout.current(root)  # what CURRENT said when the open generation was chosen
        self._problem: str | None = None
        self._damaged: dict[str, Exception] = {}  # generations that failed while in use
        self._choosing = Lock()
        self._open = self._choose()

    @property
    def problem(self) -> str | None:
        """What is wrong while an older generation stands in."""
        return self._problem

    def search(self, request: IndexRequest) -> IndexResult:
        """Candidates by words and by vectors; see the protocol."""
        return self._read(lambda snapshot, connection: search(snapshot, connection, request))

    def document(self, document_id: str, audience: frozenset[str]) -> Document | None:
        """One document with its text, if somebody of the audience may read it."""
        return self._read(lambda _, connection: lookup.document(connection, document_id, audience))

    def close(self) -> None:
        """Let go of the files."""
        self._open.close()

    def _read(self, work: Work[Result]) -> Result:
        """Do the work on the newest commit of the generation in use, and again when that went away meanwhile."""
        for _ in range(ATTEMPTS):
            opened = self._current()
            try:
                return opened.read(work)
            except (sqlite3.OperationalError, FileNotFoundError):  # its files are gone, as after two rebuilds
                time.sleep(PAUSE)
            except sqlite3.DatabaseError as error:
                self._damaged[opened.folder.name] = error
            self._reopen(opened)
        raise layout.unreadable(self._root, OSError("its files went away again and again"))

    def _current(self) -> OpenGeneration:
        if layout.current(self._root) != self._named:
            with self._choosing:
                self._follow()
        return self._open

    def _follow(self) -> None:
        """Go where CURRENT points now; what is open stays in use when that cannot be read or was built otherwise."""
        named = layout.current(self._root)
        if named == self._named:
            return
        before = self._open
        try:
            self._open = self._choose()
        except (IndexUnusable, SettingsError) as error:
            self._problem = str(error)
            log.warning("index.not_followed", problem=self._problem)
        else:
            before.close()
        self._named = named  # only now: until then other threads wait instead of searching what is outdated

    def _reopen(self, opened: OpenGeneration) -> None:
        """Open anew what failed, or another generation. Raises IndexUnusable when there is none."""
        with self._choosing:
            if self._open is opened:
                opened.close()
                self._open = self._choose()

    def _choose(self) -> OpenGeneration:
        opened, self._problem = usable(self._root, self._attempt)
        if self._problem:
            log.warning("index.fell_back", generation=opened.folder.name, problem=self._problem)
        return opened

    def _attempt(self, folder: Path) -> OpenGeneration:
        if folder.name in self._damaged:
            raise layout.unreadable(folder, self._damaged[folder.name])
        return open_generation(folder, self._fingerprint)
