"""Pages of the public web, over a network that connects to nothing else."""

from adapters.web.fetcher import GuardedPageFetcher
from adapters.web.network import GuardedNetwork, Resolve, resolved_by_system

__all__ = ["GuardedNetwork", "GuardedPageFetcher", "Resolve", "resolved_by_system"]
