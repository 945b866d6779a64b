"""The guarded fetcher against hostile addresses, names, redirects and answers. Each guard was broken once."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import httpcore2
import httpx2
import pytest

from adapters.web import GuardedNetwork, GuardedPageFetcher
from adapters.web.transport import GuardedTransport
from domain.library import UnreadableSource
from domain.shared import Unavailable
from tests.hostile_addresses import HOSTILE
from tests.wire.fetching import LIMIT, PAGE, fetch, fetcher, putting_off, refusal
from tests.wire.page_server import PUBLIC, Web, answer, dripping, redirect

# --- where it does not go ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "reason"), HOSTILE, ids=[reason for _, reason in HOSTILE])
async def test_for_a_hostile_address_no_name_is_looked_up_and_nothing_dialled(url: str, reason: str) -> None:
    here = Web(names={"example.org": [[PUBLIC]]})
    assert await refusal(here, url), reason
    assert await fetcher(here).is_there(url) is None
    assert (here.lookups, here.dialled) == ([], [])


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["100.100.100.200"],
        ["168.63.129.16"],
        ["::1"],
        ["::ffff:10.0.0.7"],
        ["64:ff9b::a00:7"],
        ["2002:a00:7::"],
        ["fe80::1%2"],
        ["fd00:ec2::254"],
        ["not an address"],
        [PUBLIC, "127.0.0.1"],
        ["2606:4700::1111", "fe80::1"],
    ],
    ids=str,
)
async def test_a_name_that_leads_inside_is_not_connected_to(here: Web, found: list[str]) -> None:
    here.site("fiumi.example", found)
    assert "private network" in await refusal(here)
    assert here.dialled == []


async def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_mind(here: Web) -> None:
    here.site("fiumi.example", [PUBLIC], ["127.0.0.1"])
    here.pages["/po"] = answer()
    await fetch(here)
    assert here.lookups == ["fiumi.example"]
    assert here.dialled == [(PUBLIC, 80)]


async def test_each_redirect_is_looked_up_and_checked_anew(here: Web) -> None:
    here.site("fiumi.example", [PUBLIC], ["127.0.0.1"])
    here.pages["/po"] = redirect("/po/foce")
    assert "private network" in await refusal(here)
    assert here.dialled == [(PUBLIC, 80)]


async def test_of_several_public_addresses_the_next_is_tried_when_one_does_not_answer(here: Web) -> None:
    here.site("fiumi.example", ["2606:4700::1111", PUBLIC])
    here.dead.add("2606:4700::1111")
    here.pages["/po"] = answer()
    await fetch(here)
    assert here.dialled == [("2606:4700::1111", 80), (PUBLIC, 80)]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "//localhost/",
        "http://fiumi.example:6379/",
        "http://user:password@fiumi.example/",
        "file:///etc/passwd",
        "gopher://fiumi.example/",
        "http://[::1",
    ],
)
async def test_a_redirect_to_a_refused_address_is_not_followed(here: Web, location: str) -> None:
    here.pages["/po"] = redirect(location)
    assert "leads on to" in await refusal(here)
    assert here.paths == ["/po"]
    assert await fetcher(here).is_there(PAGE) is None


async def test_a_redirect_to_a_name_that_leads_inside_is_not_followed(here: Web) -> None:
    here.site("intern.example", ["192.168.1.1"])
    here.pages["/po"] = redirect("http://intern.example/")
    assert "private network" in await refusal(here)
    assert here.dialled == [(PUBLIC, 80)]


async def test_five_redirects_are_followed_and_a_sixth_is_not(here: Web) -> None:
    for number in range(7):
        here.pages[f"/{number}"] = redirect(f"/{number + 1}")
    here.pages["/6"] = answer()
    page, _ = await fetch(here, "http://fiumi.example/1")
    assert page.url == "http://fiumi.example/6"
    assert "without end" in await refusal(here, "http://fiumi.example/0")


async def test_a_loop_of_redirects_ends(here: Web) -> None:
    here.pages["/po"] = redirect("/po")
    assert "without end" in await refusal(here)
    assert len(here.asked) == 6


async def test_proxies_of_the_environment_are_not_taken(here: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://10.0.0.1:3128")
    here.pages["/po"] = answer()
    await fetch(here)
    assert here.dialled == [(PUBLIC, 80)]


async def test_the_guard_refuses_other_ports_and_sockets_by_itself() -> None:
    here = Web(names={"fiumi.example": [[PUBLIC]]})
    with pytest.raises(UnreadableSource):
        await here.network.connect_tcp("fiumi.example", 6379)
    with pytest.raises(UnreadableSource):
        await here.network.connect_unix_socket("/run/docker.sock")
    assert here.dialled == []


def test_the_library_still_keeps_its_pool_where_the_guard_is_put() -> None:
    """If this fails after an update of httpx2, pages would be fetched around the guard."""
    ordinary = httpx2.AsyncHTTPTransport(trust_env=False)
    assert isinstance(vars(ordinary)["_pool"], httpcore2.AsyncConnectionPool)
    network = GuardedNetwork()
    guarded = GuardedTransport(network, tls=httpx2.create_ssl_context(trust_env=False))
    assert vars(guarded)["_pool"]._network_backend is network


# --- TLS --------------------------------------------------------------------------------------------------------------


async def test_tls_speaks_to_the_checked_address_by_the_name_of_the_site(secure: Web) -> None:
    secure.pages["/po"] = answer()
    page, _ = await fetch(secure, "https://fiumi.example/po")
    assert page.url == "https://fiumi.example/po"
    assert secure.dialled == [(PUBLIC, 443)]
    assert [asked.server_name for asked in secure.asked] == ["fiumi.example"]


async def test_a_certificate_for_another_name_is_refused(secure: Web) -> None:
    secure.site("laghi.example")
    assert "certificate" in await refusal(secure, "https://laghi.example/po")


async def test_https_does_not_go_back_to_http(secure: Web) -> None:
    secure.pages["/po"] = redirect(PAGE)
    assert "back to http" in await refusal(secure, "https://fiumi.example/po")
    assert len(secure.asked) == 1


async def test_http_may_go_on_to_https(secure: Web) -> None:
    secure.pages["/a"] = redirect("https://fiumi.example/po")
    secure.pages["/po"] = answer()
    page, _ = await fetch(secure, "http://fiumi.example/a")
    assert page.url == "https://fiumi.example/po"


# --- limits -----------------------------------------------------------------------------------------------------------


async def test_a_page_of_just_the_limit_is_brought(here: Web) -> None:
    here.pages["/po"] = answer(b"a" * LIMIT)
    page, _ = await fetch(here)
    assert page.size == LIMIT


async def test_a_page_that_says_it_is_too_large_is_not_even_read(here: Web) -> None:
    here.pages["/po"] = dripping(
        [f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {LIMIT + 1}\r\n\r\n".encode()], seconds=0
    )
    assert "larger than 0.1 MB" in await refusal(here)


async def test_a_page_that_turns_out_too_large_is_dropped(here: Web) -> None:
    piece = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n"
    here.pages["/po"] = dripping([head, *[piece] * 1_000], seconds=0)
    assert "larger than" in await refusal(here)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_small_answer_that_unpacks_to_a_large_one_is_dropped(here: Web, coding: str) -> None:
    body = bytes(50_000_000)
    packed = gzip.compress(body) if coding == "gzip" else zlib.compress(body)
    assert len(packed) < LIMIT
    here.pages["/po"] = answer(packed, f"content-encoding: {coding}")
    assert "larger than" in await refusal(here)


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "x-bomb"])
async def test_a_packing_that_was_not_asked_for_is_refused(here: Web, coding: str) -> None:
    here.pages["/po"] = answer(b"packed", f"content-encoding: {coding}")
    assert "packed" in await refusal(here)


async def test_damaged_packing_is_refused(here: Web) -> None:
    here.pages["/po"] = answer(b"this is no gzip", "content-encoding: gzip")
    assert "unpacked" in await refusal(here)


async def test_a_page_that_drips_is_left_when_its_time_is_over(here: Web) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 10000\r\n\r\n"
    here.pages["/po"] = dripping([head, *[b"a"] * 10_000], seconds=0.02)
    later = await putting_off(here, seconds=0.3)
    assert later.message == "The site did not answer in time."


async def test_a_header_that_drips_is_left_when_its_time_is_over(here: Web) -> None:
    here.pages["/po"] = dripping([b"HTTP/1.1 200 OK\r\n", *[b"x"] * 10_000], seconds=0.02)
    assert "in time" in (await putting_off(here, seconds=0.3)).message


async def test_the_time_is_for_all_redirects_together(here: Web) -> None:
    head = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /po\r\n\r\n"
    here.pages["/po"] = dripping([head], seconds=0.15)
    assert "in time" in (await putting_off(here, seconds=0.4)).message


async def test_a_silent_resolver_is_waited_for_as_long_as_all_else(here: Web) -> None:
    async def silent(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    slow = GuardedPageFetcher(
        user_agent="Studiolo/1", max_bytes=LIMIT, seconds=0.2, network=GuardedNetwork(resolve=silent, network=here)
    )
    with pytest.raises(Unavailable):
        async with slow.fetch(PAGE):
            raise AssertionError("it cannot have been found")


async def test_a_header_without_end_is_refused(here: Web) -> None:
    here.pages["/po"] = dripping([b"HTTP/1.1 200 OK\r\n", *[b"x-more: " + b"y" * 8_000 + b"\r\n"] * 1_000], seconds=0)
    assert "header" in await refusal(here)
