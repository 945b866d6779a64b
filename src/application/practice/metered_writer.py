"""A writer of drafts whose work is always metered: by its own figures, by our estimate where it gives none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.practice.ports import ExerciseBrief, ExerciseWriter
from domain.accounts import Usage
from domain.practice import Draft
from domain.shared import Passage, estimate_tokens


@dataclass(frozen=True, slots=True)
class MeteredExerciseWriter:
    """The same drafts, and what they took. Figures of nothing for drafts that were written are none."""

    writer: ExerciseWriter

    def knows(self, language: str) -> bool:
        """Whether it can write in this language (`it`)."""
        return self.writer.knows(language)

    async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> tuple[tuple[Draft, ...], Usage]:
        """As ExerciseWriter. Errors: Unavailable, RateLimited."""
        answer = await self.writer.write(brief, passages)
        if answer.usage is not None and (answer.usage.tokens or not answer.drafts):
            return answer.drafts, answer.usage
        texts = (brief.topic or "", *(passage.text for passage in passages), *map(_text, answer.drafts))
        return answer.drafts, Usage(tokens=sum(map(estimate_tokens, texts)), estimated=True)


def _text(draft: Draft) -> str:
    return "\n".join(
        (draft.question, draft.key, draft.explanation, draft.evidence.quote, *draft.options, *draft.accepted)
    )
