"""Addresses of pages: one spelling for each, and a refusal with a sentence for what is never fetched."""

from __future__ import annotations

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.library import is_public_address, web_address
from domain.shared import InvalidInput
from tests.hostile_addresses import HOSTILE


@pytest.mark.parametrize(("url", "reason"), HOSTILE, ids=[f"{reason}: {url[:60]!a}" for url, reason in HOSTILE])
def test_a_hostile_address_is_refused_in_a_sentence(url: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        web_address(url)
    assert refused.value.data["field"] == "url", reason
    assert refused.value.message[0].isupper()
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ftp://example.org/", "https://"),
        ("http://user:password@example.org/", "password"),
        ("http://example.org:22/", "ports 80 and 443"),
        ("http:///etc", "names a host"),
        ("http://10.0.0.1/", "private or special network"),
        ("http://printer.local/", "private network"),
        ("http://intranet/", "a dot in its name"),
        ("http://exam\tple.org/", "control characters"),
        ("http://example.org/" + "a" * 2_000, "2,000 characters"),
    ],
    ids=str,
)
def test_the_sentence_says_what_is_wrong(url: str, word: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        web_address(url)
    assert word in refused.value.message


@pytest.mark.parametrize(
    ("given", "known_as"),
    [
        ("https://example.org", "https://example.org/"),
        ("  HTTPS://Example.ORG/Path \n", "https://example.org/Path"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:0443/a", "https://example.org/a"),
        ("https://example.org:/a", "https://example.org/a"),
        ("https://example.org:80/a", "https://example.org:80/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org?q=1#part", "https://example.org/?q=1"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/a/b/..", "https://example.org/a/"),
        ("https://example.org/../../a", "https://example.org/a"),
        ("https://example.org/%2e%2e/a", "https://example.org/a"),
        ("https://example.org/%7euno", "https://example.org/~uno"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/perché?città=Forlì", "https://example.org/perch%C3%A9?citt%C3%A0=Forl%C3%AC"),
        ("https://università.example/", "https://xn--universit-y1a.example/"),
        ("https://UNIVERSITÀ.example/", "https://xn--universit-y1a.example/"),
        ("https://universita\u0300.example/", "https://xn--universit-y1a.example/"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://ｅｘａｍｐｌｅ．org/", "https://example.org/"),
        ("http://134744072/", "http://8.8.8.8/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
        ("http://[64:ff9b::808:808]/", "http://[64:ff9b::808:808]/"),
    ],
)
def test_an_address_has_one_spelling(given: str, known_as: str) -> None:
    assert web_address(given) == known_as


_ODD = st.sampled_from(
    [*"htps:/@[]?#%.\\0127xX-_ \t\u00e0\u3002\uff0f\u00df\u2460", "http://", "https://", "://", "127.", "::1"]
)


@given(
    st.one_of(st.text(), st.lists(_ODD, max_size=40).map("".join), st.text(max_size=60).map("https://a.it/".__add__))
)
@example("https://a.it/%252e%252e/")
@example("https://xn--a.it/")
@example("https://İ.example/ΟΔΟΣ")
def test_whatever_is_given_it_is_refused_or_settles_at_once(url: str) -> None:
    with contextlib.suppress(InvalidInput):
        address = web_address(url)
        assert web_address(address) == address
        assert address.isascii()
        assert address.startswith(("http://", "https://"))


@given(st.ip_addresses(v=4).map(str))
def test_however_an_ipv4_address_is_written_it_is_judged_alike(literal: str) -> None:
    number = int(ip_address(literal))
    parts = literal.split(".")
    spellings = [literal, str(number), hex(number), f"0{number:o}", f"[::ffff:{literal}]", f"[64:ff9b::{literal}]"]
    spellings += [f"{parts[0]}.{number & 0xFFFFFF}", f"0{int(parts[0]):o}.{parts[1]}.{number & 0xFFFF}"]
    for spelling in spellings:
        try:
            web_address(f"http://{spelling}/")
            accepted = True
        except InvalidInput:
            accepted = False
        assert accepted is is_public_address(ip_address(literal)), spelling


@given(st.ip_addresses())
def test_nothing_is_public_that_python_calls_private(address: object) -> None:
    literal = ip_address(str(address))
    if literal.is_private or literal.is_loopback or literal.is_link_local or literal.is_multicast:
        assert not is_public_address(literal)
