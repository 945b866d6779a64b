"""Questions for a number: how many, how long, for how many years, in how many parts."""

from __future__ import annotations

import re

from adapters.offline.writer.asking import About, Asked, Questions, Statement, cut_tail, lowered, says_enough
from adapters.offline.writer.nouns import certain_agreement
from adapters.offline.writer.numerals import NUMBER, writings_of
from domain.practice import IsWord

_COUNTED = re.compile(
    rf"\A(?P<preposition>(?:di|da|in|a|per) )?(?P<key>{NUMBER}) (?P<things>[a-zà-ù]+)(?P<tail>.*)\Z", re.DOTALL
)
_HOLDERS = frozenset(
    [
        "ha",
        "aveva",
        "conta",
        "contava",
        "contiene",
        "conteneva",
        "comprende",
        "comprendeva",
        "possiede",
        "possedeva",
        "dura",
        "durò",
        "durava",
        "pesa",
        "misura",
        "ospita",
        "riunisce",
        "riuniva",
        "raccoglie",
        "raccoglieva",
        "impiega",
        "costò",
        "conserva",
        "conservava",
    ]
)
_HOLDERS_PLURAL = frozenset(
    ["hanno", "avevano", "contano", "comprendono", "possiedono", "durano", "pesano", "misurano", "contengono"]
)
_PARTICIPLES = {
    "composto": ("di", "da"),
    "formato": ("da",),
    "costituito": ("da",),
    "diviso": ("in",),
    "suddiviso": ("in",),
    "articolato": ("in",),
    "ripartito": ("in",),
    "eletto": ("per",),
    "nominato": ("per",),
}
_SIZE = re.compile(
    rf"\A(?P<size>lung|alt|larg|profond|estes|spess)(?P<end>[oaie]|h[ie]) (?P<key>(?:circa |quasi |oltre )?{NUMBER} "
    rf"(?:milioni di )?"
    r"(?P<unit>chilometri|km|metri|centimetri|millimetri|m|cm|mm))(?P<tail>.*)\Z"
)
_DISTANCE = re.compile(rf"\A(?P<key>(?:circa )?{NUMBER} (?:chilometri|km|metri)) (?P<tail>da[l ].*)\Z")
_APPROXIMATE = re.compile(r"\b(?:circa|quasi|oltre|almeno|più di|meno di|fino a)\b")


def count_questions(said: Statement) -> Questions:
    clause = said.clause
    if clause is None or not says_enough(clause) or clause.opener or len(clause.subject.split()) > 8:
        return
    found = _COUNTED.match(clause.rest)
    if found is None:
        return
    how = _how_many(found["things"], said.is_word)
    tail = _tail(found["tail"])
    if how is None or tail is None:
        return
    preposition = (found["preposition"] or "").strip()
    if preposition:
        participle = clause.verb.rsplit(maxsplit=1)[-1]
        right = _PARTICIPLES.get(participle[:-1] + "o", ())
        if preposition not in right or not clause.with_essere:
            return
    elif clause.verb not in _HOLDERS | _HOLDERS_PLURAL:
        return
    asked = f"{preposition} {how}".strip()
    question = f"{asked[0].upper()}{asked[1:]} {found['things']}{tail} {clause.verb} {lowered(clause.subject)}?"
    key, things = found["key"], found["things"]
    ways = writings_of(key)
    yield Asked(question=question, key=key, accepted=(*ways, f"{key} {things}"), about=About.NUMBER)


_AMOUNT = re.compile(
    rf"\A(?P<subject>Il numero (?:dei|degli|delle) (?P<things>[a-zà-ù]+)[^,;:()]{{0,60}}?) è di (?P<key>{NUMBER})\b"
)


def amount_questions(said: Statement) -> Questions:
    """`Il numero dei deputati è di quattrocento`: qual è?"""
    found = _AMOUNT.match(said.text)
    if found:
        key = found["key"]
        ask = f"Qual è {lowered(found['subject'])}?"
        yield Asked(question=ask, key=key, accepted=writings_of(key), about=About.NUMBER)


def size_questions(said: Statement) -> Questions:
    clause = said.clause
    if clause is None or not says_enough(clause) or clause.verb not in ("è", "era", "sono", "erano") or clause.opener:
        return
    found = _SIZE.match(clause.rest)
    if found and not cut_tail(found["tail"]):
        ask = f"Quanto {clause.verb} {found['size']}{found['end']} {lowered(clause.subject)}?"
        yield Asked(question=ask, key=found["key"], accepted=_in_letters(found["key"]))


def distance_questions(said: Statement) -> Questions:
    clause = said.clause
    if clause is None or clause.verb not in ("dista", "distano") or clause.opener or not says_enough(clause):
        return
    found = _DISTANCE.match(clause.rest)
    if found and "," not in found["tail"]:
        ask = f"Quanto {clause.verb} {lowered(clause.subject)} {found['tail']}?"
        yield Asked(question=ask, key=found["key"], accepted=_in_letters(found["key"]))


def _in_letters(measure: str) -> tuple[str, ...]:
    units = {"km": "chilometri", "m": "metri", "cm": "centimetri", "mm": "millimetri"}
    number, _, unit = measure.rpartition(" ")
    spelt = dict(units) | {long: short for short, long in units.items()}
    other = f"{number} {spelt[unit]}" if unit in spelt else ""
    bare = _APPROXIMATE.sub("", measure).strip()
    return tuple(way for way in dict.fromkeys((other, bare)) if way and way != measure)


def _tail(tail: str) -> str | None:
    """What belongs to the things that are counted: `di terra`; None where more is said of them than fits a question."""
    cut = cut_tail(tail)
    if (
        tail.strip().startswith(("e ", "o ", "a "))
        or len(cut.split()) > 6
        or re.search(r"\b(?:che|cui|e|ed|o)\b|\d", cut)
    ):
        return None
    if (cut and tail.strip()[len(cut) :].startswith(",")) or "," in cut:
        return None
    return f" {cut}" if cut else ""


def _how_many(things: str, is_word: IsWord) -> str | None:
    if things in (
        "anni",
        "abitanti",
        "metri",
        "chilometri",
        "mesi",
        "giorni",
        "paesi",
        "articoli",
        "membri",
        "deputati",
    ):
        return "quanti"
    if things in (
        "parti",
        "ore",
        "regioni",
        "stanze",
        "sezioni",
        "fasi",
        "classi",
        "nazioni",
        "lingue",
        "navi",
        "opere",
    ):
        return "quante"
    if things.endswith("i") and (
        is_word(f"{things}o") or (things.endswith(("chi", "ghi")) and is_word(f"{things[:-2]}o"))
    ):
        return "quanti"  # `fogli`, `parchi`
    if things.endswith(("che", "ghe")) and is_word(f"{things[:-2]}a"):
        return "quante"
    agreement = certain_agreement(things, is_word=is_word)
    if agreement is None or not agreement.plural or not agreement.gender:
        return None
    return "quante" if agreement.gender == "f" else "quanti"
