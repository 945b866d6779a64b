"""Open answers judged and grades appealed against, through GraphQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.system import utc_now
from application.app import Application
from domain.practice import Evidence, Exercise
from domain.shared import UserId
from entrypoints.graphql.ids import global_id, key_of
from tests.api.clients import Api
from tests.builders_library import a_stored_source
from tests.builders_practice import an_exercise, stored_exercises
from tests.classroom import Classroom
from tests.desk import Desk
from tests.scripted_judge import KEY, PARAPHRASE, ScriptedJudge, an_open_exercise

RESPONSE = """
    id score gradedBy confidence overallFeedback rubric { criterion score maxScore } nextReviewAt creditsCharged
    appeal { upheld reason scoreBefore creditsRefunded creditsCharged decidedAt }
    exercise { timesAttempted averageScore dueAt solution { accepted } }
"""
SUBMIT = f"""
    mutation Submit($input: SubmitAnswerInput!) {{ submitAnswer(input: $input) {{ response {{ {RESPONSE} }} }} }}
"""
APPEAL = f"""
    mutation Appeal($input: AppealGradeInput!) {{
      appealGrade(input: $input) {{ upheld creditsRefunded response {{ {RESPONSE} }} }}
    }}
"""
LEDGER = "{ viewer { credits { available held } creditEntries { nodes { operation cost tokensUsed } } } }"
SOLUTION = """
    query Read($id: ID!) { node(id: $id) { ... on Exercise {
      sources { id } solution { evidence { quote chunk { id } source { id title } } }
    } } }
