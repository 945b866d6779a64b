"""DOCX and EPUB: their words, headings and what they say of themselves; and zips that mean harm."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.extraction.limits import Limits
from adapters.extraction.pool import ProcessExtractor
from domain.library import ExtractedText, SourceKind, UnreadableSource
from tests.builders_documents import a_docx, a_zip, a_zip_of_overlapping_files, an_epub, with_lying_size
from tests.reading import extracted, read_here

BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
DRM = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
    'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'
)
LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))


def docx(data: bytes, *, limits: Limits | None = None) -> ExtractedText:
    return read_here(data, SourceKind.DOCX, limits=limits)


def epub(data: bytes) -> ExtractedText:
    return read_here(data, SourceKind.EPUB)


class TestDocx:
    def test_paragraphs_headings_and_tables_are_kept(self) -> None:
        found = docx(
            a_docx((1, "Le origini"), "Nasce dal latino.", (2, "Date"), [["Dante", "1265"], ["Boccaccio", "1313"]])
        )
        assert found.text == "Le origini\n\nNasce dal latino.\n\nDate\n\nDante | 1265\n\nBoccaccio | 1313"
        assert [(heading.start, heading.level, heading.text) for heading in found.headings] == [
            (0, 1, "Le origini"),
            (31, 2, "Date"),
        ]

    def test_it_says_its_title_author_and_date(self) -> None:
        found = docx(a_docx("Testo.", title="Le lingue", author="Ada Neri", created="2021-03-04T09:00:00Z"))
        assert (found.title, found.author, found.publication_date) == ("Le lingue", "Ada Neri", date(2021, 3, 4))

    def test_what_programs_write_when_nobody_told_them_is_not_believed(self) -> None:
        found = docx(a_docx("Testo.", title="Documento1", author="Utente", created="0000-00-00"))
        assert (found.title, found.author, found.publication_date) == (None, None, None)

    def test_one_without_words_is_refused(self) -> None:
        with pytest.raises(UnreadableSource, match="no text in it"):
            docx(a_docx(" "))


class TestEpub:
    def test_chapters_come_in_the_order_of_the_spine_with_their_titles(self) -> None:
        found = epub(
            an_epub(
                "<h1>Proemio</h1><p>Umana cosa&nbsp;è.</p>",
                "<p>Dico adunque.</p>",
                contents=["Proemio", "Giornata prima"],
                title="Decameron",
                author="Giovanni Boccaccio",
                date="1903-05",
            )
        )
        assert found.text == "Proemio\n\nUmana cosa è.\n\nGiornata prima\n\nDico adunque."
        assert [heading.text for heading in found.headings] == ["Proemio", "Giornata prima"]
        assert (found.title, found.author) == ("Decameron", "Giovanni Boccaccio")
        assert found.publication_date == date(1903, 5, 1)

    def test_the_declared_language_decides_only_where_the_words_do_not(self) -> None:
        assert epub(an_epub("<p>1848</p>", language="de-AT")).language == "de"
        italian = "<p>La grammatica è lo studio delle regole con cui si formano le parole e le frasi.</p>"
        assert epub(an_epub(italian, language="en")).language == "it"

    def test_a_book_that_is_locked_is_refused_and_one_with_hidden_fonts_is_not(self) -> None:
        locked = {"META-INF/encryption.xml": DRM.format("http://www.w3.org/2001/04/xmlenc#aes256-cbc")}
        with pytest.raises(UnreadableSource, match="locked by its seller"):
            epub(an_epub("<p>Ciao.</p>", more=locked))
        fonts = {"META-INF/encryption.xml": DRM.format("http://www.idpf.org/2008/embedding")}
        assert epub(an_epub("<p>Ciao.</p>", more=fonts)).text == "Ciao."

    def test_markup_that_is_not_xml_is_read_all_the_same(self) -> None:
        assert epub(an_epub("<p>Primo<br>verso<p>Secondo & ultimo")).text == "Primo\nverso\n\nSecondo & ultimo"

    def test_pages_outside_the_book_and_pages_named_twice_are_left_out(self) -> None:
        package = (
            '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            '<item id="a" href="../../etc/passwd" media-type="application/xhtml+xml"/>'
            '<item id="b" href="text/c0.xhtml" media-type="application/xhtml+xml"/></manifest><spine>'
            '<itemref idref="a"/><itemref idref="b"/><itemref idref="b"/>'
            "</spine></package>"
        )
        assert epub(an_epub("<p>Ciao.</p>", more={"OEBPS/book.opf": package})).text == "Ciao."


class TestZipsThatMeanHarm:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (a_docx("x", more={"word/media/zeros": bytes(40 * 2**20)}), "unpacks to far more"),
            (a_docx("x", more={"word/document.xml": BODY.format(" " * 30 * 2**20)}), "unpacks to far more"),
            (a_docx("x", more={f"f/{number}": b"" for number in range(100_000)}), "more than 5,000 files"),
            (a_zip_of_overlapping_files(a_docx("x"), copies=2_000, size=2**20), "over one another"),
            (with_lying_size(a_docx("x" * 5_000), "word/document.xml", 40), "damaged"),
            (with_lying_size(a_docx("x"), "word/document.xml", 2**31), "unpacks to far more"),
            (a_docx("x")[:-30], "damaged"),
            (a_docx("x", prologue=f"<!DOCTYPE w [{LAUGHS}]>"), "entities of its own"),
            (a_docx("x", prologue='<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]>'), "entities of its own"),
            (a_docx("x", more={"word/document.xml": BODY.format("<w:p>" * 9_000)}), "damaged"),
            (
                a_docx("x", more={"word/document.xml": BODY.format("<w:p>" * 9_000 + "</w:p>" * 9_000)}),
                "nested too deeply",
            ),
            (a_zip({"word/other.xml": "x"}), "damaged"),
        ],
        ids=[
            "zeros",
            "spaces",
            "files",
            "overlap",
            "small",
            "large",
            "cut",
            "laughs",
            "external",
            "unclosed",
            "deep",
            "incomplete",
        ],
    )
    def test_a_document_is_refused_in_words(self, data: bytes, reason: str) -> None:
        with pytest.raises(UnreadableSource, match=reason):
            docx(data)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (an_epub("<p>x</p>", more={"OEBPS/zeros": bytes(40 * 2**20)}), "unpacks to far more"),
            (an_epub("<p>x</p>", more={f"f/{number}": b"" for number in range(6_000)}), "more than 5,000 files"),
            (
                an_epub("<p>x</p>", more={"META-INF/container.xml": f"<!DOCTYPE c [{LAUGHS}]><c/>"}),
                "entities of its own",
            ),
            (
                an_epub("<p>x</p>", more={"OEBPS/text/c0.xhtml": f"<!DOCTYPE c [{LAUGHS}]><c>&e9;</c>"}),
                "entities of its own",
            ),
            (an_epub("<p>x</p>", more={"OEBPS/book.opf": "<package"}), "damaged"),
            (an_epub("<p> </p>"), "no text in it"),
            (an_epub("<p>x</p>")[:200] + b"PK", "damaged"),
        ],
        ids=["zeros", "files", "laughs-outside", "laughs-inside", "package", "empty", "cut"],
    )
    def test_a_book_is_refused_in_words(self, data: bytes, reason: str) -> None:
        with pytest.raises(UnreadableSource, match=reason):
            epub(data)

    def test_a_zip_within_a_zip_is_not_opened(self) -> None:
        inner = a_zip({"zeros": bytes(60 * 2**20)})
        assert docx(a_docx("Ciao.", more={"word/inner.zip": inner})).text == "Ciao."

    def test_a_page_nested_without_end_costs_only_itself(self) -> None:
        deep = "<div>" * 50_000 + "fondo" + "</div>" * 50_000
        assert "Dopo." in epub(an_epub(deep, "<p>Dopo.</p>")).text

    async def test_the_pool_survives_them(self) -> None:
        extractor = ProcessExtractor(processes=1)
        try:
            for data in (a_docx("x", more={"word/zeros": bytes(40 * 2**20)}), a_docx("x")[:-30]):
                with pytest.raises(UnreadableSource):
                    await extracted(extractor, data, kind=SourceKind.DOCX)
            assert (await extracted(extractor, a_docx("Ciao."), kind=SourceKind.DOCX)).text == "Ciao."
        finally:
            extractor.close()
