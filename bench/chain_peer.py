"""The peer of bench.chain: a bolt listener that runs a LangChain retrieval chain over our index in its own process, and posts."""

import os
import sys
from typing import Any

from aiohttp import web
from langchain.chat_models import init_chat_model
from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnablePassthrough
from slack_bolt.async_app import AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from core.settings import load_settings
from retrieval.models import PUBLIC, Query
from retrieval.protocols import KnowledgeBase
from retrieval.registry import Library
from workers.steps.prompt import rules


class OverOurIndex(BaseRetriever):
    """Our knowledge base as LangChain asks one."""

    knowledge: Any  # a KnowledgeBase, of which pydantic knows no instances
    limit: int

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        found = await self.knowledge.retrieve(Query(query, "ko", frozenset({PUBLIC}), limit=self.limit))
        return [Document(one.text, metadata={"title": one.title, "place": one.place}) for one in found.passages]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        raise TypeError(f"{query!r}: this chain is only asked asynchronously")


def chain(knowledge: KnowledgeBase, limit: int) -> Runnable[str, str]:
    """As LangChain's documentation writes it: retrieve, stuff, ask, parse."""

    def stuffed(documents: list[Document]) -> str:
        return "\n\n".join(
            f"[{number}] {one.metadata['title']} · {one.metadata['place']}\n{one.page_content}"
            for number, one in enumerate(documents, 1)
        )

    prompt = ChatPromptTemplate.from_messages([("system", rules("ko", "")), ("human", "{context}\n\nQ: {question}")])
    model = init_chat_model("test", model_provider="openai", temperature=0, streaming=True)
    asked = {"context": OverOurIndex(knowledge=knowledge, limit=limit) | stuffed, "question": RunnablePassthrough()}
    return asked | prompt | model | StrOutputParser()


def app() -> AsyncApp:
    """Bolt acknowledges at once and goes on in the same process: what is not answered when it dies is lost."""
    settings = load_settings()
    knowledge = Library(settings).knowledge()
    answer = chain(knowledge, settings.passages)
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    bolt = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    @bolt.event("app_mention")
    async def mentioned(event: dict[str, str], say: AsyncSay) -> None:
        said = await answer.ainvoke(event["text"].partition("> ")[2])
        await say(said, thread_ts=event["ts"])

    @bolt.event("message")
    async def twin() -> None:
        """Else it is a 404, and Slack sends it again."""

    return bolt


if __name__ == "__main__":
    web.run_app(app().web_app("/slack/events"), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
