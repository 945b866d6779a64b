"""Content without a model: questions on what a sentence says, gaps for words of meaning, and how hard they are."""

from __future__ import annotations

import pytest

from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.offline.writer.difficulty import hardness, sentence_hardness
from adapters.offline.writer.items import Item
from adapters.offline.writer.names import NameKind, kind_of, shorter_names
from adapters.offline.writer.numerals import century_writings, numbers_near, value_of, writings_of
from application.practice import ExerciseBrief
from domain.practice import GAP, Context, Difficulty, ExerciseKind, folded, judge, words
from domain.shared import Passage
from tests.builders_practice import TEXTS, a_passage, paragraphs

WRITER = OfflineExerciseWriter(OfflineLexicon())
SCIENCE = """\
La fotosintesi è il processo con cui le piante trasformano la luce in energia chimica. Le foglie contengono la \
clorofilla, una sostanza verde. Il mattino i ricercatori del laboratorio osservano il glucosio e l'amido. La \
temperatura dell'acqua cambia la velocità del processo.

Nel laboratorio dell'università di Padova il microscopio mostra i tessuti e le membrane. Galileo Galilei nacque a Pisa \
nel 1564. Nel 1610 Galileo osservò i satelliti di Giove con il cannocchiale. Alessandro Volta inventò la pila nel 1799.

Evangelista Torricelli costruì il primo barometro a Firenze nel 1644. Il barometro serve a misurare la pressione \
dell'aria. Guglielmo Marconi morì a Roma nel 1937. La batteria e la lampadina cambiarono la vita delle città europee. \
Enrico Fermi nacque a Roma nel 1901.
"""
SOURCE = paragraphs(SCIENCE)


def asked_of(text: str, *more: str) -> dict[str, Item]:
    """The questions on a sentence by their text; `more` are other passages."""
    passages = tuple(a_passage(one, number=number) for number, one in enumerate((text, *more), start=1))
    setting = WRITER.setting(passages)
    items = (item for one in WRITER.sentences(passages[:1]) for item in WRITER.content_items(one, setting))
    return {item.ask: item for item in items if item.gap is None}


def items_of(passages: tuple[Passage, ...]) -> list[Item]:
    setting = WRITER.setting(passages)
    return [item for sentence in WRITER.sentences(passages) for item in WRITER.content_items(sentence, setting)]


@pytest.mark.parametrize(
    ("sentence", "question", "key"),
    [
        (
            "La fotosintesi è il processo con cui le piante trasformano la luce in energia chimica.",
            "Come si chiama il processo con cui le piante trasformano la luce in energia chimica?",
            "fotosintesi",
        ),
        (
            "La tarsia è una tecnica che compone un'immagine con piccoli pezzi di legno.",
            "Come si chiama la tecnica che compone un'immagine con piccoli pezzi di legno?",
            "tarsia",
        ),
        (
            "Il sismografo è uno strumento che registra le vibrazioni del terreno.",
            "Come si chiama lo strumento che registra le vibrazioni del terreno?",
            "sismografo",
        ),
        (
            "Il punto più alto di una montagna si chiama vetta.",
            "Come si chiama il punto più alto di una montagna?",
            "vetta",
        ),
        ("Dante Alighieri nacque a Firenze nel 1265.", "In quale anno nacque Dante Alighieri?", "1265"),
        ("Dante Alighieri nacque a Firenze nel 1265.", "Dove nacque Dante Alighieri?", "Firenze"),
        (
            "Alessandro Volta (Como, 18 febbraio 1745 – Como, 5 marzo 1827) è stato un fisico italiano.",
            "In quale anno morì Alessandro Volta?",
            "1827",
        ),
        (
            "Alessandro Manzoni scrisse I promessi sposi a Milano.",
            "Chi scrisse I promessi sposi a Milano?",
            "Alessandro Manzoni",
        ),
        (
            "La penicillina fu scoperta da Alexander Fleming nel 1928.",
            "Da chi fu scoperta la penicillina?",
            "Alexander Fleming",
        ),
        (
            "La penicillina fu scoperta da Alexander Fleming nel 1928.",
            "In quale anno fu scoperta la penicillina da Alexander Fleming?",
            "1928",
        ),
        ("La capitale della Francia è Parigi, sulla Senna.", "Qual è la capitale della Francia?", "Parigi"),
        ("Il Po è il fiume più lungo d'Italia.", "Qual è il fiume più lungo d'Italia?", "il Po"),
        (
            "Il Presidente della Repubblica è eletto per sette anni.",
            "Per quanti anni è eletto il Presidente della Repubblica?",
            "sette",
        ),
        ("Il numero dei deputati è di quattrocento.", "Qual è il numero dei deputati?", "quattrocento"),
        (
            "La sovranità nazionale appartiene al popolo italiano.",
            "A chi appartiene la sovranità nazionale?",
            "al popolo italiano",
        ),
        (
            "Il barometro serve a misurare la pressione dell'aria.",
            "A che cosa serve il barometro?",
            "a misurare la pressione dell'aria",
        ),
        (
            "Il libraio fiorentino Vespasiano da Bisticci procurava i manoscritti al duca.",
            "Come si chiamava il libraio fiorentino che procurava i manoscritti al duca?",
            "Vespasiano da Bisticci",
        ),
        (
            "Nel Duecento i maestri di Fabriano migliorarono la carta.",
            "In quale secolo i maestri di Fabriano migliorarono la carta?",
            "Duecento",
        ),
        ("Il Museo della Carta si trova a Fabriano, nelle Marche.", "Dove si trova il Museo della Carta?", "Fabriano"),
        ("Il fiume Adige attraversa la città di Verona.", "Quale fiume attraversa la città di Verona?", "Adige"),
        (
            "Oggi una risma di carta è composta da cinquecento fogli.",
            "Da quanti fogli è composta una risma di carta?",
            "cinquecento",
        ),
    ],
)
def test_a_plain_statement_is_turned_into_its_question(sentence: str, question: str, key: str) -> None:
    assert asked_of(sentence)[question].key == key


