"""Of a web page, what it is about is kept, with its headings and tables; what stands around it is not."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.extraction.limits import Limits
from domain.library import ExtractedText, SourceKind, UnreadableSource
from tests.builders_documents import a_docx, an_epub
from tests.reading import read_here

PROSE = (
    "Il volgare italiano nasce dal latino parlato, che si trasforma lentamente nelle diverse regioni della penisola. "
    "I primi documenti scritti risalgono al decimo secolo, quando alcune formule giurate vengono messe per iscritto."
)


def page(body: str, *, head: str = "", attributes: str = 'lang="it"') -> bytes:
    return f"<!DOCTYPE html><html {attributes}><head>{head}</head><body>{body}</body></html>".encode()


def read(data: bytes, *, charset: str | None = None, limits: Limits | None = None) -> ExtractedText:
    return read_here(data, SourceKind.URL, charset=charset, limits=limits)


class TestWords:
    def test_navigation_and_footer_are_gone_and_headings_are_known(self) -> None:
        found = read(
            page(
                "<nav><a href='/'>Pagina iniziale</a></nav><main><h1>Le origini</h1>"
                f"<p>{PROSE}</p><h2>Il Placito</h2><p>{PROSE}</p></main><footer>Contatti e cookie</footer>"
            )
        )
        assert "Pagina iniziale" not in found.text
        assert "Contatti" not in found.text
        assert [(heading.text, heading.level) for heading in found.headings] == [("Le origini", 1), ("Il Placito", 2)]
        assert all(found.text[heading.start :].startswith(heading.text) for heading in found.headings)

    def test_the_words_of_an_old_page_without_a_main_part_are_found(self) -> None:
        menu = "".join(f"<li><a href='/{n}'>Voce {n}</a></li>" for n in range(8))
        found = read(
            page(f"<div><ul>{menu}</ul></div><div><h1>Le origini</h1><p>{PROSE}</p><p>{PROSE[:90]}.</p></div>")
        )
        assert "Voce 3" not in found.text
        assert found.text.count("decimo secolo") == 1

    def test_cells_of_a_row_stay_together(self) -> None:
        rows = "".join(
            f"<tr><td>{name}</td><td>{year}</td></tr>" for name, year in (("Dante", 1265), ("Boccaccio", 1313))
        )
        found = read(page(f"<main><p>{PROSE}</p><table>{rows}</table></main>"))
        assert "Dante | 1265" in found.text.split("\n\n")
        assert "Boccaccio | 1313" in found.text.split("\n\n")

    def test_a_table_that_lays_out_the_page_is_only_its_words(self) -> None:
        found = read(page(f"<main><table><tr><td><h1>Le origini</h1><p>{PROSE}</p></td></tr></table></main>"))
        assert found.text == f"Le origini\n\n{PROSE}"

    def test_lists_of_links_and_buttons_to_share_are_gone(self) -> None:
        share = "<div class='share-buttons'><button>Invia</button><span>Condividi</span></div>"
        links = "<ul><li><a href='a'>Altra pagina</a></li><li><a href='b'>Ancora una</a></li></ul>"
        found = read(page(f"<main><p>{PROSE}</p>{share}{links}<ul><li>primo</li><li>secondo</li></ul></main>"))
        assert found.text == f"{PROSE}\n\n• primo\n• secondo"

    def test_verses_keep_their_lines_and_code_its_own(self) -> None:
        found = read(page(f"<main><p>{PROSE}</p><p>Nel mezzo<br>del cammin</p><pre>a\n  b</pre></main>"))
        assert found.text.endswith("Nel mezzo\ndel cammin\n\na\n  b")

    def test_a_page_too_short_for_an_article_is_read_as_it_is_seen(self) -> None:
        assert read(page("<div>Aperto il lunedì</div>")).text == "Aperto il lunedì"


class TestWhatItSays:
    def test_title_author_date_and_site_are_those_of_the_page(self) -> None:
        head = (
            "<title>Le origini | Storia</title><meta property='og:title' content='Le origini'>"
            "<meta name='author' content='Ada Neri'><meta property='og:site_name' content='Storia della lingua'>"
            "<meta property='article:published_time' content='2021-03-04T10:00:00Z'>"
        )
        found = read(page(f"<article><h1>Le origini</h1><p>{PROSE}</p></article>", head=head))
        assert (found.title, found.author, found.site) == ("Le origini", "Ada Neri", "Storia della lingua")
        assert found.publication_date == date(2021, 3, 4)

    def test_a_date_in_the_words_is_not_the_date_of_the_page(self) -> None:
        assert read(page(f"<main><p>{PROSE}</p><p>Ultima revisione 12/05/2019.</p></main>")).publication_date is None

    def test_the_declared_language_decides_only_where_the_words_do_not(self) -> None:
        assert read(page("<p>1848</p>", attributes='lang="fr-CA"')).language == "fr"
        assert read(page(f"<p>{PROSE}</p>", attributes='lang="en"')).language == "it"


class TestCharset:
    WORDS = "Perché la città è così: «virtù»"

    @pytest.mark.parametrize(
        ("encoding", "meta", "http"),
        [
            ("utf-8", "", None),
            ("utf-8", "iso-8859-1", "iso-8859-1"),
            ("utf-8-sig", "iso-8859-1", None),
            ("cp1252", "", None),
            ("cp1252", "iso-8859-1", None),
            ("cp1252", "nonsense", "hex"),
            ("mac-roman", "", "macintosh"),
            ("mac-roman", "windows-1252", "macintosh"),
            ("utf-16", "", None),
        ],
    )
    def test_every_honest_encoding_is_read(self, encoding: str, meta: str, http: str | None) -> None:
        declared = f"<meta charset='{meta}'>" if meta else ""
        whole = page(f"<p>{self.WORDS}</p>", head=declared).decode()
        assert read(whole.encode(encoding), charset=http).text == self.WORDS


class TestRefused:
    def test_a_page_made_by_scripts_says_so(self) -> None:
        with pytest.raises(UnreadableSource, match="no text in it"):
            read(page("<div id='root'></div><script>app()</script>"))

    def test_a_hundred_thousand_divisions_deep_is_too_deep(self) -> None:
        with pytest.raises(UnreadableSource, match="nested too deeply"):
            read(page("<div>" * 100_000 + "fondo" + "</div>" * 100_000))

    def test_a_page_that_is_too_large_is_refused(self) -> None:
        with pytest.raises(UnreadableSource, match="larger than 1 MB"):
            read(page("<p>" + "a " * 600_000), limits=Limits(web_page_bytes=2**20))

    def test_an_entity_is_never_a_file_or_a_bomb(self) -> None:
        bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
        evil = f'<?xml version="1.0"?><!DOCTYPE html [{bomb}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        found = read(f"{evil}<html><body><p>{PROSE} &e9; &f;</p></body></html>".encode())
        assert "root:" not in found.text
        assert len(found.text) < 5_000


class TestOtherDocuments:
    def test_what_was_at_the_address_is_told_by_its_bytes(self) -> None:
        assert read(a_docx("Un documento.")).text == "Un documento."
        assert read(an_epub("<p>Un libro.</p>")).text == "Un libro."
        assert read(b"Solo testo.").text == "Solo testo."
        assert read("Così".encode("mac-roman"), charset="macintosh").text == "Così"

    def test_a_picture_is_refused(self) -> None:
        with pytest.raises(UnreadableSource, match="a picture"):
            read(b"\x89PNG\r\n\x1a\n" + bytes(40))
