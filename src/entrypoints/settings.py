"""Everything that a deployment chooses, read once from the environment and from `.env`, and checked as a whole."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_FOLDER_OF_ROOT = Path("/var/lib/studiolo")
_POSTGRES_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


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


def _origin(value: str) -> str:
    scheme, _, host = value.partition("://")
    if scheme not in {"http", "https"} or not host or not set(host).isdisjoint("/?#@*"):
        raise ValueError("must be origins such as https://app.example.org, separated by commas")
    return value.lower()


Origin = Annotated[str, AfterValidator(_origin)]
PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
WebAddress = Annotated[str, AfterValidator(_issuer)]
WebhookSecret = Annotated[str, AfterValidator(_webhook_secret)]
WebhookSecrets = Annotated[tuple[WebhookSecret, ...], NoDecode, BeforeValidator(_listed)]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """One object for the whole process. Secrets do not show in its `repr`."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_ignore_empty=True,
        extra="ignore",
        env_file=".env",
        populate_by_name=True,
        str_strip_whitespace=True,
    )

    environment: Literal["development", "production"] = Field("development", alias="STUDIOLO_ENV")
    host: str = Field("127.0.0.1", alias="STUDIOLO_HOST", min_length=1)
    port: int = Field(8000, alias="STUDIOLO_PORT", ge=1, le=65_535)
    data_dir: AbsolutePath = Field(default_factory=default_data_dir, alias="STUDIOLO_DATA_DIR")

    allowed_origins: Origins = Field((), alias="ALLOWED_ORIGINS")

    database_url: PostgresUrl | None = Field(None, alias="DATABASE_URL", repr=False)
    direct_url: PostgresUrl | None = Field(None, alias="DIRECT_URL", repr=False)
    database_pool_size: int = Field(10, alias="DATABASE_POOL_SIZE", ge=1, le=200)
    database_prepared_statements: bool = Field(True, alias="DATABASE_PREPARED_STATEMENTS")
    redis_url: RedisUrl | None = Field(None, alias="REDIS_URL", repr=False)

    clerk_issuer: WebAddress | None = Field(None, alias="CLERK_ISSUER")
    clerk_authorized_parties: Origins = Field((), alias="CLERK_AUTHORIZED_PARTIES", validate_default=True)
    clerk_jwks_url: WebAddress | None = Field(None, alias="CLERK_JWKS_URL")
    clerk_webhook_secrets: WebhookSecrets = Field((), alias="CLERK_WEBHOOK_SECRET", repr=False)

    allow_development_issuer: bool = Field(False, alias="ALLOW_DEVELOPMENT_ISSUER", validate_default=True)
    allow_offline_model: bool = Field(False, alias="ALLOW_OFFLINE_MODEL", validate_default=True)

    max_upload_bytes: int = Field(50_000_000, alias="MAX_UPLOAD_BYTES", ge=1, le=1_000_000_000)
    embedding_lease_seconds: float = Field(30.0, alias="EMBEDDING_LEASE_SECONDS", ge=1, le=3_600)
    embedding_batch_size: int = Field(16, alias="EMBEDDING_BATCH_SIZE", ge=1, le=512)

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

    @field_validator("allow_development_issuer", "allow_offline_model")
    @classmethod
    def _stand_ins_are_named_in_production(cls, allowed: bool, info: ValidationInfo) -> bool:
        needless = info.field_name == "allow_development_issuer" and info.data.get("clerk_issuer") is not None
        if info.data.get("environment") == "production" and not allowed and not needless:
            stand_in = {
                "allow_development_issuer": "the development issuer signs in whom it likes",
                "allow_offline_model": "the offline model is a stand-in",
            }[info.field_name or ""]
            raise ValueError(f"{stand_in}: production refuses it unless this is set to true")
        return allowed

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def files_dir(self) -> Path:
        """Original files of sources."""
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
