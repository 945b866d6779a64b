"""The reading process: takes a file on stdin, answers with its text on stdout, until stdin ends.

It holds nothing worth stealing (no settings, no connections), may open no further files for writing, and dies by its
own limits of memory and processor time. Its parent kills it when it takes too long.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback

from adapters.extraction import wire
from adapters.extraction.limits import Limits
from adapters.extraction.reading import read
from domain.library import UnreadableSource


def main() -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    while (head := wire.receive(requests)) is not None and (data := wire.receive(requests)) is not None:
        wire.send(answers, _answer(head, data))


def _answer(head: bytes, data: bytes) -> bytes:
    try:
        arguments = wire.parse_request(head)
        _limit(arguments["limits"])
        return wire.answer(read(data, **arguments))
    except UnreadableSource as refused:
        return wire.refusal(refused.message)
    except MemoryError:
        return wire.fault("memory", "")
    except Exception as error:  # noqa: BLE001  our own mistake, met by a file: the parent logs it
        places = (f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:])
        return wire.fault(type(error).__name__, " ".join(places))


def _limit(limits: Limits) -> None:
    """Processor time counts from the start of the process, so each file's share is added to what is used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + limits.cpu_seconds + 1
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, most))


if __name__ == "__main__":
    main()
