"""Tavily: web searches for language models, hosted."""

from adapters.tavily.web_search import TavilyWebSearch

__all__ = ["TavilyWebSearch"]
