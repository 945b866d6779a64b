"""What is wrong with an answer is named, in a sentence of its own and by the word beside it."""

from __future__ import annotations

import pytest

from domain.practice import Fault
from tests.unit.test_grading import a_gap, an_open_question, graded, is_word

F = Fault

NAMED = [
    # sentence, key, answer, the faults named
    # gender, number, person
    ("La panchina era ____.", "vuota", "vuoto", {F.GENDER}),
    ("Maria è ____ a casa.", "tornata", "tornato", {F.GENDER}),
    ("Le case sono ____.", "bianche", "bianchi", {F.GENDER}),
    ("Le case sono ____.", "bianche", "bianca", {F.NUMBER}),
    ("I libri sono ____.", "verdi", "verde", {F.NUMBER}),
    ("Ho comprato dei ____.", "libri", "libro", {F.NUMBER}),
    ("Leggo un ____.", "libro", "libri", {F.NUMBER}),
    ("Si è rotto un ____.", "braccio", "braccia", {F.NUMBER}),
    ("Ho perso ____ chiave.", "mia", "mio", {F.GENDER}),
    ("Ho perso le ____ chiavi.", "mie", "mia", {F.NUMBER}),
    ("Ho perso le ____ chiavi.", "mie", "tue", {F.PERSON}),
    ("Noi ____ presto.", "mangiamo", "mangiate", {F.PERSON}),
    ("Lui ____ presto.", "parla", "parlo", {F.PERSON}),
    ("Loro ____ presto.", "mangiano", "mangia", {F.NUMBER}),
    # tense and mood, in one word and in two
    ("Ieri ____ il treno.", "presi", "prenderò", {F.TENSE}),
    ("Ieri ____ il treno.", "ho preso", "prendevo", {F.TENSE}),
    ("Da bambina ____ molto.", "leggeva", "ha letto", {F.TENSE}),
    ("Da bambina ____ molto.", "leggeva", "avrebbe letto", {F.MOOD}),
    ("Lei ____ in poltrona.", "sedeva", "è stata seduta", {F.TENSE}),
    ("Ieri ____ malato.", "è stato", "è", {F.TENSE}),
    ("Voglio che tu ____.", "venga", "vieni", {F.MOOD}),
    ("Se ____ tempo, verrei.", "avessi", "avrei", {F.MOOD}),
    ("____ pazienza!", "abbi", "hai", {F.MOOD}),
    ("____ pazienza!", "abbi", "avere", {F.MOOD}),
    ("Se fossi ____ prima!", "partito", "partire", {F.MOOD}),
    ("Quando arrivai, ____.", "leggeva", "sta leggendo", {F.TENSE}),
    # auxiliaries
    ("Ieri ____ al mare.", "sono andato", "ho andato", {F.AUXILIARY}),
    ("Ieri ____ al mare.", "sono andata", "sono andato", {F.GENDER}),
    ("Ieri ____ una mela.", "ha mangiato", "è mangiato", {F.AUXILIARY}),
    ("Ieri ____ una mela.", "ha mangiato", "era mangiato", {F.AUXILIARY, F.TENSE}),
    ("Ieri ____ tardi.", "siamo arrivati", "abbiamo arrivato", {F.AUXILIARY, F.NUMBER}),
    # articles, and what changes as they do
    ("____ studente legge.", "Lo", "il", {F.ARTICLE}),
    ("È ____ amica.", "un'", "un", {F.APOSTROPHE, F.ARTICLE, F.GENDER}),
    ("È ____ amica.", "un'", "una", {F.ARTICLE}),
    ("____ zaini sono qui.", "gli", "i", {F.ARTICLE}),
    ("____ zaini sono qui.", "gli", "la", {F.ARTICLE, F.GENDER, F.NUMBER}),
    ("Conosco ____ uomo.", "quell'", "quel", {F.APOSTROPHE, F.ARTICLE}),
    ("Conosco ____ studente.", "quello", "quel", {F.ARTICLE}),
    ("Conosco ____ ragazze.", "quelle", "quei", {F.GENDER}),
    ("Che ____ albero!", "bell'", "bello", {F.APOSTROPHE, F.ARTICLE}),
    ("Non c'è ____ errore.", "nessun", "nessuno", {F.ARTICLE}),
    # prepositions
    ("Vado ____ medico.", "dal", "al", {F.PREPOSITION}),
    ("Vado ____ medico.", "dal", "da", {F.ARTICLE}),
    ("Vado ____ stazione.", "alla", "a la", {F.PREPOSITION, F.ARTICLE}),
    ("Vado ____ stazione.", "alla", "la", {F.PREPOSITION}),
    ("Porto ____ libro.", "il", "al", {F.PREPOSITION}),
    ("Vivo ____ Roma.", "a", "in", {F.PREPOSITION}),
    ("Esco ____ te.", "con", "contro", {F.PREPOSITION}),
    ("Cammino ____ casa.", "verso", "contro", {F.PREPOSITION}),
    ("Il colore ____ erba.", "dell'", "della", {F.ARTICLE}),
    ("Il colore ____ erba.", "dell'", "dell", {F.APOSTROPHE}),
    # pronouns, in their own place and written onto a verb
    ("Vedo Maria e ____ parlo.", "le", "gli", {F.PRONOUN, F.GENDER}),
    ("Anna? Non ____ vedo.", "la", "lo", {F.PRONOUN, F.GENDER}),
    ("I libri? Non ____ vedo.", "li", "lo", {F.PRONOUN, F.NUMBER}),
    ("Paolo ____ ha scritto.", "gli", "lo", {F.PRONOUN}),
    ("Non ____ ricordo.", "mi", "si", {F.PRONOUN}),
    ("È contento di ____.", "sé", "lui", {F.PRONOUN}),
    ("La città in ____ vivo.", "cui", "che", {F.PRONOUN}),
    ("Vivo ____ Roma.", "a", "nel", {F.PREPOSITION}),
    ("Vivo ____ Roma.", "in", "ad", {F.PREPOSITION}),
    ("Voglio ____ domani.", "vederlo", "vederla", {F.PRONOUN, F.GENDER}),
    ("Voglio ____ domani.", "vederlo", "vedere", {F.PRONOUN}),
    ("Voglio veder____ stasera.", "lo", "le", {F.PRONOUN, F.GENDER, F.NUMBER}),
    ("È uscito ____.", "salutandoci", "salutarci", {F.MOOD}),
    # apostrophes, accents, spaces
    ("Ne voglio un ____.", "po'", "po", {F.APOSTROPHE}),
    ("Ne voglio un ____.", "po'", "pò", {F.APOSTROPHE}),
    ("Arrivo fra ____ ora.", "mezz'", "mezza", {F.APOSTROPHE}),
    ("Oggi ____ sole.", "c'è", "ce", {F.APOSTROPHE, F.ACCENT}),
    ("Non so ____.", "perché", "per che", {F.TYPO, F.ACCENT}),
    ("Gioca a ____.", "baseball", "base ball", {F.TYPO}),
    ("Marco ____ italiano.", "è", "e", {F.ACCENT}),
    ("Marco ____ Anna.", "e", "è", {F.ACCENT}),
    ("Vive ____.", "là", "la", {F.ACCENT}),
    ("Ieri ____ a lungo.", "parlò", "parlo", {F.ACCENT, F.TENSE, F.PERSON}),
    # spelling that makes another word, or is no slip of a key
    ("Mario ____ fame.", "ha", "a", {F.TYPO}),
    ("I bambini ____ fame.", "hanno", "anno", {F.TYPO}),
    ("Una ____ bionda.", "donna", "dona", {F.TYPO}),
    ("Un ____ di vino.", "litro", "litero", {F.TYPO}),
    ("Ecco ____ dico.", "che", "que", {F.TYPO}),
    # forms made by a rule that the verb does not follow
    ("Domani ____ al mare.", "andrò", "anderò", {F.TYPO}),
    ("Non ____ nulla.", "sapeva", "sapava", {F.TYPO}),
    ("È ____ un uomo.", "apparso", "apparito", {F.TYPO}),
    ("Loro ____ i bambini.", "portano", "portono", {F.TYPO}),
    ("Domani ____ al mare.", "andranno", "anderà", {F.TYPO, F.NUMBER}),
    # whole words
    ("Domani ____.", "non vengo", "vengo", {F.MISSING_WORD}),
    ("Domani ____.", "vengo", "non vengo", {F.EXTRA_WORD}),
    ("Domani ____.", "ti chiamo", "chiamo ti", {F.WORD_ORDER}),
    ("Ho visto un ____.", "cane", "tavolo", {F.WRONG_WORD}),
    ("Ho visto un ____.", "cane", "...", {F.EMPTY}),
]


