"""Settings: read from the environment and a file, and every fault told at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entrypoints.settings import InvalidSettings, Settings, default_data_dir, load_settings

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def faults() -> list[str]:
    with pytest.raises(InvalidSettings) as refused:
        load_settings(env_file=None)
    return list(refused.value.faults)


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings(env_file=None)
    assert (settings.environment, settings.port, settings.max_upload_bytes) == ("development", 8000, 50_000_000)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("STUDIOLO_PORT=9001\nMONTHLY_ALLOWANCE=7\n")
    monkeypatch.setenv("STUDIOLO_PORT", "9002")
    settings = load_settings(env_file=tmp_path / ".env")
    assert (settings.port, settings.monthly_allowance) == (9002, 7)


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIOLO_PORT", "9002")
    assert load_settings(env_file=None, port=9003, data_dir=None).port == 9003


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("STUDIOLO_PORT", "")
    settings = load_settings(env_file=None)
    assert (settings.database_url, settings.port) == (None, 8000)


def test_every_fault_is_told_at_once_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIOLO_PORT", "eighty")
    monkeypatch.setenv("WORKER_THREADS", "0")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    monkeypatch.setenv("DATABASE_URL", "mysql://h/d")
    monkeypatch.setenv("REDIS_URL", "localhost")
    monkeypatch.setenv("ALLOWED_ORIGINS", "app.example.org")
    told = faults()
    names = {line.partition(":")[0] for line in told}
    assert names == {"STUDIOLO_PORT", "WORKER_THREADS", "LOG_LEVEL", "DATABASE_URL", "REDIS_URL", "ALLOWED_ORIGINS"}
    assert all("\n" not in line for line in told)


def test_a_fault_repeats_the_value_but_never_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIOLO_PORT", "eighty")
    monkeypatch.setenv("DATABASE_URL", "mysql://anna:hunter2@h/d")
    told = "\n".join(faults())
    assert "eighty" in told
    assert "hunter2" not in told


def test_a_direct_address_needs_the_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECT_URL", "postgresql://h/d")
    assert [line.partition(":")[0] for line in faults()] == ["DIRECT_URL"]


def test_migrations_take_the_direct_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://pooled/d")
    assert load_settings(env_file=None).migrations_url == "postgresql://pooled/d"
    monkeypatch.setenv("DIRECT_URL", "postgres://direct/d")
    assert load_settings(env_file=None).migrations_url == "postgresql://direct/d"


def test_production_refuses_stand_ins_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIOLO_ENV", "production")
    assert sorted(line.partition(":")[0] for line in faults()) == ["ALLOW_DEVELOPMENT_ISSUER", "ALLOW_OFFLINE_MODEL"]
    monkeypatch.setenv("ALLOW_DEVELOPMENT_ISSUER", "true")
    assert [line.partition(":")[0] for line in faults()] == ["ALLOW_OFFLINE_MODEL"]
    monkeypatch.setenv("ALLOW_OFFLINE_MODEL", "true")
    assert load_settings(env_file=None).environment == "production"


def test_with_clerk_production_needs_no_leave_for_the_development_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIOLO_ENV", "production")
    monkeypatch.setenv("ALLOW_OFFLINE_MODEL", "true")
    monkeypatch.setenv("CLERK_ISSUER", "https://clerk.example.org/")
    assert [line.partition(":")[0] for line in faults()] == ["CLERK_AUTHORIZED_PARTIES"]
    monkeypatch.setenv("CLERK_AUTHORIZED_PARTIES", "https://app.example.org, https://m.example.org")
    settings = load_settings(env_file=None)
    assert settings.clerk_issuer == "https://clerk.example.org"
    assert settings.clerk_keys_url == "https://clerk.example.org/.well-known/jwks.json"
    assert settings.clerk_authorized_parties == ("https://app.example.org", "https://m.example.org")
    monkeypatch.setenv("CLERK_ISSUER", "http://clerk.example.org")
    assert "CLERK_ISSUER" in [line.partition(":")[0] for line in faults()]


@pytest.mark.parametrize("issuer", ["clerk.example.org", "https://", "ftp://x", "https://x?y", "https://a b"])
def test_an_issuer_is_an_address(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    monkeypatch.setenv("CLERK_ISSUER", issuer)
    assert "CLERK_ISSUER" in [line.partition(":")[0] for line in faults()]


def test_webhook_secrets_are_several_during_a_rotation_and_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLERK_WEBHOOK_SECRET", "whsec_c2VjcmV0, whsec_aHVudGVyMg==")
    settings = load_settings(env_file=None)
    assert settings.clerk_webhook_secrets == ("whsec_c2VjcmV0", "whsec_aHVudGVyMg==")
    assert "whsec" not in repr(settings)
    for wrong in ("whsec_hunter2!", "whsec_c2VjcmV0,è"):
        monkeypatch.setenv("CLERK_WEBHOOK_SECRET", wrong)
        (fault,) = faults()
        assert fault.startswith("CLERK_WEBHOOK_SECRET: ")
        assert wrong not in fault


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://anna:hunter2@h/d")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@h/0")
    assert "hunter2" not in repr(load_settings(env_file=None))


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(env_file=None).port = 9


def test_data_stay_in_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "studiolo"


def test_the_example_file_has_every_setting_with_its_default_and_a_comment() -> None:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    named = {line.partition("=")[0]: line.partition("=")[2] for line in lines if re.match(r"[A-Z_]+=", line)}
    assert set(named) == {str(field.alias) for field in Settings.model_fields.values()}
    for number, line in enumerate(lines):
        if re.match(r"[A-Z_]+=", line):
            assert lines[number - 1].startswith("# "), line


def test_the_example_file_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(env_file=PROJECT / ".env.example") == load_settings(env_file=None)


class TestEmbeddings:
    def test_without_access_to_anything_the_offline_model_embeds(self) -> None:
        settings = load_settings(env_file=None)
        assert (settings.embedding_provider, settings.embedding_model) == ("offline", "offline-hash-2")

    def test_a_key_is_enough_for_mistral_and_does_not_show(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MISTRAL_API_KEY", "hunter2")
        settings = load_settings(env_file=None)
        assert (settings.embedding_provider, settings.embedding_model) == ("mistral", "mistral-embed")
        assert "hunter2" not in repr(settings)

    def test_a_server_of_ones_own_needs_a_model(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_COMPATIBLE_URL", "http://127.0.0.1:11434/")
        assert [line.partition(":")[0] for line in faults()] == ["EMBEDDING_MODEL"]
        monkeypatch.setenv("EMBEDDING_MODEL", "bge-m3")
        settings = load_settings(env_file=None)
        assert (settings.embedding_provider, settings.embedding_model) == ("openai-compatible", "bge-m3")
        assert settings.openai_compatible_url == "http://127.0.0.1:11434"

    def test_of_two_one_is_to_be_chosen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MISTRAL_API_KEY", "hunter2")
        monkeypatch.setenv("OPENAI_COMPATIBLE_URL", "http://127.0.0.1:11434")
        (fault,) = faults()
        assert fault.startswith("EMBEDDING_PROVIDER: ")
        monkeypatch.setenv("EMBEDDING_PROVIDER", "mistral")
        assert load_settings(env_file=None).embedding_model == "mistral-embed"
        monkeypatch.setenv("EMBEDDING_PROVIDER", "offline")
        assert load_settings(env_file=None).embedding_model == "offline-hash-2"

    @pytest.mark.parametrize(
        ("variables", "fault"),
        [
            ({"EMBEDDING_PROVIDER": "mistral"}, "EMBEDDING_PROVIDER"),
            ({"EMBEDDING_PROVIDER": "openai-compatible"}, "EMBEDDING_PROVIDER"),
            ({"EMBEDDING_PROVIDER": "acme"}, "EMBEDDING_PROVIDER"),
            ({"EMBEDDING_MODEL": "bge-m3"}, "EMBEDDING_MODEL"),
            ({"EMBEDDING_MODEL": "offline-hash-2", "MISTRAL_API_KEY": "k"}, "EMBEDDING_MODEL"),
            ({"EMBEDDING_MODEL": "two words", "MISTRAL_API_KEY": "k"}, "EMBEDDING_MODEL"),
            ({"OPENAI_COMPATIBLE_URL": "127.0.0.1:11434", "EMBEDDING_MODEL": "m"}, "OPENAI_COMPATIBLE_URL"),
            ({"MISTRAL_SERVER_URL": "ftp://x"}, "MISTRAL_SERVER_URL"),
            ({"MISTRAL_API_KEY": "two words"}, "MISTRAL_API_KEY"),
        ],
    )
    def test_what_cannot_be_is_one_fault(
        self, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], fault: str
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        (told,) = faults()
        assert told.startswith(f"{fault}: ")
        assert "two words" not in told or fault == "EMBEDDING_MODEL"

    def test_production_still_refuses_the_offline_stand_ins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key is no leave for them, where they were chosen."""
        monkeypatch.setenv("STUDIOLO_ENV", "production")
        monkeypatch.setenv("ALLOW_DEVELOPMENT_ISSUER", "true")
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
        monkeypatch.setenv("CHAT_PROVIDER", "offline")
        assert [line.partition(":")[0] for line in faults()] == ["ALLOW_OFFLINE_MODEL"]


