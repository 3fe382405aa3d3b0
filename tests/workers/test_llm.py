"""The model's door, over the real wire of an OpenAI-compatible server."""

import pytest
from langchain_openai.chat_models._client_utils import _cached_async_httpx_client

from core.errors import ModelUnavailable, SettingsError
from tests.platforms.openai_server import OpenAIServer
from workers.steps import llm
from workers.steps.llm import open_model


@pytest.fixture
async def server(monkeypatch):
    server = OpenAIServer()
    await server.start()
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    yield server
    await server.stop()


@pytest.fixture
async def model(server):
    model = open_model("openai:test")
    yield model
    await model.chat.root_async_client.close()  # type: ignore[attr-defined]
    _cached_async_httpx_client.cache_clear()  # kept for the process' life; here every test has a loop of its own


async def test_korean_cut_in_the_middle_of_characters_arrives_whole(server, model):
    pieces = [piece async for piece in model.stream("rules", "질문", seconds=10)]
    assert "".join(pieces) == server.reply
    assert len(pieces) > 3
    assert [message["content"] for message in server.requests[0]["messages"]] == ["rules", "질문"]


@pytest.mark.parametrize("fault", ["500", "empty", "cut", "hang"])
async def test_every_failure_of_a_model_is_one_kind_of_error(server, model, monkeypatch, fault):
    monkeypatch.setattr(llm, "FIRST_WORD", 0.5)
    server.fault = fault
    with pytest.raises(ModelUnavailable):
        await model.write("rules", "question", seconds=5)
    assert len(server.requests) == 1


async def test_a_model_that_dribbles_is_cut_at_its_budget(server, model):
    server.fault, server.reply = "slow", "word " * 100
    with pytest.raises(ModelUnavailable):
        await model.write("rules", "question", seconds=1)


def test_a_wrong_model_setting_says_what_to_write(monkeypatch):
    with pytest.raises(SettingsError, match="provider:model"):
        open_model("gpt-4")
    with pytest.raises(SettingsError, match="nonsense"):
        open_model("nonsense:model")
    with pytest.raises(SettingsError, match=r"api_key|API_KEY"):
        open_model("openai:gpt-4.1-mini")
