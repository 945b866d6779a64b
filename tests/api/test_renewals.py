"""A fresh exercise on the same point, through GraphQL: the offline writer, memory below."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.system import utc_now
from application.app import Application
from domain.shared import UserId
from entrypoints.graphql.ids import global_id, key_of
from tests.api.clients import Api
from tests.builders_library import a_stored_source
from tests.builders_practice import DANTE, LESSON
from tests.classroom import Classroom
from tests.desk import Desk

EXERCISE = "id kind difficulty grammarFocus question options sources { id } solution { key }"
GENERATE = f"""
    mutation ($input: GenerateExercisesInput!) {{ generateExercises(input: $input) {{ exercises {{ {EXERCISE} }} }} }}
"""
RENEW = f"""
    mutation Renew($input: RenewExerciseInput!) {{
      renewExercise(input: $input) {{ creditsCharged rejected {{ gate count }} exercise {{ {EXERCISE} }} }}
    }}
"""


@pytest.fixture
def application(application: Application, database: MemoryDatabase) -> Application:
    classroom = Classroom(Desk(database=database, clock=utc_now), clock=utc_now)
    return replace(application, library=classroom.desk.library, practice=classroom.practice)


async def with_source(api: Api, database: MemoryDatabase, text: str = DANTE) -> str:
    """A source of the user of this API, cut at its paragraphs."""
    me = (await api("{ viewer { id } }")).data["viewer"]["id"]
    owner = UserId(key_of("User", me))
    source, _ = await a_stored_source(OpenMemoryUnitOfWork(database), owner, contents=text.strip().split("\n\n"))
    return global_id("Source", source.id)


async def an_exercise(api: Api, **wanted: Any) -> dict[str, Any]:
    answer = await api(GENERATE, input={"count": 1, **wanted})
    (exercise,) = answer.data["generateExercises"]["exercises"]
    return dict(exercise)


async def available(api: Api) -> int:
    credits: dict[str, int] = (await api("{ viewer { credits { available held } } }")).data["viewer"]["credits"]
    assert credits["held"] == 0
    return credits["available"]


async def test_a_fresh_exercise_is_on_the_same_point(api: Api, database: MemoryDatabase) -> None:
    source = await with_source(api, database)
    old = await an_exercise(api, kinds=["MULTIPLE_CHOICE"], grammarFocus="verbs-tense", difficulty="ADVANCED")
    before = await available(api)
    made = (await api(RENEW, input={"exerciseId": old["id"]})).data["renewExercise"]
    fresh = made["exercise"]
    assert fresh["question"] != old["question"]
    assert {**fresh, "id": "", "question": "", "options": []} == {**old, "id": "", "question": "", "options": []}
    assert (fresh["solution"], fresh["sources"]) == (None, [{"id": source}])
    assert await available(api) == before - made["creditsCharged"] < before


async def test_where_there_is_no_other_there_is_none(api: Api, database: MemoryDatabase) -> None:
    await with_source(api, database, f"Era sera. {LESSON}")
    old = await an_exercise(api, kinds=["FILL_GAP"], grammarFocus="verbs-tense")
    before = await available(api)
    made = (await api(RENEW, input={"exerciseId": old["id"]})).data["renewExercise"]
    assert made == {"exercise": None, "creditsCharged": 0, "rejected": []}
    assert await available(api) == before


async def test_what_is_no_exercise_of_the_viewers_is_refused(api: Api, database: MemoryDatabase, sign_in: Any) -> None:
    await with_source(api, database)
    old = await an_exercise(api)
    assert (await sign_in()(RENEW, input={"exerciseId": old["id"]})).code == "FORBIDDEN"
    assert (await api(RENEW, input={"exerciseId": global_id("Exercise", uuid4())})).code == "NOT_FOUND"
    for id in ("nonsense", global_id("Source", uuid4())):
        answer = await api(RENEW, input={"exerciseId": id})
        assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", "exerciseId")


async def test_without_any_source_left_that_is_said(api: Api, database: MemoryDatabase) -> None:
    source = await with_source(api, database)
    old = await an_exercise(api)
    deleted = "mutation ($input: DeleteSourceInput!) { deleteSource(input: $input) { deletedId } }"
    await api(deleted, input={"id": source})
    answer = await api(RENEW, input={"exerciseId": old["id"]})
    assert (answer.code, answer.failure["reason"]) == ("NOT_FOUND", "empty")
