"""Who makes the vectors: what the settings say, and which former models can still be asked."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.embedding_providers import WEIGHTS, BuiltEmbedders, EmbeddingProviders
from adapters.mistral import MistralEmbedder
from adapters.offline import OfflineEmbedder
from adapters.openai_compatible import OpenAICompatibleEmbedder
from application.app import Application
from application.library import Embedder
from domain.library import Weights
from entrypoints.bootstrap import Container
from entrypoints.settings import Settings, load_settings
from tests.wire.embedding_server import EmbeddingServer

DATABASES = {"database_url": "postgresql://nowhere/d", "redis_url": "redis://nowhere/0"}
MISTRAL = {"mistral_api_key": "k"}
LOCAL = {"openai_compatible_url": "http://127.0.0.1:9", "chosen_embedding_model": "bge-m3"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def composed(**settings: Any) -> Application:
    """Nothing of it connects."""
    container = Container(settings=load_settings(env_file=None, **DATABASES, **settings), role="api")
    return container.application()


@pytest.mark.parametrize(
    ("settings", "kind", "model", "weights"),
    [
        ({}, OfflineEmbedder, "offline-hash-2", Weights(lexical=0.8, semantic=0.2)),
        (MISTRAL, MistralEmbedder, "mistral-embed", Weights(lexical=0.7, semantic=0.3)),
        (LOCAL, OpenAICompatibleEmbedder, "bge-m3", Weights(lexical=0.7, semantic=0.3)),
    ],
)
def test_the_settings_choose_the_embedder_of_chunks_and_of_questions(
    settings: dict[str, Any], kind: type[Embedder], model: str, weights: Weights
) -> None:
    application = composed(**settings)
    assert isinstance(application.library.embed_chunks.embedder, kind)
    search = application.library.search
    assert (search.embedder.model, search.weights) == (model, weights)
    assert application.service.embedder == model
    assert application.library.retire_models.model == application.library.sweep.model == model


def test_former_models_are_built_of_what_there_is_access_to() -> None:
    former = composed(**MISTRAL).library.search.former
    assert former is not None
    offline, other = former.of("offline-hash-2"), former.of("codestral-embed")
    assert offline is not None
    assert (offline.embedder.model, offline.weights) == ("offline-hash-2", WEIGHTS["offline"])
    assert other is not None
    assert (other.embedder.model, other.weights) == ("codestral-embed", WEIGHTS["mistral"])
    assert former.of("offline-hash-2") is offline
    assert former.of("bge-m3") is None


@pytest.mark.parametrize(
    ("access", "model", "provider"),
    [
        ({}, "offline-hash-2", "offline"),
        ({}, "mistral-embed", None),
        ({}, "bge-m3", None),
        ({"mistral_api_key": "k"}, "mistral-embed-2312", "mistral"),
        ({"mistral_api_key": "k"}, "bge-m3", None),
        ({"openai_compatible_url": "http://h"}, "bge-m3", "openai-compatible"),
        ({"openai_compatible_url": "http://h"}, "mistral-embed", "openai-compatible"),
        ({"openai_compatible_url": "http://h", "mistral_api_key": "k"}, "mistral-embed", "mistral"),
    ],
)
def test_a_model_is_its_providers_by_name(access: dict[str, str], model: str, provider: str | None) -> None:
    assert EmbeddingProviders(**access).provider_of(model) == provider


def test_what_there_is_no_access_to_is_not_built() -> None:
    with pytest.raises(ValueError, match="no access"):
        EmbeddingProviders().embedder("mistral", "mistral-embed")
    with pytest.raises(ValueError, match="no access"):
        EmbeddingProviders().embedder("offline", "mistral-embed")


async def test_what_was_opened_is_closed_with_the_providers() -> None:
    with EmbeddingServer() as server:
        providers = EmbeddingProviders(mistral_api_key="k", mistral_server_url=server.url)
        former = BuiltEmbedders(providers, providers.embedder).of("mistral-embed")
        assert former is not None
        assert len(await former.embedder.embed(["uno"])) == 1
        await providers.aclose()
        assert len(await former.embedder.embed(["due"])) == 1  # it opens anew when it is asked
        await providers.aclose()
