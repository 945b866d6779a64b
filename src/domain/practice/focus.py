"""What an exercise can be about: the grammar focuses of a study language."""

from __future__ import annotations

from dataclasses import dataclass

from domain.practice.exercise import Difficulty
from domain.shared import InvalidInput, language_code


class UnknownFocus(InvalidInput):
    """The study language has no such grammar focus."""

    def __init__(self, language: str) -> None:
        super().__init__(
            "There is no such grammar focus for this language; `grammarFocuses` lists them.",
            field="grammarFocus",
            language=language,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrammarFocus:
    """`label` and `description` are English, the `local_` ones of the study language. `level` is where it is met."""

    key: str
    label: str
    description: str
    local_label: str
    local_description: str
    level: Difficulty


_ITALIAN = (
    GrammarFocus(
        key="articles-definite",
        label="Definite articles",
        description="il, lo, la, l', i, gli, le: the form that gender, number and the next sound ask for.",
        local_label="Articoli determinativi",
        local_description="il, lo, la, l', i, gli, le: la forma richiesta da genere, numero e suono che segue.",
        level=Difficulty.BEGINNER,
    ),
    GrammarFocus(
        key="articles-indefinite",
        label="Indefinite articles",
        description="un, uno, una, un': the form that gender and the next sound ask for.",
        local_label="Articoli indeterminativi",
        local_description="un, uno, una, un': la forma richiesta dal genere e dal suono che segue.",
        level=Difficulty.BEGINNER,
    ),
    GrammarFocus(
        key="prepositions-simple",
        label="Simple prepositions",
        description="di, a, da, in, con, su, per, tra, fra where a verb, an adjective or a set phrase requires one.",
        local_label="Preposizioni semplici",
        local_description="di, a, da, in, con, su, per, tra, fra, dove un verbo o una locuzione le richiede.",
        level=Difficulty.INTERMEDIATE,
    ),
    GrammarFocus(
        key="prepositions-articulated",
        label="Prepositions joined with an article",
        description="del, alla, dallo, nei, sugli and the others: a preposition and the definite article in one word.",
        local_label="Preposizioni articolate",
        local_description="del, alla, dallo, nei, sugli e le altre: preposizione e articolo determinativo insieme.",
        level=Difficulty.INTERMEDIATE,
    ),
    GrammarFocus(
        key="pronouns-clitic",
        label="Unstressed pronouns",
        description="mi, ti, si, ci, vi with the verbs that need them.",
        local_label="Pronomi atoni",
        local_description="mi, ti, si, ci, vi con i verbi che li richiedono.",
        level=Difficulty.ADVANCED,
    ),
    GrammarFocus(
        key="verbs-tense",
        label="Tenses of the indicative",
        description="Present, imperfect, past definite and future of regular and irregular verbs.",
        local_label="Tempi dell'indicativo",
        local_description="Presente, imperfetto, passato remoto e futuro dei verbi regolari e irregolari.",
        level=Difficulty.INTERMEDIATE,
    ),
    GrammarFocus(
        key="verbs-mood",
        label="Conditional and subjunctive",
        description="Present conditional, present and imperfect subjunctive.",
        local_label="Condizionale e congiuntivo",
        local_description="Condizionale presente, congiuntivo presente e imperfetto.",
        level=Difficulty.ADVANCED,
    ),
    GrammarFocus(
        key="agreement",
        label="Agreement of noun and adjective",
        description="The ending of an adjective, in gender and number, as its noun asks.",
        local_label="Concordanza di nome e aggettivo",
        local_description="La desinenza dell'aggettivo, nel genere e nel numero richiesti dal nome.",
        level=Difficulty.BEGINNER,
    ),
)

_FOCUSES = {"it": _ITALIAN}


def focuses_of(language: str) -> tuple[GrammarFocus, ...]:
    """The focuses of a language (BCP 47 tag); empty where we teach none. Errors: InvalidInput for a malformed tag."""
    return _FOCUSES.get(language_code(language), ())
