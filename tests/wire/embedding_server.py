"""An embedding provider on this machine: Mistral's `/v1/embeddings`, or an OpenAI-compatible server's.

    with EmbeddingServer() as server:                       # dialect="openai" answers as llama.cpp does
        server.url                                          # http://127.0.0.1:PORT; paths are under /v1
        server.answer_next(rate_limited(after=2), failing(503), cut(), slow(0.3), hanging(), garbled(), ...)
        server.refused.add("marker")                        # 400 for every request with a text that has it
        server.most_inputs, server.most_tokens = 4, 1_000   # 400 with code 3210 for larger ones
        server.requests_per_minute = 6                      # 429 beyond it, and rate-limit headers on every answer
        server.headers["x-ratelimit-..."] = "60"
        server.delay = 0.1                                  # seconds before every answer
        server.requests                                     # [Received(at=, texts=, status=, ...)] in order of arrival
        server.times_embedded                               # how often each text was answered with a vector (and paid)
        server.complaints                                   # what the provider's own specification has against requests
        server.most_within(60)                              # the most requests that it took in any sliding minute
        server.in_flight                                    # requests without an answer yet

What was put into `answer_next` is used up one a request; then all is answered well. It works in threads of its own. A
vector is made from nothing but the text: `vector_of(text)`.

As a process: python -m tests.wire.embedding_server --port P --log FILE [--dialect openai] [--limit N] [--delay S]
writes one JSON line a request, when it is answered: {"at", "status", "model", "count", "digests", "complaint"}; `at` is
in seconds of the monotonic clock, `digests` are `digest_of(text)`. Port 0: a free one. `GET /` sums it up.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import numpy
import orjson

from tests.wire.embedding_answers import (
    DIMENSIONS,
    Answer,
    cut,
    failing,
    garbled,
    hanging,
    rate_limited,
    slow,
    too_many_tokens,
    well,
    with_vectors,
)
from tests.wire.embedding_specification import NO_KEY, Dialect, complaint_about, complaint_about_answer, texts_of

__all__ = [
    "DIMENSIONS",
    "Answer",
    "Dialect",
    "EmbeddingServer",
    "Received",
    "complaint_about_answer",
    "cut",
    "digest_of",
    "failing",
    "garbled",
    "hanging",
    "most_within",
    "rate_limited",
    "slow",
    "too_many_tokens",
    "vector_of",
    "well",
    "with_vectors",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request: when it arrived (monotonic seconds), what it asked, and the status that it got (0: none).

    `paid` says that the provider made the vectors, also when the answer was cut on its way.
    """

    at: float
    status: int
    texts: tuple[str, ...]
    model: str | None
    headers: Mapping[str, str]
    body: Any
    complaint: str | None = None
    paid: bool = False


def digest_of(text: str) -> str:
    """How the log of a server names a text: 16 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Numbers of unit length that depend on the text alone; of two texts they have about nothing in common."""
    drawn = numpy.frombuffer(hashlib.shake_256(text.encode()).digest(2 * dimensions), dtype="<u2") - 32_767.5
    numbers: list[float] = (drawn / numpy.linalg.norm(drawn)).tolist()
    return numbers


def tokens_of(text: str) -> int:
    """About as many as the provider counts."""
    return len(text) // 4 + 1


