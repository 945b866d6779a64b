"""httpx2 over the guarded network."""

from __future__ import annotations

import ssl

import httpcore2
import httpx2

from adapters.web.network import GuardedNetwork


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Every connection of this transport is made by the guarded network; none is kept for a later request.

    The transport takes no network backend, so its pool is put in place of the one that it made: a private attribute,
    which a test holds in place.
    """

    def __init__(self, network: GuardedNetwork, *, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=1,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
            network_backend=network,
        )
