"""The Teams app is whole: Microsoft's schema takes it, its icons are as wanted, and a zip comes out of it."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from bot.commands import split

ROOT = Path(__file__).parents[1]
HERE = ROOT / "deploy/teams"
PACKAGE = "@microsoft/app-manifest@1.1.2"  # the schemas of Microsoft's toolkit
APP_ID = "0A1B2C3D-1111-2222-3333-444455556666"


def made(tmp_path: Path, domain: str = "bot.example.com", **environment: str) -> subprocess.CompletedProcess[str]:
    """`make teams-package` without make."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MICROSOFT_", "DAEDAP_"))}
    command = [sys.executable, str(HERE / "package.py"), "--domain", domain, "--to", str(tmp_path / "app.zip")]
    given = inherited | environment
    return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=given, check=False)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the zip."""
    folder = tmp_path_factory.mktemp("package")
    done = made(folder, MICROSOFT_APP_ID=APP_ID)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(folder / "app.zip") as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def manifest(package: dict[str, bytes]) -> dict[str, Any]:
    return json.loads(package["manifest.json"])


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Microsoft's schemas, fetched by npm into a folder of the test."""
    folder = tmp_path_factory.mktemp("schemas")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"no npm, which brings Microsoft's schemas ({PACKAGE})")
    try:
        command = [npm, "pack", "--silent", PACKAGE]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not bring {PACKAGE} within a minute")
    if done.returncode:
        pytest.skip(f"npm cannot bring {PACKAGE}")
    [archive] = folder.glob("*.tgz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package/build/json-schemas/teams"


def assert_taken(schemas: Path, schema: str, given: dict[str, Any]) -> None:
    version = given["$schema"].split("/")[-2]
    rules = json.loads((schemas / version / schema).read_text(encoding="utf-8"))
    problems = [f"{'.'.join(map(str, one.path))}: {one.message}" for one in Draft4Validator(rules).iter_errors(given)]
    assert problems == []


def test_microsofts_schema_takes_the_manifest(schemas: Path, manifest: dict[str, Any]) -> None:
    assert_taken(schemas, "MicrosoftTeams.schema.json", manifest)


def test_microsofts_schema_takes_the_korean_words(schemas: Path, package: dict[str, bytes]) -> None:
    assert_taken(schemas, "MicrosoftTeams.Localization.schema.json", json.loads(package["ko.json"]))


def test_the_schema_would_find_a_fault(schemas: Path, manifest: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="botId"):
        assert_taken(schemas, "MicrosoftTeams.schema.json", manifest | {"bots": [{"scopes": ["personal"]}]})


def test_the_zip_holds_exactly_what_the_manifest_names(package: dict[str, bytes], manifest: dict[str, Any]) -> None:
    languages = [one["file"] for one in manifest["localizationInfo"]["additionalLanguages"]]
    assert set(package) == {"manifest.json", *manifest["icons"].values(), *languages}
    assert b"{{" not in package["manifest.json"]


def test_the_bot_is_the_one_of_the_settings_everywhere_people_are(manifest: dict[str, Any]) -> None:
    [bot] = manifest["bots"]
    assert manifest["id"] == bot["botId"] == APP_ID.lower()
    assert set(bot["scopes"]) == {"personal", "team", "groupChat"}
    assert bot["supportsFiles"] is False and bot["isNotificationOnly"] is False
    assert manifest["validDomains"] == ["bot.example.com"]
    assert manifest["developer"]["websiteUrl"] == "https://bot.example.com"


def test_it_asks_for_no_right_to_read_what_is_not_said_to_it(manifest: dict[str, Any]) -> None:
    assert not {"authorization", "webApplicationInfo", "permissions", "devicePermissions"} & set(manifest)


def test_every_command_it_offers_is_one_that_the_bot_knows(manifest: dict[str, Any]) -> None:
    [offered] = manifest["bots"][0]["commandLists"]
    titles = [command["title"] for command in offered["commands"]]
    assert set(offered["scopes"]) == {"personal", "team", "groupChat"}
    assert titles == ["help", "forget", "status", "reindex"]
    assert all(split(title) == ((title,), False) for title in titles)


def test_every_description_has_its_korean(manifest: dict[str, Any], package: dict[str, bytes]) -> None:
    korean = json.loads(package["ko.json"])
    commands = manifest["bots"][0]["commandLists"][0]["commands"]
    named = {f"bots[0].commandLists[0].commands[{number}].description" for number in range(len(commands))}
    assert set(korean) - {"$schema"} == named | {
        f"{part}.{form}" for part in ("name", "description") for form in ("short", "full")
    }
    assert all(re.search("[가-힣]", text) for key, text in korean.items() if key not in ("$schema", "name.short"))
    assert len(korean["description.short"]) <= 80


def pixels(content: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and RGBA pixels of a PNG as deploy/teams/icons.py writes it."""
    width, height, depth, kind = struct.unpack(">IIBB", content[16:26])
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and (depth, kind) == (8, 6)
    at = content.index(b"IDAT")
    rows = zlib.decompress(content[at + 4 : at + 4 + struct.unpack(">I", content[at - 4 : at])[0]])
    line = 1 + 4 * width
    return width, height, [rows[y * line + 1 + 4 * x :][:4] for y in range(height) for x in range(width)]


def test_the_icons_have_the_sizes_and_colours_that_teams_wants(package: dict[str, bytes]) -> None:
    width, height, seen = pixels(package["color.png"])
    assert (width, height) == (192, 192)
    assert all(pixel[3] == 255 for pixel in seen)
    frame = [seen[y * 192 + x] for y in range(192) for x in range(192) if not (36 <= x < 156 and 36 <= y < 160)]
    assert len(set(frame)) == 1, "the symbol stays within the middle"
    width, height, seen = pixels(package["outline.png"])
    assert (width, height) == (32, 32)
    assert {pixel[:3] for pixel in seen} == {b"\xff\xff\xff"}
    assert {0, 255} <= {pixel[3] for pixel in seen}


def test_the_icons_are_what_the_committed_script_draws(tmp_path: Path) -> None:
    shutil.copy(HERE / "icons.py", tmp_path)
    subprocess.run([sys.executable, str(tmp_path / "icons.py")], check=True)
    for name in ("color.png", "outline.png"):
        assert pixels((tmp_path / name).read_bytes()) == pixels((HERE / name).read_bytes())


def test_the_same_content_makes_the_same_zip(tmp_path: Path) -> None:
    zips = []
    for _ in range(2):
        made(tmp_path, MICROSOFT_APP_ID=APP_ID)
        zips.append((tmp_path / "app.zip").read_bytes())
    assert zips[0] == zips[1]


def test_the_app_id_may_stand_in_daedap_toml(tmp_path: Path) -> None:
    (tmp_path / "daedap.toml").write_text(f'[teams]\napp_id = "{APP_ID}"\n')
    assert made(tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("domain", "app_id", "named"),
    [
        ("bot.example.com", "", "MICROSOFT_APP_ID"),
        ("bot.example.com", "my-bot", "MICROSOFT_APP_ID"),
        ("", APP_ID, "DOMAIN=bot.example.com"),
        ("https://bot.example.com/", APP_ID, "without https://"),
        ('"},"x":"', APP_ID, "DOMAIN"),
        ("localhost", APP_ID, "DOMAIN"),
    ],
)
def test_what_is_missing_or_wrong_is_named_with_what_to_do(
    tmp_path: Path, domain: str, app_id: str, named: str
) -> None:
    done = made(tmp_path, domain, **({"MICROSOFT_APP_ID": app_id} if app_id else {}))
    assert done.returncode == 2
    assert named in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "app.zip").exists()
