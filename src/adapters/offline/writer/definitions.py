"""Questions for a term, from sentences that define or name it: `come si chiama il processo con cui...?`"""

from __future__ import annotations

import re

from adapters.offline.writer.asking import (
    About,
    Asked,
    Questions,
    Statement,
    cut_tail,
    lowered,
    says_enough,
    says_which,
)
from adapters.offline.writer.clauses import Clause, can_be_participle, finite_verbs
from adapters.offline.writer.names import NAME, NameKind, kind_of
from adapters.offline.writer.nouns import certain_agreement
from domain.practice import ARTICLES, Agreement, definite_article, words

_GENUS = re.compile(
    r"\A(?:(?P<article>(?:il|lo|la|i|gli|le|un|uno|una)(?= )|(?:l'|un'))\s?)?(?P<head>(?:[a-zà-ù]+ ){0,2}?[a-zà-ù]+) "
    r"(?P<difference>(?P<link>che|cui|(?:in|con|per|da|su|di|a) cui|dove|(?:nel|nella|dal|dalla|attraverso|mediante) "
    r"(?:il|la)?\s?qual[ei]|"
    r"di [a-z]+[aei]r(?:e|si)|[a-zà-ù]+(?:t|s)[oaie])\b\s.+)\Z"
)
_RELATIVE = re.compile(r"che\b|\w+ cui|cui|dove|.*qual")
_VAGUE = frozenset(
    words(
        "esempio modo parte parti problema tema motivo ragione punto caso sinonimo cosa fenomeno fatto elemento "
        "momento periodo "
        "persona uomo donna luogo paese città dei degli delle delle uno una amico risultato questione realtà tipo "
        "forma "
        "specie serie insieme gruppo numero sorta aspetto fattore effetto causa conseguenza opera termine parola nome"
    )
)
_VALUING = re.compile(
    r"\b(?:important\w*|prezios\w+|bell\w+|brutt\w+|buon\w+|ottim\w+|fondamental\w+|essenzial\w+|interessant\w+|"
    r"notevol\w+|molto|più|"
    r"meno|grandissim\w+|famos\w+|not[oaie]|celebr[ei]|dunque|quindi|anche|ancora|oggi|tra|uno|forse|sempre|spesso|"
    r"l'unic[oa]|unic[oa]|ver[oa]|stess[oa]|altr[oa]|lontan[oa]|necessari[oa]|possibile|considerat\w+|vist\w+|usat\w+|"
    r"dett\w+|"
    r"chiamat\w+|dat\w+|fatt\w+|situat\w+|stat\w+|diffus\w+|apprezzat\w+|amat\w+|nat[oa])\b"
)
_TERM = re.compile(
    r"(?:(?:(?:[Ii]l|[Ll]o|[Ll]a|[Ii]|[Gg]li|[Ll]e|[Uu]n|[Uu]no|[Uu]na)\s|(?:[Ll]'|[Uu]n')\s?))?(?P<term>[^\d]+)"
)


def definition_questions(said: Statement) -> Questions:
    """`La tarsia è una tecnica che...`: come si chiama la tecnica che...?"""
    clause = said.clause
    if clause is None or clause.opener or clause.verb not in ("è", "sono") or len(clause.subject.split()) > 4:
        return
    described = re.split(r", (?:quando|mentre|perché|ma|e|anche|spesso)\b", clause.rest.rstrip(" ;"), maxsplit=1)[0]
    found = _GENUS.match(described)
    if found is not None and not _RELATIVE.match(found["link"]):
        described = cut_tail(described)
        found = _GENUS.match(described)
    if found is None or not 5 <= len(described.split()) <= 26 or re.search(r"[\"«»():;]", described):
        return
    head = found["head"].split()
    if (
        set(head) & _VAGUE
        or _VALUING.search(found["head"])
        or _VALUING.search(found["link"])
        or not says_enough(clause)
    ):
        return
    if not re.match(r"che|cui|\w+ cui|dove|di |.*qual", found["link"]) and not _agrees(found, said, clause):
        return
    if re.search(r"\b(?:ed?|ma) (?:è|sono|non|si|ha|hanno|può|possono|viene|vengono)\b", described):
        return
    if not says_which(clause.subject, said.is_word) or (
        not re.match(r"che|\w+ cui|il|lo|la|l'|di ", described) and (re.fullmatch(NAME, clause.subject) is not None)
    ):
        return
    if found["link"] == "di" or _repeats(clause.subject, described) or not _is_term(clause.subject):
        return
    asked = _made_definite(found, said, clause)
    if asked is None:
        return
    term = _bare(clause.subject)
    verb = "si chiamano" if clause.plural else "si chiama"
    yield Asked(
        question=f"Come {verb} {asked}?",
        key=term,
        accepted=() if term == lowered(clause.subject) else (lowered(clause.subject),),
        about=About.TERM,
    )


