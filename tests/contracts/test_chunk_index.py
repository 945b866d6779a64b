"""The contract of the chunk index: both legs find what they should, of one owner only, all adapters rank alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.chunks import MemoryChunkIndex, MemoryEmbeddingQueue
from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.offline import FUSION_WEIGHTS, OfflineEmbedder
from adapters.postgres.chunk_index import PostgresChunkIndex
from application.library.ports import Candidates, ChunkIndex, EmbeddingQueue, Scope
from domain.library import Chunk, Metric, Scored, SearchMode, Source, SourceStatus, fuse
from domain.shared import DocumentId, NoSuch, NotYours, SourceId, UserId
from domain.writing import Attachment
from tests.builders import NOON, signed_up
from tests.builders_library import CORPUS, QUESTIONS, a_source, a_stored_source, some_chunks, toward
from tests.builders_writing import a_document
from tests.contracts.alike import each_path
from tests.contracts.conftest import Store

MODEL = "test-model"


@pytest.fixture
def index(store: Store) -> ChunkIndex:
    if store.api is None:
        return store.reader(memory=MemoryChunkIndex, postgres=PostgresChunkIndex)
    return each_path(store.api)


@dataclass(frozen=True)
class Library:
    """A user with one source: the corpus."""

    owner: UserId
    source: Source
    chunks: list[Chunk]


@pytest.fixture
async def corpus(store: Store) -> Library:
    user = await signed_up(store.uow)
    source, chunks = await a_stored_source(store.uow, user.id, CORPUS, title="Appunti")
    return Library(user.id, source, chunks)


async def search(
    index: ChunkIndex,
    owner: UserId,
    query: str = "-",
    *,
    vector: list[float] | None = None,
    model: str = MODEL,
    depth: int = 10,
    **scope: Any,
) -> Candidates:
    return await index.candidates(
        owner=owner, query=query, vector=vector, model=model, scope=Scope(**scope), depth=depth
    )


def by_words(candidates: Candidates) -> list[str]:
    """Contents that words found, best first; those as good as equal in the order of the alphabet."""
    scores = [(-round(item.lexical_score, 4), item.chunk.content) for item in candidates.items if item.lexical_score]
    return [content for _, content in sorted(scores)]


def by_meaning(candidates: Candidates) -> list[str]:
    """Contents that have a vector, nearest first; those as good as equal in the order of the alphabet."""
    known = [(-round(one.similarity, 3), one.chunk.content) for one in candidates.items if one.similarity is not None]
    return [content for _, content in sorted(known)]


class TestWords:
    @pytest.mark.parametrize(
        ("query", "beginning"),
        [
            ("acqua che bolle", "L'acqua bolle"),
            ("l’acqua che bolle", "L'acqua bolle"),
            ("L' acqua che bolle", "L'acqua bolle"),
            ("ARTE rinascimento", "Dell'arte"),
            ("citta mura", "La città di Lucca"),
            ("città mura", "La città di Lucca"),
            ("possibilita", "Il congiuntivo"),
            ("perche il cielo", "Perché il cielo"),
            ("Che cosa sono i ribosomi?", "I ribosomi"),
            ("il ribosoma", "Il ribosoma"),
        ],
    )
    async def test_elisions_accents_case_and_inflection_do_not_hide_a_word(
        self, corpus: Library, index: ChunkIndex, query: str, beginning: str
    ) -> None:
        assert by_words(await search(index, corpus.owner, query))[0].startswith(beginning)

    async def test_any_of_the_words_is_enough(self, corpus: Library, index: ChunkIndex) -> None:
        found = by_words(await search(index, corpus.owner, "Garibaldi fotosintesi astronave"))
        assert {text[:9] for text in found} == {"Garibaldi", "Le piante"}

    async def test_title_and_heading_are_searched_too(self, store: Store, index: ChunkIndex) -> None:
        user = await signed_up(store.uow)
        await a_stored_source(store.uow, user.id, ["Nacque a Recanati nel 1798."], title="Giacomo Leopardi")
        assert by_words(await search(index, user.id, "quando nacque Leopardi")) == ["Nacque a Recanati nel 1798."]

    async def test_a_heading_is_searched_too(self, store: Store, index: ChunkIndex) -> None:
        user = await signed_up(store.uow)
        source = a_source(user.id, status=SourceStatus.READY)
        text, chunks = some_chunks(source.id, ["Nasce dal Monviso."], heading="Il Po")
        async with store.uow(user.id) as uow:
            await uow.sources.add(source)
            await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=chunks)
            await uow.commit()
        assert by_words(await search(index, user.id, "dove nasce il Po")) == ["Nasce dal Monviso."]

    @pytest.mark.parametrize(
        ("language", "content", "query"),
        [
            ("it", "All' alba le opere dell'arte.", "l’alba, un' opera"),
            ("it-CH", "Le città svizzere.", "citta svizzera"),
            ("en", "The children were running home.", "child runs"),
            ("fr", "L'été qu'elle aimait.", "ete aimer"),
            ("de", "Die Häuser der Straße sind alt.", "haus strasse"),
            ("es", "Las canciones españolas.", "cancion"),
            ("pt", "As crianças d'água brincavam.", "crianca agua"),
            ("pl", "Szkoła stoi nad rzeką.", "rzeka szkola"),
        ],
    )
    async def test_each_source_is_searched_in_its_own_language(
        self, corpus: Library, store: Store, index: ChunkIndex, language: str, content: str, query: str
    ) -> None:
        await a_stored_source(store.uow, corpus.owner, [content], language=language)
        assert content in by_words(await search(index, corpus.owner, query))

    async def test_what_others_have_does_not_change_how_much_a_word_says(
        self, corpus: Library, store: Store, index: ChunkIndex
    ) -> None:
        async def scores() -> dict[str, float | None]:
            seen = await search(index, corpus.owner, "Garibaldi e la fotosintesi")
            return {item.chunk.content: item.lexical_score for item in seen.items}

        alone = await scores()
        stranger = await signed_up(store.uow)
        await a_stored_source(store.uow, stranger.id, [f"Garibaldi, capitolo {number}." for number in range(9)])
        assert await scores() == alone

    @pytest.mark.parametrize(
        "query", ["il la di che", "?!… —", "🦊🌊", "'); drop table chunks; --", "a & b | !c:*", "%"]
    )
    async def test_a_query_without_a_word_that_matches_finds_nothing(
        self, corpus: Library, index: ChunkIndex, query: str
    ) -> None:
        assert (await search(index, corpus.owner, query)).items == ()

    async def test_the_depth_bounds_what_is_found(self, corpus: Library, index: ChunkIndex) -> None:
        assert len((await search(index, corpus.owner, "acqua mare città luce", depth=2)).items) == 2


class TestVectors:
    async def test_the_nearest_vectors_are_found_with_their_cosine(
        self, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        first, second, third = corpus.chunks[:3]
        vectors = {first.id: toward(0), second.id: toward(0, 1), third.id: toward(2)}
        await queue.store(model=MODEL, vectors=vectors)
        seen = await search(index, corpus.owner, vector=toward(0), depth=2)
        assert by_meaning(seen) == [first.content, second.content]
        similarities = {item.chunk.id: item.similarity for item in seen.items}
        assert similarities == {
            first.id: pytest.approx(1.0, abs=1e-3),
            second.id: pytest.approx(sqrt(0.5), abs=1e-3),
        }

    async def test_vectors_of_another_model_are_not_compared(
        self, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        await queue.store(model="another", vectors={corpus.chunks[0].id: toward(0)})
        seen = await search(index, corpus.owner, vector=toward(0))
        assert (seen.items, seen.embedded_chunks) == ((), 0)

    async def test_what_one_leg_found_has_the_score_of_the_other_too(
        self, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        garibaldi, repubblica, piante = corpus.chunks[5:8]
        vectors = {garibaldi.id: toward(0), repubblica.id: toward(1), piante.id: toward(2)}
        await queue.store(model=MODEL, vectors=vectors)
        seen = await search(index, corpus.owner, "Garibaldi", vector=toward(1), depth=1)
        matched = {item.chunk.id: item.lexical_score is not None for item in seen.items}
        assert matched == {garibaldi.id: True, repubblica.id: False}
        similarities = {item.chunk.id: item.similarity for item in seen.items}
        assert similarities == pytest.approx({garibaldi.id: 0.0, repubblica.id: 1.0})

    async def test_chunks_with_the_same_content_are_all_found(
        self, store: Store, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        user = await signed_up(store.uow)
        _, twins = await a_stored_source(store.uow, user.id, ["Nota a piè di pagina.", "Nota a piè di pagina."])
        await queue.store(model=MODEL, vectors={twins[0].id: toward(3)})
        seen = await search(index, user.id, vector=toward(3))
        assert {item.chunk.id for item in seen.items} == {twin.id for twin in twins}

    async def test_it_counts_the_named_sources_that_are_not_read_yet(
        self, store: Store, corpus: Library, index: ChunkIndex
    ) -> None:
        waiting = a_source(corpus.owner)
        async with store.uow(corpus.owner) as uow:
            await uow.sources.add(waiting)
            await uow.commit()
        read = corpus.chunks[0].source_id
        alone = await search(index, corpus.owner, "acqua", source_ids=(waiting.id,))
        assert (alone.items, alone.chunks_in_scope, alone.unread_sources) == ((), 0, 1)
        assert (await search(index, corpus.owner, "acqua", source_ids=(waiting.id, read))).unread_sources == 1
        assert (await search(index, corpus.owner, "acqua", source_ids=(read,))).unread_sources == 0
        assert (await search(index, corpus.owner, "acqua")).unread_sources == 0

    async def test_it_says_how_much_of_the_scope_has_vectors(
        self, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        await queue.store(model=MODEL, vectors={chunk.id: toward(1) for chunk in corpus.chunks[:3]})
        seen = await search(index, corpus.owner, "acqua", vector=toward(0))
        assert (seen.chunks_in_scope, seen.lexical_chunks, seen.embedded_chunks) == (12, 12, 3)

    async def test_it_is_settled_when_each_chunk_has_its_vector_or_was_refused(
        self, store: Store, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        user = await signed_up(store.uow)
        _, (one, two, three) = await a_stored_source(store.uow, user.id, ["Uno.", "Due.", "Tre."])
        for step in (
            queue.store(model=MODEL, vectors={one.id: toward(0)}),
            queue.refuse(model=MODEL, chunk_id=two.id, message="Not this one."),
        ):
            await step
            assert not (await search(index, user.id, vector=toward(0))).is_settled
        await queue.store(model=MODEL, vectors={three.id: toward(1)})
        assert (await search(index, user.id, vector=toward(0))).is_settled
        assert not (await search(index, user.id, vector=toward(0), model="another")).is_settled

    async def test_what_is_nearest_does_not_depend_on_the_metric_or_a_threshold(
        self, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        first, second, third = corpus.chunks[:3]
        await queue.store(
            model=MODEL, vectors={first.id: toward(0), second.id: toward(0, 1), third.id: [-1.0] + [0.0] * 1023}
        )
        seen = await search(index, corpus.owner, vector=toward(0))
        items = [
            Scored(chunk=one.chunk, language="it", lexical_score=one.lexical_score, similarity=one.similarity)
            for one in seen.items
        ]
        for metric, threshold in ((Metric.COSINE, 0.5), (Metric.INNER_PRODUCT, 0.5), (Metric.L2, 1.0)):
            hits = fuse(items, weights=FUSION_WEIGHTS, mode=SearchMode.SEMANTIC, metric=metric, threshold=threshold)
            assert [hit.chunk.id for hit in hits] == [first.id, second.id]


class TestScope:
    async def test_another_users_chunks_are_invisible(
        self, store: Store, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        stranger = await signed_up(store.uow)
        await queue.store(model=MODEL, vectors={corpus.chunks[0].id: toward(0)})
        seen = await search(index, stranger.id, "acqua", vector=toward(0))
        assert seen == Candidates(items=(), chunks_in_scope=0, lexical_chunks=0, embedded_chunks=0)

    async def test_a_search_stays_within_the_sources_it_names(
        self, store: Store, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        source, (chunk,) = await a_stored_source(store.uow, corpus.owner, ["L'acqua è limpida."])
        await queue.store(model=MODEL, vectors={chunk.id: toward(0), corpus.chunks[0].id: toward(0)})
        seen = await search(index, corpus.owner, "acqua", vector=toward(0), source_ids=(source.id,))
        assert [item.chunk.id for item in seen.items] == [chunk.id]
        assert seen.chunks_in_scope == 1
        assert (await search(index, corpus.owner, "acqua", source_ids=())).items == ()

    async def test_a_search_stays_within_the_sources_of_a_document(
        self, store: Store, corpus: Library, index: ChunkIndex
    ) -> None:
        source, (chunk,) = await a_stored_source(store.uow, corpus.owner, ["L'acqua è limpida."])
        document = a_document(corpus.owner)
        async with store.uow(corpus.owner) as uow:
            await uow.documents.add(document)
            await uow.attachments.add(
                Attachment(
                    document_id=document.id,
                    source_id=source.id,
                    owner=corpus.owner,
                    citation_key="acqua",
                    attached_at=NOON,
                )
            )
            await uow.commit()
        seen = await search(index, corpus.owner, "acqua", document_id=document.id)
        assert [item.chunk.id for item in seen.items] == [chunk.id]

    @pytest.mark.parametrize(
        ("wanted", "matches"),
        [
            ({}, True),
            ({"corso": "storia"}, True),
            ({"corso": "fisica"}, False),
            ({"anno": 2}, True),
            ({"anno": "2"}, False),
            ({"letto": True}, True),
            ({"letto": 1}, False),
            ({"voci": ["b"]}, True),
            ({"voci": ["c"]}, False),
            ({"dove": {"aula": 5}}, True),
            ({"dove": {}}, True),
            ({"altro": None}, False),
        ],
    )
    async def test_metadata_is_matched_by_containment(
        self, store: Store, index: ChunkIndex, wanted: Mapping[str, Any], matches: bool
    ) -> None:
        user = await signed_up(store.uow)
        metadata = {"corso": "storia", "anno": 2, "letto": True, "voci": ["a", "b"], "dove": {"aula": 5, "piano": 1}}
        await a_stored_source(store.uow, user.id, ["Il Po."], metadata=metadata)
        seen = await search(index, user.id, "Po", metadata=wanted)
        assert (seen.chunks_in_scope, len(seen.items)) == ((1, 1) if matches else (0, 0))

    async def test_what_is_not_there_and_what_is_anothers_differ(
        self, store: Store, corpus: Library, index: ChunkIndex
    ) -> None:
        stranger = await signed_up(store.uow)
        theirs = a_document(corpus.owner)
        async with store.uow(corpus.owner) as uow:
            await uow.documents.add(theirs)
            await uow.commit()
        with pytest.raises(NotYours):
            await search(index, stranger.id, "acqua", source_ids=(corpus.source.id,))
        with pytest.raises(NoSuch):
            await search(index, stranger.id, "acqua", source_ids=(SourceId(uuid4()),))
        with pytest.raises(NotYours):
            await search(index, stranger.id, "acqua", document_id=theirs.id)
        with pytest.raises(NoSuch):
            await search(index, stranger.id, "acqua", document_id=DocumentId(uuid4()))


class TestRanking:
    async def test_every_adapter_ranks_as_the_one_in_memory_does(
        self, store: Store, corpus: Library, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        embedder = OfflineEmbedder()
        vectors = await embedder.embed(CORPUS)
        await queue.store(model=embedder.model, vectors={c.id: v for c, v in zip(corpus.chunks, vectors, strict=True)})
        database = MemoryDatabase()
        uow = OpenMemoryUnitOfWork(database)
        user = await signed_up(uow)
        _, chunks = await a_stored_source(uow, user.id, CORPUS, title="Appunti")
        await MemoryEmbeddingQueue(database).store(
            model=embedder.model, vectors={c.id: v for c, v in zip(chunks, vectors, strict=True)}
        )
        for question, vector in zip(QUESTIONS, await embedder.embed(QUESTIONS), strict=True):
            asked: dict[str, Any] = {"vector": vector, "model": embedder.model, "depth": len(CORPUS)}
            here = await search(index, corpus.owner, question, **asked)
            there = await search(MemoryChunkIndex(database), user.id, question, **asked)
            assert by_words(here) == by_words(there)
            assert by_meaning(here)[0] == by_meaning(there)[0]
            assert fused(here)[:5] == fused(there)[:5]
            assert word_scores(here) == pytest.approx(word_scores(there), rel=1e-4)
            assert meaning_scores(here) == pytest.approx(meaning_scores(there), abs=1e-3)


def word_scores(candidates: Candidates) -> dict[str, float]:
    return {item.chunk.content: item.lexical_score or 0.0 for item in candidates.items}


def meaning_scores(candidates: Candidates) -> dict[str, float]:
    return {item.chunk.content: item.similarity or 0.0 for item in candidates.items}


def fused(candidates: Candidates) -> list[str]:
    items = [
        Scored(chunk=item.chunk, language=item.language, lexical_score=item.lexical_score, similarity=item.similarity)
        for item in candidates.items
    ]
    return [hit.chunk.content for hit in fuse(items, weights=FUSION_WEIGHTS)]
