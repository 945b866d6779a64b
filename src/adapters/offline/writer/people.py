"""Questions for a person: births and deaths, authors and founders, who did what, who was what."""

from __future__ import annotations

import re

from adapters.offline.writer.asking import About, Asked, Questions, Statement, cut_tail, lowered, says_enough, where
from adapters.offline.writer.clauses import finite_verbs
from adapters.offline.writer.names import MONTHS, NAME, NameKind, kind_of, shorter_names
from adapters.offline.writer.numerals import YEAR
from domain.practice import Tense, words

_DAY = rf"(?:(?:\d{{1,2}}º? )?(?:{'|'.join(MONTHS)}) )?"
_LIFE = re.compile(
    rf"(?P<who>{NAME}) \((?:(?P<born_at>{NAME}), )?{_DAY}(?P<born>{YEAR}) ?[–-] ?(?:(?P<dead_at>{NAME}), )?"
    rf"{_DAY}(?P<dead>{YEAR})\)"
)
_BORN = re.compile(
    rf"(?P<who>{NAME}) (?P<verb>nacque|morì|nasce|muore|è nato|è nata|è morto|è morta) (?P<tail>(?:a|ad|nel|il|l'|"
    rf"nell').*)"
)
_AT = re.compile(rf"\b(?:a|ad) (?P<place>{NAME})(?=[,.;]| (?:il|nel|l'|nell'|e|da|in)\b|\Z)")
_WHEN = re.compile(rf"\b(?:nel|il|l')\s?{_DAY}(?P<year>{YEAR})(?![\d/-]|\.\d)")


def birth_questions(said: Statement) -> Questions:
    found = _BORN.match(said.text)
    if found is None or kind_of(found["who"]) is NameKind.PLACE or " e " in found["who"]:
        return
    who, verb, tail = found["who"], found["verb"], re.split(r"[;(]| e | da ", found["tail"].rstrip("."), maxsplit=1)[0]
    place, when = _AT.search(tail), _WHEN.search(tail)
    if place and place["place"] != who:
        yield _birthplace(who, verb, place["place"])
    if when:
        yield _birth_year(who, verb, when["year"])


def life_questions(said: Statement) -> Questions:
    """`Nome (Como, 1745 – Como, 1827)`: the dates of a life in brackets."""
    found = _LIFE.match(said.text)
    if found and _lived(found, said.text):
        if found["born_at"]:
            yield _birthplace(found["who"], "nacque", found["born_at"])
        yield _birth_year(found["who"], "nacque", found["born"])
        yield _birth_year(found["who"], "morì", found["dead"])


def _lived(found: re.Match[str], text: str) -> bool:
    """The years of a life, not of a reign: a person, for 15 to 110 years, of whom it is then said what they were."""
    years = int(found["dead"]) - int(found["born"])
    named = found["born_at"] is not None or kind_of(found["who"]) is NameKind.PERSON
    return named and 15 <= years <= 110 and bool(re.match(r",? (?:è|fu|era|è stat[oa]) ", text[found.end() :]))


def _birthplace(who: str, verb: str, place: str) -> Asked:
    preposition = "ad" if place[0] == "A" else "a"
    return Asked(
        question=f"{where(verb)} {who}?",
        key=place,
        accepted=(f"{preposition} {place}",),
        about=About.PLACE,
    )


def _birth_year(who: str, verb: str, year: str) -> Asked:
    return Asked(question=f"In quale anno {verb} {who}?", key=year, accepted=(f"nel {year}",), about=About.YEAR)


# --- who did it -------------------------------------------------------------------------------------------------------

