"""Proper names in Italian text: where they begin and end, and whether they call a person or a place."""

from __future__ import annotations

import re
from enum import StrEnum

from domain.practice import words


class NameKind(StrEnum):
    PERSON = "persona"
    PLACE = "luogo"


NAME = (
    r"[A-ZÀ-Ý][\w]*(?:'[A-ZÀ-Ý]\w*)?(?:[ -](?:(?:di|da|de|del|della|dei|degli|von|van|al|ibn)\s+|d'|de'|dell')?"
    r"[A-ZÀ-Ý][\w]*(?:'[A-ZÀ-Ý]?\w+)?){0,4}"
)

_FIRST_NAMES = frozenset(
    words(
        "Adamo Adriano Agostino Alberto Albert Aldo Alessandro Alexander Alfonso Alfredo Ambrogio Amedeo Amerigo "
        "Andrea "
        "Angelo Anna Antoine Antonio Archimede Aristotele Arturo Arthur Augusto Baldassarre Bartolomeo Beatrice "
        "Benedetto "
        "Benito Bernardo Blaise Bruno Camillo Carlo Caterina Cecilia Cesare Charles Charlotte Chiara Christian "
        "Cicerone Claudio Clemente Cosimo Cristoforo Dante Dario David Denis Diego Dmitrij Domenico Donato Edoardo "
        "Edward Elena Eleonora Elisabetta Emanuele Emilio Emma Enea Enrico Ercole Ernest Ernesto Euclide Eugenio "
        "Evangelista "
        "Fabrizio Federico Ferdinando Filippo Francesca Francesco Francis Franco Frank Franz Friedrich Gabriele "
        "Gaetano "
        "Galileo Gaspare Georg George Giacinto Giacomo Giambattista Gian Gianni Giorgio Giotto Giovanna Giovanni "
        "Girolamo "
        "Giuliano Giulia Giulio Giuseppe Giustiniano Grazia Gregorio Gregor Guglielmo Guido Gustav Gustave Heinrich "
        "Henri Henry "
        "Ignazio Immanuel Ippolito Isaac Isabella Italo Jacopo Jacques James Jane Jean Johann Johannes John Joseph "
        "Karl "
        "Laura Lavinia Leon Leonardo Leonhard Leopold Lorenzo Louis Luca Lucia Lucrezia Ludovico Ludwig Luigi "
        "Marcello Marco "
        "Margherita Maria Marie Mario Martin Martino Massimiliano Massimo Matilde Matteo Maurizio Max Michael "
        "Michelangelo "
        "Michele Mosè Napoleone Natalia Niccolò Nicola Nicolas Nikola Omero Orazio Oscar Ottaviano Ottone Ovidio "
        "Pablo Paolo Paul "
        "Peter Pier Piero Pierre Pietro Platone Plinio Raffaello Raffaele Renato René Renzo Riccardo Richard Rita "
        "Robert Roberto "
        "Romolo Rosa Sandro Salvatore Sebastiano Sergio Sigmund Simone Sofia Socrate Stefano Tacito Teodorico Teresa "
        "Thomas "
        "Tiziano Tommaso Torquato Traiano Ugo Umberto Vasco Vespasiano Victor Vincenzo Vincent Virgilio "
        "Vittoria "
        "Vittorio Voltaire Walter Werner Wilhelm William Wolfgang"
    )
)
_NOT_FIRST_NAMES = frozenset(
    words("Santo Santa San Via Piazza Monte Monti Lago Palazzo Porta Villa Ponte Torre Chiesa")
)
_CONTINENTS = words("Europa Asia Africa America Oceania Antartide")
_COUNTRIES = words(
    "Italia Francia Germania Spagna Portogallo Inghilterra Irlanda Svizzera Austria Belgio Olanda "
    "Danimarca Svezia Norvegia Finlandia Islanda Polonia Ungheria Romania Bulgaria Grecia Turchia Albania "
    "Croazia Slovenia Serbia Russia Ucraina Australia Canada Messico Brasile Argentina Cile Perù Colombia "
    "Cuba Cina Giappone India Corea Vietnam Egitto Libia Tunisia Algeria Marocco Etiopia Nigeria Kenya "
    "Sudafrica Israele Palestina Siria Iraq Iran Persia Arabia Cipro Malta"
)
_REGIONS = words(
    "Sicilia Sardegna Corsica Toscana Umbria Lazio Marche Abruzzo Molise Campania Puglia Basilicata "
    "Calabria Liguria Piemonte Lombardia Veneto Friuli Romagna Provenza Normandia Borgogna Baviera "
    "Sassonia Andalusia Catalogna Castiglia Creta Elba Rodi Gallia Britannia Dacia Mesopotamia Galles "
    "Scozia Florida California Virginia"
)
_CITIES = words(
    "Roma Milano Torino Genova Venezia Bologna Firenze Napoli Palermo Bari Cagliari Trieste Trento Verona "
    "Padova Vicenza Mantova Ferrara Modena Parma Ravenna Rimini Urbino Ancona Fabriano Pesaro Perugia "
    "Assisi Siena Pisa Lucca Arezzo Livorno Prato Pistoia Ostia Salerno Amalfi Lecce Taranto Messina "
    "Catania Siracusa Agrigento Trapani Cremona Pavia Como Bergamo Brescia Piacenza Novara Asti Aosta "
    "Udine Treviso Parigi Londra Berlino Vienna Madrid Lisbona Barcellona Atene Sparta Corinto Troia "
    "Costantinopoli Bisanzio Istanbul Gerusalemme Alessandria Cartagine Babilonia Ninive Damasco Baghdad "
    "Mosca Pietroburgo Praga Varsavia Cracovia Budapest Bruxelles Amsterdam Ginevra Zurigo Basilea Monaco "
    "Magonza Norimberga Strasburgo Lione Marsiglia Avignone Oxford Cambridge Edimburgo Dublino Stoccolma "
    "Copenaghen Oslo Washington Boston Chicago Filadelfia Tokyo Pechino Hiroshima Samarcanda"
)
_PLACES = {name: level for level, names in enumerate((_CITIES, _REGIONS, _COUNTRIES, _CONTINENTS)) for name in names}
_OF_PLACE = re.compile(r"(?:città|villaggio|borgo|paese|comune|porto) (?:di|d')\s?\Z")
_NAMED_AFTER = re.compile(
    r"(?:calendario|premio|via|viale|piazza|fiume|monte|lago|palazzo|teatro|museo|ponte|villa|castello|isola|torre|"
    r"università|"
    r"istituto|scuola|liceo|ospedale|stadio|capo|forte|nave|classe|legge|teorema|codice|galleria|fondazione|parco|"
    r"porta) \Z",
    re.IGNORECASE,
)
"""What bears the name of a person, and is none."""
_BORN_AT = re.compile(
    r"\b(?:nat[oa]|mort[oa]|nacque|morì|nasce|muore|vive|visse|abita|abitava|trova) ad? \Z", re.IGNORECASE
)
_AT = re.compile(r"\b(?:in|presso) \Z", re.IGNORECASE)

