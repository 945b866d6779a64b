"""Practice through GraphQL: real requests, the offline writer, memory below."""

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
from tests.api.clients import Answer, Api
from tests.builders_library import a_stored_source
from tests.builders_practice import DANTE
from tests.classroom import Classroom
from tests.desk import Desk

EXERCISE = """
    id kind difficulty grammarFocus question options timesAttempted averageScore dueAt createdAt sources { id }
    solution { key accepted explanation evidence { quote start end page chunk { id content start } } }
"""
RESPONSE = f"""
    id answer score rubric {{ criterion score maxScore comment }} overallFeedback faults gradedBy confidence
    responseTimeMs nextReviewAt createdAt suggestedReview {{ id }} exercise {{ {EXERCISE} }}
"""
GENERATE = f"""
    mutation Generate($input: GenerateExercisesInput!) {{
      generateExercises(input: $input) {{ creditsCharged rejected {{ gate count }} exercises {{ {EXERCISE} }} }}
    }}
"""
SUBMIT = f"""
    mutation Submit($input: SubmitAnswerInput!) {{
      submitAnswer(input: $input) {{ response {{ {RESPONSE} }} exercise {{ {EXERCISE} }} }}
    }}
"""
DELETE = "mutation Delete($input: DeleteExerciseInput!) { deleteExercise(input: $input) { deletedId } }"
READ = (
    f"query Read($id: ID!) {{ node(id: $id) {{ ... on Exercise {{ {EXERCISE} }} ... on Response {{ {RESPONSE} }} }} }}"
)
VIEWER = f"""
    query Viewer($filter: ExerciseFilter, $first: Int, $after: String) {{ viewer {{
      exercises(filter: $filter, first: $first, after: $after) {{
        totalCount nodes {{ {EXERCISE} }} pageInfo {{ hasNextPage endCursor }}
      }}
      responses {{ totalCount nodes {{ {RESPONSE} }} }}
      dueExercises {{ id }}
      progress {{ answered averageScore dueNow dueToday streakDays byGrammarFocus {{ focus answered averageScore }} }}
    }} }}
"""


@pytest.fixture
def classroom(database: MemoryDatabase) -> Classroom:
    return Classroom(Desk(database=database, clock=utc_now), clock=utc_now)


@pytest.fixture
def application(application: Application, classroom: Classroom) -> Application:
    return replace(application, library=classroom.desk.library, practice=classroom.practice)


async def with_source(api: Api, database: MemoryDatabase) -> str:
    """A source of the user of this API, cut at its paragraphs."""
    me = (await api("{ viewer { id } }")).data["viewer"]["id"]
    owner = UserId(key_of("User", me))
    source, _ = await a_stored_source(OpenMemoryUnitOfWork(database), owner, contents=DANTE.strip().split("\n\n"))
    return global_id("Source", source.id)


@pytest.fixture
async def source(api: Api, database: MemoryDatabase) -> str:
    return await with_source(api, database)


async def generate(api: Api, **wanted: Any) -> list[dict[str, Any]]:
    made = (await api(GENERATE, input={"count": 3, **wanted})).data["generateExercises"]["exercises"]
    exercises: list[dict[str, Any]] = made
    return exercises


async def submit(api: Api, exercise: dict[str, Any], answer: str, attempt: str | None = None) -> Answer:
    return await api(
        SUBMIT,
        input={
            "exerciseId": exercise["id"],
            "attemptId": attempt or uuid4().hex,
            "answer": answer,
            "responseTimeMs": 1500,
        },
    )


async def test_exercises_are_written_with_their_keys_sealed(api: Api, source: str) -> None:
    made = (await api(GENERATE, input={"count": 6, "sourceIds": [source]})).data["generateExercises"]
    assert len(made["exercises"]) == 6
    assert made["creditsCharged"] >= 1
    for exercise in made["exercises"]:
        assert exercise["solution"] is None
        assert exercise["sources"] == [{"id": source}]
        assert (exercise["timesAttempted"], exercise["averageScore"], exercise["dueAt"]) == (0, None, None)
        assert len(exercise["options"]) == (4 if exercise["kind"] == "MULTIPLE_CHOICE" else 0)
    credits = (await api("{ viewer { credits { available held } } }")).data["viewer"]["credits"]
    assert credits == {"available": 10_000 - made["creditsCharged"], "held": 0}


