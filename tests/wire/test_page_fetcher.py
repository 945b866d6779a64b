"""The guarded fetcher against a real server: what it brings, and what it makes of answers."""

from __future__ import annotations

import gzip
import hashlib
import re
import socket
import zlib
from pathlib import Path

import pytest

from entrypoints.bootstrap import Container
from entrypoints.settings import load_settings
from tests.wire.fetching import LIMIT, PAGE, fetch, fetcher, putting_off, refusal
from tests.wire.page_server import PUBLIC, Web, answer, dripping, redirect

# --- what it brings ---------------------------------------------------------------------------------------------------


async def test_a_page_is_brought_with_what_the_server_says_of_it(here: Web) -> None:
    body = "<p>Perché?</p>".encode("cp1252")
    here.pages["/po"] = answer(body, media_type='Text/HTML; Charset="Windows-1252"')
    page, content = await fetch(here)
    assert content == body
    assert (page.url, page.size, page.media_type, page.charset) == (PAGE, len(body), "text/html", "windows-1252")
    assert page.content_hash == hashlib.sha256(body).hexdigest()


async def test_the_file_is_gone_when_the_fetch_is_closed(here: Web, tmp_path: Path) -> None:
    here.pages["/po"] = answer()
    page, _ = await fetch(here)
    assert not page.file.exists()
    assert list(tmp_path.iterdir()) == []


async def test_nothing_is_left_of_a_page_that_was_refused(here: Web, tmp_path: Path) -> None:
    here.pages["/po"] = answer(gzip.compress(bytes(LIMIT + 1)), "content-encoding: gzip")
    await refusal(here)
    assert list(tmp_path.iterdir()) == []


async def test_it_says_who_it_is_and_what_it_takes(here: Web) -> None:
    here.pages["/po"] = answer()
    await fetch(here)
    headers = here.asked[0].headers
    assert headers["user-agent"] == "Studiolo/1 (+https://studiolo.example)"
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["host"] == "fiumi.example"


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        (None, r"Studiolo/[\d.]+"),
        ("mailto:posta@studiolo.example", r"Studiolo/[\d.]+ \(\+mailto:posta@studiolo\.example\)"),
    ],
)
async def test_the_deployment_says_whom_to_complain_to(
    here: Web, tmp_path: Path, contact: str | None, name: str
) -> None:
    settings = load_settings(env_file=None, data_dir=tmp_path, fetch_contact=contact)
    deployed = Container(settings=settings, role="memory").page_fetcher(network=here.network)
    here.pages["/po"] = answer()
    async with deployed.fetch(PAGE):
        assert re.fullmatch(name, here.asked[0].headers["user-agent"])


@pytest.mark.parametrize("media_type", [None, "application/octet-stream", "application/pdf", "text/markdown"])
async def test_what_may_be_a_source_is_brought_to_be_looked_at(here: Web, media_type: str | None) -> None:
    here.pages["/po"] = answer(b"%PDF-1.7", media_type=media_type)
    page, _ = await fetch(here)
    assert page.media_type == media_type


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_followed_and_told(here: Web, status: str) -> None:
    here.pages["/po"] = redirect("../fiumi/po?lingua=it#foce", status)
    here.pages["/fiumi/po?lingua=it"] = answer()
    page, _ = await fetch(here)
    assert page.url == "http://fiumi.example/fiumi/po?lingua=it"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_packed_page_is_unpacked_and_counted_unpacked(here: Web, coding: str) -> None:
    body = b"<p>Il Po.</p>" * 500
    packed = gzip.compress(body) if coding == "gzip" else zlib.compress(body)
    here.pages["/po"] = answer(packed, f"content-encoding: {coding}")
    page, content = await fetch(here)
    assert (content, page.size) == (body, len(body))


async def test_cookies_live_as_long_as_one_fetch(here: Web) -> None:
    here.pages["/po"] = answer(b"", "location: /po/2", "set-cookie: visit=1; path=/", status="302 Found")
    here.pages["/po/2"] = answer()
    one = fetcher(here)
    for _ in range(2):
        async with one.fetch(PAGE):
            pass
    assert [asked.headers.get("cookie") for asked in here.asked] == [None, "visit=1", None, "visit=1"]


