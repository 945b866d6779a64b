"""An extractor without processes: text and Markdown only, read on the spot."""

from __future__ import annotations

from adapters.extraction.limits import Limits
from adapters.extraction.reading import read
from application.library.ports import Extractor
from domain.library import ExtractedText, SourceKind, UnreadableSource


class MemoryExtractor(Extractor):
    """Reads at once; a PDF is always refused."""

    def __init__(self, *, limits: Limits | None = None, default_language: str = "it") -> None:
        self._limits = limits or Limits()
        self._default_language = default_language

    async def extract(self, data: bytes, *, kind: SourceKind, filename: str | None = None) -> ExtractedText:
        if kind is SourceKind.PDF:
            raise UnreadableSource("This reader takes no PDF.")
        return read(data, kind=kind, filename=filename, limits=self._limits, default_language=self._default_language)
