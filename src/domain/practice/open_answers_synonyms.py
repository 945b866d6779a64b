"""Words that answer alike: common synonyms, irregular names of peoples, letters that stand for a name."""

from __future__ import annotations

from collections.abc import Iterable

from domain.practice.wordlists import words

_GROUPS = tuple(
    words(group)
    for group in (
        # peoples that do not begin like their country
        "germania tedesco tedesca tedeschi tedesche germanico",
        "inghilterra inglese inglesi",
        "olanda olandese olandesi",
        "svezia svedese svedesi",
        "danimarca danese danesi",
        "grecia greco greca greci greche ellenico",
        "polonia polacco polacca polacchi polacche",
        "turchia turco turca turchi turche",
        "svizzera svizzero svizzeri elvetico elvetica",
        "scozia scozzese scozzesi",
        "galles gallese gallesi",
        "portogallo portoghese portoghesi",
        "cina cinese cinesi",
        "belgio belga belgi",
        "firenze fiorentino fiorentina fiorentini fiorentine",
        "napoli napoletano napoletana napoletani",
        "roma romano romana romani romane",
        "giudeo ebreo ebrei ebraico ebraica ebraismo",
        "america americano americana americani statunitense statunitensi",
        "usa statunitense statunitensi",
        "urss sovietico sovietica sovietici",
        "ue europeo europea",
        # people
        "insegnante insegnanti docente docenti maestro maestra maestri professore professori",
        "studente studenti allievo allieva allievi alunno alunna alunni scolaro scolari",
        "medico medici dottore dottori",
        "re sovrano monarca",
        "bambino bambina bambini bimbo bimba bimbi",
        "contadino contadini agricoltore agricoltori",
        "soldato soldati militare militari",
        "moglie sposa",
        "marito sposo",
        "cittadini abitanti popolazione residenti",
        "lavoratore lavoratori operaio operai",
        "scrittore autore",
        # things
        "automobile automobili auto macchina macchine vettura vetture",
        "aereo aerei aeroplano aeroplani velivolo",
        "nave navi imbarcazione imbarcazioni",
        "denaro soldi",
        "medicina medicine medicinale medicinali farmaco farmaci",
        "guerra guerre conflitto conflitti",
        "nazione nazioni paese paesi",
        "strada strade via vie",
        "casa case abitazione abitazioni",
        "tazza tazze coppa coppe",
        "luogo luoghi posto posti",
        "quartiere quartieri rione rioni",
        "legge leggi norma norme",
        "errore errori sbaglio sbagli",
        "lavoro lavori impiego impieghi occupazione",
        "salario salari stipendio stipendi paga",
        "malattia malattie patologia patologie",
        "calore caldo",
        "regola regole norma norme",
        "compito compiti mansione mansioni",
        "scopo scopi obiettivo obiettivi fine fini",
        "motivo motivi ragione ragioni causa cause",
        "modo modi maniera maniere",
        "volto faccia viso",
        "petrolio greggio",
        "epoca era periodo",
        "impresa imprese azienda aziende ditta ditte società",
        "tassa tasse imposta imposte",
        "carcere prigione",
        "funerale esequie",
        # what happens
        "aumento crescita incremento",
        "calo diminuzione riduzione",
        "aumentare crescere",
        "calare diminuire",
        "inizio principio",
        "termine fine conclusione",
        "finire terminare concludere",
        "iniziare cominciare",
        "morte decesso",
        "arresto cattura",
        "usare utilizzare adoperare",
        "costruire edificare",
        "uccidere ammazzare assassinare",
        "comprare acquistare",
        "aiutare assistere",
        "capire comprendere",
        "mutamento mutamenti cambiamento cambiamenti",
        "permesso autorizzazione",
        # how
        "veloce veloci rapido rapida rapidi rapide",
        "antico antica antichi antiche vecchio vecchia vecchi vecchie",
        "bello bella belli belle",
        "metà mezzo mezza",
        "annuale annualmente",
        "gratuito gratis gratuitamente",
        "no non",
        # loans
        "computer elaboratore calcolatore",
        "leader capo capi guida",
        "team squadra gruppo",
        "show spettacolo spettacoli",
        "weekend finesettimana",
        "test prova prove esame esami",
    )
)
_GROUPS_OF: dict[str, frozenset[int]] = {}
for _number, _group in enumerate(_GROUPS):
    for _word in _group:
        _GROUPS_OF[_word] = _GROUPS_OF.get(_word, frozenset()) | {_number}

_SHORT = {
    "usa": ("stati", "uniti"),
    "us": ("united", "states"),
    "urss": ("unione", "sovietica"),
    "ue": ("unione", "europea"),
    "onu": ("nazioni", "unite"),
    "uk": ("regno", "unito"),
}
_LONGEST_INITIALS = 6


def synonyms(one: str, other: str) -> bool:
    """Whether two Italian words in lower case say the same, in whatever form."""
    return bool(_GROUPS_OF.get(one, frozenset()) & _GROUPS_OF.get(other, frozenset()))


def stands_for(letters: str, name: Iterable[str]) -> bool:
    """Whether letters are the initials of a name's words (`ONU` is known as well): `BBC`, `USA`."""
    parts = tuple(name)
    if not 2 <= len(letters) <= _LONGEST_INITIALS or len(parts) < 2:
        return False
    return _SHORT.get(letters) == parts[: len(_SHORT.get(letters, ()))] or letters == "".join(part[0] for part in parts)
