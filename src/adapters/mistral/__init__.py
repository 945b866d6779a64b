"""Mistral's models, through its official SDK."""

from adapters.mistral.embedder import MistralEmbedder

__all__ = ["MistralEmbedder"]
