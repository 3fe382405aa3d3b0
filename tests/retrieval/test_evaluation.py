import json
import math

import pytest

from core.errors import SettingsError
from retrieval.analyze import Analyzer
from retrieval.evaluation.datasets import chosen, read_dataset
from retrieval.evaluation.measure import Options
from retrieval.evaluation.metrics import Scores, interval, mean, score
from retrieval.evaluation.report import as_object, rows
from retrieval.evaluation.run import evaluate
from retrieval.prepare import Workbench
from retrieval.rerankers.builtin import Builtin

CORPUS = [
    {"_id": "leave", "title": "연차", "text": "# 연차\n\n연차는 5일까지 이월된다."},
    {"_id": "travel", "title": "Travel", "text": "Flights are booked two weeks ahead."},
    {"_id": "pay", "title": "Pay bands", "text": "Bonus is paid in March.", "metadata": {"readers": ["group:hr"]}},
    {"_id": "empty", "title": "빈 문서", "text": ""},
]
QUERIES = [
    {"_id": "q1", "text": "연차 이월", "metadata": {"kind": "ko-ko"}},
    {"_id": "q2", "text": "How early are flights booked?", "metadata": {"kind": "en-en"}},
    {"_id": "q3", "text": "When is the bonus paid?", "metadata": {"kind": "en-en"}},
    {"_id": "q4", "text": "화성에는 언제 가나요?"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\tleave\t1\nq2\ttravel\t1\nq2\tleave\t0\nq3\tpay\t1\n"


def write(folder, corpus=CORPUS, queries=QUERIES, qrels=QRELS):
    (folder / "qrels").mkdir(exist_ok=True)
    for name, lines in (("corpus", corpus), ("queries", queries)):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_a_set_is_read_with_its_gold_and_languages(tmp_path):
    found = read_dataset(write(tmp_path))
    assert [question.language for question in found.questions] == ["ko", "en", "en", "ko"]
    assert found.questions[1].gold == {"travel": 1.0} and not found.questions[3].gold
    assert found.items[2].readers == {"group:hr"} and found.items[0].readers == {"public"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"corpus": [*CORPUS[:1], "{broken"]}, r"corpus\.jsonl, line 2: not JSON"),
        ({"corpus": ["[1]"]}, r"corpus\.jsonl, line 1: not an object"),
        ({"corpus": [{"_id": "a"}]}, r"corpus\.jsonl, line 1: 'text' is missing"),
        ({"queries": [{"_id": 5, "text": "x"}]}, r"queries\.jsonl, line 1: '_id' is not a text"),
        ({"corpus": [CORPUS[0], CORPUS[0]]}, r"corpus\.jsonl: the _id 'leave' stands there twice"),
        ({"qrels": "q1\tleave\n"}, r"test\.tsv, line 1: not question, document and grade"),
        ({"qrels": "q1\tnowhere\t1\n"}, r"test\.tsv, line 1: there is no document 'nowhere'"),
        ({"qrels": "q9\tleave\t1\n"}, r"test\.tsv, line 1: there is no question 'q9'"),
    ],
)
def test_a_mistake_in_a_set_is_named_with_file_and_line(tmp_path, change, message):
    with pytest.raises(SettingsError, match=message):
        read_dataset(write(tmp_path, **change))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"corpus\.jsonl cannot be read"):
        read_dataset(tmp_path)


def test_a_limit_is_spread_over_the_set(tmp_path):
    found = read_dataset(write(tmp_path))
    assert [question.id for question in chosen(found, limit=2)] == ["q1", "q3"]
    assert [question.id for question in chosen(found, language="ko")] == ["q1", "q4"]
    assert len(chosen(found, limit=99)) == 4


def test_the_figures_are_the_textbooks():
    found = score(["x", "a", "y", "b"], {"a": 1.0, "b": 1.0})
    assert (found.hit_at_1, found.hit_at_5, found.mrr_at_10) == (0.0, 1.0, 0.5)
    assert found.ndcg_at_10 == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))
    assert score([f"x{number}" for number in range(10)] + ["a"], {"a": 1.0}) == Scores(0, 0, 0, 0)
    assert score(["a"], {"a": 2.0}) == Scores(1, 1, 1, 1)


def test_means_and_intervals():
    assert mean([Scores(1, 1, 1, 1), Scores(0, 1, 0, 0)]) == Scores(0.5, 1, 0.5, 0.5)
    assert mean([]) == Scores(0, 0, 0, 0) and interval([]) == (0, 0)
    low, high = interval([1.0, 0.0] * 100)
    assert 0.4 < low < 0.5 < high < 0.6 and interval([1.0, 0.0] * 100) == (low, high)


async def measured(folder, audience=frozenset({"public"}), *, restricted=False):
    found = read_dataset(folder)
    options = Options(
        audience, lambda passages: any(one.evidence.sentences > 0.3 for one in passages), restricted=restricted
    )
    return await evaluate(found, bench=Workbench(Analyzer()), reranker=Builtin(), options=options)


async def test_a_set_is_measured_from_end_to_end(tmp_path):
    report = await measured(write(tmp_path))
    figures = as_object(report)
    assert set(figures) == {
        "queries", "hit@1", "hit@5", "mrr@10", "ndcg@10", "ms", "chunks", "seconds_index", "refused", "false_refusals",
    }  # fmt: skip
    assert figures["queries"] == 3 and figures["hit@1"] == 1.0 and figures["chunks"] == 4
    assert figures["ms"]["p95"] >= figures["ms"]["p50"] > 0
    assert [(row.kind, row.questions) for row in rows(report)] == [("all", 3), ("en-en", 2), ("ko-ko", 1)]


async def test_readers_count_only_when_somebody_asks(tmp_path):
    folder = write(tmp_path)
    assert as_object(await measured(folder, restricted=True))["hit@1"] < 1
    assert as_object(await measured(folder, frozenset({"public", "group:hr"}), restricted=True))["hit@1"] == 1


async def test_questions_without_gold_are_refused_or_not_and_never_ranked(tmp_path):
    figures = as_object(await measured(write(tmp_path)))
    assert figures["refused"] == 1 and figures["false_refusals"] == 0
