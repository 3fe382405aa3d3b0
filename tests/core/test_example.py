"""daedap.toml.example: it can be used as it is, shows the defaults, and leaves no setting out."""

import tomllib
from pathlib import Path

from core.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "daedap.toml.example"


def test_the_example_is_what_nothing_set_gives(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load_settings(EXAMPLE) == load_settings()


def test_every_setting_stands_in_the_example():
    text = EXAMPLE.read_text()
    for name, field in Settings.model_fields.items():
        nested = getattr(field.annotation, "model_fields", None)
        for key in nested or [name]:
            assert f"{key} =" in text or f"[{key}" in text, key


def test_the_example_is_toml():
    assert tomllib.loads(EXAMPLE.read_text())["sources"]["samples"]["kind"] == "folder"