@pytest.mark.parametrize(
    "sentence",
    [
        "La stanza fu completata nel 1476.",
        "Il poeta morì a Ravenna nel 1321.",
        "Il delta del fiume è un ambiente prezioso.",
        "Il museo è dunque un lontano parente dello studiolo.",
        "I due commercianti vendettero la miniera nel 1857.",
        "Il movimento contrario si chiama abduzione.",
        "Si dice che la torre fosse alta cento metri.",
        "La città fu occupata tra il 1915 e il 1918.",
        "Nel 1215 Gengis assediò, catturò e distrusse la capitale.",
        "Famoso è il panorama che si vede dalla torre.",
        "L'Etna è uno dei vulcani più attivi del mondo.",
    ],
)
def test_a_statement_that_leans_on_others_or_says_little_is_left_alone(sentence: str) -> None:
    assert asked_of(sentence) == {}


def test_other_ways_to_write_the_answer_are_accepted() -> None:
    born = asked_of("Dante Alighieri nacque a Firenze nel 1265.")
    assert born["Dove nacque Dante Alighieri?"].accepted == ("a Firenze",)
    assert "nel 1265" in born["In quale anno nacque Dante Alighieri?"].accepted
    found = asked_of("La penicillina fu scoperta da Alexander Fleming nel 1928.")["Da chi fu scoperta la penicillina?"]
    assert {"Fleming", "da Alexander Fleming"} <= set(found.accepted)
    (years,) = asked_of("Il Presidente della Repubblica è eletto per sette anni.").values()
    assert {"7", "sette anni"} <= set(years.accepted)


def test_wrong_options_for_a_question_come_from_the_other_passages() -> None:
    setting = WRITER.setting(SOURCE)
    choices = {
        item.ask: item
        for sentence in WRITER.sentences(SOURCE)
        for item in WRITER.content_items(sentence, setting)
        if item.gap is None and item.can_be(ExerciseKind.MULTIPLE_CHOICE)
    }
    inventor = choices["Chi inventò la pila nel 1799?"]
    assert set(inventor.distractors) <= {
        "Galileo Galilei",
        "Evangelista Torricelli",
        "Guglielmo Marconi",
        "Enrico Fermi",
        "Galileo",
    }
    for item in choices.values():
        said = f" {folded(item.sentence.text)} "
        assert not [text for text in item.distractors if f" {folded(text)} " in said]


def test_a_gap_for_a_word_gives_a_hint_that_leaves_one_filler() -> None:
    gaps = [item for item in items_of(SOURCE) if item.gap and item.can_be(ExerciseKind.FILL_GAP) and item.key.islower()]
    assert gaps
    for item in gaps:
        shown = item.ask.split("«")[1].split("»")[0]
        assert item.key.startswith(shown)
        assert f"{len(item.key)} lettere" in item.ask


