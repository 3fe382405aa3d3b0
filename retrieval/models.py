"""What travels inside retrieval: documents as fetched, chunks as indexed, passages as returned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]  # shape (dimension,), L2-normalised
Vectors = NDArray[np.float32]  # shape (count, dimension), rows L2-normalised
Language = Literal["ko", "en", "other"]
BlockKind = Literal["paragraph", "table", "list", "code"]

PUBLIC = "public"  # the principal that everyone is


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A document as a source hands it over, not yet parsed."""

    id: str  # "<source>:<path>", stable between runs
    source: str
    name: str  # file name or last part of the URL: the title of last resort
    url: str  # "" where the source has no address a person can open
    readers: frozenset[str]  # principals; {"public"} = everyone
    etag: str  # changes when content, readers or url change
    content: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text under one heading path; `start` and `end` are character offsets into the parsed text."""

    kind: BlockKind
    headings: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser gives: plain text with its structure."""

    title: str  # "" where the document has none
    text: str
    blocks: tuple[Block, ...]
    language: Language | None = None  # as the document says; None = to be detected
    updated: date | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document as the index keeps it."""

    id: str
    source: str
    title: str
    url: str
    language: Language
    readers: frozenset[str]
    updated: date | None
    etag: str
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document as indexed: `document.text[start:end]`."""

    ordinal: int
    text: str
    place: str  # heading path, " › " between headings; "" at the top
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A chunk with all that is searched: words by sentence and, per leg, the vectors of its pieces."""

    chunk: Chunk
    sentences: tuple[
        tuple[str, ...], ...
    ]  # analysed terms of title+place (first) and of each sentence, in order, repeats kept
    vectors: Mapping[str, Vectors] = field(
        default_factory=dict
    )  # leg -> its pieces, (pieces, dimension); empty = words only


@dataclass(frozen=True, slots=True)
class Query:
    """What retrieval gets: words, who will see the answer, and how many passages are wanted."""

    text: str
    language: Language
    audience: frozenset[str]  # principals; every passage returned is readable by at least one of them
    limit: int = 8
    variants: tuple[str, ...] = ()  # ready rewrites: retrieval never calls a model
    sources: frozenset[str] = frozenset()  # empty = all
    languages: frozenset[str] = frozenset()  # empty = all


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well a passage covers the question, each 0..1: what refusing and quoting decide by, never the fused score."""

    passage: float  # IDF coverage of the question's terms by the whole passage
    sentences: float  # the same by its best two adjacent sentences
    cosine: float  # centred cosine of the vector legs; 0 without vectors
    by_sentence: tuple[float, ...] = ()  # IDF coverage by each of `sentence_spans(passage.text)`; () where not known
    near: tuple[float, ...] = ()  # cosine of each of these sentences; () unless asked for (`retrieval.near`)


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk returned for a query, best first."""

    document: str
    ordinal: int
    source: str
    title: str
    url: str
    place: str
    text: str
    start: int  # offsets into the document's text
    end: int
    language: Language
    readers: frozenset[str]
    updated: date | None
    score: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of one search: passages, what went wrong on the way (codes worded in core/texts), seconds per step."""

    passages: tuple[Passage, ...]
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    generation: str = ""


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """One search of an index, both legs at once, under one access filter."""

    terms: tuple[str, ...]  # analysed question, repeats kept
    vectors: Mapping[str, Vector]  # leg -> question vector; empty = words only
    audience: frozenset[str]
    pool: int = 50  # best by words and best by each leg; the union is returned
    sources: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that words or a vector leg found, with all that ranking needs."""

    document: Document  # text is "" here; ask `Index.document` for it
    chunk: Chunk
    sentences: tuple[tuple[str, ...], ...]
    words: float  # BM25; 0.0 when no term occurs (or it was below the pool's cut)
    cosines: Mapping[str, float]  # of its best piece, per leg of the request, exact, also for those found by words only


@dataclass(frozen=True, slots=True)
class Signals:
    """What a candidate shows of the question, computed once; coverages by IDF, 0..1."""

    words: float  # BM25 / the most that this question could score
    passage: float  # coverage by title and text
    rarest: bool  # the question's rarest known term is there
    sentence: float  # coverage by the best sentence
    sentences: float  # coverage by the best two adjacent sentences
    grams: float  # share of the question's 4-grams of characters that stand in the text
    number: float  # 1: a number is asked for and the best sentence has one; .5: has one, not asked
    length: int  # terms
    cosine: float  # weighted sum of the legs' cosines; 0 without vectors
    by_sentence: tuple[float, ...] = ()  # coverage by each sentence of the chunk


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in an order, best first."""

    candidate: Candidate
    signals: Signals
    score: float


@dataclass(frozen=True, slots=True)
class IndexResult:
    """Candidates from exactly one generation, in no order, with the collection's statistics for the request's terms."""

    candidates: tuple[Candidate, ...]
    frequencies: Mapping[str, int]  # term -> chunks that hold it (live and dead: an approximation is fine)
    count: int  # chunks
    average_length: float  # terms per chunk
    generation: str
