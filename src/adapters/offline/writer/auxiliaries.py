"""The auxiliary of a compound tense or of a passive, before its participle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.offline.writer.items import Item
from adapters.offline.writer.sentences import Sentence, Word, readings
from adapters.offline.writer.verb_words import ESSERE_VERBS
from adapters.offline.writer.verbs import confused, subjunctive_trigger
from domain.practice import ExerciseKind, Form, IsWord, Mood, Tense, described, words

_EITHER = "«essere» o «avere»"
_TO_FILL = frozenset({ExerciseKind.FILL_GAP})
"""Options would have to be forms of one verb, and this is a choice between two."""
_COMPOUND = {
    Tense.PRESENT: "passato prossimo",
    Tense.IMPERFECT: "trapassato prossimo",
    Tense.FUTURE: "futuro anteriore",
    Tense.CONDITIONAL: "condizionale passato",
    Tense.SUBJUNCTIVE: "congiuntivo passato",
    Tense.SUBJUNCTIVE_IMPERFECT: "congiuntivo trapassato",
}
_AUXILIARIES = frozenset({"essere", "avere", "venire"})
_FORMS = frozenset(
    words(
        "è sono era erano fu furono sarà saranno sarebbe sarebbero ha hanno aveva avevano avrà avranno avrebbe "
        "avrebbero ho abbiamo avevo avevamo viene vengono veniva venivano venne vennero verrà verranno "
        "sia siano abbia abbiano fosse fossero avesse avessero"
    )
)
_THIRD_SUBJUNCTIVES = frozenset(words("sia abbia"))
_OF_ANOTHER = frozenset(words("si ci mi ti vi c' s' se me te ce ve m' t' v'"))
"""After these the participle is not the whole story: `si è lavato` takes *essere* whatever the verb."""
_BETWEEN = frozenset(words("già mai ancora sempre anche poi spesso inoltre infatti subito recentemente"))
_NOUNS = frozenset(
    words("posto corso permesso successo vista scelta promessa risposta corsa resa presa offerta difesa tratto parte")
)
"""Participles that after *avere* are rather its object."""


def auxiliary_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, word in enumerate(words[:-1]):
        if word.lower not in _FORMS or (word.is_name and index):
            continue
        before = {other.lower for other in words[max(0, index - 2) : index]}
        form = None if before & _OF_ANOTHER else _auxiliary(word, is_word)
        participle = _participle(words, index, is_word) if form else None
        if form is None or participle is None:
            continue
        if form.tense is Tense.SUBJUNCTIVE and subjunctive_trigger(words, index, is_word=is_word) is None:
            continue
        asked = _of_avere(form, participle) if form.lemma == "avere" else _of_essere(form, participle)
        if asked is None:
            continue
        ask, explanation = asked
        yield Item(
            sentence=sentence,
            gap=word,
            ask=ask,
            key=sentence.key_of(word),
            explanation=explanation,
            focus="verbs-tense" if form.tense.mood is Mood.INDICATIVE else "verbs-mood",
            distractors=tuple(confused(form, is_word=is_word)),
            kinds=_TO_FILL if _EITHER in ask else None,
        )


def _auxiliary(word: Word, is_word: IsWord) -> Form | None:
    """The one form of essere, avere or venire that the word is; `sono` before a plural participle is theirs."""
    found = [form for form in readings(word.lower, is_word=is_word) if form.lemma in _AUXILIARIES]
    if word.lower == "sono":
        found = [form for form in found if form.person == 3]
    if word.lower in _THIRD_SUBJUNCTIVES:
        found = [form for form in found if form.person == 3]
    return found[0] if len(found) == 1 else None


def _participle(words: Sequence[Word], index: int, is_word: IsWord) -> Form | None:
    for word in words[index + 1 : index + 3]:
        if word.lower in _BETWEEN:
            continue
        forms = [form for form in readings(word.lower, is_word=is_word) if form.tense is Tense.PARTICIPLE]
        return forms[0] if forms and len({form.lemma for form in forms}) == 1 else None
    return None


def _of_avere(form: Form, participle: Form) -> tuple[str, str] | None:
    if participle.text in _NOUNS or participle.lemma in ESSERE_VERBS:
        return None
    return _of_compound(form, participle) if (participle.gender, participle.plural) == ("m", False) else None


def _of_essere(form: Form, participle: Form) -> tuple[str, str] | None:
    if participle.plural is not form.plural:
        return None
    if participle.lemma in ESSERE_VERBS:
        return _of_compound(form, participle) if form.lemma == "essere" else None
    # `è aperta` may be a passive or a state; `fu aperta` and `viene aperta` are passives.
    is_passive = form.lemma == "venire" or form.tense is Tense.PERFECT
    place = described(form)
    said = "Nel passivo" if is_passive else f"Dopo «{form.lemma}»"
    explanation = (
        f"«{form.text}» è {place} di «{form.lemma}». {said} il participio concorda con il soggetto: "
        f"«{form.text} {participle.text}»."
    )
    return f"il verbo «{form.lemma}» alla {place.removeprefix('la ')}, davanti a «{participle.text}»", explanation


def _of_compound(form: Form, participle: Form) -> tuple[str, str] | None:
    compound = _COMPOUND.get(form.tense)
    if compound is None:
        return None
    place = described(form).removeprefix("la ")
    ending = "il participio concorda con il soggetto" if form.lemma == "essere" else "il participio resta in «-o»"
    explanation = (
        f"Il verbo «{participle.lemma}» vuole l'ausiliare «{form.lemma}»: «{form.text} {participle.text}» è "
        f"un {compound}, e {ending}."
    )
    return f"l'ausiliare giusto, {_EITHER}, alla {place}, davanti a «{participle.text}»", explanation
