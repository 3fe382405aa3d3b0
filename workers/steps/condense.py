"""A follow-up question in words that can be searched: by a model, or by carrying over the terms that it leaves out."""

import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import ModelUnavailable
from core.messages import Question, Turn
from workers.steps.model import Model

# "and for contractors?", "그럼 해외는요?": words that lean on what was said before
_LEANING = re.compile(
    r"^\s*(그럼|그러면|그렇다면|그건|그거|그것|그 |그때|거기|이건|이거|그리고|또|혹시 그|"
    r"and\b|but\b|then\b|so\b|also\b|what about|how about|what if|or\b|that\b|those\b|it\b|they\b|there\b)"
    r"|\b(it|that|this|those|these|they|them|there|same)\b|(그것|그거|거기|그쪽|위에|방금|아까)",
    re.IGNORECASE,
)
_PROMPTS = Path(__file__).parent.parent / "prompts"


def leaning(text: str) -> bool:
    """Whether a question reads as one that needs the turn before it."""
    return leans(text) or len(text.split()) <= 2


def leans(text: str) -> bool:
    """Whether there is a word in it that points back."""
    return bool(_LEANING.search(text))


def wordings(text: str, conversation: Sequence[Turn]) -> tuple[str, ...]:
    """What to search for, in the order to try: a leaning question first with the words of the turn before it.

    One that stands alone is never searched with them: whatever it asks, they would find the answer before.
    """
    if not conversation or not leaning(text):
        return (text,)
    return (f"{conversation[-1].question}\n{text}", text)


async def condense(
    question: Question, conversation: Sequence[Turn], model: Model | None, *, seconds: float = 10.0
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(wordings to try in order, note codes). With a model: its stand-alone question first. Never raises."""
    if not conversation or model is None:
        return wordings(question.text, conversation), ()
    prompt = (_PROMPTS / f"condense.{question.language}.md").read_text(encoding="utf-8")
    said = "\n".join(f"Q: {turn.question}\nA: {turn.answer}" for turn in conversation)
    try:
        written = await model.write(prompt, f"{said}\n\nQ: {question.text}", seconds=seconds)
    except ModelUnavailable:
        return wordings(question.text, conversation), ("condense_failed",)
    condensed = " ".join(written.split())[:500]
    return tuple(dict.fromkeys(text for text in (condensed, question.text) if text)), ()
