"""Common nouns where they stand in a text, with the gender and number that the article before them shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapters.offline.writer.clauses import finite_verbs
from adapters.offline.writer.nouns import certain_agreement
from adapters.offline.writer.sentences import Word, can_be
from domain.practice import ARTICLES, ARTICULATED, Agreement, IsWord, Tense, definite_article, words


class NounKind(StrEnum):
    """A wrong option for a person must not be an idea."""

    PERSON = "person"
    IDEA = "idea"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Noun:
    """`determiner` is the article that stands before it, or that is part of the preposition there."""

    word: Word
    agreement: Agreement
    determiner: str

    @property
    def kind(self) -> NounKind:
        return kind_of_noun(self.word.lower)


_EMPTY = frozenset(
    words(
        "parte parti modo modi volta volte cosa cose tipo tipi caso casi fatto fatti anno anni giorno giorni numero "
        "numeri "
        "punto punti esempio esempi maggior maggiore maggiori minor minore grande grandi primo prima primi prime "
        "secondo "
        "seconda terzo terza ultimo ultima ultimi ultime stesso stessa stessi stesse nuovo nuova nuovi nuove altro "
        "altra "
        "altri altre resto fine inizio interno centro mezzo base termine senso forma genere serie maggioranza metà "
        "quale quali "
        "molto molta molti molte poco pochi tanto tutto tutti tutta tutte proprio propria propri proprie loro mondo "
        "vita uomo "
        "cura vista causa mese mesi momento cento mila possibile sempre quanto grazie presente migliore migliori "
        "peggiore "
        "principale principali aver essere avere fare quarto quinto sesto cosiddetto cosiddetta giusto giusta buona "
        "buon bel "
        "particolare seguente seguenti precedente precedenti relativo relativa attuale attuali solo sola unico unica "
        "vero vera "
        "vecchio vecchia antico antica piccolo piccola piccoli piccole importante importanti diverso diversi diverse "
        "aumento diminuzione capacità branca livello livelli ambito ambiti presenza assenza mancanza aspetto aspetti "
        "elemento "
        "elementi estremità utilizzo impiego scopo scopi funzione funzioni rapporto rapporti processo processi "
        "attività seguito "
        "insieme funzionamento caratteristica caratteristiche situazione possibilità quantità qualità necessità "
        "effetto effetti "
        "risultato risultati conseguenza conseguenze esempio motivo motivi ragione ragioni periodo periodi occasione "
        "obiettivo "
        "obiettivi seconda maniera gruppo gruppi tentativo livelli durata termini aggiunta oggetto oggetti condizione "
        "condizioni "
        "difficoltà valore valori volontà realtà probabilità autore autrice persona persone località zona zone luogo "
        "luoghi aree "
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre fianco conto "
        "culmine collo pressi confronti corso grado sensi disposizione fronte favore contrario merito margini limite "
        "vigore atto "
        "carico proposito "
        "maggioranza minoranza contatto supporto contributo apporto contesto influenza bisogno ordine accordo merito "
        "evento eventi ruolo ruoli compito compiti attenzione importanza problema problemi settore settori categoria "
        "categorie"
    )
)
_ENDS_A_PHRASE = frozenset(
    words(
        "e ed o che cui di del dello della dell' dei degli delle d' a ad al allo alla all' ai agli alle in nel nello "
        "nella nell' "
        "nei negli nelle con per tra fra da dal dallo dalla dall' dai dagli dalle su sul sulla sull' sui sugli sulle "
        "è era erano "
        "fu furono sono si non ha hanno aveva dove come quando mentre viene vengono venne vennero può possono deve "
        "devono"
    )
)
_PEOPLE = re.compile(r"(?:tric[ei]|ist[aie]|[aeo]logo|[aeo]logi|[aeo]grafo|[aeo]grafi|essa|esse)\Z")
_DOERS = re.compile(
    r"(?:aut|pitt|scult|fondat|imperat|scritt|invent|lett|att|dirett|senat|dittat|tradutt|edit|governat|esplorat|"
    r"navigat|pescat|"
    r"cacciat|lavorat|agricolt|viaggiat|legislat|elett|spettat|ascoltat|giocat|allenat|rett|dott|professor|oppressor|"
    r"success|"
    r"predecess|conquistat|colonizzat|mercat|osservat|commentat|narrat|orat|cant|compositt|composit|regist)or[ei]\Z|"
    r"(?:caval|ban|consigl|inferm|barb|guerr|giard|banch|cart|portav)ier[ei]\Z"
)
_PERSONS = frozenset(
    words(
        "monaco monaci principe principi duca duchi poeta poeti filosofo filosofi medico medici artigiano artigiani "
        "contadino contadini soldato soldati cittadino cittadini popolo donna donne bambino bambini bambine ragazzo "
        "ragazzi ragazza ragazze studioso studiosi libraio librai copista copisti maestro maestri maestra allievo "
        "allievi padre "
        "padri madre madri figlio figli figlia figlie fratello fratelli sorella sorelle marito moglie mogli re regina "
        "papa papi "
        "vescovo vescovi prete preti schiavo schiavi operaio operai nobile nobili ministro ministri deputato deputati "
        "giudice giudici sindaco zio zia nonno nonna amico amici ospite ospiti abitante abitanti uomini straniero "
        "stranieri genitore "
        "genitori nipote nipoti cugino cugini insegnante insegnanti comandante comandanti studente studenti "
        "presidente presidenti "
        "cantante cantanti residente residenti discendente discendenti dipendente dipendenti mercenario mercenari "
        "nazista "
        "nazisti americano erede eredi coniuge coniugi governante governanti comunista prigioniero prigionieri "
        "paziente "
        "pazienti adulto adulti accademico accademici scienziato scienziati artista artisti archeologo inglese "
        "inglesi francese francesi spagnolo spagnoli tedesco tedeschi italiano italiani americano "
        "americani russo "
        "russi arabo arabi cinese cinesi israeliano israeliani portoghese portoghesi britannici olandese olandesi "
        "mongolo "
        "mongoli romano romani greco greci turco turchi normanno normanni egizi europeo europei indiano indiani "
        "persiano "
        "persiani cristiano cristiani protestante protestanti cattolico cattolici musulmano musulmani ebreo ebrei "
        "luterano "
        "luterani ugonotto ugonotti barbaro barbari pagano pagani giovani vecchi poveri ricchi santo santi eroe eroi "
        "lavoratore lavoratori cavaliere cavalieri mercante mercanti borghese borghesi signore signori"
    )
)
_IDEAS = re.compile(
    r"(?:zion[ei]|sion[ei]|tà|tù|ezz[ae]|ism[oi]|enz[ae]|anz[ae]|tudin[ei]|mento|menti|logia|logie|grafia|ia)\Z"
)


def kind_of_noun(noun: str) -> NounKind:
    if noun in _PERSONS or _PEOPLE.search(noun) or _DOERS.match(noun):
        return NounKind.PERSON
    return NounKind.IDEA if _IDEAS.search(noun) else NounKind.OTHER


def nouns_of(line: Sequence[Word], *, is_word: IsWord, shortest: int = 5) -> Iterator[Noun]:
    """Nouns that an article introduces and that end their phrase, so that no adjective is taken for one."""
    for index in range(1, len(line)):
        opener, word = line[index - 1], line[index]
        determiner = opener.lower if opener.lower in ARTICLES else ARTICULATED.get(opener.lower, ("", ""))[1]
        after = line[index + 1].lower if index + 1 < len(line) else "."
        if not determiner or not _may_be_noun(word, shortest, is_word) or not _ends(after, is_word):
            continue
        before = line[index - 2].lower if index > 1 else ""
        if opener.lower in ("la", "lo", "le", "gli") and before and _is_pronoun_before(word.lower, is_word):
            continue
        agreement = _agreement(determiner, word.lower, is_word)
        if agreement is not None and definite_article(agreement, word.lower) == _definite(determiner, agreement, word):
            yield Noun(word, agreement, determiner)


def _may_be_noun(word: Word, shortest: int, is_word: IsWord) -> bool:
    text = word.text
    if len(text) < shortest or not text.islower() or not text.isalpha() or word.lower in _EMPTY:
        return False
    if text.endswith(("are", "ere", "ire", "arsi", "ersi", "irsi", "mente")) and can_be(
        word.lower.removesuffix("si") + ("e" if text.endswith("rsi") else ""), Tense.INFINITIVE, is_word=is_word
    ):
        return False
    if _LIKE_ADJECTIVE.search(text) and word.lower not in _NOUNS_IN_ICO:
        return False
    return is_word(word.lower)


_LIKE_ADJECTIVE = re.compile(r"(?:ic[oaie]|ich[ei]|iv[oaie]|os[oaie]|evol[ei]|abil[ei]|ibil[ei])\Z")
_NOUNS_IN_ICO = frozenset(
    words(
        "politica fisica chimica matematica musica fabbrica fabbriche repubblica repubbliche tecnica tecniche logica "
        "medico "
        "medici traffico pubblico classici nemico nemici amico amici monaci portico portici critica critiche predica "
        "prediche pratica pratiche grammatica retorica botanica meccanica ottica ceramica ceramiche basilica basiliche "
        "cronica olivo ulivo archivio archivi motivo attivo arrivo arrivi archivio riso sposo sposi caso naso dose "
        "rosa rose cosa "
        "prosa sposa filosofo riposo tosse polvere dinamica statistica genetica etica estetica domenica panico carico "
        "incarico "
        "incarichi ufficio indice codice codici vertice vertici radice radici matrice cornice superficie mosaico "
        "mosaici "
        "cantico cantici tropico tropici aggettivo aggettivi obiettivo esplosivo esplosivi dispositivo dispositivi "
        "corsivo "
        "incentivo incentivi collettivo"
    )
)


def _ends(after: str, is_word: IsWord) -> bool:
    return not after[0].isalpha() or after in _ENDS_A_PHRASE or any(finite_verbs(after, is_word=is_word))


def _is_pronoun_before(word: str, is_word: IsWord) -> bool:
    return any(finite_verbs(word, is_word=is_word))


_ARTICLE_ROLES = {
    "il": Agreement("m", False),
    "lo": Agreement("m", False),
    "un": Agreement("m", False),
    "uno": Agreement("m", False),
    "la": Agreement("f", False),
    "una": Agreement("f", False),
    "un'": Agreement("f", False),
    "i": Agreement("m", True),
    "gli": Agreement("m", True),
    "le": Agreement("f", True),
}


def _agreement(determiner: str, noun: str, is_word: IsWord) -> Agreement | None:
    said = _ARTICLE_ROLES.get(determiner)
    if said is None:
        return certain_agreement(noun, is_word=is_word)
    ending = {("m", False): "oeaà", ("f", False): "aeàùi", ("m", True): "ià", ("f", True): "eiàù"}
    return said if noun[-1] in ending[said.gender or "m", said.plural] else None


def _definite(determiner: str, agreement: Agreement, word: Word) -> str:
    """The definite article where an indefinite one is printed."""
    if determiner in ("un", "uno", "una", "un'"):
        return definite_article(agreement, word.lower)
    return determiner
