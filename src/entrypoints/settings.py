"""Everything that a deployment chooses, read once from the environment and from `.env`, and checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.library import DEFAULT_LIMIT
from entrypoints.setting_values import (
    AbsolutePath,
    ApiKey,
    FilesUrl,
    ModelName,
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


EmbeddingProvider: TypeAlias = Literal["mistral", "openai-compatible", "offline"]
ExerciseWriterKind: TypeAlias = Literal["offline", "mistral"]
AnswerJudgeKind: TypeAlias = Literal["off", "mistral"]
WebSearchKind: TypeAlias = Literal["tavily", "searxng"]
ChatProvider: TypeAlias = Literal["offline", "mistral", "openai-compatible"]
_OWN_MODELS = {"mistral": "mistral-embed", "offline": "offline-hash-2"}
"""What embeds when no model is named. A server of one's own has whatever was loaded into it."""
_OFFLINE_CHAT = "offline"


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

    mistral_api_key: ApiKey | None = Field(None, alias="MISTRAL_API_KEY", repr=False)
    mistral_server_url: ServerAddress | None = Field(None, alias="MISTRAL_SERVER_URL")
    openai_compatible_url: ServerAddress | None = Field(None, alias="OPENAI_COMPATIBLE_URL")
    openai_compatible_key: ApiKey | None = Field(None, alias="OPENAI_COMPATIBLE_KEY", repr=False)
    chosen_embedding_provider: EmbeddingProvider | None = Field(None, alias="EMBEDDING_PROVIDER", validate_default=True)
    chosen_embedding_model: ModelName | None = Field(None, alias="EMBEDDING_MODEL", validate_default=True)

    mistral_chat_model: ModelName = Field("mistral-small-latest", alias="MISTRAL_CHAT_MODEL")
    chosen_exercise_writer: ExerciseWriterKind | None = Field(None, alias="EXERCISE_WRITER", validate_default=True)
    chosen_answer_judge: AnswerJudgeKind | None = Field(None, alias="ANSWER_JUDGE", validate_default=True)
    blind_resolve: bool = Field(False, alias="BLIND_RESOLVE", validate_default=True)
    tavily_api_key: ApiKey | None = Field(None, alias="TAVILY_API_KEY", repr=False)
    searxng_url: ServerAddress | None = Field(None, alias="SEARXNG_URL")
    chosen_web_search: WebSearchKind | None = Field(None, alias="WEB_SEARCH_PROVIDER", validate_default=True)
    language_model_deadline_seconds: float = Field(45.0, alias="LANGUAGE_MODEL_DEADLINE_SECONDS", ge=1, le=120)

    chosen_chat_provider: ChatProvider | None = Field(None, alias="CHAT_PROVIDER", validate_default=True)
    chosen_chat_model: ModelName | None = Field(None, alias="CHAT_MODEL", validate_default=True)
    chat_context_tokens: int = Field(32_000, alias="CHAT_CONTEXT_TOKENS", ge=2_048, le=1_000_000)
    chat_first_token_seconds: float = Field(30.0, alias="CHAT_FIRST_TOKEN_SECONDS", ge=1, le=600)
    chat_token_seconds: float = Field(20.0, alias="CHAT_TOKEN_SECONDS", ge=1, le=600)
    chat_answer_seconds: float = Field(180.0, alias="CHAT_ANSWER_SECONDS", ge=1, le=3_600)
    allow_offline_model: bool = Field(False, alias="ALLOW_OFFLINE_MODEL", validate_default=True)

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

    @field_validator("allow_development_issuer", "allow_offline_model")
    @classmethod
    def _stand_ins_are_named_in_production(cls, allowed: bool, info: ValidationInfo) -> bool:
        match info.field_name:
            case "allow_development_issuer":
                needless = info.data.get("clerk_issuer") is not None
            case _:
                # What is wrong with the choice itself is told there.
                needless = "chosen_chat_provider" not in info.data or _chat_provider(info.data) != "offline"
        if info.data.get("environment") == "production" and not allowed and not needless:
            stand_in = {
                "allow_development_issuer": "the development issuer signs in whom it likes",
                "allow_offline_model": "the offline model is a stand-in",
            }[info.field_name or ""]
            raise ValueError(f"{stand_in}: production refuses it unless this is set to true")
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

    @field_validator("chosen_embedding_provider")
    @classmethod
    def _one_provider_that_can_be_reached(
        cls, chosen: EmbeddingProvider | None, info: ValidationInfo
    ) -> EmbeddingProvider | None:
        """A fault is told once: at the key or the address, where that is what is wrong."""
        key, url = info.data.get("mistral_api_key", "faulty"), info.data.get("openai_compatible_url", "faulty")
        if chosen is None and key is not None and url is not None and "faulty" not in (key, url):
            raise ValueError(
                "is not set, but MISTRAL_API_KEY and OPENAI_COMPATIBLE_URL both are: say mistral or openai-compatible"
            )
        if chosen == "mistral" and key is None:
            raise ValueError("needs MISTRAL_API_KEY")
        if chosen == "openai-compatible" and url is None:
            raise ValueError("needs OPENAI_COMPATIBLE_URL")
        return chosen

    @field_validator("chosen_embedding_model")
    @classmethod
    def _a_model_that_the_provider_has(cls, model: str | None, info: ValidationInfo) -> str | None:
        if not {"chosen_embedding_provider", "mistral_api_key", "openai_compatible_url"} <= info.data.keys():
            return model  # what is wrong there is told there
        match _provider(info.data):
            case "openai-compatible" if model is None:
                raise ValueError("must name the model that the server at OPENAI_COMPATIBLE_URL embeds with")
            case "offline" if model not in (None, _OWN_MODELS["offline"]):
                raise ValueError("needs MISTRAL_API_KEY or OPENAI_COMPATIBLE_URL: offline there is no such model")
        if model == _OWN_MODELS["offline"] and _provider(info.data) != "offline":
            raise ValueError("is the offline model: set EMBEDDING_PROVIDER to offline")
        return model

    @field_validator("chosen_exercise_writer", "chosen_answer_judge", "blind_resolve")
    @classmethod
    def _mistral_is_let_in(cls, chosen: str | bool | None, info: ValidationInfo) -> str | bool | None:
        if chosen in ("mistral", True) and info.data.get("mistral_api_key", "faulty") is None:
            raise ValueError("needs MISTRAL_API_KEY")
        return chosen

    @field_validator("chosen_web_search")
    @classmethod
    def _one_search_that_can_be_reached(
        cls, chosen: WebSearchKind | None, info: ValidationInfo
    ) -> WebSearchKind | None:
        key, url = info.data.get("tavily_api_key", "faulty"), info.data.get("searxng_url", "faulty")
        if chosen is None and key is not None and url is not None and "faulty" not in (key, url):
            raise ValueError("is not set, but TAVILY_API_KEY and SEARXNG_URL both are: say tavily or searxng")
        if chosen == "tavily" and key is None:
            raise ValueError("needs TAVILY_API_KEY")
        if chosen == "searxng" and url is None:
            raise ValueError("needs SEARXNG_URL")
        return chosen

    @field_validator("chosen_chat_provider")
    @classmethod
    def _a_chat_that_can_be_reached(cls, chosen: ChatProvider | None, info: ValidationInfo) -> ChatProvider | None:
        if chosen == "mistral" and info.data.get("mistral_api_key", "faulty") is None:
            raise ValueError("needs MISTRAL_API_KEY")
        if chosen == "openai-compatible" and info.data.get("openai_compatible_url", "faulty") is None:
            raise ValueError("needs OPENAI_COMPATIBLE_URL")
        return chosen

    @field_validator("chosen_chat_model")
    @classmethod
    def _a_model_that_chats(cls, model: str | None, info: ValidationInfo) -> str | None:
        if not {"chosen_chat_provider", "mistral_api_key"} <= info.data.keys():
            return model  # what is wrong there is told there
        provider = _chat_provider(info.data)
        if provider == "openai-compatible" and model is None:
            raise ValueError("must name the model that the server at OPENAI_COMPATIBLE_URL answers with")
        if provider == "offline" and model not in (None, _OFFLINE_CHAT):
            raise ValueError("needs MISTRAL_API_KEY, or CHAT_PROVIDER: offline there is no such model")
        return model

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def embedding_provider(self) -> EmbeddingProvider:
        """Who makes the vectors: who was chosen, else the one that there is access to."""
        return _provider(dict(self))

    @property
    def embedding_model(self) -> str:
        """The present model. Vectors of another are replaced in the background."""
        return self.chosen_embedding_model or _OWN_MODELS[self.embedding_provider]

    @property
    def exercise_writer(self) -> ExerciseWriterKind:
        """Who writes exercises: who was chosen, else Mistral where there is a key."""
        return self.chosen_exercise_writer or ("offline" if self.mistral_api_key is None else "mistral")

    @property
    def answer_judge(self) -> AnswerJudgeKind:
        """Who judges open answers that the rules leave open: who was chosen, else Mistral where there is a key."""
        return self.chosen_answer_judge or ("off" if self.mistral_api_key is None else "mistral")

    @property
    def chat_provider(self) -> ChatProvider:
        """Who answers in conversations: who was chosen, else Mistral where there is a key."""
        return _chat_provider(dict(self))

    @property
    def chat_model(self) -> str:
        """The model that answers in conversations."""
        return self.chosen_chat_model or (self.mistral_chat_model if self.chat_provider == "mistral" else _OFFLINE_CHAT)

    @property
    def asks_language_model(self) -> bool:
        """Whether anything is written, judged or solved by Mistral."""
        return self.exercise_writer == "mistral" or self.answer_judge == "mistral" or self.blind_resolve

    @property
    def web_search(self) -> WebSearchKind | Literal["off"]:
        """Who searches the web for a chat: who was chosen, else the one that there is access to."""
        if self.chosen_web_search is not None:
            return self.chosen_web_search
        if self.tavily_api_key is not None:
            return "tavily"
        return "off" if self.searxng_url is None else "searxng"

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


def _provider(fields: Mapping[str, Any]) -> EmbeddingProvider:
    if fields["chosen_embedding_provider"] is not None:
        return cast("EmbeddingProvider", fields["chosen_embedding_provider"])
    if fields["mistral_api_key"] is not None:
        return "mistral"
    return "offline" if fields["openai_compatible_url"] is None else "openai-compatible"


def _chat_provider(fields: Mapping[str, Any]) -> ChatProvider:
    chosen: ChatProvider | None = fields["chosen_chat_provider"]
    return chosen or ("offline" if fields.get("mistral_api_key") is None else "mistral")


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
