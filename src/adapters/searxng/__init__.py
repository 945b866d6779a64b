"""SearXNG: a metasearch engine that one runs oneself."""

from adapters.searxng.web_search import SearxngWebSearch

__all__ = ["SearxngWebSearch"]