_DEEDS = frozenset(
    words(
        "scrivere scoprire inventare dipingere fondare comporre progettare pubblicare costruire tradurre dirigere "
        "scolpire realizzare disegnare proporre dimostrare brevettare osservare descrivere affrescare incidere "
        "conquistare "
        "sconfiggere ideare formulare introdurre elaborare teorizzare enunciare creare istituire ordinare "
        "commissionare "
        "guidare comandare unificare liberare esplorare misurare calcolare perfezionare abolire firmare proclamare "
        "promulgare sviluppare restaurare"
    )
)
"""What only a person does: of others one does not ask who."""
_BY = re.compile(
    rf"\A(?P<inner>[^,;:()]*?)\s?\bda(?:l|ll'|lla|llo|lle|i|gli)?\b\s?(?P<title>(?:[a-zà-ù]+ "
    rf"){{0,3}})(?P<key>{NAME})(?P<tail>.*)\Z"
)
_PEOPLES = frozenset(
    words(
        "Romani Greci Etruschi Fenici Arabi Normanni Longobardi Bizantini Cartaginesi Persiani Egizi Sumeri Assiri "
        "Babilonesi "
        "Galli Celti Visigoti Ostrogoti Vandali Franchi Turchi Spagnoli Francesi Inglesi Tedeschi Veneziani Genovesi "
        "Portoghesi Olandesi Cinesi Mongoli Borboni Savoia Medici Sforza Gonzaga Ottomani Austriaci Svevi Angioini "
        "Aragonesi"
    )
)


def author_questions(said: Statement) -> Questions:
    """`fu fondata da X`: da chi?"""
    clause = said.clause
    if clause is None or not clause.with_essere or not says_enough(clause):
        return
    found = _BY.match(clause.rest)
    if found is None or len(found["inner"].split()) > 8 or found["tail"].startswith((" e ", "-", " ed ")):
        return
    key, title = found["key"], found["title"]
    if (key not in _PEOPLES and not _is_person(key, title)) or re.match(r"\s+[a-zà-ù]*(?:ono|ò|ì)\b", found["tail"]):
        return
    if re.search(r"\b(?:che|cui)\b|\d", found["inner"]) or not _PASSIVE.search(clause.verb):
        return
    inner = f" {found['inner'].strip()}" if found["inner"].strip() else ""
    with_preposition = clause.rest[len(found["inner"]) : found.end("key")].strip()
    yield Asked(
        question=f"Da chi {clause.verb} {lowered(clause.subject)}{inner}?",
        key=key,
        accepted=_distinct(key, (with_preposition, f"{title}{key}".strip(), *shorter_names(key))),
        about=About.PERSON,
    )


_PASSIVE = re.compile(
    r"\b(?:fu|furono|venne|vennero|viene|vengono|stat[oaie]|è|sono|era|erano) "
    r"(?!nat|mort|andat|venut|arrivat|partit|uscit|entrat|divis|separat|liber|distant|lontan|cadut|rimast|compost|"
    r"format|"
    r"costituit|circondat|bagnat|copert|derivat|provenut|pres|trasferit|tornat|copiat)\w+[oaie]\b"
)


def doer_questions(said: Statement) -> Questions:
    """`X scrisse Y`: chi?"""
    clause = said.clause
    if clause is None or clause.plural or (clause.opener and len(clause.opener.split()) > 6):
        return
    who = re.fullmatch(
        rf"(?:(?P<title>(?:Il|Lo|La|L'|il|lo|la|l')\s?(?:(?!di |del|dei |da )[a-zà-ù]+ ){{1,3}}))?(?P<key>{NAME})",
        clause.subject,
    )
    if who is None or not _is_person(who["key"], who["title"] or ""):
        return
    tail = cut_tail(clause.rest)
    did = Tense.PERFECT in clause.tenses or bool(re.match(r"ha \w+[oaie]\Z", clause.verb))
    # What many did, one asks only with a name or a date in it.
    if not clause.infinitives & _DEEDS and not _compound_deed(clause.verb):
        did = did and len(tail.split()) >= 3 and bool(re.search(r"[A-ZÀ-Ý]|\d{3}", f"{tail} {clause.opener[1:]}"))
        did = did and not clause.infinitives & {"essere", "avere", "nascere", "morire", "diventare", "divenire"}
    if (
        not did
        or not 2 <= len(tail.split()) <= 14
        or re.search(r"\b(?:che|cui)\b|[\"«»,]", tail)
        or " e " in who["key"]
    ):
        return
    if any(finite_verbs(tail.split(" che ")[0], is_word=said.is_word)) or tail.startswith(("di ", "e ", "da ", "che ")):
        return
    opener = f"{lowered(clause.opener)} " if clause.opener else ""
    title = (who["title"] or "").strip()
    yield Asked(
        question=f"Chi {clause.verb} {tail}{' ' + opener.strip() if opener else ''}?",
        key=who["key"],
        accepted=_distinct(who["key"], (*shorter_names(who["key"]), f"{lowered(title)} {who['key']}" if title else "")),
        about=About.PERSON,
    )


