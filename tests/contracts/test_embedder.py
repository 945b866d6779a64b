"""The contract of embedders: one vector a text, in order, of unit length, the same every time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from math import isclose, sqrt

import pytest

from adapters.mistral import MistralEmbedder
from adapters.offline import OfflineEmbedder
from adapters.openai_compatible import OpenAICompatibleEmbedder
from adapters.query_embedder import QueryEmbedder
from adapters.system import utc_now
from adapters.unlimited_budget import UnlimitedBudget
from application.library.ports import Embedder
from domain.shared import Unavailable
from tests.wire.embedding_server import EmbeddingServer

STRANGE = ["", " ", "il la di che", "?!…", "🦊🌊", "\x00", "x" * 50_000, "1946", "Straße ﬁne", "ПРИВЕТ", "水"]


def asking(embedder: Embedder, *, size: int = 1_024) -> QueryEmbedder:
    return QueryEmbedder(embedder, budget=UnlimitedBudget(), clock=utc_now, size=size)


@pytest.fixture(params=["offline", "offline, cached", "mistral", "openai-compatible", "mistral, cached"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    chosen, cached = request.param.partition(", ")[::2]
    if chosen == "offline":
        yield asking(OfflineEmbedder()) if cached else OfflineEmbedder()
        return
    with EmbeddingServer(dialect="mistral" if chosen == "mistral" else "openai") as server:
        hosted = (
            MistralEmbedder("a-key", server_url=server.url)
            if chosen == "mistral"
            else OpenAICompatibleEmbedder(server.url, model="bge-m3")
        )
        yield asking(hosted) if cached else hosted
        await hosted.aclose()
        assert server.complaints == []


def length(vector: Sequence[float]) -> float:
    return sqrt(sum(number * number for number in vector))


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


class TestEmbedder:
    async def test_every_text_gets_a_vector_of_unit_length_in_order(self, embedder: Embedder) -> None:
        texts = ["Il Po nasce dal Monviso.", "La Repubblica nacque nel 1946.", "Il Po nasce dal Monviso."]
        vectors = await embedder.embed(texts)
        assert [len(vector) for vector in vectors] == [embedder.dimensions] * 3
        assert all(isclose(length(vector), 1.0, rel_tol=1e-6) for vector in vectors)
        assert vectors[0] == pytest.approx(vectors[2])
        assert vectors[0] != pytest.approx(vectors[1])

    @pytest.mark.parametrize("text", STRANGE)
    async def test_no_text_is_too_strange(self, embedder: Embedder, text: str) -> None:
        (vector,) = await embedder.embed([text])
        assert isclose(length(vector), 1.0, rel_tol=1e-6)

    async def test_no_text_gives_no_vector(self, embedder: Embedder) -> None:
        assert await embedder.embed([]) == []

    async def test_the_same_text_has_the_same_vector_alone_and_among_others(self, embedder: Embedder) -> None:
        (alone,) = await embedder.embed(["Il Po nasce dal Monviso."])
        among = await embedder.embed(["Altro.", "Il Po nasce dal Monviso."])
        assert among[1] == pytest.approx(alone, abs=1e-6)

    async def test_the_model_has_a_name(self, embedder: Embedder) -> None:
        assert embedder.model


class TestOfflineEmbedder:
    async def test_a_related_text_is_nearer_than_an_unrelated_one(self) -> None:
        asked, related, unrelated = await OfflineEmbedder().embed(
            [
                "Dove nascono i fiumi italiani?",
                "Il fiume nasce sulla montagna e attraversa la pianura italiana.",
                "Il congiuntivo esprime dubbio o desiderio.",
            ]
        )
        assert likeness(asked, related) > likeness(asked, unrelated) + 0.1

    async def test_the_event_loop_goes_on_while_it_works(self) -> None:
        ticks, done = 0, asyncio.Event()

        async def tick() -> None:
            nonlocal ticks
            while not done.is_set():
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        await OfflineEmbedder().embed([f"La pioggia numero {number} cade sul bosco." for number in range(200)])
        done.set()
        await ticking
        assert ticks > 10

    async def test_words_that_say_nothing_change_nothing(self) -> None:
        plain, wordy = await OfflineEmbedder().embed(["ribosoma batterico", "Che cosa è il ribosoma? È batterico!"])
        assert likeness(plain, wordy) == pytest.approx(1.0, abs=1e-6)

    async def test_words_that_stand_together_are_more_than_the_words(self) -> None:
        asked, together, apart = await OfflineEmbedder().embed(
            ["crisi petrolifera", "una crisi petrolifera mondiale", "una petrolifera mondiale: la crisi"]
        )
        assert likeness(asked, together) > likeness(asked, apart)

    async def test_a_text_is_about_what_it_opens_with(self) -> None:
        pebbles = " ".join(f"ciottolo{number}" for number in range(40))
        asked, opening, closing = await OfflineEmbedder().embed(
            ["ribosoma", f"ribosoma {pebbles}", f"{pebbles} ribosoma"]
        )
        assert likeness(asked, opening) > likeness(asked, closing)

    async def test_its_numbers_belong_to_its_name(self) -> None:
        """Another result needs another model name, or stored vectors would be compared with strangers."""
        (vector,) = await OfflineEmbedder().embed(["Il ribosoma legge l'RNA."])
        places = sorted(range(len(vector)), key=lambda place: -abs(vector[place]))[:3]
        assert OfflineEmbedder().model == "offline-hash-2"
        assert [(place, round(vector[place], 4)) for place in sorted(places)] == [
            (258, 0.3683),
            (719, -0.1769),
            (1019, -0.2761),
        ]


class TestQueryEmbedder:
    async def test_a_question_asked_again_is_not_embedded_again(self) -> None:
        asked = Counting()
        cached = asking(asked)
        assert await cached.embed(["Che ora è?"]) == await cached.embed(["Che ora è?"])
        assert asked.texts == ["Che ora è?"]

    async def test_the_least_recent_question_is_forgotten_first(self) -> None:
        asked = Counting()
        cached = asking(asked, size=2)
        for text in ("a", "b", "a", "c", "a", "b"):
            await cached.embed([text])
        assert asked.texts == ["a", "b", "c", "b"]

    async def test_a_failure_is_not_remembered(self) -> None:
        asked = Counting(failures=1)
        cached = asking(asked)
        with pytest.raises(Unavailable):
            await cached.embed(["a"])
        assert await cached.embed(["a"]) == [[1.0, 0.0]]


class Counting(Embedder):
    """Remembers what it was asked, and fails as often as it is told."""

    def __init__(self, *, failures: int = 0) -> None:
        self.texts: list[str] = []
        self._failures = failures

    @property
    def model(self) -> str:
        return "counting"

    @property
    def dimensions(self) -> int:
        return 2

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self._failures:
            self._failures -= 1
            raise Unavailable("Not now.", retry_after=1)
        self.texts += texts
        return [[1.0, 0.0] for _ in texts]
