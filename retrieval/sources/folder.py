"""Documents in a folder of this machine, with all beneath it."""

import asyncio
import hashlib
import os
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import structlog
from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.errors import SettingsError
from retrieval.models import RawDocument
from retrieval.protocols import SourceItem, Unchanged, Unreadable
from retrieval.sources.files import Unread, read_stable
from retrieval.sources.globs import matches, pattern
from retrieval.sources.readers import FILE, Readers, load_readers

log = structlog.get_logger()
DOCUMENTS = ("**/*.md", "**/*.markdown", "**/*.html", "**/*.htm", "**/*.txt")


class FolderSettings(BaseModel):
    """`[sources.NAME]` with `kind = "folder"`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    url: str = ""  # of the folder, where people can open the documents: "https://wiki.example/handbook"
    include: tuple[str, ...] = DOCUMENTS
    exclude: tuple[str, ...] = ()  # wins over include
    max_megabytes: float = Field(20, gt=0, le=1000)  # larger files are reported, not read

    @field_validator("include", "exclude")
    @classmethod
    def _globs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for glob in value:
            pattern(glob)
        return value


class Folder:
    """See `protocols.Source`. Order: by path, as text; ids are "<source>:<path>" with the path in NFC.

    Hidden files are left out, links to folders are not followed (a loop would never end), and a link to a file only
    where the file is inside of the folder: a link must not publish what lies elsewhere on the machine.
    """

    def __init__(self, name: str, settings: FolderSettings) -> None:
        self.name = name
        self.expected = 0
        self._settings = settings

    async def documents(self, known: Mapping[str, str]) -> AsyncIterator[SourceItem]:
        """All documents there are now. Raises SettingsError when the folder is missing or readers.toml is broken."""
        items = await asyncio.to_thread(self._start, known)
        while (item := await asyncio.to_thread(next, items, None)) is not None:
            yield item

    def check(self) -> Readers:
        """The rules of who may read what. Raises SettingsError when the folder is missing or its rules are broken."""
        root = self._settings.path
        if not root.is_dir():
            raise SettingsError(f"source {self.name}: {root} is not a folder; set sources.{self.name}.path")
        return load_readers(root)

    def _start(self, known: Mapping[str, str]) -> Iterator[SourceItem]:
        root, readers = self._settings.path, self.check()
        found = list(_walk(root.resolve()))
        if strays := [path for path in found if path.name == FILE and path.parent != root.resolve()]:
            # Somebody believes that this file protects its folder: it does not, so nothing is read.
            raise SettingsError(f"{strays[0]} has no effect: write its rules into {root / FILE} and remove it")
        self.expected = sum(self._wanted(_printable(path.relative_to(root.resolve()).as_posix())) for path in found)
        return self._items(found, readers, known)

    def _items(self, found: Sequence[Path], readers: Readers, known: Mapping[str, str]) -> Iterator[SourceItem]:
        root = self._settings.path.resolve()
        seen: set[str] = set()
        for file in found:
            path = _printable(file.relative_to(root).as_posix())
            if file.is_dir() and not file.is_symlink():
                yield Unreadable(f"{self.name}:{path}/", "this folder cannot be listed; let this user read it")
            elif self._wanted(path) and path in seen:
                yield Unreadable(
                    f"{self.name}:{path}#2", "two files have this name, in other Unicode letters; rename one"
                )
            elif self._wanted(path):
                seen.add(path)
                yield self._item(file, path, readers=readers.of(path), known=known)
        for glob in readers.unused(seen):
            log.warning("source.rule_without_document", source=self.name, file=FILE, rule=glob)

    def _wanted(self, path: str) -> bool:
        return matches(path, self._settings.include) and not matches(path, self._settings.exclude)

    def _item(self, file: Path, path: str, *, readers: frozenset[str], known: Mapping[str, str]) -> SourceItem:
        id_ = f"{self.name}:{path}"
        inside, most = self._settings.path.resolve(), int(self._settings.max_megabytes * 1_000_000)
        try:
            content = read_stable(file, inside=inside, most=most)
        except Unread as reason:
            return Unreadable(id_, str(reason), readers)
        url = f"{self._settings.url.rstrip('/')}/{quote(path)}" if self._settings.url else ""
        etag = _etag(content, *sorted(readers), url)
        if known.get(id_) == etag:
            return Unchanged(id_)
        return RawDocument(id_, self.name, path.rpartition("/")[2], url, readers, etag, content)


def _walk(folder: Path) -> Iterator[Path]:
    """Every file beneath, in the order of the paths' text; a folder that cannot be listed is given itself."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: _printable(entry.name))
    except FileNotFoundError:
        return  # removed since its parent was listed
    except OSError:
        yield folder
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _printable(name: str) -> str:
    """A path as text: NFC (macOS hands Korean names out decomposed), what is no text or a control character escaped."""
    text = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _etag(content: bytes, *facts: str) -> str:
    """Changes with the content, the readers and the address; sizes and times are not trusted (a copy may keep both)."""
    digest = hashlib.blake2b(content, digest_size=16)
    digest.update("\0".join(("", *facts)).encode())
    return digest.hexdigest()


SOURCE = (Folder, FolderSettings)
