"""Identities. Each is a UUID behind its own type, so that one kind is never passed for another."""

from __future__ import annotations

from typing import NewType
from uuid import UUID, uuid5

UserId = NewType("UserId", UUID)
SourceId = NewType("SourceId", UUID)
ChunkId = NewType("ChunkId", UUID)
DocumentId = NewType("DocumentId", UUID)
ExerciseId = NewType("ExerciseId", UUID)
ResponseId = NewType("ResponseId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
TurnId = NewType("TurnId", UUID)
HoldId = NewType("HoldId", UUID)
CreditEntryId = NewType("CreditEntryId", UUID)

_SUBJECTS = UUID("7f4a3c52-6a0e-5d0b-9a55-0c6f0c1d2e3b")


def user_id_of(subject: str) -> UserId:
    """The user's id, derived from the sign-in service's own id (the token's `sub`).

    Derived rather than drawn: every request knows it without a database call, a webhook and a first request that race
    make the same row, and row-level security needs no exception for "who is this?".
    """
    return UserId(uuid5(_SUBJECTS, subject))
