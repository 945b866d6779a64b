"""What can be asked of one sentence, before it is made an exercise of one kind or the other."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.offline.writer.sentences import Sentence, Word
from domain.practice import Difficulty, Draft, ExerciseKind, filled, folded, normalised, seeded_order

CHOICES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`ask` follows "Completa con" or "Scegli"; where there is no gap it is the whole question."""

    sentence: Sentence
    gap: Word | None
    ask: str
    key: str
    explanation: str
    focus: str | None = None
    accepted: tuple[str, ...] = ()
    distractors: tuple[str, ...] = ()
    kinds: frozenset[ExerciseKind] | None = None
    """What it may become; None: all that its gap, and enough wrong options, allow."""

    @property
    def group(self) -> str:
        """What takes turns: the grammar focus, or for content, whether there is a gap."""
        return self.focus or ("questions" if self.gap is None else "words")

    def can_be(self, kind: ExerciseKind) -> bool:
        if self.kinds is not None and kind not in self.kinds:
            return False
        if kind is ExerciseKind.MULTIPLE_CHOICE:
            return len(self.distractors) >= CHOICES - 1
        return (self.gap is None) is (kind is ExerciseKind.SINGLE_ANSWER)

    def question(self, kind: ExerciseKind) -> str:
        if self.gap is None:
            return self.ask
        verb = "Scegli" if kind is ExerciseKind.MULTIPLE_CHOICE else "Completa con"
        return f"{verb} {self.ask}.\n{self.sentence.with_gap(self.gap)}"

    def draft(self, kind: ExerciseKind, difficulty: Difficulty) -> Draft | None:
        """None when the item does not make an exercise of this kind."""
        if not self.can_be(kind):
            return None
        choice = kind is ExerciseKind.MULTIPLE_CHOICE
        question = self.question(kind)
        options: tuple[str, ...] = ()
        if choice:
            wrong = self._distractors()
            if len(wrong) < CHOICES - 1:
                return None
            options = seeded_order(question, (self.key, *wrong))
        return Draft(
            kind=kind,
            difficulty=difficulty,
            language="it",
            question=question,
            key=self.key,
            explanation=self.explanation,
            evidence=self.sentence.quotation,
            accepted=() if choice else self.accepted,
            options=options,
            grammar_focus=self.focus,
        )

    def _distractors(self) -> tuple[str, ...]:
        """The first three that differ from the key and from each other in more than case and accents."""
        chosen: list[str] = []
        taken = {_mark(text) for text in (self.key, *self.accepted)}
        for text in self.distractors:
            written = text[:1].upper() + text[1:] if self.gap and self.gap.is_name else text
            if _mark(written) not in taken:
                taken.add(_mark(written))
                chosen.append(written)
        return tuple(chosen[: CHOICES - 1])


def _mark(text: str) -> str:
    return folded(text) + ("'" if normalised(text).endswith("'") else "")


def fits(item: Item) -> bool:
    """Whether the gap, filled with the key, gives the sentence back, and is no part of what is written together."""
    if item.gap is None:
        return True
    if item.sentence.text[: item.gap.start].endswith(("'", "’")):
        return False
    return filled(item.sentence.with_gap(item.gap), item.key) == filled(item.sentence.text, "")
