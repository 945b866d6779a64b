"""Questions for what a thing stands in relation with: where it is, whose it is, what it is made of, what it makes."""

from __future__ import annotations

import re

from adapters.offline.writer.asking import About, Asked, Questions, Statement, cut_tail, lowered, says_enough, where
from adapters.offline.writer.clauses import finite_verbs
from adapters.offline.writer.names import NAME, NameKind, kind_of
from adapters.offline.writer.numerals import NUMBER
from domain.practice import words

_JOINED = r"(?:{0}|{0}l|{0}llo|{0}lla|{0}ll'|{0}i|{0}gli|{0}lle)"
_A = r"(?:a|ad|al|allo|alla|all'|ai|agli|alle)"
_DA = r"(?:da|dal|dallo|dalla|dall'|dai|dagli|dalle)"
_SU = r"(?:su|sul|sullo|sulla|sull'|sui|sugli|sulle)"
_IN = r"(?:in|nel|nello|nella|nell'|nei|negli|nelle)"
_DI = r"(?:di|d'|del|dello|della|dell'|dei|degli|delle)"
_SPLIT = re.compile(rf"\A(?P<prep>{_A}|{_DA}|{_SU}|{_IN}|{_DI}|con|per)(?:\s|(?<='))(?P<noun>[^,;:()\"«»]+)\Z")
_ARTICLE_OF = {"l": "il", "llo": "lo", "lla": "la", "ll'": "l'", "i": "i", "gli": "gli", "lle": "le"}

_AFTER_PARTICIPLE = {
    "fondato": ("su", "Su che cosa"),
    "basato": ("su", "Su che cosa"),
    "composto": ("di da", "Di che cosa"),
    "formato": ("da", "Da che cosa"),
    "costituito": ("da", "Da che cosa"),
    "circondato": ("da", "Da che cosa"),
    "coperto": ("di da", "Di che cosa"),
    "rivestito": ("di da", "Di che cosa"),
    "dedicato": ("a", "A chi"),
    "intitolato": ("a", "A chi"),
    "affidato": ("a", "A chi"),
    "causato": ("da", "Da che cosa"),
    "provocato": ("da", "Da che cosa"),
    "soggetto": ("a", "A che cosa"),
    "disciplinato": ("da", "Da che cosa"),
    "regolato": ("da", "Da che cosa"),
}
_AFTER_VERB = {
    "appartenere": ("a", "A chi"),
    "spettare": ("a", "A chi"),
    "competere": ("a", "A chi"),
    "derivare": ("da", "Da che cosa"),
    "dipendere": ("da", "Da che cosa"),
    "provenire": ("da", "Da che cosa"),
    "servire": ("a", "A che cosa"),
}
_RELATIVE = re.compile(r", (?:che|cui|dove|il quale|la quale|i quali|le quali|con cui|in cui|mentre|quando|e non)\b")
_WHOM = frozenset(
    words(
        "popolo parlamento presidente governo re papa imperatore senato camera camere stato regioni comuni ministri "
        "corte "
        "magistratura cittadini cittadino repubblica popolazione famiglia genitori consiglio giudice giudici "
        "magistrati "
        "sindaco prefetto dea dio divinità vergine madonna"
    )
)


def relation_questions(said: Statement) -> Questions:
    """`La sovranità appartiene al popolo`: a chi? `è fondata sul lavoro`: su che cosa?"""
    clause = said.clause
    if clause is None or clause.opener or not says_enough(clause) or clause.verb.startswith("non"):
        return
    split = _SPLIT.match(cut_tail(clause.rest))
    if split is None or not 1 <= len(split["noun"].split()) <= 6:
        return
    preposition, with_article = _taken_apart(split)
    wanted, ask = _asked_for(clause.verb, clause.infinitives, with_essere=clause.with_essere)
    if preposition not in wanted.split() or any(finite_verbs(split["noun"], is_word=said.is_word)):
        return
    if re.match(NUMBER, split["noun"]) or re.search(
        r"\b(?:che|cui|quale|quali|sé|molt[ie]|alcun[ie]|tant[ie]|ogni|vari[eo]?|divers[eio]|numeros\w+)\b|\d",
        split["noun"],
    ):
        return
    after = clause.rest[len(split[0]) :].lstrip()
    if after.startswith(",") and not _RELATIVE.match(after):
        return  # the list goes on
    if ask == "A chi" and not _is_whom(split["noun"]):
        return
    if ask.startswith("Di") and preposition == "da":
        ask = "Da che cosa"
    key = split[0]
    yield Asked(
        question=f"{ask} {clause.verb} {lowered(clause.subject)}?",
        key=key,
        accepted=tuple(dict.fromkeys(way for way in (with_article, split["noun"]) if way and way != key)),
    )


