"""A tombstone says nothing of a person, the ledger is closed once, and a certificate never counts too little."""

from __future__ import annotations

from datetime import timedelta

from domain.accounts import Account, CitationFormat, Erasure, Preferences, User, forfeited
from tests.builders import NOON, a_user

LATER = NOON + timedelta(hours=1)


def an_erasure() -> Erasure:
    user = a_user()
    return Erasure(owner=user.id, subject=user.subject, requested_at=NOON)


def test_a_tombstone_keeps_who_it_was_for_the_sign_in_service_and_nothing_else() -> None:
    user = a_user(
        email="ada@example.org",
        username="ada",
        image_url="https://example.org/ada.png",
        preferences=Preferences(citation_format=CitationFormat.MLA),
    )
    erased = user.erased(at=LATER)
    assert erased == User(id=user.id, subject=user.subject, created_at=user.created_at, erased_at=LATER)
    assert erased.erased(at=LATER + timedelta(days=1)) == erased


def test_what_is_left_is_taken_by_one_line_also_what_is_held() -> None:
    account = Account(owner=a_user().id, credits=40, held=30, reset_at=NOON)
    emptied, line = forfeited(account, at=LATER) or (None, None)
    again = forfeited(account, at=LATER)
    assert emptied is not None
    assert line is not None
    assert again is not None
    assert (emptied.credits, emptied.available, line.cost, line.balance_after) == (0, 0, 40, 0)
    assert (line.id, line.key) == (again[1].id, again[1].key)


def test_nothing_is_taken_where_nothing_is() -> None:
    assert forfeited(Account(owner=a_user().id, credits=0, reset_at=NOON), at=LATER) is None


def test_a_second_count_after_a_crash_does_not_lower_the_first() -> None:
    erasure = an_erasure().found({"sources": 3, "files": 3}).found({"sources": 1, "files": 0, "turns": 2})
    assert erasure.counts == {"sources": 3, "files": 3, "turns": 2}


def test_it_is_completed_once() -> None:
    completed = an_erasure().completed(at=LATER)
    assert completed.completed_at == LATER
    assert completed.completed(at=LATER + timedelta(days=1)) == completed
