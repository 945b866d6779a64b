"""Questions on what a sentence says: who, what, where, when, how many. The key stands in the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from adapters.offline.writer.items import Item
from adapters.offline.writer.nouns import certain_agreement
from adapters.offline.writer.sentences import Sentence, is_finite, one_line
from domain.practice import IsWord, Tense, analyse, words

Asked: TypeAlias = Iterator[tuple[str, str, tuple[str, ...]]]
"""Question, key, other right answers."""

_NAME = r"[A-ZÀ-Ý][\w']*(?:\s+(?:(?:di|da|de|del|della|degli)\s+|d')?[A-ZÀ-Ý][\w']*){0,3}"
_NUMBER_WORDS = words(
    "due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette "
    "diciotto diciannove venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento mille"
)
_NUMBER = r"(?:\d{1,3}(?:\.\d{3})+|\d+|" + "|".join(_NUMBER_WORDS) + r")"
_LEADERS = frozenset(
    words(
        "il lo la l' i gli le un uno una un' nel nello nella nell' nei negli nelle al allo alla all' del dello della "
        "dell' di a da in con su per dal dalla dall' sul sulla tra fra durante dopo"
    )
)
_REFERRING = re.compile(
    r"\b(?:quest[oaie]|quell[oaie]|quel|egli|ella|ess[oaie]|lui|lei|loro|su[oae]|suoi|tal[ei]|ciò|ne|stess[oaie]|"
    r"entramb[ie]|vi|ci|solo|oggi|ieri|ancora|invece|inoltre|infatti|però|quindi|anche|poi|così|tuttavia|altr[oaie])\b",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(r"\b(?:che|cui|quando|mentre|dove|se|perché|poiché|qual[ei]|benché|affinché)\b")

_YEAR = re.compile(r"(?:\A(?P<first>Nel (?P<key1>1\d{3}|20\d{2}),? )|,? nel (?P<key2>1\d{3}|20\d{2})(?=[ .]))")
_BORN = re.compile(
    rf"(?P<who>{_NAME}) (?P<verb>nacque|morì|nasce|muore|è nato|è nata|è morto|è morta) a (?P<key>{_NAME})"
    r"(?P<rest>,? (?:il \d+ \w+ |nel |nell'anno )?\d{3,4})?[.,]"
)
_BY = re.compile(
    r"(?P<what>[^,;:()]+?) (?P<verb>(?:fu|furono|venne|vennero|è stat[oa]|sono stat[ie]) \w+[oaie]) "
    rf"(?P<by>da|dal|dall'|dalla|dallo)\s*(?P<key>{_NAME})(?:,? (?:nel|tra il|fra il|verso il) [^.]*)?[.]"
)
_THE = re.compile(
    r"(?P<subject>[^,;:()]+?) (?P<verb>è|era|fu) (?P<what>(?:il|lo|la|l')\s*(?:\w+\s+){0,3}?(?:più|capitale|capoluogo|"
    r"simbolo|centro|inventore|autore|fondatore|patrono|regista|scopritore)\s?[^,;:]+)[.]"
)
_A_THING = re.compile(r"(?P<subject>(?:Il|Lo|La|L')\s*[^,;:()\d]+?) è (?P<key>(?:un|uno|una|un')\s*[^,;:()]+)[.]")
_HOW_MANY = re.compile(
    rf"(?P<who>[^,;:()]+?) (?P<verb>ha|conta|contiene|comprende|possiede|aveva|contava) (?P<key>{_NUMBER}) "
    r"(?P<things>[a-zà-ù]+)(?P<rest>(?: [a-zà-ù]+){0,3})[.]"
)
_WHERE = re.compile(
    r"(?P<what>[^,;:()]+?) (?P<verb>si trov(?:a|ano|ava|avano)) "
    r"(?P<key>(?:(?:a|ad|in|nel|nello|nella|nei|nelle|sul|sulla)\s|nell'|sull')[^,;:()]+)[.]"
)
_WHO = re.compile(rf"(?P<key>{_NAME}) (?P<verb>[a-zà-ù]+) (?P<rest>[^;:()]+)[.]")
_DEEDS = frozenset(
    words(
        "scrivere scoprire inventare dipingere fondare comporre progettare pubblicare costruire sposare tradurre "
        "insegnare studiare dirigere scolpire realizzare disegnare proporre dimostrare brevettare osservare viaggiare "
        "descrivere affrescare incidere conquistare sconfiggere"
    )
)
"""What only a person does: of others one does not ask who."""


def fact_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    text = one_line(sentence.text.replace("’", "'"))
    for rule in (_years, _birthplaces, _authors, _doers, _superlatives, _definitions, _quantities, _places):
        for question, key, accepted in rule(text, is_word):
            if key in sentence.text and not _REFERRING.search(question.removeprefix("Secondo il testo,")):
                yield Item(
                    sentence=sentence,
                    gap=None,
                    ask=question,
                    key=key,
                    explanation=f"Lo dice il testo: «{text}»",
                    accepted=accepted,
                )


def _years(text: str, is_word: IsWord) -> Asked:
    """The sentence without its year, where it says one thing only: a single verb, a single number, no commas."""
    found = _YEAR.search(text)
    if not found or not text.endswith("."):
        return
    rest = (text[: found.start()] + text[found.end() :]).rstrip(".")
    if re.search(r"[\d,;:()«»\"]", rest) or _SUBORDINATE.search(rest) or len(_verbs(rest, is_word)) != 1:
        return
    if is_finite(rest.split()[0].lower(), is_word=is_word):
        return  # no subject of its own
    key = found["key1"] or found["key2"]
    yield f"In quale anno {_lowered(rest)}?", key, (f"nel {key}",)


def _birthplaces(text: str, _: IsWord) -> Asked:
    found = _BORN.match(text)
    if found and found["who"] != found["key"]:
        yield f"Dove {found['verb']} {found['who']}?", found["key"], (f"a {found['key']}",)
        year = re.search(r"\d{3,4}\Z", found["rest"] or "")
        if year:
            yield f"In quale anno {found['verb']} {found['who']}?", year[0], (f"nel {year[0]}",)


def _authors(text: str, _: IsWord) -> Asked:
    found = _BY.fullmatch(text)
    if found and len(found["what"].split()) <= 10:
        with_preposition = f"{found['by']}{'' if found['by'].endswith(chr(39)) else ' '}{found['key']}"
        yield f"Da chi {found['verb']} {_lowered(found['what'])}?", found["key"], _also(with_preposition, found["key"])


def _doers(text: str, is_word: IsWord) -> Asked:
    found = _WHO.fullmatch(text)
    if not found or found["key"].split()[0].lower() in _LEADERS or _SUBORDINATE.search(found["rest"]):
        return
    forms = analyse(found["verb"], is_word=is_word)
    did = any(form.lemma in _DEEDS and form.tense is Tense.PERFECT and form.person == 3 for form in forms)
    if did and not any(form.plural for form in forms) and len(found["rest"].split()) <= 14:
        yield f"Chi {found['verb']} {found['rest']}?", found["key"], _surname(found["key"])


def _superlatives(text: str, _: IsWord) -> Asked:
    found = _THE.fullmatch(text)
    if found and len(found["subject"].split()) <= 5 and len(found["what"].split()) <= 14:
        key = found["subject"]
        ask = {"è": "qual è", "era": "qual era", "fu": "quale fu"}[found["verb"]]
        bare = re.sub(r"^(?:Il|Lo|La|I|Gli|Le)\s+|^L'\s*", "", key)
        yield f"Secondo il testo, {ask} {found['what']}?", key, (bare,) if bare != key else ()


def _definitions(text: str, is_word: IsWord) -> Asked:
    found = _A_THING.fullmatch(text)
    if found is None or _verbs(found["subject"], is_word) or _SUBORDINATE.search(found["subject"]):
        return
    if len(found["subject"].split()) <= 4 and 2 <= len(found["key"].split()) <= 9:
        yield f"Secondo il testo, che cos'è {_lowered(found['subject'])}?", found["key"], ()


def _quantities(text: str, is_word: IsWord) -> Asked:
    found = _HOW_MANY.fullmatch(text)
    if found and len(found["who"].split()) <= 6:
        agreement = certain_agreement(found["things"], is_word=is_word)
        if agreement is not None and agreement.plural and agreement.gender:
            how = "Quante" if agreement.gender == "f" else "Quanti"
            question = f"{how} {found['things']}{found['rest']} {found['verb']} {_lowered(found['who'])}?"
            yield question, found["key"], (f"{found['key']} {found['things']}",)


def _places(text: str, is_word: IsWord) -> Asked:
    found = _WHERE.fullmatch(text)
    if found and len(found["what"].split()) <= 7 and len(found["key"].split()) <= 6:
        if _SUBORDINATE.search(text) or _verbs(found["what"], is_word):
            return
        yield f"Secondo il testo, dove {found['verb']} {_lowered(found['what'])}?", found["key"], ()


def _surname(name: str) -> tuple[str, ...]:
    last = name.rsplit(maxsplit=1)[-1]
    return (last,) if last != name else ()


def _also(with_preposition: str, name: str) -> tuple[str, ...]:
    return (with_preposition, *_surname(name))


def _verbs(text: str, is_word: IsWord) -> list[str]:
    """The words that may be finite verbs, but for the first, which an article or a noun begins."""
    found = re.findall(r"[^\W\d_]+", text.lower())[1:]
    return [word for word in found if word in ("è", "fu", "ha", "sono", "era") or is_finite(word, is_word=is_word)]


def _lowered(text: str) -> str:
    """Without the capital that only the beginning of the sentence asked for."""
    first = re.match(r"[^\W\d_]+'?", text)
    return text[0].lower() + text[1:] if first and first[0].lower() in _LEADERS else text
