"""A passage in its document, rendered after another access check; not found and not allowed look the same."""

from core.events import publish
from core.messages import View
from core.texts import say
from workers.services import Services
from workers.steps.audience import PUBLIC

LONGEST = 60_000  # characters of a document shown around the passage


async def show(view: View, services: Services) -> None:
    """Publish the `view` event: the document's text around the passage with offsets into what is sent, and who else may read it."""
    audience = services.answering.audience.of(view)
    document = await services.answering.knowledge.document(view.document, audience)
    if document is None:
        await publish(services.redis, view.job, "view", found=False)
    else:
        first = max(0, min(view.start - LONGEST // 2, len(document.text) - LONGEST))
        await publish(
            services.redis,
            view.job,
            "view",
            found=True,
            title=document.title,
            url=document.url,
            language=document.language,
            public=PUBLIC in document.readers,
            groups=sorted(name.removeprefix("group:") for name in document.readers if name.startswith("group:")),
            text=document.text[first : first + LONGEST],
            start=view.start - first,
            end=view.end - first,
        )
    await publish(services.redis, view.job, "end")


async def fail(view: View, services: Services, *, reference: str) -> None:
    """Publish that it cannot be shown, so that the page does not wait for ever."""
    await publish(services.redis, view.job, "failed", text=say("failed", view.language, reference=reference))
    await publish(services.redis, view.job, "end")