def test_wrong_words_agree_with_the_key_and_stand_elsewhere() -> None:
    passages = tuple(
        passage for number, text in enumerate(TEXTS, start=1) for passage in paragraphs(text, number=number)
    )
    choices = [
        item
        for item in items_of(passages)
        if item.gap and item.can_be(ExerciseKind.MULTIPLE_CHOICE) and item.key.islower()
    ]
    known = {known.text: known.agreement for known in WRITER.setting(passages).nouns}
    assert choices
    for item in choices:
        for text in item.distractors:
            assert known[text] == known[item.key]
            assert text not in item.sentence.passage.text.lower().split()


def test_whatever_is_asked_of_content_passes_every_gate() -> None:
    passages = tuple(
        passage for number, text in enumerate((*TEXTS, SCIENCE), start=1) for passage in paragraphs(text, number=number)
    )
    context = Context(passages=passages)
    refused = [
        (draft.question, rejection)
        for item in items_of(passages)
        for kind in ExerciseKind
        if (draft := item.draft(kind, Difficulty.INTERMEDIATE)) and (rejection := judge(draft, context))
    ]
    assert refused == []


def test_content_and_grammar_take_turns_and_no_word_is_asked_for_twice() -> None:
    brief = ExerciseBrief(count=12, kinds=(ExerciseKind.FILL_GAP,), difficulty=Difficulty.INTERMEDIATE)
    passages = tuple(
        passage for number, text in enumerate((*TEXTS, SCIENCE), start=1) for passage in paragraphs(text, number=number)
    )
    drafts = WRITER.drafts(brief, passages)
    content = [draft.key for draft in drafts if draft.grammar_focus is None]
    assert 3 <= len(content) < len(drafts)
    assert len(set(map(folded, content))) == len(content)
    assert all(GAP in draft.question for draft in drafts)


def test_a_focus_on_grammar_leaves_content_out() -> None:
    brief = ExerciseBrief(
        count=10, kinds=tuple(ExerciseKind), difficulty=Difficulty.BEGINNER, grammar_focus="articles-definite"
    )
    assert {draft.grammar_focus for draft in WRITER.drafts(brief, SOURCE)} == {"articles-definite"}


@pytest.mark.parametrize(
    ("number", "value", "other"),
    [
        ("ventotto", 28, "28"),
        ("28", 28, "ventotto"),
        ("cinquecento", 500, "500"),
        ("mille", 1000, "1000"),
        ("ventitré", 23, "23"),
    ],
)
def test_a_number_is_written_in_words_and_in_figures(number: str, value: int, other: str) -> None:
    assert value_of(number) == value
    assert other in writings_of(number)


def test_wrong_numbers_are_written_as_the_right_one_is() -> None:
    assert all(text.isalpha() for text in numbers_near("sette"))
    assert all(text.isdigit() for text in numbers_near("652"))
    assert all("." in text for text in numbers_near("12.000"))
    assert "sette" not in numbers_near("sette")


def test_a_century_has_two_names() -> None:
    assert "XIV secolo" in century_writings("Trecento")
    assert "Trecento" in century_writings("XIV")


def test_names_of_persons_and_places_are_told_apart() -> None:
    assert kind_of("Dante Alighieri") is NameKind.PERSON
    assert kind_of("Firenze") is NameKind.PLACE
    assert kind_of("Hilltop", "è nato a ") is NameKind.PLACE
    assert kind_of("Costituzione") is None
    assert shorter_names("Leonardo da Vinci") == ("Leonardo",)
    assert shorter_names("Dante Alighieri") == ("Alighieri",)
    assert shorter_names("Vittorio Emanuele") == ()


def test_long_sentences_of_rare_words_are_harder() -> None:
    easy = words("la nonna abita in una casa vicino al mare")
    hard = words(
        "la giurisprudenza amministrativa qualifica il provvedimento che deriva dalla responsabilità contrattuale"
    )
    assert sentence_hardness(easy) < sentence_hardness(hard)
    assert sentence_hardness([]) == 0


def test_a_rare_key_is_harder_than_a_frequent_one() -> None:
    def of(key: str) -> float:
        items = items_of((a_passage(f"I medici di Padova studiano il {key} e scrivono un libro."),))
        return next(hardness(item) for item in items if item.key == key)

    assert of("glucosio") > of("fegato")
