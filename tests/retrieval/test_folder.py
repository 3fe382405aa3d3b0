"""A folder is read wholly, in one order, and nothing in it can stop or fool the reading."""

import os
import socket
import unicodedata
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import SettingsError
from retrieval.models import RawDocument
from retrieval.protocols import Unchanged, Unreadable
from retrieval.sources.folder import Folder, FolderSettings
from retrieval.sources.globs import pattern

PUBLIC = frozenset({"public"})


@pytest.fixture
def put(tmp_path):
    def write(path, content="글"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


async def read(folder, known=None, **settings):
    source = Folder("docs", FolderSettings(path=folder, **settings))
    return [item async for item in source.documents(known or {})]


def ids(items):
    return [item.id for item in items]


async def test_all_documents_beneath_are_read_in_the_order_of_their_paths(tmp_path, put):
    for path in ("b.md", "a/z.txt", "a/b/c.html", "나.md", "가.md", "x.png", "conf.toml", ".hidden.md", ".git/a.md"):
        put(path)
    expected = ["docs:a/b/c.html", "docs:a/z.txt", "docs:b.md", "docs:가.md", "docs:나.md"]
    assert ids(await read(tmp_path)) == expected == ids(await read(tmp_path))


async def test_a_document_carries_all_that_is_known_of_it(tmp_path, put):
    put("인사/연차 휴가.md", "본문")
    (item,) = await read(tmp_path, url="https://wiki.example/docs/")
    assert isinstance(item, RawDocument)
    assert (item.name, item.source, item.readers, item.content) == ("연차 휴가.md", "docs", PUBLIC, "본문".encode())
    assert item.url == "https://wiki.example/docs/%EC%9D%B8%EC%82%AC/%EC%97%B0%EC%B0%A8%20%ED%9C%B4%EA%B0%80.md"


async def test_excluding_wins_over_including(tmp_path, put):
    for path in ("a.md", "README.md", "sub/README.md", "notes.rst"):
        put(path)
    items = await read(tmp_path, include=("**/*.md", "*.rst"), exclude=("README.md",))
    assert ids(items) == ["docs:a.md", "docs:notes.rst", "docs:sub/README.md"]


async def test_a_decomposed_name_is_composed(tmp_path, put):
    put(unicodedata.normalize("NFD", "연차.md"))
    assert ids(await read(tmp_path)) == ["docs:연차.md"]


async def test_two_names_that_become_one_are_reported(tmp_path, put):
    put("연차.md", "하나")
    put(unicodedata.normalize("NFD", "연차.md"), "둘")
    first, second = await read(tmp_path)
    assert (first.id, type(first)) == ("docs:연차.md", RawDocument)
    assert isinstance(second, Unreadable)
    assert "rename" in second.reason


async def test_names_that_are_no_text_or_hold_controls_are_escaped(tmp_path, put):
    put("a\nb\x1b[31m.md")
    (tmp_path / os.fsdecode(b"\xff\xfe.md")).write_text("x")
    assert all(name.isprintable() for name in ids(await read(tmp_path)))
    assert ids(await read(tmp_path)) == ["docs:\\xff\\xfe.md", "docs:a\\u000ab\\u001b[31m.md"]


@pytest.mark.parametrize("change", ["content", "readers", "url"])
async def test_the_etag_changes_with_content_readers_and_address(tmp_path, put, change):
    put("a.md", "하나")
    (before,) = await read(tmp_path)
    settings = {"url": "https://wiki.example"} if change == "url" else {}
    if change == "content":
        file = put("a.md", "둘둘")
        os.utime(file, (0, 0))
    if change == "readers":
        put("readers.toml", '[readers]\n"*.md" = ["group:hr"]')
    (after,) = await read(tmp_path, known={"docs:a.md": before.etag}, **settings)
    assert isinstance(after, RawDocument)
    assert after.etag != before.etag


async def test_what_is_known_is_unchanged_even_with_a_new_date(tmp_path, put):
    file = put("a.md")
    (before,) = await read(tmp_path)
    os.utime(file, (1, 1))
    assert await read(tmp_path, known={"docs:a.md": before.etag}) == [Unchanged("docs:a.md")]


async def test_a_change_that_keeps_size_and_date_is_seen(tmp_path, put):
    file = put("a.md", "aaaa")
    (before,) = await read(tmp_path)
    stat = file.stat()
    put("a.md", "bbbb")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (after,) = await read(tmp_path, known={"docs:a.md": before.etag})
    assert after.content == b"bbbb"


@pytest.mark.timeout(10)
async def test_pipes_devices_sockets_and_links_are_reported_and_never_waited_for(tmp_path, put):
    inside = tmp_path / "in"
    put("in/good.md")
    put("secret.md", "geheim")
    os.mkfifo(inside / "fifo.md")
    (inside / "zero.md").symlink_to("/dev/zero")
    (inside / "self.md").symlink_to("self.md")
    (inside / "dead.md").symlink_to("nowhere.md")
    (inside / "out.md").symlink_to("../secret.md")
    (inside / "loop").symlink_to(".")
    (inside / "dir.md").mkdir()
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(inside)  # a socket's path may have 107 bytes
    listening.bind("sock.md")
    os.chdir(here)
    items = await read(inside)
    listening.close()
    reasons = {item.id: item.reason for item in items if isinstance(item, Unreadable)}
    assert [item.id for item in items if isinstance(item, RawDocument)] == ["docs:good.md"]
    assert set(reasons) == {f"docs:{name}.md" for name in ("fifo", "zero", "self", "dead", "out", "sock")}
    assert "pipe" in reasons["docs:fifo.md"]
    assert "outside" in reasons["docs:out.md"]
    assert "outside" in reasons["docs:zero.md"]


async def test_a_link_to_a_file_inside_is_followed(tmp_path, put):
    """Kubernetes mounts a ConfigMap like this."""
    put("..2026/a.md", "본문")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "a.md").symlink_to("..data/a.md")
    (item,) = await read(tmp_path)
    assert (item.id, item.content) == ("docs:a.md", "본문".encode())


