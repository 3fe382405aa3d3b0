"""SIGKILL a writing child at random moments and check after each that a whole commit is there, and nothing else.

`python -m tests.retrieval.indexes.kill_campaign --kills 250` runs the long form; `test_kill.py` the short one.
"""

import argparse
import itertools
import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from retrieval.indexes.embedded import EmbeddedIndex, EmbeddedWriter, open_writer, rebuild
from retrieval.models import Document, IndexResult
from tests.contracts.index_samples import FINGERPRINT, LEG, asking, entries_of, make_document, vector_of

REPOSITORY = Path(__file__).parents[3]
DOCUMENTS = 60
READERS = ("public", "hr", "lead")
REBUILDS = 0.1  # share of commits that are the publishing of a rebuild

Content = dict[str, Document]  # id -> document
Change = tuple[str, Document]  # "put", "update" or "delete", and the document it is about


def changes(number: int, content: Content) -> list[Change]:
    """What commit `number` does to this content; the same in parent and child."""
    chance = random.Random(number)
    chosen = [("put", make_document("marker", f"all marker {number}", etag=str(number)))]
    for name in chance.sample(range(DOCUMENTS), chance.randint(0, 12)):
        text = "\n".join(f"all of {name} at {number} line {line}" for line in range(chance.randint(1, 6)))
        document = make_document(f"d:{name}", text, readers={chance.choice(READERS)}, etag=str(number))
        what = chance.choice(["put", "put", "delete", "update"])
        if what == "update" and document.id in content:
            text = content[document.id].text
            document = make_document(document.id, text, readers=document.readers, etag=document.etag)
        chosen.append(("put" if what == "update" and document.id not in content else what, document))
    return chosen


def replay(content: Content, first: int, last: int) -> Content:
    """The content after the commits first ≤ number ≤ last."""
    for number in range(first, last + 1):
        for what, document in changes(number, content):
            content.pop(document.id, None)
            if what != "delete":
                content[document.id] = document
    return content


def write_forever(root: Path) -> None:
    """The child: goes on after the last commit there is, rebuilding now and then, until it is killed."""
    writer = open_writer(root, FINGERPRINT)
    last = marker(writer)
    content = replay({}, 1, last)
    print("ready", flush=True)
    for number in itertools.count(last + 1):
        if (
            random.random() < REBUILDS
        ):  # by another chance each time, or a rebuild that takes long would never be passed
            writer.close()
            writer = rebuild(root, FINGERPRINT)
            put_all(writer, replay(content, number, number))
        else:
            commit(writer, changes(number, content))
            replay(content, number, number)
            writer.compact_if_needed()
        print(number, flush=True)


def commit(writer: EmbeddedWriter, chosen: list[Change]) -> None:
    for what, document in chosen:
        if what == "put":
            writer.upsert(document, entries_of(document))
        elif what == "update":
            assert writer.update(document)
        else:
            writer.delete(document.id)
    writer.commit()


def put_all(writer: EmbeddedWriter, content: Content) -> None:
    for place, document in enumerate(content.values()):
        writer.upsert(document, entries_of(document))
        if place % 20 == 19:
            writer.commit()
    writer.publish()


def marker(writer: EmbeddedWriter) -> int:
    """Number of the last commit."""
    return int(writer.known("files").get("marker", "0"))


def check_reader(root: Path, content: Content) -> None:
    """What a reader finds is this content, every vector that of its text."""
    with closing(EmbeddedIndex(root, FINGERPRINT)) as index:
        assert index.problem is None
        for audience in (frozenset(READERS), frozenset({"hr"})):
            result = index.search(asking("all", like="a question", audience=audience, pool=1000))
            check_result(result, [document for document in content.values() if document.readers & audience])
            assert result.count == sum(len(entries_of(document)) for document in content.values())


def check_result(result: IndexResult, documents: list[Document]) -> None:
    expected = {
        (d.id, e.chunk.ordinal): (e.chunk, e.sentences, d.readers, d.etag) for d in documents for e in entries_of(d)
    }
    found = {(c.document.id, c.chunk.ordinal): c for c in result.candidates}
    assert len(found) == len(result.candidates)
    assert {k: (c.chunk, c.sentences, c.document.readers, c.document.etag) for k, c in found.items()} == expected
    question = vector_of("a question")
    for candidate in result.candidates:
        assert candidate.words > 0
        assert candidate.cosines[LEG] == pytest.approx(float(vector_of(candidate.chunk.text) @ question), abs=2e-3)


@dataclass
class Campaign:
    """One index, killed again and again."""

    root: Path
    chance: random.Random
    content: Content
    commits: int = 0
    kills: int = 0

    def run(self, kills: int) -> None:
        while self.kills < kills:
            self.kill_once()
            self.check()

    def kill_once(self) -> None:
        """Let a child write and kill it: mostly while it commits, sometimes while it still recovers."""
        command = [sys.executable, "-m", "tests.retrieval.indexes.kill_campaign", "--write", str(self.root)]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
            if self.chance.random() < 0.85:
                assert child.stdout
                assert child.stdout.readline() == "ready\n", "the child could not go on after the kill before"
                for _ in range(self.chance.randint(0, 5)):
                    assert child.stdout.readline(), "the child could not commit after the kill before"
                time.sleep(self.chance.uniform(0, 0.06))
            else:
                time.sleep(self.chance.uniform(0.2, 0.8))
            assert child.poll() is None, "the child died by itself"
            child.kill()
        self.kills += 1

    def check(self) -> None:
        """A reader alone, then a writer, then a reader after its mending: all see the same whole commit."""
        if not (self.root / "CURRENT").exists():
            return
        number = self.reader_marker()
        assert number >= self.commits, "a commit was lost"
        replay(self.content, self.commits + 1, number)
        self.commits = number
        check_reader(self.root, self.content)
        with capture_logs() as events, closing(open_writer(self.root, FINGERPRINT)) as writer:
            assert writer.problem is None
            assert events == [], "a kill must not cost a rebuild of words or vectors"
            assert writer.known("files") == {document.id: document.etag for document in self.content.values()}
        check_reader(self.root, self.content)

    def reader_marker(self) -> int:
        with closing(EmbeddedIndex(self.root, FINGERPRINT)) as index:
            found = index.document("marker", frozenset({"public"}))
        return int(found.etag) if found else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write_forever(options.write)
    seed = random.randrange(2**32) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(Path(folder) / "index", random.Random(seed), {})
        started = time.monotonic()
        campaign.run(options.kills)
    seconds = time.monotonic() - started
    print(f"{campaign.kills} kills, {campaign.commits} commits, 0 violations, {seconds:.0f} s, seed {seed}")


if __name__ == "__main__":
    main()
