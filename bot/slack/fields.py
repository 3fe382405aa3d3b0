"""The grammar of Slack's ids, held before anything of a payload goes further."""

import re
from collections.abc import Mapping
from typing import Any

ID = re.compile(r"[A-Z0-9]{2,32}", re.ASCII)  # of a team, channel or person
TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}", re.ASCII)  # of a message: seconds and a count, unique in its channel
TRIGGER = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)  # of one use of a command
JOB = re.compile(r"slack:[A-Z0-9]{2,32}:[A-Z0-9]{2,32}:[0-9]{1,12}\.[0-9]{1,9}", re.ASCII)


class Malformed(Exception):
    """Signed, but nothing that Slack sends: 400."""


def field(payload: Mapping[str, Any], name: str, grammar: re.Pattern[str]) -> str:
    """A field that must be there and of its grammar; raises Malformed."""
    found = payload.get(name)
    if not isinstance(found, str) or not grammar.fullmatch(found):
        raise Malformed(name)
    return found
