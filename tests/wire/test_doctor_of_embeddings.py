"""What `studiolo doctor` says of the embedder: a real call, through the real composition."""

from __future__ import annotations

from typing import Any

import pytest

from entrypoints.cli.doctor import Complaint, embedder
from entrypoints.settings import Settings, load_settings
from tests.conftest import PostgresUrls
from tests.wire.embedding_server import EmbeddingServer, failing, with_vectors

KEY = "sk-hunter2hunter2"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def settings(postgres: PostgresUrls, **given: Any) -> Settings:
    return load_settings(
        env_file=None,
        database_url=postgres.api,
        redis_url="redis://nowhere/0",
        embedding_requests_per_minute=600,
        **given,
    )


def test_it_names_model_provider_size_and_tokens(postgres: PostgresUrls) -> None:
    with EmbeddingServer() as server:
        told = embedder(settings(postgres, mistral_api_key=KEY, mistral_server_url=server.url))
        assert told == "mistral-embed (mistral), 1024 dimensions, 2 tokens used"
        assert server.complaints == []
        assert len(server.requests) == 1


def test_offline_no_token_is_used(postgres: PostgresUrls) -> None:
    assert embedder(settings(postgres)) == "offline-hash-2 (offline), 1024 dimensions"


def test_a_refused_key_is_told_and_the_key_is_not(postgres: PostgresUrls) -> None:
    with EmbeddingServer() as server:
        server.answer_next(failing(401))
        with pytest.raises(Complaint, match="refuses the key") as told:
            embedder(settings(postgres, mistral_api_key=KEY, mistral_server_url=server.url))
        assert KEY not in str(told.value)


def test_a_model_that_is_too_large_is_told_with_the_size_that_is_needed(postgres: PostgresUrls) -> None:
    with EmbeddingServer(dialect="openai") as server:
        server.answer_next(with_vectors(dimensions=4_096))
        with pytest.raises(Complaint, match="1024 or fewer are needed"):
            embedder(settings(postgres, openai_compatible_url=server.url, chosen_embedding_model="qwen"))


def test_a_spent_limit_is_told_as_such(postgres: PostgresUrls) -> None:
    with EmbeddingServer() as server:
        hasty = {
            "mistral_api_key": KEY,
            "mistral_server_url": server.url,
            "chosen_embedding_model": "mistral-embed-2312",
        }
        one = settings(postgres, **hasty).model_copy(update={"embedding_requests_per_minute": 1})
        embedder(one)
        with pytest.raises(Complaint, match="try again in a minute"):
            embedder(one)
        assert len(server.requests) == 1
