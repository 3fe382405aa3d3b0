"""One message of a job, and where the job's record remembers it."""

from dataclasses import dataclass

from core.ledger import Claim


@dataclass(frozen=True, slots=True)
class Slot:
    """`name` "" is the first message, which begins as the placeholder. The properties are names of the record's fields."""

    claim: Claim
    name: str

    @property
    def intent(self) -> str:
        """When posting it was begun: written before, so that a successor knows that it may stand there."""
        return self._field("intent")

    @property
    def placeholder(self) -> str:
        """The platform's id of the message that stands."""
        return self._field("placeholder")

    def _field(self, kind: str) -> str:
        return f"{kind}_{self.name}" if self.name else kind
