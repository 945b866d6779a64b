"""GraphQL over HTTP: who may ask, how it may be asked, and with what the answer comes back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.types import ASGIApp, Message
from structlog.testing import capture_logs

from adapters.development_issuer import ISSUER, DevelopmentIssuer
from adapters.system import utc_now
from application.app import Application
from entrypoints.graphql import graphiql
from entrypoints.graphql.schema import build_schema
from entrypoints.http.app import build_app
from entrypoints.settings import Settings, load_settings
from tests.api.clients import Api

GRAPHQL = "application/graphql-response+json"


def claims(**changes: Any) -> dict[str, Any]:
    now = int(utc_now().timestamp())
    return {
        "iss": ISSUER,
        "sub": "user_1",
        "sid": "s",
        "iat": now,
        "nbf": now,
        "exp": now + 60,
        "sts": "active",
        **changes,
    }


def unsigned(algorithm: str) -> str:
    parts = ({"alg": algorithm, "typ": "JWT", "kid": "x"}, claims())
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


# --- tokens -----------------------------------------------------------------------------------------------------------


async def test_without_a_token_the_whole_answer_is_401(stranger: Api) -> None:
    answer = await stranger("{ viewer { id } }")
    assert answer.status == 401
    assert answer.failure == {"code": "UNAUTHENTICATED", "reason": "missing"}
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "data" not in answer.body


async def test_introspection_too_needs_a_token(stranger: Api) -> None:
    assert (await stranger("{ __schema { queryType { name } } }")).status == 401


async def test_an_expired_token_is_401_with_its_reason(app: ASGIApp, issuer: DevelopmentIssuer) -> None:
    answer = await Api(app, issuer.mint("user_1", timedelta(seconds=-1)))("{ viewer { id } }")
    assert (answer.status, answer.failure["reason"]) == (401, "expired")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_an_unsigned_token_is_401(app: ASGIApp, algorithm: str) -> None:
    answer = await Api(app, unsigned(algorithm))("{ viewer { id } }")
    assert (answer.status, answer.failure["reason"]) == (401, "algorithm")


async def test_a_token_of_another_key_is_401(app: ASGIApp, tmp_path: Path) -> None:
    forger = DevelopmentIssuer(tmp_path / "forger", clock=utc_now)
    answer = await Api(app, forger.mint("user_1", timedelta(minutes=1)))("{ viewer { id } }")
    assert (answer.status, answer.failure["reason"]) == (401, "signature")


async def test_a_token_of_another_issuer_is_401(app: ASGIApp, issuer: DevelopmentIssuer) -> None:
    header = jwt.get_unverified_header(issuer.mint("user_1", timedelta(minutes=1)))
    token = jwt.encode(claims(iss="https://elsewhere.example"), issuer._private, algorithm="RS256", headers=header)
    answer = await Api(app, token)("{ viewer { id } }")
    assert (answer.status, answer.failure["reason"]) == (401, "issuer")


async def test_another_scheme_than_bearer_is_401(stranger: Api) -> None:
    answer = await stranger.request("POST", content=b"{}", authorization="Basic YTpi", content_type="application/json")
    assert (answer.status, answer.failure["reason"]) == (401, "scheme")


async def test_the_first_valid_token_makes_the_user(api: Api) -> None:
    query = """{ viewer { credits { available held monthlyAllowance }
        creditEntries { totalCount nodes { operation cost } } } }"""
    for _ in range(2):
        viewer = (await api(query)).data["viewer"]
        assert viewer["credits"] == {"available": 10_000, "held": 0, "monthlyAllowance": 10_000}
        assert viewer["creditEntries"] == {"totalCount": 1, "nodes": [{"operation": "GRANT", "cost": -10_000}]}


# --- the request ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"5",
        b'"x"',
        b"null",
        b"[]",
        b'[{"query": "{ service { version } }"}]',
        b"{",
        b"",
        b"\xff\xfe",
        b"[" * 90_000,
        b'{"query":' + b"[" * 5_000,
        b'{"query": 5}',
        b'{"query": ""}',
        b"{}",
        b'{"query": "{ service { version } }", "variables": [1]}',
        b'{"query": "{ service { version } }", "operationName": 5}',
        b'{"query": "{ service { version } }", "extensions": "x"}',
    ],
)
async def test_a_body_that_is_no_request_is_400(api: Api, body: bytes) -> None:
    answer = await api.post(body)
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")


async def test_get_answers_queries(api: Api) -> None:
    answer = await api.request("GET", '/graphql?query=query($t:String!){echo(text:$t)}&variables={"t":"ciao"}')
    assert answer.data == {"echo": "ciao"}


async def test_get_does_not_mutate(api: Api) -> None:
    query = "mutation { updatePreferences(input: {}) { preferences { studyLanguage } } }"
    answer = await api.request("GET", f"/graphql?query={query}")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_405(api: Api, method: str) -> None:
    answer = await api.request(method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
)
async def test_other_content_types_are_415(api: Api, content_type: str) -> None:
    answer = await api.post({"query": "{ service { version } }"}, content_type=content_type)
    assert answer.status == 415


async def test_what_we_cannot_answer_with_is_406(api: Api) -> None:
    assert (await api.post({"query": "{ service { version } }"}, accept="application/xml")).status == 406


async def test_a_subscription_over_plain_http_is_406(api: Api) -> None:
    answer = await api("subscription { ticks(count: 1) { number } }")
    assert answer.status == 406
    assert "text/event-stream" in answer.error["message"]


async def test_a_body_that_is_too_large_is_413_with_its_size(api: Api) -> None:
    answer = await api("query($t: String!) { echo(text: $t) }", t="x" * 1_000_000)
    assert (answer.status, answer.code) == (413, "BAD_USER_INPUT")
    assert (answer.failure["limit"], answer.failure["actual"] > 1_000_000) == (1_000_000, True)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"application/json;q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.1, application/json", "application/json"),
        (f"{GRAPHQL}, application/json", GRAPHQL),
    ],
)
async def test_the_media_type_is_the_one_asked_for(api: Api, accept: str | None, media_type: str) -> None:
    answer = await api.post({"query": "{ service { version } }"}, **({"accept": accept} if accept else {}))
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ echo(text: 5) }", "query($t: String!) { echo(text: $t) }"])
async def test_a_document_that_does_not_fit_is_told_by_the_status_to_who_asks_for_it(api: Api, query: str) -> None:
    told = await api.post({"query": query}, accept=GRAPHQL)
    assert (told.status, told.code, "data" in told.body) == (400, "BAD_USER_INPUT", False)
    assert (await api.post({"query": query}, accept="application/json")).status == 200


async def test_two_operations_without_a_name_are_refused(api: Api) -> None:
    document = 'query A { service { version } } query B { echo(text: "b") }'
    answer = await api.post({"query": document}, accept=GRAPHQL)
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")
    assert "operationName" in answer.error["message"]
    assert (await api.post({"query": document, "operationName": "B"})).data == {"echo": "b"}
    assert (await api.post({"query": document, "operationName": "C"})).code == "BAD_USER_INPUT"


# --- uploads ----------------------------------------------------------------------------------------------------------

MEASURE = "mutation($file: Upload!) { measure(file: $file) }"


async def test_a_file_arrives(api: Api) -> None:
    answer = await api.upload(MEASURE, files={"variables.file": ("a.bin", b"\x00\xff" * 500)}, file=None)
    assert answer.data == {"measure": 1_000}


async def test_a_file_arrives_in_one_branch_of_an_input(api: Api) -> None:
    query = "mutation($input: MeasureOriginInput!) { measureOrigin(input: $input) }"
    path = "variables.input.origin.file"
    answer = await api.upload(query, files={path: ("a", b"12345")}, input={"origin": {"file": None}})
    assert answer.data == {"measureOrigin": 5}
    assert (await api(query, input={"origin": {"text": "1234"}})).data == {"measureOrigin": 4}
    for bad in ({}, {"text": "a", "file": None}, {"text": None}, {"file": "a"}):
        assert (await api(query, input={"origin": bad})).code == "BAD_USER_INPUT"


async def test_an_upload_without_a_token_is_401(stranger: Api) -> None:
    assert (await stranger.upload(MEASURE, files={"variables.file": ("a", b"x")}, file=None)).status == 401


@pytest.mark.parametrize("size", [100_001, 3_000_000, 6_000_000])
async def test_a_file_that_is_too_large_is_413_with_limit_and_size(api: Api, size: int) -> None:
    answer = await api.upload(MEASURE, files={"variables.file": ("a.bin", b"x" * size)}, file=None)
    assert (answer.status, answer.code) == (413, "BAD_USER_INPUT")
    assert (answer.failure["field"], answer.failure["limit"]) == ("file", 100_000)
    assert size <= answer.failure["actual"] < size + 1_000


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"operations": "{"},
        {"operations": "5", "map": "{}"},
        {"operations": "[]", "map": "{}"},
        {"operations": "{}", "map": "[]"},
        {"operations": json.dumps({"query": MEASURE, "variables": {"file": None}}), "map": '{"1": ["variables.file"]}'},
        {"operations": json.dumps({"query": MEASURE, "variables": {"file": None}}), "map": '{"0": "variables.file"}'},
        {
            "operations": json.dumps({"query": MEASURE, "variables": {"file": None}}),
            "map": '{"0": ["variables.other"]}',
        },
        {
            "operations": json.dumps({"query": MEASURE, "variables": {"file": None}}),
            "map": '{"0": ["variables.file.x"]}',
        },
        {"operations": json.dumps({"query": MEASURE, "variables": {"file": []}}), "map": '{"0": ["variables.file.0"]}'},
        {"operations": json.dumps({"query": MEASURE, "variables": {"file": "x"}}), "map": '{"0": ["variables.file"]}'},
        {"operations": json.dumps({"query": None, "variables": {"file": None}}), "map": '{"0": ["query"]}'},
    ],
)
async def test_a_malformed_multipart_request_is_400(api: Api, form: dict[str, str]) -> None:
    answer = await api.multipart(form, {"0": ("a.bin", b"x")})
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")


async def test_a_refusal_quotes_only_the_beginning_of_a_path(api: Api) -> None:
    form = {"operations": json.dumps({"query": MEASURE}), "map": json.dumps({"0": ["x" * 10_000]})}
    assert len((await api.multipart(form, {"0": ("a.bin", b"x")})).error["message"]) < 200


async def test_who_leaves_in_the_middle_of_a_request_is_no_fault_of_ours(api: Api) -> None:
    sent: list[Message] = []
    heard: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return heard.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {api.token}".encode()),
            (b"content-type", b"application/json"),
        ],
        "state": {},
    }
    with capture_logs() as logs:
        await api.app(scope, receive, send)
    assert sent == []
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_multipart_body_that_is_none_is_400(api: Api) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        assert (await api.post(b"\r\nnonsense", content_type=content_type)).status == 400


async def test_a_string_is_no_file(api: Api) -> None:
    answer = await api(MEASURE, file="a.pdf")
    assert answer.code == "BAD_USER_INPUT"


# --- around it --------------------------------------------------------------------------------------------------------


async def test_the_page_for_people_is_whole_in_itself(stranger: Api) -> None:
    page = await stranger.request("GET", accept="text/html,*/*;q=0.8")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.body.replace("http-equiv", "")


async def test_production_shows_no_page(application: Application, tmp_path: Path) -> None:
    settings = load_settings(
        env_file=None,
        data_dir=tmp_path,
        environment="production",
        allow_development_issuer=True,
        allow_offline_model=True,
    )
    api = Api(build_app(application, settings))
    assert (await api.request("GET", accept="text/html,*/*;q=0.8")).status == 401


async def test_a_request_id_is_kept_or_made(api: Api) -> None:
    assert (await api.post(b"5", x_request_id="mine-1")).headers["x-request-id"] == "mine-1"
    made = (await api.post(b"5", x_request_id="bad id\x01")).headers["x-request-id"]
    assert len(made) == 32


async def test_only_pages_of_allowed_origins_may_call(api: Api) -> None:
    for origin, allowed in (("https://app.example", True), ("https://evil.example", False)):
        answer = await api.post({"query": "{ service { version } }"}, origin=origin)
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


async def test_browsers_are_told_to_be_careful(api: Api) -> None:
    answer = await api("{ service { version } }")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


class Flaky:
    """A dependency that is up, down, or broken."""

    def __init__(self, name: str, fault: Exception | None = None) -> None:
        self.name = name
        self._fault = fault

    async def check(self) -> None:
        if self._fault:
            raise self._fault


async def test_ready_names_what_is_down(application: Application, settings: Settings) -> None:
    from dataclasses import replace

    from domain.shared import Unavailable

    assert (await Api(build_app(application, settings)).request("GET", "/readyz")).status == 200
    flaky = (Flaky("postgres"), Flaky("redis", Unavailable("gone")), Flaky("store", RuntimeError("odd")))
    down = await Api(build_app(replace(application, dependencies=flaky), settings)).request("GET", "/readyz")
    assert (down.status, down.headers["retry-after"]) == (503, "5")
    assert down.body == {"ready": False, "dependencies": {"postgres": "up", "redis": "down", "store": "down"}}


async def test_alive_needs_nothing(stranger: Api) -> None:
    assert (await stranger.request("GET", "/healthz")).status == 200


async def test_a_user_never_shares_an_account_with_another(sign_in: Callable[[], Api]) -> None:
    ids = {(await sign_in()("{ viewer { id } }")).data["viewer"]["id"] for _ in range(3)}
    assert len(ids) == 3


def test_the_examples_of_the_page_fit_the_schema() -> None:
    page = (Path(graphiql.__file__).parent / "graphiql.html").read_text(encoding="utf-8")
    examples = re.findall(r'\[(?:`([^`]+)`|"((?:[^"\\]|\\.)+)"), \{', page[page.index("const examples") :])
    schema = build_schema()
    assert len(examples) >= 8
    for template, quoted in examples:
        assert schema.documents.prepare(template or json.loads(f'"{quoted}"')).errors == ()
