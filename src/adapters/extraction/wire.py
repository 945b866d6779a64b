"""What goes over the pipe to a reading process and back: frames of a length and as many bytes."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from adapters.extraction.limits import Limits
from domain.library import ExtractedText, Heading, PageSpan, SourceKind

_LENGTH = struct.Struct(">Q")


def send(pipe: BinaryIO, payload: bytes) -> None:
    """Errors: OSError when nobody reads any more."""
    pipe.write(_LENGTH.pack(len(payload)))
    pipe.write(payload)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes | None:
    """The next frame; None when the other side is gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    payload = pipe.read(length)
    return payload if len(payload) == length else None


def request(
    file: Path,
    *,
    kind: SourceKind,
    filename: str | None,
    url: str | None,
    charset: str | None,
    limits: Limits,
    default_language: str,
) -> bytes:
    fields = {
        "file": str(file.absolute()),
        "kind": kind,
        "filename": filename,
        "url": url,
        "charset": charset,
        "limits": asdict(limits),
        "default_language": default_language,
    }
    return json.dumps(fields).encode()


def parse_request(frame: bytes) -> dict[str, Any]:
    """The arguments of `reading.read`."""
    fields = json.loads(frame)
    return {
        **fields,
        "file": Path(fields["file"]),
        "kind": SourceKind(fields["kind"]),
        "limits": Limits(**fields["limits"]),
    }


def answer(extracted: ExtractedText) -> bytes:
    return json.dumps({"text": asdict(extracted)}, ensure_ascii=False, default=str).encode()


def recognising() -> bytes:
    """Not an answer yet: pictures of pages are being read, which has a longer limit."""
    return json.dumps({"recognising": True}).encode()


def refusal(sentence: str) -> bytes:
    return json.dumps({"unreadable": sentence}).encode()


def fault(kind: str, where: str) -> bytes:
    return json.dumps({"fault": kind, "where": where}).encode()


def parse_text(fields: dict[str, Any]) -> ExtractedText:
    published = fields["publication_date"]
    return ExtractedText(
        **{
            **fields,
            "publication_date": None if published is None else date.fromisoformat(published),
            "pages": tuple(PageSpan(**page) for page in fields["pages"]),
            "headings": tuple(Heading(**heading) for heading in fields["headings"]),
        }
    )
