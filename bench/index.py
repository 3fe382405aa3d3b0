"""Times the embedded index on made-up chunks, embedding apart: `python -m bench.index --chunks 10000 100000`."""

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from retrieval.indexes.embedded import EmbeddedIndex, open_writer
from retrieval.indexes.embedded.quantise import normalised
from retrieval.models import Chunk, Document, Entry, IndexRequest, Vectors
from retrieval.protocols import Fingerprint

DIMENSION = 384
CHUNKS_A_DOCUMENT = 5
TERMS_A_CHUNK = 110
TERMS_A_QUESTION = 8
VOCABULARY = 60_000
GROUPS = 2000  # of readers, 3 a document: the worst case for access lists is many small groups
SHARES = {"1": GROUPS, ".1": 67, ".01": 7, ".001": 1}  # share of chunks visible -> groups of the audience
BATCH = 2000  # documents a commit
QUERIES = 60
FINGERPRINT = Fingerprint("bench", "bench", {"e5": f"bench {DIMENSION}"})


def words(chance: np.random.Generator, count: int) -> list[str]:
    """Words as frequent as in a language without its fifty commonest: one in `rank` has that rank (Zipf)."""
    return [f"w{int(rank)}" for rank in 50 * (VOCABULARY / 50) ** chance.random(count)]


def unit(chance: np.random.Generator, count: int) -> Vectors:
    return normalised(chance.standard_normal((count, DIMENSION)).astype(np.float32))


def documents(count: int) -> Iterator[tuple[Document, list[Entry]]]:
    chance = np.random.default_rng(1)
    for number in range(count):
        texts = [words(chance, TERMS_A_CHUNK) for _ in range(CHUNKS_A_DOCUMENT)]
        text = "\n".join(" ".join(one) for one in texts)
        readers = frozenset(f"group{group}" for group in chance.choice(GROUPS, 3))
        about = Document(f"s:{number}", "s", f"Title {number}", "", "en", readers, None, "1", text)
        vectors, entries, start = unit(chance, CHUNKS_A_DOCUMENT), [], 0
        for ordinal, one in enumerate(texts):
            end = start + len(" ".join(one))
            chunk = Chunk(ordinal, text[start:end], "", start, end)
            sentences = (("title",), *(tuple(one[first : first + 12]) for first in range(0, TERMS_A_CHUNK, 12)))
            entries.append(Entry(chunk, sentences, {"e5": vectors[ordinal : ordinal + 1]}))
            start = end + 1
        yield about, entries


def build(root: Path, chunks: int) -> float:
    """Seconds spent in the index, its making-up of texts apart."""
    spent = 0.0
    with closing(open_writer(root, FINGERPRINT)) as writer:
        for number, (document, entries) in enumerate(documents(chunks // CHUNKS_A_DOCUMENT), 1):
            started = time.perf_counter()
            writer.upsert(document, entries)
            if number % BATCH == 0:
                writer.commit()
            spent += time.perf_counter() - started
        started = time.perf_counter()
        writer.commit()
    return spent + time.perf_counter() - started


def one_document_commits(root: Path, count: int = 10) -> float:
    """Median milliseconds of a commit that replaces one document."""
    times = []
    with closing(open_writer(root, FINGERPRINT)) as writer:
        for document, entries in documents(count):
            started = time.perf_counter()
            writer.upsert(document, entries)
            writer.commit()
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def search(root: Path, answer: "multiprocessing.SimpleQueue[dict[str, object]]") -> None:
    """Query times by kind and visible share, in a process that does nothing else."""
    started = time.perf_counter()
    figures: dict[str, object] = {}
    with closing(EmbeddedIndex(root, FINGERPRINT)) as index:
        figures["open_s"] = round(time.perf_counter() - started, 2)
        for share, groups in SHARES.items():
            figures[f"hybrid visible {share}"] = timed(index, groups)
        figures["words only"] = timed(index, GROUPS, vectors=False)
        figures["vectors only"] = timed(index, GROUPS, terms=0)
        figures["hybrid, 150 terms"] = timed(index, GROUPS, terms=150)
        figures["rss_mb"], figures["rss_anonymous_mb"] = memory("VmRSS"), memory("RssAnon")
    answer.put(figures)


def timed(index: EmbeddedIndex, groups: int, *, vectors: bool = True, terms: int = TERMS_A_QUESTION) -> str:
    """p50/p95 in milliseconds, over the same few audiences as a company's channels have."""
    chance = np.random.default_rng(2)
    audiences = [frozenset(f"group{group}" for group in chance.permutation(GROUPS)[:groups]) for _ in range(5)]
    times = []
    for number in range(QUERIES + len(audiences)):
        question = {"e5": unit(chance, 1)[0]} if vectors else {}
        asked = IndexRequest(tuple(words(chance, terms)), question, audiences[number % len(audiences)])
        started = time.perf_counter()
        index.search(asked)
        times.append((time.perf_counter() - started) * 1000)
    warm = sorted(times[len(audiences) :])
    return f"{statistics.median(warm):.1f} / {warm[int(len(warm) * 0.95)]:.1f}"


def memory(name: str) -> int:
    """Megabytes, as Linux counts them."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) // 1024
    return 0


def measure(chunks: int) -> dict[str, object]:
    """All figures for one size."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "index"
        seconds = build(root, chunks)
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
        context = multiprocessing.get_context("spawn")
        answer: multiprocessing.SimpleQueue[dict[str, object]] = context.SimpleQueue()
        child = context.Process(target=search, args=(root, answer))
        child.start()
        figures = answer.get()
        child.join()
        commit = round(one_document_commits(root), 1)
    built = {"chunks": chunks, "chunks_per_s": round(chunks / seconds), "disk_mb": size >> 20, "commit_ms": commit}
    return built | figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000])
    for chunks in parser.parse_args().chunks:
        print(json.dumps(measure(chunks), indent=1))


if __name__ == "__main__":
    main()
