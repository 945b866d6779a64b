"""Files that were made, or broken, to do harm: each ends in a sentence or in storable text, and nothing else ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from adapters.extraction.limits import Limits
from adapters.extraction.pool import ProcessExtractor
from domain.library import UnreadableSource
from tests.builders_pdf import a_pdf
from tests.reading import extracted, outcome_of

SENTENCES = {
    "needs_password": ("needs a password",),
    "invalid": ("damaged", "called PDF but is not", "really"),
    "no_text": ("no text",),
    "too_many_pages": ("more than 3,000 pages",),
    "too_big": ("too much memory", "too long", "more than 10,000,000 characters"),
}
"""How each kind of end reads. Text is what `ok` and `ok_text` mean; `any` means any of all these."""


def accepted(expect: str, outcome: str) -> bool:
    """Whether the file ended in one of the ways that its manifest allows."""
    for way in expect.removesuffix("_within_limits").removesuffix("_sanitised").split("_or_"):
        if way.startswith("any"):
            return outcome == "ok" or any(words in outcome for ways in SENTENCES.values() for words in ways)
        if way in {"ok", "ok_text"} and outcome == "ok":
            return True
        if any(words in outcome for words in SENTENCES.get(way, ())):
            return True
    return False


async def test_every_hostile_file_ends_as_its_manifest_says(shared: Path) -> None:
    folder = shared / "data" / "hostile"
    cases = json.loads((folder / "MANIFEST.json").read_text())
    extractor = ProcessExtractor(processes=2)
    outcomes: dict[str, tuple[str, str]] = {}

    async def run(case: dict[str, str]) -> None:
        outcomes[case["file"]] = (case["expect"], await outcome_of(extractor, folder / case["file"]))

    try:
        await asyncio.gather(*map(run, cases))
        alive = await extracted(extractor, a_pdf(["Dopo tutto questo si legge ancora."]))
    finally:
        extractor.close()
    wrong = {name: found for name, found in outcomes.items() if not accepted(*found)}
    assert wrong == {}
    assert alive.text == "Dopo tutto questo si legge ancora."
    assert len(outcomes) == len(cases)


async def test_pages_that_draw_one_another_without_end_are_given_up() -> None:
    extractor = ProcessExtractor(processes=1, limits=Limits(seconds=3))
    try:
        outcome = await _outcome(extractor, _a_pdf_that_draws_itself(width=12, depth=9))
        assert accepted("any", outcome)
        assert (await extracted(extractor, a_pdf(["Ancora qui."]))).text == "Ancora qui."
    finally:
        extractor.close()


async def _outcome(extractor: ProcessExtractor, data: bytes) -> str:
    try:
        await extracted(extractor, data)
    except UnreadableSource as refused:
        return refused.message
    return "ok"


def _a_pdf_that_draws_itself(*, width: int, depth: int) -> bytes:
    """Forms that each draw the next one many times: `width ** depth` words in a few kilobytes."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /XObject << /X 6 0 R >> >> >>"
        ),
        b"<< /Length 5 >>\nstream\n/X Do\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for level in range(depth):
        drawn = b"/X Do " * width if level < depth - 1 else b"BT /F 9 Tf 50 50 Td (eco) Tj ET"
        objects.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F 5 0 R >> "
            b"/XObject << /X %d 0 R >> >> /Length %d >>\nstream\n%b\nendstream"
            % (min(7 + level, 5 + depth), len(drawn), drawn)
        )
    body = b"%PDF-1.4\n" + b"".join(
        b"%d 0 obj\n%b\nendobj\n" % (number, content) for number, content in enumerate(objects, start=1)
    )
    return body + b"trailer << /Root 1 0 R /Size %d >>\n%%%%EOF\n" % (len(objects) + 1)
