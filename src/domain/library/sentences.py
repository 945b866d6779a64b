"""Where sentences begin and end, by rules that know the abbreviations of a language."""

from __future__ import annotations

import re

_ENDINGS = {
    "it": "ecc etc a.c d.c s.p.a s.r.l",
    "en": "etc a.m p.m inc ltd co jr sr",
    "fr": "etc",
    "de": "usw etc",
    "es": "etc a.c d.c",
    "pt": "etc a.c d.c",
}
"""Abbreviations that may end a sentence: they do when a capital follows."""

_ABBREVIATIONS = {
    "it": """
        art artt all arch avv ca cap capp cfr cit cod col comm cost cpv d.l d.lgs d.m d.p.r dir disp dott dott.ssa dr
        dr.ssa ed edd es fasc ff fig figg gen geom ibid id ing int l lett lgs loc mons mr mrs n nn nr num on op p pp
        pag pagg par prof prof.ssa proff prov rag red reg rev rif rist s sec segg seg sez sig sig.na sig.ra sigg ss
        st suppl tab tabb tel ten trad u.s v vd vds vol voll vs
    """,
    "en": """
        approx art capt cf ch col dept dr e.g ed eds eq fig figs gen gov i.e lt mr mrs ms mt no nos op p pp para prof
        rev sec sen sgt st vol vols vs
    """,
    "fr": "art av c.-à-d cf chap dr ed éd env ex fig m mgr mm mme mmes mlle n no p pp par prof st ste t tél vol",
    "de": """
        abb abs art aufl bd bde ca bzw d.h dr ebd evtl f ff fr geb ggf h hr hrsg inkl jh kap mio mrd nr o.ä prof s
        sog st str tel u.a u.ä usf v.a vgl z.b z.t zit
    """,
    "es": "art arts av cap cf d dr dra dña ed ej fig gral lic n no núm p pp pág págs prof profa s sr sra sres srta ss "
    "st sta sto tel ud uds vol",
    "pt": "art arts av cap cf d dr dra ed ex fig n nº núm p pp pág págs prof profa s sr sra srs sta sto tel vol",
}
"""Abbreviations that never end one: a name or a number follows."""

_STARTERS = {
    "it": """
        il lo la i gli le un uno una in di da a con su per tra fra non ma e ed o se che chi cui come quando dove questo
        questa questi queste quello quella ogni nel nella del della dal dalla al alla sul sulla si ci è sono ha così
    """,
    "en": "the a an in on of for and but if that this these those it he she we they when where there is are not",
    "fr": "le la les un une des il elle on ce cette ces et mais si que dans en pour par avec ne nous vous ils elles",
    "de": "der die das ein eine er sie es wir und aber wenn dass in im am auf für mit nicht ist sind",
    "es": "el la los las un una en de con por para y pero si que no este esta estos es son se lo",
    "pt": "o a os as um uma em de com por para e mas se que não este esta estes é são no na",
}
"""Words that begin a sentence rather than a surname: `campo K. Il vettore`, but `G. Verdi`."""


def _words(table: dict[str, str]) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in table.items()}


_MAY_END, _NEVER_END, _BEGIN = _words(_ENDINGS), _words(_ABBREVIATIONS), _words(_STARTERS)

_OPENING = "\"'«“‘„([{—–_*¿¡"
_BREAK = re.compile(
    r"""
    [\n.!?…]                                                   # looked for by its set of characters: that is fast
    (?:
      (?<= \n ) [^\S\n]*+ (?: \n \s*+ | (?= [•▪◦‣●] ) )         # an empty line, or the next item of a list
      | (?<= [.!?…] ) (?<! [.!?…]{2} )
        (?P<more> [.!?…]*+ ) (?P<closing> [\"'»”’)\]}_*]*+ ) (?P<space> \s++ )
        (?= [\"'«“‘„(\[{—–_*¿¡]{0,3} [^\S\n]? [^\W_a-zß-öø-ÿ] )  # closed, and something that is not lower-case begins
    )
    """,
    re.VERBOSE,
)
_NEXT_WORD = re.compile(r"[^\w]{0,4}(\w+)")
_LONGEST_WORD = 24


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Half-open spans in order, without surrounding space, that together hold every character that is not space.

    An empty line ends a sentence and a single line break does not (texts come with hard-wrapped lines). An unknown
    language is cut by punctuation alone. Linear in the length of the text.
    """
    spans: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for found in _BREAK.finditer(text):
        if found.start() < start:
            continue
        if found["space"]:
            if not _closes(text, start, found, language):
                continue
            end = found.start("space")
        else:
            end = found.start()
            while end > start and text[end - 1].isspace():
                end -= 1
        if end > start:
            spans.append((start, end))
        start = found.end()
    end = len(text.rstrip())
    if end > start:
        spans.append((start, end))
    return spans


def _closes(text: str, start: int, found: re.Match[str], language: str) -> bool:
    """Whether the full stop ends the sentence that began at `start`, rather than an abbreviation or a number."""
    dot = found.start()
    if text[dot] != "." or found["more"] or found["closing"] or found["space"].count("\n") > 1:
        return True
    word = _word_before(text, start, dot)
    if not word:
        return True
    if word.isdigit():
        at_the_start = dot - start <= len(word) + 1  # "3. Il vettore": the number of a paragraph
        return not at_the_start and language != "de"  # "am 3. Oktober"
    folded = word.lower()
    following = text[found.end() : found.end() + 40]
    if folded in _MAY_END.get(language, ()):
        return not following[:1].isdigit()
    if folded in _NEVER_END.get(language, ()):
        return False
    if (len(word) == 1 and word.isupper()) or _is_dotted(word):
        begins = _NEXT_WORD.match(following)
        return begins is not None and begins[1].lower() in _BEGIN.get(language, ())
    return True


def _word_before(text: str, start: int, dot: int) -> str:
    """The word that the full stop follows, without opening marks and without an elided article (`L'art` -> `art`)."""
    begin = dot
    while begin > start and dot - begin < _LONGEST_WORD and not text[begin - 1].isspace():
        begin -= 1
    word = text[begin:dot].lstrip(_OPENING)
    return re.split(r"['’]", word)[-1]


def _is_dotted(word: str) -> bool:
    """Initials: `G.B`, `U.S.A`."""
    return "." in word and all(len(part) == 1 and part.isalpha() for part in word.split("."))