def _compound_deed(verb: str) -> bool:
    found = re.fullmatch(r"ha (\w+)", verb)
    return bool(found and found[1] in _DONE)


_DONE = frozenset(
    words(
        "scritto scoperto inventato dipinto fondato composto progettato pubblicato costruito tradotto diretto scolpito "
        "realizzato disegnato proposto dimostrato brevettato descritto conquistato sconfitto ideato formulato "
        "introdotto "
        "elaborato teorizzato enunciato creato istituito"
    )
)

_TITLES = frozenset(
    words(
        "libraio matematico matematica fisico fisica chimico chimica filosofo filosofa poeta poetessa scrittore "
        "scrittrice pittore "
        "pittrice scultore architetto ingegnere medico astronomo geografo esploratore navigatore mercante tipografo "
        "stampatore "
        "inventore compositore musicista cantante regista attore attrice storico giurista monaco frate papa cardinale "
        "vescovo "
        "re regina imperatore imperatrice principe principessa duca duchessa marchese marchesa conte contessa doge "
        "generale "
        "ammiraglio capitano condottiero presidente ministro economista biologo biologa naturalista botanico zoologo "
        "geologo "
        "scienziato scienziata letterato umanista cartografo orafo incisore artista giornalista politico politica "
        "teologo "
        "copista editore industriale banchiere maestro cronista astronauta cosmonauta"
    )
)


def named_questions(said: Statement) -> Questions:
    """`Il libraio fiorentino X procurava i manoscritti`: come si chiamava il libraio che...?"""
    clause = said.clause
    if clause is None or clause.plural or clause.opener or clause.verb.startswith("non"):
        return
    who = re.fullmatch(
        rf"(?P<title>(?:Il|Lo|La|L')\s?(?P<noun>[a-zà-ù]+)(?: (?!di |del|dei |da )[a-zà-ù]+){{0,2}}) (?P<key>{NAME})",
        clause.subject,
    )
    tail = cut_tail(clause.rest)
    if (
        who is None
        or who["noun"] not in _TITLES
        or not 2 <= len(tail.split()) <= 16
        or re.search(r"[\"«»,]|\bcui\b", tail)
    ):
        return
    if clause.tenses & {Tense.PRESENT} and not clause.past:
        return
    title = lowered(who["title"])
    yield Asked(
        question=f"Come si chiamava {title} che {clause.verb} {tail}?",
        key=who["key"],
        accepted=_distinct(who["key"], (*shorter_names(who["key"]), f"{title} {who['key']}")),
        about=About.PERSON,
    )


_ROLE = re.compile(
    r"(?:il|lo|la|l')\s?(?:(?:prim[oa]|ultim[oa]|più grande|principale)\s(?:\w+\s){0,3}?(?:a|ad|che|di|del|della|"
    r"dell'|d')\b|"
    r"(?:inventor|fondator|autor|scopritor|ideator|vincitor)e\b|fondatrice\b|autrice\b|vincitrice\b|padre\b|madre\b|"
    r"regista\b|"
    r"architetto\b|capo\b|maestro\b|figlio\b|figlia\b|moglie\b|marito\b|nipote\b|fratello\b|sorella\b)"
)


def role_questions(said: Statement) -> Questions:
    """`X fu il primo uomo a ...`: chi fu?"""
    clause = said.clause
    if clause is None or clause.opener or clause.verb not in ("fu", "è stato", "è stata", "era", "è"):
        return
    tail = cut_tail(clause.rest)
    if not re.fullmatch(NAME, clause.subject) or not _is_person(clause.subject, "") or not _ROLE.match(tail):
        return
    if not 4 <= len(tail.split()) <= 16 or tail.endswith((" a", " di", " che", " del")) or re.search(r"[\"«»,]", tail):
        return
    yield Asked(
        question=f"Chi {clause.verb} {tail}?",
        key=clause.subject,
        accepted=shorter_names(clause.subject),
        about=About.PERSON,
    )


def _is_person(name: str, title: str) -> bool:
    return kind_of(name) is NameKind.PERSON or bool(_TITLES & set(title.lower().replace("'", "' ").split()))


def _distinct(key: str, others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in others if text and text.lower() != key.lower()))
