"""Slack's limits, as documented and as measured; each breach gives the error that Slack gives."""

import re
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

TEXTS = {"mrkdwn": {"type", "text", "verbatim"}, "plain_text": {"type", "text", "emoji"}}
SHAPES = {
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "context": {"type", "block_id", "elements"},
    "actions": {"type", "block_id", "elements"},
    "divider": {"type", "block_id"},
    "header": {"type", "block_id", "text"},
}
BUTTON = {"type", "action_id", "text", "value", "url", "style", "confirm", "accessibility_label"}


def check(text: str, blocks: Any, *, update: bool) -> str:
    """The error of a message, "" when Slack takes it."""
    if not isinstance(blocks, list):
        return "invalid_blocks_format"
    if not text and not blocks:
        return "no_text"
    if len(text) > (4_000 if update else 40_000):
        return "msg_too_long"
    if len(blocks) > 50 or any(_wrong(block) for block in blocks):
        return "invalid_blocks"
    named = [block["block_id"] for block in blocks if "block_id" in block]
    if len(named) != len(set(named)) or not _parsed(blocks):
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(_letters(block) for block in blocks) > 13_200 else ""


def live(text: str) -> list[str]:
    """Everything in a text that Slack would act on: control sequences, and urls it might make links of."""
    controls = re.findall(r"<([^>]*)>", text)
    outside = re.sub(r"<[^|>]*\|?", " ", text)  # labels stay: they are words too
    return controls + re.findall(r"[A-Za-z0-9+.-]+://\S+", outside)


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    """Every text of a message's blocks that Slack reads as markup."""
    found = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    return found + [element["text"] for block in blocks if block["type"] == "context" for element in block["elements"]]


def _wrong(block: Any) -> bool:
    if not isinstance(block, dict) or set(block) - SHAPES.get(block.get("type", ""), set()):
        return True
    match block["type"]:
        case "section":
            return _text_wrong(block.get("text"), 3_000)
        case "header":
            return _text_wrong(block.get("text"), 150)
        case "context":
            elements = block.get("elements")
            return not elements or len(elements) > 10 or any(_text_wrong(element, 3_000) for element in elements)
        case "actions":
            elements = block.get("elements")
            return not elements or len(elements) > 25 or any(_button_wrong(element) for element in elements)
    return False


def _text_wrong(text: Any, limit: int) -> bool:
    if not isinstance(text, dict) or set(text) - TEXTS.get(text.get("type", ""), set()):
        return True
    return not isinstance(text.get("text"), str) or not 1 <= len(text["text"]) <= limit


def _button_wrong(button: Any) -> bool:
    if not isinstance(button, dict) or button.get("type") != "button" or set(button) - BUTTON:
        return True
    sizes = {"value": 2_000, "url": 3_000, "action_id": 255}
    return _text_wrong(button.get("text"), 75) or any(len(button.get(name, "")) > size for name, size in sizes.items())


def _parsed(blocks: list[dict[str, Any]]) -> bool:
    try:
        return all(block.to_dict() for block in Block.parse_all(blocks))
    except SlackObjectFormationError:
        return False


def _letters(value: Any) -> int:
    if isinstance(value, dict):
        return sum(
            len(part) if name == "text" and isinstance(part, str) else _letters(part) for name, part in value.items()
        )
    return sum(map(_letters, value)) if isinstance(value, list) else 0
