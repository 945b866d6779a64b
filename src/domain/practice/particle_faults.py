"""What is wrong with the small words: articles and what follows their pattern, prepositions, pronouns, possessives."""

from __future__ import annotations

from domain.practice.faults import Fault
from domain.practice.function_words import (
    ARTICLES,
    ARTICULATED,
    EUPHONIC,
    IMPROPER_PREPOSITIONS,
    PERSONAL_PRONOUNS,
    POSSESSIVES,
    RELATIVE_PRONOUNS,
    SIMPLE_PREPOSITIONS,
    Agreement,
    article_like,
    object_pronoun,
)


def particle_faults(given: str, wanted: str, *, pronoun: bool = False) -> tuple[Fault, ...]:
    """The faults of one small word for another; none where either is no such word.

    `pronoun`: the sentence shows that `lo la l' gli le` stand for somebody here, and are no articles.
    """
    given, wanted = EUPHONIC.get(given, given), EUPHONIC.get(wanted, wanted)
    pattern = ARTICLES.keys() | ARTICULATED.keys()
    if is_elision_of(given, wanted) and not ({given, wanted} <= pattern or _like_an_article(given, wanted)):
        return (Fault.APOSTROPHE,)
    if given + "'" in ARTICULATED and given not in ARTICULATED and wanted != given + "'":
        return (Fault.APOSTROPHE, *particle_faults(given + "'", wanted))
    if pronoun and given in PERSONAL_PRONOUNS and wanted in PERSONAL_PRONOUNS:
        return _pronoun_faults(given, wanted)
    if given in ARTICLES and wanted in ARTICLES:
        return (Fault.ARTICLE, *_article_faults(given, wanted))
    if faults := _preposition_faults(given, wanted):
        return faults
    if faults := _like_an_article(given, wanted):
        return faults
    if given in POSSESSIVES and wanted in POSSESSIVES:
        return _possessive_faults(given, wanted)
    if {given, wanted} <= RELATIVE_PRONOUNS:
        return (Fault.PRONOUN,)
    return _pronoun_faults(given, wanted) if given in PERSONAL_PRONOUNS and wanted in PERSONAL_PRONOUNS else ()


def is_elision_of(one: str, other: str) -> bool:
    """Whether one is the other with its last vowel cut off: `mezzo`, `mezz'`."""
    for short, full in ((one, other), (other, one)):
        if short.endswith("'") and full[-1:] in "aeio" and full[:-1] == short[:-1] and len(full) > 1:
            return True
    return False


def _preposition_faults(given: str, wanted: str) -> tuple[Fault, ...]:
    if wanted in ARTICULATED:
        preposition, article = ARTICULATED[wanted]
        if given in ARTICULATED:
            other, other_article = ARTICULATED[given]
            faults = (Fault.PREPOSITION,) if other != preposition else ()
            if other_article != article:
                faults = (*faults, Fault.ARTICLE, *_article_faults(other_article, article))
            return faults
        if given in SIMPLE_PREPOSITIONS:
            return (Fault.ARTICLE,) if given == preposition else (Fault.PREPOSITION, Fault.ARTICLE)
        if given in ARTICLES:
            return (Fault.PREPOSITION, *_another_article(given, article))
        return (Fault.PREPOSITION,) if given in IMPROPER_PREPOSITIONS else ()
    if given in ARTICULATED:
        preposition, article = ARTICULATED[given]
        if wanted in ARTICLES:
            return (Fault.PREPOSITION, *_another_article(article, wanted))
        if wanted in SIMPLE_PREPOSITIONS:
            return (Fault.ARTICLE,) if preposition == wanted else (Fault.PREPOSITION,)
        return (Fault.PREPOSITION,) if wanted in IMPROPER_PREPOSITIONS else ()
    prepositions = SIMPLE_PREPOSITIONS | IMPROPER_PREPOSITIONS
    return (Fault.PREPOSITION,) if given in prepositions and wanted in prepositions else ()


def _another_article(given: str, wanted: str) -> tuple[Fault, ...]:
    if given == wanted or ARTICLES[given].definite is not ARTICLES[wanted].definite:
        return ()
    return (Fault.ARTICLE, *_article_faults(given, wanted))


def _article_faults(given: str, wanted: str) -> tuple[Fault, ...]:
    return _agreement_faults(ARTICLES[given].agreement, ARTICLES[wanted].agreement)


def _agreement_faults(mine: Agreement, right: Agreement) -> tuple[Fault, ...]:
    gender = None not in (mine.gender, right.gender) and mine.gender != right.gender
    return tuple(
        fault for fault, differs in ((Fault.GENDER, gender), (Fault.NUMBER, mine.plural != right.plural)) if differs
    )


def _like_an_article(given: str, wanted: str) -> tuple[Fault, ...]:
    """`quello`, `bello`, `nessuno` and the like change before a sound as the articles do."""
    mine, right = article_like(given), article_like(wanted)
    if mine is None or right is None or mine[0] != right[0]:
        return ()
    faults = _article_faults(mine[1], right[1])
    if not faults and (given.endswith("'") or wanted.endswith("'")):
        return (Fault.APOSTROPHE, Fault.ARTICLE)
    return faults or (Fault.ARTICLE,)


def _possessive_faults(given: str, wanted: str) -> tuple[Fault, ...]:
    mine, right = POSSESSIVES[given], POSSESSIVES[wanted]
    owner = (Fault.PERSON,) if mine[0] != right[0] else ()
    return (*owner, *_agreement_faults(mine[1], right[1]))


def _pronoun_faults(given: str, wanted: str) -> tuple[Fault, ...]:
    """Gender and number are told where both are of one case: `gli`, `le` to somebody; `lo`, `la`, `li`, `le` of one."""
    mine, right = object_pronoun(given), object_pronoun(wanted)
    shared = mine.keys() & right.keys()
    if not shared:
        return (Fault.PRONOUN,)
    case = "dative" if shared == {"dative"} else "accusative"
    return (Fault.PRONOUN, *_agreement_faults(mine[case], right[case]))
