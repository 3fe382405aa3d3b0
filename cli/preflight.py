"""What would end the bot or a worker as soon as it starts, told before anything is started."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from core.registry import load
from core.settings import Settings
from core.telemetry import configure
from workers.steps.model import choose_model

BOT = {"bot": "bot.app:application"}  # loaded in the child only
NOWHERE = "redis://127.0.0.1:1/0"  # to build a bot is not to connect it


def preflight(settings: Settings) -> None:
    """Raise SettingsError for a model or platform that cannot be used as it is set.

    In a child: LangChain and the platforms' libraries would stay in this process for as long as it supervises (80 MB).
    """
    if settings.llm != "quote" or settings.slack.on or settings.teams.on:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
            child.submit(_build, settings).result()


def _build(settings: Settings) -> None:
    configure("ERROR")  # what the bot tells of itself comes when it starts
    choose_model(settings.llm)
    load("bot", "bot", BOT)(settings.model_copy(update={"redis_url": NOWHERE}))
