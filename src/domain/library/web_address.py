"""The address of a page: one spelling for each, and a sentence for what is never fetched."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

from domain.library.public_addresses import NetworkAddress, is_public_address
from domain.shared import InvalidInput

ADDRESS_LIMIT = 2_000

_PORTS = {"http": 80, "https": 443}
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]*))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|%")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_INSIDE = ("localhost", "local", "internal", "home.arpa")


class NotFetched(InvalidInput):
    """An address that is never fetched, whatever might answer there."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="url")


def web_address(url: str) -> str:
    """The http(s) address in its one spelling, all ASCII, without fragment. Applied again it changes nothing.

    Scheme and host in lower case, the host as DNS knows it (IDNA), no default port, no dot segments, a path. It says
    nothing of where a name leads: that is checked when it is connected to. Errors: NotFetched.
    """
    given = url.strip()
    if len(given) > ADDRESS_LIMIT:
        raise _too_long(len(given))
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in given):
        raise NotFetched("An address has no control characters in it.")
    try:
        parts = urlsplit(given)
    except ValueError:
        raise NotFetched("This is not an address that can be read.") from None
    if parts.scheme not in _PORTS:
        raise NotFetched("An address begins with https:// or http://.")
    if "@" in parts.netloc:
        raise NotFetched("An address with a user name or a password in it is not fetched.")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None or not authority["host"]:
        raise NotFetched("An address names a host, as in https://example.org/page.")
    host = _host(authority["host"])
    port = authority["port"]
    secure = parts.scheme == "https"
    if port and port.lstrip("0") not in {"80", "443"}:
        raise NotFetched("Pages are fetched from ports 80 and 443 only.")
    shown_port = f":{int(port)}" if port and int(port) != _PORTS[parts.scheme] else ""
    query = f"?{_escaped(parts.query)}" if parts.query else ""
    address = f"http{'s' if secure else ''}://{host}{shown_port}{_path(parts.path)}{query}"
    if len(address) > ADDRESS_LIMIT:  # what is not ASCII grows
        raise _too_long(len(address))
    return address


def _too_long(actual: int) -> InvalidInput:
    return InvalidInput(
        f"An address has at most {ADDRESS_LIMIT:,} characters.", field="url", limit=ADDRESS_LIMIT, actual=actual
    )


def _host(given: str) -> str:
    """Errors: NotFetched."""
    if given.startswith("["):
        return f"[{_checked(_ipv6(given[1:-1]))}]"
    name = _ascii_name(given)
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(_checked(_ipv4(labels)))
    if any(name == inside or name.endswith(f".{inside}") for inside in _INSIDE):
        raise NotFetched("This address is inside a private network; only public pages are fetched.")
    if len(labels) == 1:
        raise NotFetched("The host of a public page has a dot in its name, as example.org has.")
    return name


def _ascii_name(given: str) -> str:
    """The name in lower case and ASCII, as DNS knows it: each label that is not ASCII in Punycode.

    Unlike Python's own codec this keeps ß and the final sigma, as browsers do: they are other hosts than ss and σ.
    """
    one_width = unicodedata.normalize("NFKC", given.translate(_DOTS))
    name = unicodedata.normalize("NFKC", "".join(character.lower() for character in one_width))
    labels = [_ascii_label(label) for label in name.removesuffix(".").split(".")]
    name = ".".join(labels)
    if len(name) > 253:
        raise NotFetched("The name of the host is too long.")
    return name


def _ascii_label(label: str) -> str:
    encoded = label
    if not label.isascii():
        if not all(_may_stand_in_a_name(character) for character in label):
            raise _no_name()
        encoded = "xn--" + label.encode("punycode").decode("ascii")
    if _LABEL.fullmatch(encoded) is None:
        raise _no_name()
    return encoded


def _may_stand_in_a_name(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character == "-"
    return unicodedata.category(character) in {"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"}


def _no_name() -> NotFetched:
    return NotFetched("The address has no proper host name.")


def _ipv4(labels: list[str]) -> IPv4Address:
    """As the C library reads it: one to four parts, each decimal, octal or hexadecimal, the last filling the rest."""
    try:
        numbers = [_number(label) for label in labels]
    except ValueError:
        raise _no_name() from None
    *leading, last = numbers
    if len(numbers) > 4 or any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise _no_name()
    return IPv4Address(last + sum(number << (8 * (3 - place)) for place, number in enumerate(leading)))


def _number(label: str) -> int:
    if _NUMBER.fullmatch(label) is None:
        raise ValueError(label)
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)


def _ipv6(literal: str) -> IPv6Address:
    try:
        return IPv6Address(literal)
    except ValueError:
        raise _no_name() from None


def _checked(address: NetworkAddress) -> NetworkAddress:
    if not is_public_address(address):
        raise NotFetched("This is the address of a private or special network; only public pages are fetched.")
    return address


def _path(given: str) -> str:
    kept: list[str] = []
    segments = _escaped(given).removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")  # it named a folder
    return "/" + "/".join(kept)


def _escaped(given: str) -> str:
    """Percent signs only where they escape something that needs it; all else that may not stand there escaped."""
    return _ESCAPE.sub(_one_escape, quote(given, safe="%/:@!$&'()*+,;=?~[]|"))


def _one_escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()
