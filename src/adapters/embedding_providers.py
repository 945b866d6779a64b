"""Who makes vectors: the providers that a deployment has access to, and the models that they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from adapters.embedding_answers import OnLimits
from adapters.mistral import MistralEmbedder
from adapters.offline import FUSION_WEIGHTS, MODEL, OfflineEmbedder
from adapters.openai_compatible import OpenAICompatibleEmbedder
from application.library.ports import Embedder, FormerEmbedders, WeighedEmbedder
from domain.library import Weights

WEIGHTS: Final[Mapping[str, Weights]] = {
    "offline": FUSION_WEIGHTS,
    "mistral": Weights(lexical=0.7, semantic=0.3),
    "openai-compatible": Weights(lexical=0.7, semantic=0.3),
}
"""By provider, what each leg of a search counts for. With real models from measurements of one, on Italian questions:
from .2 to .5 for meaning, nDCG@10 was never under that of words alone."""

_OF_MISTRAL: Final = ("mistral-", "codestral-")


class EmbeddingProviders:
    """What the deployment knows. A provider without its key or address cannot be used; the offline one always can."""

    def __init__(
        self,
        *,
        mistral_api_key: str | None = None,
        mistral_server_url: str | None = None,
        openai_compatible_url: str | None = None,
        openai_compatible_key: str | None = None,
    ) -> None:
        self._mistral_api_key = mistral_api_key
        self._mistral_server_url = mistral_server_url
        self._openai_compatible_url = openai_compatible_url
        self._openai_compatible_key = openai_compatible_key
        self._opened: list[MistralEmbedder | OpenAICompatibleEmbedder] = []

    def embedder(self, provider: str, model: str, *, on_limits: OnLimits | None = None) -> Embedder:
        """It connects when it is first used. Errors: ValueError for a provider that there is no access to."""
        made: MistralEmbedder | OpenAICompatibleEmbedder
        if provider == "mistral" and self._mistral_api_key is not None:
            made = MistralEmbedder(
                self._mistral_api_key, model=model, server_url=self._mistral_server_url, on_limits=on_limits
            )
        elif provider == "openai-compatible" and self._openai_compatible_url is not None:
            made = OpenAICompatibleEmbedder(
                self._openai_compatible_url, model=model, api_key=self._openai_compatible_key, on_limits=on_limits
            )
        elif provider == "offline" and model == MODEL:
            return OfflineEmbedder()
        else:
            raise ValueError(f"there is no access to {model} of {provider}")
        self._opened.append(made)
        return made

    def provider_of(self, model: str) -> str | None:
        """Who has a model, by its name; None where that is nobody whom there is access to."""
        if model == MODEL:
            return "offline"
        if model.startswith(_OF_MISTRAL) and self._mistral_api_key is not None:
            return "mistral"
        return None if self._openai_compatible_url is None else "openai-compatible"

    async def aclose(self) -> None:
        """Close the connections that the running event loop opened through these embedders."""
        for embedder in self._opened:
            await embedder.aclose()


class BuiltEmbedders(FormerEmbedders):
    """Builds an embedder for questions when its model is first asked for, with `build(provider, model)`."""

    def __init__(self, providers: EmbeddingProviders, build: Callable[[str, str], Embedder]) -> None:
        self._providers = providers
        self._build = build
        self._built: dict[str, WeighedEmbedder] = {}

    def of(self, model: str) -> WeighedEmbedder | None:
        provider = self._providers.provider_of(model)
        if provider is None:
            return None
        if model not in self._built:
            self._built[model] = WeighedEmbedder(embedder=self._build(provider, model), weights=WEIGHTS[provider])
        return self._built[model]
