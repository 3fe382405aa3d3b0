"""Who will see the answer, as principals: in doubt nobody but the public."""

from core.errors import AccessChanged
from core.messages import Answer, Request
from core.settings import Settings
from platforms.playground.directory import Directory
from retrieval.protocols import KnowledgeBase

PUBLIC = "public"


class Audience:
    """Resolves the readers of an answer, in the worker, before searching."""

    def __init__(self, settings: Settings, people: Directory) -> None:
        self.people = people
        self.groups: dict[str, set[str]] = {}
        for group, members in settings.groups.items():
            for member in members:
                self.groups.setdefault(member, set()).add(f"group:{group}")

    def of(self, request: Request) -> frozenset[str]:
        """Principals of all who will read the reply.

        In a channel that is everybody in it, now and later, whom we do not know: only what is public may be shown there.
        """
        if request.address.platform == "playground":
            return self.person(request.asker.id)
        if not request.asker.direct:
            return frozenset({PUBLIC})
        person = f"{request.address.platform}:{request.address.tenant}:{request.asker.id}"
        return frozenset({PUBLIC, f"user:{person}", *self.groups.get(person, ())})

    def person(self, name: str) -> frozenset[str]:
        """Principals of a sample person; the public ones for an unknown name."""
        return self.people.principals(name) | self.groups.get(f"playground:local:{name}", set())

    async def check(self, made: Answer, audience: frozenset[str], knowledge: KnowledgeBase) -> None:
        """Access is decided once more before anything is shown: raises AccessChanged when a cited document changed hands."""
        for document in {citation.document for citation in made.citations}:
            if await knowledge.document(document, audience) is None:
                raise AccessChanged(f"{document} is no longer readable by this audience; answering anew")
