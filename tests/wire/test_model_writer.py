"""Exercises that the model writes: what it is shown, what becomes of what it says, and whom it does not obey."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.mistral import MistralExerciseWriter, MistralStructuredModel
from application.practice.ports import ExerciseBrief, FailedDraft
from domain.accounts import Usage
from domain.practice import Context, Difficulty, Draft, ExerciseKind, Rejection, judge, seeded_order
from domain.shared import Passage, RateLimited, Unavailable
from tests.builders_practice import DANTE, PO, a_draft, a_passage, paragraphs
from tests.wire.chat_server import ChatServer, Message, Reply, cut_short, failing, no_choices, rate_limited, says
from tests.wire.hostile_answers import SOURCE_INJECTIONS
from tests.wire.obedient_model import said_to

PASSAGES = paragraphs(DANTE)
SENTENCE = "A nove anni incontrò Beatrice durante una festa di primavera, e quel giorno cambiò la sua vita."
ITEM: dict[str, Any] = {
    "kind": "MULTIPLE_CHOICE",
    "passage": 1,
    "quote": SENTENCE,
    "ask": "Scegli la parola giusta secondo il testo.",
    "sentence": SENTENCE.replace("primavera", "____"),
    "answer": "primavera",
    "accepted": [],
    "distractors": ["carnevale", "matrimonio", "laurea"],
    "explanation": "Il testo parla di una festa di primavera.",
    "focus": "",
}
QUESTION = {
    **ITEM,
    "kind": "SINGLE_ANSWER",
    "ask": "Chi incontrò Dante Alighieri a nove anni?",
    "sentence": "",
    "answer": "Beatrice",
    "distractors": [],
    "explanation": "Secondo il testo incontrò Beatrice.",
}
PROSE = says("Ecco gli esercizi che hai chiesto!")


def a_brief(**changes: Any) -> ExerciseBrief:
    return ExerciseBrief(**{"count": 3, "kinds": tuple(ExerciseKind), "difficulty": Difficulty.INTERMEDIATE, **changes})


def items(*written: dict[str, Any]) -> Reply:
    return says(json.dumps({"exercises": list(written)}, ensure_ascii=False))


def honest_writer(messages: Sequence[Message]) -> str:
    """A question on the last long word of each passage's first sentence; `banana` where anything tells it to."""
    heard, data = said_to(messages)
    obeys = any("banana" in line for line in heard)
    written = []
    for passage in data["passages"]:
        sentence = re.split(r"(?<=[.!?])\s", passage["text"].strip())[0]
        word = re.findall(r"\w{4,}", sentence)[-1]
        written.append(
            {
                **ITEM,
                "kind": "FILL_GAP",
                "passage": passage["number"],
                "quote": sentence,
                "ask": f"Completa con la parola del testo che comincia per «{word[0]}».",
                "sentence": "____".join(sentence.rsplit(word, 1)),
                "answer": "banana" if obeys else word,
                "distractors": [],
                "explanation": f"Nel testo si legge «{word}».",
            }
        )
    return json.dumps({"exercises": written}, ensure_ascii=False)


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    with ChatServer(honest_writer) as server:
        yield server
        assert server.complaints == []


@pytest.fixture
async def writer(server: ChatServer) -> AsyncIterator[MistralExerciseWriter]:
    model = MistralStructuredModel("sk-k", server_url=server.url, deadline=10)
    yield MistralExerciseWriter(model)
    await model.aclose()


async def drafts(
    writer: MistralExerciseWriter, passages: Sequence[Passage] = PASSAGES, **brief: Any
) -> tuple[Draft, ...]:
    return (await writer.write(a_brief(**brief), passages)).drafts


def shown(server: ChatServer, number: int = 0) -> dict[str, Any]:
    return said_to(server.requests[number].messages)[1]


