"""Questions for a year or a century, from sentences that say one thing of one time."""

from __future__ import annotations

import re

from adapters.offline.writer.asking import About, Asked, Questions, Statement, cut_tail, lowered, says_enough
from adapters.offline.writer.clauses import Clause, can_be_participle, finite_verbs
from adapters.offline.writer.names import MONTHS
from adapters.offline.writer.numerals import CENTURIES, YEAR, century_writings

_MONTH = "|".join(MONTHS)
_WHEN = re.compile(
    rf"\b(?:(?:nel|nell'anno|Nel|Nell'anno)|(?:[Nn]el mese di |[Nn]el |[Nn]ell'|[Ii]n |[Aa] )?(?:{_MONTH})(?: del)?|"
    rf"(?:[Ii]l|[Ll]'|[Dd]al|[Dd]all') ?\d{{1,2}}º? (?:{_MONTH})(?: del)?) (?P<year>{YEAR})(?P<era> a\.C\.)?(?![\d/-]|"
    rf"\.\d)"
)
_CENTURY = re.compile(
    r"\b[Nn]el (?:(?P<roman>[XVI]{1,5}) secolo(?P<era> (?:a|d)\.C\.)?|(?P<name>" + "|".join(CENTURIES) + r")\b)"
)
_WITHOUT_OBJECT = frozenset(
    [
        "nascere",
        "morire",
        "diventare",
        "entrare",
        "arrivare",
        "tornare",
        "cominciare",
        "iniziare",
        "finire",
        "scoppiare",
        "cadere",
        "partire",
        "nacque",
    ]
)
_PREPOSITION = re.compile(
    r"(?:d[aei]|de[il]|dell|ad?|a[il]|all|agli|in|ne[il]|nell|negli|su|sui|sull?|con|per|presso|come)\w*'?\b"
)
_ANY_TIME = re.compile(rf"\b{YEAR}\b|\bsecolo\b|\banni\b|\b(?:{'|'.join(CENTURIES)})\b|\d")


def year_questions(said: Statement) -> Questions:
    clause = said.clause
    found = _WHEN.search(said.text)
    if clause is None or found is None or not says_enough(clause) or not _tells_a_deed(clause):
        return
    if re.match(r"\s*(?:e il|e|al|-|–|o|circa)\s+\d", said.text[found.end() :]) or re.search(
        r"(?:prima|dopo|dal|fino|al|tra|fra|circa|verso|inizi\w*|fine|metà|oltre|già)\s*\Z", said.text[: found.start()]
    ):
        return
    ask = _without_time(clause, found, said)
    if ask is not None:
        key = found["year"] + (found["era"] or "")
        yield Asked(question=f"In quale anno {ask}?", key=key, accepted=(f"nel {key}",), about=About.YEAR)


def century_questions(said: Statement) -> Questions:
    clause = said.clause
    found = _CENTURY.search(said.text)
    if clause is None or found is None or not says_enough(clause) or not _tells_a_deed(clause):
        return
    ask = _without_time(clause, found, said)
    if ask is not None:
        spoken = found["roman"] or found["name"]
        if found["era"]:
            key = f"{spoken} secolo{found['era']}"
            ways: tuple[str, ...] = (f"nel {key}",)
        else:
            key = f"{spoken} secolo" if found["roman"] else spoken
            ways = (*century_writings(spoken), f"nel {key}")
        accepted = tuple(way for way in ways if way != key)
        yield Asked(question=f"In quale secolo {ask}?", key=key, accepted=accepted, about=About.CENTURY)


def _tells_a_deed(clause: Clause) -> bool:
    """Something happened in that time: `era una colonia` or `aveva mille abitanti` lasted."""
    if "essere" in clause.infinitives and not clause.with_essere:
        return False
    if clause.infinitives & {"nascere", "morire"}:
        return False  # asked for by the rule for lives
    return clause.past and not re.search(r"\b(?:era|erano|aveva|avevano)\b|(?:[aei]va|[aei]vano)\Z", clause.verb)


def _without_time(clause: Clause, found: re.Match[str], said: Statement) -> str | None:
    """Subject, verb and complement, in the order that sounds right after `in quale anno`; None where it is unclear."""
    when = found[0]
    tail = clause.rest
    if when in clause.opener:
        if clause.opener.replace(when, "").strip(" ,"):
            return None
        tail = cut_tail(tail)
    elif when in cut_tail(tail):
        tail = cut_tail(tail)
        before, _, after = tail.partition(when)
        if re.search(r"(?:\A|\s)(?:e|ed|o|di|del|da)\s*\Z", before) or before.count(" e ") > 1:
            return None
        last = before.split()[-1:] if before.strip() else []
        if any(can_be_participle(word, is_word=said.is_word) for word in last):
            return None  # the time of the participle, perhaps, not of the verb
        if re.search(r"\b(?:dopo|prima|fino|durante)\b", before):
            return None  # or of what went before
        tail = f"{before.rstrip()} {after.strip()}".strip()
    else:
        return None
    verb, subject = clause.verb, lowered(clause.subject)
    whole = f"{subject} {verb} {tail}"
    if _ANY_TIME.search(whole) or re.search(r"[\"«»(),;:]|\. |\b(?:che .*che|cui|e fu|ed è|circa|quando)\b", whole):
        return None
    if len(tail.split()) > 16 or tail.endswith((" di", " a", " da", " in", " con", " per", " il", " la")):
        return None
    if any(finite_verbs(tail.split(" che ")[0], is_word=said.is_word)):
        return None
    if not tail or (_PREPOSITION.match(tail) and (clause.with_essere or clause.infinitives & _WITHOUT_OBJECT)):
        complement = f" {tail}" if tail else ""
        return f"{verb} {subject}{complement}" if len(subject.split()) <= 8 else f"{verb}{complement} {subject}"
    return f"{subject} {verb} {tail}"
