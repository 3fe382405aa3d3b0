"""What the model gets: the rules from a file, and the passages as numbered documents around the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.messages import Question, Turn
from retrieval.models import Passage

_PROMPTS = Path(__file__).parent.parent / "prompts"


@dataclass(frozen=True, slots=True)
class Material:
    """What an answer is made of."""

    question: Question
    conversation: Sequence[Turn]
    passages: Sequence[Passage]


def rules(language: str, organisation: str) -> str:
    """The system prompt in the asker's language."""
    whose = {"ko": f"({organisation})", "en": f" of {organisation}"}[language] if organisation else ""
    return (_PROMPTS / f"answer.{language}.md").read_text(encoding="utf-8").replace("{organisation}", whose)


def build_prompt(material: Material) -> str:
    """The user prompt: numbered passages, what was said before, and the question last."""
    said = [f"Q: {turn.question}\nA: {turn.answer}" for turn in material.conversation[-2:]]
    parts = [_numbered(number, passage) for number, passage in enumerate(material.passages, 1)]
    return "\n\n".join([*parts, *said, f"Q: {material.question.text}"])


def _numbered(number: int, passage: Passage) -> str:
    updated = passage.updated.isoformat() if passage.updated else ""
    head = " · ".join(filter(None, [passage.title, passage.place, updated]))
    return f"[{number}] {head}\n{passage.text}"
