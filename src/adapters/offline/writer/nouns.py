"""Articles and joined prepositions where the words that follow leave no doubt about gender, number and sound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from adapters.offline.writer.article_rules import article_rule
from adapters.offline.writer.items import Item
from adapters.offline.writer.phrases import Phrase, phrase_after, shows_no_number
from adapters.offline.writer.sentences import Sentence, Word, is_finite, is_infinitive, readings
from adapters.offline.writer.verb_words import NOUNS_TOO, PRESENT_THIRD
from domain.practice import (
    ARTICLES,
    ARTICULATED,
    SIMPLE_PREPOSITIONS,
    Agreement,
    Article,
    IsWord,
    agreement_of,
    definite_article,
    indefinite_article,
    joined,
    words,
)

_BEFORE_NOUNS = (
    SIMPLE_PREPOSITIONS
    | frozenset(
        words(
            "dopo durante verso contro senza secondo lungo sotto sopra presso attraverso entro oltre tutto tutta tutti "
            "tutte ambedue entrambi entrambe è sono era erano fu furono ha hanno aveva avevano ebbe ebbero come"
        )
    )
) - {"a"}
"""After these, `la porta` is an article with a noun: no pronoun stands there."""
_OPENING = frozenset(words(', : ; ( « “ " e ed o oppure né sia ma'))
_NOT_NOUNS = frozenset(
    words(
        "quale quali cui più meno molto poco tanto tutto tutta stesso stessa quanto proprio troppo altro altra "
        "uno una suo sua suoi sue mio mia tuo tua nostro nostra vostro vostra loro primo prima secondo seconda "
        "ultimo ultima che non mai già ancora sempre sotto sopra contro dopo"
    )
)
_HAVING = frozenset(words("ho hai ha abbiamo avete hanno aveva avevano avere avendo avrebbe avrebbero"))
_BEFORE_PARTITIVES = frozenset(words("cui che anche quando dove e ed o ci è sono erano furono stato stata stati state"))
_COUNTED = frozenset(words("milione miliardo milioni miliardi sola solo"))
"""Before these *un* counts, and is no article."""
_ALWAYS_VERBS = frozenset(
    words(
        "ha hanno aveva avevano ebbe ebbero avrà avranno avrebbe abbia abbiano ho hai è era fu fa fanno sa sanno dà va "
        "può possono deve devono vuole vogliono dice dicono vede vedono mette rende renda sembra ritiene consente "
        "permette impone ospita aiuta costringe obbliga"
    )
)

_DEFINITE_CONFUSED = {
    "il": "lo i l'",
    "lo": "il gli l'",
    "la": "le l' il",
    "l'": "il lo la",
    "i": "gli le il",
    "gli": "i le lo",
    "le": "gli i la",
}
_INDEFINITE_CONFUSED = {"un": "uno un' una", "uno": "un una un'", "una": "un' un uno", "un'": "un una uno"}
"""What learners write instead, the likeliest first."""

_MONTHS = frozenset(
    words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre")
)
_YEAR = re.compile(r"(?:1\d|20)\d\d\Z")
_DAY = re.compile(r"(?:[2-9]|[12]\d|3[01])\Z")
_MASCULINE = Agreement("m", False)


def certain_agreement(noun: str, *, is_word: IsWord) -> Agreement | None:
    """As the domain's rule, and plurals in -i and -e whose singular is a word and that can be nothing else."""
    if noun in _NOT_NOUNS or not noun.isalpha():
        return None
    known = agreement_of(noun)
    if known is not None or len(noun) < 4:
        return known
    stem = noun[:-1]
    if noun.endswith("i") and is_word(stem + "o") and not is_word(stem + "e") and not noun.endswith(("ii", "hi")):
        return Agreement("m", True)
    if noun.endswith("e") and is_word(stem + "a") and (is_word(stem + "o") or not is_word(stem + "i")):
        return Agreement("f", True)
    return None


def article_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, word in enumerate(words[:-1]):
        article = ARTICLES.get(word.lower)
        if article is None or (index and word.is_name):
            continue
        explanation = _of_date(words, index) or _of_phrase(words, index, article, is_word)
        if explanation is None:
            continue
        confused = _DEFINITE_CONFUSED if article.definite else _INDEFINITE_CONFUSED
        name = "determinativo" if article.definite else "indeterminativo"
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"l'articolo {name} {_number(words, index, article)}giusto",
            key=sentence.key_of(word),
            explanation=explanation,
            focus="articles-definite" if article.definite else "articles-indefinite",
            distractors=tuple(confused[word.lower].split()),
        )


def _number(words: Sequence[Word], index: int, article: Article) -> str:
    """The number, said where the next word shows none; an indefinite article has but one."""
    following = words[index + 1].lower
    if not article.definite or not (following[0].isdigit() or shows_no_number(following)):
        return ""
    return "plurale " if article.agreement.plural else "singolare "


def _of_phrase(words: Sequence[Word], index: int, article: Article, is_word: IsWord) -> str | None:
    if article.definite and may_be_pronoun(words, index, is_word=is_word):
        return None
    if not article.definite and words[index + 1].lower in _COUNTED:
        return None
    phrase = _agreeing(words[index + 1 :], article.text, article.agreement, is_word)
    return article_rule(article.text, phrase) if phrase else None


