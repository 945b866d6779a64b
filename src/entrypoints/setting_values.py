"""What the value of a setting may be, each with the words for what it may not; none repeats a secret."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

_POSTGRES_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


def _postgres_url(url: str) -> str:
    if not url.startswith(_POSTGRES_SCHEMES):
        raise ValueError("must begin with postgresql://")
    return "postgresql://" + url.partition("://")[2]


def _redis_url(url: str) -> str:
    if not url.startswith(_REDIS_SCHEMES):
        raise ValueError("must begin with redis:// (or rediss://, unix://)")
    return url


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _listed(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _issuer(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"http", "https"} or not rest or not set(rest).isdisjoint("?#@ "):
        raise ValueError("must be an address such as https://clerk.example.org")
    return url.rstrip("/")


def _webhook_secret(value: str) -> str:
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("must be secrets such as whsec_ and base64, separated by commas")
    return value


def _api_key(value: str) -> str:
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("must be one word of plain letters, digits and signs")
    return value


def _server(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"http", "https"} or not rest or not set(rest).isdisjoint("?#@ "):
        raise ValueError("must be an address such as http://127.0.0.1:11434")
    return url.rstrip("/")


def _origin(value: str) -> str:
    scheme, _, host = value.partition("://")
    if scheme not in {"http", "https"} or not host or not set(host).isdisjoint("/?#@*"):
        raise ValueError("must be origins such as https://app.example.org, separated by commas")
    return value.lower()


ModelName = Annotated[str, Field(pattern=r"^[!-~]{1,200}$")]
ApiKey = Annotated[str, AfterValidator(_api_key)]
ServerAddress = Annotated[str, AfterValidator(_server)]


def _files_url(url: str) -> str:
    if not re.fullmatch(r"(?:s3|gs|az)://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/[A-Za-z0-9._/-]*)?", url):
        raise ValueError("must be such as s3://bucket/prefix, gs://bucket/prefix or az://container/prefix")
    return url.rstrip("/")


def _number_or_auto(value: object) -> object:
    return None if isinstance(value, str) and value.lower() == "auto" else value


RequestsPerMinute = Annotated[int | None, BeforeValidator(_number_or_auto)]
"""None (`auto`) leaves the number to what the provider says in its answers."""

Origin = Annotated[str, AfterValidator(_origin)]
PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
FilesUrl = Annotated[str, AfterValidator(_files_url)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
WebAddress = Annotated[str, AfterValidator(_issuer)]
WebhookSecret = Annotated[str, AfterValidator(_webhook_secret)]
WebhookSecrets = Annotated[tuple[WebhookSecret, ...], NoDecode, BeforeValidator(_listed)]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_listed)]
