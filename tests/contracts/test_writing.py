"""The contract of the writing stores, and of the use cases that rely on their locks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from adapters.memory.writing import MemoryDocumentReader
from adapters.postgres.writing import PostgresDocumentReader
from adapters.system import new_uuid7
from application.shared import Window
from application.writing import (
    AttachSource,
    CreateDocument,
    DetachSource,
    DocumentFilter,
    DocumentReader,
    TakeCitationNumber,
    UpdateDocument,
)
from domain import accounts
from domain.shared import Datum, DocumentId, NoSuch, NotYours, UnsuitableTitle
from domain.writing import (
    CitationFormat,
    Document,
    DocumentStatus,
    DocumentTemplate,
    MetadataEntry,
    NotAttached,
    StaleVersion,
)
from tests.builders import NOON, TickingClock, signed_up
from tests.builders_writing import a_book, a_document, an_attachment, stored
from tests.contracts.conftest import Store


@pytest.fixture
def documents(store: Store) -> DocumentReader:
    return store.reader(memory=MemoryDocumentReader, postgres=PostgresDocumentReader)


class TestDocumentRepository:
    async def test_a_document_is_found_as_it_was_added(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        notes = (MetadataEntry(key="corso", value="Storia dell'arte"), MetadataEntry(key="anno", value="2026"))
        document = a_document(user.id, metadata=notes, status=DocumentStatus.PUBLISHED)
        await stored(store.uow, document)
        async with store.uow(user.id) as uow:
            assert await uow.documents.get(owner=user.id, id=document.id) == document
        assert await documents.get(owner=user.id, id=document.id) == document

    async def test_a_save_changes_all_but_the_citation_count(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        document = a_document(user.id)
        await stored(store.uow, document)
        edited = document.edited(
            at=NOON + timedelta(minutes=1),
            title="Un altro titolo",
            typst_content="= Altro",
            citation_format=CitationFormat.MLA,
            status=DocumentStatus.ARCHIVED,
            metadata=[MetadataEntry(key="a", value="b")],
        )
        async with store.uow(user.id) as uow:
            await uow.documents.take_citation_number(owner=user.id, id=document.id)
            await uow.documents.save(edited)
            await uow.commit()
        assert await documents.get(owner=user.id, id=document.id) == replace(edited, citation_count=1)

    async def test_what_is_not_there_and_what_is_anothers_differ(self, store: Store, documents: DocumentReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs, nothing = a_document(other.id), DocumentId(uuid4())
        await stored(store.uow, theirs)
        for id, refusal in ((nothing, NoSuch), (theirs.id, NotYours)):
            async with store.uow(user.id) as uow:
                for attempt in (
                    uow.documents.get(owner=user.id, id=id),
                    uow.documents.lock(owner=user.id, id=id),
                    uow.documents.save(a_document(user.id, id=id)),
                    uow.documents.delete(owner=user.id, id=id),
                    uow.documents.take_citation_number(owner=user.id, id=id),
                    documents.get(owner=user.id, id=id),
                ):
                    with pytest.raises(refusal):
                        await attempt
        assert await documents.get(owner=other.id, id=theirs.id) == theirs

    async def test_without_commit_nothing_happens(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        kept, dropped = a_document(user.id), a_document(user.id)
        await stored(store.uow, kept)
        async with store.uow(user.id) as uow:
            await uow.documents.add(dropped)
            await uow.documents.take_citation_number(owner=user.id, id=kept.id)
            await uow.documents.save(kept.edited(at=NOON, title="Perso"))
        assert await documents.get(owner=user.id, id=kept.id) == kept
        with pytest.raises(NoSuch):
            await documents.get(owner=user.id, id=dropped.id)

    async def test_a_deleted_document_is_gone_and_its_sources_stay(
        self, store: Store, documents: DocumentReader
    ) -> None:
        user = await signed_up(store.uow)
        document, source = a_document(user.id), a_book(user.id)
        await stored(store.uow, document, source, an_attachment(document, source))
        async with store.uow(user.id) as uow:
            await uow.documents.delete(owner=user.id, id=document.id)
            await uow.commit()
        with pytest.raises(NoSuch):
            await documents.get(owner=user.id, id=document.id)
        assert await documents.attached(owner=user.id, ids=[document.id]) == {document.id: ()}
        async with store.uow(user.id) as uow:
            assert (await uow.sources.get(owner=user.id, id=source.id)).id == source.id


class TestAttachmentRepository:
    async def test_attachments_come_in_the_order_in_which_they_were_made(
        self, store: Store, documents: DocumentReader
    ) -> None:
        user = await signed_up(store.uow)
        document, first, second = a_document(user.id), a_book(user.id), a_book(user.id)
        late = an_attachment(document, first, attached_at=NOON + timedelta(minutes=5))
        early = an_attachment(document, second)
        await stored(store.uow, document, first, second, late, early)
        async with store.uow(user.id) as uow:
            assert await uow.attachments.of(owner=user.id, document_id=document.id) == (early, late)
        assert await documents.attached(owner=user.id, ids=[document.id]) == {document.id: (early, late)}

    async def test_a_source_that_went_away_cannot_be_attached(self, store: Store) -> None:
        user = await signed_up(store.uow)
        document, source = a_document(user.id), a_book(user.id)
        await stored(store.uow, document)
        async with store.uow(user.id) as uow:
            with pytest.raises(NoSuch):
                await uow.attachments.add(an_attachment(document, source))

    async def test_another_users_source_cannot_be_attached_even_by_its_id(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        document, theirs = a_document(user.id), a_book(other.id)
        await stored(store.uow, document)
        await stored(store.uow, theirs)
        async with store.uow(user.id) as uow:
            with pytest.raises(NoSuch):
                await uow.attachments.add(an_attachment(document, theirs))

    async def test_what_is_not_attached_is_told(self, store: Store) -> None:
        user = await signed_up(store.uow)
        document, source = a_document(user.id), a_book(user.id)
        await stored(store.uow, document, source)
        where = {"owner": user.id, "document_id": document.id, "source_id": source.id}
        async with store.uow(user.id) as uow:
            for attempt in (
                uow.attachments.lock(**where),
                uow.attachments.delete(**where),
                uow.attachments.save(an_attachment(document, source)),
            ):
                with pytest.raises(NotAttached):
                    await attempt

    async def test_another_users_attachment_is_not_to_be_had_even_by_its_ids(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        document, source = a_document(other.id), a_book(other.id)
        theirs = an_attachment(document, source)
        await stored(store.uow, document, source, theirs)
        where = {"owner": user.id, "document_id": document.id, "source_id": source.id}
        async with store.uow(user.id) as uow:
            assert await uow.attachments.of(owner=user.id, document_id=document.id) == ()
            for attempt in (
                uow.attachments.lock(**where),
                uow.attachments.delete(**where),
                uow.attachments.save(replace(theirs, owner=user.id, citation_number=1)),
            ):
                with pytest.raises(NotAttached):
                    await attempt

    async def test_without_commit_nothing_is_attached_or_taken_off(
        self, store: Store, documents: DocumentReader
    ) -> None:
        user = await signed_up(store.uow)
        document, kept, dropped = a_document(user.id), a_book(user.id), a_book(user.id)
        attached = an_attachment(document, kept)
        await stored(store.uow, document, kept, dropped, attached)
        async with store.uow(user.id) as uow:
            await uow.attachments.add(an_attachment(document, dropped))
            await uow.attachments.save(attached.numbered(1))
            await uow.attachments.delete(owner=user.id, document_id=document.id, source_id=kept.id)
        assert await documents.attached(owner=user.id, ids=[document.id]) == {document.id: (attached,)}

    async def test_a_deleted_source_is_attached_nowhere(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        document, source = a_document(user.id), a_book(user.id)
        await stored(store.uow, document, source, an_attachment(document, source))
        async with store.uow(user.id) as uow:
            await uow.sources.delete(owner=user.id, id=source.id)
            await uow.commit()
        assert await documents.attached(owner=user.id, ids=[document.id]) == {document.id: ()}


class TestDocumentReader:
    async def test_pages_are_newest_first_without_gap_or_repeat(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        made = [a_document(user.id, created_at=NOON + timedelta(minutes=number // 2)) for number in range(5)]
        await stored(store.uow, *made)
        seen: list[Document] = []
        window = Window(first=2)
        while True:
            page = await documents.page(owner=user.id, window=window, where=DocumentFilter())
            seen += page.items
            # A save moves nothing: one that pages while the editor saves by itself sees each document once.
            async with store.uow(user.id) as uow:
                await uow.documents.save(made[0].edited(at=NOON + timedelta(days=1)))
                await uow.commit()
            if not page.has_next:
                break
            window = Window(first=2, after=page.positions[-1])
        expected = sorted(made, key=lambda one: (one.created_at, one.id), reverse=True)
        assert [one.id for one in seen] == [one.id for one in expected]
        assert await documents.count(owner=user.id, where=DocumentFilter()) == 5

    @pytest.mark.parametrize(
        ("where", "titles"),
        [
            (DocumentFilter(text="citta"), {"La CITTÀ"}),
            (DocumentFilter(text="Perché"), {"Note"}),
            (DocumentFilter(text="100%"), {"Al 100%"}),
            (DocumentFilter(text="_"), set()),
            (DocumentFilter(text="  "), {"La CITTÀ", "Note", "Al 100%"}),
            (DocumentFilter(status=DocumentStatus.ARCHIVED), {"Note"}),
            (DocumentFilter(template=DocumentTemplate.NOTES, text="note"), {"Note"}),
            (DocumentFilter(template=DocumentTemplate.NOTES, status=DocumentStatus.DRAFT), set()),
        ],
    )
    async def test_filters_narrow_pages_and_counts(
        self, store: Store, documents: DocumentReader, where: DocumentFilter, titles: set[str]
    ) -> None:
        user = await signed_up(store.uow)
        notes = {"template": DocumentTemplate.NOTES, "status": DocumentStatus.ARCHIVED}
        await stored(
            store.uow,
            a_document(user.id, title="La CITTÀ", typst_content=""),
            a_document(user.id, title="Note", typst_content="perche no", **notes),
            a_document(user.id, title="Al 100%", typst_content=""),
        )
        page = await documents.page(owner=user.id, window=Window(), where=where)
        assert {document.title for document in page.items} == titles
        assert await documents.count(owner=user.id, where=where) == len(titles)

    async def test_many_and_pages_leave_out_what_is_anothers(self, store: Store, documents: DocumentReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        mine, theirs = a_document(user.id), a_document(other.id)
        await stored(store.uow, mine)
        await stored(store.uow, theirs)
        asked = [mine.id, theirs.id, DocumentId(uuid4())]
        assert await documents.many(owner=user.id, ids=asked) == {mine.id: mine}
        assert (await documents.page(owner=user.id, window=Window(), where=DocumentFilter())).items == (mine,)
        assert await documents.attached(owner=user.id, ids=[theirs.id]) == {theirs.id: ()}


class TestWriting:
    """The use cases, where what they promise depends on the store."""

    async def test_a_new_document_takes_the_preferred_citation_format(self, store: Store) -> None:
        user = await signed_up(store.uow)
        create = CreateDocument(uow=store.uow, clock=TickingClock(), new_id=new_uuid7)
        plain = await create(owner=user.id, title="Uno", template=DocumentTemplate.REPORT)
        prefers = user.preferences.changed(citation_format=accounts.CitationFormat.CHICAGO)
        async with store.uow(user.id) as uow:
            await uow.users.save(user.preferring(prefers))
            await uow.commit()
        preferred = await create(owner=user.id, title="Due", template=DocumentTemplate.REPORT)
        given = await create(
            owner=user.id, title="Tre", template=DocumentTemplate.REPORT, citation_format=CitationFormat.MLA
        )
        formats = [plain.citation_format, preferred.citation_format, given.citation_format]
        assert formats == [CitationFormat.APA, CitationFormat.CHICAGO, CitationFormat.MLA]

    async def test_ten_saves_of_one_version_make_one(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        document = a_document(user.id)
        await stored(store.uow, document)
        save = UpdateDocument(uow=store.uow, clock=TickingClock())

        async def attempt(number: int) -> dict[str, Datum] | None:
            try:
                await save(owner=user.id, id=document.id, expected_version=1, title=f"Titolo {number}")
            except StaleVersion as stale:
                return stale.data
            return None

        # Ten open connections first: otherwise the first save is over before the second has one.
        await asyncio.gather(*(documents.get(owner=user.id, id=document.id) for _ in range(10)))
        outcomes = await asyncio.gather(*(attempt(number) for number in range(10)))
        assert outcomes.count(None) == 1
        assert outcomes.count({"current_version": 2, "expected_version": 1}) == 9
        assert (await documents.get(owner=user.id, id=document.id)).version == 2

    async def test_a_refused_save_leaves_the_document_as_it_was(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        document = a_document(user.id)
        await stored(store.uow, document)
        save = UpdateDocument(uow=store.uow, clock=TickingClock())
        with pytest.raises(UnsuitableTitle):
            await save(owner=user.id, id=document.id, title="x" * 201, typst_content="perso")
        assert await documents.get(owner=user.id, id=document.id) == document

    async def test_fifty_numbers_taken_at_once_are_one_to_fifty(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        document = a_document(user.id)
        await stored(store.uow, document)
        take = TakeCitationNumber(uow=store.uow)
        taken = await asyncio.gather(*(take(owner=user.id, document_id=document.id) for _ in range(50)))
        assert sorted(number for number, _ in taken) == list(range(1, 51))
        assert (await documents.get(owner=user.id, id=document.id)).citation_count == 50

    async def test_an_attached_source_keeps_its_number_however_often_it_is_asked_for(
        self, store: Store, documents: DocumentReader
    ) -> None:
        user = await signed_up(store.uow)
        document, source = a_document(user.id), a_book(user.id)
        await stored(store.uow, document, source, an_attachment(document, source))
        take = TakeCitationNumber(uow=store.uow)
        asked = (take(owner=user.id, document_id=document.id, source_id=source.id) for _ in range(10))
        assert {number for number, _ in await asyncio.gather(*asked)} == {1}
        assert (await documents.get(owner=user.id, id=document.id)).citation_count == 1
        attached = await documents.attached(owner=user.id, ids=[document.id])
        assert [one.citation_number for one in attached[document.id]] == [1]

    async def test_a_source_that_is_not_attached_gets_no_number(self, store: Store, documents: DocumentReader) -> None:
        user = await signed_up(store.uow)
        document, source = a_document(user.id), a_book(user.id)
        await stored(store.uow, document, source)
        with pytest.raises(NotAttached):
            await TakeCitationNumber(uow=store.uow)(owner=user.id, document_id=document.id, source_id=source.id)
        assert (await documents.get(owner=user.id, id=document.id)).citation_count == 0

    async def test_sources_attached_at_once_get_keys_of_their_own(self, store: Store) -> None:
        user = await signed_up(store.uow)
        document = a_document(user.id)
        sources = [a_book(user.id, publication_date=date(1980, 1, 1)) for _ in range(4)]
        await stored(store.uow, document, *sources)
        attach = AttachSource(uow=store.uow, clock=TickingClock())
        attached = await asyncio.gather(
            *(attach(owner=user.id, document_id=document.id, source_id=source.id) for source in sources)
        )
        assert {one.citation_key for _, one in attached} == {"eco1980", "eco1980a", "eco1980b", "eco1980c"}

    async def test_attaching_twice_attaches_once_and_detaching_keeps_the_source(
        self, store: Store, documents: DocumentReader
    ) -> None:
        user = await signed_up(store.uow)
        document, source = a_document(user.id), a_book(user.id)
        await stored(store.uow, document, source)
        attach = AttachSource(uow=store.uow, clock=TickingClock())
        once = await attach(owner=user.id, document_id=document.id, source_id=source.id)
        assert await attach(owner=user.id, document_id=document.id, source_id=source.id) == once
        detach = DetachSource(uow=store.uow)
        await detach(owner=user.id, document_id=document.id, source_id=source.id)
        with pytest.raises(NotAttached):
            await detach(owner=user.id, document_id=document.id, source_id=source.id)
        assert await documents.attached(owner=user.id, ids=[document.id]) == {document.id: ()}

    async def test_another_users_document_or_source_is_not_attached(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        mine, their_document = a_document(user.id), a_document(other.id)
        source, their_source = a_book(user.id), a_book(other.id)
        await stored(store.uow, mine, source)
        await stored(store.uow, their_document, their_source)
        attach = AttachSource(uow=store.uow, clock=TickingClock())
        with pytest.raises(NotYours):
            await attach(owner=user.id, document_id=their_document.id, source_id=source.id)
        with pytest.raises(NotYours):
            await attach(owner=user.id, document_id=mine.id, source_id=their_source.id)
