"""Everything that a deployment chooses, read once from the environment and from `.env`, and checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from domain.library import DEFAULT_LIMIT
from entrypoints.model_settings import ModelSettings
from entrypoints.setting_values import (
    AbsolutePath,
    ApiKey,
    FilesUrl,
    Origins,
    PostgresUrl,
    RedisUrl,
    RequestsPerMinute,
    ServerAddress,
    WebAddress,
    WebhookSecrets,
)

_FOLDER_OF_ROOT = Path("/var/lib/studiolo")


class InvalidSettings(Exception):
    """The settings do not stand. `faults` has one line for each thing that is wrong; none repeats a secret."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def default_data_dir() -> Path:
    """The user's own data folder; for root a system folder, because servers do not run as root."""
    if os.geteuid() == 0:
        return _FOLDER_OF_ROOT
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local/share") / "studiolo"


class Settings(ModelSettings):
    """One object for the whole process. Secrets do not show in its `repr`."""

    host: str = Field("127.0.0.1", alias="STUDIOLO_HOST", min_length=1)
    port: int = Field(8000, alias="STUDIOLO_PORT", ge=1, le=65_535)
    data_dir: AbsolutePath = Field(default_factory=default_data_dir, alias="STUDIOLO_DATA_DIR")

    allowed_origins: Origins = Field((), alias="ALLOWED_ORIGINS")

    database_url: PostgresUrl | None = Field(None, alias="DATABASE_URL", repr=False)
    direct_url: PostgresUrl | None = Field(None, alias="DIRECT_URL", repr=False)
    database_pool_size: int = Field(10, alias="DATABASE_POOL_SIZE", ge=1, le=200)
    database_prepared_statements: bool = Field(True, alias="DATABASE_PREPARED_STATEMENTS")
    redis_url: RedisUrl | None = Field(None, alias="REDIS_URL", repr=False)

    files_url: FilesUrl | None = Field(None, alias="FILES_URL", repr=False)

    clerk_issuer: WebAddress | None = Field(None, alias="CLERK_ISSUER")
    clerk_authorized_parties: Origins = Field((), alias="CLERK_AUTHORIZED_PARTIES", validate_default=True)
    clerk_jwks_url: WebAddress | None = Field(None, alias="CLERK_JWKS_URL")
    clerk_webhook_secrets: WebhookSecrets = Field((), alias="CLERK_WEBHOOK_SECRET", repr=False)

    allow_development_issuer: bool = Field(False, alias="ALLOW_DEVELOPMENT_ISSUER", validate_default=True)

    max_upload_bytes: int = Field(50_000_000, alias="MAX_UPLOAD_BYTES", ge=1, le=1_000_000_000)
    embedding_lease_seconds: float = Field(30.0, alias="EMBEDDING_LEASE_SECONDS", ge=1, le=3_600)
    embedding_requests_per_minute: RequestsPerMinute = Field(
        DEFAULT_LIMIT, alias="EMBEDDING_REQUESTS_PER_MINUTE", ge=1, le=60_000
    )
    search_patience_seconds: float = Field(2.0, alias="SEARCH_PATIENCE_SECONDS", ge=0.1, le=30)
    embedding_batch_size: int = Field(16, alias="EMBEDDING_BATCH_SIZE", ge=1, le=512)

    vector_search: Literal["auto", "exact", "hnsw"] = Field("auto", alias="VECTOR_SEARCH")
    vector_crossover: int = Field(5_000, alias="VECTOR_CROSSOVER", ge=0, le=10_000_000)
    hnsw_m: int = Field(16, alias="HNSW_M", ge=2, le=100)
    hnsw_ef_construction: int = Field(64, alias="HNSW_EF_CONSTRUCTION", ge=4, le=1_000, validate_default=True)
    hnsw_ef_search: int = Field(200, alias="HNSW_EF_SEARCH", ge=1, le=1_000)
    hnsw_iterative_scan: Literal["off", "strict_order", "relaxed_order"] = Field(
        "relaxed_order", alias="HNSW_ITERATIVE_SCAN"
    )
    hnsw_max_scan_tuples: int = Field(20_000, alias="HNSW_MAX_SCAN_TUPLES", ge=1, le=2_147_483_647)

    vector_store: Literal["pgvector", "pinecone"] = Field("pgvector", alias="VECTOR_STORE")
    pinecone_api_key: ApiKey | None = Field(None, alias="PINECONE_API_KEY", repr=False, validate_default=True)
    pinecone_index: str = Field(
        "italian-learning", alias="PINECONE_INDEX", pattern=r"^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$"
    )
    pinecone_server_url: ServerAddress | None = Field(None, alias="PINECONE_SERVER_URL")

    fetch_max_bytes: int = Field(20_000_000, alias="FETCH_MAX_BYTES", ge=1, le=1_000_000_000)
    fetch_seconds: float = Field(30.0, alias="FETCH_SECONDS", ge=1, le=300)
    fetch_contact: str | None = Field(None, alias="FETCH_CONTACT", pattern=r"^[!-'*-~]{1,200}$")

    monthly_allowance: int = Field(10_000, alias="MONTHLY_ALLOWANCE", ge=0, le=1_000_000_000)
    hold_lifetime_seconds: float = Field(600.0, alias="HOLD_LIFETIME_SECONDS", ge=1, le=86_400)

    worker_processes: int = Field(1, alias="WORKER_PROCESSES", ge=1, le=64)
    worker_threads: int = Field(8, alias="WORKER_THREADS", ge=1, le=256)
    worker_heartbeat_seconds: float = Field(10.0, alias="WORKER_HEARTBEAT_SECONDS", ge=2, le=600)
    sweep_seconds: float = Field(5.0, alias="SWEEP_SECONDS", ge=0.1, le=3_600)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOG_LEVEL")

    @field_validator("direct_url")
    @classmethod
    def _not_alone(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("database_url", "faulty") is None:
            raise ValueError("is set without DATABASE_URL, which the application itself connects to")
        return value

    @field_validator("clerk_issuer")
    @classmethod
    def _https_in_production(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value.startswith("http:") and info.data.get("environment") == "production":
            raise ValueError("must begin with https:// in production")
        return value

    @field_validator("clerk_authorized_parties")
    @classmethod
    def _somebody_may_sign_in(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not value and info.data.get("clerk_issuer") is not None:
            raise ValueError("is empty, but tokens made in a browser name the origin of their page")
        return value

    @field_validator("allow_development_issuer")
    @classmethod
    def _development_issuer_is_named_in_production(cls, allowed: bool, info: ValidationInfo) -> bool:
        needless = info.data.get("clerk_issuer") is not None
        if info.data.get("environment") == "production" and not allowed and not needless:
            raise ValueError(
                "the development issuer signs in whom it likes: production refuses it unless this is set to true"
            )
        return allowed

    @field_validator("pinecone_api_key")
    @classmethod
    def _pinecone_is_let_in(cls, key: str | None, info: ValidationInfo) -> str | None:
        if key is None and info.data.get("vector_store") == "pinecone":
            raise ValueError("is not set, but VECTOR_STORE is pinecone")
        return key

    @field_validator("hnsw_ef_construction")
    @classmethod
    def _wide_enough_for_its_links(cls, value: int, info: ValidationInfo) -> int:
        if value < 2 * info.data.get("hnsw_m", 0):
            raise ValueError("must be at least twice HNSW_M")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def files_dir(self) -> Path:
        """Original files of sources, unless FILES_URL says otherwise."""
        return self.data_dir / "files"

    @property
    def issuer_dir(self) -> Path:
        """The key of the development issuer."""
        return self.data_dir / "issuer"

    @property
    def clerk_keys_url(self) -> str:
        """Where Clerk's public keys are."""
        return self.clerk_jwks_url or f"{self.clerk_issuer}/.well-known/jwks.json"

    @property
    def migrations_url(self) -> str | None:
        """The connection that migrations take: direct where there is one, for a pooler cannot carry them."""
        return self.direct_url or self.database_url


def load_settings(*, env_file: Path | None = Path(".env"), **overrides: object) -> Settings:
    """The settings of this process; `overrides` (from the command line) by field name win. Errors: InvalidSettings."""
    given = {name: value for name, value in overrides.items() if value is not None}
    read: Callable[..., Settings] = Settings
    try:
        return read(_env_file=env_file, **given)
    except ValidationError as error:
        raise InvalidSettings(_faults(error)) from None


def _faults(error: ValidationError) -> tuple[str, ...]:
    """One line a fault: the variable's name, what is wrong, and the value unless it may hold a secret."""
    lines = []
    for fault in error.errors(include_url=False):
        location = str(fault["loc"][0]) if fault["loc"] else "settings"
        field = next((field for name, field in Settings.model_fields.items() if location in (name, field.alias)), None)
        name = (field.alias if field else None) or location
        reason = fault["msg"].removeprefix("Value error, ").rstrip(".")
        shown = f" (it is {fault['input']!r})" if field and field.repr and isinstance(fault["input"], str) else ""
        lines.append(f"{name}: {reason[:1].lower()}{reason[1:]}{shown}")
    return tuple(lines)
