"""The benchmark of exercises: what counts as asking rightly of a word, and what the command counts."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest

from benchmarks._gold_morphology import GoldWord, gold_sentences, is_of_kind
from benchmarks.exercises import measured

THIRD_OF_IMPERFECT = "il verbo «amare» alla terza persona singolare dell'imperfetto indicativo"


def a_word(kind: str, lemma: str = "", **feats: str) -> GoldWord:
    return GoldWord("parola", 0, lemma, MappingProxyType(feats), kind)


@pytest.mark.parametrize(
    ("focus", "word", "asked", "right"),
    [
        ("articles-definite", a_word("ART", "il"), "", True),
        ("articles-definite", a_word("PRON_CLIT", "la"), "", False),
        ("articles-indefinite", a_word("ART", "il"), "", False),
        ("prepositions-simple", a_word("PREP"), "", True),
        ("prepositions-simple", a_word("ADV"), "", False),
        ("prepositions-articulated", a_word("PREP"), "", False),
        ("verbs-tense", a_word("VERB", "amare", Mood="Ind", Tense="Imp", Number="Sing", Person="3"), "", False),
        *(
            ("verbs-tense", a_word("VERB", "amare", **feats), THIRD_OF_IMPERFECT, right)
            for feats, right in (
                ({"Mood": "Ind", "Tense": "Imp", "Number": "Sing", "Person": "3"}, True),
                ({"Mood": "Ind", "Tense": "Past", "Aspect": "Imp"}, True),
                ({"Mood": "Ind", "Tense": "Past", "Aspect": "Perf"}, False),
                ({"Mood": "Ind", "Tense": "Imp", "Number": "Plur"}, False),
                ({"Mood": "Sub", "Tense": "Imp"}, False),
            )
        ),
        ("verbs-tense", a_word("VERB", "odiare", Mood="Ind", Tense="Imp"), THIRD_OF_IMPERFECT, False),
        ("pronouns-clitic", a_word("PRON_CLIT", "lo", Person="3"), "il pronome diretto (terza persona)", True),
        ("pronouns-clitic", a_word("ART", "il"), "", False),
        ("agreement", a_word("PRON", "suo", **{"Number[psor]": "Sing"}), "", True),
        ("agreement", a_word("NOUN"), "", False),
        (None, a_word("NOUN"), "", True),
        (None, a_word("PREP"), "", False),
    ],
)
def test_what_counts_as_right(focus: str | None, word: GoldWord, asked: str, right: bool) -> None:
    assert is_of_kind(focus, word, asked=asked) is right


def test_items_are_held_against_the_words_at_their_places(tmp_path: Path) -> None:
    text = "I pescatori vendevano il pesce al mercato della piccola città."
    tags = {
        "I": ("DET", "il", "PronType=Art", "ART"),
        "vendevano": ("VERB", "vendere", "Mood=Ind|Number=Plur|Person=3|Tense=Imp", "VERB"),
        "il": ("DET", "il", "PronType=Art", "ART"),
        "al": ("ADP+DET", "a+il", "_+PronType=Art", "PREP_ART"),
        "della": ("NOUN", "della", "_", "NOUN"),
    }
    places = [(word, text.index(f" {word}") + 1 if word != "I" else 0) for word in text.rstrip(".").split()]
    tok = [[word, start, *tags.get(word, ("NOUN", word, "_", "NOUN"))] for word, start in places]
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps({"id": "1", "tb": "ours", "text": text, "tok": tok}) + "\n", encoding="utf-8")

    found = measured(list(gold_sentences(file)), whole=1).as_json()

    assert found["by_focus"]["articles-definite"]["items"] == 2
    assert found["by_focus"]["articles-definite"]["precision"] == 1.0
    assert found["by_focus"]["verbs-tense"]["precision"] == 1.0
    assert found["by_focus"]["prepositions-articulated"]["precision"] == 0.5  # one was tagged as a noun
    assert found["usable_per_100_sentences"] >= 500
    assert found["baseline"]["articles-definite"] == {"items": 2, "precision": 1.0}
