"""What is answered without searching: nothing asked, a cry for help, far too much."""

import re

from core.messages import Answer, Question
from core.settings import Settings
from core.texts import say

_HELP = re.compile(r"\W*(help|도움말|도와줘|사용법)\W*", re.IGNORECASE)
_GREETING = re.compile(
    r"\W*(안녕(하세요|하십니까)?|반가워요?|반갑습니다|고마워요?|고맙습니다|감사(해요|합니다)|수고하세요"
    r"|hi|hello|hey|good (morning|afternoon|evening)|thanks?( you| a lot)?|thx)\W*",
    re.IGNORECASE,
)
HELPS = {"teams": "teams_help", "playground": "page_help"}  # each tells of what there is on its platform
_WORDS = re.compile(r"[^\W_]")


def courtesy(question: Question, settings: Settings) -> Answer | None:
    """The ready answer to a message that asks nothing that can be searched, else None."""
    key = _key(question.text, settings.question_limit)
    if key is None:
        return None
    if key == "help":
        key = HELPS.get(question.address.platform, key)
    text = say(key, question.language, limit=settings.question_limit)
    return Answer(text=text, known=True, language=question.language)


def _key(text: str, limit: int) -> str | None:
    if len(text) > limit:
        return "too_long"
    for pattern, key in ((_HELP, "help"), (_GREETING, "greeting")):
        if pattern.fullmatch(text):
            return key
    return None if _WORDS.search(text) else "empty_question"  # empty, emoji, punctuation