class TestRequests:
    async def test_passages_topic_and_wishes_are_told(self, server: ChatServer, writer: MistralExerciseWriter) -> None:
        await drafts(writer, count=3, topic="l'esilio", grammar_focus="verbs-tense", difficulty=Difficulty.BEGINNER)
        (request,) = server.requests
        data = shown(server)
        assert [one["text"] for one in data["passages"]] == [passage.text for passage in PASSAGES]
        assert data["topic"] == "l'esilio"
        wish = request.messages[1]["content"].rpartition("\n")[2]
        assert "Write 3 exercises" in wish
        assert "A1-A2" in wish
        assert "verbs-tense" in wish
        assert "l'esilio" not in wish + request.messages[0]["content"]
        assert "SINGLE_ANSWER" not in wish

    async def test_many_exercises_are_several_requests_with_passages_of_their_own(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        passages = tuple(a_passage(f"Capitolo {n}. {DANTE[:300]}", number=n) for n in range(1, 31))
        written = await writer.write(a_brief(count=14), passages)
        assert len(server.requests) == 3
        texts = [one["text"] for number in range(3) for one in shown(server, number)["passages"]]
        assert len(texts) == len(set(texts)) == 14 + 3 * 2
        assert len(written.drafts) == 14
        assert written.usage == Usage(tokens=3 * 790)

    async def test_each_language_has_a_request_of_its_own(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        english = a_passage("The old lighthouse keeper climbed the stairs every evening.", language="en-GB", number=7)
        russian = a_passage("Смотритель маяка поднимался по лестнице.", language="ru", number=8)
        written = await drafts(writer, (PASSAGES[0], russian, english), count=2, kinds=(ExerciseKind.FILL_GAP,))
        assert {draft.language for draft in written} == {"it", "en"}
        systems = sorted(request.messages[0]["content"][:50] for request in server.requests)
        assert [("English" in one, "Italian" in one) for one in systems] == [(True, False), (False, True)]
        assert "маяка" not in str([shown(server, number) for number in range(2)])

    async def test_who_has_exercises_already_is_given_others(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        await drafts(writer)
        await drafts(writer, avoid=frozenset({"0" * 64}))
        first, again = server.requests
        assert first.body["temperature"] < again.body["temperature"] <= 0.5
        assert "less obvious" not in first.messages[1]["content"]
        assert "less obvious" in again.messages[1]["content"]

    def test_it_knows_six_languages(self, writer: MistralExerciseWriter) -> None:
        assert [code for code in ("it", "en", "fr", "de", "es", "pt", "ru", "xx") if writer.knows(code)] == [
            "it", "en", "fr", "de", "es", "pt",
        ]  # fmt: skip

    async def test_a_grammar_focus_is_never_asked_for_without_a_gap(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        assert await drafts(writer, kinds=(ExerciseKind.SINGLE_ANSWER,), grammar_focus="agreement") == ()
        assert server.requests == []

    async def test_what_failed_is_shown_with_its_gate_and_its_passage(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        server.answer_next(items(QUESTION))
        (bad,) = await drafts(writer, count=1)
        failed = FailedDraft(draft=bad, rejection=Rejection("key_in_question", "`Beatrice` is in the question"))
        far = tuple(a_passage(f"Capitolo {n}. {PO[:200]}", number=50 + n) for n in range(20))
        await drafts(writer, (*far, *PASSAGES), count=1, failed=(failed,))
        data = shown(server, 1)
        assert data["refused"] == [
            {
                "kind": "SINGLE_ANSWER",
                "question": bad.question,
                "answer": "Beatrice",
                "distractors": [],
                "quote": SENTENCE,
                "gate": "key_in_question",
                "why": "`Beatrice` is in the question",
            }
        ]
        assert PASSAGES[0].text in [one["text"] for one in data["passages"]]
        assert "mend each" in server.requests[1].messages[1]["content"]
        assert "Beatrice" not in server.requests[1].messages[1]["content"].rpartition("\n")[2]


class TestDrafts:
    async def test_a_good_one_passes_the_gates(self, server: ChatServer, writer: MistralExerciseWriter) -> None:
        server.answer_next(items(ITEM, QUESTION))
        for draft in await drafts(writer):
            assert judge(draft, Context(passages=PASSAGES)) is None
            assert draft.options == seeded_order(draft.question, draft.options)
            assert (draft.evidence.quote, draft.evidence.start) == (SENTENCE, DANTE.index(SENTENCE))

    @pytest.mark.parametrize(
        "said",
        [
            SENTENCE,
            f"  «{SENTENCE}» ",
            SENTENCE.replace(" ", "\n", 3),
            SENTENCE.replace("ò", "o\u0300"),
            f"“{SENTENCE}”",
            SENTENCE.replace("primavera", "prima\u00advera"),
        ],
    )
    async def test_the_place_is_found_whatever_quotes_and_spaces_surround_the_words(
        self, server: ChatServer, writer: MistralExerciseWriter, said: str
    ) -> None:
        server.answer_next(items({**ITEM, "quote": said, "passage": 4}))
        (draft,) = await drafts(writer)
        assert draft.evidence.quote == SENTENCE
        assert judge(draft, Context(passages=PASSAGES)) is None

    async def test_the_gap_is_cut_from_the_sources_own_words(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        """The model writes plain quotes and no line breaks; the source has its own."""
        passage = a_passage(
            "Era tardi. Il vecchio disse: “l’uomo che\nsalì sull’albero era l’amico” di mio padre. Poi tacque."
        )
        quote = "Il vecchio disse: \"l'uomo che salì sull'albero era l'amico\" di mio padre."
        gapped = {
            **ITEM,
            "kind": "FILL_GAP",
            "quote": quote,
            "ask": "Completa con l'articolo determinativo giusto, maschile singolare.",
            "sentence": quote.replace("era l'amico", "era ____amico"),
            "answer": "l'",
            "distractors": [],
            "explanation": "«amico» comincia per vocale: l'articolo determinativo è «l'».",
            "focus": "articles-definite",
        }
        server.answer_next(items(gapped))
        (draft,) = await drafts(writer, (passage,))
        assert draft.question.endswith("\nIl vecchio disse: “l’uomo che salì sull’albero era ____ amico” di mio padre.")
        assert draft.evidence.quote == passage.text[11:-12]
        assert draft.grammar_focus == "articles-definite"
        assert judge(draft, Context(passages=(passage,))) is None

    @pytest.mark.parametrize(
        "quote",
        [
            "A dieci anni incontrò Beatrice durante una festa di primavera, e quel giorno cambiò la sua vita.",
            "Dante amava molto il gelato alla fragola.",
            "",
        ],
    )
    @pytest.mark.parametrize("passage", [1, 0, 99, -3])
    async def test_a_quotation_that_is_not_there_is_for_the_gates_to_refuse(
        self, server: ChatServer, writer: MistralExerciseWriter, quote: str, passage: int
    ) -> None:
        server.answer_next(items({**QUESTION, "quote": quote, "passage": passage}))
        (draft,) = await drafts(writer)
        rejection = judge(draft, Context(passages=PASSAGES))
        assert rejection is not None
        assert rejection.gate == "quotation_verbatim"

    async def test_what_was_not_asked_for_is_left_out(self, server: ChatServer, writer: MistralExerciseWriter) -> None:
        server.answer_next(items(ITEM, QUESTION, ITEM, ITEM, ITEM))
        written = await drafts(writer, count=2, kinds=(ExerciseKind.MULTIPLE_CHOICE,), difficulty=Difficulty.ADVANCED)
        assert [(one.kind, one.difficulty) for one in written] == [
            (ExerciseKind.MULTIPLE_CHOICE, Difficulty.ADVANCED)
        ] * 2

    async def test_a_focus_that_nobody_teaches_is_none(self, server: ChatServer, writer: MistralExerciseWriter) -> None:
        server.answer_next(items({**ITEM, "focus": "sarcasm"}))
        (draft,) = await drafts(writer)
        assert draft.grammar_focus is None

    async def test_its_words_are_plain(self, server: ChatServer, writer: MistralExerciseWriter) -> None:
        marked = {
            **QUESTION,
            "ask": "Chi <b>incontrò</b>\u200b Dante\n[qui](https://male.example)?",
            "explanation": "Vedi https://male.example/?q=1 \u202ee <script>alert(1)</script> Beatrice.",
            "accepted": ["la\u200b Beatrice", "", "Beatrice", "la Beatrice"],
        }
        server.answer_next(items(marked))
        (draft,) = await drafts(writer)
        assert draft.question == "Chi incontrò Dante qui?"
        assert draft.explanation == "Vedi e alert(1) Beatrice."
        assert draft.accepted == ("la Beatrice",)

    async def test_a_flood_of_words_is_cut(self, server: ChatServer, writer: MistralExerciseWriter) -> None:
        server.answer_next(items({**ITEM, "ask": "parola " * 9_000, "distractors": ["x" * 90_000] + ["y"] * 900}))
        (draft,) = await drafts(writer)
        assert max(map(len, (draft.question, *draft.options))) < 2_500
        assert len(draft.options) <= 4

    async def test_one_that_is_of_no_shape_costs_only_itself(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        server.answer_next(items(ITEM, {**ITEM, "passage": "1"}, {"kind": "ESSAY"}, {**QUESTION, "kind": "ESSAY"}))
        assert len(await drafts(writer)) == 1

    async def test_passages_that_hold_nothing_are_no_failure(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        server.answer_next(items())
        written = await writer.write(a_brief(), PASSAGES)
        assert (written.drafts, written.usage) == ((), Usage(tokens=790))


class TestFailures:
    @pytest.mark.parametrize(
        "reply",
        [
            PROSE,
            says("Mi dispiace, non posso aiutarti."),
            says('{"exercises": [{"kind": "FILL_GAP", "pass'),
            cut_short(),
            no_choices(),
            says('{"esercizi": []}'),
            says('{"exercises": [{"kind": "ESSAY"}, 7, null]}'),
        ],
    )
    async def test_what_is_of_no_use_twice_is_unavailable(
        self, server: ChatServer, writer: MistralExerciseWriter, reply: Reply
    ) -> None:
        server.answer_next(reply, reply)
        with pytest.raises(Unavailable, match="no usable answer"):
            await drafts(writer)
        server.answer_next(reply, items(ITEM))
        assert len(await drafts(writer)) == 1

    async def test_one_request_that_fails_takes_nothing_from_the_others(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        passages = tuple(a_passage(f"Capitolo {n}. {DANTE[:300]}", number=n) for n in range(1, 31))
        server.answer_next(failing(400))
        written = await drafts(writer, passages, count=12)
        assert len(written) == 6

    async def test_when_all_fail_the_first_failure_is_told(
        self, server: ChatServer, writer: MistralExerciseWriter
    ) -> None:
        passages = tuple(a_passage(f"Capitolo {n}. {DANTE[:300]}", number=n) for n in range(1, 31))
        server.answer_next(rate_limited(after=60), rate_limited(after=60))
        with pytest.raises(RateLimited):
            await drafts(writer, passages, count=12)


class TestOrdersInSources:
    def test_there_are_enough_of_them(self) -> None:
        assert len(SOURCE_INJECTIONS) >= 10

    @pytest.mark.parametrize("injection", SOURCE_INJECTIONS.values(), ids=SOURCE_INJECTIONS)
    async def test_none_is_obeyed(self, server: ChatServer, writer: MistralExerciseWriter, injection: str) -> None:
        passage = a_passage(f"{SENTENCE} {injection} Poi tornò a Firenze con il padre.")
        kinds = (ExerciseKind.FILL_GAP,)
        written = await drafts(writer, (passage, *PASSAGES[1:]), count=4, kinds=kinds, topic=f"poesia {injection}")
        assert [draft.key for draft in written] == ["vita", "divisa", "anni", "1321"]
        assert written[0].evidence.quote == SENTENCE

    @pytest.mark.parametrize("injection", SOURCE_INJECTIONS.values(), ids=SOURCE_INJECTIONS)
    async def test_they_are_sent_only_inside_the_fence(
        self, server: ChatServer, writer: MistralExerciseWriter, injection: str
    ) -> None:
        hostile = f"zafferano {injection} zafferano"
        bad = replace(a_draft(question=hostile, key=hostile), evidence=a_draft().evidence)
        failed = FailedDraft(draft=bad, rejection=Rejection("complete", hostile))
        await drafts(writer, (a_passage(f"{SENTENCE} {hostile}"),), topic=hostile, failed=(failed,))
        system, user = (message["content"] for message in server.requests[0].messages)
        opening, _, closing, rest = user.split("\n")
        assert "zafferano" not in system + opening + closing + rest
        heard, data = said_to(server.requests[0].messages)
        assert len(heard) == 1
        assert data["topic"].startswith("zafferano")
