"""What the pipeline asks of a language model; imported without any of LangChain."""

from collections.abc import AsyncIterator
from typing import Protocol

from core.registry import load

CHAT = {"chat": "workers.steps.llm:open_model"}  # LangChain costs 0.7 s and 70 MB: loaded only where a model is set


class Model(Protocol):
    """A chat model. Each call gets one attempt: the fallback is quoting, and a person is waiting."""

    name: str

    def stream(self, system: str, user: str, *, seconds: float) -> AsyncIterator[str]:
        """Pieces of the reply as they come. Raises ModelUnavailable when it fails, stalls, is empty or outlasts `seconds`."""
        ...

    async def write(self, system: str, user: str, *, seconds: float) -> str:
        """The whole reply; raises ModelUnavailable."""
        ...


def choose_model(llm: str) -> Model | None:
    """The model that the setting `llm` names, None for "quote". Raises SettingsError when it cannot be used."""
    if llm == "quote":
        return None
    model: Model = load("llm", "chat", CHAT)(llm)
    return model
