"""Who writes, judges and solves: what the settings say. Nothing of it connects."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.mistral import MistralAnswerJudge, MistralExerciseWriter, MistralItemSolver
from adapters.offline.exercise_writer import OfflineExerciseWriter
from application.practice import brief_of
from entrypoints.bootstrap import Container
from entrypoints.settings import Settings, load_settings

KEY = {"mistral_api_key": "k"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def composed(**settings: Any) -> Container:
    databases = {"database_url": "postgresql://nowhere/d", "redis_url": "redis://nowhere/0"}
    return Container(settings=load_settings(env_file=None, **databases, **settings), role="api")


def test_without_a_key_rules_write_and_nobody_judges() -> None:
    container = composed()
    assert isinstance(container.exercise_writer(), OfflineExerciseWriter)
    assert (container.answer_judge(), container.item_solver(), container.language_model()) == (None, None, None)
    assert container.application().practice.language_model is None


def test_with_a_key_mistral_writes_and_judges() -> None:
    container = composed(**KEY, mistral_chat_model="mistral-medium-latest")
    assert isinstance(container.exercise_writer(), MistralExerciseWriter)
    assert isinstance(container.answer_judge(), MistralAnswerJudge)
    assert container.item_solver() is None
    practice = container.application().practice
    assert practice.language_model is container.structured_model()
    assert practice.language_model.name == "mistral-medium-latest"
    assert practice.submit_answer.judge is not None
    assert practice.generate_exercises.write.solver is None


def test_each_can_be_chosen_alone() -> None:
    container = composed(**KEY, chosen_exercise_writer="offline", chosen_answer_judge="off", blind_resolve=True)
    assert isinstance(container.exercise_writer(), OfflineExerciseWriter)
    assert container.answer_judge() is None
    assert isinstance(container.item_solver(), MistralItemSolver)
    practice = container.application().practice
    assert practice.submit_answer.judge is None
    assert isinstance(practice.generate_exercises.write.solver, MistralItemSolver)


def test_more_is_held_where_a_model_writes() -> None:
    ten = brief_of(count=10)
    rules, model = (composed(**given).application().practice.generate_exercises.write for given in ({}, KEY))
    assert rules.estimate(ten) < model.estimate(ten) <= 15
