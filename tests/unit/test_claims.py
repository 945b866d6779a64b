"""Claims are recognised while an answer streams, and text goes out in groups of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat import Claim, Unread


def claims_in(pieces: list[str]) -> list[Claim]:
    unread = Unread()
    found: list[Claim] = []
    for piece in pieces:
        unread, complete = unread.grown(piece)
        found += complete
    return [*found, *unread.finished()]


class TestClaims:
    @pytest.mark.parametrize(
        ("answer", "claims"),
        [
            ("Nacque a Nizza. [1]", [("Nacque a Nizza.", (1,))]),
            ("Nacque a Nizza [1].", [("Nacque a Nizza", (1,))]),
            ("Nacque a Nizza.[1][2] Poi partì.", [("Nacque a Nizza.", (1, 2))]),
            ("Nacque a Nizza [1, 3]. Morì [2].", [("Nacque a Nizza", (1, 3)), ("Morì", (2,))]),
            ("Non è citato. Nacque a Nizza. [1] Fine.", [("Nacque a Nizza.", (1,))]),
            ("Nacque a Nizza [1] e morì a Caprera [2].", [("Nacque a Nizza", (1,)), ("e morì a Caprera", (2,))]),
            ("Il sig. Rossi nacque nel 753 a.C. a Roma. [1]", [("Il sig. Rossi nacque nel 753 a.C. a Roma.", (1,))]),
            ("G. Garibaldi nacque qui. [1]", [("G. Garibaldi nacque qui.", (1,))]),
            ("Vi sono:\n- **primo punto** [1]\n- secondo [2]", [("primo punto", (1,)), ("secondo", (2,))]),
            ("Così è. Nacque a Nizza. [1]", [("Nacque a Nizza.", (1,))]),
            ("[1] senza parole prima", []),
            ("Niente citazioni. Davvero.", []),
            ("Un array[0] e un a[1000].", [("Un array", (0,))]),
            ("", []),
        ],
    )
    def test_a_marker_stands_behind_the_words_of_its_sentence(
        self, answer: str, claims: list[tuple[str, tuple[int, ...]]]
    ) -> None:
        assert [(claim.text, claim.markers) for claim in claims_in([answer])] == claims

    @given(
        st.text(alphabet="aB .[]12\n,", max_size=80) | st.just("Nacque a Nizza. [1] Morì [2].\nPoi [3] no. [1]"),
        st.data(),
    )
    def test_how_the_answer_is_cut_into_pieces_does_not_matter(self, answer: str, data: st.DataObject) -> None:
        cuts = sorted(data.draw(st.sets(st.integers(0, len(answer)), max_size=8)))
        pieces = [answer[start:end] for start, end in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
        assert claims_in(pieces) == claims_in([answer])

    def test_a_claim_is_there_as_soon_as_the_next_sentence_begins(self) -> None:
        unread, claims = Unread().grown("Nacque a Nizza. [1] ")
        assert claims == ()
        _, claims = unread.grown("M")
        assert [claim.text for claim in claims] == ["Nacque a Nizza."]
