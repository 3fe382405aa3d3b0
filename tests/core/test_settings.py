"""Settings: the file, the environment over it, and a wrong key answered with the right one."""

import pytest

from core.errors import SettingsError
from core.settings import load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_set_gives_the_defaults_of_a_first_run():
    settings = load_settings()
    assert (settings.knowledge, settings.llm, settings.bind, settings.redis_url) == (
        "hybrid",
        "quote",
        "127.0.0.1:8080",
        None,
    )
    assert settings.loopback and not settings.slack.on


def test_the_environment_wins_over_the_file(folder, monkeypatch):
    (folder / "daedap.toml").write_text("passages = 5\nlease_seconds = 30\n[slack]\nfollow_threads = true\n")
    monkeypatch.setenv("DAEDAP_PASSAGES", "3")
    monkeypatch.setenv("DAEDAP_SLACK__FOLLOW_THREADS", "false")
    monkeypatch.setenv("DAEDAP_ADMINS", '["slack:T1:U1"]')
    settings = load_settings()
    assert (settings.passages, settings.lease_seconds, settings.slack.follow_threads) == (3, 30, False)
    assert settings.admins == ("slack:T1:U1",)


def test_names_that_people_know_are_read(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "hush")
    settings = load_settings()
    assert settings.redis_url == "redis://127.0.0.1:1/0" and settings.slack.on
    assert "xoxb" not in repr(settings) and "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("embeder = 'e5'", "embeder", "embedder"),
        ("[slack]\nfollow_thread = true", "slack.follow_thread", "slack.follow_threads"),
        ("bind = '8080'", "bind", "HOST:PORT"),
        ("[slak]\nfollow_threads = true", "slak", "slack"),
        ("passages = 'many'", "passages", "integer"),
        ("passages = 0", "passages", "greater than or equal to 1"),
        ("llm = ", "daedap.toml", "TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_the_way_out(folder, text, wrong, right):
    (folder / "daedap.toml").write_text(text)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert wrong in str(error.value) and right in str(error.value)


def test_a_typo_in_a_variable_is_an_error_with_the_right_name(monkeypatch):
    monkeypatch.setenv("DAEDAP_RERANKR", "none")
    with pytest.raises(SettingsError, match=r"DAEDAP_RERANKR.*did you mean DAEDAP_RERANKER"):
        load_settings()


def test_a_secret_never_stands_in_an_error(folder):
    (folder / "daedap.toml").write_text("[slack]\nbot_token = 12345\n")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert "12345" not in str(error.value)


def test_a_missing_file_that_was_asked_for_is_an_error(monkeypatch):
    monkeypatch.setenv("DAEDAP_CONFIG", "elsewhere.toml")
    with pytest.raises(SettingsError, match=r"elsewhere\.toml does not exist"):
        load_settings()


def test_the_names_of_a_teams_app_are_read_and_its_password_hidden(monkeypatch):
    monkeypatch.setenv("MICROSOFT_APP_ID", "id-1")
    monkeypatch.setenv("MICROSOFT_APP_PASSWORD", "hush")
    monkeypatch.setenv("MICROSOFT_APP_TENANT_ID", "tenant-1")
    settings = load_settings()
    assert (settings.teams.app_id, settings.teams.app_tenant_id) == ("id-1", "tenant-1") and "hush" not in repr(
        settings
    )
