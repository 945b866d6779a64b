"""Questions to a user's chunks, with the answer that every vector store should give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks._filled_table import Tenant
from benchmarks._italian_like import ItalianLike
from benchmarks._vectors import SyntheticVectors, nearest

NEAREST = 10


@dataclass(frozen=True, slots=True)
class Question:
    """`number` is its row in the file of questions; `nearest` are the ten rows of the file of vectors to be found."""

    number: int
    user: Tenant
    on_topic: bool
    text: str
    vector: list[float]
    nearest: frozenset[int]


def questions_to(
    asked: Sequence[Tenant], users: Sequence[Tenant], vectors: NDArray[np.float16], *, seed: int, each: int
) -> list[Question]:
    """For each user that is asked `each` about one of the user's chunks and, by turns, `each` about somebody else's."""
    made, texts = SyntheticVectors(seed), ItalianLike(seed)
    chance = np.random.default_rng([seed, 6])
    questions: list[Question] = []
    for user in asked:
        strangers = [other for other in users if other is not user]
        kinds = [at % 2 == 0 for at in range(2 * each)]
        about = [user if on_topic else strangers[chance.integers(0, len(strangers))] for on_topic in kinds]
        sources = [one.sources[chance.integers(0, len(one.sources))] for one in about]
        places = [int(chance.integers(0, source.chunks)) for source in sources]
        near = vectors[[source.first + place for source, place in zip(sources, places, strict=True)]]
        wanted = made.questions(near.astype(np.float32), number=user.number)
        truth = nearest(vectors[user.first : user.first + user.chunks], wanted, count=NEAREST)
        for at, on_topic in enumerate(kinds):
            passage = texts.passages(sources[at].number, sources[at].chunks)[places[at]]
            number = len(questions)
            questions.append(
                Question(
                    number=number,
                    user=user,
                    on_topic=on_topic,
                    text=texts.question(passage, number=number),
                    vector=wanted[at].tolist(),
                    nearest=frozenset(user.first + row for row in truth[at]),
                )
            )
    return questions
