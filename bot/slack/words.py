"""A Slack message's text as plain words: mentions, channels, links and entities resolved."""

import re

_CONTROL = re.compile(r"<([^<>]*)>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def words(text: str, *, me: str = "") -> str:
    """Plain words. Mentions of `me` go; other people, channels and links become their labels."""
    plain = _CONTROL.sub(lambda found: _label(found[1], me), text)
    return re.sub(r"&(?:lt|gt|amp);", lambda found: _ENTITIES[found[0]], plain)


def mentions(text: str) -> set[str]:
    """The user ids mentioned."""
    return set(re.findall(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>", text))


def _label(control: str, me: str) -> str:
    target, _, label = control.partition("|")
    match target[:1]:
        case "@":
            return f"@{label}" if label and target[1:] != me else " "
        case "#":
            return f"#{label}" if label else " "
        case "!":
            return label or " "  # <!here> and friends have no words; <!date^…|fallback> and <!subteam^…|@team> do
        case _:
            return label or target.removeprefix("mailto:")
