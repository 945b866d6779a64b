"""Asking a model for exercises: from which passages, in what shape, and what makes one good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.prompting.drafts import WrittenExercises, drafts_in
from adapters.prompting.exercise_examples import EXAMPLES
from adapters.prompting.fence import Data, fenced
from adapters.prompting.prompt import Prompt, schema_of
from application.practice.ports import FailedDraft
from domain.practice import Difficulty, Draft, ExerciseKind, focuses_of
from domain.shared import Passage

LANGUAGES: Final[Mapping[str, str]] = {
    "it": "Italian",
    "en": "English",
    "fr": "French",
    "de": "German",
    "es": "Spanish",
    "pt": "Portuguese",
}
"""What exercises can be written in, and the English names."""

_LONGEST_PASSAGE = 1_600
"""Characters; chunks are shorter."""
_TOKENS_PER_EXERCISE, _TOKENS_AROUND = 450, 300

_TEMPERATURE, _TEMPERATURE_AGAIN = 0.2, 0.5
"""The same passages again are to give other exercises."""

_LEVELS = {
    Difficulty.BEGINNER: "CEFR A1-A2: short sentences, frequent words, the most basic forms",
    Difficulty.INTERMEDIATE: "CEFR B1-B2: ordinary sentences, less frequent words, the usual tenses",
    Difficulty.ADVANCED: "CEFR C1-C2: long sentences, rare words, fine distinctions",
}
_KINDS = {
    ExerciseKind.FILL_GAP: (
        "FILL_GAP: a gapped sentence; the student types the answer (1 to 5 words), so `ask` must leave one right "
        "filler: it says what the focus wants or, for a word of meaning, a definition of it or its first letter in "
        "guillemets («r»). No distractors."
    ),
    ExerciseKind.MULTIPLE_CHOICE: (
        "MULTIPLE_CHOICE: a gapped sentence or a question, with exactly three distractors. On meaning, `ask` says that "
        "the text decides («secondo il testo»)."
    ),
    ExerciseKind.SINGLE_ANSWER: (
        "SINGLE_ANSWER: one question on what the passage says, with one question mark, answered in 1 to 12 words; "
        "`sentence` is empty. No distractors. `accepted` lists other right wordings of the answer."
    ),
}
_ASKING = {
    "articles-definite": (
        "`ask` says «articolo determinativo» (and singolare or plurale, maschile or femminile, where the noun does not "
        "show it); the answer is one of il lo la l' i gli le"
    ),
    "articles-indefinite": "`ask` says «articolo indeterminativo»; the answer is one of un uno una un'",
    "prepositions-simple": (
        "`ask` says «preposizione semplice»; the answer is one of di a da in con su per tra fra, where a verb or a set "
        "phrase next to the gap allows no other; `explanation` names that word; tra and fra accept each other"
    ),
    "prepositions-articulated": (
        "`ask` names the bare preposition in guillemets («di» + articolo determinativo); the answer is preposition and "
        "article in one word"
    ),
    "pronouns-clitic": "`ask` gives in guillemets the verb that the pronoun belongs to; it is mi ti si ci or vi",
    "verbs-tense": (
        "`ask` gives the infinitive in guillemets, the person, and one of: presente indicativo, imperfetto indicativo, "
        "passato remoto, futuro semplice; the answer is one word; distractors are other forms of the same verb"
    ),
    "verbs-mood": (
        "`ask` gives the infinitive in guillemets, the person, and one of: condizionale presente, congiuntivo "
        "presente, congiuntivo imperfetto; the answer is one word; distractors are other forms of the same verb"
    ),
    "agreement": (
        "`ask` gives the adjective in guillemets, masculine singular; the answer is its form in the sentence; "
        "distractors are its other forms"
    ),
}

_TASK = """\
You write exercises for students of {language} from passages of their own reading. Each exercise is proved by a \
quotation.

For each exercise:
- `passage` is the number of the passage; `quote` is one whole sentence of it, 6 to 30 words, copied character for \
character, that can be understood alone.
- A gapped sentence (`sentence`) is that quotation with ____ in place of the answer, and nothing else changed. `ask` \
is the line above it.
- For a question `sentence` is empty and `ask` is the question. It names what it asks about, can be understood without \
the passage, and does not contain the answer.
- `answer` stands in the quotation word for word, and is not all of it.
- Distractors are wrong for certain, of the same form and about the same length as the answer, mistakes that a learner \
makes; no words of the quotation, never «all of these».
- `explanation` says in one or two sentences why the answer is right, and names it. `accepted` lists other right \
answers, mostly none.
- `focus` is one of the grammar focuses below, or empty for an exercise on meaning.
- `ask`, `explanation` and distractors are in correct {language}, without markup or addresses.
Kinds:
{kinds}
{focuses}Do not ask the same thing twice. Write fewer exercises where the passages do not hold enough.

