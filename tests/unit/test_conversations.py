"""What may be asked, what a conversation is called, and how a turn ends."""

from __future__ import annotations

from uuid import uuid4

import pytest

from domain.chat import (
    UNTITLED,
    ChatEvent,
    CitationAdded,
    FailureCode,
    MessageRole,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    Turn,
    TurnCompleted,
    TurnEnded,
    UnsuitableMessage,
    checked_key,
    failure_of,
    outlined,
    question_in,
    retold,
    title_from,
)
from domain.shared import (
    InvalidInput,
    NoSuch,
    StudioloError,
    TurnId,
    Unavailable,
    UnstorableText,
    UnsuitableTitle,
    UserId,
)
from tests.builders import NOON
from tests.builders_chat import a_citation, a_conversation, a_message, a_turn

OWNER = UserId(uuid4())


@pytest.mark.parametrize(("message", "actual"), [("", 0), (" \n\t", 0), ("x" * 8_001, 8_001), ("x" * 100_000, 100_000)])
def test_a_message_has_one_to_eight_thousand_characters(message: str, actual: int) -> None:
    with pytest.raises(UnsuitableMessage) as refused:
        question_in(message)
    assert refused.value.data == {"field": "message", "limit": 8_000, "actual": actual}


def test_spaces_at_the_ends_of_a_message_do_not_count() -> None:
    assert question_in("\n " + "x" * 8_000 + " ") == "x" * 8_000


def test_a_message_that_no_store_can_keep_is_refused() -> None:
    with pytest.raises(UnstorableText):
        question_in("a\x00b")


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Dove nacque\n\n Garibaldi?", "Dove nacque Garibaldi?"),
        ("parola " * 30, ("parola " * 11).strip() + "…"),
        ("x" * 300, "x" * 79 + "…"),
    ],
)
def test_a_conversation_is_called_by_the_beginning_of_its_first_question(question: str, title: str) -> None:
    assert title_from(question) == title
    assert len(title) <= 80


def test_only_an_untitled_conversation_is_named_by_its_question() -> None:
    assert a_conversation(OWNER, title=UNTITLED).named_by("Chi era?").title == "Chi era?"
    assert a_conversation(OWNER, title="Mia").named_by("Chi era?").title == "Mia"


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_title_of_spaces_or_of_too_many_characters_is_refused(title: str) -> None:
    with pytest.raises(UnsuitableTitle):
        a_conversation(OWNER, title=title)


@pytest.mark.parametrize("key", ["", "x" * 201, "a\x00"])
def test_a_turn_key_has_its_length(key: str) -> None:
    with pytest.raises(InvalidInput):
        checked_key(key)


class TestTurn:
    def turn(self) -> Turn:
        return a_turn(a_message(a_conversation(OWNER)))

    def test_a_turn_ends_once(self) -> None:
        failed = self.turn().failed(failure_of(Unavailable("down")), at=NOON, last_seq=2)
        with pytest.raises(TurnEnded):
            failed.failed(failure_of(Unavailable("down")), at=NOON, last_seq=3)

    @pytest.mark.parametrize(
        ("error", "code", "retryable"),
        [
            (Unavailable("x"), FailureCode.SERVICE_UNAVAILABLE, True),
            (NoSuch("conversation"), FailureCode.NOT_FOUND, False),
            (StudioloError("x"), FailureCode.INTERNAL, True),
        ],
    )
    def test_a_failure_has_the_code_of_its_family(
        self, error: StudioloError, code: FailureCode, retryable: bool
    ) -> None:
        failure = failure_of(error)
        assert (failure.code, failure.retryable) == (code, retryable)


def test_an_outline_tells_every_event_again_with_its_number() -> None:
    conversation = a_conversation(OWNER)
    question = a_message(conversation)
    answer = a_message(conversation, role=MessageRole.ASSISTANT, content="Cerco. Nizza. [1]", citations=(a_citation(),))
    id = TurnId(uuid4())
    refused = FailureCode.INSUFFICIENT_CREDITS
    events: list[ChatEvent] = [
        TextDelta(turn_id=id, seq=2, text="Cerco. "),
        ToolCallStarted(turn_id=id, seq=3, call_id="1", tool="webSearch", arguments='{"query": "Nizza"}'),
        ToolCallFinished(
            turn_id=id, seq=4, call_id="1", tool="webSearch", summary="No.", duration_ms=3, failure=refused
        ),
        TextDelta(turn_id=id, seq=5, text="Nizza. [1]"),
        CitationAdded(turn_id=id, seq=6, citation=a_citation()),
    ]
    outline = tuple(entry for event in events for entry in outlined(event))
    turn = a_turn(question, id=id).completed(answer, tokens_used=5, balance=4, at=NOON, outline=outline)
    started, *told, completed = retold(turn, conversation=conversation, answer=answer)
    assert told == events
    assert (started.seq, completed.seq, turn.last_seq) == (1, 7, 7)
    assert isinstance(completed, TurnCompleted)
    assert completed.out_of_credits
