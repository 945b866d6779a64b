"""What a student is told about an answer: one or two sentences that name the fault and teach."""

from __future__ import annotations

from domain.practice.faults import Diagnosis, Fault
from domain.practice.function_words import article_like
from domain.practice.paradigm import Form, Mood, Tense

_PERSONS = {1: "prima", 2: "seconda", 3: "terza"}
_OF_TENSE = {
    Tense.PRESENT: "del presente indicativo",
    Tense.IMPERFECT: "dell'imperfetto indicativo",
    Tense.PERFECT: "del passato remoto",
    Tense.FUTURE: "del futuro semplice",
    Tense.CONDITIONAL: "del condizionale presente",
    Tense.SUBJUNCTIVE: "del congiuntivo presente",
    Tense.SUBJUNCTIVE_IMPERFECT: "del congiuntivo imperfetto",
    Tense.IMPERATIVE: "dell'imperativo",
}
_ENGLISH = {
    "right": "Correct.",
    "empty": "You have not written an answer. It is “{wanted}”.",
    "accent": "Correct, but mind the accent: “{wanted}”.",
    "typo": "Correct, with a slip of the pen: “{wanted}”.",
    "capital": "Correct; it is written with a capital: “{wanted}”.",
    "order": "The words are right, their order is not: “{wanted}”.",
    "missing": "Something is missing: “{wanted}”.",
    "extra": "Correct, with more words than needed: “{wanted}”.",
    "form": "Right in substance; the exact words are “{wanted}”.",
    "partial": "Partly right: the full answer is “{wanted}”.",
    "wrong": "That is not it: the answer is “{wanted}”.",
    "apostrophe": "Mind the apostrophe: “{wanted}”.",
    "spaces": "Mind the spaces: it is written “{wanted}”.",
    "too_much": "There is a word too many: the answer is “{wanted}”.",
    "joined": "Preposition and article are written as one word here: “{wanted}”.",
    "typed_accent": "Correct; the accent goes onto the vowel: “{wanted}”.",
}
_ITALIAN = {
    "right": "Esatto.",
    "empty": "Non hai scritto nessuna risposta. Quella giusta è «{wanted}».",
    "accent": "Giusto, ma attenzione all'accento: si scrive «{wanted}».",
    "typo": "Giusto, a parte un errore di battitura: si scrive «{wanted}».",
    "capital": "Giusto, ma ci vuole la maiuscola: «{wanted}».",
    "order": "Le parole sono giuste, ma l'ordine no: si dice «{wanted}».",
    "missing": "Manca qualcosa: la risposta completa è «{wanted}».",
    "extra": "Giusto, ma bastava «{wanted}».",
    "form": "Giusto nel contenuto; la forma esatta è «{wanted}».",
    "partial": "È giusto in parte: la risposta completa è «{wanted}».",
    "wrong": "Non è questa la risposta: quella giusta è «{wanted}».",
    "apostrophe": "Attenzione all'apostrofo: qui si scrive «{wanted}».",
    "spaces": "Attenzione agli spazi: si scrive «{wanted}».",
    "too_much": "C'è una parola di troppo: la risposta è «{wanted}».",
    "joined": "Qui la preposizione e l'articolo si uniscono in una parola sola: «{wanted}».",
    "typed_accent": "Esatto; l'accento si scrive sopra la vocale: «{wanted}».",
}


def told(key: str, *, wanted: str, language: str, lesson: str = "") -> str:
    """The sentence of that name, and the lesson after it."""
    voice = _ITALIAN if language == "it" else _ENGLISH
    return " ".join(part for part in (voice[key].format(wanted=wanted), lesson) if part)


def told_of_word(diagnosis: Diagnosis, *, language: str, lesson: str = "") -> str:
    """What to say of a word that is wrong. The lesson is the exercise's explanation, said where we know no better."""
    wanted = diagnosis.wanted
    if language != "it":
        return told("wrong", wanted=wanted, language=language, lesson=lesson)
    if diagnosis.given_form and diagnosis.wanted_form:
        return (
            f"Il verbo è quello giusto, ma «{diagnosis.given}» è {described(diagnosis.given_form)}: "
            f"qui serve {described(diagnosis.wanted_form)}, «{wanted}»."
        )
    if diagnosis.malformed and diagnosis.wanted_form:
        form = diagnosis.wanted_form
        return f"«{diagnosis.given}» non è una forma di «{form.lemma}»: qui serve «{wanted}», {described(form)}."
    faults = diagnosis.faults
    if Fault.APOSTROPHE in faults:
        return told("apostrophe", wanted=wanted, language=language, lesson=lesson)
    if faults[:1] == (Fault.ACCENT,):
        return f"Attenzione all'accento: «{diagnosis.given}» è un'altra parola; qui si scrive «{wanted}»."
    if wanted in _WITH_H and faults[:1] == (Fault.TYPO,) and diagnosis.given == wanted[1:]:
        return f"«{wanted}», dal verbo «avere», si scrive con l'acca: «{diagnosis.given}» è un'altra parola."
    if Fault.ARTICLE in faults and article_like(wanted):
        return f"Come l'articolo, cambia secondo il suono che segue: qui serve «{wanted}», non «{diagnosis.given}»."
    return f"{_named(faults)} qui serve «{wanted}», non «{diagnosis.given}»." + (f" {lesson}" if lesson else "")


_WITH_H = frozenset(("ho", "hai", "ha", "hanno"))


def told_of_tenses(given: str, wanted_tense: str, *, wanted: str) -> str:
    """The right verb in another tense than the one asked, of which one at least has two words; Italian."""
    return f"Il verbo è quello giusto, ma il tempo no: non serve {_the(given)}, serve {_the(wanted_tense)}, «{wanted}»."


def _the(tense: str) -> str:
    return ("l'" if tense[0] in "aeiou" else "il ") + tense


def _named(faults: tuple[Fault, ...]) -> str:
    """What comes before the colon, by the fault that says most."""
    if Fault.PREPOSITION in faults:
        return "La preposizione non è quella giusta:"
    if Fault.AUXILIARY in faults:
        return "L'ausiliare non è quello giusto:"
    if Fault.PRONOUN in faults:
        return "Il pronome non è quello giusto:"
    if Fault.GENDER in faults and Fault.NUMBER in faults:
        return "Genere e numero non concordano:"
    if Fault.GENDER in faults:
        return "Il genere non è quello giusto:"
    if Fault.NUMBER in faults:
        return "Il numero non è quello giusto:"
    if Fault.ARTICLE in faults:
        return "L'articolo non è quello giusto:"
    if Fault.TYPO in faults:
        return "C'è un errore di ortografia:"
    return "Non è la parola giusta:"


def described(form: Form) -> str:
    """`la terza persona plurale dell'imperfetto indicativo`."""
    if form.tense.mood is Mood.PARTICIPLE:
        return f"il participio passato {'femminile' if form.gender == 'f' else 'maschile'} {_number(form)}"
    if form.person is None:
        return "il gerundio" if form.tense is Tense.GERUND else "l'infinito"
    return f"la {_PERSONS[form.person]} persona {_number(form)} {_OF_TENSE[form.tense]}"


def _number(form: Form) -> str:
    return "plurale" if form.plural else "singolare"
