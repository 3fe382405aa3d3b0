"""Whom the page can ask as, and what each is said to read."""

from pathlib import Path

from bot.playground.who import Who
from core.settings import Settings

PEOPLE = """
[people.mina]
name = "김미나"
admin = true

[people.jiwon]
name = "한지원"
groups = ["hr"]
"""


def who(folder: Path, **changes: object) -> Who:
    (folder / "people.toml").write_text(PEOPLE, encoding="utf-8")
    return Who(Settings(people=folder / "people.toml", **changes))  # type: ignore[arg-type]


def test_nobody_comes_first_then_the_people_of_the_file(tmp_path: Path) -> None:
    everybody = who(tmp_path).everybody()
    assert [(one.id, one.asked_as, one.name) for one in everybody] == [
        ("me", "", ""),
        ("mina", "mina", "김미나"),
        ("jiwon", "jiwon", "한지원"),
    ]
    assert [one.admin for one in everybody] == [False, True, False]


def test_groups_come_from_the_file_and_from_the_settings(tmp_path: Path) -> None:
    groups = {"finance": ("playground:local:jiwon", "playground:local:me", "slack:T1:U1"), "legal": ("slack:T1:U1",)}
    found = who(tmp_path, groups=groups)
    assert found.visitor("jiwon").groups == ("finance", "hr")
    assert found.visitor("").groups == ("finance",)
    assert found.visitor("mina").groups == ()


def test_an_unknown_name_is_nobody_with_nobodys_address(tmp_path: Path) -> None:
    for name in ("eve", "me", "", "MINA", "../mina"):
        visitor = who(tmp_path).visitor(name)
        assert (visitor.id, visitor.address("t").conversation) == ("me", "playground:local:me:t")


def test_a_person_reads_as_a_name_and_a_stranger_as_the_id(tmp_path: Path) -> None:
    found = who(tmp_path)
    assert (found.name("mina"), found.name("U0SUE")) == ("김미나", "U0SUE")
