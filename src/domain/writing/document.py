"""A document: Typst source with a title, a template and a version that goes up with every save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.shared import Conflict, DocumentId, UserId, checked_text, checked_title
from domain.writing.limits import CONTENT_LIMIT, LINE_LIMIT, ContentTooLong, TooManyLines
from domain.writing.metadata import MetadataEntry, check_entries


class DocumentTemplate(StrEnum):
    RESEARCH_PAPER = "RESEARCH_PAPER"
    REPORT = "REPORT"
    ESSAY = "ESSAY"
    ARTICLE = "ARTICLE"
    NOTES = "NOTES"


class CitationFormat(StrEnum):
    APA = "APA"
    MLA = "MLA"
    CHICAGO = "CHICAGO"


class DocumentStatus(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


class StaleVersion(Conflict):
    """The document was saved since the version that was edited. Data: `current_version`, `expected_version`."""

    def __init__(self, *, current: int, expected: int) -> None:
        super().__init__(
            f"The document is at version {current}; version {expected} was edited.",
            current_version=current,
            expected_version=expected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    r"""What a student writes. Line ends are `\n`; a document within its limits is the only kind there is.

    `citation_count` is the last citation number taken: the store counts it up by itself, and a save leaves it alone.
    """

    id: DocumentId
    owner: UserId
    title: str
    typst_content: str
    template: DocumentTemplate
    citation_format: CitationFormat
    created_at: datetime
    updated_at: datetime
    status: DocumentStatus = DocumentStatus.DRAFT
    metadata: tuple[MetadataEntry, ...] = ()
    citation_count: int = 0
    version: int = 1

    def __post_init__(self) -> None:
        checked_title(self.title)
        object.__setattr__(
            self, "typst_content", _plain_line_ends(checked_text(self.typst_content, field="typstContent"))
        )
        if len(self.typst_content) > CONTENT_LIMIT:
            raise ContentTooLong(len(self.typst_content))
        if self.line_count > LINE_LIMIT:
            raise TooManyLines(self.line_count)
        check_entries(self.metadata)

    @property
    def line_count(self) -> int:
        """Lines as an editor numbers them, but for an empty one after the last line end: none in an empty document."""
        if not self.typst_content:
            return 0
        return self.typst_content.count("\n") + (not self.typst_content.endswith("\n"))

    def edited(
        self,
        *,
        at: datetime,
        expected_version: int | None = None,
        title: str | None = None,
        typst_content: str | None = None,
        citation_format: CitationFormat | None = None,
        status: DocumentStatus | None = None,
        metadata: Sequence[MetadataEntry] | None = None,
    ) -> Document:
        """Saved once more: what is None stays, the version goes up by one. Errors: StaleVersion, InvalidInput.

        Without an expected version the last writer wins.
        """
        if expected_version is not None and expected_version != self.version:
            raise StaleVersion(current=self.version, expected=expected_version)
        return replace(
            self,
            title=self.title if title is None else title,
            typst_content=self.typst_content if typst_content is None else typst_content,
            citation_format=citation_format or self.citation_format,
            status=status or self.status,
            metadata=self.metadata if metadata is None else tuple(metadata),
            version=self.version + 1,
            updated_at=at,
        )


def _plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
