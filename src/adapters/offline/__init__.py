"""A deterministic stand-in for a language model: no key, no weights, no network."""

from adapters.offline.embedder import FUSION_WEIGHTS, MODEL, REQUESTS_PER_MINUTE, OfflineEmbedder

__all__ = ["FUSION_WEIGHTS", "MODEL", "REQUESTS_PER_MINUTE", "OfflineEmbedder"]