def _taken_apart(split: re.Match[str]) -> tuple[str, str]:
    """`sul` `lavoro` -> `su`, `il lavoro`."""
    joined = split["prep"]
    for preposition, stem in (("di", "de"), ("in", "ne"), ("da", "da"), ("su", "su"), ("a", "a")):
        article = _ARTICLE_OF.get(joined.removeprefix(stem))
        if joined.startswith(stem) and article:
            return preposition, f"{article}{'' if article.endswith(chr(39)) else ' '}{split['noun']}"
    return {"ad": "a", "d'": "di"}.get(joined, joined), ""


def _asked_for(verb: str, infinitives: frozenset[str], *, with_essere: bool) -> tuple[str, str]:
    last = verb.rsplit(maxsplit=1)[-1]
    if with_essere:
        return _AFTER_PARTICIPLE.get(last[:-1] + "o", ("", ""))
    for infinitive in infinitives:
        if infinitive in _AFTER_VERB and " " not in verb:
            return _AFTER_VERB[infinitive]
    return ("", "")


def _is_whom(noun: str) -> bool:
    return noun.split(maxsplit=1)[0].lower() in _WHOM or kind_of(noun) is NameKind.PERSON


# --- where ------------------------------------------------------------------------------------------------------------

_STANDS = re.compile(
    r"si trov(?:a|ano|ava|avano)|sorge|sorgono|sorgeva|ha sede|hanno sede|sfocia|è situat[oa]|è conservat[oa]|sono "
    r"conservat[ie]|si conserva"
)
_PLACE = re.compile(rf"\A(?P<key>(?:{_IN}|{_A}|{_SU}|presso|tra|lungo)(?:\s|(?<='))[^,;:()\"«»]+)\Z")


def place_questions(said: Statement) -> Questions:
    clause = said.clause
    if clause is None or clause.opener or not says_enough(clause) or not _STANDS.fullmatch(clause.verb):
        return
    tail = cut_tail(clause.rest)
    found = _PLACE.match(tail)
    if found is None or len(tail.split()) > 8 or any(finite_verbs(tail, is_word=said.is_word)):
        return
    if (
        len(clause.subject.split()) > 7
        or not re.search(r"[A-ZÀ-Ý]", clause.subject[1:] + tail)
        or re.search(r"\b(?:che|cui)\b|\d", tail)
    ):
        return
    bare = re.sub(rf"^{_A}\s|^in\s", "", tail)
    place = re.fullmatch(NAME, bare)
    yield Asked(
        question=f"{where(clause.verb)} {lowered(clause.subject)}?",
        key=bare if place else tail,
        accepted=(tail,) if place else (),
        about=About.PLACE if place and kind_of(bare) is NameKind.PLACE else None,
    )


_GOING = frozenset(
    words(
        "trasferire recare andare vivere studiare insegnare lavorare tornare arrivare giungere rifugiare stabilire "
        "viaggiare "
        "abitare fuggire partire soggiornare approdare sbarcare frequentare aprire fondare incontrare"
    )
)
_TO = re.compile(rf"\b(?P<key>(?:a|ad|in) (?P<name>{NAME}))(?=[,.;]| nel\b| il \d| e\b| per\b| con\b|\Z)")


