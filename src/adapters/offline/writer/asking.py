"""What the rules for content share: a question with its key, and when a sentence says enough by itself to be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from adapters.offline.writer.clauses import Clause, clause_of
from adapters.offline.writer.names import kind_of
from adapters.offline.writer.sentences import Sentence, one_line
from domain.practice import IsWord, words


class About(StrEnum):
    """What a key is: wrong options are of the same kind."""

    YEAR = "year"
    CENTURY = "century"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    TERM = "term"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, its key, other right answers; `about` is None where no wrong options can be found for the key."""

    question: str
    key: str
    accepted: tuple[str, ...] = ()
    about: About | None = None


Questions: TypeAlias = Iterator[Asked]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence on one line with straight apostrophes, and its main clause where it can be cut."""

    text: str
    clause: Clause | None
    is_word: IsWord


def statement_of(sentence: Sentence, *, is_word: IsWord) -> Statement:
    text = printed(sentence)
    return Statement(text, clause_of(text, is_word=is_word), is_word)


def printed(sentence: Sentence) -> str:
    return re.sub(r"(?<=[lLdDnN])' (?=\w)", "'", one_line(sentence.text.replace("’", "'")))


LEADERS = frozenset(
    words(
        "il lo la l' i gli le un uno una un' nel nello nella nell' nei negli nelle al allo alla all' ai agli alle del "
        "dello "
        "della dell' dei degli delle di a da in con su per dal dalla dall' sul sulla tra fra durante dopo"
    )
)

_REFERRING = re.compile(
    r"\b(?:quest[oaie]|quell[oaie]|quel|quell'|quest'|egli|ella|ess[oaie]|lui|lei|loro|su[oae]|suoi|tal[ei]|ciò|ne|"
    r"stess[oaie]|"
    r"entramb[ie]|vi|ci|oggi|ieri|ancora|invece|inoltre|infatti|però|quindi|anche|poi|così|tuttavia|"
    r"altr[oaie](?<!degli altri)(?<!delle altre)|dunque|"
    r"precedente|seguente|successiv[oa]|medesim[oaie]|mio|mia|nostr[oaie]|noi|io|tu|predett[oaie]|suddett[oaie]|"
    r"ultim[oaie]|"
    r"attual[ei]|attualmente|recentemente|\w+[aei]r(?:lo|la|li|le|ne|gli)|qui|lì|là|sopra|sotto|farlo|farla|farne|"
    r"perciò|cioè|ormai|già|pure|neppure|nemmeno|ulterior[ei]|gli stessi|detto|"
    r"citat[oaie]|rispettiv\w+|rimanent[ei]|restant[ei]|primi due|secondo caso|primo caso|l'altr[oa]|abbiamo|"
    r"possiamo)\b",
    re.IGNORECASE,
)
_LEANING_NOUNS = frozenset(
    words(
        "opera opere poeta poetessa scrittore scrittrice autore autrice artista pittore scultore architetto musicista "
        "compositore filosofo scienziato scienziata studioso città paese villaggio castello palazzo chiesa stanza "
        "sala casa "
        "edificio museo teatro libro libri romanzo poema film racconto saggio testo articolo volume manoscritto "
        "quadro dipinto "
        "statua guerra battaglia rivolta rivoluzione trattato pace accordo re regina duca duchessa principe "
        "principessa "
        "imperatore papa console dittatore generale presidente ministro governo partito squadra gruppo banda società "
        "compagnia azienda ditta impresa istituto scuola università progetto programma piano esperimento scoperta "
        "invenzione "
        "macchina nave fiume lago monte isola regione zona area territorio quartiere provincia comune parco giardino "
        "popolazione esercito famiglia figlio figlia padre madre fratello sorella moglie marito ragazzo ragazza uomo "
        "donna "
        "giovane bambino personaggio protagonista legge decreto norma documento lettera discorso evento episodio "
        "fatto caso "
        "numero nome titolo termine parola lavoro lavori studio ricerca collezione raccolta serie album canzone disco "
        "gioco "
        "concorso torneo campionato stagione spettacolo mostra festa cerimonia processo malattia specie genere "
        "animale pianta "
        "struttura sistema metodo risultato effetto problema questione domanda richiesta risposta decisione "
        "situazione crisi "
        "periodo epoca fase momento giorno anno servizio sede ente organizzazione associazione movimento fondazione "
        "costruzione "
        "produzione sviluppo dimensione altezza lunghezza larghezza superficie distanza linea strada ponte torre "
        "porta muro "
        "ricostruzione pubblicazione attacco incidente disastro terremoto incendio alluvione chiusura apertura nascita "
        "nazione monarchia dinastia capitale contea religione setta squadre truppe pazienti giocatori autori "
        "allenatore "
        "quota collegio multinazionale ricetta ricette stadio montagna scarsità mozione ricorso proposta commissione "
        "assemblea "
        "deposito fossile esperienza errore "
        "difetto guasto versione copia cavità attività primo secondo terzo quarto ultimo prima seconda terza "
        "ultima località animale soggetto habitat campus "
        "idea progetto racconto ritratto duomo basilica coro cappella reattore inganno"
    )
)
"""With an article and nothing else these mean one that was named before."""

_BARE = re.compile(r"(?:(?:Il|Lo|La|I|Gli|Le|il|lo|la|i|gli|le)\s|[Ll]'\s?)(?P<noun>[^\W\d_]+)")


def names_its_subject(clause: Clause) -> bool:
    """Less strict, where the sentence itself is shown: only a noun that calls for the one named before leans."""
    bare = _BARE.fullmatch(clause.subject)
    if bare is None:
        return not (_COUNTED_OUT.match(clause.subject) or _is_of_something_said(clause.subject))
    if bare["noun"].lower() in _LEANING_NOUNS:
        return False
    # Of several, in the past, something must tell where or when: `i visitatori arrivarono` leans.
    placed = bool(clause.opener or re.search(r"[A-ZÀ-Ý]", clause.rest))
    return not clause.past or (clause.plural and placed)


_LEANING_WORDS = re.compile(
    r"\b(?:principal|contrari|nuov|precedent|maggior|central|original|attual|vecchi|complet|divers|special|restant|"
    r"singol|seguent|successiv|vicin|due|tre|quattro|cinque|rimanent|secondi|terz|compless|giovan)\w*\b"
)
_MODIFIED = re.compile(
    r"\b(?:d[ie]|del|dello|della|dei|degli|delle|con|in|nel|nella|tra|fra|per|a|al|alla)\b|d'|[A-ZÀ-Ý]"
)


def says_enough(clause: Clause) -> bool:
    """Whether one knows what the subject is without the sentences before: `la stanza` leans on them."""
    subject = clause.subject
    if _COUNTED_OUT.match(subject) or _is_of_something_said(subject):
        return False
    if _MODIFIED.search(subject, len(subject.split()[0])):
        return True
    if not _BARE.match(subject):
        # `una versione è stata ripresa`: which one?
        return not (_ONE.match(subject) and clause.past and (clause.with_essere or len(subject.split()) < 3))
    if _LEANING_WORDS.search(subject):
        return False
    if _FOUND_ONCE.search(clause.verb):
        return not _LEANING_NOUNS & set(subject.lower().replace("'", " ").split())
    if _BARE.fullmatch(subject) or not re.search(r"[A-ZÀ-Ý]", clause.rest):
        # `La tarsia è...` says what is so of every one; `la stanza fu...` speaks of one that was named before.
        return not clause.past and not _LEANING_NOUNS & set(subject.lower().replace("'", " ").split())
    return True


def begins_with_one_said(text: str) -> bool:
    """`L'artista le fece un ritratto`: a bare noun that calls for the one named before, of whatever clause."""
    found = _BARE.match(text)
    if found is None or found["noun"].lower() not in _LEANING_NOUNS:
        return False
    return not re.match(r"\s(?:d[ie]|del|dell|da|che|più|[A-ZÀ-Ý]|\w+[oaie]\s(?:d[ie]|del))", text[found.end() :])


def _is_of_something_said(subject: str) -> bool:
    """`il nome del gruppo`: of which?"""
    found = _OF_IT.search(subject)
    return found is not None and found["noun"] in _LEANING_NOUNS


_OF_IT = re.compile(r"\b(?:(?:del|dello|della|dei|degli|delle|al|allo|alla)\s|(?:dell|all)')(?P<noun>[a-zà-ù]+)\Z")
_ONE = re.compile(r"[Uu]n(?:o|a)?\s|[Uu]n'")
_FOUND_ONCE = re.compile(
    r"\b(?:inventat|scopert|ideat|introdott|brevettat|isolat|sintetizzat|disegnat|abolit|istituit|proclamat|promulgat|"
    r"formulat|sperimentat|nat)[oaie]\Z"
)
"""Of a bare noun too it is said whole: `la penicillina fu scoperta da...`"""
_COUNTED_OUT = re.compile(
    r"(?:I|Le|i|le) (?:due|tre|quattro|cinque|sei)\b|(?:Il|La|I|Le|il|la|i|le) (?:più|meno|prim[oa]|second[oa]) "
    r"(?!\w+ )"
)


def says_which(subject: str, is_word: IsWord) -> bool:
    """A noun with its article, or a name: not an adjective that was put first (`Famoso è il duomo`)."""
    first = re.match(r"[^\W\d_]+'?", subject)
    if first is None or first[0].lower() in LEADERS:
        return True
    second = subject.split()[1:2]
    named = kind_of(subject) is not None or bool(second and (second[0][0].isupper() or second[0] in _PARTICLES))
    return named or not is_word(first[0].lower())


_PARTICLES = frozenset(words("di da de del della van von"))


def lowered(text: str) -> str:
    """Without the capital that only the beginning of the sentence asked for."""
    first = re.match(r"[^\W\d_]+'?", text)
    return text[:1].lower() + text[1:] if first and first[0].lower() in LEADERS else text


def where(verb: str) -> str:
    """`dove nacque`, `dov'è nato`."""
    return f"Dov'{verb}" if verb.startswith("è") else f"Dove {verb}"


def refers(question: str) -> bool:
    """Whether the question points at something outside itself."""
    return bool(_REFERRING.search(question.removeprefix("Secondo il testo, ")))


_BREAK = re.compile(
    r"\s*[,;:(–—]|\s+(?:dove|mentre|quando|perché|poiché|affinché|anche se|in quanto|ma)\s|"
    r"\s+ed? (?=(?:ne|si|non|vi|ci)\s|(?:è|sono|fu|furono|ha|hanno|venne|vennero|viene)\s|\w+(?:ò|ì|[aei]rono|[aei]va|"
    r"[aei]vano)\b)"
)
_LISTED = re.compile(
    r",\s+(?!che|cui|dove|quando|mentre|ma|anche|il quale|la quale|e\s)(?:[\w'-]+\s?){1,4}(?:,|\s?\b[eo]d?\s)|"
    r",\s+[A-ZÀ-Ý]"
)


def cut_tail(rest: str) -> str:
    """What follows the verb without what a comma, a bracket or a conjunction adds to it; a list stays as it is."""
    found = _BREAK.search(rest)
    if found is None or _LISTED.match(rest, found.start()):
        return rest.strip()
    return rest[: found.start()].strip()