# --- what it makes of answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "application/zip", "application/json", "weird"])
async def test_what_no_source_is_made_of_is_refused_by_its_type(here: Web, media_type: str) -> None:
    here.pages["/po"] = answer(b"...", media_type=media_type)
    assert media_type in await refusal(here)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("401 Unauthorized", "password"),
        ("402 Payment Required", "paywall"),
        ("403 Forbidden", "not shown to programs"),
        ("404 Not Found", "no page"),
        ("410 Gone", "is gone"),
        ("451 Withheld", "legal"),
        ("418 Teapot", "HTTP 418"),
        ("204 No Content", "HTTP 204"),
        ("300 Multiple Choices", "HTTP 300"),
    ],
)
async def test_a_page_that_is_not_there_is_refused_in_words(here: Web, status: str, word: str) -> None:
    here.pages["/po"] = answer(b"", status=status)
    assert word in await refusal(here)


@pytest.mark.parametrize("status", ["408 Timeout", "429 Slow down", "500 Oh", "502 Oh", "503 Oh", "504 Oh"])
async def test_a_site_in_trouble_is_to_be_asked_again(here: Web, status: str) -> None:
    here.pages["/po"] = answer(b"", status=status)
    assert "retry_after" not in (await putting_off(here)).data


async def test_a_site_may_say_when_to_ask_again(here: Web) -> None:
    here.pages["/po"] = answer(b"", "retry-after: 120", status="429 Slow down")
    assert (await putting_off(here)).data["retry_after"] == 120


async def test_an_empty_page_is_refused(here: Web) -> None:
    here.pages["/po"] = answer(b"")
    assert "empty" in await refusal(here)


async def test_a_name_that_nobody_has_is_told_apart_from_a_resolver_in_trouble(here: Web) -> None:
    assert "no site called laghi.example" in await refusal(here, "http://laghi.example/")
    here.site("laghi.example", socket.gaierror(socket.EAI_AGAIN, "try again"))
    await putting_off(here, "http://laghi.example/")


async def test_a_site_that_refuses_connections_is_to_be_asked_again(here: Web) -> None:
    here.dead.add(PUBLIC)
    await putting_off(here)


@pytest.mark.parametrize("sent", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"])
async def test_a_broken_answer_is_to_be_asked_for_again(here: Web, sent: bytes) -> None:
    here.pages["/po"] = dripping([sent], seconds=0)
    await putting_off(here)


# --- is it still there? -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "there"),
    [
        ("200 OK", True),
        ("404 Not Found", False),
        ("410 Gone", False),
        ("401 Unauthorized", None),
        ("403 Forbidden", None),
        ("429 Slow down", None),
        ("500 Oh", None),
        ("503 Oh", None),
    ],
)
async def test_whether_a_page_is_there_is_told_by_its_status(here: Web, status: str, there: bool | None) -> None:
    here.pages["/po"] = answer(b"a" * 10 * LIMIT, status=status)
    assert await fetcher(here).is_there(PAGE) is there


async def test_a_page_that_moved_is_there_where_it_moved_to(here: Web) -> None:
    here.pages["/po"] = redirect("/fiumi/po", "301 Moved")
    assert await fetcher(here).is_there(PAGE) is False
    here.pages["/fiumi/po"] = answer()
    assert await fetcher(here).is_there(PAGE) is True


async def test_a_name_that_nobody_has_any_more_is_not_there(here: Web) -> None:
    assert await fetcher(here).is_there("http://laghi.example/") is False


async def test_what_cannot_be_told_is_not_told(here: Web) -> None:
    here.site("laghi.example", socket.gaierror(socket.EAI_AGAIN, "try again"))
    assert await fetcher(here).is_there("http://laghi.example/") is None
    here.dead.add(PUBLIC)
    assert await fetcher(here).is_there(PAGE) is None
