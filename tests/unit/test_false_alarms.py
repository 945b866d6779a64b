"""What the offline writer makes of texts of ours, before it has judged it itself: the gates must not be too strict."""

from __future__ import annotations

from collections import Counter

from adapters.offline.exercise_writer import OfflineExerciseWriter
from domain.practice import Context, Difficulty, ExerciseKind, judge
from tests.builders_practice import TEXTS, paragraphs
from tests.classroom import LEXICON


def test_what_the_offline_writer_makes_of_our_texts_gives_no_false_alarm() -> None:
    """Raw items, which the writer has not judged itself. A gate that turns many away is wrong, or the writer is."""
    writer = OfflineExerciseWriter(LEXICON)
    judged, rejected = Counter[bool](), Counter[str]()
    for number, text in enumerate(TEXTS, start=1):
        passages = paragraphs(text, number=number)
        setting = writer.setting(passages)
        for sentence in writer.sentences(passages):
            for item in (*writer.items(sentence), *writer.content_items(sentence, setting)):
                for kind in ExerciseKind:
                    draft = item.draft(kind, Difficulty.BEGINNER)
                    if draft is not None:
                        judged[draft.grammar_focus is None] += 1
                        rejection = judge(draft, Context(passages=passages))
                        rejected.update([rejection.gate] if rejection else [])
    assert judged[False] >= 300
    assert judged[True] >= 20
    assert rejected.total() <= 0.03 * judged.total(), rejected
