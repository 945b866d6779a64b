"""What an open answer is worth, by what it says."""

from __future__ import annotations

import time
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.offline.lexicon import OfflineLexicon
from domain.practice import (
    ANSWER_LIMIT,
    OPEN_ANSWER_SETTLED,
    Evidence,
    Exercise,
    ExerciseKind,
    Fault,
    Grade,
    grade,
    is_settled,
    words,
)
from domain.practice.open_answers_numbers import number_of, ordinal_of, roman_of
from domain.practice.open_answers_terms import terms
from domain.shared import user_id_of
from tests.builders_practice import an_exercise

ADA = user_id_of("ada")
LEXICON = OfflineLexicon()


def a_question(
    key: str, question: str = "Come si chiama?", *, accepted: tuple[str, ...] = (), language: str = "it"
) -> Exercise:
    return an_exercise(
        ADA,
        kind=ExerciseKind.SINGLE_ANSWER,
        language=language,
        question=question,
        key=key,
        accepted=accepted,
        grammar_focus=None,
        evidence=Evidence(quote=key, start=0, end=len(key)),
    )


def graded(exercise: Exercise, answer: str) -> Grade:
    return grade(exercise, answer, is_word=partial(LEXICON.is_word, language=exercise.language))


SAME = [
    # numbers and dates
    ("1321", "nel milletrecentoventuno"),
    ("XIV secolo", "nel quattordicesimo secolo"),
    ("XIV secolo", "secolo XIV"),
    ("XIV secolo", "nel Trecento"),
    ("il secolo XIV", "14° secolo"),
    ("anni Sessanta", "gli anni '60"),
    ("14 settembre 1321", "14/9/1321"),
    ("14 settembre 1321", "il 14-09-1321"),
    ("14 settembre 1321", "14 set. 1321"),
    ("alle otto e mezza", "alle 8:30"),
    ("il 25 aprile 1945", "25.4.1945"),
    ("XIX secolo", "nell'Ottocento"),
    ("due milioni di persone", "2.000.000 di persone"),
    ("2,5 miliardi", "2.500.000.000"),
    ("un milione", "1.000.000"),
    ("quattro", "4"),
    ("un milione e mezzo", "1,5 milioni"),
    ("mezzo milione", "500.000"),
    ("due terzi", "2/3"),
    ("un quarto", "1/4"),
    ("una dozzina di uova", "12 uova"),
    ("alle 15:30", "alle 15.30"),
    ("dal 1914 al 1918", "1914-1918"),
    ("il primo maggio", "il 1° maggio"),
    ("28%", "28 per cento"),
    ("44 a.C.", "44 avanti Cristo"),
    ("5 km", "5 chilometri"),
    ("5 km", "5km"),
    ("3,50 euro", "3.5 €"),
    ("20 °C", "20 gradi"),
    ("Enrico VIII", "Enrico ottavo"),
    ("seconda guerra mondiale", "II guerra mondiale"),
    # function words, order of a list
    ("presidente della Repubblica", "il presidente di una Repubblica"),
    ("Marx, Engels e Lenin", "Lenin, Marx, Engels"),
    ("pane e vino", "il vino e il pane"),
    ("non era potabile", "non è potabile"),
]


@pytest.mark.parametrize(("key", "answer"), SAME)
def test_the_same_in_another_writing_has_full_marks(key: str, answer: str) -> None:
    result = graded(a_question(key), answer)
    assert (result.score, result.faults, is_settled(result)) == (100, (), True)