MONTHS = words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre")


def kind_of(name: str, before: str = "") -> NameKind | None:
    """By its first word, by what is known of the world, and by the words `before` it; None where neither tells."""
    first = re.split(r"[ '-]", name, maxsplit=1)[0]
    if len(name.rsplit(maxsplit=1)[-1]) < 2:
        return None  # an initial: the name goes on
    if name in _PLACES or _OF_PLACE.search(before) or (" " not in name and _BORN_AT.search(before)):
        return NameKind.PLACE
    if _NAMED_AFTER.search(before):
        return None
    if first in _FIRST_NAMES and first not in _NOT_FIRST_NAMES:
        return NameKind.PERSON
    if _AT.search(before) and " " not in name and len(name) > 3 and not name.isupper():
        return NameKind.PLACE
    return None


def is_known_place(name: str) -> bool:
    """Whether it is a place wherever it stands."""
    return name in _PLACES


def place_level(name: str) -> int:
    """0 for a city, and for what is not known; 1 a region, 2 a country, 3 a continent: one may lie in the other."""
    return _PLACES.get(name, 0)


def shorter_names(name: str) -> tuple[str, ...]:
    """What the person may be called for short: the surname, or the first name before a place (`Leonardo da Vinci`)."""
    parts = name.split()
    if len(parts) < 2 or any(map(_is_number, parts)):
        return ()
    if parts[1] in ("da", "di", "del", "della") or parts[1].startswith(("d'", "dell'")):
        return (parts[0],)
    tail = name.split(maxsplit=1)[1] if parts[-2].islower() else parts[-1]
    return () if tail in _FIRST_NAMES else (tail,)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[IVX]+", text))
