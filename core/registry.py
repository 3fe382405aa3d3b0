"""Backends by name: `kind -> "module:Attribute"`, imported only when chosen, entry points on a miss."""

import difflib
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from core.errors import SettingsError


def load(setting: str, kind: str, table: Mapping[str, str]) -> Any:
    """The attribute that `kind` names in `table`, else an entry point of the group "daedap.<setting>".

    Raises SettingsError naming the setting, the value and the nearest right ones.
    """
    if kind in table:
        module, _, attribute = table[kind].partition(":")
        return getattr(import_module(module), attribute)
    for entry in entry_points(group=f"daedap.{setting}", name=kind):
        return entry.load()
    near = difflib.get_close_matches(kind, table, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(sorted(table))}"
    raise SettingsError(f"setting {setting} = {kind!r} is not known; {hint}")
