"""`studiolo doctor`: everything that Studiolo stands on, one line each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import redis

from adapters.development_issuer.key import BrokenKey, kept_key, thumbprint
from adapters.embedded.errors import CannotStart
from adapters.embedded.folders import data_folder, require_room
from adapters.postgres import migrations
from domain.accounts import Usage
from domain.shared import RateLimited, StudioloError
from entrypoints.cli.running_stack import completed
from entrypoints.settings import Settings

_PATIENCE = 5
_OLDEST_VECTOR = (0, 8)
_OLDEST_REDIS = (6, 2)


class Complaint(Exception):
    """A check failed; the sentence says what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`look` returns what it found in a few words, or raises Complaint."""

    name: str
    look: Callable[[Settings], str]


def doctor(settings: Settings, *, tell: Callable[[str], None] = print) -> bool:
    """Look at everything, whatever fails; whether all is well. Errors: NothingRuns."""
    settings = completed(settings, "api")
    well = True
    for check in CHECKS:
        try:
            tell(f"✓ {check.name}: {check.look(settings)}")
        except (Complaint, CannotStart, BrokenKey) as complaint:
            well = False
            tell(f"✗ {check.name}: {complaint}")
        except Exception as surprise:  # noqa: BLE001 (the other checks are still worth seeing)
            well = False
            tell(f"✗ {check.name}: {type(surprise).__name__}: {surprise}")
    return well


def database(settings: Settings) -> str:
    """It answers."""
    return f"PostgreSQL {_asked(settings, 'show server_version')}"


def migrated(settings: Settings) -> str:
    """It is at the newest revision."""
    wanted = migrations.latest()
    if _asked(settings, "select to_regclass('alembic_version')::text") is None:
        raise Complaint("no table is there yet; run `studiolo migrate`")
    found = _asked(settings, "select version_num from alembic_version", url=settings.migrations_url)
    if found != wanted:
        raise Complaint(f"the database is at {found}, the code needs {wanted}; run `studiolo migrate`")
    return f"at {found}"


def vectors(settings: Settings) -> str:
    """The extension is there, and new enough for iterative scans."""
    found = _asked(settings, "select extversion from pg_extension where extname = 'vector'")
    if found is None:
        raise Complaint("the extension `vector` is missing; install pgvector >= 0.8, then run `studiolo migrate`")
    if _version(found) < _OLDEST_VECTOR:
        raise Complaint(f"pgvector {found} is too old; 0.8 or newer is needed: `alter extension vector update`")
    return f"pgvector {found}"


def broker(settings: Settings) -> str:
    """It answers, and knows the commands that jobs and streams need."""
    assert settings.redis_url is not None
    client = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE)
    try:
        about = client.info("server")
    except redis.RedisError as error:
        raise Complaint(f"no answer ({error}); start it, or correct REDIS_URL") from error
    finally:
        client.close()
    found = str(about["redis_version"])
    if _version(found) < _OLDEST_REDIS:
        raise Complaint(f"Redis {found} is too old; 6.2 or newer is needed")
    name, version = ("Valkey", about["valkey_version"]) if "valkey_version" in about else ("Redis", found)
    return f"{name} {version}"


def embedder(settings: Settings) -> str:
    """It gives vectors of the size that the tables have, asked as a question is: its provider's limit is kept."""
    from entrypoints import bootstrap

    async def embed() -> tuple[str, int, int, int]:
        async with bootstrap.running(settings, "api") as application:
            chosen = application.library.search.embedder
            (vector,) = await chosen.embed(["prova"])
            return chosen.model, chosen.dimensions, len(vector), application.library.embed_chunks.embedder.tokens_used

    try:
        model, wanted, found, tokens = asyncio.run(embed())
    except RateLimited as error:
        raise Complaint(f"no vector now ({error.message}); try again in a minute") from error
    except StudioloError as error:
        raise Complaint(f"no vector ({error.message})") from error
    if found != wanted:
        raise Complaint(f"{model} gave {found} numbers instead of {wanted}")
    used = f", {tokens} tokens used" if tokens else ""
    return f"{model} ({settings.embedding_provider}), {found} dimensions{used}"


def language_model(settings: Settings) -> str:
    """It answers in the shape that exercises and judgements need."""
    from entrypoints import bootstrap

    async def ask() -> tuple[str, Usage | None] | None:
        async with bootstrap.running(settings, "api") as application:
            model = application.practice.language_model
            return None if model is None else (model.name, await model.check())

    try:
        asked = asyncio.run(ask())
    except RateLimited as error:
        raise Complaint(f"no answer now ({error.message}); try again in a minute") from error
    except StudioloError as error:
        raise Complaint(f"no answer ({error.message})") from error
    if asked is None:
        return "none; exercises are written and answers graded by rules"
    name, usage = asked
    works = [
        work
        for work, done in (
            ("writes exercises", settings.exercise_writer == "mistral"),
            ("judges answers", settings.answer_judge == "mistral"),
            ("solves exercises", settings.blind_resolve),
        )
        if done
    ]
    return f"{name} (mistral) {', '.join(works)}{f', {usage.tokens} tokens used' if usage else ''}"


def issuer(settings: Settings) -> str:
    """The key is there and whole; with Clerk, its keys can be had."""
    if settings.clerk_issuer is not None:
        return _clerk(settings)
    return f"development issuer, key {thumbprint(kept_key(settings.issuer_dir).public_key())[:8]}"


def _clerk(settings: Settings) -> str:
    from entrypoints import bootstrap

    async def fetch() -> None:
        async with bootstrap.running(settings, "api") as application:
            assert application.accounts.sign_in_keys is not None
            await application.accounts.sign_in_keys.check()

    try:
        asyncio.run(fetch())
    except StudioloError as error:
        raise Complaint(f"no key at {settings.clerk_keys_url}; correct CLERK_ISSUER, or wait for Clerk") from error
    webhooks = "webhooks" if settings.clerk_webhook_secrets else "no webhooks (CLERK_WEBHOOK_SECRET is empty)"
    return f"Clerk at {settings.clerk_issuer}, keys fetched, {webhooks}"


def room(settings: Settings) -> str:
    """Files can be written."""
    folder = data_folder(settings.data_dir)
    require_room(folder)
    return str(folder)


CHECKS = (
    Check(name="data folder", look=room),
    Check(name="database", look=database),
    Check(name="migrations", look=migrated),
    Check(name="vector search", look=vectors),
    Check(name="broker", look=broker),
    Check(name="embeddings", look=embedder),
    Check(name="language model", look=language_model),
    Check(name="sign-in", look=issuer),
)


def _asked(settings: Settings, question: str, *, url: str | None = None) -> str | None:
    """The first column of the first row."""
    address = url or settings.database_url
    assert address is not None
    try:
        with psycopg.connect(address, connect_timeout=_PATIENCE) as connection:
            row = connection.execute(question.encode()).fetchone()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise Complaint(f"no answer ({reason}); start it, or correct DATABASE_URL") from error
    return None if row is None else row[0]


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])
