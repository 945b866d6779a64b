"""The servers that come with us: PostgreSQL and Valkey from wheels, run by our own small supervisor.

Only the programs of the wheels are used, never their Python wrappers.
"""

from adapters.embedded.errors import CannotStart
from adapters.embedded.lock import StarterLock, holder_of
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.valkey import EmbeddedValkey

__all__ = ["CannotStart", "EmbeddedPostgres", "EmbeddedValkey", "StarterLock", "holder_of"]
