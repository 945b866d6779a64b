"""Files are read in processes of their own, and whatever is wrong with one is said in a sentence."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from adapters.extraction import pool
from adapters.extraction.limits import Limits
from adapters.extraction.metadata import plausible_author, plausible_date
from adapters.extraction.pool import ProcessExtractor, ReadingFailed
from domain.library import ExtractedText, SourceKind, UnreadableSource
from tests.builders_documents import a_docx, an_epub
from tests.builders_pdf import a_pdf, a_pdf_bomb
from tests.reading import extracted

LINE = "Il latino volgare si trasforma lentamente nelle lingue romanze della penisola"


@pytest.fixture(scope="module")
def extractor() -> Iterator[ProcessExtractor]:
    extractor = ProcessExtractor(processes=1)
    yield extractor
    extractor.close()


async def read(extractor: ProcessExtractor, data: bytes, filename: str = "appunti.pdf") -> ExtractedText:
    return await extracted(extractor, data, filename=filename)


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
        assert found.page_at(found.text.rindex("Il latino")) == found.pages[2]


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
            (a_docx("Ciao."), "really an office document"),
            (an_epub("<p>Ciao.</p>"), "really an e-book"),
        ],
        ids=["empty", "password", "truncated", "header only", "no text", "web page", "zip", "docx", "epub"],
    )
    async def test_the_sentence_says_what_is_wrong(self, extractor: ProcessExtractor, data: bytes, reason: str) -> None:
        with pytest.raises(UnreadableSource, match=reason):
            await read(extractor, data)

    async def test_the_next_file_is_read_all_the_same(self, extractor: ProcessExtractor) -> None:
        with pytest.raises(UnreadableSource):
            await read(extractor, a_pdf([LINE])[:400])
        assert LINE in (await read(extractor, a_pdf([LINE]))).text

    async def test_what_is_said_of_one_file_is_not_said_of_the_next(self, extractor: ProcessExtractor) -> None:
        nothing = a_pdf().replace(b"/Count 0", b"/Count 9")
        for data, reason in ((a_pdf([LINE], password="segreta"), "needs a password"), (nothing, "damaged")):
            with pytest.raises(UnreadableSource, match=reason):
                await read(extractor, data)

    async def test_a_pdf_half_of_whose_pages_are_lost_is_not_taken_for_whole(self, extractor: ProcessExtractor) -> None:
        data = a_pdf([LINE], [LINE]).replace(b"12 0 obj", b"99 0 obj")
        with pytest.raises(UnreadableSource, match="damaged"):
            await read(extractor, data)

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

    async def test_a_file_that_is_not_there_is_not_the_users_fault(
        self, extractor: ProcessExtractor, tmp_path: Path
    ) -> None:
        with pytest.raises(ReadingFailed, match="was not there"):
            await extractor.extract(tmp_path / "sparito.pdf", kind=SourceKind.PDF)
        assert LINE in (await read(extractor, a_pdf([LINE]))).text

    async def test_two_processes_read_two_files_at_once(self) -> None:
        extractor = ProcessExtractor(processes=2)
        try:
            found = await asyncio.gather(*(read(extractor, a_pdf([f"{LINE} numero {index}"])) for index in range(6)))
        finally:
            extractor.close()
        assert [text.text[-1] for text in found] == list("012345")

    async def test_no_reader_is_loaded_where_the_pool_is(self) -> None:
        looked = "import sys, adapters.extraction.pool; print({'pypdfium2', 'lxml', 'mammoth'} & set(sys.modules))"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            looked,
            stdout=asyncio.subprocess.PIPE,
            env={"PYTHONPATH": str(Path(pool.__file__).parents[2])},
        )
        assert (await process.communicate())[0] == b"set()\n"


class TestText:
    async def test_markdown_keeps_its_words_and_tells_its_headings(self, extractor: ProcessExtractor) -> None:
        source = "# Il *Decameron*\n\nTesto.\n\n## Cornice\n\n```\n# non un titolo\n```\n\nFine\n====\n"
        found = await extracted(extractor, source.encode(), kind=SourceKind.MARKDOWN)
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
        found = await extracted(extractor, source.encode(), kind=SourceKind.MARKDOWN)
        assert (found.title, [heading.text for heading in found.headings]) == ("Appunti di storia", ["Capitolo primo"])

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
    async def test_every_honest_encoding_is_read(self, extractor: ProcessExtractor, encoding: str) -> None:
        text = "Perché così? Città, virtù, però: è già «tutto».\r\nLa seconda riga."
        found = await extracted(extractor, text.encode(encoding), kind=SourceKind.TEXT)
        assert found.text == text.replace("\r\n", "\n")

    async def test_nul_and_lone_surrogates_are_removed(self, extractor: ProcessExtractor) -> None:
        data = "Perche\u0301\0 \ud800no?".encode("utf-8", "surrogatepass")
        assert (await extracted(extractor, data, kind=SourceKind.TEXT)).text == "Perché no?"

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
        assert (await extracted(extractor, text.encode(), kind=SourceKind.TEXT)).language == language


class TestWhatFilesSayOfThemselves:
    @pytest.mark.parametrize(
        ("said", "believed"),
        [
            ("D:20210304101500+01'00'", date(2021, 3, 4)),
            ("2021-03-04T10:15:00Z", date(2021, 3, 4)),
            ("2021-03", date(2021, 3, 1)),
            ("1999", date(1999, 1, 1)),
            ("D:00000101", None),
            ("2021-13-45", None),
            ("ieri", None),
            (None, None),
        ],
    )
    def test_a_date_is_believed_when_there_was_such_a_day(self, said: str | None, believed: date | None) -> None:
        assert plausible_date(said) == believed

    @pytest.mark.parametrize(
        ("said", "believed"),
        [
            (" Ada \0 Neri ", "Ada Neri"),
            ("Microsoft Office User", None),
            ("unknown", None),
            ("user", None),
            ("--", None),
            ("", None),
            ("Ada " * 100, ("Ada " * 50).strip()),
        ],
    )
    def test_an_author_is_believed_when_it_is_a_name(self, said: str, believed: str | None) -> None:
        assert plausible_author(said) == believed
