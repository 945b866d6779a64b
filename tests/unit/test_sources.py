"""Sources: their status, their name, what they are, and how long they still take."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.library import (
    SourceKind,
    SourceStatus,
    UnreadableSource,
    WrongStatus,
    kind_of,
    plausible_title,
    storable,
    title_from_filename,
    title_from_text,
)
from domain.shared import UnsuitableTitle, UserId
from tests.builders import NOON
from tests.builders_documents import a_docx, a_zip, an_epub
from tests.builders_library import a_source

OWNER = UserId(uuid4())


class TestStatus:
    def test_only_a_source_that_is_being_read_becomes_ready(self) -> None:
        failed = a_source(OWNER).failed("Rovinato.", at=NOON)
        with pytest.raises(WrongStatus):
            failed.ready(chunk_count=1, page_count=None, language="it", at=NOON)

    def test_reading_again_forgets_the_failure(self) -> None:
        again = a_source(OWNER).failed("Rovinato.", at=NOON).processing(at=NOON)
        assert (again.status, again.error_message) == (SourceStatus.PROCESSING, None)

    @pytest.mark.parametrize("title", ["", "   ", "x" * 201])
    def test_an_unsuitable_title_is_refused(self, title: str) -> None:
        with pytest.raises(UnsuitableTitle):
            a_source(OWNER, title=title)


class TestKind:
    @pytest.mark.parametrize(
        ("data", "filename", "kind"),
        [
            (b"%PDF-1.7 ...", "appunti.txt", SourceKind.PDF),
            (b"rumore\n%PDF-1.4", None, SourceKind.PDF),
            ("C'era una volta".encode("utf-16"), "a.txt", SourceKind.TEXT),
            ("C'era una volta".encode("utf-16-le"), "a.txt", SourceKind.TEXT),
            ("Perché così?".encode("cp1252"), None, SourceKind.TEXT),
            (b"Testo con un\0 NUL in mezzo a tante altre lettere, che resta testo lo stesso.", None, SourceKind.TEXT),
            (b"Testo semplice", "lezione.md", SourceKind.MARKDOWN),
            (b"# Titolo\n\nUn **grassetto**.", None, SourceKind.MARKDOWN),
            (b"# un commento di un programma", None, SourceKind.TEXT),
            (a_docx("Ciao."), "a.txt", SourceKind.DOCX),
            (an_epub("<p>Ciao.</p>"), None, SourceKind.EPUB),
            (a_zip({"[Content_Types].xml": "", "docProps/app.xml": ""}), "a.docx", SourceKind.DOCX),
        ],
    )
    def test_bytes_tell_the_kind(self, data: bytes, filename: str | None, kind: SourceKind) -> None:
        assert kind_of(data, filename=filename) is kind

    @pytest.mark.parametrize(
        ("data", "filename", "reason"),
        [
            (b"", "a.pdf", "empty"),
            (b" \n\t ", "a.txt", "empty"),
            (b"\n<!DOCTYPE HTML><html>", "a.pdf", "really a web page, not a PDF"),
            (b"<html lang=it>", "a.txt", "a web page"),
            (a_zip({"a.txt": "ciao"}), "a.txt", "a zip archive"),
            (a_zip({"xl/workbook.xml": ""}), "a.docx", "a spreadsheet"),
            (a_zip({"ppt/presentation.xml": ""}), None, "a presentation"),
            (a_docx("Ciao."), "a.pdf", "really an office document"),
            (an_epub("<p>Ciao.</p>"), "a.PDF", "really an e-book"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.doc", "old office document, or one with a password"),
            (b"{\\rtf1 ciao}", "a.doc", "an RTF document"),
            (b"\x89PNG\r\n", "a.txt", "a picture"),
            (b"non un PDF", "a.pdf", "called PDF"),
            (bytes(range(1, 32)) * 40, "a.bin", "not a kind"),
        ],
    )
    def test_what_cannot_be_read_is_refused_in_words(self, data: bytes, filename: str | None, reason: str) -> None:
        with pytest.raises(UnreadableSource, match=reason):
            kind_of(data, filename=filename)


class TestName:
    @pytest.mark.parametrize(
        ("filename", "title"),
        [
            ("la_grammatica_italiana.pdf", "la grammatica italiana"),
            ("C:\\compiti\\Tema 3.v2.md", "Tema 3.v2"),
            ("../../etc/passwd", "passwd"),
            (".pdf", "Untitled"),
            ("", "Untitled"),
        ],
    )
    def test_a_file_name_gives_a_title(self, filename: str, title: str) -> None:
        assert title_from_filename(filename) == title

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("\n\n## **I promessi sposi\n\nQuel ramo", "I promessi sposi"),
            ("---\n\nIl lago", "Il lago"),
            ("!!!", "Untitled"),
        ],
    )
    def test_the_first_line_gives_a_title(self, text: str, title: str) -> None:
        assert title_from_text(text) == title

    @given(st.text().map(storable))
    def test_a_derived_title_always_suits(self, text: str) -> None:
        a_source(OWNER, title=title_from_text(text))
        a_source(OWNER, title=title_from_filename(text))

    @pytest.mark.parametrize("title", ["", "Microsoft Word - tesi.doc", "untitled", "tesi.docx", "12", "Documento1"])
    def test_what_programs_write_for_want_of_a_title_is_no_title(self, title: str) -> None:
        assert plausible_title(title) is None

    def test_a_real_title_is_kept(self) -> None:
        assert plausible_title(" La  Costituzione\n") == "La Costituzione"


class TestStorable:
    def test_what_stores_refuse_is_gone(self) -> None:
        assert storable("a\0b\ud800c\ufeff\r\nd\re\x85f") == "abc\nd\ne\nf"

    @given(st.text(alphabet=st.characters(exclude_categories=())))
    def test_it_is_storable_and_stays_as_it_is(self, text: str) -> None:
        clean = storable(text)
        assert storable(clean) == clean
        assert "\0" not in clean
        clean.encode()
