"""The three kinds of answer in words: written by a model and checked, quoted, or that nothing is known."""

from core.messages import Answer
from core.texts import say
from retrieval.models import Query
from workers.services import Answering
from workers.steps.cite import cite
from workers.steps.find import Finding
from workers.steps.judge import Verdict
from workers.steps.quote import quote

TITLES = 3  # offered when nothing is known


def written(text: str, found: Finding) -> Answer:
    """A model's text with what the check leaves of its citations and links."""
    checked = cite(text, found.material.passages)
    language = found.material.question.language
    known = bool(checked.citations)  # what rests on no source is no knowledge
    return Answer(text=checked.text, known=known, language=language, citations=checked.citations, notes=checked.notes)


async def quoted(found: Finding, answering: Answering) -> Answer:
    """Sentences of the passages as they stand; introduced as the closest found where the evidence is weak."""
    question, passages = found.material.question, found.material.passages
    if found.verdict is Verdict.WEAK:  # words decide little: let each sentence's nearness help (some .3 s, only here)
        passages = await answering.knowledge.near(Query(found.text, question.language, frozenset()), passages)
    best = quote(question.text, question.language, passages)
    if found.verdict is Verdict.UNKNOWN or not best.sentences:
        return unknown(found)
    known = found.verdict is Verdict.KNOWN
    text = best.text if known else f"{say('weak', question.language)}\n{best.text}"
    return Answer(text=text, known=known, language=question.language, citations=best.citations, notes=best.notes)


def unknown(found: Finding) -> Answer:
    """That the documents hold no answer, with the closest titles."""
    language = found.material.question.language
    titles = tuple(dict.fromkeys(passage.title for passage in found.material.passages))[:TITLES]
    text = say("unknown_closest", language, titles=", ".join(titles)) if titles else say("unknown", language)
    return Answer(text=text, known=False, language=language, closest=titles)
