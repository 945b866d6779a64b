"""Hand over everything that a user owns: what is recorded, as JSON by kind, and the original files."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from application.accounts.ports import OpenUnitOfWork, PersonalFiles, PersonalRecords
from domain.shared import NoSuch, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPart:
    """A piece of a file in the archive; pieces of one file follow each other."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAccount:
    """A stream: never more than one record or one original file at a time is held."""

    uow: OpenUnitOfWork
    records: PersonalRecords
    files: PersonalFiles

    async def __call__(self, *, owner: UserId) -> AsyncGenerator[ExportPart, None]:
        """`data/<kind>.json`, an array of objects each; `files/<source id>`, the very bytes that were uploaded.

        Errors: NoSuch, before the first part.
        """
        async with self.uow(owner) as uow:
            if await uow.users.find(owner=owner) is None:
                raise NoSuch("user")
        name: str | None = None
        async with aclosing(self.records.records(owner=owner)) as records:
            async for kind, fields in records:
                begun, record = f"data/{kind}.json", json.dumps(fields, ensure_ascii=False).encode()
                if begun != name:
                    if name is not None:
                        yield ExportPart(name=name, data=b"\n]\n")
                    yield ExportPart(name=begun, data=b"[\n" + record)
                else:
                    yield ExportPart(name=begun, data=b",\n" + record)
                name = begun
        if name is not None:
            yield ExportPart(name=name, data=b"\n]\n")
        async with aclosing(self.files.files(owner=owner)) as files:
            async for file, data in files:
                yield ExportPart(name=f"files/{file}", data=data)