RIGHT = [
    ("Dante Alighieri", "Dante Aligheri"),
    ("una ragazza alta", "ragazze alte"),
    ("gli insegnanti", "i docenti"),
    ("Germania", "i tedeschi"),
    ("Giappone", "era giapponese"),
    ("Unione Sovietica", "URSS"),
    ("British Broadcasting Corporation", "BBC"),
    ("BBC", "la British Broadcasting Corporation"),
    ("5 km", "5000 metri"),
    ("anni Sessanta", "nel 1965"),
    ("XIX secolo", "l'800"),
    ("XIX secolo", "nel 1800"),
    ("XIX secolo", "nel 1850"),
    ("il 25 aprile 1945", "il 25 aprile del '45"),
    ("il 25 aprile 1945", "25/4/45"),
    ("perché non trovavano lavoro", "perché non avevano lavoro"),
    ("no, è rotonda", "è rotonda"),
    ("Genesi", "Genesis"),
    ("fondò una scuola", "ha fondato una scuola"),
    ("scrisse il poema", "ha scritto il poema"),
    ("Alessandro Manzoni", "A. Manzoni"),
    ("Dante Alighieri", "Dante Alighieri, il poeta"),
    ("1321", "Dante è morto nel 1321 a 56 anni"),
    ("nel 1321 ha scritto il Paradiso", "scrisse il Paradiso nel 1321"),
    ("7 giorni", "1 settimana"),
    ("perché pioveva", "pioveva molto"),
]


@pytest.mark.parametrize(("key", "answer"), RIGHT)
def test_what_says_the_key_in_other_words_passes(key: str, answer: str) -> None:
    result = graded(a_question(key), answer)
    assert result.passed
    assert result.score < 100 or result.faults == ()


PARTLY = [
    ("14 settembre 1321", "settembre 1321"),
    ("Marx, Engels e Lenin", "Marx e Engels"),
    ("Dante Alighieri", "Dante"),
    ("una piccola stanza privata", "una stanza"),
    ("muri di terra che fermano l'acqua", "muri di terra"),
    ("599 m", "599"),
    ("A. Manzoni e G. Verga", "Manzoni"),
]


@pytest.mark.parametrize(("key", "answer"), PARTLY)
def test_a_part_of_the_key_passes_with_less_than_full_marks(key: str, answer: str) -> None:
    result = graded(a_question(key), answer)
    assert 60 <= result.score < 80
    assert Fault.MISSING_WORD in result.faults


CONTRARY = [
    ("1321", "1312"),
    ("1321", "milletrecentododici"),
    ("quattro", "5"),
    ("14 settembre 1321", "15 settembre 1321"),
    ("14 settembre 1321", "14 ottobre 1321"),
    ("14 settembre 1321", "14/9/1322"),
    ("nel 1321", "XV secolo"),
    ("XVII secolo", "XVIII secolo"),
    ("anni Sessanta", "nel 1975"),
    ("44 a.C.", "44 d.C."),
    ("-5 gradi", "5 gradi"),
    ("5 km", "5 m"),
    ("5 km", "6 km"),
    ("due milioni", "tre milioni"),
    ("Luigi XIV", "Luigi XV"),
    ("due terzi", "3/4"),
    ("Enrico V", "Enrico VI"),
    ("seconda guerra mondiale", "prima guerra mondiale"),
    ("l'acqua potabile", "l'acqua non è potabile"),
    ("non era potabile", "era potabile"),
    ("perché non trovavano lavoro", "perché trovavano lavoro"),
    ("XIX secolo", "nel 1905"),
    ("alle otto e mezza", "alle 8:15"),
    ("con zucchero", "senza zucchero"),
    ("dopo la guerra", "prima della guerra"),
    ("più di 20", "meno di 20"),
    ("formale", "informale"),
    ("nord", "sud"),
    ("una casa grande", "una casa piccola"),
    ("cento e uno", "cento"),
    ("sì", "no"),
]


@pytest.mark.parametrize(("key", "answer"), CONTRARY)
def test_another_number_or_the_contrary_is_wrong_and_settled(key: str, answer: str) -> None:
    result = graded(a_question(key), answer)
    assert (result.score, result.faults, is_settled(result)) == (0, (Fault.WRONG_WORD,), True)


OTHER = [
    ("Dante Alighieri", "Francesco Petrarca"),
    ("Dante Alighieri", "petrarca"),
    ("Dante Alighieri", "Dante Maraini"),
    ("Francesco", "Francesca"),
    ("Martin Lutero", "Martin Sasse"),
    ("Marx, Engels e Lenin", "Marx, Engels e Stalin"),
    ("Iran", "Iraq"),
    ("Niger", "la nigeria"),
    ("Austria", "australia"),
    ("guerra civile americana", "guerra civile spagnola"),
    ("il porto", "la porta"),
    ("le piante", "i pianti"),
    ("il pesce", "la pesca"),
    ("il pesce", "le pesche"),
    ("fondò una scuola", "chiuse una scuola"),
    ("i guelfi bianchi", "i guelfi neri"),
    ("Firenze", "Firenze o Roma"),
    ("Firenze", "Roma, Firenze, Milano, Napoli, Torino, Venezia, Bari, Lecce, Pisa, Siena, Lucca, Parma"),
    ("Firenze", "дом"),
    ("una casa", "perché la"),
]


