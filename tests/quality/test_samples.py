"""What `make run` answers from, asked by questions of our own, through the product's own source, index and access rules."""

import asyncio
import json
from pathlib import Path

import pytest

from core.settings import Settings
from platforms.playground.directory import Directory
from retrieval.evaluation.metrics import mean, score
from retrieval.ingest import ingest
from retrieval.models import Query
from retrieval.registry import Library
from tests.quality.sets import legs
from workers.steps.audience import Audience

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parents[2]
QUESTIONS = [
    json.loads(line) for line in (Path(__file__).parent / "samples.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Documents found for every question, best first, as its asker may read them."""
    legs()  # skips where there is no model
    return asyncio.run(asked(tmp_path_factory.mktemp("data")))


async def asked(folder):
    settings = Settings(
        data_dir=folder,
        sources={"samples": {"kind": "folder", "path": str(ROOT / "samples")}},
        people=ROOT / "samples" / "people.toml",
    )
    library = Library(settings)
    writer = library.writer(rebuild=True)
    for source in library.sources():
        await ingest(source, writer, bench=library.bench)
    writer.publish()
    writer.close()
    audience, knowledge, found = Audience(settings, Directory(settings.people)), library.knowledge(), {}
    for one in QUESTIONS:
        query = Query(
            one["text"], one["language"], audience.person("" if one["as"] == "public" else one["as"]), limit=30
        )
        passages = (await knowledge.retrieve(query)).passages
        found[one["id"]] = list(dict.fromkeys(passage.document.partition(":")[2] for passage in passages))
    knowledge.close()
    return found


def scores(answers, *kinds):
    chosen = [one for one in QUESTIONS if one["documents"] and (not kinds or one["kind"] in kinds)]
    found = mean([score(answers[one["id"]], dict.fromkeys(one["documents"], 1.0)) for one in chosen])
    print(
        f"samples {' '.join(kinds) or 'all'}: {len(chosen)} questions, hit@1 {found.hit_at_1:.3f} mrr@10 {found.mrr_at_10:.3f}"
    )
    return found


def test_sample_questions_find_their_documents(answers):
    found = scores(answers)
    assert found.hit_at_1 >= 0.70 and found.mrr_at_10 >= 0.80


@pytest.mark.parametrize(("kind", "hit"), [("ko-ko", 0.85), ("en-en", 0.70), ("code", 0.9), ("restricted", 0.75)])
def test_each_kind_of_question_finds_its_documents(answers, kind, hit):
    assert scores(answers, kind).hit_at_1 >= hit


def test_a_question_finds_its_document_in_the_other_language(answers):
    assert scores(answers, "ko-en", "en-ko").hit_at_5 >= 0.6


def test_the_current_version_is_preferred(answers):
    assert scores(answers, "outdated").hit_at_1 >= 0.8
