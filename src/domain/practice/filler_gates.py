"""Gates on what a gap asks for: the key is of that kind, and the question leaves no other word to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.practice.exercise import GAP, Draft, ExerciseKind, folded, gapped_sentence
from domain.practice.function_words import ARTICLES, agreement_of
from domain.practice.judging import Context, asked_in, folded_text
from domain.practice.meaning import stems
from domain.practice.normalising import normalised, tokens
from domain.practice.paradigm import Form, Mood, Tense, forms_of
from domain.practice.sounds import KEYS_OF_FOCUS
from domain.practice.wordlists import words
from domain.shared import Passage

MOODS_OF_FOCUS = {
    "verbs-tense": frozenset({Mood.INDICATIVE}),
    "verbs-mood": frozenset({Mood.CONDITIONAL, Mood.SUBJUNCTIVE}),
}
_REASON_REACH = 3
"""The word that requires a preposition stands no farther from the gap than so many words."""
_NEAR = 2
"""So many words on either side make the frame of a gap."""

_BOTH_NUMBERS = re.compile(r"[àèéìòù]\Z|[^aeiouàèéìòù']\Z|(?:isi|tesi|oasi|rosi)\Z|\A(?:serie|specie|carie|barbarie)\Z")
_NO_NOUNS = frozenset(words("più meno così"))
_NOT_OF_PERSONS = re.compile(r"(?:\A|[^t])vista\Z|\A[lp]ista\Z|conquista\Z|\A(?:mista|cista|svista)\Z")
_NO_AGREEMENT = frozenset(
    words(
        "davanti contro lungo presso oltre fino vicino lontano accanto intorno attorno insieme dietro dentro fuori "
        "appena quasi forse proprio subito presto tardi spesso sempre mai ieri domani allora come"
    )
)
_BOTH_GENDERS = frozenset(
    words(
        "cantante insegnante amante assistente comandante abitante rappresentante partecipante passante militante "
        "emigrante immigrante commerciante agente cliente paziente parente docente dirigente presidente conoscente "
        "dipendente concorrente adolescente residente utente nipote giovane collega atleta coniuge custode erede"
    )
)


def asks_what_its_focus_says(draft: Draft, _: Context) -> str | None:
    """The key is of the kind that the grammar focus names; for a verb, a form of the infinitive that is asked."""
    key, focus = normalised(draft.key), draft.grammar_focus
    if draft.language != "it" or focus is None:
        return None
    if focus in KEYS_OF_FOCUS:
        return None if key in KEYS_OF_FOCUS[focus] else "the key is not of the kind asked for"
    if focus in MOODS_OF_FOCUS and not any(
        form.text == key and form.tense.mood in MOODS_OF_FOCUS[focus]
        for infinitive in _infinitives(draft)
        for form in forms_of(infinitive)
    ):
        return "the key is no form, in that mood, of a verb that the question names"
    return None


def leaves_one_filler(draft: Draft, context: Context) -> str | None:
    """What is asked makes the filler certain; what does that depends on the focus."""
    sentence = gapped_sentence(draft.question)
    if sentence is None:
        return None
    asked = asked_in(draft)
    if not asked and draft.kind is ExerciseKind.FILL_GAP:
        return "does not say what is asked for"
    if draft.language == "it" and draft.grammar_focus is not None:
        return _of_grammar(draft, draft.grammar_focus, asked, sentence)
    return _of_content(draft, asked, sentence, context)


# --- grammar ----------------------------------------------------------------------------------------------------------


def _of_grammar(draft: Draft, focus: str, asked: str, sentence: str) -> str | None:
    to_fill = draft.kind is ExerciseKind.FILL_GAP
    if focus in MOODS_OF_FOCUS:
        return _of_a_verb(draft, asked, sentence)
    if focus in ("articles-definite", "articles-indefinite"):
        if to_fill and "determinativo" not in asked.lower():
            return "definite and indefinite article are both possible"
        return _of_an_article(draft, asked, sentence)
    if focus == "prepositions-articulated" and to_fill and not re.search(r"«(di|a|da|in|su|con|per)»", asked):
        return "another preposition is possible"
    if focus == "prepositions-simple":
        return _of_a_preposition(draft, sentence)
    if focus == "pronouns-clitic" and not re.search(r"[«\"“]\s*\w|\briflessiv", asked, re.IGNORECASE):
        return "does not say what the pronoun stands for, or of which verb it is"
    if focus == "agreement" and to_fill and not _names_the_word(draft.key, asked):
        return "does not name the word to be put into its form"
    return None


def right_verb_forms(draft: Draft) -> frozenset[str]:
    """Every form that what is asked admits: of the infinitives, in the tense, in the person if it names one."""
    return frozenset(form.text for form in _admitted(draft, asked_in(draft)))


def verb_forms_asked(draft: Draft) -> frozenset[str]:
    """Every form, in any tense, of the verbs that the question names."""
    return frozenset(form.text for infinitive in _infinitives(draft) for form in forms_of(infinitive))


def _of_a_verb(draft: Draft, asked: str, sentence: str) -> str | None:
    if len(named_tenses(asked)) != 1:
        return "does not name one tense"
    if normalised(draft.key) not in {form.text for form in _admitted(draft, asked)}:
        return "the key is in another tense or person than asked for"
    if _named_person(asked) is None and not _has_subject(sentence):
        return "the person is open: neither named, nor told by a subject"
    return None


def _admitted(draft: Draft, asked: str) -> Iterator[Form]:
    """Without a person named, those of the key's own person and number."""
    tenses, person = named_tenses(asked), _named_person(asked)
    key = normalised(draft.key)
    for infinitive in _infinitives(draft):
        forms = [form for form in forms_of(infinitive) if form.tense in tenses and form.person is not None]
        places = {person} if person else {(form.person, form.plural) for form in forms if form.text == key}
        yield from (form for form in forms if (form.person, form.plural) in places)