class EmbeddingServer:
    """The provider. Everything is at its top."""

    def __init__(self, *, dialect: Dialect = "mistral", port: int = 0, log: TextIO | None = None) -> None:
        self.dialect = dialect
        self.refused: set[str] = set()
        self.most_inputs = 512
        self.most_tokens: int | None = None
        self.requests_per_minute: int | None = None
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.requests: list[Received] = []
        self.times_embedded: Counter[str] = Counter()
        self.in_flight = 0
        self._next: deque[Answer] = deque()
        self._lock = threading.Condition()
        self._stopped = threading.Event()
        self._log = log
        self._http = _Http(("127.0.0.1", port), self)
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Connections end, also those that hang."""
        self._stopped.set()
        self._http.shutdown()
        self._http.end_connections()
        self._http.server_close()
        self._thread.join()

    def answer_next(self, *answers: Answer) -> None:
        """Script the answers to the next requests, behind those that were scripted before."""
        with self._lock:
            self._next.extend(answers)

    @property
    def complaints(self) -> list[str]:
        """Of the requests so far."""
        return [request.complaint for request in list(self.requests) if request.complaint]

    def wait_for(self, count: int, *, seconds: float = 10) -> None:
        """Until so many requests were taken (from another thread than an event loop's). TimeoutError."""
        with self._lock:
            if not self._lock.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came in {seconds} s.")

    def most_within(self, seconds: float = 60) -> int:
        """The most requests that were served (not answered with 429) in any sliding time of this length."""
        times = sorted(request.at for request in list(self.requests) if request.status != 429)
        return most_within(times, seconds)

    def counts(self) -> dict[str, int]:
        """Requests, texts embedded, and those of them embedded more than once."""
        with self._lock:
            return {
                "requests": len(self.requests),
                "texts": self.times_embedded.total(),
                "twice": sum(count - 1 for count in self.times_embedded.values()),
                "complaints": len(self.complaints),
            }

    def take(self, *, headers: Mapping[str, str], raw: bytes) -> tuple[Answer, bytes]:
        """Decide what a request gets and note it. Called by the handler, once its body is there."""
        with self._lock:
            at = time.monotonic()
            try:
                body = json.loads(raw)
            except ValueError:
                body = None
            complaint = complaint_about(body, headers, self.dialect)
            texts = texts_of(body) if complaint is None else ()
            answer = self._decide(texts, complaint, at)
            answer = replace(answer, delay=answer.delay + self.delay, headers={**self._limits(at), **answer.headers})
            model = body.get("model") if isinstance(body, dict) else None
            paid = answer.status == 200 and not answer.hang
            request = Received(
                at=at,
                status=0 if answer.hang else answer.status,
                texts=texts,
                model=model if isinstance(model, str) else None,
                headers=headers,
                body=body,
                complaint=complaint,
                paid=paid,
            )
            self.requests.append(request)
            if paid:
                self.times_embedded.update(texts)
            self._write(request)
            self._lock.notify_all()
        return answer, self._body(answer, request)

    def pause(self, answer: Answer) -> bool:
        """Wait as the answer says; whether it is to be given at all."""
        with self._lock:
            self.in_flight += 1
        try:
            if answer.hang:
                self._stopped.wait()
            elif answer.delay:
                self._stopped.wait(answer.delay)
        finally:
            with self._lock:
                self.in_flight -= 1
        return not self._stopped.is_set()

    def _decide(self, texts: Sequence[str], complaint: str | None, at: float) -> Answer:
        if complaint is not None:
            return Answer(status=401 if complaint == NO_KEY else 422, message=complaint)
        if self._next:
            return self._next.popleft()
        if self.requests_per_minute is not None and (wait := self._wait(at)) > 0:
            return rate_limited(after=int(wait) + 1)
        if len(texts) > self.most_inputs:
            return Answer(status=400, message="Too many inputs in request, split into more batches.", code="3210")
        tokens = sum(map(tokens_of, texts))
        if self.most_tokens is not None and tokens > self.most_tokens:
            message = f"Too many tokens in batch. Max is {self.most_tokens} got {tokens}"
            return Answer(status=400, message=message, code="3210")
        if any(marker in text for marker in self.refused for text in texts):
            return Answer(status=400, message="An input can not be embedded.", code="3000")
        return Answer()

    def _served(self, at: float) -> list[float]:
        return [past.at for past in self.requests if past.at > at - 60 and past.status not in (401, 422, 429)]

    def _wait(self, at: float) -> float:
        served = self._served(at)
        full = self.requests_per_minute is not None and len(served) >= self.requests_per_minute
        return served[-(self.requests_per_minute or 0)] + 60 - at if full else 0.0

    def _limits(self, at: float) -> dict[str, str]:
        told = {}
        if self.requests_per_minute is not None:
            left = max(0, self.requests_per_minute - len(self._served(at)) - 1)
            told["x-ratelimit-limit-req-minute"] = str(self.requests_per_minute)
            told["x-ratelimit-remaining-req-minute"] = str(left)
        return {**told, **self.headers}

    def _body(self, answer: Answer, request: Received) -> bytes:
        if answer.body is not None:
            return answer.body
        if answer.status != 200:
            return orjson.dumps(self._error(answer))
        texts = list(request.texts)
        count = len(texts) if answer.vectors is None else answer.vectors
        vectors: list[Any] = [vector_of(text, answer.dimensions) for text in (texts * (count + 1))[:count]]
        if isinstance(request.body, dict) and request.body.get("encoding_format") == "base64":
            vectors = [base64.b64encode(numpy.array(one, "<f4").tobytes()).decode() for one in vectors]
        tokens = sum(map(tokens_of, texts))
        told: dict[str, Any] = {
            "object": "list",
            "model": request.model,
            "data": [{"object": "embedding", "index": index, "embedding": one} for index, one in enumerate(vectors)],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
        if self.dialect == "mistral":
            told["id"] = hashlib.sha256(repr(texts).encode()).hexdigest()[:32]
            told["usage"]["completion_tokens"] = 0
        return orjson.dumps(told)

    def _error(self, answer: Answer) -> dict[str, Any]:
        if self.dialect == "openai":
            return {"error": {"message": answer.message, "type": answer.kind, "code": answer.code or answer.status}}
        if answer.status == 401:
            return {"detail": "Unauthorized"}
        if answer.status == 422:
            return {"detail": [{"loc": ["body"], "msg": answer.message, "type": "value_error"}]}
        told = {"object": "error", "message": answer.message, "type": answer.kind, "param": None, "code": answer.code}
        return {**told, "raw_status_code": answer.status}

    def _write(self, request: Received) -> None:
        if self._log is None:
            return
        line = {
            "at": request.at,
            "status": request.status,
            "model": request.model,
            "count": len(request.texts),
            "digests": [digest_of(text) for text in request.texts],
            "complaint": request.complaint,
        }
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of these moments (in order) that lie in any half-open stretch of so many seconds."""
    most = first = 0
    for last, moment in enumerate(times):
        while moment - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], provider: EmbeddingServer) -> None:
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
        if not self.path.split("?")[0].endswith("/v1/embeddings"):
            self._send(404, b'{"detail": "Not Found"}', {})
            return
        named = {name.lower(): value for name, value in self.headers.items()}
        answer, body = self.server.provider.take(headers=named, raw=raw)
        if not self.server.provider.pause(answer):
            self.close_connection = True
            return
        self._send(answer.status, body, answer.headers, cut=answer.cut)

    def do_GET(self) -> None:
        self._send(200, json.dumps(self.server.provider.counts()).encode(), {})

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


def main() -> None:
    """Serve until killed."""
    told = argparse.ArgumentParser(description="A counting embedding server.")
    told.add_argument("--port", type=int, default=0)
    told.add_argument("--log", type=Path, required=True)
    told.add_argument("--dialect", choices=("mistral", "openai"), default="openai")
    told.add_argument("--limit", type=int, default=None, help="requests a minute")
    told.add_argument("--delay", type=float, default=0.0, help="seconds before every answer")
    given = told.parse_args()
    with given.log.open("a") as log, EmbeddingServer(dialect=given.dialect, port=given.port, log=log) as server:
        server.requests_per_minute, server.delay = given.limit, given.delay
        print(server.url, flush=True)  # noqa: T201  whoever started it reads the address
        threading.Event().wait()


if __name__ == "__main__":
    main()
