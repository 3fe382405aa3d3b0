"""What Teams takes of an activity, as documented and measured; each breach gives the error that Teams gives."""

import json
from typing import Any

LARGEST = 100 * 1024  # bytes of an activity as UTF-16
CARDS = "application/vnd.microsoft.card."


def check(activity: Any) -> tuple[int, str]:
    """Status and code of the refusal, (0, "") when Teams takes it."""
    if not isinstance(activity, dict) or activity.get("type") not in ("message", "typing"):
        return 400, "BadSyntax"
    if len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "surrogatepass")) > LARGEST:
        return 413, "MessageSizeTooBig"
    if activity["type"] == "message" and not activity.get("text") and not activity.get("attachments"):
        return 400, "BadArgument"
    if activity.get("textFormat", "markdown") not in ("markdown", "plain", "xml"):
        return 400, "BadArgument"
    if any(_entity_wrong(entity, activity) for entity in activity.get("entities") or ()):
        return 400, "BadArgument"
    return (400, "BadArgument") if any(_card_wrong(card) for card in activity.get("attachments") or ()) else (0, "")


def _entity_wrong(entity: Any, activity: dict[str, Any]) -> bool:
    if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
        return True
    if entity["type"] == "mention":
        return "id" not in (entity.get("mentioned") or {}) or entity.get("text", "") not in activity.get("text", "")
    if entity["type"] != "https://schema.org/Message":
        return False
    if entity.get("@type") != "Message" or entity.get("@context") != "https://schema.org":
        return True
    claims = entity.get("citation") or []
    places = [claim.get("position") for claim in claims]
    return len(claims) > 20 or len(set(places)) != len(places) or any(_claim_wrong(claim) for claim in claims)


def _claim_wrong(claim: dict[str, Any]) -> bool:
    shown, place = claim.get("appearance") or {}, claim.get("position")
    if claim.get("@type") != "Claim" or not isinstance(place, int) or place < 1:
        return True
    if shown.get("@type") != "DigitalDocument" or not 1 <= len(shown.get("name") or "") <= 80:
        return True
    if not 1 <= len(shown.get("abstract") or "") <= 160:
        return True
    if "url" in shown and not str(shown["url"]).startswith(("https://", "http://")):
        return True
    words = shown.get("keywords") or []
    return len(words) > 3 or any(len(word) > 28 for word in words)


def _card_wrong(attachment: Any) -> bool:
    if not isinstance(attachment, dict) or not isinstance(attachment.get("contentType"), str):
        return True
    if attachment["contentType"].startswith(CARDS):
        content = attachment.get("content")
        return not isinstance(content, dict) or (
            attachment["contentType"].endswith(".adaptive") and content.get("type") != "AdaptiveCard"
        )
    return False