def named_tenses(asked: str) -> frozenset[Tense]:
    """The simple tenses that a question names: one, unless it is unclear."""
    said = frozenset(tokens(normalised(asked)))
    if said & {"prossimo", "trapassato", "anteriore"}:
        return frozenset()
    if "congiuntivo" in said:
        named = {Tense.SUBJUNCTIVE_IMPERFECT} if "imperfetto" in said else set()
        return frozenset(named | ({Tense.SUBJUNCTIVE} if "presente" in said else set()))
    if "condizionale" in said:
        return frozenset() if "passato" in said else frozenset({Tense.CONDITIONAL})
    named = {tense for word, tense in _INDICATIVE.items() if word in said}
    return frozenset(named)


_INDICATIVE = {
    "presente": Tense.PRESENT,
    "imperfetto": Tense.IMPERFECT,
    "remoto": Tense.PERFECT,
    "futuro": Tense.FUTURE,
}
_PERSONS = {"prima": 1, "seconda": 2, "terza": 3}
_PERSON = re.compile(r"\b(prima|seconda|terza)\s+(?:persona\s+)?(singolare|plurale)\b", re.IGNORECASE)


def _named_person(asked: str) -> tuple[int | None, bool | None] | None:
    found = _PERSON.search(asked)
    return (_PERSONS[found[1].lower()], found[2].lower() == "plurale") if found else None


_SUBJECTS = frozenset(words("io tu lui lei egli ella noi voi loro essi esse chi che ognuno nessuno qualcuno tutti"))
_ADVERBS = frozenset(
    words(
        "ieri oggi domani poi dopo prima allora così mentre quando se dove come perché non e ma o spesso sempre mai "
        "forse ora adesso presto tardi qui lì là ogni dopodomani stasera stamattina quindi però anche"
    )
)


def _has_subject(sentence: str) -> bool:
    """Whether a pronoun, a name, or an article with its noun stands before the gap in the same clause."""
    before = re.split(r"[,;:.]", sentence.split(GAP, maxsplit=1)[0])[-1]
    said = re.findall(r"[^\W\d_]+['’]?", before)
    for index, word in enumerate(said):
        lower = word.lower().replace("’", "'")
        if lower in _SUBJECTS or (lower in ARTICLES and index + 1 < len(said)):
            return True
        # A capital inside the sentence, or a word all alone before the verb: `Dante ____`, but not `Ieri ____`.
        if word[0].isupper() and index and len(word) > 2:
            return True
    return len(said) == 1 and said[0][0].isupper() and said[0].lower() not in _ADVERBS


def _of_an_article(draft: Draft, asked: str, sentence: str) -> str | None:
    """Before a noun that does not show number or gender, and with no word after it that does, the question says it."""
    noun, following = (*tokens(normalised(sentence.split(GAP, maxsplit=1)[1])), "", "")[:2]
    article = ARTICLES.get(normalised(draft.key))
    if draft.kind is not ExerciseKind.FILL_GAP or article is None or agreement_of(noun) is not None:
        return None
    said, shown = set(tokens(normalised(asked))), _shows_agreement(following)
    if article.definite and is_of_one_form(noun) and not shown and not said & {"singolare", "plurale"}:
        return f"`{noun}` may be singular or plural"
    if article.agreement.gender is not None and _is_of_both(noun) and not shown:
        return None if said & {"maschile", "femminile"} else f"`{noun}` may be a man or a woman"
    return None


def is_of_one_form(noun: str) -> bool:
    """Whether the noun may be singular and plural as it is: `città`, `film`, `crisi`, `serie`."""
    return bool(_BOTH_NUMBERS.search(noun)) and noun not in _NO_NOUNS


def _is_of_both(noun: str) -> bool:
    return noun in _BOTH_GENDERS or (noun.endswith(("ista", "iatra", "cida")) and not _NOT_OF_PERSONS.search(noun))


