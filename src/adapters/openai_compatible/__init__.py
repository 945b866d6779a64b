"""Servers of one's own that speak OpenAI's language: vLLM, llama.cpp, Ollama and others."""

from adapters.openai_compatible.chat_model import OpenAICompatibleChatModel
from adapters.openai_compatible.embedder import OpenAICompatibleEmbedder

__all__ = ["OpenAICompatibleChatModel", "OpenAICompatibleEmbedder"]
