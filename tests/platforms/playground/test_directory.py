"""The sample people: who they are to a document's readers, and how a bad file is told."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from platforms.playground.directory import Directory

SAMPLES = Path(__file__).parents[3] / "samples" / "people.toml"


def people(folder: Path, text: str) -> Directory:
    file = folder / "people.toml"
    file.write_text(text, encoding="utf-8")
    return Directory(file)


def test_a_person_reads_as_themselves_as_their_groups_and_as_everybody(tmp_path: Path) -> None:
    found = people(tmp_path, '[people.jiwon]\nname = "한지원"\ngroups = ["hr"]\nlanguage = "ko"')
    assert found.principals("jiwon") == {"public", "user:playground:local:jiwon", "group:hr"}
    assert found.people["jiwon"].name == "한지원"


def test_an_unknown_name_and_nobody_read_what_everybody_reads(tmp_path: Path) -> None:
    found = people(tmp_path, '[people.jiwon]\nname = "한지원"\ngroups = ["hr"]')
    for name in ("me", "", "eve", "JIWON"):
        assert found.principals(name) == {"public"}


def test_an_administrator_is_one_who_is_said_to_be(tmp_path: Path) -> None:
    found = people(tmp_path, '[people.mina]\nname = "김미나"\nadmin = true\n[people.jiwon]\nname = "한지원"')
    assert [found.people[name].admin for name in ("mina", "jiwon")] == [True, False]
    assert found.principals("mina") == {"public", "user:playground:local:mina"}, "it opens no document"


def test_without_a_file_there_is_nobody(tmp_path: Path) -> None:
    assert Directory(tmp_path / "none.toml").people == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[people.me]\nname = "x"', "people.me"),
        ('[people."a:b"]\nname = "x"', "people.a:b"),
        ('[people.Mina]\nname = "x"', "people.Mina"),
        ("[people.mina]\ngroups = []", "name"),
        ('[people.mina]\nname = "x"\ngroup = ["hr"]', "group"),
        ('[people.mina]\nname = "x"\nlanguage = "fr"', "language"),
        ('[people.mina]\nname = "x"\nadmin = "yes please"', "admin"),
        ('[mina]\nname = "x"', "mina"),
        ("people = 1", "people"),
        ("people = [", "TOML"),
    ],
)
def test_a_bad_file_is_named_with_the_person_and_the_reason(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named) as raised:
        people(tmp_path, text)
    assert "people.toml" in str(raised.value)


def test_our_own_sample_people_can_be_read_and_one_of_them_may_reindex() -> None:
    assert [person.id for person in Directory(SAMPLES).people.values() if person.admin] == ["mina"]
