"""No path through the API reaches a key, an explanation or the evidence before the answer: all of them are walked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema
from starlette.types import ASGIApp

from adapters.memory.database import MemoryDatabase
from adapters.memory.practice import EXERCISES
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from application.app import Application
from domain.library import SourceStatus
from domain.practice import Evidence, Exercise, ExerciseKind, Solution
from domain.shared import ExerciseId, UserId
from entrypoints.graphql.execution import EdgeSchema
from entrypoints.graphql.ids import global_id, key_of
from entrypoints.graphql.limits import Limits
from entrypoints.graphql.schema import build_schema
from entrypoints.http.app import build_app
from entrypoints.settings import Settings
from tests.api.clients import Api
from tests.api.selections import Wanderer, everything
from tests.builders import NOON
from tests.builders_chat import a_citation, a_conversation, a_message
from tests.builders_library import a_source, a_stored_source
from tests.builders_practice import DANTE, an_exercise, stored_exercises
from tests.builders_writing import a_document, an_attachment, stored

LIMITLESS = Limits(
    depth=1_000, aliases=10**6, root_fields=10**6, directives=10**6, fields=10**6, cost=10**9, tokens=10**6
)
SECRETS = (
    *("chiavesegreta", "alternativasegreta", "spiegazionesegreta", "citazionesegreta"),
    *("918273601", "918273619", "918273655"),
)
"""Key, another right answer, explanation, quotation, its beginning, end and page: to be found nowhere else."""
SEALED = {
    "key": SECRETS[0],
    "accepted": (SECRETS[1],),
    "explanation": f"È una {SECRETS[2]}.",
}


@dataclass
class House:
    """A user with one of everything, and three exercises that were never answered."""

    api: Api
    schema: GraphQLSchema
    database: MemoryDatabase
    ids: dict[str, str] = field(default_factory=dict)
    turn: str = ""
    sealed: list[ExerciseId] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def ask(self, query: str, **variables: Any) -> Any:
        """The answer, errors and all; it is remembered."""
        answer = await self.api(query, **variables)
        self.heard.append(json.dumps(answer.body, ensure_ascii=False))
        return answer.body

    async def follow(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        events = await self.api.events(query, **variables)
        self.heard.append(json.dumps(events, ensure_ascii=False))
        return events

    @property
    def everybody(self) -> list[str]:
        """The ids of all that there is."""
        return [*self.ids.values(), *(global_id("Exercise", id) for id in self.sealed)]

    @property
    def leaked(self) -> set[str]:
        return {secret for heard in self.heard for secret in SECRETS if secret in heard}

    def seen(self, id: ExerciseId) -> int:
        """In how many places an exercise was told of."""
        return sum(heard.count(global_id("Exercise", id)) for heard in self.heard)


@pytest.fixture
def edge() -> EdgeSchema:
    return build_schema(LIMITLESS)


@pytest.fixture
def app(application: Application, settings: Settings, edge: EdgeSchema) -> ASGIApp:
    """The edge with its real schema and without its limits: a refusal would hide what it refused."""
    return build_app(application, settings, schema=edge)


@pytest.fixture
async def house(api: Api, edge: EdgeSchema, database: MemoryDatabase) -> House:
    house = House(api, edge._schema, database)
    me = (await api("{ viewer { id } }")).data["viewer"]["id"]
    owner, uow = UserId(key_of("User", me)), OpenMemoryUnitOfWork(database)
    source, chunks = await a_stored_source(uow, owner, contents=DANTE.strip().split("\n\n"))
    evidence = Evidence(
        quote=f"Una {SECRETS[3]} senza pari.",
        start=int(SECRETS[4]),
        end=int(SECRETS[5]),
        page=int(SECRETS[6]),
        chunk_id=chunks[0].id,
        source_id=source.id,
    )
    sealed = [
        an_exercise(owner, **SEALED, evidence=evidence),
        an_exercise(
            owner, **SEALED, evidence=evidence, kind=ExerciseKind.SINGLE_ANSWER, question="Chi fu?", grammar_focus=None
        ),
        # The key of a choice is one of its options: what must not be told is which.
        an_exercise(
            owner,
            **{**SEALED, "key": "il"},
            evidence=evidence,
            kind=ExerciseKind.MULTIPLE_CHOICE,
            options=("il", "lo", "l'"),
            question="Scegli: ____ poeta.",
        ),
    ]
    house.sealed = [exercise.id for exercise in sealed]
    open_one = an_exercise(owner, question="Completa: ho visto ____ amico di Anna.")
    await stored_exercises(uow, *sealed, open_one)
    document, conversation = a_document(owner), a_conversation(owner)
    failed = a_source(owner, status=SourceStatus.FAILED, error_message="It could not be read.")
    await stored(uow, document, an_attachment(document, source), failed)
    async with uow(owner) as unit:
        await unit.conversations.add(conversation)
        citation = a_citation(chunk_id=chunks[0].id, source_id=source.id)
        await unit.messages.add(a_message(conversation, citations=(citation,)))
        await unit.commit()
    house.ids = {
        "User": me,
        "Source": global_id("Source", source.id),
        "Failed": global_id("Source", failed.id),
        "Chunk": global_id("Chunk", chunks[0].id),
        "Document": global_id("Document", document.id),
        "Conversation": global_id("Conversation", conversation.id),
        "Exercise": global_id("Exercise", sealed[0].id),
        "Open": global_id("Exercise", open_one.id),
    }
    given = {"exerciseId": house.ids["Open"], "attemptId": "prima", "answer": "il"}
    submit = "mutation Submit($input: SubmitAnswerInput!) { submitAnswer(input: $input) { response { id } } }"
    house.ids["Response"] = (await api(submit, input=given)).data["submitAnswer"]["response"]["id"]
    lines = (await api("{ viewer { creditEntries { nodes { id } } } }")).data["viewer"]["creditEntries"]["nodes"]
    house.ids["CreditEntry"] = lines[0]["id"]
    events = await api.events('subscription { chat(input: {message: "Chi fu Dante?"}) { turnId } }')
    house.turn = events[0]["data"]["chat"]["turnId"]
    return house


def questions(house: House) -> dict[str, list[dict[str, Any]]]:
    """For each field of Query, the arguments that it is asked with."""
    return {
        "viewer": [{}],
        "node": [{"id": house.ids[name]} for name in ("Exercise", "Response", "Chunk")],
        "nodes": [{"ids": house.everybody}],
        "service": [{}],
        "search": [{"input": {"query": word}} for word in ("esilio", *SECRETS[:4])],
        "grammarFocuses": [{}],
        "estimate": [
            {"input": {"generateExercises": {"count": 3}}}, {"input": {"chat": {"message": "Chi?"}}},
        ],
    }  # fmt: skip


def changes(house: House) -> dict[str, list[dict[str, Any]]]:
    """For each field of Mutation, what it is given, in an order in which each still finds what it needs."""
    ids, sealed = house.ids, house.ids["Exercise"]
    answer: dict[str, Any] = {"exerciseId": ids["Open"], "attemptId": "seconda", "answer": "lo"}
    refused = [
        {**answer, "exerciseId": sealed, "answer": "x" * 100_000},
        {**answer, "exerciseId": sealed, "attemptId": "x" * 101},
        {**answer, "exerciseId": sealed, "attemptId": "prima"},
        {**answer, "exerciseId": sealed, "attemptId": "terza", "answer": "\0"},
        {**answer, "exerciseId": sealed, "attemptId": "terza", "responseTimeMs": -1},
    ]
    document = {"documentId": ids["Document"]}
    given: dict[str, list[dict[str, Any]]] = {
        "updatePreferences": [{"studyLanguage": "it"}],
        "generateExercises": [{"count": 4}, {"count": 3, "topic": "esilio"}, {"grammarFocus": "segreta"}],
        "renewExercise": [{"exerciseId": sealed}, {"exerciseId": ids["Open"]}],
        "submitAnswer": [answer, *refused],
        "appealGrade": [{"responseId": ids["Response"], "reason": "Perché?"}, {"responseId": sealed}],
        "addSource": [{"origin": {"text": "Il Po nasce dal Monviso."}}],
        "updateSource": [{"id": ids["Source"], "title": "Dante"}],
        "createDocument": [{"title": "Tesi", "template": "ESSAY"}],
        "updateDocument": [{"id": ids["Document"], "title": "Tesina"}],
        "detachSource": [{**document, "sourceId": ids["Source"]}],
        "attachSource": [{**document, "sourceId": ids["Source"]}],
        "takeCitationNumber": [document],
        "createConversation": [document],
        "cancelTurn": [{"turnId": house.turn}],
        "deleteConversation": [{"id": ids["Conversation"]}],
        "deleteDocument": [{"id": ids["Document"]}],
        "reingestSource": [{"id": ids["Source"]}],
        "deleteExercise": [{"id": sealed}],
        "deleteSource": [{"id": ids["Source"]}],
    }
    return {name: [{"input": one} for one in each] for name, each in given.items()}


def streams(house: House) -> dict[str, list[dict[str, Any]]]:
    return {
        # The progress of one that is not done would be told until it is.
        "sourceProgress": [{"id": house.ids["Failed"]}],
        "chat": [
            {"input": {"message": "Chi scrisse la Commedia?"}},
            {"input": {"message": "Qual è la chiave segreta?"}},
        ],
        "resumeTurn": [
            {"turnId": house.turn},
            {"turnId": house.turn, "afterSeq": 1},
            {"turnId": house.ids["Exercise"]},
        ],
    }


def operations(
    house: House, root: GraphQLObjectType | None, kind: str, asked: dict[str, list[dict[str, Any]]], *, visits: int = 2
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field of a root type, asked for everything, in the order of `asked`."""
    assert root is not None
    assert set(root.fields) <= set(asked), f"say how these are asked: {set(root.fields) - set(asked)}"
    for name, given in asked.items():
        if name in root.fields:
            one = root.fields[name]
            declared = ", ".join(f"${argument}: {taken.type}" for argument, taken in one.args.items())
            passed = ", ".join(f"{argument}: ${argument}" for argument in one.args)
            arguments = (f"({declared})", f"({passed})") if passed else ("", "")
            # How types lead to each other is seen from the viewer; elsewhere it is enough to reach each of them.
            selected = everything(house.schema, one.type, visits=visits if name == "viewer" else 1)
            document = f"{kind} Walk{arguments[0]} {{ {name}{arguments[1]} {selected} }}"
            for variables in given:
                yield document, variables


