"""Finite verbs that can be read in one way only, asked for by infinitive, person and tense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.offline.writer.items import Item
from adapters.offline.writer.sentences import Sentence, Word, can_be, readings
from adapters.offline.writer.verb_words import (
    ALONE,
    NOUNS_TOO,
    OTHER_WORDS,
    PRESENT_THIRD,
    SUBJUNCTIVE_AFTER,
)
from domain.practice import (
    ARTICLES,
    ARTICULATED,
    PRONOUNS,
    SIMPLE_PREPOSITIONS,
    Form,
    IsWord,
    Mood,
    Tense,
    described,
    form_of,
    same_place,
    words,
)

_SAFE_TENSES = frozenset({Tense.IMPERFECT, Tense.PERFECT, Tense.FUTURE, Tense.CONDITIONAL, Tense.SUBJUNCTIVE_IMPERFECT})
_SAFE_SUBJUNCTIVES = frozenset(
    words(
        "abbia abbiano possa possano debba debbano venga vengano vada vadano stia stiano sappia sappiano esca siano "
        "rimanga sia faccia facciano dica dicano tenga tengano"
    )
)
_DETERMINERS = (frozenset((*ARTICLES, *ARTICULATED, "quel", "ogni", "suo", "sua")) - PRONOUNS) | SIMPLE_PREPOSITIONS
_GRAMMATICAL = PRONOUNS | frozenset((*ARTICLES, *ARTICULATED)) | SIMPLE_PREPOSITIONS
_SHORT = 3
_SHORT_FORMS = frozenset(words("è ha ho fa va sa dà fu so"))
_TIMES = frozenset(
    words(
        "anni anno mesi mese giorni giorno settimane settimana ore ora minuti minuto secondi secoli secolo decenni "
        "tempo poco molto millenni"
    )
)
_COMMONEST = {"sono": "essere", "siamo": "essere", "va": "andare", "fa": "fare", "sa": "sapere", "so": "sapere"}
"""Forms that a rare verb has too (`sonare`)."""
_OPENING_MARKS = frozenset('«“":')
_VERB_FOLLOWS = frozenset(words("si ci vi ne mi ti non io"))
"""Words after which a noun hardly stands."""

_ALONGSIDE = {
    Tense.PRESENT: (Tense.IMPERFECT, Tense.SUBJUNCTIVE, Tense.PERFECT),
    Tense.IMPERFECT: (Tense.PERFECT, Tense.PRESENT, Tense.SUBJUNCTIVE_IMPERFECT),
    Tense.PERFECT: (Tense.IMPERFECT, Tense.PRESENT, Tense.FUTURE),
    Tense.FUTURE: (Tense.CONDITIONAL, Tense.PRESENT, Tense.IMPERFECT),
    Tense.CONDITIONAL: (Tense.FUTURE, Tense.SUBJUNCTIVE_IMPERFECT, Tense.IMPERFECT),
    Tense.SUBJUNCTIVE: (Tense.PRESENT, Tense.CONDITIONAL, Tense.SUBJUNCTIVE_IMPERFECT),
    Tense.SUBJUNCTIVE_IMPERFECT: (Tense.CONDITIONAL, Tense.IMPERFECT, Tense.SUBJUNCTIVE),
}
"""The tenses that learners take for it."""


def verb_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, word in enumerate(words):
        form = certain_form(words, index, is_word=is_word)
        if form is None or is_auxiliary(words, index, is_word=is_word):
            continue
        wanted = described(form)
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"il verbo «{form.lemma}» alla {wanted.removeprefix('la ')}",
            key=sentence.key_of(word),
            explanation=_explained(words, index, form, is_word),
            focus="verbs-tense" if form.tense.mood is Mood.INDICATIVE else "verbs-mood",
            accepted=tuple(text for text in same_place(form) if text != form.text),
            distractors=tuple(confused(form, is_word=is_word)),
        )


def opens(words: Sequence[Word], index: int) -> bool:
    """Whether a capital is due here anyhow: the sentence begins, or what somebody says."""
    return index == 0 or words[index - 1].text in _OPENING_MARKS


def certain_form(words: Sequence[Word], index: int, *, is_word: IsWord) -> Form | None:
    """The word as the one finite form that it can be here; None where it may be another, or no verb."""
    word = words[index]
    before = words[index - 1].lower if index else ""
    if (word.is_name and not opens(words, index)) or _is_another_word(word.lower, before):
        return None
    found = readings(word.lower, is_word=is_word)
    if word.lower in _COMMONEST:
        found = tuple(form for form in found if form.lemma == _COMMONEST[word.lower])
    if not found or len({form.lemma for form in found if form.person is not None}) != 1:
        return None
    places = {(form.tense, form.person, form.plural) for form in found}
    if len(places) == 1 and found[0].tense in _SAFE_TENSES:
        return found[0]
    return (
        _present_third(word, before, found)
        or _plural_present(words, index, found)
        or _first_person(words, index, found)
        or _subjunctive(words, index, found, is_word)
    )


def _is_another_word(text: str, before: str) -> bool:
    """A noun, an adjective, or a word of grammar; `le fosse` are ditches, `due anni fa` is no verb."""
    if not text.isalpha() or text in OTHER_WORDS or text in _GRAMMATICAL or before in _DETERMINERS:
        return True
    return (
        (len(text) < _SHORT and text not in _SHORT_FORMS)
        or (before, text) == ("le", "fosse")
        or (text == "fa" and before in _TIMES)
    )


def _present_third(word: Word, before: str, found: tuple[Form, ...]) -> Form | None:
    form = _only(found, Tense.PRESENT, person=3, plural=False)
    if form is None or word.is_name:
        return None
    listed = word.lower in PRESENT_THIRD or word.lower.endswith("isce")
    if not listed and before == "non":
        return None
    if word.lower in NOUNS_TOO or not listed:
        finite = [other for other in found if other.person is not None]
        return form if before in _VERB_FOLLOWS and len(finite) == 1 else None
    return None if before in ("la", "le", "una", "un'", "l'") and word.lower not in ("è", "ha") else form


def _plural_present(words: Sequence[Word], index: int, found: tuple[Form, ...]) -> Form | None:
    """`parlano`; `sono` where nobody says io."""
    form = _only(found, Tense.PRESENT, person=3, plural=True)
    if form is None or words[index].is_name:
        return None
    if form.text == "sono":
        return form if index and _are_they(words, index) else None
    return form if {other.tense for other in found} == {Tense.PRESENT} and len(found) == 1 else None


def _are_they(words: Sequence[Word], index: int) -> bool:
    """Whether `sono` is theirs: nobody says io, and what follows is no singular (`sono un amico`, `sono stanco`)."""
    if {word.lower for word in words} & _MINE:
        return False
    after = next((word.lower for word in words[index + 1 :] if word.lower not in _ADVERBS), "")
    return after not in _SINGULARS and not after.endswith(("o", "a"))


_MINE = frozenset(words("io mi mio mia miei mie ho me"))
_SINGULARS = frozenset(words("un uno una il lo la l' un'"))
_ADVERBS = frozenset(
    words("molto poco più meno sempre ancora già solo tanto troppo spesso anche circa però così ora oggi proprio quasi")
)


def _first_person(words: Sequence[Word], index: int, found: tuple[Form, ...]) -> Form | None:
    """`dobbiamo`, where nothing asks for the subjunctive; `penso` after io, non, mi."""
    before = {word.lower for word in words[max(0, index - 6) : index]}
    form = _only(found, Tense.PRESENT, person=1, plural=True)
    if form is not None and {other.tense for other in found} <= {Tense.PRESENT, Tense.SUBJUNCTIVE}:
        return None if before & {"che", "se", "affinché", "perché"} or not index else form
    form = _only(found, Tense.PRESENT, person=1, plural=False)
    if form is not None and len(found) == 1 and index and words[index - 1].lower in ("io", "mi"):
        return form
    return None


def _subjunctive(words: Sequence[Word], index: int, found: tuple[Form, ...], is_word: IsWord) -> Form | None:
    """After what wants the subjunctive; a singular only where it can't be an io or a tu."""
    said = [word.lower for word in words[max(0, index - 8) : index]]
    forms = [form for form in found if form.tense is Tense.SUBJUNCTIVE and form.person == 3]
    tenses = {form.tense for form in found if form.person is not None}
    if len(forms) != 1 or not tenses <= {Tense.SUBJUNCTIVE, Tense.PRESENT}:
        return None
    if words[index].lower == "sia" and [word.lower for word in words].count("sia") > 1:
        return None
    # `parli` is an indicative and a noun's plural too: only right after *che* or a word that stands before verbs.
    sure = words[index].lower in _SAFE_SUBJUNCTIVES or (forms[0].plural and tenses == {Tense.SUBJUNCTIVE})
    if {"io", "tu"} & set(said) or not (sure or (said and said[-1] in _VERB_FOLLOWS | {"che"})):
        return None
    return forms[0] if subjunctive_trigger(words, index, is_word=is_word) else None