@pytest.mark.parametrize(("key", "answer"), OTHER)
def test_something_else_is_refused_and_left_to_a_judge(key: str, answer: str) -> None:
    result = graded(a_question(key), answer)
    assert not result.passed
    assert not is_settled(result)


def test_a_name_where_a_date_was_wanted_is_settled() -> None:
    result = graded(a_question("1321", "In che anno morì Dante?"), "a Ravenna")
    assert (result.score, is_settled(result)) == (0, True)


@pytest.mark.parametrize("answer", ["boh", "Non lo so.", "non mi ricordo"])
def test_not_knowing_is_wrong_beyond_doubt(answer: str) -> None:
    result = graded(a_question("non so nuotare"), answer)
    assert (result.score, result.confidence) == (0, 1.0)


def test_the_words_of_the_question_are_no_answer() -> None:
    exercise = a_question("un ramo dell'informatica teorica", "Che cos'è la teoria della complessità?")
    assert graded(exercise, "la teoria della complessità").score == 0
    assert graded(exercise, "un ramo dell'informatica").passed
    choice = a_question("quasi tutti sono predatori", "Sono predatori o parassiti?")
    assert graded(choice, "predatori").passed


def test_what_the_question_said_need_not_be_said_again() -> None:
    exercise = a_question("cento canti", "Quanti canti ha la Divina Commedia?")
    assert graded(exercise, "100").score == 100
    assert graded(exercise, "101").score == 0


def test_to_deny_what_the_question_takes_for_granted_is_wrong() -> None:
    exercise = a_question("Virgilio", "Chi accompagna il poeta?")
    assert graded(exercise, "lo accompagna Virgilio").passed
    assert graded(exercise, "non lo accompagna Virgilio").score == 0


@pytest.mark.parametrize(
    ("key", "answer"),
    [("Virgilio", "Virgilio e Beatrice"), ("il pesce", "il pesce e la carne"), ("Alessandro Manzoni", "Alessandro")],
)
def test_more_than_was_asked_or_half_a_name_just_passes_and_is_not_settled(key: str, answer: str) -> None:
    result = graded(a_question(key), answer)
    assert (result.score, is_settled(result)) == (60, False)


def test_one_word_of_an_explanation_is_not_enough() -> None:
    key = "perché i contadini dei villaggi vicini avevano lasciato aperte tutte le stalle"
    assert not graded(a_question(key, "Come mai?"), "le stalle").passed
    assert graded(a_question(key, "Come mai?"), "i contadini avevano lasciato aperte le stalle").passed


def test_no_answers_a_question_of_yes_or_no_and_no_other() -> None:
    assert graded(a_question("non hanno diritto di voto", "Possono votare?"), "no").passed
    assert not graded(a_question("non hanno diritto di voto", "Che cosa manca agli stranieri?"), "non").passed


def test_who_did_it_to_whom_is_not_settled_by_words_alone() -> None:
    result = graded(a_question("Roma sconfisse Cartagine in mare"), "Cartagine sconfisse Roma in mare")
    assert Fault.WORD_ORDER in result.faults
    assert not is_settled(result)


def test_the_best_accepted_answer_counts_and_the_least_sure_refusal() -> None:
    exercise = a_question("1321", accepted=("nel Trecento", "alla fine del Medioevo"))
    assert graded(exercise, "nel quattordicesimo secolo").score == 100
    refused = graded(exercise, "a Ravenna")
    assert not refused.passed
    assert not is_settled(refused)