async def test_a_file_over_the_limit_is_reported_and_not_read(tmp_path, put):
    put("big.md", b"x" * 2_000_001)
    (item,) = await read(tmp_path, max_megabytes=2)
    assert item == Unreadable("docs:big.md", "2.0 MB is more than the limit of 2 MB", PUBLIC)


async def test_a_file_that_cannot_be_read_is_reported(tmp_path, put, monkeypatch):
    put("a.md")
    real = os.open

    def refuse(path, *arguments, **named):
        if str(path).endswith("a.md"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refuse)
    assert await read(tmp_path) == [Unreadable("docs:a.md", "Permission denied", PUBLIC)]


async def test_a_folder_that_cannot_be_listed_stands_for_all_beneath(tmp_path, put, monkeypatch):
    put("a.md")
    put("closed/b.md")
    real = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert ids(await read(tmp_path)) == ["docs:a.md", "docs:closed/"]


async def test_a_file_that_keeps_changing_is_left_for_the_next_run(tmp_path, put, monkeypatch):
    file = put("log.md", "x")
    real = os.fstat

    def restless(descriptor):
        before = real(descriptor)
        with file.open("ab") as out:
            out.write(b"x")
        return before

    monkeypatch.setattr(os, "fstat", restless)
    (item,) = await read(tmp_path)
    assert "kept changing" in item.reason


