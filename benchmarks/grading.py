"""How rules grade: what is forgiven, what is not, and whether the fault named is the right one.

    .venv/bin/python -m benchmarks.grading --edits FILE --variants FILE --gold FILE [--json] [--wrong]

`--gold`: hand-tagged sentences, from which wrong inflections, accent slips and typos are made (`_inflections`,
`_slips`). `--edits`: what learners wrote, with the kind of error (`_learner_edits`). `--variants`: open answers, with
another annotator's (`_answer_variants`). All are JSON lines, gzipped or not. Every answer goes through
`domain.practice.grade` with the product's word lists. `--wrong` prints what went wrong, one answer a line.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._evaluation_data import development_set
from benchmarks._gap_trials import BASELINES, Trial, is_word
from benchmarks._gold_morphology import GoldSentence, gold_sentences
from benchmarks._inflections import attested, conjugated, paradigm_holds
from benchmarks._learner_edits import LearnerEdit, learner_edits
from benchmarks._slips import Slip, accent_slips, typos
from domain.practice import Fault, Grade

_PARADIGM_SAMPLE = 4
"""Of the forms that the paradigm adds, one in so many is tried."""


@dataclass(slots=True)
class Tally:
    """Trials and how many came out as asked (`accepted`), ours and each baseline's; `kinds` splits ours."""

    tried: int = 0
    accepted: int = 0
    baselines: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, list[int]] = field(default_factory=dict)

    def count(self, trial: Trial, accepted: bool) -> None:
        self.tried += 1
        self.accepted += accepted
        kind = self.kinds.setdefault(trial.about, [0, 0])
        kind[0] += accepted
        kind[1] += 1
        self.baselines.update(name for name, accepts in BASELINES.items() if accepts(trial.answer, trial.key))

    @property
    def rate(self) -> float:
        return _rate(self.accepted, self.tried)

    def baseline(self, name: str) -> float:
        return _rate(self.baselines[name], self.tried)


class Grading:
    """Grades trials, keeps the time, and remembers what went wrong."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.graded = 0
        self.slowest = 0.0
        self.wrong: list[str] = []

    def __call__(self, trial: Trial) -> Grade:
        start = time.perf_counter()
        grade = trial.graded()
        took = time.perf_counter() - start
        self.seconds, self.graded, self.slowest = self.seconds + took, self.graded + 1, max(self.slowest, took)
        return grade

    def tally(self, trials: Iterable[Trial], *, wanted: bool, fault: Fault | None = None) -> Tally:
        """How many are accepted, with that fault if one is given; what is not as wanted is remembered."""
        tally = Tally()
        for trial in trials:
            grade = self(trial)
            accepted = grade.passed and (fault is None or fault in grade.faults)
            tally.count(trial, accepted)
            if accepted is not wanted:
                names = " ".join(grade.faults)
                self.wrong.append(f"{trial.about:12} {trial.answer} for {trial.key}: {grade.score} {names}")
        return tally


def measured(gold: Path, edits: Path, variants: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The figures asked for, what lies behind them, and what went wrong."""
    sentences = tuple(gold_sentences(gold))
    Trial("parlava", "parlo").graded()  # loads the word lists
    grading = Grading()
    inflections = grading.tally(attested(sentences), wanted=False)
    paradigm = grading.tally(_every(_PARADIGM_SAMPLE, conjugated(sentences)), wanted=False)
    accents, other_words = _split(accent_slips(sentences))
    forgiven = grading.tally(accents, wanted=True, fault=Fault.ACCENT)
    taken = grading.tally(other_words, wanted=False)
    slips, words = _split(typos(sentences))
    typed = grading.tally(slips, wanted=True, fault=Fault.TYPO)
    typed_words = grading.tally(words, wanted=False)
    ours_to_judge = [trial for trial in slips if not is_word(trial.answer)]
    agreement = _agreement(learner_edits(edits), grading)
    answers = _variants(variants)
    figures = {
        "wrong_inflections_accepted": inflections.rate,
        "accent_slips_accepted": forgiven.rate,
        "typos_accepted": typed.rate,
        "fault_agreement": agreement["rate"],
        "variants_macro_f1": answers.get("macro_f1"),
        "ms_per_answer": round(1000 * grading.seconds / grading.graded, 3),
        "baselines": {
            name: {
                "wrong_inflections_accepted": inflections.baseline(name),
                "accent_slips_accepted": forgiven.baseline(name),
                "accent_slips_to_another_word_accepted": taken.baseline(name),
                "typos_accepted": typed.baseline(name),
                "typos_to_another_word_accepted": typed_words.baseline(name),
                "fault_agreement": 0.0,  # neither names a fault
                "variants_macro_f1": answers.get(_VARIANTS[name]),
            }
            for name in BASELINES
        },
    }
    behind = {
        "inflections": _behind(inflections),
        "paradigm_forms_accepted": _behind(paradigm),
        "paradigm_accuracy": _paradigm(sentences, grading.wrong),
        "accent_slips": _behind(forgiven),
        "accent_slips_to_another_word_accepted": _behind(taken),
        "typos": _behind(typed),
        "typos_to_another_word_accepted": _behind(typed_words),
        "typos_that_the_product_takes_for_words": _rate(len(slips) - len(ours_to_judge), len(slips)),
        "fault_agreement": agreement,
        "slowest_ms": round(1000 * grading.slowest, 2),
        "answers": grading.graded,
    }
    return figures, behind, grading.wrong


