"""A web on this machine: sites with public addresses in a table, served by one real server."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from httpcore2 import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError

from adapters.web import GuardedNetwork

PUBLIC = "93.184.216.34"
"""Where every site of the table stands, unless a test says otherwise."""

Answer: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(
    body: bytes = b"<p>Il Po nasce dal Monviso.</p>",
    *headers: str,
    status: str = "200 OK",
    media_type: str | None = "text/html; charset=utf-8",
) -> Answer:
    """A whole answer with its length."""

    async def send(writer: asyncio.StreamWriter) -> None:
        given = [f"content-length: {len(body)}", *headers]
        if media_type is not None:
            given.append(f"content-type: {media_type}")
        writer.write("\r\n".join((f"HTTP/1.1 {status}", *given)).encode() + b"\r\n\r\n" + body)

    return send


def redirect(location: str, status: str = "302 Found") -> Answer:
    return answer(b"", f"location: {location}", status=status)


def dripping(pieces: Iterable[bytes], *, seconds: float) -> Answer:
    """Pieces with a pause before each; the head is one of them."""

    async def send(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            await asyncio.sleep(seconds)
            writer.write(piece)
            await writer.drain()

    return send


@dataclass(frozen=True)
class Asked:
    host: str
    path: str
    headers: dict[str, str]
    server_name: str | None = None


@dataclass
class Web(AsyncNetworkBackend):
    """`pages` by path, whatever the host; `names` in DNS: a list of answers is one for each lookup, in turn.

    It is also the network beneath the guard: what is dialled is noted in `dialled` and leads to the server here.
    """

    pages: dict[str, Answer] = field(default_factory=dict)
    names: dict[str, list[Sequence[str] | OSError]] = field(default_factory=dict)
    lookups: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    tls: ssl.SSLContext | None = None
    _ports: dict[int, int] = field(default_factory=dict)
    _server_name: str | None = None

    @property
    def network(self) -> GuardedNetwork:
        """The guard, as it is in production, over this web."""
        return GuardedNetwork(resolve=self.resolve, network=self)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.lookups.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        answers = self.names[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(found, OSError):
            raise found
        return found

    def site(self, host: str, *answers: Sequence[str] | OSError) -> None:
        """A name in DNS."""
        self.names[host] = list(answers) or [[PUBLIC]]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        self.dialled.append((host, port))
        if host in self.dead:
            raise ConnectError("refused")
        return await AnyIOBackend().connect_tcp("127.0.0.1", self._ports[port], timeout, local_address, socket_options)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split(" ")[1]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            secure = writer.get_extra_info("ssl_object") is not None
            name = self._server_name if secure else None
            self.asked.append(Asked(host=headers["host"], path=path, headers=headers, server_name=name))
            await self.pages.get(path, answer(b"", status="404 Not Found"))(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def heard(self, _: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        self._server_name = name


@asynccontextmanager
async def web(folder: Path | None = None) -> AsyncIterator[Web]:
    """Running until the end of the block; with a folder for its certificate it speaks TLS at port 443."""
    here = Web()
    servers = [await asyncio.start_server(here.serve, "127.0.0.1", 0)]
    here._ports[80] = servers[0].sockets[0].getsockname()[1]
    if folder is not None:
        certificate = _certificate(folder, "fiumi.example")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = here.heard
        servers.append(await asyncio.start_server(here.serve, "127.0.0.1", 0, ssl=context))
        here._ports[443] = servers[1].sockets[0].getsockname()[1]
        here.tls = ssl.create_default_context(cafile=str(certificate))
    try:
        yield here
    finally:
        for server in servers:
            server.close()
            await server.wait_closed()


def _certificate(folder: Path, host: str) -> Path:
    """Signed by itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
