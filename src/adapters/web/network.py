"""Connections to public addresses only, checked at the moment of connecting.

A check of the name beforehand is worth nothing: the name may be answered differently the next time it is looked up. So
it is looked up once, every answer is checked, and what is connected to is the checked address itself. Above this, TLS
goes on with the name, which the certificate must be for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import TypeAlias

from httpcore2 import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
)

from domain.library import UnreadableSource, is_public_address
from domain.shared import Unavailable

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a host, as literals. Errors: socket.gaierror."""

PORTS = frozenset({80, 443})

_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NotPublic(UnreadableSource):
    """The name leads, or may lead, to something that is not out in the open."""

    def __init__(self) -> None:
        super().__init__("This address leads into a private network; only public pages are fetched.")


class NoSuchHost(UnreadableSource):
    """DNS knows no address for the name."""

    def __init__(self, host: str) -> None:
        super().__init__(f"There is no site called {host}. Check the address.")


async def resolved_by_system(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(socket_address[0]) for *_, socket_address in found]


class GuardedNetwork(AsyncNetworkBackend):
    """Errors beside those of httpcore2: NotPublic, NoSuchHost; Unavailable when the resolver does not answer."""

    def __init__(self, *, resolve: Resolve = resolved_by_system, network: AsyncNetworkBackend | None = None) -> None:
        """`network` is what connects in the end, to literals that were checked."""
        self._resolve = resolve
        self._network = network or AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        if port not in PORTS:
            raise NotPublic
        failure: ConnectError | ConnectTimeout | None = None
        for address in await self._checked_addresses(host, port, timeout):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as error:
                failure = error
        raise failure or NoSuchHost(host)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> AsyncNetworkStream:
        raise NotPublic

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _checked_addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        """One lookup; one address that is not public refuses them all, for whoever answers so is up to something."""
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
        except TimeoutError:
            raise Unavailable("The name of the site could not be looked up in time.") from None
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                raise NoSuchHost(host) from error
            raise Unavailable("The name of the site could not be looked up just now.") from error
        addresses = list(dict.fromkeys(found))
        if not all(_is_public(address) for address in addresses):
            raise NotPublic
        return addresses


def _is_public(literal: str) -> bool:
    try:
        return is_public_address(ip_address(literal))
    except ValueError:
        return False
