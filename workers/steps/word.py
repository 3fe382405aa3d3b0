"""The three kinds of answer in words: written by a model and checked, quoted, or that nothing is known."""

from core.messages import Answer
from core.texts import say
from workers.steps.cite import cite
from workers.steps.judge import Verdict
from workers.steps.prompt import Material
from workers.steps.quote import quote

TITLES = 3  # offered when nothing is known


def written(text: str, material: Material) -> Answer:
    """A model's text with what the check leaves of its citations and links."""
    checked = cite(text, material.passages)
    language = material.question.language
    return Answer(text=checked.text, known=True, language=language, citations=checked.citations, notes=checked.notes)


def quoted(material: Material, verdict: Verdict) -> Answer:
    """Sentences of the passages as they stand; introduced as the closest found where the evidence is weak."""
    question = material.question
    found = quote(question.text, question.language, material.passages)
    if verdict is Verdict.UNKNOWN or not found.sentences:
        return unknown(material)
    known = verdict is Verdict.KNOWN
    text = found.text if known else f"{say('weak', question.language)}\n{found.text}"
    return Answer(text=text, known=known, language=question.language, citations=found.citations, notes=found.notes)


def unknown(material: Material) -> Answer:
    """That the documents hold no answer, with the closest titles."""
    language = material.question.language
    titles = tuple(dict.fromkeys(passage.title for passage in material.passages))[:TITLES]
    text = say("unknown_closest", language, titles=", ".join(titles)) if titles else say("unknown", language)
    return Answer(text=text, known=False, language=language, closest=titles)