def test_english_is_read_without_italian_rules() -> None:
    for key, answer in (
        ("21 people", "twenty-one people"),
        ("May 5, 1821", "5 May 1821"),
        ("$10,000", "10000 dollars"),
    ):
        assert graded(a_question(key, "How?", language="en"), answer).passed
    assert graded(a_question("it is safe", "Is it?", language="en"), "it isn't safe").score == 0
    assert graded(a_question("the 14th century", "When?", language="en"), "the fifteenth century").score == 0


def test_settled_begins_at_the_threshold() -> None:
    sure = Grade(score=0, rubric=(), feedback="", confidence=OPEN_ANSWER_SETTLED)
    unsure = Grade(score=0, rubric=(), feedback="", confidence=OPEN_ANSWER_SETTLED - 0.01)
    assert is_settled(sure)
    assert not is_settled(unsure)


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("zero", 0),
        ("ventuno", 21),
        ("ventotto", 28),
        ("trentatre", 33),
        ("cento", 100),
        ("centotto", 108),
        ("centottanta", 180),
        ("duecentouno", 201),
        ("mille", 1000),
        ("milleuno", 1001),
        ("duemilaventi", 2020),
        ("novecentonovantanovemilanovecentonovantanove", 999_999),
        ("uno", None),
        ("ventiuno", None),
        ("millepiedi", None),
        ("centro", None),
        ("settembre", None),
    ],
)
def test_number_words_are_read(word: str, value: int | None) -> None:
    assert number_of(word, "it") == value


@pytest.mark.parametrize(
    ("word", "value"),
    [("terza", 3), ("undicesimo", 11), ("ventitreesima", 23), ("centesimo", 100), ("medesimo", None), ("terzi", None)],
)
def test_ordinals_are_read(word: str, value: int | None) -> None:
    assert ordinal_of(word) == value


@pytest.mark.parametrize(("word", "value"), [("XIV", 14), ("ix", 9), ("XXXIX", 39), ("", None), ("IC", None)])
def test_roman_figures_are_read(word: str, value: int | None) -> None:
    assert roman_of(word) == value


# --- properties -------------------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    words(
        "il la di non Roma Firenze 1321 XIV secolo 5 km m % o e $ -3 2,5 milioni mille anni Sessanta a.C. trecento °C "
        "14/9/1321 8:30 2/3 3⁄4 terzi anni '60 mezzo e né no BBC $ - "
        "prima dopo teoria guerra l'acqua È “sì” ² ٣ ½ 99999999999999999999999999999999999"
    )
)
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=8).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(_TEXTS, _TEXTS, _TEXTS, st.sampled_from(["it", "en", "de"]))
def test_no_text_is_too_odd(key: str, question: str, answer: str, language: str) -> None:
    result = graded(a_question(key, question, language=language), answer)
    assert 0 <= result.score <= 100
    assert 0 <= result.confidence <= 1


@settings(max_examples=100, deadline=None)
@given(_TEXTS, _TEXTS)
def test_the_key_itself_has_full_marks(key: str, question: str) -> None:
    result = graded(a_question(key, question), key)
    assert result.score in (0, 100)
    assert (result.score == 0) == (result.faults == (Fault.EMPTY,))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(["pane", "vino", "olio", "Roma", "1321"]), min_size=2, max_size=5, unique=True), st.data()
)
def test_the_order_of_a_list_is_nothing(items: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(items))
    assert graded(a_question(", ".join(items)), " e ".join(shuffled)).score == 100


@given(_TEXTS)
def test_terms_are_found_in_any_text(text: str) -> None:
    for term in terms(text, language="it"):
        assert term.text


def test_grading_takes_milliseconds_and_the_longest_answer_little_more() -> None:
    exercise = a_question("la teoria della complessità computazionale studia le risorse di calcolo", "Che cosa fa?")
    answers = [
        "studia le risorse",
        *(word * (ANSWER_LIMIT // len(word)) for word in ("calcolo ", "a1 ", "XIV ", "più ")),
    ]
    graded(exercise, "prova")
    for answer in answers:
        assert min(_seconds(exercise, answer) for _ in range(5)) < 0.5  # nothing grows with its square
    assert min(_seconds(exercise, answers[0]) for _ in range(20)) < 0.005


def _seconds(exercise: Exercise, answer: str) -> float:
    start = time.perf_counter()
    graded(exercise, answer)
    return time.perf_counter() - start
