"""Who answers in conversations: what the settings say. Nothing of it connects."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.mistral.chat_model import MistralChatModel
from adapters.offline.chat_model import OfflineChatModel
from adapters.openai_compatible import OpenAICompatibleChatModel
from adapters.streamed_answers import Patience
from entrypoints.bootstrap import Container
from entrypoints.settings import InvalidSettings, Settings, load_settings

KEY = {"mistral_api_key": "k"}
OWN = {"openai_compatible_url": "http://127.0.0.1:11434", "chosen_embedding_model": "bge-m3"}
PRODUCTION = {"environment": "production", "allow_development_issuer": True}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def composed(**settings: Any) -> Container:
    databases = {"database_url": "postgresql://nowhere/d", "redis_url": "redis://nowhere/0"}
    return Container(settings=load_settings(env_file=None, **databases, **settings), role="api")


def faults(**settings: Any) -> list[str]:
    with pytest.raises(InvalidSettings) as raised:
        load_settings(env_file=None, **settings)
    return [line.partition(":")[0] for line in raised.value.faults]


def test_without_a_key_passages_are_quoted() -> None:
    container = composed()
    assert isinstance(container.chat_model(), OfflineChatModel)
    assert container.application().service.language_model == "offline"


def test_with_a_key_mistral_answers() -> None:
    container = composed(**KEY)
    assert isinstance(container.chat_model(), MistralChatModel)
    assert container.application().service.language_model == "mistral-small-latest"


def test_the_model_can_be_named_for_chat_alone() -> None:
    container = composed(**KEY, chosen_chat_model="mistral-medium-latest")
    assert container.chat_model().name == "mistral-medium-latest"
    assert container.structured_model().name == "mistral-small-latest"


def test_a_server_of_ones_own_answers_when_it_is_chosen() -> None:
    container = composed(**OWN, chosen_chat_provider="openai-compatible", chosen_chat_model="qwen3:8b")
    assert isinstance(container.chat_model(), OpenAICompatibleChatModel)
    assert container.application().service.language_model == "qwen3:8b"
    assert isinstance(composed(**OWN).chat_model(), OfflineChatModel)


def test_how_long_it_may_take_is_said() -> None:
    container = composed(**KEY, chat_first_token_seconds=5, chat_token_seconds=6, chat_answer_seconds=7)
    assert container.chat_patience() == Patience(first_token=5, between_tokens=6, whole=7)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"chosen_chat_provider": "mistral"}, "CHAT_PROVIDER"),
        ({"chosen_chat_provider": "openai-compatible", "chosen_chat_model": "m"}, "CHAT_PROVIDER"),
        ({**OWN, "chosen_chat_provider": "openai-compatible"}, "CHAT_MODEL"),
        ({"chosen_chat_model": "mistral-small-latest"}, "CHAT_MODEL"),
        ({"chat_context_tokens": 100}, "CHAT_CONTEXT_TOKENS"),
    ],
)
def test_a_choice_that_cannot_be_kept_stops_the_start(settings: dict[str, Any], fault: str) -> None:
    assert faults(**settings) == [fault]


def test_production_needs_leave_for_the_offline_model_only() -> None:
    assert faults(**PRODUCTION) == ["ALLOW_OFFLINE_MODEL"]
    assert faults(**PRODUCTION, **KEY, chosen_chat_provider="offline") == ["ALLOW_OFFLINE_MODEL"]
    assert faults(**PRODUCTION, chosen_chat_provider="mistral") == ["CHAT_PROVIDER"]
    assert load_settings(env_file=None, **PRODUCTION, **KEY).chat_provider == "mistral"