Examples, for Italian:
{examples}
"""

_MENDING = (
    "`refused` holds drafts of your earlier try, and why each was refused: mend each, or replace it by another "
    "exercise where that cannot be done."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseOrder:
    """So many exercises from these passages, which are all of one language (`it`).

    `practised`: the student has exercises already, perhaps from these passages.
    """

    count: int
    kinds: tuple[ExerciseKind, ...]
    difficulty: Difficulty
    language: str
    passages: tuple[Passage, ...]
    grammar_focus: str | None = None
    topic: str | None = None
    failed: tuple[FailedDraft, ...] = ()
    practised: bool = False


def exercise_prompt(order: ExerciseOrder) -> Prompt[tuple[Draft, ...]]:
    """What is read is up to `count` drafts. A quotation that no passage has stays in its draft for the gates."""
    data: dict[str, Data] = {
        "passages": [
            {"number": number, "text": passage.text[:_LONGEST_PASSAGE]}
            for number, passage in enumerate(order.passages, start=1)
        ]
    }
    if order.topic is not None:
        data["topic"] = order.topic
    if order.failed:
        data["refused"] = [_refused(one) for one in order.failed]
    fence = fenced(data)
    return Prompt(
        name="exercises",
        system=f"{_task(order)}\n{fence.rule}",
        user=f"{fence.text}\n{_wanted(order)}",
        schema=schema_of(WrittenExercises),
        read=lambda text: drafts_in(
            text,
            passages=order.passages,
            kinds=order.kinds,
            difficulty=order.difficulty,
            language=order.language,
            grammar_focus=order.grammar_focus,
        )[: order.count],
        most_tokens=order.count * _TOKENS_PER_EXERCISE + _TOKENS_AROUND,
        temperature=_TEMPERATURE_AGAIN if order.practised else _TEMPERATURE,
    )


def _task(order: ExerciseOrder) -> str:
    return _TASK.format(
        language=LANGUAGES[order.language],
        kinds="\n".join(f"- {_KINDS[kind]}" for kind in order.kinds),
        focuses=_focuses(order),
        examples="\n".join(EXAMPLES[kind] for kind in order.kinds),
    )


def _focuses(order: ExerciseOrder) -> str:
    """What a focus asks for: the one that is wanted, or those that students of this level have met."""
    levels = list(Difficulty)
    met = levels[: levels.index(order.difficulty) + 1]
    known = [focus.key for focus in focuses_of(order.language) if focus.level in met]
    wanted = known if order.grammar_focus is None else [order.grammar_focus]
    lines = [f"- {key}: {_ASKING[key]}." for key in wanted if key in _ASKING]
    return "\n".join(("Grammar focuses:", *lines, "")) if lines else ""


def _wanted(order: ExerciseOrder) -> str:
    wishes = [
        f"Write {order.count} exercise{'s' if order.count > 1 else ''} from the passages above.",
        f"Difficulty: {_LEVELS[order.difficulty]}.",
        f"Kinds: {', '.join(order.kinds)}" + (", in turn." if len(order.kinds) > 1 else "."),
    ]
    if order.grammar_focus is not None:
        wishes.append(f"Every exercise has the focus {order.grammar_focus}.")
    if order.topic is not None:
        wishes.append("Ask what has to do with the words in `topic`.")
    if order.practised:
        wishes.append("The student has exercises from here already: ask for something less obvious.")
    if order.failed:
        wishes.append(_MENDING)
    return " ".join(wishes)


def _refused(failed: FailedDraft) -> Mapping[str, Data]:
    draft = failed.draft
    wrong: Sequence[str] = [option for option in draft.options if option != draft.key]
    return {
        "kind": draft.kind.value,
        "question": draft.question,
        "answer": draft.key,
        "distractors": wrong,
        "quote": draft.evidence.quote,
        "gate": failed.rejection.gate,
        "why": failed.rejection.reason,
    }