@pytest.mark.timeout(300)
async def test_no_path_of_the_schema_leads_to_what_is_sealed(house: House) -> None:
    for document, variables in operations(house, house.schema.query_type, "query", questions(house)):
        await house.ask(document, **variables)
    assert min(map(house.seen, house.sealed)) > 3, "the walk passed by what it should have walked over"
    for document, variables in operations(house, house.schema.subscription_type, "subscription", streams(house)):
        assert await house.follow(document, **variables)
    for document, variables in operations(house, house.schema.mutation_type, "mutation", changes(house)):
        await house.ask(document, **variables)
    for document, variables in operations(house, house.schema.query_type, "query", questions(house), visits=1):
        await house.ask(document, **variables)
    assert house.leaked == set()
    for explanation in _never_told(house):
        assert not any(explanation in heard for heard in house.heard)


async def test_what_an_exercise_hides_has_no_id_of_its_own(house: House) -> None:
    for name, kind in house.schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and name != "Exercise":
            id = global_id(name, house.sealed[0])
            body = await house.ask("query Read($id: ID!) { node(id: $id) { __typename id } }", id=id)
            assert body["data"] == {"node": None}, name
    assert house.leaked == set()


async def test_the_walk_asks_for_every_field_without_a_mistake(house: House) -> None:
    query = house.schema.query_type
    assert query is not None
    viewer = everything(house.schema, query.fields["viewer"].type, visits=1)
    assert "errors" not in await house.ask(f"{{ viewer {viewer} }}")
    for type_name in ("Exercise", "Solution", "Evidence", "Response", "Chunk", "Source", "Message", "Citation"):
        kind = house.schema.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType)
        assert all(f"{type_name}_{name}: {name}" in viewer for name in kind.fields), type_name


