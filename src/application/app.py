"""Everything an entrypoint may call, as one typed tree."""

from __future__ import annotations

from dataclasses import dataclass

from application.accounts import Accounts
from application.chat import Chat
from application.library import Library
from application.practice import Practice
from application.shared import Clock, Dependency, FireDueJobs
from application.writing import Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInfo:
    """Which parts are live, by name. `web_search` is None where it is not offered."""

    version: str
    language_model: str
    embedder: str
    vector_store: str
    web_search: str | None
    monthly_allowance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One a process. `clock` is the time of everything that happens in it.

    `dependencies` are what it cannot work without, each able to say whether it is up.
    """

    accounts: Accounts
    library: Library
    practice: Practice
    writing: Writing
    chat: Chat
    fire_due_jobs: FireDueJobs
    service: ServiceInfo
    clock: Clock
    dependencies: tuple[Dependency, ...]