def _agrees(found: re.Match[str], said: Statement, clause: Clause) -> bool:
    """Whether the participle after the noun is one, and of its gender and number."""
    link, article = found["link"], ARTICLES.get(found["article"] or "")
    if not can_be_participle(link, is_word=said.is_word):
        return False
    gender = article.agreement.gender if article else None
    if gender is None:
        known = certain_agreement(found["head"].split()[0], is_word=said.is_word)
        gender = known.gender if known else None
    endings = {("m", False): "o", ("f", False): "a", ("m", True): "i", ("f", True): "e"}
    return gender is not None and link.endswith(endings[gender, clause.plural])


def _made_definite(found: re.Match[str], said: Statement, clause: Clause) -> str | None:
    """`un organo che...` -> `l'organo che...`; `un libro scritto a mano` stays indefinite."""
    article, rest = found["article"], f"{found['head']} {found['difference']}"
    relative = _RELATIVE.match(found["link"])
    if article is None:
        agreement = certain_agreement(found["head"].split()[0], is_word=said.is_word)
        if not clause.plural or agreement is None or not agreement.plural or agreement.gender is None:
            return None
    else:
        printed = ARTICLES[article]
        if printed.definite or not relative:
            return f"{article}{'' if article.endswith(chr(39)) else ' '}{rest}"
        agreement = Agreement(printed.agreement.gender, False)
    definite = definite_article(agreement, found["head"].split()[0])
    return f"{definite}{'' if definite.endswith(chr(39)) else ' '}{rest}"


def _is_term(subject: str) -> bool:
    """A word or two that can be an answer: not `la prima parte di`, not a person."""
    bare = _bare(subject)
    if set(bare.lower().split()) & _VAGUE or re.search(r"\b(?:prim|second|ultim|maggior|principal)\w*\b", bare):
        return False
    return kind_of(bare) is not NameKind.PERSON


def _bare(subject: str) -> str:
    found = _TERM.fullmatch(subject)
    return found["term"].strip() if found else subject


def _repeats(subject: str, described: str) -> bool:
    """Whether the description gives the term away: `la stampa ... il libro stampato`."""
    roots = {word[:5] for word in re.findall(r"[^\W\d_]{4,}", _bare(subject).lower())}
    return any(word[:5] in roots for word in re.findall(r"[^\W\d_]{4,}", described.lower()))


# --- what is called so ------------------------------------------------------------------------------------------------

_NO_NAMES = frozenset(words("così a in con che di se da per come molto anche non più particolarmente stato stata"))
_COMPLEMENT = re.compile(
    r"\b(?:che|cui|d[ie]|del|dello|della|dei|degli|delle|con|in|nel|nella|tra|fra|per)\b|\bd(?:ell)?'"
)
_CALLED = re.compile(
    r"\A(?P<what>(?:Il|Lo|La|L'|I|Gli|Le|Un|Uno|Una|Un'|Ogni) ?[^,;:()\"«»]{8,140}?) (?P<verb>si chiama|si chiamano|"
    r"(?:è|viene|sono|vengono|era|erano|veniva) (?:anche )?(?:dett|chiamat|denominat|definit)[oaie]|prende il nome di|"
    r"prendono il nome di|si dice|si dicono) (?P<key>[«\"]?(?:(?:il|lo|la|l'|i|gli|le) ?)?[\w' "
    r"-]{3,40}?[»\"]?)(?P<tail>[.,;].*)\Z"
)
_INVERTED = re.compile(
    r"\A(?:Si chiama|Si dice|È dett[oa]|Viene dett[oa]|È chiamat[oa]|Prende il nome di|Si definisce) (?P<key>[\w' "
    r"-]{3,40}?) "
    r"(?P<what>(?:il|lo|la|l'|un|uno|una|un') ?[^;:()\"«»]{15,160})\.\Z"
)
_MEANT = re.compile(
    r"\A(?:Con il termine|Col termine|Con la parola|Con il nome di|Per|Con) [«\"]?(?P<key>[\w' -]{3,40}?)[»\"]? "
    r"(?:si intende|s'intende|si indica|si indicano|si designa) (?P<what>(?:il|lo|la|l'|i|gli|le|un|uno|una|"
    r"un') ?[^;:()\"«»]{15,170})\.\Z"
)


