# ruff: noqa: INP001
"""Makes build/daedap-teams.zip, the app that Teams' administrators upload: `make teams-package DOMAIN=bot.example.com`."""

import argparse
import re
import sys
import zipfile
from pathlib import Path

from core.errors import SettingsError
from core.settings import load_settings

HERE = Path(__file__).parent
FILES = ("manifest.json", "ko.json", "color.png", "outline.png")
STAMP = (2026, 1, 1, 0, 0, 0)  # the same content makes the same bytes
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)


def package(to: Path, *, app_id: str, domain: str) -> None:
    """Write the zip; raises SettingsError naming what is missing or wrong and where to find it."""
    if not _GUID.fullmatch(app_id):
        raise SettingsError(
            f"setting teams.app_id = {app_id!r}: needs the Microsoft App ID, like 00000000-0000-0000-0000-000000000000. "
            "Copy it from the Azure Bot's Configuration to MICROSOFT_APP_ID (or daedap.toml, [teams] app_id)."
        )
    if not _DOMAIN.fullmatch(domain):
        raise SettingsError(
            f"DOMAIN = {domain!r}: needs the host at which Teams reaches the bot, without https:// and path. "
            "Run: make teams-package DOMAIN=bot.example.com"
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as made:
        for name in FILES:
            content = (HERE / name).read_bytes()
            if name == "manifest.json":
                content = content.replace(b"{{app id}}", app_id.lower().encode())
                content = content.replace(b"{{domain}}", domain.lower().encode())
            made.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)


def main() -> None:
    """Exit 2 with a sentence where something is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domain", default="", help="host at which Teams reaches the bot")
    parser.add_argument("--to", type=Path, default=HERE.parent.parent / "build" / "daedap-teams.zip")
    options = parser.parse_args()
    try:
        package(options.to, app_id=load_settings().teams.app_id, domain=options.domain)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    sys.stdout.write(f"{options.to}\n")


if __name__ == "__main__":
    main()