def whereabouts_questions(said: Statement) -> Questions:
    """`Dante si trasferì a Ravenna`: dove?"""
    clause = said.clause
    if clause is None or not clause.past or not clause.infinitives & _GOING or not says_enough(clause):
        return
    if not re.search(r"[A-ZÀ-Ý]", clause.subject[1:]) and kind_of(clause.subject) is not NameKind.PERSON:
        return
    tail = cut_tail(clause.rest)
    found = _TO.search(tail)
    if found is None or kind_of(found["name"]) is not NameKind.PLACE or len(tail.split()) > 14:
        return
    other = f"{tail[: found.start()].rstrip()} {tail[found.end() :].strip()}".strip()
    if re.search(r"\b(?:che|cui|a|ad|in|da|e) [A-ZÀ-Ý]|\b(?:che|cui|ed?)\b", other) or other.endswith(
        (" di", " e", " da")
    ):
        return
    if any(finite_verbs(other, is_word=said.is_word)):
        return
    opener = f" {lowered(clause.opener)}" if clause.opener else ""
    complement = f" {other}" if other else ""
    ask = (
        f"{clause.verb} {clause.subject}{complement}"
        if not complement
        else f"{clause.verb}{complement} {clause.subject}"
    )
    if clause.infinitives & {"fondare", "aprire", "incontrare", "studiare", "insegnare", "frequentare"}:
        ask = f"{clause.subject} {clause.verb}{complement}"
    yield Asked(
        question=f"{where(ask)}{opener}?",
        key=found["name"],
        accepted=(found["key"],),
        about=About.PLACE,
    )


# --- which of the things that are named by their kind -----------------------------------------------------------------

_KINDS = (
    "fiume|lago|mare|oceano|monte|vulcano|isola|penisola|pianeta|satellite|stella|galassia|metallo|elemento|gas|città|"
    "regione|"
    "stato|impero|regno|repubblica|continente|romanzo|poema|libro|film|quadro|dipinto|trattato|teorema|principio|"
    "museo|palazzo|"
    "castello|tempio|monastero|abbazia|lingua|dinastia|famiglia|battaglia|rivoluzione"
)
_NAMED_KIND = re.compile(rf"(?:Il|Lo|La|L')\s?(?P<kind>{_KINDS}) (?P<key>{NAME})")


def kind_questions(said: Statement) -> Questions:
    """`Il fiume Po attraversa la pianura`: quale fiume?"""
    clause = said.clause
    if clause is None or clause.opener or clause.plural or clause.verb.startswith(("non", "si ")):
        return
    who = _NAMED_KIND.fullmatch(clause.subject)
    tail = cut_tail(clause.rest)
    if who is None or not 3 <= len(tail.split()) <= 14 or re.search(r"[\"«»]|\b(?:uno|una|molto|anche)\b", tail):
        return
    if clause.verb in ("è", "era", "ha", "aveva"):
        return
    key = who["key"]
    yield Asked(
        question=f"Quale {who['kind']} {clause.verb} {tail}?",
        key=key,
        accepted=(lowered(clause.subject),),
        about=About.PLACE if who["kind"] in ("città", "isola", "stato", "regione") else None,
    )


# --- what it makes ----------------------------------------------------------------------------------------------------

_MAKERS = frozenset(
    words(
        "produrre contenere assorbire trasportare liberare emettere trasformare proteggere tutelare garantire "
        "promuovere "
        "ripudiare esercitare studiare misurare filtrare pompare causare provocare regolare rappresentare dirigere"
    )
)
_THING = re.compile(
    r"\A(?P<key>(?:(?:il|lo|la|l'|i|gli|le|un|uno|una|un')\s?)?[a-zà-ù]+(?: (?:di |d'|del |della |dell'|dei |degli |"
    r"delle )?[a-zà-ù]+){0,2})(?P<tail>(?: (?:nel|nella|nei|nelle|durante|attraverso|come) .*)?)\Z"
)


def object_questions(said: Statement) -> Questions:
    """`Il cuore pompa il sangue nelle arterie`: che cosa pompa il cuore?"""
    clause = said.clause
    if clause is None or clause.past or clause.opener or " " in clause.verb or not clause.infinitives & _MAKERS:
        return
    if not says_enough(clause) or len(clause.subject.split()) > 6:
        return
    rest = cut_tail(clause.rest)
    found = _THING.match(rest)
    if found is None or re.search(r"\b(?:che|cui|e|ed|o)\b", rest) or any(finite_verbs(rest, is_word=said.is_word)):
        return
    key = found["key"]
    if (
        found["tail"].count(" ") > 10
        or key.split()[-1] in ("più", "molto", "anche")
        or key.split()[0] in ("anche", "solo")
    ):
        return
    bare = re.sub(r"^(?:il|lo|la|i|gli|le|un|uno|una)\s+|^(?:l'|un')\s?", "", key)
    yield Asked(
        question=f"Che cosa {clause.verb} {lowered(clause.subject)}{found['tail']}?",
        key=key,
        accepted=() if bare == key else (bare,),
    )
