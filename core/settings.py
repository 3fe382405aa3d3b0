"""What the people who run Daedap decide: daedap.toml, then the environment, each wrong key named with the right one beside it."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import SettingsError

# names that people already know for foreign things -> where they land
FOREIGN = {
    "REDIS_URL": "redis_url",
    "SLACK_BOT_TOKEN": "slack.bot_token",
    "SLACK_SIGNING_SECRET": "slack.signing_secret",
    "SLACK_APP_TOKEN": "slack.app_token",
    "SLACK_API_URL": "slack.api_url",
    "MICROSOFT_APP_ID": "teams.app_id",
    "MICROSOFT_APP_PASSWORD": "teams.app_password",
    "MICROSOFT_APP_TENANT_ID": "teams.app_tenant_id",
}


SAMPLES: dict[str, Any] = {"kind": "folder", "path": "samples", "exclude": ["README.md", "*.toml"]}


class Table(BaseModel):
    """A table of daedap.toml: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SlackSettings(Table):
    """`[slack]`; without a bot token Slack is off."""

    bot_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    app_token: SecretStr | None = None  # set: Socket Mode, no public address needed
    api_url: str = "https://slack.com/api/"
    follow_threads: bool = True  # answer on in a thread without being mentioned again

    @property
    def on(self) -> bool:
        return self.bot_token is not None


class TeamsSettings(Table):
    """`[teams]`; without an app id Teams is off. The addresses are those of the public cloud."""

    app_id: str = ""
    app_password: SecretStr | None = None
    app_tenant_id: str = ""
    app_type: Literal["SingleTenant", "UserAssignedMSI", "None"] = "SingleTenant"  # None: no checks, on loopback only
    follow_threads: bool = True  # answer on in a thread without being mentioned again, where Teams delivers that
    login_url: str = "https://login.microsoftonline.com"
    openid_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    issuer: str = "https://api.botframework.com"
    scope: str = "https://api.botframework.com"
    service_hosts: tuple[str, ...] = ("smba.trafficmanager.net", ".teams.microsoft.com")  # who may get the bot's token

    @property
    def on(self) -> bool:
        return bool(self.app_id) or self.app_type == "None"


class LimitSettings(Table):
    """`[limits]`: questions a minute; 0 = no limit."""

    person: int = Field(20, ge=0, le=10_000)
    channel: int = Field(60, ge=0, le=10_000)


class MemorySettings(Table):
    """`[memory]` of conversations, in Redis."""

    turns: int = Field(6, ge=0, le=50)  # newest turns kept
    hours: float = Field(72, gt=0)  # after the last turn


class Settings(BaseSettings):
    """Everything, frozen."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="DAEDAP_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    knowledge: str = "hybrid"
    index: str = "embedded"
    embedder: str = "e5"
    reranker: str = "builtin"
    llm: str = "quote"  # or "provider:model"
    admins: tuple[str, ...] = ()  # platform user ids: "slack:T0123:U0123", "playground:local:mina"
    groups: dict[str, tuple[str, ...]] = {}  # group -> user ids, for documents readable by "group:<name>"
    bind: str = "127.0.0.1:8080"
    data_dir: Path = Path(".daedap")
    redis_url: str | None = None  # none: `daedap up` brings its own
    language: Literal["ko", "en"] = "ko"  # of replies to what has no words of its own
    organisation: str = ""  # named in prompts
    passages: int = Field(8, ge=1, le=30)  # given to the answer
    question_limit: int = Field(4000, ge=100, le=40_000)  # characters
    lease_seconds: float = Field(6.0, ge=1)
    attempts: int = Field(3, ge=1, le=10)
    answer_seconds: float = Field(90.0, ge=5)  # deadline of one attempt
    concurrency: int = Field(256, ge=1, le=1024)  # questions in flight per worker
    worker_megabytes: int = Field(1536, ge=256)  # of one worker's own memory, above which it is started anew
    words: Path | None = None  # company words, one a line, that Korean analysis must not cut
    sources: dict[str, dict[str, Any]] = {"samples": SAMPLES}
    people: Path = Path(
        "people.toml"
    )  # for `--as NAME` and the page's who-am-I; "samples/people.toml" with the samples
    slack: SlackSettings = SlackSettings()
    teams: TeamsSettings = TeamsSettings()
    memory: MemorySettings = MemorySettings()
    limits: LimitSettings = LimitSettings()

    @model_validator(mode="before")
    @classmethod
    def _sample_people(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The sample people come with the sample documents alone: a sample "hr" must never read a real one's."""
        sources = values.get("sources") or {"samples": SAMPLES}
        if any(source != SAMPLES for source in sources.values()):
            return values
        return {"people": SAMPLES["path"] + "/people.toml", **values}

    @field_validator("bind")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("must be HOST:PORT, for example 127.0.0.1:8080")
        return value

    @property
    def host(self) -> str:
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.bind.rpartition(":")[2])

    @property
    def loopback(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls, _: type[BaseSettings], **sources: Any
    ) -> tuple[Any, ...]:
        """The environment wins over the file, whose values come as arguments."""
        return sources["env_settings"], sources["init_settings"]


def load_settings(path: Path | None = None) -> Settings:
    """Settings from `path` (default: $DAEDAP_CONFIG, else ./daedap.toml if it is there) and the environment.

    Raises SettingsError naming the key, its value, the reason and the nearest right key.
    """
    file = path or Path(os.environ.get("DAEDAP_CONFIG", "daedap.toml"))
    if not file.exists() and (path or "DAEDAP_CONFIG" in os.environ):
        raise SettingsError(
            f"settings file {file} does not exist: copy daedap.toml.example there, or unset DAEDAP_CONFIG"
        )
    values = _from_file(file) if file.exists() else {}
    _merge_foreign(values)
    _refuse_unknown_variables()
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem, file) for problem in error.errors())) from None


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {file} cannot be read as TOML: {error}") from None


def _merge_foreign(values: dict[str, Any]) -> None:
    for name, place in FOREIGN.items():
        if value := os.environ.get(name):
            table, _, key = place.rpartition(".")
            (values.setdefault(table, {}) if table else values)[key] = value


def _refuse_unknown_variables() -> None:
    known = [f"DAEDAP_{field.upper()}" for field in Settings.model_fields]
    known += ["DAEDAP_CONFIG", "DAEDAP_CACHE", "DAEDAP_LOG"]
    for name in os.environ:
        if name.startswith("DAEDAP_") and name.split("__")[0] not in known:
            raise SettingsError(f"environment variable {name} is not a setting{_nearest(name, known)}")


def _explain(problem: Any, file: Path) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{key} in {file} (or its DAEDAP_ variable) is not a setting{_nearest(key, _all_keys())}"
    value = "(hidden)" if any(word in key for word in ("token", "secret", "password")) else repr(problem["input"])
    return f"setting {key} = {value}: {problem['msg'].removeprefix('Value error, ')}. See daedap.toml.example."


def _all_keys() -> list[str]:
    tables = {name: field.annotation for name, field in Settings.model_fields.items()}
    nested = [f"{name}.{key}" for name, kind in tables.items() for key in getattr(kind, "model_fields", ())]
    return [*tables, *nested]


def _nearest(name: str, known: list[str]) -> str:
    match = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {match[0]}?" if match else f". The settings are: {', '.join(sorted(known))}"
