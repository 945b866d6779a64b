"""Who embeds, writes, judges, chats and searches the web: what a deployment chooses of models and of their servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from entrypoints.setting_values import ApiKey, ModelName, ServerAddress

EmbeddingProvider: TypeAlias = Literal["mistral", "openai-compatible", "offline"]
ExerciseWriterKind: TypeAlias = Literal["offline", "mistral"]
AnswerJudgeKind: TypeAlias = Literal["off", "mistral"]
WebSearchKind: TypeAlias = Literal["tavily", "searxng"]
ChatProvider: TypeAlias = Literal["offline", "mistral", "openai-compatible"]
_OWN_MODELS = {"mistral": "mistral-embed", "offline": "offline-hash-2"}
"""What embeds when no model is named. A server of one's own has whatever was loaded into it."""
_OFFLINE_CHAT = "offline"


class ModelSettings(BaseSettings):
    """The part of `Settings` that is about models. Whether this is production is asked first, for much hangs on it."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_ignore_empty=True,
        extra="ignore",
        env_file=".env",
        populate_by_name=True,
        str_strip_whitespace=True,
    )

    environment: Literal["development", "production"] = Field("development", alias="STUDIOLO_ENV")

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

    @field_validator("allow_offline_model")
    @classmethod
    def _stand_in_is_named_in_production(cls, allowed: bool, info: ValidationInfo) -> bool:
        # What is wrong with the choice itself is told there.
        needless = "chosen_chat_provider" not in info.data or _chat_provider(info.data) != "offline"
        if info.data.get("environment") == "production" and not allowed and not needless:
            raise ValueError("the offline model is a stand-in: production refuses it unless this is set to true")
        return allowed

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
    def chat_provider(self) -> ChatProvider:
        """Who answers in conversations: who was chosen, else Mistral where there is a key."""
        return _chat_provider(dict(self))

    @property
    def chat_model(self) -> str:
        """The model that answers in conversations."""
        return self.chosen_chat_model or (self.mistral_chat_model if self.chat_provider == "mistral" else _OFFLINE_CHAT)


def _provider(fields: Mapping[str, Any]) -> EmbeddingProvider:
    if fields["chosen_embedding_provider"] is not None:
        return cast("EmbeddingProvider", fields["chosen_embedding_provider"])
    if fields["mistral_api_key"] is not None:
        return "mistral"
    return "offline" if fields["openai_compatible_url"] is None else "openai-compatible"


def _chat_provider(fields: Mapping[str, Any]) -> ChatProvider:
    chosen: ChatProvider | None = fields["chosen_chat_provider"]
    return chosen or ("offline" if fields.get("mistral_api_key") is None else "mistral")
