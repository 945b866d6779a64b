"""Simple prepositions where a verb, an adjective, a noun or a set phrase allows no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.offline.writer import government as table
from adapters.offline.writer.items import Item
from adapters.offline.writer.sentences import Sentence, Word, is_infinitive, readings
from domain.practice import ARTICLES, ARTICULATED, PRONOUNS, SIMPLE_PREPOSITIONS, IsWord, Tense, words

_CONFUSED = {
    "a": "di in da per",
    "di": "a da in per",
    "da": "di a in con",
    "in": "a di da su",
    "per": "di a in da",
    "tra": "con per su di",
    "fra": "con per su di",
}
"""What learners take for it, the likeliest first."""


@dataclass(frozen=True, slots=True)
class _Reason:
    explanation: str
    ask: str = "la preposizione semplice giusta"
    accepted: tuple[str, ...] = ()


def preposition_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, word in enumerate(words[:-1]):
        if word.lower not in _CONFUSED or (word.is_name and index):
            continue
        reason = _reason(words, index, is_word)
        if reason is not None:
            taken = {word.lower, *reason.accepted}
            yield Item(
                sentence=sentence,
                gap=word,
                ask=reason.ask,
                key=word.text,
                explanation=reason.explanation,
                focus="prepositions-simple",
                accepted=reason.accepted,
                distractors=tuple(other for other in _CONFUSED[word.lower].split() if other not in taken),
            )


def _reason(words: Sequence[Word], index: int, is_word: IsWord) -> _Reason | None:
    if not words[index + 1].text[0].isalnum():
        return None
    for rule in (_set_phrase, _place, _agent, _quantity, _of_noun, _of_adjective, _of_verb):
        if reason := rule(words, index, is_word):
            return reason
    return None


def _set_phrase(words: Sequence[Word], index: int, is_word: IsWord) -> _Reason | None:
    word = words[index].lower
    for length in (2, 1):
        after = tuple(other.lower for other in words[index + 1 : index + 1 + length])
        before = words[index - 1].lower if index else ""
        if (word, after) in table.BEFORE_PHRASE and before not in table.TOO_OPEN and before not in ARTICLES:
            accepted = ("ad",) if after == ("esempio",) else ()
            said = f"{word} {' '.join(after)}".replace("' ", "'")
            return _Reason(f"«{said}» è una locuzione fissa: la preposizione è «{word}».", accepted=accepted)
    for length in (2, 1):
        phrase = tuple(other.lower for other in words[max(0, index - length) : index])
        if len(phrase) < length or table.AFTER_PHRASE.get(phrase) != word:
            continue
        before = words[index - length - 1].lower if index > length else ""
        if before in ("il", "un", "più", "molto", "nel", "al") and length == 1:
            return None
        if phrase == ("oltre",) and words[index + 1].text[0].isdigit():
            return None
        said = " ".join(phrase).replace("' ", "'")
        what = f"La locuzione «{said}»" if length > 1 else f"«{said.capitalize()}»"
        return _Reason(f"{what} si costruisce con la preposizione «{word}».")
    if word == "di" and words[index - 1].lower == "prima" and index and _infinitive(words, index, is_word):
        return _Reason("Davanti all'infinito si dice «prima di»: prima di partire, prima di mangiare.")
    return None


def _place(words: Sequence[Word], index: int, is_word: IsWord) -> _Reason | None:
    """`in Italia`, `a Roma`."""
    word, name = words[index].lower, words[index + 1].text
    before = words[index - 1] if index else None
    after = words[index + 2].lower if index + 2 < len(words) else "."
    if word == "in" and name in table.COUNTRIES:
        governed = before is None or before.text == "," or _is_verb(words, index - 1, is_word)
        if governed and after not in ("e", "ed") and (before is None or not before.is_name):
            return _Reason(
                "Con i nomi di stati, regioni e continenti lo stato in luogo e il moto a luogo vogliono «in»: "
                f"in {name}."
            )
    if word != "a" or name not in table.CITIES or before is None:
        return None
    if any(form.lemma in table.LIVING for form in readings(before.lower, is_word=is_word)):
        return _Reason(f"Con i nomi di città lo stato in luogo vuole «a», non «in»: a {name}.")
    return None


def _is_verb(words: Sequence[Word], index: int, is_word: IsWord) -> bool:
    """A third person that no article makes a noun: `vive`, but not `il governo`."""
    before = words[index - 1].lower if index else ""
    if before in ARTICLES or before in ARTICULATED:
        return False
    return any(form.person == 3 for form in readings(words[index].lower, is_word=is_word))


def _agent(words: Sequence[Word], index: int, is_word: IsWord) -> _Reason | None:
    """`fu scritto da un poeta`."""
    if words[index].lower != "da" or index < 2:
        return None
    done, following = words[index - 1].lower, words[index + 1]
    if not any(form.tense is Tense.PARTICIPLE for form in readings(done, is_word=is_word)):
        return None
    passive = words[index - 2].lower in _PASSIVE
    if not passive or not (following.is_name or following.lower in ("un", "uno", "una", "un'")):
        return None
    return _Reason(
        f"Nella frase passiva chi compie l'azione è introdotto da «da»: {done} da qualcuno.",
        ask="la preposizione semplice che introduce il complemento d'agente",
    )


_PASSIVE = frozenset(
    words("fu furono viene vengono venne vennero stato stata stati state verrà verranno veniva venivano")
)


def _quantity(words: Sequence[Word], index: int, _: IsWord) -> _Reason | None:
    """`più di cento`."""
    word, before, after = words[index].lower, words[index - 1].lower if index else "", words[index + 1]
    if word == "di" and before in ("più", "meno") and after.text[0].isdigit():
        return _Reason(f"Davanti a un numero si dice «{before} di»: {before} di {after.text}.")
    return None


def _of_noun(words: Sequence[Word], index: int, is_word: IsWord) -> _Reason | None:
    word, before = words[index].lower, words[index - 1].lower if index else ""
    joins = any(other.lower in ("e", "ed") for other in words[index + 2 : index + 9])
    if word in ("tra", "fra") and before in table.NOUN_WITH_TRA and joins:
        other = "fra" if word == "tra" else "tra"
        return _Reason(f"Si dice «{before} tra ... e ...» («fra» è lo stesso).", accepted=(other,))
    if word != "di":
        return None
    if before in table.NOUN_WITH_DI_INFINITIVE and _infinitive(words, index, is_word):
        return _Reason(f"Il nome «{before}» regge l'infinito con la preposizione «di».")
    if before in table.NOUN_WITH_DI_NAME and words[index + 1].is_name:
        return _Reason(f"Dopo «{before}» il nome che segue è un complemento introdotto da «di».")
    bare = words[index + 1].text.islower() and not _is_grammatical(words[index + 1].lower)
    if before in table.NOUN_WITH_DI and bare and not _infinitive(words, index, is_word):
        return _Reason(f"Dopo «{before}» il complemento di specificazione vuole «di».")
    return None


def _of_adjective(words: Sequence[Word], index: int, _: IsWord) -> _Reason | None:
    word, before = words[index].lower, words[index - 1].lower if index else ""
    if table.ADJECTIVE_GOVERNS.get(before) != word or _is_grammatical(words[index + 1].lower, but=("un", "una", "un'")):
        return None
    if index > 1 and words[index - 2].lower in ARTICLES:
        return None
    return _Reason(f"L'aggettivo «{before}» si costruisce con la preposizione «{word}».")


def _of_verb(words: Sequence[Word], index: int, is_word: IsWord) -> _Reason | None:
    word, before = words[index].lower, words[index - 1] if index else None
    if before is None or (before.is_name and index > 1):
        return None
    infinitive = _infinitive(words, index, is_word)
    governed = table.VERB_BEFORE_INFINITIVE if infinitive else table.VERB_BEFORE_NOUN
    lemmas = {form.lemma for form in readings(before.lower, is_word=is_word)}
    lemma = next((lemma for lemma in sorted(lemmas) if governed.get(lemma) == word), None)
    if lemma is None or (index > 1 and words[index - 2].lower in {*ARTICLES, *ARTICULATED} - PRONOUNS):
        return None
    if infinitive:
        return _Reason(f"Davanti all'infinito il verbo «{lemma}» vuole la preposizione «{word}».")
    if _is_grammatical(words[index + 1].lower, but=("un", "una", "un'", "uno")):
        return None
    return _Reason(f"Il verbo «{lemma}» si costruisce con la preposizione «{word}».")


def _infinitive(words: Sequence[Word], index: int, is_word: IsWord) -> bool:
    following = words[index + 1]
    if following.lower == "non" and index + 2 < len(words):
        following = words[index + 2]
    return following.text.islower() and is_infinitive(following.lower, is_word=is_word)


def _is_grammatical(word: str, *, but: tuple[str, ...] = ()) -> bool:
    return word not in but and (word in ARTICLES or word in PRONOUNS or word in SIMPLE_PREPOSITIONS or word in _OPEN)


_OPEN = frozenset(words("che cui quando quanto più meno tale tali questo questa quello quella"))