def naming_questions(said: Statement) -> Questions:
    """`Il punto più alto si chiama vetta`, `Si chiama anfibio un animale che...`, `Per osmosi si intende...`"""
    found = _CALLED.match(said.text) or _INVERTED.match(said.text) or _MEANT.match(said.text)
    if found is None:
        return
    key = found["key"].strip('«»" ')
    what = lowered(found["what"])
    if not _COMPLEMENT.search(what) or re.search(r"\b(?:un tempo|oggi|contrari[oa]|cosiddett\w)\b", found[0]):
        return
    if len(key.split()) > 4 or len(what.split()) < 3 or _repeats(key, what) or key.split()[0] in _NO_NAMES:
        return
    if key.endswith((" di", " da", " e", " che")) or re.search(r"\b(?:chi|cioè|ossia)\b", what):
        return
    if not key.islower() and not re.search(r"[A-ZÀ-Ý]", what):
        return  # a name, of something that is not named
    if any(finite_verbs(re.split(r"\b(?:che|cui|dove)\b", what)[0], is_word=said.is_word)):
        return
    plural = ARTICLES.get(re.findall(r"\w+'?", what)[0])
    verb = "si chiamano" if plural is not None and plural.agreement.plural else "si chiama"
    bare = re.sub(r"^(?:il|lo|la|i|gli|le|un|uno|una)\s+|^(?:l'|un')\s?", "", key)
    yield Asked(
        question=f"Come {verb} {what}?",
        key=bare,
        accepted=() if bare == key else (key,),
        about=About.TERM if bare.islower() else None,
    )


# --- which is it ------------------------------------------------------------------------------------------------------

_HEADS = (
    r"capitale|capoluogo|simbolo|patrono|formula|moneta|lingua ufficiale|unità di misura|fiume principale|organo|sede|"
    r"motto|bandiera|inno|nome|numero atomico|componente principale|principale componente"
)
_WHICH = re.compile(
    rf"\A(?:il|lo|la|l')\s?(?:(?:\w+\s){{0,2}}?(?:{_HEADS})\b|(?:\w+\s){{1,3}}?più (?!o meno)|più \w+|primo|prima|"
    rf"unico|unica|maggiore|"
    r"principale|massimo).*"
)
_ASKS = {"è": "Qual è", "era": "Qual era", "fu": "Quale fu"}
_ASKED_OF_PERSON = {"è": "Chi è", "era": "Chi era", "fu": "Chi fu"}


def which_questions(said: Statement) -> Questions:
    """`Il Po è il fiume più lungo d'Italia`, and the other way round: `La capitale della Francia è Parigi`."""
    clause = said.clause
    if clause is None or clause.opener or clause.verb not in _ASKS or re.search(r"[\"«»();:]", said.text):
        return
    tail = cut_tail(clause.rest)
    if _WHICH.match(lowered(clause.subject)) and _points(clause.subject):
        key = re.sub(r"^(?:il|lo|la)\s|^l'", "", tail)
        if 1 <= len(tail.split()) <= 5 and (re.match(NAME, key) or _short_thing(tail)):
            yield Asked(
                question=f"{_ASKS[clause.verb]} {lowered(clause.subject)}?",
                key=tail,
                accepted=() if key == tail else (key,),
                about=About.PLACE if kind_of(tail) is NameKind.PLACE else None,
            )
        return
    if (
        not says_which(clause.subject, said.is_word)
        or len(clause.subject.split()) > 5
        or not _WHICH.match(tail)
        or not _points(tail)
        or not says_enough(clause)
    ):
        return
    if len(tail.split()) > 16 or re.search(r"\b(?:che|cui)\b.*\b(?:e|ma)\b", tail) or _repeats(clause.subject, tail):
        return
    if re.search(r"\b(?:ed?|ma) (?:è|sono|non|si|ha|può|viene|fu|era)\b|\ba (?:dover |essere)|problem", tail):
        return
    bare = _bare(clause.subject)
    if not (clause.subject[0].isupper() and re.search(r"[A-ZÀ-Ý]", bare)) and len(bare.split()) > 2:
        return
    key = lowered(clause.subject)
    person = kind_of(bare) is NameKind.PERSON
    yield Asked(
        question=f"{(_ASKED_OF_PERSON if person else _ASKS)[clause.verb]} {tail}?",
        key=key,
        accepted=() if key == bare else (bare,),
        about=About.PERSON if person else None,
    )


def _points(phrase: str) -> bool:
    """Whether it says of what: `la capitale` alone does not."""
    return bool(
        re.search(r"\b(?:d[ie]|del|dello|della|dei|degli|delle|al|nel|in)\b|\bd(?:ell)?'|\bche\b|\ba\b", phrase)
    )


def _short_thing(tail: str) -> bool:
    return bool(re.fullmatch(r"(?:il|lo|la|l')\s?[a-zà-ù]+(?: [a-zà-ù]+)?", tail))
