"""A simple clause cut into opener, subject, verb and rest; nothing where the cut is not certain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from adapters.offline.writer.sentences import can_be, readings
from domain.practice import ARTICLES, ARTICULATED, Form, IsWord, Mood, Tense, words

_FINITE = frozenset({Mood.INDICATIVE})
_ELIDED = frozenset(words("dell' all' dall' nell' sull' d' l' un'"))
DETERMINERS = frozenset((*ARTICLES, *ARTICULATED, *_ELIDED, *words("ogni alcuni alcune molti molte tutti tutte")))
_PREPOSITIONS = frozenset(
    words("di a ad da in con su per tra fra d' verso contro presso secondo durante dopo prima senza")
)
_STARTERS = DETERMINERS | _PREPOSITIONS
_BEFORE_NOUNS = _STARTERS | frozenset(words("e o più primo prima suo sua loro questo questa quel quella grande nuovo"))
_CLITICS = frozenset(words("si ne vi ci lo la li le gli s' non"))
_AUXILIARIES = frozenset(words("è era fu sono erano furono venne vennero viene vengono ha hanno aveva avevano ebbe"))
_FREQUENT_VERBS = frozenset(
    words(
        "sta stava stanno stavano fa faceva fanno fece dà dava va andava può poteva deve doveva vuole voleva sa dice "
        "disse"
    )
)
_SURE_ENDING = re.compile(r"(?:ò|[aei]rono|avano|evano|ivano|ebbe|ebbero|ettero|isce|iscono|scono|ucono|ggono|ngono)\Z")
_SUBORDINATE = frozenset(
    words("che cui quando mentre dove se perché perchè poiché poichè quale quali benché affinché come siccome")
)
_NOT_VERBS = frozenset(
    words(
        "stato stata stati state sopra sotto contro prima dopo mai basta parte porte forse solo sola oltre fuori via "
        "circa "
        "lungo piena pieno ora allora proprio stesso stessa primo loro nulla ogni tale tali mila entro fino fine "
        "opera opere forma forme causa cause guerra guerre studi lotta lotte dura segue fonda capo base pari"
    )
)
_ADVERBS = frozenset(
    words(
        "oggi ieri domani poi prima allora spesso sempre mai forse qui lì là dopo tutto tutti nessuno ognuno alcuni "
        "molti "
        "accanto vicino davanti intorno insieme fuori dentro grazie rispetto "
        "ciò questo quello chi dove quando altri "
        "altre anche infine inoltre ora adesso solo perciò quindi così "
        "però c'è "
        "ecco qualcuno niente nulla essendo avendo ci vi non"
    )
)
_AFTER_VERB = re.compile(
    r"\A(?:il|lo|la|l'|i|gli|le|un|uno|una|un'|di|a|ad|da|in|con|su|per|tra|fra|del|dell\w*'?|al|all\w*'?|dal\w*'?|"
    r"nel\w*'?|"
    r"sul\w*'?|dei|degli|ai|agli|dai|dagli|nei|negli|sui|sugli|attraverso|intorno|sotto|sopra|verso|contro|molti|molte|"
    r"alcuni|alcune|tutti|tutte|due|tre|quattro|cinque|\d.*)\Z"
)

_TOKEN = re.compile(r"[^\W\d_]+'?|\d+(?:[.,]\d+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Clause:
    """`Nel 1951 | una grande alluvione | distrusse | i paesi del Polesine`: all verbatim, without the full stop.

    `verb` holds clitics and, in compound and passive tenses, the participle. `infinitives` and `tenses` are the
    readings of its first word. `with_essere`: a passive, or a compound tense of a verb that takes `essere`.
    """

    opener: str
    subject: str
    verb: str
    rest: str
    plural: bool
    infinitives: frozenset[str]
    tenses: frozenset[Tense]
    with_essere: bool

    @property
    def past(self) -> bool:
        """Whether it tells what happened once, rather than what is so."""
        if self.tenses & {Tense.PERFECT, Tense.IMPERFECT}:
            return True
        return bool(re.search(r"\b(?:ha|hanno|è stat[oa]|sono stat[ie]) |^si (?:è|sono) ", self.verb))


def clause_of(text: str, *, is_word: IsWord) -> Clause | None:
    """The main clause of a one-line sentence that begins with its subject, or with one phrase before it."""
    text = text.rstrip(".")
    opener, body = _opened(text)
    tokens = list(_TOKEN.finditer(body))
    lower = [token[0].lower() for token in tokens]
    at = _verb_at(lower, [token[0] for token in tokens], is_word)
    if at is None or at == 0:
        return None
    first = at
    while first > 0 and lower[first - 1] in _CLITICS and not _is_article_of(lower, first - 1):
        first -= 1
    subject = body[: tokens[first].start()].strip()
    if first == 0 or not is_plain_subject(subject):
        return None
    forms = _third_person(lower[at], is_word)
    last = _end_of_verb(lower, at, is_word)
    plural = any(form.plural for form in forms)
    if not _agrees(subject, plural):
        return None
    verb = body[tokens[first].start() : tokens[last].end()]
    if lower[last + 1 : last + 2] == [","] and _third_person(" ".join(lower[last + 2 : last + 3]), is_word):
        return None  # `assediò, catturò e saccheggiò`
    return Clause(
        opener=opener,
        subject=subject,
        verb=verb,
        rest=body[tokens[last].end() :].strip(),
        plural=plural,
        infinitives=frozenset(form.lemma for form in forms),
        tenses=frozenset(form.tense for form in forms),
        with_essere=last > at and lower[at] not in ("ha", "hanno", "aveva", "avevano", "ebbe"),
    )


def has_subject(text: str, *, is_word: IsWord) -> bool:
    """Whether a subject is said before the verb: in `durante il viaggio incontrò` it is not."""
    tokens = _TOKEN.findall(text)
    lower = [token.lower() for token in tokens]
    if lower[0] in ARTICLES:
        # `Lo porta nel negozio` has a pronoun there.
        pronoun = lower[0] in _CLITICS and len(lower) > 2 and bool(_third_person(lower[1], is_word))
        return not (pronoun and lower[2] in ARTICULATED and not lower[2].startswith("d"))
    if lower[0] in _AUXILIARIES | _FREQUENT_VERBS or (_third_person(lower[0], is_word) and _is_verb_lemma(lower[0])):
        return False
    at = _verb_at(lower, tokens, is_word)
    if at is None or at < 2:
        return False
    before_verb = at - 1
    while before_verb > 0 and lower[before_verb] in _CLITICS:
        before_verb -= 1
    if tokens[before_verb][0].isupper() and lower[before_verb - 1] not in _STARTERS:
        return True
    return any(lower[index] in ARTICLES and lower[index - 1] not in _BEFORE_NOUNS for index in range(1, at - 1))


_OPENER = re.compile(
    r"(?:(?:Nel|Nello|Nell'|Nella|Nei|Negli|Nelle|In|Durante|Dopo|Con|Per|Tra|Fra|A|Al|Alla|All'|Da|Dal|Dalla|Dall'|"
    r"Sul|Sulla|"
    r"Verso|Intorno|Attorno|Secondo|Grazie|Dagli|Dai|Dalle|Agli|Sotto|Presso)\b\s*[^,;:()]{2,60}?),\s+"
)
_YEAR_OPENER = re.compile(
    r"(?:Nel|Nell'anno|Nell'|Dal) \d{3,4}(?: [ad]\.C\.)? (?=[\w'])|(?:Nel|Nell') ?[A-Z][a-z]+cento (?=[\w'])"
)


def _opened(text: str) -> tuple[str, str]:
    """The phrase before the subject, and the rest; `oggi` says no more than the present does."""
    text = re.sub(r"\AOggi,? (?=[\w'])", "", text)
    found = _YEAR_OPENER.match(text) or _OPENER.match(text)
    return (found[0].strip(" ,"), text[found.end() :]) if found else ("", text)


_PUNCTUATION = re.compile(r"[,;:()«»\"–—]")


def is_plain_subject(subject: str) -> bool:
    """A noun phrase by itself: it has no comma, no relative clause, and begins as noun phrases do."""
    tokens = [token.lower() for token in _TOKEN.findall(subject)]
    if (
        not 1 <= len(tokens) <= 12
        or tokens[0] in _ADVERBS
        or _PUNCTUATION.search(subject)
        or _SUBORDINATE & set(tokens)
    ):
        return False
    if len(tokens) == 1 and (tokens[0].endswith("mente") or tokens[0] in _ADVERBS):
        return False
    starts = tokens[0] in ARTICLES or (subject[0].isupper() and tokens[0] not in _STARTERS | _CLITICS)
    return starts and tokens[-1] not in _STARTERS


def _agrees(subject: str, plural: bool) -> bool:
    first = _TOKEN.findall(subject)[0].lower()
    joined_names = bool(
        re.search(r"\b[A-ZÀ-Ý]\w+ e (?:[A-ZÀ-Ý]|l[ao']|il|i)\w*|^(?:Il|Lo|La|L').* e (?:il|lo|la|l')\b", subject)
    )
    article = ARTICLES.get(first)
    if article is None:
        return plural or subject[0].isupper()
    return plural is (article.agreement.plural or joined_names) or (plural and joined_names)


def _is_article_of(lower: list[str], index: int) -> bool:
    """Whether `la`, `lo`, `le`, `gli` at this place opens the subject, so that no verb follows it."""
    return lower[index] in ARTICLES and index == 0


def _verb_at(lower: list[str], printed: list[str], is_word: IsWord) -> int | None:
    """The first word that can only be a finite verb where it stands."""
    for index, word in enumerate(lower):
        if index and word in _SUBORDINATE:
            return None
        if not printed[index].islower() or not word.isalpha() or word in _NOT_VERBS:
            continue
        before = lower[index - 1] if index else ""
        if before in _BEFORE_NOUNS and before not in ("la", "lo", "le", "gli", "l'", "li"):
            continue
        if before in ("la", "lo", "le", "gli", "l'"):
            continue
        if word in _AUXILIARIES:
            return index
        if index == 0 or not _third_person(word, is_word):
            continue
        following = lower[index + 1] if index + 1 < len(lower) else ""
        if (
            _SURE_ENDING.search(word)
            or before in ("si", "non")
            or _is_verb_lemma(word)
            or (_AFTER_VERB.match(following) and _opens_no_phrase(lower, index))
        ):
            return index
    return None


def _opens_no_phrase(lower: list[str], index: int) -> bool:
    """Ambiguous words (`forma`, `porta`) count as verbs only after a whole noun phrase, before an object."""
    return lower[index - 1] not in _STARTERS and not lower[index + 1].startswith(("di", "de", "d'"))


def _end_of_verb(lower: list[str], at: int, is_word: IsWord) -> int:
    """The place of the participle that belongs to the auxiliary, or of the verb itself."""
    if lower[at] not in _AUXILIARIES:
        return at
    last, seen = at, False
    for index in range(at + 1, min(at + 4, len(lower))):
        if lower[index] in ("stato", "stata", "stati", "state", "anche", "poi") or (
            not seen and lower[index].endswith("mente")
        ):
            last = index if lower[index].startswith("stat") else last
            continue
        if not seen and can_be_participle(lower[index], is_word=is_word):
            return index
        break
    return last


def can_be_participle(word: str, *, is_word: IsWord) -> bool:
    return can_be(word, Tense.PARTICIPLE, is_word=is_word)


def _third_person(word: str, is_word: IsWord) -> tuple[Form, ...]:
    return tuple(form for form in readings(word, is_word=is_word) if form.person == 3 and form.tense.mood in _FINITE)


@lru_cache(maxsize=20_000)
def _is_verb_lemma(word: str) -> bool:
    """Whether the dictionary lists the form under an infinitive, and not under a noun or an adjective."""
    from simplemma import lemmatize

    lemma = lemmatize(word, lang="it")
    return (
        lemma != word and lemma.endswith(("are", "ere", "ire", "rre")) and not word.endswith(("re", "ri", "to", "ta"))
    )


def finite_verbs(text: str, *, is_word: IsWord) -> Iterator[str]:
    """The words of a text that may be finite verbs where they stand."""
    lower = [token.lower() for token in _TOKEN.findall(text)]
    for index, word in enumerate(lower):
        before = lower[index - 1] if index else ""
        if (word in _AUXILIARIES and before not in DETERMINERS) or (
            word not in _NOT_VERBS
            and before not in _BEFORE_NOUNS
            and ((_SURE_ENDING.search(word) or _is_verb_lemma(word)) and _third_person(word, is_word))
        ):
            yield word
