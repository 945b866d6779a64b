"""The offline model quotes the sentences that fit, and says so when there are none."""

from __future__ import annotations

import pytest

from adapters.offline.chat_model import OfflineChatModel
from application.chat.ports import ChatTask
from domain.accounts import Usage
from domain.chat import Unread, Verdict, align
from domain.shared import Passage, estimate_tokens
from tests.builders_chat import GARIBALDI, a_passage

FOTOSINTESI = (
    "La fotosintesi clorofilliana è il processo con cui le piante producono glucosio. L'ossigeno ne è uno scarto."
)


async def answer(question: str, *passages: Passage) -> tuple[str, list[str], int]:
    pieces: list[str] = []
    usages: list[Usage] = []
    async for piece in OfflineChatModel().answer(ChatTask(question=question, passages=passages)):
        if isinstance(piece, Usage):
            usages.append(piece)
        elif isinstance(piece, str):
            pieces.append(piece)
    (usage,) = usages
    return "".join(pieces), pieces, usage.tokens


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Dove nacque Garibaldi?", "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. [2]"),
        ("Quando morì Garibaldi?", "Morì a Caprera nel 1882. [2]"),
        ("Che cos'è la fotosintesi?", FOTOSINTESI.partition(".")[0] + ". [1]"),
    ],
)
async def test_the_sentence_that_answers_comes_first_with_its_marker(question: str, expected: str) -> None:
    text, _, _ = await answer(question, a_passage(FOTOSINTESI), a_passage())
    assert text.startswith(expected)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Chi ha vinto i mondiali di calcio?", "fonti"),
        ("Who won the world cup of football?", "sources"),
        ("Qui a gagné la coupe du monde?", "réponse"),
        ("Wer hat die Weltmeisterschaft gewonnen?", "Quellen"),
        ("¿Quién ganó el mundial de fútbol?", "respuesta"),
        ("???", "fonti"),
    ],
)
async def test_without_an_answer_it_says_so_in_the_language_of_the_question(question: str, language: str) -> None:
    for passages in ([], [a_passage(FOTOSINTESI), a_passage()]):
        text, _, _ = await answer(question, *passages)
        assert language in text
        assert "[" not in text


@pytest.mark.parametrize("question", ["Quando nacque Mazzini?", "Dove morì il conte di Cavour?"])
async def test_what_is_said_of_one_person_is_no_answer_about_another(question: str) -> None:
    text, _, _ = await answer(question, a_passage(FOTOSINTESI), a_passage())
    assert text == "Le tue fonti non contengono la risposta a questa domanda."


async def test_what_a_thing_is_comes_before_what_else_is_said_of_it() -> None:
    told = a_passage(
        "Le pareti della stanza sono coperte di tarsie. La tarsia è una tecnica che compone immagini con il legno."
    )
    text, _, _ = await answer("Che cos'è la tarsia?", told)
    assert text == "La tarsia è una tecnica che compone immagini con il legno. [1]"


async def test_every_claim_of_an_answer_is_verified_by_the_aligner() -> None:
    noted = "Nizza fu francese.[12] Garibaldi lasciò\nNizza nel 1833, e vi tornò spesso.[3]"
    passages = [a_passage(), a_passage(noted), a_passage(FOTOSINTESI)]
    text, _, _ = await answer("Che rapporto ebbe Garibaldi con Nizza?", *passages)
    unread, claims = Unread().grown(text)
    claims += unread.finished()
    assert len(claims) >= 2
    for claim in claims:
        for marker in claim.markers:
            assert align(claim.text, passages[marker - 1])[1] is Verdict.VERIFIED


async def test_it_streams_in_small_pieces_and_says_what_it_used() -> None:
    question = "Dove nacque Garibaldi?"
    text, pieces, tokens = await answer(question, a_passage())
    assert max(map(len, pieces)) <= 10
    assert len(pieces) > 5
    assert tokens == sum(map(estimate_tokens, (question, GARIBALDI, text)))


async def test_it_answers_alike_every_time() -> None:
    passages = [a_passage(), a_passage(FOTOSINTESI)]
    assert await answer("Dove morì Garibaldi?", *passages) == await answer("Dove morì Garibaldi?", *passages)


async def test_the_same_sentence_in_two_chunks_is_quoted_once() -> None:
    text, _, _ = await answer("Dove nacque Garibaldi?", a_passage(), a_passage())
    assert text.count("nacque a Nizza") == 1
