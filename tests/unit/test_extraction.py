"""Files are read in processes of their own, and whatever is wrong with one is said in a sentence."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.extraction.limits import Limits
from adapters.extraction.pool import ProcessExtractor, ReadingFailed
from domain.library import ExtractedText, SourceKind, UnreadableSource, kind_of
from tests.builders_pdf import a_pdf, a_pdf_bomb

LINE = "Il latino volgare si trasforma lentamente nelle lingue romanze della penisola"


@pytest.fixture(scope="module")
def extractor() -> Iterator[ProcessExtractor]:
    extractor = ProcessExtractor(processes=1)
    yield extractor
    extractor.close()


async def read(extractor: ProcessExtractor, data: bytes, filename: str = "appunti.pdf") -> ExtractedText:
    return await extractor.extract(data, kind=SourceKind.PDF, filename=filename)


class TestPdf:
    async def test_pages_labels_title_and_author_are_kept(self, extractor: ProcessExtractor) -> None:
        data = a_pdf(
            [LINE, "finisce qui."], ["La seconda pagina."], title="Le lingue", author="Ada Neri", first_label=7
        )
        found = await read(extractor, data)
        assert [(page.number, page.label) for page in found.pages] == [(1, "7"), (2, "8")]
        assert (found.title, found.author, found.language) == ("Le lingue", "Ada Neri", "it")
        assert found.text[found.pages[1].start : found.pages[1].end] == "La seconda pagina."

    async def test_lines_become_paragraphs(self, extractor: ProcessExtractor) -> None:
        found = await read(extractor, a_pdf([LINE, "e dura molti secoli.", LINE, "fino a oggi."]))
        assert found.text == f"{LINE} e dura molti secoli.\n\n{LINE} fino a oggi."

    async def test_a_word_divided_at_the_end_of_a_line_is_whole_again(self, extractor: ProcessExtractor) -> None:
        found = await read(extractor, a_pdf([f"{LINE} e si tra-", "sforma ancora."]))
        assert "si trasforma ancora." in found.text

    async def test_a_word_divided_by_a_page_and_its_number_is_whole_again(self, extractor: ProcessExtractor) -> None:
        pages = [[f"{LINE} consen-", "1"], [f"tire {LINE}", "2"], ["La fine.", "3"]]
        assert "consentire" in (await read(extractor, a_pdf(*pages))).text

    async def test_running_headers_and_page_numbers_are_dropped(self, extractor: ProcessExtractor) -> None:
        pages = [
            ["STORIA DELLA LINGUA", f"{LINE}, capitolo {name}.", f"pagina {number} di 4"]
            for number, name in enumerate(("primo", "secondo", "terzo", "quarto"), start=1)
        ]
        text = (await read(extractor, a_pdf(*pages))).text
        assert text.count("STORIA DELLA LINGUA") == 1  # the first may be the title
        assert "pagina" not in text
        assert "capitolo quarto" in text

    async def test_a_number_at_the_end_of_each_page_of_a_table_stays(self, extractor: ProcessExtractor) -> None:
        pages = [["Comune di Asti", "31500"], ["Comune di Pisa", "12"], ["Comune di Lodi", "9000"]]
        text = (await read(extractor, a_pdf(*pages))).text
        assert "31500" in text
        assert "9000" in text

    async def test_headings_come_from_the_outline(self, extractor: ProcessExtractor) -> None:
        data = a_pdf(
            ["1. LE ORIGINI", f"{LINE}."],
            ["2. IL SEICENTO", f"{LINE}."],
            outline=[("Le origini", 0), ("Il Seicento", 1)],
        )
        found = await read(extractor, data)
        assert [(heading.text, heading.level) for heading in found.headings] == [("Le origini", 1), ("Il Seicento", 1)]
        assert found.text[found.headings[1].start :].startswith("2. IL SEICENTO")

    async def test_pages_that_are_all_alike_are_kept(self, extractor: ProcessExtractor) -> None:
        assert (await read(extractor, a_pdf([LINE], [LINE], [LINE]))).text.count(LINE) == 3

    async def test_a_page_without_text_is_a_page(self, extractor: ProcessExtractor) -> None:
        found = await read(extractor, a_pdf([LINE], [], [LINE]))
        assert [page.number for page in found.pages] == [1, 2, 3]
        assert found.page_at(found.text.rindex("Il latino")) == 3


class TestUnreadable:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "is empty"),
            (a_pdf([LINE], password="segreta"), "needs a password"),
            (a_pdf([LINE])[:400], "damaged"),
            (b"%PDF-1.7\n", "damaged"),
            (a_pdf([], []), "no text"),
            (b"<!DOCTYPE html><html><body>Ciao</body></html>", "really a web page"),
            (b"PK\x03\x04" + bytes(40), "cannot be read here"),
        ],
        ids=["empty", "password", "truncated", "header only", "no text", "web page", "zip"],
    )
    async def test_the_sentence_says_what_is_wrong(self, extractor: ProcessExtractor, data: bytes, reason: str) -> None:
        with pytest.raises(UnreadableSource, match=reason):
            await read(extractor, data)

    async def test_the_next_file_is_read_all_the_same(self, extractor: ProcessExtractor) -> None:
        with pytest.raises(UnreadableSource):
            await read(extractor, a_pdf([LINE])[:400])
        assert LINE in (await read(extractor, a_pdf([LINE]))).text

    async def test_too_many_pages_are_refused(self) -> None:
        extractor = ProcessExtractor(processes=1, limits=Limits(pages=2))
        try:
            with pytest.raises(UnreadableSource, match="more than 2 pages"):
                await read(extractor, a_pdf([LINE], [LINE], [LINE]))
        finally:
            extractor.close()

    async def test_too_many_characters_are_refused(self) -> None:
        extractor = ProcessExtractor(processes=1, limits=Limits(characters=100))
        try:
            with pytest.raises(UnreadableSource, match="more than 100 characters"):
                await read(extractor, a_pdf([LINE, LINE]))
        finally:
            extractor.close()


class TestLimits:
    async def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read(self) -> None:
        extractor = ProcessExtractor(processes=1, limits=Limits(seconds=0.001))
        try:
            with pytest.raises(UnreadableSource, match="too long"):
                await read(extractor, a_pdf([LINE]))
            extractor._limits = Limits()
            assert LINE in (await read(extractor, a_pdf([LINE]))).text
        finally:
            extractor.close()

    async def test_a_file_that_needs_too_much_memory_is_given_up(self) -> None:
        extractor = ProcessExtractor(processes=1, limits=Limits(memory_bytes=200 * 2**20))
        try:
            with pytest.raises(UnreadableSource, match="memory"):
                await read(extractor, a_pdf_bomb(250 * 2**20))
            assert LINE in (await read(extractor, a_pdf([LINE]))).text
        finally:
            extractor.close()

    async def test_closing_does_not_wait_and_what_was_being_read_is_to_be_read_again(self) -> None:
        extractor = ProcessExtractor(processes=1)
        reading = asyncio.ensure_future(read(extractor, a_pdf(*[[LINE] * 50] * 400)))
        while not extractor._alive:
            await asyncio.sleep(0)
        extractor.close()
        with pytest.raises((ReadingFailed, asyncio.CancelledError)):
            await reading
        with pytest.raises(RuntimeError):
            await read(extractor, a_pdf([LINE]))

    async def test_two_processes_read_two_files_at_once(self) -> None:
        extractor = ProcessExtractor(processes=2)
        try:
            found = await asyncio.gather(*(read(extractor, a_pdf([f"{LINE} numero {index}"])) for index in range(6)))
        finally:
            extractor.close()
        assert [text.text[-1] for text in found] == list("012345")

    async def test_pdfium_is_not_loaded_here(self, extractor: ProcessExtractor) -> None:
        await read(extractor, a_pdf([LINE]))
        assert "pypdfium2" not in sys.modules


class TestText:
    async def test_markdown_keeps_its_words_and_tells_its_headings(self, extractor: ProcessExtractor) -> None:
        source = "# Il *Decameron*\n\nTesto.\n\n## Cornice\n\n```\n# non un titolo\n```\n\nFine\n====\n"
        found = await extractor.extract(source.encode(), kind=SourceKind.MARKDOWN)
        assert found.text == source
        assert [(heading.text, heading.level) for heading in found.headings] == [
            ("Il Decameron", 1),
            ("Cornice", 2),
            ("Fine", 1),
        ]
        assert all(found.text[heading.start] in "#F" for heading in found.headings)
        assert found.title == "Il Decameron"

    async def test_front_matter_gives_the_title_and_no_heading(self, extractor: ProcessExtractor) -> None:
        source = '---\ntitle: "Appunti di storia"\nanno: 2\n---\n\n# Capitolo primo\n\nTesto.\n'
        found = await extractor.extract(source.encode(), kind=SourceKind.MARKDOWN)
        assert (found.title, [heading.text for heading in found.headings]) == ("Appunti di storia", ["Capitolo primo"])

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
    async def test_every_honest_encoding_is_read(self, extractor: ProcessExtractor, encoding: str) -> None:
        text = "Perché così? Città, virtù, però: è già «tutto».\r\nLa seconda riga."
        found = await extractor.extract(text.encode(encoding), kind=SourceKind.TEXT)
        assert found.text == text.replace("\r\n", "\n")

    async def test_nul_and_lone_surrogates_are_removed(self, extractor: ProcessExtractor) -> None:
        data = "Perche\u0301\0 \ud800no?".encode("utf-8", "surrogatepass")
        assert (await extractor.extract(data, kind=SourceKind.TEXT)).text == "Perché no?"

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("La grammatica è lo studio delle regole con cui si formano le parole e le frasi.", "it"),
            ("Grammar is the study of the rules by which the words and sentences of a language are made.", "en"),
            ("La grammaire est l'étude des règles qui sont dans la langue et avec lesquelles on parle.", "fr"),
            ("Die Grammatik ist die Lehre von den Regeln, mit denen die Wörter und Sätze gebildet werden.", "de"),
            ("La gramática es el estudio de las reglas con las que se forman las palabras y los textos.", "es"),
            ("A gramática é o estudo das regras com que se formam as palavras e os textos em uma língua.", "pt"),
            ("42", "it"),
        ],
    )
    async def test_the_language_is_found_out(self, extractor: ProcessExtractor, text: str, language: str) -> None:
        assert (await extractor.extract(text.encode(), kind=SourceKind.TEXT)).language == language


class TestEvaluationData:
    async def test_what_must_be_found_is_in_the_text(self, extractor: ProcessExtractor, shared: Path) -> None:
        folder = shared / "data" / "docs"
        expected = json.loads((folder / "EXPECT.json").read_text())
        for name, wanted in expected.items():
            if not name.startswith(("pdf/", "txt/")) or not wanted["must_contain"]:
                continue
            data = (folder / name).read_bytes()
            found = await extractor.extract(data, kind=kind_of(data, filename=name), filename=name)
            text = " ".join(found.text.split())
            assert [words for words in wanted["must_contain"] if words not in text] == [], name
            assert len(found.pages) == wanted.get("pages", 0), name

    async def test_two_columns_are_read_one_after_the_other(self, extractor: ProcessExtractor, shared: Path) -> None:
        name = "derived_due_colonne_promessi_sposi_cap1"
        found = await read(extractor, (shared / "data/docs/pdf" / f"{name}.pdf").read_bytes())
        truth = (shared / "data/docs/pdf" / f"{name}.truth.txt").read_text()
        paragraphs = [" ".join(paragraph.split()) for paragraph in truth.split("\n\n") if paragraph.strip()]
        read_out = found.text.split("\n\n")
        assert [paragraph for paragraph in paragraphs if paragraph not in read_out] == []

    async def test_hostile_files_end_as_expected(self, extractor: ProcessExtractor, shared: Path) -> None:
        folder = shared / "data" / "hostile"
        sentences = {
            "needs_password": "needs a password",
            "invalid": "damaged",
            "no_text": "no text",
            "too_many_pages": "more than 3,000 pages",
        }
        for case in json.loads((folder / "MANIFEST.json").read_text()):
            expected = case["expect"].removesuffix("_within_limits").split("_or_")
            outcome = await outcome_of(extractor, (folder / case["file"]).read_bytes(), case["file"])
            if len(expected) == 1 and expected[0] in sentences:
                assert sentences[expected[0]] in outcome, case["file"]
            if expected[0].startswith("ok_text"):
                assert outcome == "ok", case["file"]


async def outcome_of(extractor: ProcessExtractor, data: bytes, filename: str) -> str:
    """`ok` when the text is storable, else the sentence that says what is wrong."""
    try:
        found = await read(extractor, data, filename)
    except UnreadableSource as refused:
        return refused.message
    found.text.encode()
    return "ok" if "\0" not in found.text else "not storable"
