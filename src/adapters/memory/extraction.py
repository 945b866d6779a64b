"""An extractor without processes: everything but PDF, read on the spot."""

from __future__ import annotations

from pathlib import Path

from adapters.extraction.limits import Limits
from adapters.extraction.reading import read
from application.library.ports import Extractor
from domain.library import ExtractedText, SourceKind, UnreadableSource


class MemoryExtractor(Extractor):
    """Reads at once; a PDF is always refused."""

    def __init__(self, *, limits: Limits | None = None, default_language: str = "it") -> None:
        self._limits = limits or Limits()
        self._default_language = default_language

    async def extract(
        self,
        file: Path,
        *,
        kind: SourceKind,
        filename: str | None = None,
        url: str | None = None,
        charset: str | None = None,
    ) -> ExtractedText:
        if kind is SourceKind.PDF:
            raise UnreadableSource("This reader takes no PDF.")
        return read(
            file,
            kind=kind,
            filename=filename,
            url=url,
            charset=charset,
            limits=self._limits,
            default_language=self._default_language,
        )
