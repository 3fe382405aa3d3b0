"""Whether what was found is enough to answer from, decided by coverage and never by the ranking's score."""

from collections.abc import Sequence
from enum import IntEnum

from retrieval.models import Passage


class Verdict(IntEnum):
    """In rising order of evidence."""

    UNKNOWN = 0  # nothing that has to do with it: say so, and name the closest titles
    WEAK = 1  # shown as the closest that was found, never as a fact
    KNOWN = 2  # covers the question: may be stated


_READ = 3  # passages

# Strength at which a passage covers its question, by its language, (with vectors, without): chosen on every other of
# 500 questions at 5 % false refusals. On the others 2.8 % (KorQuAD) and 4.4 % (SQuAD) are refused wrongly, and 94 %
# and 88 % rightly when the passages of their article are left out; with the cosine ignored 3.2 % and 2.8 %, 89 % and
# 65 %. The choice among a dozen such sums was made on all 500, so expect a little less on questions of your own.
_KOREAN, _OTHER = (2.1, 1.07), (1.75, 0.8)
# Below this nothing of the question is there: so are 21 % (KorQuAD's) to 39 % (SQuAD's) of questions put to handbook,
# which knows nothing of them, and 5 % of its own; without vectors, 57 % of its own.
_NOTHING = 0.3


def judge(passages: Sequence[Passage]) -> Verdict:
    """What may be said on the strength of these passages, best first.

    Questions in other words than the documents' cannot be told from unanswerable ones without a language model
    (AUC .38 to .55): they are WEAK, both of them.
    """
    if not passages:
        return Verdict.UNKNOWN
    strength, has_vectors = _strength(passages[:_READ])
    enough, enough_words = _KOREAN if passages[0].language == "ko" else _OTHER
    if strength >= (enough if has_vectors else enough_words):
        return Verdict.KNOWN
    return Verdict.WEAK if strength >= _NOTHING else Verdict.UNKNOWN


def _strength(passages: Sequence[Passage]) -> tuple[float, bool]:
    """Coverage by two sentences, coverage by the best passage, and twice the cosine; and whether there were vectors."""
    cosine = max(passage.evidence.cosine for passage in passages)
    sentences = max(passage.evidence.sentences for passage in passages)
    return sentences + passages[0].evidence.passage + 2 * cosine, cosine > 0