async def test_no_list_and_no_node_shows_a_key_before_the_answer(api: Api, source: str) -> None:
    exercises = await generate(api)
    viewer = (await api(VIEWER)).data["viewer"]
    assert [exercise["solution"] for exercise in viewer["exercises"]["nodes"]] == [None] * 3
    for exercise in exercises:
        assert (await api(READ, id=exercise["id"])).data["node"] == exercise


async def test_an_answer_is_graded_and_opens_the_solution(api: Api, source: str) -> None:
    (exercise, *_) = await generate(api, kinds=["FILL_GAP"], grammarFocus="verbs-tense")
    wrong = (await submit(api, exercise, "boh")).data["submitAnswer"]
    solution = wrong["exercise"]["solution"]
    evidence = solution["evidence"]
    chunk = evidence["chunk"]
    assert wrong["response"]["score"] == 0
    assert wrong["response"]["suggestedReview"] == [{"id": chunk["id"]}]
    assert chunk["content"][evidence["start"] - chunk["start"] :].startswith(evidence["quote"])
    assert solution["key"] in evidence["quote"]
    right = (await submit(api, exercise, solution["key"].upper())).data["submitAnswer"]
    assert right["response"]["score"] == 100
    assert right["response"]["faults"] == []
    assert right["response"]["overallFeedback"] == "Esatto."
    assert (right["response"]["gradedBy"], right["response"]["responseTimeMs"]) == ("RULES", 1500)
    assert sum(line["score"] for line in right["response"]["rubric"]) == 100
    assert (right["exercise"]["timesAttempted"], right["exercise"]["averageScore"]) == (2, 50.0)
    assert right["exercise"]["dueAt"] == right["response"]["nextReviewAt"]
    assert (await api(READ, id=right["response"]["id"])).data["node"] == right["response"]


async def test_one_attempt_is_one_response(api: Api, source: str) -> None:
    first, second, _ = await generate(api)
    one = (await submit(api, first, "", "tentativo")).data["submitAnswer"]["response"]
    again = (await submit(api, first, "altro", "tentativo")).data["submitAnswer"]["response"]
    assert again == one
    assert (one["score"], one["faults"]) == (0, ["EMPTY"])
    assert (await submit(api, second, "altro", "tentativo")).code == "CONFLICT"


async def test_the_viewer_sees_exercises_answers_and_progress(api: Api, source: str) -> None:
    exercises = await generate(api, kinds=["MULTIPLE_CHOICE"], grammarFocus="articles-definite", difficulty="BEGINNER")
    await submit(api, exercises[0], exercises[0]["options"][0])
    viewer = (await api(VIEWER, filter={"answered": True, "kind": "MULTIPLE_CHOICE"})).data["viewer"]
    assert [node["id"] for node in viewer["exercises"]["nodes"]] == [exercises[0]["id"]]
    assert viewer["responses"]["nodes"][0]["exercise"]["id"] == exercises[0]["id"]
    assert viewer["responses"]["totalCount"] == 1
    assert viewer["dueExercises"] == []
    progress = viewer["progress"]
    assert (progress["answered"], progress["dueNow"], progress["streakDays"]) == (1, 0, 1)
    assert progress["byGrammarFocus"] == [
        {"focus": "articles-definite", "answered": 1, "averageScore": progress["averageScore"]}
    ]
    for filter in (
        {"answered": False},
        {"sourceId": source, "answered": False},
        {"difficulty": "BEGINNER", "answered": False},
    ):
        assert (await api(VIEWER, filter=filter)).data["viewer"]["exercises"]["totalCount"] == 2
    assert (await api(VIEWER, filter={"grammarFocus": "verbs-mood"})).data["viewer"]["exercises"]["totalCount"] == 0


async def test_a_filter_that_no_text_can_hold_is_refused_by_name(api: Api) -> None:
    listing = "query List($filter: ExerciseFilter) { viewer { exercises(filter: $filter) { totalCount } } }"
    refused = await api(listing, filter={"grammarFocus": "verbs\0"})
    assert (refused.code, refused.failure["field"]) == ("BAD_USER_INPUT", "grammarFocus")


