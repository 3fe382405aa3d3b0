"""The language model behind one small door: chosen by name, streamed, bounded in time, every failure one kind of error."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from core.errors import ModelUnavailable, SettingsError

log = structlog.get_logger()

FIRST_WORD = 20.0  # seconds without a byte after which a model counts as down
LONGEST = 20_000  # characters; a model that never ends is cut here


class ChatModel:
    """See `model.Model`."""

    def __init__(self, chat: BaseChatModel, name: str) -> None:
        self.chat, self.name = chat, name

    async def stream(self, system: str, user: str, *, seconds: float) -> AsyncIterator[str]:
        """Pieces of the reply as they come. Raises ModelUnavailable when it fails, stalls, is empty or outlasts `seconds`."""
        try:
            async for piece in self._pieces(system, user, seconds):
                yield piece
        except Exception as error:  # providers raise dozens of kinds; to the asker they are one
            log.warning("model.failed", model=self.name, reason=type(error).__name__)
            raise ModelUnavailable(f"llm = {self.name!r}: {type(error).__name__}: {error}") from error

    async def _pieces(self, system: str, user: str, seconds: float) -> AsyncIterator[str]:
        length = 0
        async with asyncio.timeout(seconds):
            pieces = self.chat.astream([SystemMessage(system), HumanMessage(user)])
            while length <= LONGEST and (piece := await asyncio.wait_for(anext(pieces, None), FIRST_WORD)) is not None:
                length += len(piece.text)
                if piece.text:
                    yield piece.text
        if not length:
            raise EOFError("the reply is empty")

    async def write(self, system: str, user: str, *, seconds: float) -> str:
        """The whole reply; raises ModelUnavailable."""
        return "".join([piece async for piece in self.stream(system, user, seconds=seconds)])


def open_model(name: str) -> ChatModel:
    """A model by "provider:model", as LangChain's `init_chat_model` names them; keys and addresses from the provider's own variables.

    Raises SettingsError when the provider is unknown, its package is not installed or its key is missing.
    """
    provider, _, model = name.partition(":")
    if not model:
        raise SettingsError(f"setting llm = {name!r}: write quote, or provider:model, for example openai:gpt-4.1-mini")
    try:
        chat = init_chat_model(model, model_provider=provider, max_retries=0, temperature=0)
    except Exception as error:  # noqa: BLE001  a missing key is another kind of error in every provider's package
        raise SettingsError(f"setting llm = {name!r} cannot be used: {type(error).__name__}: {error}") from None
    return ChatModel(chat, name)
