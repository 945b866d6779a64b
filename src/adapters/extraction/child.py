"""The reading process: is told of a file on stdin, answers with its text on stdout, until stdin ends.

It holds nothing worth stealing (no settings, no connections), may write no files, and dies by its own limits of memory
and processor time. Its parent kills it, and what it started, when it takes too long.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from collections.abc import Callable

from adapters.extraction import wire
from adapters.extraction.limits import Limits
from adapters.extraction.reading import read
from domain.library import UnreadableSource


def main() -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    while (head := wire.receive(requests)) is not None:
        wire.send(answers, _answer(head, lambda: wire.send(answers, wire.recognising())))


def _answer(head: bytes, recognising: Callable[[], None]) -> bytes:
    try:
        arguments = wire.parse_request(head)
        limits: Limits = arguments["limits"]
        _limit(limits, limits.cpu_seconds)

        def slower() -> None:
            _limit(limits, int(limits.scan_seconds))
            recognising()

        return wire.answer(read(**arguments, before_recognition=slower))
    except UnreadableSource as refused:
        return wire.refusal(refused.message)
    except MemoryError:
        return wire.fault("memory", "")
    except Exception as error:  # noqa: BLE001  our own mistake, met by a file: the parent logs it
        places = (f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:])
        return wire.fault(type(error).__name__, " ".join(places))


def _limit(limits: Limits, cpu_seconds: int) -> None:
    """Processor time counts from the start of the process, so each file's share is added to what is used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + cpu_seconds + 1
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, most))


if __name__ == "__main__":
    main()
