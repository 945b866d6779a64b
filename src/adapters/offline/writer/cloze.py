"""Gaps in place of words that carry the meaning: a noun, a year, a name. What is asked leaves one filler only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from math import log2

from adapters.offline.writer.asking import (
    About,
    begins_with_one_said,
    names_its_subject,
    printed,
    says_enough,
    says_which,
)
from adapters.offline.writer.clauses import clause_of, has_subject
from adapters.offline.writer.difficulty import frequency
from adapters.offline.writer.items import Item
from adapters.offline.writer.names import NAME, NameKind, kind_of, shorter_names
from adapters.offline.writer.nouns_in_text import Noun, nouns_of
from adapters.offline.writer.sentences import Sentence, Word
from adapters.offline.writer.setting import Setting
from domain.practice import ExerciseKind, folded
from domain.shared import without_accents

_LEANS = re.compile(
    r"\b(?:quest[oaie]|quest'|quel|quei|quegli|quell[oaie]|quell'|tal[ei]|(?:su|pre)ddett[oaie]|precedent[ei]|"
    r"seguent[ei]|successiv[oaie]|precedentemente|in seguito|(?<=\s)oggi|ieri|domani|infatti|inoltre|"
    r"tuttavia|invece|quindi|perciò|dunque|pertanto|anche|entramb[ie]|ess[oaie]|egli|ella|lui|lei|altr[oaie]|un'altra|"
    r"cioè|ossia|qui|"
    r"così|stess[oaie]|ulterior[ei]|ne|\w+[aei]r(?:lo|la|li|le|ne|gli)|mio|mia|miei|tuo|nostr[oaie]|vostr[oaie]|noi|"
    r"voi|io|tu|mi|"
    r"ti)\b",
    re.IGNORECASE,
)
_LEANS_AT_FIRST = re.compile(
    r"(?:Non|E'|È|Presto|Ben|Molto|Più|Più tardi|Poco dopo|In (?:primo|secondo|terzo) luogo|(?:Per|Ad) esempio|Di "
    r"conseguenza|Nel frattempo|In "
    r"seguito|"
    r"A sua volta|Da allora|(?:Il|La|I|Le|Nel|Nella|Nei|Nelle|Con i|Con le) loro|In particolare|Successivamente|Alla "
    r"fine|Infine|Nello stesso|Nella stessa|Allo stesso|In tal|In "
    r"generale|"
    r"\w+ su[oaei]|(?:Nel|Nella|Nei|Nelle|Al|Alla|Dal|Dalla|Del|Della|Con) su[oaei])\b"
)
LEAST_WORDS = 8
"""Of a sentence, for a gap in it to be more than a guess."""
SHORTEST_KEY = 6
RAREST, COMMONEST = 1.8, 4.8
"""Zipf frequencies between which a word is worth asking for: below it is obscure, above it says nothing."""
_PER_SENTENCE = 2
_CHOICE_OF = 6
"""Wrong options, of which three are taken."""
_BROKEN = re.compile(r"[^\W\d_]{3,}\. ")
"""Two sentences that were taken for one."""
_GAP = frozenset({ExerciseKind.FILL_GAP})
_CHOICE = frozenset({ExerciseKind.MULTIPLE_CHOICE})


def cloze_items(sentence: Sentence, *, setting: Setting) -> Iterator[Item]:
    """The best words of the sentence, each as a gap with a hint and as a choice; then its year and its names."""
    text = printed(sentence)
    if (
        _LEANS.search(text)
        or _LEANS_AT_FIRST.match(text)
        or text.endswith(("?", "!"))
        or _BROKEN.search(text)
        or re.search(r"[«»“”\"°%/+=]|\(\)|\( ", text)
    ):
        return
    clause = clause_of(text, is_word=setting.is_word)
    if clause is None:
        if begins_with_one_said(text) or not has_subject(text, is_word=setting.is_word):
            return
    elif not names_its_subject(clause) or not says_which(clause.subject, setting.is_word):
        return
    enough = sum(word.text.isalpha() for word in sentence.words) >= LEAST_WORDS
    for noun in _key_nouns(sentence, setting) if enough else ():
        yield from _noun_items(sentence, noun, setting)
    # A year or a name is remembered of something that is known without the sentences before.
    if clause is not None and says_enough(clause):
        yield from _year_items(sentence, setting)
        yield from _name_items(sentence, setting)


# --- nouns ------------------------------------------------------------------------------------------------------------


def _key_nouns(sentence: Sentence, setting: Setting) -> list[Noun]:
    """Rare in the language and frequent in the source first; what stands twice in the sentence is never asked for."""
    line = sentence.words
    roots = [_root(word.lower) for word in line]
    found = [
        noun
        for noun in nouns_of(line, is_word=setting.is_word, shortest=SHORTEST_KEY)
        if RAREST <= frequency(noun.word.lower) <= COMMONEST
        and not noun.determiner.endswith("'")
        and roots.count(_root(noun.word.lower)) == 1
        and noun.word is not line[0]
        and not _says_too_little(line, noun)
    ]
    found.sort(key=lambda noun: (-_weight(noun.word.lower, setting), noun.word.start))
    return found[:_PER_SENTENCE]


def _says_too_little(line: tuple[Word, ...], noun: Noun) -> bool:
    """A short sentence that begins `La ____ non può`: what is left says too little, unless it defines."""
    return (
        line.index(noun.word) == 1
        and len(line) < 16
        and line[2].lower not in ("è", "sono", "di", "del", "della", "dei")
    )


def _weight(word: str, setting: Setting) -> float:
    """How rare the word is in the language, and how much the source speaks of it."""
    return (7.5 - frequency(word)) * (1 + log2(1 + setting.uses[word]))


def _noun_items(sentence: Sentence, noun: Noun, setting: Setting) -> Iterator[Item]:
    word, key = noun.word, sentence.key_of(noun.word)
    said = f"Il testo dice: «{printed(sentence)}»"
    hint = _hint(word.lower)
    if hint is not None:
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"la parola che manca (comincia per «{hint}», {len(key)} lettere)",
            key=key,
            explanation=said,
            kinds=_GAP,
        )
    wrong = tuple(islice(_wrong_nouns(sentence, noun, setting), _CHOICE_OF))
    if len(wrong) >= 3:
        yield Item(
            sentence=sentence,
            gap=word,
            ask="la parola giusta secondo il testo",
            key=key,
            explanation=said,
            distractors=wrong,
            kinds=_CHOICE,
        )


def _wrong_nouns(sentence: Sentence, noun: Noun, setting: Setting) -> Iterator[str]:
    """Nouns that fit the grammar of the gap and that the source never uses in such company."""
    line = sentence.words
    place = line.index(noun.word)
    before = [word.text for word in line[max(0, place - 2) : place]]
    after = [word.text for word in line[place + 1 : place + 3]]
    mine = frequency(noun.word.lower)
    for known in setting.like(noun.word.lower, sentence):
        if len(known.text) < SHORTEST_KEY - 1 or abs(frequency(known.text) - mine) > 2:
            continue
        if (
            setting.is_said_of(known.text, sentence)
            or setting.stand_together(*before, known.text)
            or setting.stand_together(known.text, *after)
        ):
            continue
        yield known.text


@lru_cache(maxsize=20_000)
def _hint(word: str) -> str | None:
    """The first letters, as few as leave no other frequent word of that length and ending; None where three do not."""
    for shown in range(1, 4):
        if not _rivals(word, shown):
            return word[:shown]
    return None


def _rivals(word: str, shown: int) -> bool:
    return any(
        other != word and other.startswith(word[:shown])
        for other in _frequent_words().get((word[0], len(word), word[-1]), ())
    )


@lru_cache(maxsize=1)
def _frequent_words() -> dict[tuple[str, int, str], tuple[str, ...]]:
    """By first letter, length and last letter: what else might stand in the gap."""
    from wordfreq import top_n_list

    index: dict[tuple[str, int, str], list[str]] = {}
    for word in top_n_list("it", 40_000):
        if word.isalpha() and len(word) >= SHORTEST_KEY:
            index.setdefault((word[0], len(word), word[-1]), []).append(word)
    return {place: tuple(found) for place, found in index.items()}


def _root(word: str) -> str:
    return without_accents(word)[:5]


# --- years and names --------------------------------------------------------------------------------------------------

_YEAR_GAP = re.compile(
    r"\b(?:[Nn]el|[Nn]ell'anno|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|"
    r"dicembre) (?P<key>1\d{3}|20[0-4]\d)(?![\d/-]|\.\d| e |\w)"
)


def _year_items(sentence: Sentence, setting: Setting) -> Iterator[Item]:
    text = sentence.text.replace("’", "'")
    found = _YEAR_GAP.search(text)
    if found is None or len(re.findall(r"\b\d{4}\b", text)) > 1:
        return
    gap = Word(found["key"], found["key"], found.start("key"), found.end("key"))
    for kind, ask in ((_GAP, "l'anno che manca"), (_CHOICE, "l'anno giusto secondo il testo")):
        yield Item(
            sentence=sentence,
            gap=gap,
            ask=ask,
            key=gap.text,
            explanation=f"Il testo dice: «{printed(sentence)}»",
            distractors=setting.others(About.YEAR, gap.text, sentence) if kind is _CHOICE else (),
            kinds=kind,
        )


_GOES_ON = re.compile(r" (?:the|of|von|le|il|lo|la|l'|I|II|III|IV|V)\b|[.-]\w")
_ASKS_NAME = {
    NameKind.PERSON: ("il nome della persona che manca", "il nome di persona giusto secondo il testo", About.PERSON),
    NameKind.PLACE: ("il nome del luogo che manca", "il nome di luogo giusto secondo il testo", About.PLACE),
}


def _name_items(sentence: Sentence, setting: Setting) -> Iterator[Item]:
    """The one person or the one place that the sentence names."""
    text = sentence.text.replace("’", "'")
    by_kind: dict[NameKind, list[re.Match[str]]] = {kind: [] for kind in NameKind}
    for found in re.finditer(rf"(?<![\w']){NAME}|(?<=\w'){NAME}", text):
        kind = kind_of(found[0], text[max(0, found.start() - 25) : found.start()])
        if kind is not None:
            by_kind[kind].append(found)
    for kind, names in by_kind.items():
        if len(names) != 1 or text[max(0, names[0].start() - 1)] in "'(/-" or _GOES_ON.match(text, names[0].end()):
            continue
        name = names[0][0]
        parts = [part for part in name.split() if part[0].isupper()]
        if any(folded(text).split().count(folded(part)) > 1 for part in parts) or len(parts) > 3 or " e " in name:
            continue
        gap = Word(name, name.lower(), names[0].start(), names[0].end())
        ask, choose, about = _ASKS_NAME[kind]
        letters = len(name.replace(" ", ""))
        hint = (
            f"comincia per «{name[0]}», {letters} lettere"
            if len(parts) == 1
            else f"iniziali: {' '.join(f'{part[0]}.' for part in parts)}"
        )
        said = f"Il testo dice: «{printed(sentence)}»"
        accepted = shorter_names(name) if kind is NameKind.PERSON else ()
        yield Item(
            sentence=sentence, gap=gap, ask=f"{ask} ({hint})", key=name, explanation=said, accepted=accepted, kinds=_GAP
        )
        wrong = setting.others(about, name, sentence)
        if len(wrong) >= 3:
            yield Item(
                sentence=sentence, gap=gap, ask=choose, key=name, explanation=said, distractors=wrong, kinds=_CHOICE
            )