"""
DELETE_SOURCE = "mutation Delete($input: DeleteSourceInput!) { deleteSource(input: $input) { deletedId } }"


@pytest.fixture
def classroom(database: MemoryDatabase) -> Classroom:
    return Classroom(Desk(database=database, clock=utc_now), clock=utc_now, judge=ScriptedJudge(20, 100))


@pytest.fixture
def application(application: Application, classroom: Classroom) -> Application:
    return replace(application, library=classroom.desk.library, practice=classroom.practice)


async def owner_of(api: Api) -> UserId:
    return UserId(key_of("User", (await api("{ viewer { id } }")).data["viewer"]["id"]))


@pytest.fixture
async def exercise(api: Api, database: MemoryDatabase) -> Exercise:
    exercise = an_open_exercise(await owner_of(api))
    await stored_exercises(OpenMemoryUnitOfWork(database), exercise)
    return exercise


async def submit(api: Api, exercise: Exercise, answer: str) -> Any:
    given = {"exerciseId": global_id("Exercise", exercise.id), "attemptId": uuid4().hex, "answer": answer}
    return (await api(SUBMIT, input=given)).data["submitAnswer"]["response"]


async def appeal(api: Api, response: Any, **more: Any) -> Any:
    return (await api(APPEAL, input={"responseId": response["id"], **more})).data["appealGrade"]


async def test_a_judged_answer_says_who_judged_and_what_it_cost(api: Api, exercise: Exercise) -> None:
    response = await submit(api, exercise, PARAPHRASE)
    assert (response["score"], response["gradedBy"], response["confidence"]) == (20, "MODEL", 0.9)
    assert (response["creditsCharged"], response["appeal"]) == (1, None)
    assert [line["criterion"] for line in response["rubric"]] == ["Contenuto", "Completezza", "Grammatica"]
    viewer = (await api(LEDGER)).data["viewer"]
    assert viewer["credits"] == {"available": 9_999, "held": 0}
    assert viewer["creditEntries"]["nodes"][0] == {"operation": "GRADING", "cost": 1, "tokensUsed": 700}


async def test_an_appeal_that_is_granted(api: Api, exercise: Exercise) -> None:
    response = await submit(api, exercise, PARAPHRASE)
    granted = await appeal(api, response, reason="È la stessa cosa.")
    assert (granted["upheld"], granted["creditsRefunded"]) == (True, 1)
    now = granted["response"]
    assert (now["id"], now["score"], now["gradedBy"]) == (response["id"], 100, "MODEL")
    assert now["appeal"].pop("decidedAt")
    assert now["appeal"] == {
        "upheld": True, "reason": "È la stessa cosa.", "scoreBefore": 20, "creditsRefunded": 1, "creditsCharged": 0,
    }  # fmt: skip
    assert now["exercise"]["averageScore"] == 100
    assert now["exercise"]["solution"]["accepted"] == [PARAPHRASE]
    assert now["exercise"]["dueAt"] == now["nextReviewAt"] > response["nextReviewAt"]
    viewer = (await api(LEDGER)).data["viewer"]
    assert viewer["credits"] == {"available": 10_000, "held": 0}
    assert viewer["creditEntries"]["nodes"][0] == {"operation": "REFUND", "cost": -1, "tokensUsed": None}


async def test_an_appeal_that_fails_and_the_same_again(api: Api, exercise: Exercise, classroom: Classroom) -> None:
    assert isinstance(classroom.judge, ScriptedJudge)
    classroom.judge.says = dict.fromkeys(classroom.judge.says, 20)
    response = await submit(api, exercise, PARAPHRASE)
    dismissed = await appeal(api, response)
    assert (dismissed["upheld"], dismissed["creditsRefunded"]) == (False, 0)
    assert {**dismissed["response"], "appeal": None} == response
    assert dismissed["response"]["appeal"]["creditsCharged"] == 1
    assert await appeal(api, response, reason="E allora?") == dismissed
    assert (await api(LEDGER)).data["viewer"]["credits"] == {"available": 9_998, "held": 0}


async def test_what_cannot_be_appealed_is_refused(api: Api, sign_in: Any, exercise: Exercise) -> None:
    full, failed = await submit(api, exercise, KEY), await submit(api, exercise, "boh")
    for caller, given, code, field in (
        (api, {"responseId": full["id"]}, "CONFLICT", "responseId"),
        (api, {"responseId": "abc"}, "BAD_USER_INPUT", "responseId"),
        (api, {"responseId": global_id("Exercise", exercise.id)}, "BAD_USER_INPUT", "responseId"),
        (api, {"responseId": failed["id"], "reason": "x" * 1_001}, "BAD_USER_INPUT", "reason"),
        (api, {"responseId": failed["id"], "reason": "\0"}, "BAD_USER_INPUT", "reason"),
        (api, {"responseId": global_id("Response", uuid4())}, "NOT_FOUND", None),
        (sign_in(), {"responseId": failed["id"]}, "FORBIDDEN", None),
    ):
        answer = await caller(APPEAL, input=given)
        assert (answer.code, answer.failure.get("field")) == (code, field)


@pytest.mark.parametrize(
    "answer",
    [
        "彼は追放された",
        "Его изгнали враги",
        "נידון לגלות",
        "🙂🙂🙂",
        "ｅｓｉｌｉｏ",
        "ͤ̈̚",
        "\u202eoilise",
        "a" * 10_000,
        "l' " * 3_000,
    ],
)
@pytest.mark.parametrize("kind", ["FILL_GAP", "MULTIPLE_CHOICE", "SINGLE_ANSWER"])
async def test_an_answer_in_any_script_is_graded(api: Api, database: MemoryDatabase, kind: str, answer: str) -> None:
    exercise = an_exercise(await owner_of(api), kind=kind, options=("l'", "il", "lo"))
    await stored_exercises(OpenMemoryUnitOfWork(database), exercise)
    response = await submit(api, exercise, answer)
    assert 0 <= response["score"] < 60
    again = await submit(api, exercise, answer)
    assert again["score"] == response["score"]


async def test_an_answer_that_is_too_long_is_refused_and_opens_nothing(api: Api, exercise: Exercise) -> None:
    id = global_id("Exercise", exercise.id)
    refused = await api(SUBMIT, input={"exerciseId": id, "attemptId": "1", "answer": "x" * 100_000})
    assert (refused.code, refused.failure["limit"], refused.failure["actual"]) == ("BAD_USER_INPUT", 10_000, 100_000)
    assert (await api(SOLUTION, id=id)).data["node"]["solution"] is None


async def test_evidence_says_that_its_source_is_gone(api: Api, database: MemoryDatabase) -> None:
    owner, uow = await owner_of(api), OpenMemoryUnitOfWork(database)
    source, (chunk,) = await a_stored_source(uow, owner, contents=["Ho visto l'amico di Paolo."])
    evidence = Evidence(quote="Ho visto l'amico di Paolo.", start=0, end=26, chunk_id=chunk.id, source_id=source.id)
    exercise = an_exercise(owner, evidence=evidence)
    await stored_exercises(uow, exercise)
    id, source_id = global_id("Exercise", exercise.id), global_id("Source", source.id)
    await submit(api, exercise, "il")
    node = (await api(SOLUTION, id=id)).data["node"]
    assert node["solution"]["evidence"]["source"] == {"id": source_id, "title": source.title}
    await api(DELETE_SOURCE, input={"id": source_id})
    assert (await submit(api, exercise, "l'"))["score"] == 100
    node = (await api(SOLUTION, id=id)).data["node"]
    assert node == {"sources": [], "solution": {"evidence": {"quote": evidence.quote, "chunk": None, "source": None}}}