def subjunctive_trigger(words: Sequence[Word], index: int, *, is_word: IsWord) -> str | None:
    """What asks for the subjunctive at this place: `affinché`, `bisogna che`."""
    for place in range(index - 1, max(-1, index - 10), -1):
        word = words[place].lower
        if word in ALONE:
            return word
        if word == "che" and place:
            before = words[place - 1].lower
            lemmas = {form.lemma for form in readings(before, is_word=is_word)}
            return f"{before} che" if ({before} | lemmas) & SUBJUNCTIVE_AFTER else None
        if word in (";", ":"):
            return None
    return None


def _only(found: tuple[Form, ...], tense: Tense, *, person: int, plural: bool) -> Form | None:
    forms = [form for form in found if (form.tense, form.person, form.plural) == (tense, person, plural)]
    return forms[0] if len(forms) == 1 else None


def is_auxiliary(words: Sequence[Word], index: int, *, is_word: IsWord) -> bool:
    """Part of a compound tense or a passive: these are not asked for by halves."""
    if not {form.lemma for form in readings(words[index].lower, is_word=is_word)} & {"essere", "avere", "venire"}:
        return False
    for other in words[index + 1 : index + 4]:
        if other.lower in _GRAMMATICAL or not other.text.isalpha():
            return False
        if can_be(other.lower, Tense.PARTICIPLE, is_word=is_word):
            return True
    return False


