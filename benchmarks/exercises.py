"""What the offline writer asks, held against words tagged by hand, beside blanking every word that a list has.

    .venv/bin/python -m benchmarks.exercises --gold FILE [--whole N] [--sample N] [--json] [--wrong]

Each gold sentence becomes a passage; `--whole N` makes one passage of every N sentences instead. An item is usable when
one of the exercises that can be made of it passes every gate. What counts as right is said in `_gold_morphology`. The
baseline takes any word of the closed list (for a verb, any word that can be read as a finite form, its first reading).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.offline.writer.items import Item
from benchmarks._evaluation_data import development_set
from benchmarks._gold_morphology import GoldSentence, GoldWord, gold_sentences, is_right
from benchmarks._word_list_blanking import BLANKED, blanked
from domain.practice import Context, Difficulty, ExerciseKind, judge
from domain.shared import ChunkId, Passage, SourceId

_QUESTIONS = "questions"


@dataclass(slots=True)
class Tally:
    """What was offered on one focus; questions on facts have no gap, and are not judged right or wrong here."""

    items: int = 0
    right: int = 0
    usable: int = 0

    @property
    def precision(self) -> float:
        return round(self.right / self.items, 4) if self.items else 0.0


@dataclass(slots=True)
class Results:
    sentences: int = 0
    standing_alone: int = 0
    with_items: int = 0
    seconds: float = 0.0
    by_focus: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    rejected: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    baseline: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def as_json(self) -> dict[str, Any]:
        """`usable_per_100_sentences` counts items, over all sentences; questions on facts are only counted."""
        return {
            "by_focus": {
                focus: {
                    "items": tally.items,
                    "precision": tally.precision,
                    "usable_per_100_sentences": self._per_100(tally.usable),
                }
                for focus, tally in sorted(self.by_focus.items())
                if focus != _QUESTIONS
            },
            "questions": {
                "items": self.by_focus[_QUESTIONS].items,
                "usable_per_100_sentences": self._per_100(self.by_focus[_QUESTIONS].usable),
            },
            "usable_per_100_sentences": self._per_100(sum(tally.usable for tally in self.by_focus.values())),
            "rejected": dict(self.rejected.most_common()),
            "sentences": self.sentences,
            "standing_alone": self.standing_alone,
            "with_items": self.with_items,
            "sentences_per_second": round(self.sentences / self.seconds) if self.seconds else 0,
            "baseline": {
                focus: {"items": tally.items, "precision": tally.precision}
                for focus, tally in sorted(self.baseline.items())
            },
        }

    def _per_100(self, count: int) -> float:
        return round(100 * count / self.sentences, 1) if self.sentences else 0.0


def main() -> None:
    options = _options()
    if options.gold is None:
        print("exercises: left out, the evaluation data is not on this machine; name --gold")
        return
    gold = list(gold_sentences(options.gold))
    if options.sample:
        gold = gold[:: max(1, len(gold) // options.sample)]
    results = measured(gold, whole=options.whole)
    if options.json:
        print(json.dumps(results.as_json(), ensure_ascii=False))
    else:
        print(_table(results))
    if options.wrong:
        print(*results.wrong, sep="\n", file=sys.stderr)


def measured(gold: Sequence[GoldSentence], *, whole: int = 1) -> Results:
    """Every item that the product's writer finds in the passages made of `whole` sentences each."""
    writer = OfflineExerciseWriter(OfflineLexicon())
    writer.is_word("parola")  # the word lists are loaded before the clock starts
    results = Results(sentences=len(gold))
    for number in range(0, len(gold), whole):
        passage, words = _passage(gold[number : number + whole], number)
        context = Context(passages=(passage,))
        started = time.perf_counter()
        setting = writer.setting([passage])
        sentences = [
            (sentence, [*writer.items(sentence), *writer.content_items(sentence, setting)])
            for sentence in writer.sentences([passage])
        ]
        results.seconds += time.perf_counter() - started
        results.standing_alone += len(sentences)
        results.with_items += sum(bool(items) for _, items in sentences)
        for item in (item for _, items in sentences for item in items):
            _count(item, words, context, results)
    for sentence in gold:
        for word in sentence.words:
            for focus in BLANKED:
                if (right := blanked(focus, word, is_word=writer.is_word)) is not None:
                    results.baseline[focus].items += 1
                    results.baseline[focus].right += right
    return results


def _count(item: Item, words: dict[int, GoldWord], context: Context, results: Results) -> None:
    tally = results.by_focus[item.focus or ("cloze" if item.gap else _QUESTIONS)]
    tally.items += 1
    tally.usable += _is_usable(item, context, results.rejected)
    if item.gap is not None:
        word = words.get(item.sentence.start + item.gap.start)
        if is_right(item, word):
            tally.right += 1
        else:
            gold = (
                (word.text, word.kind, word.lemma, "|".join(f"{k}={v}" for k, v in word.feats.items())) if word else ""
            )
            results.wrong.append(
                f"{item.focus}: {item.ask} [{item.key}] {gold}\n    {item.sentence.with_gap(item.gap)}"
            )


def _is_usable(item: Item, context: Context, rejected: Counter[str]) -> bool:
    """Whether one of its exercises passes every gate; the gates of those that do not are counted."""
    usable = False
    for kind in ExerciseKind:
        draft = item.draft(kind, Difficulty.INTERMEDIATE)
        if draft is not None:
            rejection = judge(draft, context)
            usable = usable or rejection is None
            if rejection is not None:
                rejected[rejection.gate] += 1
    return usable


def _passage(sentences: Iterable[GoldSentence], number: int) -> tuple[Passage, dict[int, GoldWord]]:
    """The sentences one after the other, and every gold word by its place in the passage."""
    text, words = "", {}
    for sentence in sentences:
        text += " " if text else ""
        words.update({len(text) + word.start: word for word in sentence.words})
        text += sentence.text
    id = UUID(int=number + 1)
    passage = Passage(chunk_id=ChunkId(id), source_id=SourceId(id), text=text, start=0, end=len(text), language="it")
    return passage, words


def _table(results: Results) -> str:
    return "\n".join(_rows(results.as_json()))


def _rows(found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['sentences']:,} sentences"
    yield f"{found['standing_alone']:,} stand alone, {found['with_items']:,} of them give items"
    yield f"{found['sentences_per_second']:,} sentences a second"
    yield "| focus | items | precision | usable per 100 sentences | word list: items | precision |"
    yield "|---|---:|---:|---:|---:|---:|"
    for focus, row in found["by_focus"].items():
        peer = found["baseline"].get(focus, {"items": "", "precision": None})
        yield (
            f"| {focus} | {row['items']} | {row['precision']:.3f} | {row['usable_per_100_sentences']} "
            f"| {peer['items']} | {_shown(peer['precision'])} |"
        )
    questions = found["questions"]
    yield f"| questions | {questions['items']} | | {questions['usable_per_100_sentences']} | | |"
    yield f"| all | | | {found['usable_per_100_sentences']} | | |"
    yield f"Turned away by a gate: {found['rejected'] or 'none'}"


def _shown(precision: float | None) -> str:
    return "" if precision is None else f"{precision:.3f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gold", type=Path, default=development_set("ud_it_gold.jsonl.gz"))
    parser.add_argument("--whole", type=int, default=1, metavar="N", help="sentences in one passage")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="about so many sentences, evenly spread")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="print what was asked wrongly, to stderr")
    return parser.parse_args()


if __name__ == "__main__":
    main()