def _shows_agreement(word: str) -> bool:
    """Whether the word after a noun can be an adjective or a verb: either agrees with it."""
    return word not in _NO_AGREEMENT and bool(stems(word)) and not word.endswith("mente")


def _of_a_preposition(draft: Draft, sentence: str) -> str | None:
    """The explanation names the word near the gap that requires the preposition; of `tra` and `fra` both are right."""
    pair = {"tra": "fra", "fra": "tra"}.get(normalised(draft.key))
    if pair and draft.kind is ExerciseKind.FILL_GAP and pair not in map(normalised, draft.accepted):
        return f"`{pair}` is right as well"
    before, after = (folded(part).split() for part in sentence.split(GAP, maxsplit=1))
    near = [*before[-_REASON_REACH:], *after[:_REASON_REACH]]
    reasons = [word for word in folded(draft.explanation).split() if len(word) > 2 and word not in _NO_REASON]
    if not any(_same_stem(word, reason) for word in near for reason in reasons):
        return "does not say which word requires the preposition"
    return None


_NO_REASON = frozenset(
    words("preposizione preposizioni semplice articolata verbo infinito con per tra fra dopo vuole regge")
)
_FRAMED = re.compile(r"[«\"“]\s*([^»\"”]+?)\s*[»\"”]")


def _same_stem(word: str, other: str) -> bool:
    length = min(len(word) - 1, len(other) - 1, 4)
    return length > 1 and word[:length] == other[:length]


def _names_the_word(key: str, asked: str) -> bool:
    """`«nuovo»` for `nuove`: what is named in quotation marks or brackets begins as the key does."""
    named = [*_FRAMED.findall(asked), *re.findall(r"\(([^)]+)\)", asked)]
    return any(_same_stem(folded(key), word) for text in named for word in folded(text).split())


def _infinitives(draft: Draft) -> Iterator[str]:
    """The infinitives that the question names in its first lines."""
    for word in dict.fromkeys(tokens(normalised(asked_in(draft)))):
        if forms_of(word):
            yield word


# --- words of meaning -------------------------------------------------------------------------------------------------

_BEGINS = re.compile(r"[«\"“]\s*([^\W\d_]{1,3})\s*(?:…|\.{3})?\s*[»\"”]")
_LETTERS = re.compile(r"(\d+)\s+(?:lettere|letters)")
_FROM_THE_TEXT = re.compile(r"\b(?:testo|brano|fonte|passaggio|lettura|text|passage|source)\b", re.IGNORECASE)
_CLASSES = (
    (re.compile(r"\b(?:anno|secolo|numero|data|cifra|year|century|number|date)\b", re.IGNORECASE), r"\d|\w"),
    (
        re.compile(r"\b(?:nome proprio|nome di|città|luogo|paese|persona|name of|proper name)\b", re.IGNORECASE),
        r"[A-ZÀ-Ý]",
    ),
)


def _of_content(draft: Draft, asked: str, sentence: str, context: Context) -> str | None:
    """A first letter, a clue, or of what class the word is, to fill in; to choose, that the text decides, at least."""
    begins, letters = _BEGINS.search(asked), _LETTERS.search(asked)
    key = folded(draft.key)
    if begins and not key.startswith(folded(begins[1])):
        return f"the key does not begin with `{begins[1]}`"
    if letters and int(letters[1]) != sum(map(str.isalnum, draft.key)):
        return f"the key has not {letters[1]} letters"
    clue = len(set(stems(_BEGINS.sub(" ", _LETTERS.sub(" ", asked)))) - set(stems(draft.key))) >= 2
    of_a_class = any(said.search(asked) and re.match(look, draft.key) for said, look in _CLASSES)
    from_the_text = draft.kind is ExerciseKind.MULTIPLE_CHOICE and _FROM_THE_TEXT.search(asked)
    if not (begins or clue or of_a_class or from_the_text):
        return "nothing but the sentence says which word is wanted"
    if draft.kind is ExerciseKind.FILL_GAP:
        for other in fillers_in(sentence, context.all_passages, words=len(key.split())):
            if other != key and not (begins and not other.startswith(folded(begins[1]))):
                return f"a passage has `{other}` between the same words"
    return None


def fillers_in(sentence: str, passages: tuple[Passage, ...], *, words: int) -> Iterator[str]:
    """What passages have between the words that stand next to the gap, as many words long; folded."""
    before, after = (folded(part).split() for part in sentence.split(GAP, maxsplit=1))
    left, right = before[-_NEAR:], after[:_NEAR]
    if len(left) + len(right) <= _NEAR:
        return  # too little to be the same place
    opening, closing = re.escape(" ".join(left)), re.escape(" ".join(right))
    filler = rf"(?:\S+ ){{{words - 1}}}\S+"
    frame = re.compile(rf"(?<!\S){opening} ({filler})(?= {closing}(?!\S))")
    for passage in passages:
        yield from frame.findall(folded_text(passage.text))