def _agreeing(following: Sequence[Word], article: str, agreement: Agreement, is_word: IsWord) -> Phrase | None:
    """The phrase after the article, if the rule of sound gives this article and no other."""
    phrase = phrase_after(following, agreement, is_word=is_word)
    if phrase is None:
        return None
    rule = definite_article if ARTICLES[article].definite else indefinite_article
    return phrase if rule(phrase.agreement, phrase.sound.lower()) == article else None


def joined_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, word in enumerate(words[:-1]):
        if word.lower not in ARTICULATED or (index and word.is_name):
            continue
        preposition, article = ARTICULATED[word.lower]
        reason = _of_year(words, index, article) or _joined_reason(words, index, article, is_word)
        if reason is None:
            continue
        number = _number(words, index, ARTICLES[article])
        others = (joined(preposition, other) for other in _DEFINITE_CONFUSED[article].split())
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"la preposizione articolata giusta: «{preposition}» + articolo determinativo {number}".rstrip(),
            key=sentence.key_of(word),
            explanation=f"{reason} «{preposition}» + «{article}» = «{word.lower}».",
            focus="prepositions-articulated",
            distractors=tuple(other for other in others if other),
        )


def _joined_reason(words: Sequence[Word], index: int, article: str, is_word: IsWord) -> str | None:
    if words[index].lower.startswith(("de", "da")) and _may_be_partitive(words, index, is_word):
        return None
    phrase = _agreeing(words[index + 1 :], article, ARTICLES[article].agreement, is_word)
    return article_rule(article, phrase) if phrase else None


def may_be_pronoun(words: Sequence[Word], index: int, *, is_word: IsWord) -> bool:
    """`la porta`: la, lo, le, gli, l' are pronouns before a verb; here a verb is anything that can be one."""
    word, noun = words[index], words[index + 1]
    if word.lower in ("il", "i"):
        return False
    if noun.lower in _ALWAYS_VERBS or noun.lower in PRESENT_THIRD - NOUNS_TOO:
        return True
    if noun.is_name or not is_finite(noun.lower, is_word=is_word):
        return False
    before = words[index - 1].lower if index else ","
    after = words[index + 2].lower if index + 2 < len(words) else "."
    if before in _BEFORE_NOUNS:
        return False
    verb = not (index > 1 and words[index - 1].is_name) and (
        is_finite(before, is_word=is_word) or is_infinitive(before, is_word=is_word)
    )
    return not (verb or before in _OPENING) or after in ARTICLES or after in ("che", "un", "una")


def _may_be_partitive(words: Sequence[Word], index: int, is_word: IsWord) -> bool:
    """`vide delle case`, `morirono delle persone`: *dei, delle, degli* that stand for *alcuni*; *dai* is a verb too."""
    word = words[index].lower
    if word.startswith("da"):
        return word == "dai" and index == 0
    before = words[index - 1] if index else None
    if before is None or not before.text[0].isalpha():
        return True
    if before.lower in SIMPLE_PREPOSITIONS or before.lower in _BEFORE_PARTITIVES or before.lower.endswith("mente"):
        return True
    if index > 1 and words[index - 2].lower in _HAVING:
        return True
    if before.is_name:
        return False
    if is_infinitive(before.lower, is_word=is_word):
        return True
    # After a noun it is the preposition: only what can't be a noun is taken for a verb.
    return word in ("dei", "degli", "delle", "del", "dello", "della") and _is_only_a_verb(words, index - 1, is_word)


def _is_only_a_verb(words: Sequence[Word], index: int, is_word: IsWord) -> bool:
    if not any(form.person == 3 for form in readings(words[index].lower, is_word=is_word)):
        return False
    before = words[index - 1].lower if index else ""
    return before not in ARTICLES and before not in ARTICULATED and before not in SIMPLE_PREPOSITIONS


# --- dates ------------------------------------------------------------------------------------------------------------


def _of_date(words: Sequence[Word], index: int) -> str | None:
    """`il 9 settembre`, `l'8 settembre`."""
    article, number = words[index].lower, words[index + 1].text
    month = words[index + 2].lower if index + 2 < len(words) else ""
    if article not in ("il", "l'") or month not in _MONTHS or not _DAY.match(number):
        return None
    if (number in ("8", "11")) is not (article == "l'"):
        return None
    if article == "l'":
        return (
            f"Davanti al giorno del mese si usa l'articolo maschile singolare; «{number}» si legge con una vocale "
            "iniziale, perciò l'articolo si elide: «l'»."
        )
    return (
        f"Davanti al giorno del mese si usa l'articolo maschile singolare «il» ({number} {month}); "
        "solo davanti a 8 e 11, che si leggono con una vocale iniziale, diventa «l'»."
    )


def _of_year(words: Sequence[Word], index: int, article: str) -> str | None:
    if article != "il" or not _YEAR.match(words[index + 1].text):
        return None
    return "Davanti al numero di un anno si usa l'articolo maschile singolare «il» (si sottintende «anno»)."