@pytest.mark.parametrize(("sentence", "key", "answer", "faults"), NAMED)
def test_the_fault_is_named(sentence: str, key: str, answer: str, faults: set[Fault]) -> None:
    result = graded(a_gap(key, sentence, focus=None), answer)
    forgiven = faults == {F.TYPO} and answer == "litero"
    assert (set(result.faults), result.passed) == (faults, forgiven)


def test_every_fault_of_words_is_named_somewhere() -> None:
    named = {fault for *_, faults in NAMED for fault in faults}
    assert set(Fault) - named == {F.CAPITAL, F.OFF_TOPIC}


@pytest.mark.parametrize(
    ("focus", "faults"),
    [
        ("articles-definite", {F.ARTICLE, F.GENDER}),
        ("pronouns-clitic", {F.PRONOUN, F.GENDER}),
        (None, {F.ARTICLE, F.GENDER}),
    ],
)
def test_what_is_asked_tells_articles_from_pronouns(focus: str | None, faults: set[Fault]) -> None:
    assert set(graded(a_gap("la", "____ porta.", focus=focus), "lo").faults) == faults


def test_a_lost_capital_of_a_name_is_named_unless_the_sentence_starts_there() -> None:
    assert graded(a_gap("Roma", "Vivo a ____ da anni.", focus=None), "roma").faults == (F.CAPITAL,)
    assert graded(a_gap("Il", "____ cane dorme.", focus=None), "il").faults == ()
    assert graded(a_gap("Il", "È sera. ____ cane dorme.", focus=None), "il").faults == ()
    assert graded(an_open_question("Roma"), "roma").faults == (F.CAPITAL,)


