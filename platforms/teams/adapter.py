"""Botbuilder's half of speaking: a turn made from a conversation reference, sent over our connections instead of its own."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from botbuilder.core import CloudAdapterBase, TurnContext
from botbuilder.schema import Activity, ConversationReference, Entity, ResourceResponse
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import BotFrameworkAuthentication, ConnectorFactory
from botframework.connector.bot_framework_sdk_client_async import BotFrameworkConnectorConfiguration
from msrest.authentication import Authentication
from msrest.pipeline import Request, Response
from msrest.pipeline.async_abc import AsyncHTTPSender, AsyncPipeline
from msrest.pipeline.universal import RawDeserializer


class Exchange(Protocol):
    """One call to Teams and its reply."""

    async def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str], body: str | None
    ) -> dict[str, Any]: ...


Deed = Callable[[TurnContext], Awaitable[Any]]

REGIONS = 32  # service urls whose client is kept


class AnyEntity(Entity):  # type: ignore[misc]
    """Keeps every property: the SDK's own drops all but `type`, and citations and labels vanish without a word."""

    _attribute_map: ClassVar = {
        "type": {"key": "type", "type": "str"},
        "additional_properties": {"key": "", "type": "{object}"},
    }


class Adapter(CloudAdapterBase):  # type: ignore[misc]
    """Says, replaces and takes back; raises what `exchange` raises."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(_Outgoing(exchange))

    async def say(self, reference: dict[str, Any], activity: dict[str, Any]) -> str:
        """The new message's id, "" when the reply has none."""
        sent = _activity(activity)
        said: list[str] = []

        async def deed(turn: TurnContext) -> None:
            said.append(str((await turn.send_activity(sent)).id or ""))

        await self._turn(reference, deed)
        return said[0]

    async def replace(self, reference: dict[str, Any], name: str, activity: dict[str, Any]) -> None:
        """The message `name` becomes this one."""
        sent = _activity(activity)
        sent.id = name
        await self._turn(reference, lambda turn: turn.update_activity(sent))

    async def take_back(self, reference: dict[str, Any], name: str) -> None:
        """The message `name` goes."""
        await self._turn(reference, lambda turn: turn.delete_activity(name))

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        """Always to the conversation, whose id names the thread.

        The SDK posts a reply to `…/activities/{replyToId}`, where Teams now takes that for the root of a thread, in group
        chats too, and may give no id back (Microsoft's own later SDK: teams.py #521, #586).
        """
        speak = context.turn_state[self.BOT_CONNECTOR_CLIENT_KEY].conversations.send_to_conversation
        return [await speak(one.conversation.id, one) or ResourceResponse(id="") for one in activities]

    async def _turn(self, reference: dict[str, Any], deed: Deed) -> None:
        given = ConversationReference.deserialize(reference)
        # TurnContext.get_conversation_reference takes all this from the activity it answers. The SDK's own
        # continuation has a random id there, which then becomes replyToId.
        heard = Activity(
            type="event",
            id=given.activity_id,
            channel_id=given.channel_id,
            service_url=given.service_url,
            conversation=given.conversation,
            recipient=given.bot,
            from_property=given.user,
            locale=given.locale,
        )
        await self.process_proactive(self.create_claims_identity(), heard, None, deed)


class _Outgoing(BotFrameworkAuthentication, ConnectorFactory):  # type: ignore[misc]
    """Clients over our connections. Tokens are theirs to add, and what comes in is checked elsewhere."""

    def __init__(self, exchange: Exchange) -> None:
        self._client = lru_cache(REGIONS)(lambda url: _client(url, exchange))

    def create_connector_factory(self, claims_identity: Any) -> ConnectorFactory:  # noqa: ARG002
        return self

    async def create(self, service_url: str, audience: str | None = None) -> ConnectorClient:  # noqa: ARG002
        return self._client(service_url)

    async def create_user_token_client(self, claims_identity: Any) -> None:
        """Nobody signs in."""

    async def authenticate_request(self, activity: Activity, auth_header: str) -> Any:  # noqa: ARG002
        raise PermissionError("incoming activities are checked by bot/teams/verify.py")

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> Any:  # noqa: ARG002
        raise PermissionError("there are no streaming connections")


class _Wire(AsyncHTTPSender[Any, Any]):
    """msrest's way out. Its own senders run requests in threads, and its aiohttp one loses headers and body."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def send(self, request: Request[Any], **config: Any) -> Response[Any, Any]:  # noqa: ARG002
        given = request.http_request
        headers = {name: value for name, value in given.headers.items() if name != "Content-Length"}
        return Response(
            request, _Reply(await self._exchange(given.method, given.url, headers=headers, body=given.data))
        )

    async def __aexit__(self, *exc_details: object) -> None:
        """The connections are not ours."""


class _Reply:
    """As much of a response as msrest looks at."""

    status_code = 200

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = json.dumps(content)
        self.headers = {"content-type": "application/json"}
        self.context: dict[str, Any] = {}

    def text(self) -> str:
        return self._content


def _client(url: str, exchange: Exchange) -> ConnectorClient:
    config = BotFrameworkConnectorConfiguration(
        Authentication(),  # adds nothing
        url,
        pipeline_type=lambda config: AsyncPipeline([config.user_agent_policy, RawDeserializer()], _Wire(exchange)),
    )
    return ConnectorClient(config.credentials, url, custom_configuration=config)


def _activity(given: dict[str, Any]) -> Activity:
    made = Activity.deserialize({name: value for name, value in given.items() if name != "entities"})
    if given.get("entities"):
        made.entities = [_entity(entity) for entity in given["entities"]]
    return made


def _entity(given: dict[str, Any]) -> AnyEntity:
    rest = {name: value for name, value in given.items() if name != "type"}
    return AnyEntity(type=given["type"], additional_properties=rest)
