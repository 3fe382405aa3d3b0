"""The house keeps its rules: who imports whom, how long things are, and where sentences live."""

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from statistics import median, quantiles

import pytest

from tests.house import PACKAGES, ROOT, Source, body_lines, hangul, nesting, sources, tracked

OURS = sources()
MODULES = {source.module for source in OURS}
ROOTS = {"bot/app.py", "retrieval/registry.py", "workers/runtime.py"}  # build things from settings, so they know many

# Where every error is caught and not raised again: a process must outlive what one job or document does to it.
EDGES = {"retrieval/guard.py", "retrieval/ingest.py", "workers/attempt.py", "workers/sweeper.py"}

# Patterns and word lists of the Korean language: never a sentence to a person.
LINGUISTIC = {
    "bot/commands.py",
    "bot/teams/spoken.py",
    "core/said.py",
    "retrieval/analyze.py",
    "retrieval/decode.py",
    "retrieval/evidence.py",
    "retrieval/knowledge/hybrid.py",
    "retrieval/language.py",
    "retrieval/parsers/frontmatter.py",
    "retrieval/parsers/markdown.py",
    "retrieval/parsers/text.py",
    "retrieval/sentences.py",
    "retrieval/versions.py",
    "workers/steps/cite.py",
    "workers/steps/condense.py",
    "workers/steps/courtesy.py",
    "workers/steps/links.py",
    "workers/steps/quote.py",
    "workers/steps/sentences.py",
}
SENTENCE = re.compile(r"[가-힣]+[ ,]+[가-힣]+.*([.?!…]|[다요까죠])\s*$", re.DOTALL)

FREE = {"pydantic", "redis", "structlog"}  # may be used by every package


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_import_contracts_are_kept():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]
    found = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_foreign_library_has_a_contract_that_says_who_may_use_it(project):
    contracts = project["tool"]["importlinter"]["contracts"]
    known = FREE | {library for contract in contracts for library in contract.get("protected_modules", [])}
    used = {name.partition(".")[0]: source.place for source in OURS for name in source.imported()}
    strange = {name: place for name, place in used.items() if name not in {*known, *PACKAGES, *sys.stdlib_module_names}}
    assert not strange


def test_no_backend_leans_on_its_sibling():
    named = re.compile(rf"(?:{'|'.join(PACKAGES)})\.[\w.]+:\w+")  # as a registry names it: "module:Attribute"
    backends = {text.partition(":")[0] for source in OURS for text in source.strings() if named.fullmatch(text)}
    assert len(backends) >= 5, "the registries name their backends as strings"
    leaning = {source.module: source.uses(backends) for source in OURS if source.module in backends}
    folders = {one: {other for other in found if _folder(other) == _folder(one)} for one, found in leaning.items()}
    assert not {one: found for one, found in folders.items() if found}


def _folder(module: str) -> str:
    return module.rpartition(".")[0]


def test_no_import_goes_in_a_circle():
    graph = {source.module: source.uses(MODULES) for source in OURS}
    TopologicalSorter(graph).prepare()  # raises CycleError with the circle


def test_our_own_modules_are_imported_at_the_top_of_a_file():
    hidden = [
        f"{source.place}:{function.lineno}"
        for source in OURS
        for function in source.functions()
        if any(name.partition(".")[0] in PACKAGES for name in source.imported(function))
    ]
    assert not hidden


def test_functions_are_short():
    sizes = {
        f"{source.place}:{one.lineno} {one.name}": body_lines(one) for source in OURS for one in source.functions()
    }
    assert not {place: size for place, size in sizes.items() if size > 40}
    assert quantiles(sizes.values(), n=10)[-1] <= 25
    assert median(sizes.values()) <= 8


def test_blocks_are_nested_three_deep_at_most():
    deep = [f"{source.place}:{one.lineno}" for source in OURS for one in source.functions() if nesting(one) > 3]
    assert not deep


def test_files_are_short_and_use_few_of_ours():
    lengths = {source.place: source.text.count("\n") for source in OURS}
    assert not {place: lines for place, lines in lengths.items() if lines > 250}
    assert median(lengths.values()) < 100
    fans = {source.place: len(source.uses(MODULES)) for source in OURS if source.place not in ROOTS}
    assert not {place: count for place, count in fans.items() if count > 8}


def test_every_error_is_caught_at_the_edges_only():
    broad = {source.place for source in OURS for node in ast.walk(source.tree) if _catches_all(node)}
    assert broad == EDGES


def _catches_all(node: ast.AST) -> bool:
    """Whether it is a handler of everything that does not raise it again."""
    if not isinstance(node, ast.ExceptHandler) or isinstance(node.body[-1], ast.Raise):
        return False
    caught = ast.walk(node.type) if node.type else iter([ast.Name("BaseException")])
    return any(isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in caught)


def test_every_file_says_in_one_sentence_what_it_is():
    silent = [source.place for source in OURS if source.text.strip() and not _one_sentence(source)]
    assert not silent


def _one_sentence(source: Source) -> bool:
    return bool(re.match(r'r?"""[^\n]+[.)?]"""\n', source.text))


def test_korean_sentences_stand_in_the_texts_and_not_in_code():
    korean = {source.place: [text for text in source.strings() if hangul(text)] for source in OURS}
    assert {place for place, texts in korean.items() if texts} == LINGUISTIC
    assert not [text for texts in korean.values() for text in texts if SENTENCE.search(text)]


def test_the_page_takes_its_words_from_the_texts():
    pages = [path for package in PACKAGES for kind in ("js", "html") for path in (ROOT / package).rglob(f"*.{kind}")]
    assert not [path.relative_to(ROOT).as_posix() for path in pages if hangul(_text(path))]


def test_nothing_that_is_committed_names_a_package_registry_or_a_folder_of_one_machine():
    # the brackets keep this file from naming what it forbids
    hosts = r"pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|crates[.]io|maven[.]org"
    forbidden = re.compile(hosts + r"|[/]work/|--index[-]url|--find[-]links")
    named = [path.relative_to(ROOT).as_posix() for path in tracked() if forbidden.search(_text(path))]
    assert not named


def test_nothing_that_is_committed_is_left_unfinished():
    marks = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|NotImplemented[E]rror")
    code = [path for path in tracked() if path.suffix in {".py", ".js", ".html", ".toml", ".lua"}]
    assert not [path.relative_to(ROOT).as_posix() for path in code if marks.search(_text(path))]


def _text(path) -> str:
    return path.read_bytes().decode("utf-8", errors="ignore")
