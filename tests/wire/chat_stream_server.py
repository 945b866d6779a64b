"""A chat provider on this machine that streams. Each request is checked by Mistral's specification, and by what any
chat template wants of a conversation.

    with ChatStreamServer("mistral", model) as server:      # `model(request)` answers where nothing is scripted
        server.answer_next(refused(503), says("Ciao"), hanging_after("Cia"), ...)
        server.requests, server.complaints
        server.wait_for(1), server.wait_until_left(1)       # requests that came; clients that went away in the middle

It works in threads of its own.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from tests.wire.chat_server import Asked, Message, complaint_about
from tests.wire.chat_streams import Step, Stream, chunk, event, says
from tests.wire.embedding_specification import NO_KEY

Dialect: TypeAlias = Literal["mistral", "openai"]
StreamingModel: TypeAlias = Callable[[Mapping[str, Any]], Stream]

_OF_OPENAI_ONLY = frozenset({"stream_options"})


def complaint_in(body: Any, headers: Mapping[str, str], dialect: Dialect) -> str | None:
    """What is wrong with a request; None: nothing."""
    if dialect == "openai" and isinstance(body, dict):
        # Mistral's schema holds for what both have; a key is wanted by Mistral alone.
        specified = {name: value for name, value in body.items() if name not in _OF_OPENAI_ONLY}
        found = complaint_about(specified, {**headers, "authorization": "Bearer any"})
    else:
        found = complaint_about(body, headers)
    if found is not None:
        return found
    if body.get("stream") is not True:
        return "It is not asked to stream."
    return next(_faults_in(body["messages"]), None)


def _faults_in(messages: Sequence[Message]) -> Iterator[str]:
    """What the templates of models trip over."""
    roles = [message["role"] for message in messages]
    if roles[:2] != ["system", "user"] or set(roles[2:]) - {"assistant", "tool"}:
        yield f"The roles are {roles}."
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                yield "A result belongs to no call."
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            yield "A call has no result."
        for call in message.get("tool_calls", ()):
            waiting.append(call["id"])
            if not isinstance(json.loads(call["function"]["arguments"]), dict):
                yield "The arguments of a call are no object."
    if waiting:
        yield "A call has no result."


class ChatStreamServer:
    """The provider. Everything is at its top."""

    def __init__(self, dialect: Dialect = "mistral", model: StreamingModel | None = None) -> None:
        self.dialect: Dialect = dialect
        self.model: StreamingModel = model or (lambda _: says("Va bene."))
        self.requests: list[Asked] = []
        self._left = 0
        self._next: deque[Stream] = deque()
        self._lock = threading.Condition()
        self._stopped = threading.Event()
        self._let_go = threading.Event()
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
        self._let_go.set()
        self._http.shutdown()
        self._http.end_connections()
        self._http.server_close()
        self._thread.join()

    def answer_next(self, *streams: Stream) -> None:
        """Script the answers to the next requests, behind those that were scripted before."""
        with self._lock:
            self._next.extend(streams)

    @property
    def complaints(self) -> list[str]:
        """Of the requests so far."""
        return [request.complaint for request in list(self.requests) if request.complaint]

    def wait_for(self, count: int, *, seconds: float = 10) -> None:
        """Until so many requests were taken (from another thread than an event loop's). TimeoutError."""
        with self._lock:
            if not self._lock.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came in {seconds} s.")

    def wait_until_left(self, count: int, *, seconds: float = 10) -> None:
        """Until so many clients went away before their stream was at its end. TimeoutError."""
        with self._lock:
            if not self._lock.wait_for(lambda: self._left >= count, seconds):
                raise TimeoutError(f"{self._left} of {count} clients went away in {seconds} s.")

    def take(self, *, headers: Mapping[str, str], raw: bytes) -> Stream:
        """Decide what a request gets and note it. Called by the handler, once its body is there."""
        with self._lock:
            try:
                body = json.loads(raw)
            except ValueError:
                body = None
            complaint = complaint_in(body, headers, self.dialect)
            if complaint is not None:
                told = json.dumps({"message": complaint}).encode()
                stream = Stream(status=401 if complaint == NO_KEY else 422, steps=(told,))
            else:
                stream = self._next.popleft() if self._next else self.model(body)
            self.requests.append(
                Asked(at=time.monotonic(), status=stream.status, headers=headers, body=body, complaint=complaint)
            )
            self._lock.notify_all()
        return stream

    def go_on(self) -> None:
        """Let streams that wait send what comes next."""
        self._let_go.set()

    def drip(self, write: Callable[[bytes], Any]) -> None:
        """Empty chunks, until nobody takes them."""
        while not self._stopped.wait(0.05):
            write(event(chunk({"content": ""})))

    def wait(self) -> None:
        """Until the test says so, or the server stops."""
        self._let_go.wait()

    def hang(self, connection: socket.socket) -> None:
        """Until the client goes away, or the server stops."""
        while not self._stopped.is_set():
            readable, _, _ = select.select([connection], [], [], 0.02)
            if readable and not _still_there(connection):
                self.note_left()
                return

    def note_left(self) -> None:
        """A client did not stay to the end."""
        with self._lock:
            self._left += 1
            self._lock.notify_all()


def _still_there(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], provider: ChatStreamServer) -> None:
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
        if self.path != "/v1/chat/completions":
            self._send(Stream(status=404, steps=(b'{"detail": "Not Found"}',)))
            return
        named = {name.lower(): value for name, value in self.headers.items()}
        stream = self.server.provider.take(headers=named, raw=raw)
        if stream.before_headers and stream.steps[0] is Step.WAIT:
            self.server.provider.wait()
        elif stream.before_headers:
            self.server.provider.hang(self.connection)
            self.close_connection = True
            return
        try:
            self._send(stream)
        except ConnectionError:
            self.server.provider.note_left()
            self.close_connection = True

    def _send(self, stream: Stream) -> None:
        self.send_response(stream.status)
        for name, value in stream.headers.items():
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for step in stream.steps:
            match step:
                case bytes():
                    self._write(step)
                case Step.WAIT:
                    self.server.provider.wait()
                case Step.DRIP:
                    self.server.provider.drip(self._write)
                case _:
                    if step is Step.HANG:
                        self.server.provider.hang(self.connection)
                    self.close_connection = True
                    return
        self.wfile.write(b"0\r\n\r\n")

    def _write(self, some: bytes) -> None:
        if some:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(some), some))

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silence: the requests are noted by the provider."""
