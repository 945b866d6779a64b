"""What more than two contexts speak of: identities, families of failure, words with their place, titles, languages."""

from domain.shared.accents import without_accents
from domain.shared.checked_text import UnstorableText, checked_text
from domain.shared.errors import (
    Conflict,
    Datum,
    Forbidden,
    InvalidInput,
    NoSuch,
    NotFound,
    NotYours,
    PaymentRequired,
    RateLimited,
    StudioloError,
    Unauthenticated,
    Unavailable,
)
from domain.shared.ids import (
    ChunkId,
    ConversationId,
    CreditEntryId,
    DocumentId,
    ExerciseId,
    HoldId,
    MessageId,
    ResponseId,
    SourceId,
    TurnId,
    UserId,
    user_id_of,
)
from domain.shared.languages import language_code
from domain.shared.passages import Passage, Quotation, quote_from
from domain.shared.titles import TITLE_LIMIT, UnsuitableTitle, checked_title
from domain.shared.tokens import estimate_tokens, estimate_tokens_of

__all__ = [
    "TITLE_LIMIT",
    "ChunkId",
    "Conflict",
    "ConversationId",
    "CreditEntryId",
    "Datum",
    "DocumentId",
    "ExerciseId",
    "Forbidden",
    "HoldId",
    "InvalidInput",
    "MessageId",
    "NoSuch",
    "NotFound",
    "NotYours",
    "Passage",
    "PaymentRequired",
    "Quotation",
    "RateLimited",
    "ResponseId",
    "SourceId",
    "StudioloError",
    "TurnId",
    "Unauthenticated",
    "Unavailable",
    "UnstorableText",
    "UnsuitableTitle",
    "UserId",
    "checked_text",
    "checked_title",
    "estimate_tokens",
    "estimate_tokens_of",
    "language_code",
    "quote_from",
    "user_id_of",
    "without_accents",
]
