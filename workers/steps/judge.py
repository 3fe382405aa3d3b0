"""Whether what was found is enough to answer from, decided by coverage and never by the ranking's score."""

from collections.abc import Sequence
from enum import IntEnum

from retrieval.models import Passage


class Verdict(IntEnum):
    """In rising order of evidence."""

    UNKNOWN = 0  # nothing that has to do with it: say so, and name the closest titles
    WEAK = 1  # shown as the closest that was found, never as a fact
    KNOWN = 2  # covers the question: may be stated


def judge(passages: Sequence[Passage]) -> Verdict:
    """What may be said on the strength of these passages, best first."""
    if not passages:
        return Verdict.UNKNOWN
    best = max(passage.evidence.sentences for passage in passages[:3]) + passages[0].evidence.passage
    return Verdict.KNOWN if best >= 1.2 else Verdict.WEAK
