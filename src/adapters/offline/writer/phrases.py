"""What an article can be known by: the words after it that show gender and number, and the sound it stands before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.offline.writer.sentences import Word
from domain.practice import PRONOUNS, SIMPLE_PREPOSITIONS, Agreement, IsWord, agreement_of, words


@dataclass(frozen=True, slots=True)
class Phrase:
    """`head` shows the agreement, `sound` is the word right after the article; often they are the same word."""

    agreement: Agreement
    head: str
    sound: str


_TRANSPARENT = frozenset(words("più meno loro due tre quattro cinque sei sette otto nove dieci dodici venti cento"))
"""They show neither gender nor number of their own; the word after them is asked."""
NO_NOUNS = (
    _TRANSPARENT
    | frozenset(
        words(
            "che cui chi se quando come dove perché poiché mentre anche neanche pure ma però o ed né non mai già "
            "ancora sempre spesso forse oggi ieri domani ora allora poi prima dopo sotto sopra dentro fuori contro "
            "oltre senza verso durante presso molto poco tanto troppo tutto tutta tutti tutte ogni qualche "
            "quale quali quanto quanta quanti quante circa quasi appena così ecco sé uno una l' un il lo la i gli "
            "le e è ha ho hanno del dello della dei degli delle questo questa questi queste quello quella quelli "
            "quelle solo sola soli sole meglio peggio qui qua lì là"
        )
    )
    | PRONOUNS
    | SIMPLE_PREPOSITIONS
)
_INVARIABLE = frozenset(
    words(
        "radio moto auto foto mano eco dinamo libido euro video kilo stereo cinema boia gorilla vaglia boa dita "
        "braccia ginocchia labbra ossa uova paia miglia centinaia migliaia mura ciglia lenzuola urla grida membra "
        "corna crisi tesi ipotesi sintesi analisi diagnosi oasi metropoli eclissi ellissi brindisi alibi serie "
        "specie barbarie carie effigie parentesi enfasi genesi nemesi prassi stasi estasi paralisi catarsi bici "
        "pigiama"
    )
)
"""One form for both numbers, or a gender that changes with the number."""
_TWO_GENDERS = frozenset(
    words(
        "fine fini fronte fronti capitale capitali finale finali morale carcere carceri cenere ceneri fonte fonti "
        "collega atleta pianeta pilota idiota guida guardia spia camerata recluta sentinella giudice giudici "
        "complice complici interprete interpreti coniuge coniugi erede eredi ospite ospiti parente parenti "
        "minorenne minorenni giovane giovani nobile nobili preside presidi custode custodi martire martiri "
        "testimone testimoni consorte consorti nipote nipoti vigile vigili artefice artefici superstite superstiti "
        "amante amanti tigre serpe belga belgi pirata profuga"
    )
)
"""*Il fine* and *la fine*, *il giudice* and *la giudice*."""
_MASCULINE_A = frozenset(
    words(
        "problema tema sistema schema poema teorema programma dramma telegramma diagramma panorama diploma dogma "
        "enigma stemma trauma clima poeta papa duca monarca patriarca profeta pianeta geometra pigiama aroma asma "
        "carisma cataclisma crisma prisma sisma fantasma magma plasma sperma stigma coma diadema emblema lemma "
        "dilemma stratagemma sofisma genoma cromosoma linfoma ecosistema sottosistema anatema proclama melodramma "
        "ologramma istogramma pentagramma organigramma cinema"
    )
)
_EPICENE_A = re.compile(r"(?:ista|iatra|cida|arca|ota|ita)\Z")
_NOUNS_IN_E = frozenset(
    words(
        "giornale ospedale animale canale segnale stivale tribunale generale maiale caporale cardinale carnevale "
        "temporale funerale arsenale viale piazzale fondale manuale portale pedale scaffale materiale minerale "
        "vegetale verbale fucile campanile cortile fossile missile stile barile badile sedile utensile aprile mare "
        "altare affare lupanare focolare dente studente ambiente incidente continente serpente oriente occidente "
        "torrente contingente accidente ponente recipiente coefficiente quoziente antecedente istante gigante "
        "elefante diamante volante quadrante brigante levante mese paese arnese gente mente corrente sorgente "
        "patente tangente cattedrale vocale spirale centrale filiale variante costante pace voce luce croce noce "
        "foce bile pelle valle"
    )
)
"""Nouns that end as adjectives of one form do."""
_ADJECTIVES_IN_E = frozenset(
    words(
        "grande breve forte dolce verde celebre illustre semplice felice triste maggiore minore migliore peggiore "
        "superiore inferiore interiore esteriore anteriore posteriore ulteriore grave lieve greve alpestre "
        "terrestre silvestre campestre pedestre equestre ricorrente comune enorme insigne solenne indenne perenne "
        "giovane immune esile agile facile difficile debole tale quale simile fedele infedele crudele acre"
    )
)
"""Of one form for both genders, beside those that `_EPICENE` knows by their ending."""
_EPICENE = re.compile(r"(?:al|il|ant|ent|es|ac|oc|ar|evol|ebr)[ei]\Z")
_PLURAL_FIGURE = re.compile(r"[2-79]\Z|1[02-79]\Z|[2-79]\d\d?\Z")
"""Read with a consonant first, so that they ask for `i` as `libri` does."""
_FEMININE_INVARIABLE = re.compile(r"t[àù]\Z|(?:cri|te|ipote|sinte|anali|diagno|oa)si\Z")
_SHOWS_SINGULAR = re.compile(r"(?:zione|sione|gione|tudine|trice|aggine|tore|sore|iere|mento|ione)\Z")
_SHOWS_PLURAL = re.compile(r"(?:zioni|sioni|gioni|tudini|trici|aggini|tori|sori|ieri|menti|ioni|isti)\Z")


def phrase_after(following: Sequence[Word], article: Agreement, *, is_word: IsWord) -> Phrase | None:
    """What follows an article of this agreement, if the words can have no other; None when they leave a doubt.

    An elided article leaves the gender open; then so may the phrase.
    """
    for count, word in enumerate(following[:4]):
        text = word.lower
        if text in _TRANSPARENT or (article.plural and _PLURAL_FIGURE.match(text)):
            continue
        if not text.isalpha() or text in NO_NOUNS or text.endswith("mente") or (count and word.is_name):
            return None
        if not _is_epicene(text):
            return Phrase(article, word.text, following[0].text) if _shows(word, article, is_word) else None
        if text[-1] in "ei" and (text[-1] == "i") is not article.plural:
            return None
        if article.gender is None and not article.plural and text.endswith("e"):
            return Phrase(article, word.text, following[0].text)
    return None


def _is_epicene(text: str) -> bool:
    """Adjectives and nouns of one form for both genders (`grande`, `cantanti`)."""
    if _SHOWS_SINGULAR.search(text) or _SHOWS_PLURAL.search(text):
        return text.removesuffix("i") + "e" in _ADJECTIVES_IN_E
    singular = text[:-1] + "e"
    if singular in _NOUNS_IN_E or agreement_of(singular) is not None:
        return False
    return text in _TWO_GENDERS or singular in _ADJECTIVES_IN_E or bool(_EPICENE.search(text))


def _shows(word: Word, article: Agreement, is_word: IsWord) -> bool:
    """Whether the word can follow this article and no other of another gender or number."""
    text = word.lower
    if article.gender != "m" and shows_no_number(text):
        return True
    if len(text) < 3 or text in _INVARIABLE or (text in _TWO_GENDERS and article.gender is not None):
        return False
    if word.is_name and not is_word(text) and (text[-1] not in "ao" or article.plural):
        return False
    plural, gender = article.plural, article.gender
    masculine_a = text in _MASCULINE_A
    match text[-1]:
        case "o":
            return not plural and gender != "f"
        case "a" if masculine_a:
            return not plural and gender != "f"
        case "a":
            return not plural and gender != "m" and (gender is None or not _EPICENE_A.search(text) or _is_sure_a(text))
        case "e" if plural:
            return gender == "f" and _has_singular_in_a(text, is_word)
        case "e":
            return gender != "f" or text not in _TWO_NUMBERS
        case "i":
            return plural and not word.is_name
    return False


def shows_no_number(text: str) -> bool:
    """`città`, `crisi`: feminine nouns of one form, before which the number has to be said."""
    return bool(_FEMININE_INVARIABLE.search(text))


def _is_sure_a(text: str) -> bool:
    """`vita`, `vista`, `nota` are feminine nouns; `artista`, `patriota` are of either gender."""
    return text in _FEMININE_ISTA or (not text.endswith(("ista", "iatra", "cida", "arca")) and len(text) < 7)


_FEMININE_ISTA = frozenset(words("vista lista pista rivista intervista conquista provvista crista arista barca"))


def _has_singular_in_a(text: str, is_word: IsWord) -> bool:
    stem = text[:-1]
    singulars = [stem + "a"]
    if stem.endswith(("ch", "gh")):
        singulars.append(stem[:-1] + "a")
    if stem.endswith(("c", "g")):
        singulars.append(stem + "ia")
    return any(is_word(singular) for singular in singulars)


_TWO_NUMBERS = frozenset(words("vite ante tese mode pene dote"))
"""Feminine singulars in -e that are the plural of another noun too (`la vite`, `le vite`)."""