def _explained(words: Sequence[Word], index: int, form: Form, is_word: IsWord) -> str:
    said = f"«{form.text}» è {described(form)} di «{form.lemma}»."
    if form.tense.mood is Mood.SUBJUNCTIVE:
        if trigger := subjunctive_trigger(words, index, is_word=is_word):
            return f"Dopo «{trigger}» ci vuole il congiuntivo: {said}"
        if form.tense is Tense.SUBJUNCTIVE_IMPERFECT and "se" in {word.lower for word in words[:index]}:
            return f"Nell'ipotesi introdotta da «se» ci vuole il congiuntivo, non il condizionale: {said}"
    return " ".join((said, *_lessons(form)))


def _lessons(form: Form) -> Iterator[str]:
    """How the form is made, where learners go wrong, and what the tense is for."""
    stem = form.lemma[:-3]
    if form.tense is Tense.PRESENT and form.lemma.endswith("ire") and form.text.startswith(stem + "isc"):
        yield "I verbi come «finire» inseriscono «-isc-» davanti alla desinenza, tranne che con noi e voi."
    if form.tense in (Tense.FUTURE, Tense.CONDITIONAL):
        if form.lemma.endswith("are") and form.text.startswith(stem + "er"):
            yield "Nei verbi in «-are» la «a» del tema diventa «e»: parlare, parlerò, parlerei."
        elif not form.text.startswith(form.lemma[:-1]) and not form.lemma.endswith("are"):
            yield f"Il tema del futuro e del condizionale di «{form.lemma}» è irregolare."
    if form.tense is Tense.PERFECT and not form.text.startswith(stem):
        yield f"Il passato remoto di «{form.lemma}» è irregolare nella prima e nella terza persona."
    if form.tense in _LESSONS:
        yield _LESSONS[form.tense]


_LESSONS = {
    Tense.FUTURE: "Il futuro semplice parla di ciò che deve ancora accadere.",
    Tense.IMPERFECT: "L'imperfetto descrive o racconta un'azione che dura o si ripete nel passato.",
    Tense.PERFECT: "Il passato remoto racconta un fatto compiuto in un passato ormai concluso.",
    Tense.CONDITIONAL: "Il condizionale dice ciò che accadrebbe a una condizione, o che si riferisce con cautela.",
}


def confused(form: Form, *, is_word: IsWord) -> Iterator[str]:
    """Two other tenses in the same person, then the same tense in another person; all real forms of the verb."""
    assert form.person is not None
    assert form.plural is not None
    others = [
        form_of(form.lemma, tense, person=form.person, plural=form.plural) for tense in _ALONGSIDE.get(form.tense, ())
    ]
    same_tense = [
        form_of(form.lemma, form.tense, person=form.person, plural=not form.plural),
        form_of(form.lemma, form.tense, person=3 if form.person != 3 else 1, plural=form.plural),
    ]
    # The dictionary is asked too: a rule may not know that a rare verb is irregular.
    yield from (text for text in (*others[:2], *same_tense, *others[2:]) if text and is_word(text))