async def test_the_last_rule_that_matches_says_who_may_read(tmp_path, put):
    for path in ("a.md", "hr/pay.md", "hr/public/days.md", "hr/연봉.md"):
        put(path)
    put(
        "readers.toml",
        '[readers]\n"hr/**" = ["group:hr", "slack:T1:U1"]\n"hr/public/*" = ["public"]\n"**/연봉.md" = ["group:ceo"]',
    )
    found = {item.id: item.readers for item in await read(tmp_path)}
    assert found == {
        "docs:a.md": PUBLIC,
        "docs:hr/pay.md": {"group:hr", "slack:T1:U1"},
        "docs:hr/public/days.md": PUBLIC,
        "docs:hr/연봉.md": {"group:ceo"},
    }


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ('[readers\n"hr/**" = ["group:hr"]', "Expected"),
        (b"\xff\xfe\x00", "codec|UTF|byte"),
        ("", "one table"),
        ('["reader"]\n"hr/**" = ["group:hr"]', "one table"),
        ('version = 1\n[readers]\n"hr/**" = ["group:hr"]', "one table"),
        ('readers = ["group:hr"]', "one table"),
        ('[readers]\n"hr/**" = "group:hr"', "list of readers"),
        ('[readers]\n"hr/**" = []', "list of readers"),
        ('[readers]\n"hr/**" = [1]', "names the reader 1"),
        ('[readers]\n"hr/**" = [""]', "names the reader ''"),
        ('[readers]\n"hr/**" = ["hr"]', "group:hr"),
        ('[readers]\n"hr/**" = ["Public"]', "Public"),
        ('[readers]\n"hr/" = ["group:hr"]', "relative"),
        ('[readers]\n"/hr/**" = ["group:hr"]', "relative"),
        ('[readers]\n"../hr/**" = ["group:hr"]', "relative"),
        ('[readers]\n"hr/[ab" = ["group:hr"]', "close"),
        ('[readers]\n"hr**" = ["group:hr"]', "alone"),
        ('[readers]\n"hr/**" = ["group:hr"]\n"hr/**" = ["public"]', "overwrite|Cannot"),
    ],
)
async def test_broken_rules_stop_the_source_and_open_nothing(tmp_path, put, rules, reason):
    put("hr/pay.md")
    put("readers.toml", rules)
    with pytest.raises(SettingsError, match=reason) as error:
        await read(tmp_path)
    assert "readers.toml" in str(error.value)


async def test_rules_that_are_no_file_stop_the_source(tmp_path, put):
    put("a.md")
    (tmp_path / "readers.toml").symlink_to("nowhere")
    with pytest.raises(SettingsError, match=r"readers\.toml"):
        await read(tmp_path)


async def test_rules_in_a_folder_beneath_stop_the_source_instead_of_being_overlooked(tmp_path, put):
    put("a.md")
    put("hr/readers.toml", '[readers]\n"**" = ["group:hr"]')
    with pytest.raises(SettingsError, match="has no effect"):
        await read(tmp_path)


async def test_a_missing_folder_names_the_setting(tmp_path):
    with pytest.raises(SettingsError, match=r"sources\.docs\.path"):
        await read(tmp_path / "gone")


def test_a_wrong_glob_in_the_settings_is_refused(tmp_path):
    with pytest.raises(ValidationError, match="relative to the folder"):
        FolderSettings(path=tmp_path, include=("/a/*.md",))


async def test_how_many_documents_there_are_is_known_before_they_are_read(tmp_path, put):
    for number in range(5):
        put(f"{number}.md")
    source = Folder("docs", FolderSettings(path=tmp_path))
    async for _ in source.documents({}):
        assert source.expected == 5


@pytest.mark.parametrize(
    ("glob", "path", "named"),
    [
        ("*.md", "a.md", True), ("*.md", "a/b.md", False), ("**/*.md", "b.md", True), ("**/*.md", "a/b/c.md", True),
        ("hr/**", "hr/a/b.md", True), ("hr/**", "hr", False), ("hr/**", "hrx/a.md", False), ("a/**/b.md", "a/b.md", True),
        ("a/**/b.md", "a/x/y/b.md", True), ("a?.md", "ab.md", True), ("a?.md", "a/.md", False), ("[ab].md", "b.md", True),
        ("[!ab].md", "b.md", False), ("[!ab].md", "/.md", False), ("a.md", "axmd", False), ("연*.md", "연차.md", True),
        ("**", "a/b", True), ("a+(b).md", "a+(b).md", True), ("[]].md", "].md", True), ("HR/**", "hr/a", False),
    ],
)  # fmt: skip
def test_globs_name_what_people_mean_by_them(glob, path, named):
    assert bool(pattern(glob).match(path)) is named
