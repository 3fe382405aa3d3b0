"""Reads our own source: files, functions, imports and strings, for the tests of the architecture."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "cli", "core", "platforms", "retrieval", "workers")
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file of ours."""

    path: Path

    @property
    def place(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        return self.place.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imported(self, within: ast.AST | None = None) -> set[str]:
        """Dotted names that are imported; `from a import b` gives both a and a.b, as b may be a module."""
        names = set()
        for node in ast.walk(within or self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        return names

    def uses(self, modules: set[str]) -> set[str]:
        """Which of these modules it imports: of a package and its module, the module."""
        found = self.imported() & modules - {self.module}
        return {name for name in found if not any(other.startswith(f"{name}.") for other in found)}

    def strings(self) -> Iterator[str]:
        """String literals that are not docstrings."""
        docs = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield node.value


def sources() -> list[Source]:
    return [Source(path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def body_lines(function: Function) -> int:
    """Lines of a function but its docstring, decorators not counted."""
    doc = function.body[0] if ast.get_docstring(function) is not None else None
    lines = (function.end_lineno or 0) - function.lineno + 1
    return lines - ((doc.end_lineno or 0) - doc.lineno + 1 if doc else 0)


def nesting(node: ast.AST, depth: int = 0) -> int:
    """How deep blocks stand in blocks; an elif is no deeper than its if."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            continue
        otherwise = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child, depth + (isinstance(child, BLOCKS) and not otherwise)))
    return deepest


def tracked() -> list[Path]:
    """Every file that git knows or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout, so there are no tracked files to read")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def hangul(text: str) -> bool:
    return re.search("[가-힣]", text) is not None