class TestLanguageModel:
    def test_without_a_key_rules_write_and_grade(self) -> None:
        settings = load_settings(env_file=None)
        assert (settings.exercise_writer, settings.answer_judge, settings.blind_resolve) == ("offline", "off", False)
        assert not settings.asks_language_model

    def test_a_key_is_enough_for_a_writer_and_a_judge(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MISTRAL_API_KEY", "hunter2")
        settings = load_settings(env_file=None)
        assert (settings.exercise_writer, settings.answer_judge, settings.blind_resolve) == (
            "mistral",
            "mistral",
            False,
        )
        assert settings.mistral_chat_model == "mistral-small-latest"
        assert settings.asks_language_model

    def test_with_a_key_each_can_be_told_otherwise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MISTRAL_API_KEY", "hunter2")
        monkeypatch.setenv("EXERCISE_WRITER", "offline")
        monkeypatch.setenv("ANSWER_JUDGE", "off")
        assert not load_settings(env_file=None).asks_language_model
        monkeypatch.setenv("BLIND_RESOLVE", "true")
        settings = load_settings(env_file=None)
        assert (settings.exercise_writer, settings.answer_judge) == ("offline", "off")
        assert settings.asks_language_model

    @pytest.mark.parametrize(
        ("variables", "fault"),
        [
            ({"EXERCISE_WRITER": "mistral"}, "EXERCISE_WRITER: needs MISTRAL_API_KEY"),
            ({"ANSWER_JUDGE": "mistral"}, "ANSWER_JUDGE: needs MISTRAL_API_KEY"),
            ({"BLIND_RESOLVE": "true"}, "BLIND_RESOLVE: needs MISTRAL_API_KEY"),
            ({"EXERCISE_WRITER": "acme"}, "EXERCISE_WRITER: "),
            ({"ANSWER_JUDGE": "offline"}, "ANSWER_JUDGE: "),
            ({"MISTRAL_CHAT_MODEL": "two words"}, "MISTRAL_CHAT_MODEL: "),
            ({"LANGUAGE_MODEL_DEADLINE_SECONDS": "0"}, "LANGUAGE_MODEL_DEADLINE_SECONDS: "),
            ({"EXERCISE_WRITER": "mistral", "MISTRAL_API_KEY": "two words"}, "MISTRAL_API_KEY: "),
        ],
    )
    def test_what_cannot_be_is_one_fault(
        self, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], fault: str
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        (told,) = faults()
        assert told.startswith(fault)


@pytest.mark.parametrize("contact", ["a\r\nhost: b", "due parole", "posta@èx.example", "(posta)"])
def test_a_contact_is_fit_for_a_header(monkeypatch: pytest.MonkeyPatch, contact: str) -> None:
    monkeypatch.setenv("FETCH_CONTACT", contact)
    assert [line.partition(":")[0] for line in faults()] == ["FETCH_CONTACT"]


def test_requests_to_the_embedder_are_two_a_minute_a_number_or_left_to_the_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_settings(env_file=None).embedding_requests_per_minute == 2
    for value, means in (("600", 600), ("auto", None), ("AUTO", None)):
        monkeypatch.setenv("EMBEDDING_REQUESTS_PER_MINUTE", value)
        assert load_settings(env_file=None).embedding_requests_per_minute == means
    for value in ("0", "-1", "many"):
        monkeypatch.setenv("EMBEDDING_REQUESTS_PER_MINUTE", value)
        (fault,) = faults()
        assert fault.startswith("EMBEDDING_REQUESTS_PER_MINUTE: ")


@pytest.mark.parametrize("url", ["s3://appunti", "s3://appunti/originali/2026", "gs://appunti", "az://appunti/a.b"])
def test_files_may_be_kept_in_an_object_store(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FILES_URL", f"{url}/")
    assert load_settings(env_file=None).files_url == url


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3:appunti", "ftp://appunti", "/srv/files", "s3://key:secret@appunti", "s3://appunti?x=secret"],
)
def test_any_other_address_for_files_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FILES_URL", url)
    assert faults() == ["FILES_URL: must be such as s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"]