async def test_exercises_are_paged(api: Api, source: str) -> None:
    made = {exercise["id"] for exercise in await generate(api, count=5)}
    first = (await api(VIEWER, first=3)).data["viewer"]["exercises"]
    rest = (await api(VIEWER, first=3, after=first["pageInfo"]["endCursor"])).data["viewer"]["exercises"]
    assert {node["id"] for node in (*first["nodes"], *rest["nodes"])} == made
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_deleted_exercise_is_gone(api: Api, source: str) -> None:
    (exercise, *_) = await generate(api)
    deleted = (await api(DELETE, input={"id": exercise["id"]})).data["deleteExercise"]
    assert deleted == {"deletedId": exercise["id"]}
    for answer in (
        await api(READ, id=exercise["id"]),
        await api(DELETE, input={"id": exercise["id"]}),
        await submit(api, exercise, "x"),
    ):
        assert answer.code == "NOT_FOUND"


async def test_another_users_exercise_is_forbidden(api: Api, sign_in: Any, source: str) -> None:
    (exercise, *_) = await generate(api)
    other = sign_in()
    for answer in (
        await other(READ, id=exercise["id"]),
        await other(DELETE, input={"id": exercise["id"]}),
        await submit(other, exercise, "x"),
        await other(GENERATE, input={"sourceIds": [source]}),
    ):
        assert answer.code == "FORBIDDEN"


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        ({"count": 0}, "BAD_USER_INPUT", "count"),
        ({"count": 1_000}, "BAD_USER_INPUT", "count"),
        ({"grammarFocus": "verbi"}, "BAD_USER_INPUT", "grammarFocus"),
        ({"topic": "x" * 301}, "BAD_USER_INPUT", "topic"),
        ({"topic": "Dante\0"}, "BAD_USER_INPUT", "topic"),
        ({"topic": "i vulcani dell'Islanda"}, "NOT_FOUND", None),
        ({"sourceIds": ["abc"]}, "BAD_USER_INPUT", "sourceIds"),
        ({"sourceIds": [global_id("Chunk", uuid4())]}, "BAD_USER_INPUT", "sourceIds"),
        ({"sourceIds": [global_id("Source", uuid4())]}, "NOT_FOUND", None),
    ],
)
async def test_what_cannot_be_written_is_refused(
    api: Api, source: str, wanted: dict[str, Any], code: str, field: str | None
) -> None:
    answer = await api(GENERATE, input=wanted)
    assert (answer.code, answer.failure.get("field")) == (code, field)


async def test_without_sources_there_is_nothing_to_practise(api: Api) -> None:
    answer = await api(GENERATE, input={})
    assert (answer.code, answer.failure["reason"]) == ("NOT_FOUND", "empty")
    assert answer.error["message"] == "There is no text to practise with yet: add a source first."


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"answer": "x" * 10_001}, "answer"),
        ({"attemptId": ""}, "attemptId"),
        ({"attemptId": "x" * 101}, "attemptId"),
        ({"responseTimeMs": -5}, "responseTimeMs"),
        ({"exerciseId": "nonsense"}, "exerciseId"),
    ],
)
async def test_what_cannot_be_graded_is_refused(api: Api, source: str, given: dict[str, Any], field: str) -> None:
    (exercise, *_) = await generate(api)
    answer = await api(SUBMIT, input={"exerciseId": exercise["id"], "attemptId": "1", "answer": "x", **given})
    assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", field)


async def test_due_exercises_have_a_limit(api: Api) -> None:
    answer = await api("{ viewer { dueExercises(first: 101) { id } } }")
    assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", "first")


async def test_grammar_focuses_are_told_in_the_readers_language(api: Api) -> None:
    query = "{ grammarFocuses { key label description } }"
    english = (await api(query)).data["grammarFocuses"]
    italian = (await api.post({"query": query}, accept_language="it-IT,it;q=0.9")).data["grammarFocuses"]
    assert [focus["key"] for focus in english] == [focus["key"] for focus in italian]
    assert (english[0]["label"], italian[0]["label"]) == ("Definite articles", "Articoli determinativi")
    assert (await api('{ grammarFocuses(language: "ja") { key } }')).data["grammarFocuses"] == []
    assert (await api('{ grammarFocuses(language: "???") { key } }')).code == "BAD_USER_INPUT"
