"""A chat provider on this machine: Mistral's `/v1/chat/completions`, each request checked by its specification.

    with ChatServer(model) as server:                       # `model(messages)` says what to answer, as text
        server.url                                          # http://127.0.0.1:PORT; paths are under /v1
        server.answer_next(failing(503), says("Certo! ..."), cut_short('{"con'), hanging(), dripping(), ...)
        server.requests                                     # [Asked(body=, status=, ...)] in order of arrival
        server.complaints                                   # what the specification has against requests

What was put into `answer_next` is used up one a request; then `model` answers. It works in threads of its own.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, TypeAlias

from tests.wire.chat_answers import (
    OF_THE_MODEL,
    Reply,
    cut,
    cut_short,
    dripping,
    failing,
    garbled,
    hanging,
    no_choices,
    rate_limited,
    says,
    slow,
)
from tests.wire.embedding_specification import NO_KEY, specified

Message: TypeAlias = Mapping[str, Any]
Model: TypeAlias = Callable[[Sequence[Message]], str]

__all__ = [
    "Asked",
    "ChatServer",
    "Message",
    "Model",
    "Reply",
    "complaint_about",
    "complaint_about_answer",
    "cut",
    "cut_short",
    "dripping",
    "failing",
    "garbled",
    "hanging",
    "no_choices",
    "rate_limited",
    "says",
    "slow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, when it came (monotonic seconds), and the status that it got (0: none)."""

    at: float
    status: int
    headers: Mapping[str, str]
    body: Any
    complaint: str | None = None

    @property
    def messages(self) -> list[Message]:
        return list(self.body["messages"])


def complaint_about(body: Any, headers: Mapping[str, str]) -> str | None:
    """What is wrong with a request, by the provider's specification where it is on this machine; None: nothing."""
    if not headers.get("authorization", "").removeprefix("Bearer "):
        return NO_KEY
    if "application/json" not in headers.get("content-type", ""):
        return "The request is not application/json."
    if not isinstance(body, dict) or not isinstance(body.get("model"), str) or not body.get("messages"):
        return "The request has a model and messages."
    validator = specified("ChatCompletionRequest")
    found = None if validator is None else next(validator.iter_errors(body), None)
    return None if found is None else str(found.message)


def complaint_about_answer(body: Any) -> str | None:
    """The same for what the server says."""
    validator = specified("ChatCompletionResponse")
    found = None if validator is None else next(validator.iter_errors(body), None)
    return None if found is None else str(found.message)


class ChatServer:
    """The provider. Everything is at its top."""

    def __init__(self, model: Model | None = None) -> None:
        self.model: Model = model or (lambda _: "{}")
        self.requests: list[Asked] = []
        self._next: deque[Reply] = deque()
        self._lock = threading.Condition()
        self._stopped = threading.Event()
        self._http = _Http(("127.0.0.1", 0), self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._http.end_connections()
        self._http.server_close()
        self._thread.join()

    def answer_next(self, *replies: Reply) -> None:
        """Script the answers to the next requests, behind those that were scripted before."""
        with self._lock:
            self._next.extend(replies)

    @property
    def complaints(self) -> list[str]:
        """Of the requests so far."""
        return [request.complaint for request in list(self.requests) if request.complaint]

    def wait_for(self, count: int, *, seconds: float = 10) -> None:
        """Until so many requests were taken (from another thread than an event loop's). TimeoutError."""
        with self._lock:
            if not self._lock.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came in {seconds} s.")

    def take(self, *, headers: Mapping[str, str], raw: bytes) -> tuple[Reply, bytes]:
        """Decide what a request gets and note it. Called by the handler, once its body is there."""
        with self._lock:
            try:
                body = json.loads(raw)
            except ValueError:
                body = None
            complaint = complaint_about(body, headers)
            if complaint is not None:
                reply = Reply(status=401 if complaint == NO_KEY else 422, message=complaint)
            else:
                reply = self._next.popleft() if self._next else Reply()
            if reply.status == 200 and reply.content is OF_THE_MODEL and reply.body is None and complaint is None:
                reply = replace(reply, content=self.model(body["messages"]))
            status = 0 if reply.hang or reply.drip else reply.status
            self.requests.append(
                Asked(at=time.monotonic(), status=status, headers=headers, body=body, complaint=complaint)
            )
            self._lock.notify_all()
        return reply, _written(reply, body)

    def pause(self, reply: Reply) -> bool:
        """Wait as the reply says; whether it is to be given at all."""
        if reply.hang:
            self._stopped.wait()
        elif reply.delay:
            self._stopped.wait(reply.delay)
        return not self._stopped.is_set()

    def drip(self, write: Callable[[bytes], Any]) -> None:
        """A header that never ends."""
        write(b"HTTP/1.1 200 OK\r\nx-patience: ")
        while not self._stopped.wait(0.02):
            write(b".")


def _written(reply: Reply, body: Any) -> bytes:
    if reply.body is not None:
        return reply.body
    if reply.status == 401:
        return b'{"detail": "Unauthorized"}'
    if reply.status != 200:
        told = {"object": "error", "message": reply.message, "type": "error", "param": None, "code": "1000"}
        return json.dumps({**told, "raw_status_code": reply.status}).encode()
    message = {"role": "assistant", "content": reply.content}
    choice = {"index": 0, "finish_reason": reply.finish_reason, "message": message}
    answer: dict[str, Any] = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [choice] * reply.choices,
    }
    if reply.usage is not None:
        answer["usage"] = dict(reply.usage)
    return json.dumps(answer).encode()


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], provider: ChatServer) -> None:
        self.provider = provider
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self.path.split("?")[0].endswith("/v1/chat/completions"):
            self._send(404, b'{"detail": "Not Found"}', {})
            return
        named = {name.lower(): value for name, value in self.headers.items()}
        reply, body = self.server.provider.take(headers=named, raw=raw)
        if reply.drip:
            self.server.provider.drip(self.wfile.write)
        if reply.drip or not self.server.provider.pause(reply):
            self.close_connection = True
            return
        self._send(reply.status, body, reply.headers, cut=reply.cut)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silence: the requests are noted by the provider."""
