"""The wire's data: who asked what where, and what is answered with which sources."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """Base of everything that crosses a process border: frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Platform = Literal["slack", "teams", "playground"]
ReplyLanguage = Literal["ko", "en"]


class Address(Message):
    """Where a reply goes. `thread` is "" for a direct conversation without threads."""

    platform: Platform
    tenant: str
    channel: str
    thread: str = ""

    @property
    def room(self) -> str:
        """The channel, wherever in it."""
        return f"{self.platform}:{self.tenant}:{self.channel}"

    @property
    def conversation(self) -> str:
        """Key of the conversation's memory."""
        return f"{self.room}:{self.thread}"


class Asker(Message):
    """The person who asks, as the platform names them; never a display name (those can be forged)."""

    id: str
    direct: bool = False  # asked where nobody else reads


class Request(Message):
    """What a person wants, as heard; admitted once into the ledger."""

    address: Address
    message: str  # the platform's id of the message (Slack: ts), unique in its channel
    at: float  # when it was sent, seconds since 1970, by the platform's clock: orders the turns of a conversation
    asker: Asker
    language: ReplyLanguage
    client_message: str = ""  # Slack's client_msg_id: one gesture, even when delivered under two ts

    @property
    def job(self) -> str:
        """Identity of the work: retries, twins and replays of one message share it."""
        return f"{self.address.room}:{self.message}"

    @property
    def person(self) -> str:
        """The asker, as `admins` and `groups` name people."""
        return f"{self.address.platform}:{self.address.tenant}:{self.asker.id}"


class Question(Request):
    """A question to be answered in its thread."""

    kind: Literal["question"] = "question"
    text: str


class Reindex(Request):
    """`/reindex start`: read a source again ("" = all), reporting beneath the root message."""

    kind: Literal["reindex"] = "reindex"
    source: str = ""
    rebuild: bool = False


class Forget(Request):
    """`forget`: erase a conversation's memory; `whole_channel` when said by slash command, where no thread is known."""

    kind: Literal["forget"] = "forget"
    whole_channel: bool = False


class Withdraw(Request):
    """A person deleted a message: a question that it asked is not answered any more, and its turn is forgotten."""

    kind: Literal["withdraw"] = "withdraw"
    takes_back: str  # the message that was deleted, in the same conversation; `at` is when that was sent

    @property
    def question(self) -> str:
        """The job that the message may have become."""
        return f"{self.address.room}:{self.takes_back}"


class View(Request):
    """A wish to read a passage in its document; answered on the job's event stream after another access check."""

    kind: Literal["view"] = "view"
    document: str
    start: int = 0
    end: int = 0


Work = Question | Reindex | Forget | Withdraw | View


class Citation(Message):
    """A numbered source of an answer."""

    number: int = Field(ge=1)
    title: str
    url: str  # "" when the source has no address a person can open
    place: str  # page, section or heading path; "" for the document itself
    quote: str  # the words of the passage that support the answer
    document: str = ""
    start: int = 0  # the quote's place in the document's text, in characters
    end: int = 0


class Answer(Message):
    """What the person reads: text with [n] marks and the citations they resolve to."""

    text: str
    known: bool
    language: ReplyLanguage
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()  # codes, worded in core/texts: reranker_down, words_only, ...
    closest: tuple[str, ...] = ()  # titles offered when nothing is known
    seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def sources(self) -> list[tuple[str, Citation]]:
        """What a list of sources shows: each place once, with the marks ("[1][3]") that lead to it."""
        places: dict[tuple[str, ...], list[Citation]] = {}
        for one in self.citations:
            places.setdefault((one.document, one.title, one.place, one.url), []).append(one)
        return [("".join(f"[{one.number}]" for one in found), found[0]) for found in places.values()]

    @property
    def rateable(self) -> bool:
        """Whether it says something of the documents, which people may find good or bad."""
        return self.known or bool(self.closest or self.citations)


class Turn(Message):
    """One question with its answer, as remembered."""

    message: str
    at: float
    asker: str
    question: str
    answer: str