TAUGHT = {
    ("Ieri ____ il treno.", "ho preso", "prendevo"): (
        "Il verbo è quello giusto, ma il tempo no: non serve l'imperfetto indicativo, serve il passato prossimo, "
        "«ho preso»."
    ),
    ("Mario ____ fame.", "ha", "a"): ("«ha», dal verbo «avere», si scrive con l'acca: «a» è un'altra parola."),
    ("Domani ____ al mare.", "andrò", "anderò"): (
        "«anderò» non è una forma di «andare»: qui serve «andrò», la prima persona singolare del futuro semplice."
    ),
    ("Vado ____ stazione.", "alla", "a la"): (
        "Qui la preposizione e l'articolo si uniscono in una parola sola: «alla»."
    ),
    ("Vorrei un ____ caffè.", "buon", "buono"): (
        "Come l'articolo, cambia secondo il suono che segue: qui serve «buon», non «buono»."
    ),
    ("Non so ____.", "perché", "per che"): "Attenzione agli spazi: si scrive «perché».",
    ("Domani ____.", "vengo", "non vengo"): "C'è una parola di troppo: la risposta è «vengo».",
    ("Marco ____ italiano.", "è", "e'"): "Esatto; l'accento si scrive sopra la vocale: «è».",
    ("____ pazienza!", "abbi", "hai"): (
        "Il verbo è quello giusto, ma «hai» è la seconda persona singolare del presente indicativo: qui serve la "
        "seconda persona singolare dell'imperativo, «abbi»."
    ),
}


@pytest.mark.parametrize(("sentence", "key", "answer"), TAUGHT)
def test_feedback_teaches_in_the_language_that_is_studied(sentence: str, key: str, answer: str) -> None:
    assert graded(a_gap(key, sentence, focus=None), answer).feedback == TAUGHT[sentence, key, answer]


@pytest.mark.parametrize(("sentence", "key", "answer", "faults"), NAMED)
def test_feedback_shows_the_right_answer(sentence: str, key: str, answer: str, faults: set[Fault]) -> None:
    told = graded(a_gap(key, sentence, focus=None), answer).feedback.lower()
    assert any(f"«{shown}»" in told for shown in (key.lower(), *key.lower().split()))


def test_the_words_of_the_tables_are_words() -> None:
    """Else a fault would be named for want of a word in the list."""
    single = {key.lower() for _, key, *_ in NAMED if " " not in key and "'" not in key}
    assert {word for word in single if not is_word(word)} <= {"salutandoci", "baseball"}