_VARIANTS = {"difflib_85": "difflib_macro_f1", "edit_distance_1": "edit_distance_macro_f1"}


def _variants(file: Path) -> dict[str, float]:
    from benchmarks._answer_variants import variants

    return variants(file)


def _split(slips: Iterator[Slip]) -> tuple[list[Trial], list[Trial]]:
    """Slips that make no word, and those that make another one."""
    found = list(slips)
    return [slip.trial for slip in found if not slip.another_word], [slip.trial for slip in found if slip.another_word]


def _agreement(edits: Iterable[LearnerEdit], grading: Grading) -> dict[str, Any]:
    """One of the faults named was annotated (`rate`); and nothing else was named (`nothing_else_named`)."""
    by_letter: dict[str, list[int]] = {}
    wrong: list[str] = grading.wrong
    nothing_else = 0
    for edit in edits:
        grade = grading(edit.trial)
        agrees = bool(edit.admitted & set(grade.faults))
        counts = by_letter.setdefault(edit.code[0], [0, 0])
        counts[0] += agrees
        counts[1] += 1
        nothing_else += agrees and edit.admitted.issuperset(grade.faults)
        if not agrees:
            names = " ".join(grade.faults) or "none"
            wrong.append(f"{edit.code:12} {edit.trial.answer} for {edit.trial.key}: {grade.score} {names}")
    agreed, named = (sum(counts[place] for counts in by_letter.values()) for place in (0, 1))
    return {
        "rate": _rate(agreed, named),
        "nothing_else_named": _rate(nothing_else, named),
        "edits": named,
        "by_first_letter": dict(sorted(by_letter.items())),
    }


def _paradigm(sentences: Sequence[GoldSentence], wrong: list[str]) -> dict[str, Any]:
    found = paradigm_holds(sentences)
    wrong.extend(f"paradigm     {name} ({times})" for name, (holds, times) in sorted(found.items()) if not holds)
    held = sum(times for holds, times in found.values() if holds)
    return {"rate": _rate(held, sum(times for _, times in found.values())), "tokens": sum(t for _, t in found.values())}


def _every(step: int, trials: Iterable[Trial]) -> Iterator[Trial]:
    return (trial for index, trial in enumerate(trials) if index % step == 0)


def _behind(tally: Tally) -> dict[str, Any]:
    return {"rate": tally.rate, "tried": tally.tried, "accepted_of": dict(sorted(tally.kinds.items()))}


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (
        ("edits", "learner_valico_edits.jsonl.gz"),
        ("variants", "sag_it_squad_variants.jsonl.gz"),
        ("gold", "ud_it_gold.jsonl.gz"),
    ):
        file = development_set(default)
        parser.add_argument(f"--{name}", type=Path, default=file, required=file is None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    asked = parser.parse_args()
    figures, behind, wrong = measured(asked.gold, asked.edits, asked.variants)
    if asked.wrong:
        print("\n".join(wrong))
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        _print(figures, behind)


def _print(figures: dict[str, Any], behind: dict[str, Any]) -> None:
    baselines = figures["baselines"]
    print(f"{'':34}{'rules':>9}" + "".join(f"{name:>17}" for name in baselines))
    for name, figure in figures.items():
        if name not in ("baselines", "ms_per_answer"):
            row = "".join(f"{_shown(baselines[peer].get(name)):>17}" for peer in baselines)
            print(f"{name:34}{_shown(figure):>9}{row}")
    print(f"{'ms_per_answer':34}{figures['ms_per_answer']:>9}")
    for name, detail in behind.items():
        print(f"{name}: {json.dumps(detail, ensure_ascii=False)}")


def _shown(figure: float | None) -> str:
    return "—" if figure is None else f"{figure:.4f}"


if __name__ == "__main__":
    main()
