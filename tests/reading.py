"""Reading bytes that a test made: written to a file of their own, since files are what is read."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

from adapters.extraction.limits import Limits
from adapters.extraction.reading import read
from application.library.ports import Extractor
from domain.library import ExtractedText, SourceKind, UnreadableSource


async def extracted(
    extractor: Extractor,
    data: bytes,
    *,
    kind: SourceKind = SourceKind.PDF,
    filename: str | None = None,
    url: str | None = None,
    charset: str | None = None,
) -> ExtractedText:
    """What the extractor makes of these bytes."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return await extractor.extract(Path(file.name), kind=kind, filename=filename, url=url, charset=charset)


def read_here(
    data: bytes,
    kind: SourceKind,
    *,
    filename: str | None = None,
    charset: str | None = None,
    limits: Limits | None = None,
) -> ExtractedText:
    """What the readers make of these bytes in this very process."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return read(
            Path(file.name),
            kind=kind,
            filename=filename,
            charset=charset,
            limits=limits or Limits(),
            default_language="it",
        )


async def outcome_of(extractor: Extractor, file: Path, *, kind: SourceKind = SourceKind.PDF) -> str:
    """`ok` when the text is storable, else the sentence that says what is wrong."""
    try:
        found = await extractor.extract(file, kind=kind, filename=file.name)
    except UnreadableSource as refused:
        return refused.message
    found.text.encode()
    return "ok" if "\0" not in found.text else "not storable"
