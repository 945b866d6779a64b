"""Right words in a wrong form, from hand-tagged sentences: another form of the same lemma where one was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from benchmarks._gap_trials import Trial, gapped
from benchmarks._gold_morphology import GoldSentence, GoldWord
from domain.practice import Tense, forms_of

_INFLECTED = {"VERB": "verb", "AUX": "verb", "NOUN": "noun", "ADJ": "adjective"}


def attested(sentences: Sequence[GoldSentence]) -> Iterator[Trial]:
    """For each verb, noun and adjective, every other form of its lemma and kind that the sentences have.

    A pair is tried once, in the first sentence that has its key. Two spellings with the same tags are not two forms.
    """
    forms: dict[tuple[str, str], dict[str, set[tuple[tuple[str, str], ...]]]] = defaultdict(lambda: defaultdict(set))
    for _, word in _inflected(sentences):
        forms[_INFLECTED[word.kind], word.lemma][word.text.lower()].add(tuple(sorted(word.feats.items())))
    seen: set[tuple[str, str]] = set()
    for sentence, word in _inflected(sentences):
        key, kind = word.text.lower(), _INFLECTED[word.kind]
        for other, tags in sorted(forms[kind, word.lemma].items()):
            if other != key and (key, other) not in seen and not tags & forms[kind, word.lemma][key]:
                seen.add((key, other))
                yield Trial(word.text, other, gapped(sentence, word), kind)


def conjugated(sentences: Sequence[GoldSentence]) -> Iterator[Trial]:
    """For each verb form, the forms that our paradigm has in other places: the ten simple tenses, all persons.

    A form that stands in the same place as the key (`devo`, `debbo`) is as good as it, and left out.
    """
    seen: set[str] = set()
    for sentence, word in _inflected(sentences):
        key = word.text.lower()
        if _INFLECTED[word.kind] != "verb" or key in seen:
            continue
        seen.add(key)
        forms = forms_of(word.lemma)
        places = {(form.tense, form.person, form.plural, form.gender) for form in forms if form.text == key}
        others = {
            form.text
            for form in forms
            if form.text != key and (form.tense, form.person, form.plural, form.gender) not in places
        }
        if places:
            yield from (Trial(word.text, other, gapped(sentence, word), "paradigm") for other in sorted(others))


_TENSES = {
    ("Ind", "Pres"): Tense.PRESENT,
    ("Ind", "Imp"): Tense.IMPERFECT,
    ("Ind", "Past"): Tense.PERFECT,
    ("Ind", "Fut"): Tense.FUTURE,
    ("Cnd", "Pres"): Tense.CONDITIONAL,
    ("Sub", "Pres"): Tense.SUBJUNCTIVE,
    ("Sub", "Imp"): Tense.SUBJUNCTIVE_IMPERFECT,
}
_VERBAL = {"Inf": Tense.INFINITIVE, "Ger": Tense.GERUND, "Part": Tense.PARTICIPLE}


def paradigm_holds(sentences: Sequence[GoldSentence]) -> dict[str, tuple[bool, int]]:
    """`form < lemma tags` -> whether the generated paradigm has the form there, and how often the gold has it.

    One treebank writes the imperfect as a past tense with `Aspect`; present participles and imperatives do not count.
    """
    found: dict[str, tuple[bool, int]] = {}
    for _, word in _inflected(sentences):
        feats = word.feats
        tense = _VERBAL.get(feats.get("VerbForm", "")) or _TENSES.get((feats.get("Mood", ""), feats.get("Tense", "")))
        if _INFLECTED[word.kind] != "verb" or tense is None:
            continue
        if (tense is Tense.PARTICIPLE and feats.get("Tense") != "Past") or not word.text.isalpha():
            continue
        if tense is Tense.PERFECT and feats.get("Aspect") == "Imp":
            tense = Tense.IMPERFECT
        name = f"{word.text.lower()} < {word.lemma} {'|'.join(f'{k}={v}' for k, v in sorted(feats.items()))}"
        holds = any(
            form.text == word.text.lower()
            and form.tense is tense
            and _says(form.person, feats.get("Person"))
            and _says({None: None, False: "Sing", True: "Plur"}[form.plural], feats.get("Number"))
            and _says({None: None, "m": "Masc", "f": "Fem"}[form.gender], feats.get("Gender"))
            for form in forms_of(word.lemma)
        )
        found[name] = (holds, found.get(name, (holds, 0))[1] + 1)
    return found


def _says(ours: object, gold: str | None) -> bool:
    return gold is None or ours is None or str(ours) == gold


def _inflected(sentences: Sequence[GoldSentence]) -> Iterator[tuple[GoldSentence, GoldWord]]:
    for sentence in sentences:
        for word in sentence.words:
            if word.kind in _INFLECTED and word.text.isalpha() and "+" not in word.lemma:
                yield sentence, word
