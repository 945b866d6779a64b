"""What the offline writer asks about grammar, sentence by sentence, and what it leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.offline.writer.items import Item
from domain.practice import (
    ARTICULATED,
    DEFINITE,
    INDEFINITE,
    SIMPLE_PREPOSITIONS,
    Context,
    Difficulty,
    Draft,
    ExerciseKind,
    forms_of,
    judge,
    normalised,
    words,
)
from tests.builders_practice import TEXTS, a_passage, paragraphs

WRITER = OfflineExerciseWriter(OfflineLexicon())
GAPS = (ExerciseKind.FILL_GAP, ExerciseKind.MULTIPLE_CHOICE)


def items(text: str) -> list[Item]:
    return [item for sentence in WRITER.sentences([a_passage(text)]) for item in WRITER.items(sentence)]


def asked(text: str, focus: str) -> list[str]:
    return [item.key for item in items(text) if item.focus == focus]


def the_item(text: str, key: str) -> Item:
    (found,) = (item for item in items(text) if item.key == key)
    return found


SAMPLE = [item for text in TEXTS for passage in paragraphs(text) for item in items(passage.text)]


@pytest.mark.parametrize(
    ("focus", "text", "keys"),
    [
        ("articles-definite", "La maestra apre la porta e saluta gli studenti della scuola.", ["La", "la", "gli"]),
        ("articles-definite", "Il padre di Marco la porta ogni giorno a casa e poi torna indietro.", ["Il"]),
        ("articles-definite", "Il medico non lo cura più perché abita troppo lontano.", ["Il"]),
        ("articles-definite", "Ieri l'altro amico di Anna ha visto le grandi montagne svizzere.", ["l'", "le"]),
        ("articles-definite", "La capitale di questo paese ha due università molto antiche.", []),
        ("articles-definite", "Oggi la cantante e gli insegnanti preparano insieme una festa.", []),
        ("articles-definite", "Il conte firmò la pace l'8 settembre e partì il 9 settembre.", ["Il", "la", "l'", "il"]),
        ("articles-definite", "In ogni epoca la città ha cambiato volto per volere di molti.", ["la"]),
        ("articles-indefinite", "Un'amica di Carla ha uno zio e un cane in campagna.", ["Un'", "uno", "un"]),
        ("articles-indefinite", "Quella casa costa più di un milione di euro secondo molti.", []),
        (
            "prepositions-articulated",
            "Nel 1951 il fiume uscì dagli argini e allagò le case del paese.",
            ["Nel", "dagli", "del"],
        ),
        ("prepositions-articulated", "Quel giorno in paese ci sono state delle persone molto gentili.", []),
        ("prepositions-articulated", "Carla ha comprato dei libri per tutti i suoi amici di Roma.", []),
        ("prepositions-simple", "Il ragazzo cercava di capire e cominciò a parlare davanti a tutti.", ["di", "a", "a"]),
        ("prepositions-simple", "In particolare il poeta nacque a Firenze e visse in Italia.", ["In", "a", "in"]),
        ("prepositions-simple", "Il libro fu scritto da un poeta privo di denaro e di fama.", ["da", "di"]),
        ("prepositions-simple", "Il cane corre con il gatto per la strada fino al mare.", []),
        ("verbs-tense", "I pescatori vendevano il pesce e tornarono tardi a casa.", ["vendevano", "tornarono"]),
        ("verbs-tense", "La porta della casa resta sempre chiusa durante la notte fredda.", []),
        ("verbs-tense", "Il Po nasce sul Monviso e le acque scendono verso il mare.", ["nasce", "scendono"]),
        ("verbs-tense", "Maria è partita presto e ha lasciato una lettera sul tavolo.", ["è", "ha"]),
        ("verbs-tense", "La chiesa fu costruita nel Medioevo e venne distrutta nel 1944.", ["fu", "venne"]),
        ("verbs-tense", "Due anni fa il paese aveva ancora una piccola scuola.", ["aveva"]),
        ("verbs-tense", "Oggi sono molto stanco perché il lavoro di ieri era lungo.", ["era"]),
        ("verbs-tense", "Le case del paese sono molto vecchie ma ancora piene di luce.", ["sono"]),
        ("verbs-mood", "Bisogna che i ragazzi imparino a memoria almeno una pagina.", ["imparino"]),
        ("verbs-mood", "Se avessi più tempo, leggerei volentieri tutti questi libri nuovi.", ["leggerei"]),
        ("verbs-mood", "Sia il padre sia la madre lavorano in un ufficio del centro.", []),
        ("pronouns-clitic", "La chiesa antica si trova nel centro della città vecchia.", ["si"]),
        ("pronouns-clitic", "In questo paese ci sono molte case con un grande giardino.", ["ci"]),
        ("pronouns-clitic", "Quando il maestro parla, nessuno lo capisce fino in fondo.", ["lo"]),
        ("pronouns-clitic", "La zia apre la porta e la finestra della stanza grande.", []),
        ("agreement", "La lingua italiana ha molte parole e i suoi suoni sono dolci.", ["italiana", "suoi"]),
        ("agreement", "Ogni anno il generale visita la scuola con un amico americano.", ["americano"]),
    ],
)
def test_what_is_asked_of_a_sentence(focus: str, text: str, keys: list[str]) -> None:
    assert asked(text, focus) == keys


@pytest.mark.parametrize(
    ("text", "key", "taught"),
    [
        ("Ieri lo studente ha letto un libro molto lungo in biblioteca.", "lo", "s impura"),
        ("Ieri l'altro studente ha letto un libro lungo in biblioteca.", "l'", "si elide"),
        ("Carla ha un'amica e un fratello che vivono in Francia.", "un'", "con l'apostrofo perché è femminile"),
        ("Carla ha un amico e una sorella che vivono in Francia.", "un", "senza apostrofo"),
        ("Il bambino visita sempre lo stesso giardino vicino alla scuola.", "lo", "s impura"),
        ("Nel 1951 una grande alluvione distrusse i paesi del Polesine.", "Nel", "«anno»"),
        ("Il bambino riuscì a trovare la strada di casa nel bosco.", "a", "«riuscire»"),
        ("Bisogna che le autorità difendano questo territorio prezioso e fragile.", "difendano", "«bisogna che»"),
        ("Maria è partita presto e ha lasciato una lettera sul tavolo.", "è", "«partire» vuole l'ausiliare «essere»"),
        ("Ogni studente ama le sue opere e le rilegge molte volte.", "sue", "con la cosa posseduta"),
    ],
)
def test_the_explanation_teaches_the_rule(text: str, key: str, taught: str) -> None:
    assert taught in the_item(text, key).explanation


def test_a_number_that_the_noun_does_not_show_is_said() -> None:
    assert "singolare" in the_item("In ogni epoca la città ha cambiato volto per volere di molti.", "la").ask
    assert "plurale" in the_item("In ogni epoca le città hanno cambiato volto per volere di molti.", "le").ask


def test_an_adjective_is_named_without_its_ending() -> None:
    assert "«italian-»" in the_item("La lingua italiana ha molte parole che vengono dal latino.", "italiana").ask


def test_the_choice_of_an_auxiliary_is_only_to_be_filled_in() -> None:
    item = the_item("Maria è partita presto e oggi lavora in una grande città.", "è")
    assert item.can_be(ExerciseKind.FILL_GAP)
    assert not item.can_be(ExerciseKind.MULTIPLE_CHOICE)


@pytest.mark.parametrize(
    "text",
    [
        "Un lungo viaggio verso la costa del mare con gli amici della scuola.",
        "Gli disse di cercare la casa della zia nel piccolo paese di montagna.",
        "L'ha vista ieri davanti alla porta della chiesa antica di Santa Maria.",
        "Un ragazzo che cercava la strada di casa nel bosco vicino al mare.",
        "Il punto di cui alla lettera a vale per tutti gli studenti della scuola.",
        "B) gli studenti della scuola leggono sempre molti libri nella biblioteca.",
        "Il predetto studente legge sempre molti libri nella biblioteca della scuola.",
        "Gli studenti leggono molti libri (12) nella biblioteca della scuola.",
    ],
)
def test_a_fragment_or_a_sentence_that_leans_on_its_text_is_not_asked_about(text: str) -> None:
    assert items(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Gli studenti leggono sempre molti libri nella biblioteca della scuola.",
        "Lo studio della lingua richiede molto tempo e molta pazienza a tutti.",
        "Le chiavi della casa sono sul tavolo della cucina vicino alla finestra.",
        "Le stesse persone tornano ogni anno nella casa vicino al mare azzurro.",
    ],
)
def test_an_article_at_the_beginning_leans_on_nothing(text: str) -> None:
    assert items(text)


@given(st.sampled_from(SAMPLE), st.sampled_from(GAPS))
def test_a_distractor_is_a_word_of_the_same_kind_and_never_right(item: Item, kind: ExerciseKind) -> None:
    draft = item.draft(kind, Difficulty.INTERMEDIATE)
    if draft is None:
        return
    wrong = {normalised(option) for option in draft.options} - {normalised(draft.key)}
    assert not wrong & {normalised(text) for text in (draft.key, *item.accepted)}
    assert wrong <= kinds_of(draft)
    assert len(wrong) == max(0, len(draft.options) - 1)


def kinds_of(draft: Draft) -> frozenset[str]:
    """All that a distractor of this draft may be."""
    closed = {
        "articles-definite": DEFINITE,
        "articles-indefinite": INDEFINITE,
        "prepositions-articulated": frozenset(ARTICULATED),
        "prepositions-simple": SIMPLE_PREPOSITIONS,
        "pronouns-clitic": frozenset(words("mi ti si ci vi lo la li le gli ne")),
    }
    if draft.grammar_focus in closed:
        return closed[draft.grammar_focus]
    if draft.grammar_focus == "agreement":
        stem = draft.key[:2].lower()
        return frozenset(text for text in map(normalised, draft.options) if text.startswith(stem))
    infinitive = draft.question.split("«")[1].split("»")[0]
    return frozenset(form.text for form in forms_of(infinitive))


def test_nearly_all_items_of_good_prose_pass_every_gate() -> None:
    usable = [item for item in SAMPLE if any(passes(item, kind) for kind in GAPS)]
    assert len(usable) > 0.9 * len(SAMPLE)


def passes(item: Item, kind: ExerciseKind) -> bool:
    draft = item.draft(kind, Difficulty.INTERMEDIATE)
    return draft is not None and judge(draft, Context(passages=(item.sentence.passage,))) is None
