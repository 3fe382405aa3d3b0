import asyncio
import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from core.settings import load_settings
from retrieval.registry import Library
from retrieval.reindex import reindex

PEOPLE = '[people.mina]\nname = "Mina"\ngroups = ["hr"]\nlanguage = "ko"\n'
CONFIG = """
embedder = "none"
data_dir = "{folder}/data"
people = "{folder}/people.toml"
[sources.own]
kind = "folder"
path = "{folder}/documents"
"""


@pytest.fixture
def company(tmp_path, monkeypatch):
    """Two documents, one of them for HR only, indexed by words."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "leave.md").write_text("# 연차 규정\n\n## 이월\n\n연차는 최대 5일까지 이월된다.\n", encoding="utf-8")
    (documents / "pay.md").write_text("# 연차 수당\n\n연차 이월분의 수당은 비공개이다.\n", encoding="utf-8")
    (documents / "readers.toml").write_text('[readers]\n"pay.md" = ["group:hr"]\n', encoding="utf-8")
    (tmp_path / "people.toml").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "daedap.toml").write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(tmp_path / "daedap.toml"))
    asyncio.run(reindex(Library(load_settings())))
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def lines(text):
    return json.loads(text.strip().splitlines()[-1])


def test_search_prints_one_object(company):
    found = lines(run("search", "연차는 며칠까지 이월되나요?", "--json"))
    assert set(found) == {"passages", "notes", "seconds"} and found["notes"] == []
    [first] = found["passages"]
    assert set(first) == {"rank", "score", "document", "title", "url", "place", "text"}
    assert first["rank"] == 1 and first["title"] == "연차 규정" and "5일" in first["text"]


def test_search_as_a_person_reads_what_that_person_may_read(company):
    titles = [one["title"] for one in lines(run("search", "연차 이월", "--as", "mina", "--json"))["passages"]]
    assert set(titles) == {"연차 규정", "연차 수당"}


def test_search_prints_passages_for_people_or_says_there_are_none(company):
    assert "연차 규정" in run("search", "연차 이월")
    assert "찾지 못했어요" in run("search", "🎉")


def test_evaluate_prints_exactly_the_agreed_figures(company, tmp_path):
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d", "title": "Leave", "text": "Five days are carried over."}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "How many days are carried over?"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    figures = lines(run("evaluate", str(folder), "--json", "--embedder", "none"))
    assert list(figures) == [
        "queries", "hit@1", "hit@5", "mrr@10", "ndcg@10", "ms", "chunks", "seconds_index", "refused", "false_refusals",
    ]  # fmt: skip
    assert figures["queries"] == figures["hit@1"] == figures["chunks"] == 1
    assert "hit@1" in run("evaluate", str(folder), "--limit", "1", "--language", "en")


def test_evaluate_names_what_is_wrong_with_a_set(company, tmp_path):
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path / "nowhere")])
    assert result.exit_code == 2 and "corpus.jsonl cannot be read" in " ".join(result.stderr.split())