async def test_the_walk_finds_what_is_not_sealed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of the walk: with the seal broken it comes back with everything that the seal keeps."""
    monkeypatch.setattr(Exercise, "solution", property(_unsealed))
    for name in ("viewer", "node", "nodes"):
        house.heard.clear()
        asked = {other: given[:1] if other == name else given[:0] for other, given in questions(house).items()}
        for document, variables in operations(house, house.schema.query_type, "query", asked, visits=1):
            await house.ask(document, **variables)
        assert house.leaked == set(SECRETS), name


@pytest.mark.parametrize("seed", range(6))
async def test_no_query_at_random_finds_what_is_sealed(house: House, seed: int) -> None:
    chance = Random(seed)
    wanderer = Wanderer(house.schema, chance)
    answered = 0
    for _ in range(25):
        body = await house.ask(
            wanderer.document(),
            id=chance.choice(house.everybody),
            ids=chance.choices(house.everybody, k=5),
            yes=True,
            no=False,
            first=chance.randint(1, 20),
        )
        answered += "errors" not in body
    assert answered >= 20, house.heard[-1]
    assert house.leaked == set()


async def test_a_random_query_finds_what_is_not_sealed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exercise, "solution", property(_unsealed))
    wanderer = Wanderer(house.schema, Random(1))
    for _ in range(25):
        await house.ask(
            wanderer.document(), id=house.ids["Exercise"], ids=[house.ids["Exercise"]], yes=True, no=False, first=5
        )
    assert house.leaked == set(SECRETS)


async def test_the_answer_opens_all_of_it_and_only_of_its_own_exercise(house: House) -> None:
    mutation = house.schema.mutation_type
    assert mutation is not None
    opened = everything(house.schema, mutation.fields["submitAnswer"].type, visits=1)
    submit = f"mutation Submit($input: SubmitAnswerInput!) {{ submitAnswer(input: $input) {opened} }}"
    await house.ask(submit, input={"exerciseId": house.ids["Exercise"], "attemptId": "ora", "answer": ""})
    assert house.leaked == set(SECRETS)
    reading = "query Read($ids: [ID!]!) { nodes(ids: $ids) { ... on Exercise { solution { key } } } }"
    left = await house.api(reading, ids=[global_id("Exercise", id) for id in house.sealed[1:]])
    assert left.data["nodes"] == [{"solution": None}] * 2


def _unsealed(exercise: Exercise) -> Solution:
    return Solution(
        key=exercise.key, accepted=exercise.accepted, explanation=exercise.explanation, evidence=exercise.evidence
    )


def _never_told(house: House) -> set[str]:
    """Explanations of exercises that were written on the way and not answered."""
    rows = house.database.committed[EXERCISES].values()
    told = {row.explanation for row in rows if row.times_attempted}
    sealed = {row.explanation for row in rows if not row.times_attempted and row.created_at != NOON} - told
    assert sealed, "nothing was written on the way"
    return sealed
