"""What is handed over of an exercise that was never answered: all but its key."""

from __future__ import annotations

import json
from typing import Any

from adapters.memory.personal_data import MemoryPersonalRecords
from adapters.postgres.personal_data import PostgresPersonalRecords
from domain.practice import Evidence
from tests.builders import NOON, signed_up
from tests.builders_practice import an_exercise, stored_exercises
from tests.contracts.conftest import Store


async def exercises_of(store: Store, owner: Any) -> list[dict[str, Any]]:
    records = store.worker_reader(memory=MemoryPersonalRecords, postgres=PostgresPersonalRecords)
    return [dict(fields) async for kind, fields in records.records(owner=owner) if kind == "exercises"]


async def test_a_key_is_handed_over_once_its_exercise_was_answered(store: Store) -> None:
    user = await signed_up(store.uow)
    secrets = {
        "key": "chiavesegreta",
        "accepted": ("alternativasegreta",),
        "explanation": "spiegazionesegreta",
        "evidence": Evidence(quote="citazionesegreta", start=918273601, end=918273619, page=918273655),
    }
    sealed = an_exercise(user.id, question="Chi ____?", **secrets)
    await stored_exercises(store.uow, sealed)
    (fields,) = await exercises_of(store, user.id)
    assert (fields["question"], fields["id"], fields["times_attempted"]) == ("Chi ____?", str(sealed.id), 0)
    assert "segreta" not in json.dumps(fields)
    assert "9182736" not in json.dumps(fields)
    async with store.uow(user.id) as uow:
        await uow.exercises.save(sealed.attempted(0, due_at=NOON))
        await uow.commit()
    (fields,) = await exercises_of(store, user.id)
    for secret in ("chiave", "alternativa", "spiegazione", "citazione"):
        assert f"{secret}segreta" in json.dumps(fields)
    assert "918273601" in json.dumps(fields)
