"""Italian articles, prepositions joined with them, and unstressed pronouns: what each says and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.practice.wordlists import words


@dataclass(frozen=True, slots=True)
class Agreement:
    """Gender `m` or `f`, None where the form does not tell; number."""

    gender: str | None
    plural: bool


@dataclass(frozen=True, slots=True)
class Article:
    """`text` as it stands before a word; an elided one keeps its apostrophe (`l'`)."""

    text: str
    definite: bool
    agreement: Agreement


def _articles() -> tuple[Article, ...]:
    rows = (
        ("il lo", True, "m", False),
        ("la", True, "f", False),
        ("l'", True, None, False),
        ("i gli", True, "m", True),
        ("le", True, "f", True),
        ("un uno", False, "m", False),
        ("una un'", False, "f", False),
    )
    return tuple(
        Article(text, definite, Agreement(gender, plural))
        for texts, definite, gender, plural in rows
        for text in texts.split()
    )


ARTICLES = {article.text: article for article in _articles()}
DEFINITE = frozenset(text for text, article in ARTICLES.items() if article.definite)
INDEFINITE = frozenset(text for text, article in ARTICLES.items() if not article.definite)

SIMPLE_PREPOSITIONS = frozenset(words("di a da in con su per tra fra"))
IMPROPER_PREPOSITIONS = frozenset(
    words(
        "verso contro sopra sotto dentro dietro fuori davanti presso vicino lungo senza dopo prima durante mediante "
        "secondo fino sino oltre entro attraverso tranne salvo eccetto circa avanti indietro accanto intorno d'"
    )
)
"""Words that stand where a preposition does, alone or with another after them."""

_JOINED_STEMS = {"di": "de", "a": "a", "da": "da", "in": "ne", "su": "su"}
_JOINED_ENDINGS = {"il": "l", "lo": "llo", "la": "lla", "l'": "ll'", "i": "i", "gli": "gli", "le": "lle"}

ARTICULATED = {
    stem + ending: (preposition, article)
    for preposition, stem in _JOINED_STEMS.items()
    for article, ending in _JOINED_ENDINGS.items()
}
"""`della` -> (`di`, `la`)."""

REFLEXIVE = {(1, False): "mi", (2, False): "ti", (1, True): "ci", (2, True): "vi", (3, False): "si", (3, True): "si"}
PRONOUNS = frozenset(
    words(
        "mi ti si ci vi lo la li le gli ne l' m' t' s' c' v' n' me te se ce ve glielo gliela glieli gliele gliene "
        "io tu egli lui lei ella noi voi loro esso essa essi esse"
    )
)

PERSONAL_PRONOUNS = PRONOUNS | frozenset(words("sé sè se' ciò"))
RELATIVE_PRONOUNS = frozenset(words("che cui chi quale quali"))
EQUIVALENT = {"tra": "fra"}
"""Two writings of one preposition."""
EUPHONIC = {"ad": "a", "ed": "e", "od": "o"}
"""What may stand before a vowel, and is no other word."""

_ACCUSATIVE = {
    "lo": Agreement("m", False),
    "la": Agreement("f", False),
    "l'": Agreement(None, False),
    "li": Agreement("m", True),
    "le": Agreement("f", True),
}
_DATIVE = {"gli": Agreement("m", False), "le": Agreement("f", False)}


def object_pronoun(pronoun: str) -> dict[str, Agreement]:
    """What an unstressed pronoun of the third person can be, by case: `le` is `accusative` (them) or `dative` (her)."""
    found = {"accusative": _ACCUSATIVE.get(pronoun), "dative": _DATIVE.get(pronoun)}
    return {case: agreement for case, agreement in found.items() if agreement is not None}


def _possessives() -> dict[str, tuple[str, Agreement]]:
    rows = ("mio mia miei mie", "tuo tua tuoi tue", "suo sua suoi sue", "nostro nostra nostri nostre",
            "vostro vostra vostri vostre")  # fmt: skip
    agreements = (Agreement("m", False), Agreement("f", False), Agreement("m", True), Agreement("f", True))
    return {
        form: (row.split()[0], agreement)
        for row in rows
        for form, agreement in zip(row.split(), agreements, strict=True)
    }


POSSESSIVES = _possessives()
"""`sue` -> (`suo`, feminine plural)."""

_AS_DEFINITE = {"l": "il", "llo": "lo", "ll'": "l'", "lla": "la", "i": "i", "gli": "gli", "lle": "le"}
_AS_INDEFINITE = {"": "un", "o": "uno", "a": "una", "'": "un'"}
_ARTICLE_LIKE = {
    **{stem + ending: (stem, article) for stem in ("que", "be") for ending, article in _AS_DEFINITE.items()},
    **{
        stem + ending: (stem, article)
        for stem in words("nessun alcun ciascun qualcun buon")
        for ending, article in _AS_INDEFINITE.items()
    },
}


def article_like(word: str) -> tuple[str, str] | None:
    """A word that changes before a sound as an article does, with that article: `quegli` -> (`que`, `gli`)."""
    return _ARTICLE_LIKE.get(word)


PLURALS_IN_A = frozenset(
    words(
        "braccia dita labbra ginocchia uova ossa ciglia lenzuola miglia paia centinaia migliaia urla grida mura "
        "membra corna fila fondamenta budella gesta calcagna cervella"
    )
)
"""Feminine plurals of masculine nouns: `braccio`, `braccia`."""

_IMPURE = re.compile(r"s[bcdfghjklmnpqrstvz]|z|gn|ps|pn|x|y[aeiou]|i[aeou]|sh", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouàèéìòùh]", re.IGNORECASE)
_GLIDE = re.compile(r"(y|[ij])[aeou]", re.IGNORECASE)


def starts_with_vowel(word: str) -> bool:
    """Whether an article is elided before it; a mute h counts as nothing, a glide (`iato`, `yogurt`) as a consonant."""
    return bool(_VOWEL.match(word)) and not _GLIDE.match(word)


def is_impure(word: str) -> bool:
    """Whether a masculine article before it is `lo`, `uno`, `gli`: s with a consonant, z, gn, ps, pn, x, y."""
    return bool(_IMPURE.match(word))


def definite_article(agreement: Agreement, word: str) -> str:
    """The definite article before this word. The gender must be known unless number and vowel decide."""
    if agreement.plural:
        if agreement.gender == "f":
            return "le"
        return "gli" if starts_with_vowel(word) or is_impure(word) else "i"
    if starts_with_vowel(word):
        return "l'"
    if agreement.gender == "f":
        return "la"
    return "lo" if is_impure(word) else "il"


def indefinite_article(agreement: Agreement, word: str) -> str | None:
    """The indefinite article before this word; None in the plural."""
    if agreement.plural:
        return None
    if agreement.gender == "f":
        return "un'" if starts_with_vowel(word) else "una"
    return "uno" if is_impure(word) and not starts_with_vowel(word) else "un"


def joined(preposition: str, article: str) -> str | None:
    """`di` + `la` -> `della`; None for a preposition that does not join."""
    stem, ending = _JOINED_STEMS.get(preposition), _JOINED_ENDINGS.get(article)
    return stem + ending if stem is not None and ending is not None else None


# --- nouns ------------------------------------------------------------------------------------------------------------

_MASCULINE_E = frozenset(
    words(
        "mare sole pane paese mese nome padre cane pesce ponte monte dente piede fiume sale latte miele cuore "
        "fiore amore colore dolore errore favore onore odore sapore valore umore rumore dottore scultore "
        "imperatore re generale giornale ospedale animale canale segnale stivale tribunale esame reame rame "
        "bestiame legame limite confine crimine ordine fulmine cognome volume costume seme interesse stile sedile "
        "aprile fucile campanile cortile maiale quartiere mestiere bicchiere carattere dovere genere sapone "
        "balcone bastone cotone limone melone milione pallone portone salone mattone padrone leone clima"
    )
)
_FEMININE_E = frozenset(
    words(
        "voce luce croce pace noce notte legge arte parte morte sorte mente gente corte nave neve chiave carne "
        "madre moglie valle pelle fame base fase frase tosse torre febbre polvere lepre sede fede rete sete "
        "estate nube classe vite radice matrice vernice cornice superficie immagine origine indagine vergine "
        "opinione unione riunione crema chioma mamma fiamma gomma gemma"
    )
)
_UNSURE = frozenset(
    words(
        "capitale fine fronte finale morale carcere cenere fonte radio moto auto foto mano eco dinamo libido "
        "cinema boia pianeta collega atleta poeta profeta pirata geometra papa duca pilota idiota sosia gorilla "
        "vaglia boa camerata guardia guida spia persona recluta sentinella dita braccia ginocchia labbra ossa "
        "uova paia miglia centinaia migliaia mura ciglia lenzuola urla grida membra corna"
    )
)
_SURE_ENDINGS = (
    (("zione", "sione", "gione", "tudine", "trice", "aggine"), Agreement("f", False)),
    (("zioni", "sioni", "gioni", "tudini", "trici"), Agreement("f", True)),
    (("tore", "sore", "iere", "mento"), Agreement("m", False)),
    (("tori", "sori", "menti"), Agreement("m", True)),
)


def agreement_of(noun: str) -> Agreement | None:
    """Gender and number of a noun (lower case) where its form leaves no doubt; None otherwise.

    Doubtful: invariable nouns (`città`), nouns of two genders (`insegnante`, `turista`), plurals in -i that may come
    from -e (`voci`, `mesi`), singulars in -e that are not listed, plurals in -e that may be a singular.
    """
    if noun in _UNSURE or len(noun) < 3:
        return None
    if noun in _MASCULINE_E:
        return Agreement("m", False)
    if noun in _FEMININE_E:
        return Agreement("f", False)
    for endings, agreement in _SURE_ENDINGS:
        if noun.endswith(endings):
            return agreement
    if noun.endswith("o"):
        return Agreement("m", False)
    if noun.endswith(("ista", "iatra", "cida", "arca")) or not noun.endswith("a"):
        return None
    return Agreement("m" if noun.endswith(("ema", "oma", "sma", "gramma", "dramma")) else "f", False)
