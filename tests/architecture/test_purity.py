"""The core imports the standard library and itself, nothing else: no clock, no chance, no framework."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

DOMAIN_STANDARD_LIBRARY = {
    "__future__", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "functools", "hashlib",
    "ipaddress", "itertools", "math", "operator", "re", "string", "types", "typing", "unicodedata", "urllib", "uuid",
}  # fmt: skip
PURE_PARTS = {"urllib": {"urllib.parse"}}
"""Of packages that also do I/O, the modules that do not."""
APPLICATION_STANDARD_LIBRARY = DOMAIN_STANDARD_LIBRARY | {"asyncio", "contextlib", "json", "logging", "pathlib"}
ASKING_THE_TIME = {"now", "utcnow", "today", "uuid1", "uuid4", "uuid7"}


def files(package: str) -> list[Path]:
    return sorted((SRC / package).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def offences(package: str, allowed: set[str]) -> list[str]:
    return [
        f"{path.relative_to(SRC)} imports {name}"
        for path in files(package)
        for name in imported(ast.parse(path.read_text()))
        if not permitted(name, allowed)
    ]


def permitted(name: str, allowed: set[str]) -> bool:
    package = name.split(".", maxsplit=1)[0]
    return package in allowed and name in PURE_PARTS.get(package, {name})


def test_the_domain_imports_only_itself_and_the_listed_standard_library() -> None:
    assert offences("domain", DOMAIN_STANDARD_LIBRARY | {"domain"}) == []


def test_the_application_imports_only_the_core_and_the_listed_standard_library() -> None:
    assert offences("application", APPLICATION_STANDARD_LIBRARY | {"domain", "application"}) == []


def test_the_lists_above_name_only_the_standard_library() -> None:
    assert sys.stdlib_module_names >= APPLICATION_STANDARD_LIBRARY


@pytest.mark.parametrize("package", ["domain", "application"])
def test_the_core_never_asks_for_the_time_or_draws_an_id(package: str) -> None:
    found = [
        f"{path.relative_to(SRC)}:{node.lineno} calls {node.func.attr}"
        for path in files(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING_THE_TIME
    ]
    assert found == []


def test_the_domain_is_not_async() -> None:
    found = [
        f"{path.relative_to(SRC)}:{node.lineno}"
        for path in files("domain")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]
    assert found == []


def test_the_guard_sees_a_forbidden_import() -> None:
    assert "sqlalchemy" in set(imported(ast.parse("from sqlalchemy import text")))


@pytest.mark.parametrize(
    ("statement", "pure"),
    [
        ("from urllib.parse import urlsplit", True),
        ("import urllib.parse", True),
        ("from urllib.request import urlopen", False),
        ("from urllib import request", False),
        ("import urllib", False),
    ],
)
def test_of_urllib_only_the_parser_is_pure(statement: str, pure: bool) -> None:
    names = imported(ast.parse(statement))
    assert all(permitted(name, DOMAIN_STANDARD_LIBRARY) for name in names) is pure


def test_contexts_are_entered_by_their_door() -> None:
    """From outside a context one imports `domain.practice`, never `domain.practice.exercise`."""
    found = []
    for path in sorted(SRC.rglob("*.py")):
        inside = path.relative_to(SRC).parts
        for name in imported(ast.parse(path.read_text())):
            parts = name.split(".")
            if parts[0] == "domain" and len(parts) > 2 and inside[:2] != ("domain", parts[1]):
                found.append(f"{path.relative_to(SRC)} imports {name}")
    assert found == []


def test_only_the_composition_root_knows_the_container() -> None:
    found = [
        str(path.relative_to(SRC))
        for path in sorted(SRC.rglob("*.py"))
        if any(name.split(".")[0] == "dependency_injector" for name in imported(ast.parse(path.read_text())))
    ]
    assert {str(Path(path).parent) for path in found} <= {"entrypoints/bootstrap"}


def test_our_own_ports_are_never_mocked() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "wire" not in path.parts
        and any(name.startswith("unittest.mock") for name in imported(ast.parse(path.read_text())))
    ]
    assert found == []
