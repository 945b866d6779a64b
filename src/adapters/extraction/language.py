"""Which language a text is in, by the share of its words that are the commonest of a language."""

from __future__ import annotations

import re
from collections import Counter

_COMMON = {
    "it": """
        il lo la i gli le un una uno di del della dei delle dello degli da dal dalla in nel nella con su sul sulla per
        tra fra e ed o ma che chi non si è sono era ha hanno come più anche questo questa quello quella ci se al alla
        ai alle dell nell all un' cui perché quando
    """,
    "en": """
        the of and to a in is it that was for on are as with his they at be this from have or by had not but what all
        were when we there can an your which their said if do will each about how up out them then she many some
    """,
    "fr": """
        le la les un une des de du et à en que qui dans pour pas sur ne se ce il elle est sont au aux avec par plus son
        sa ses mais nous vous ils ou où cette ces été leur si je comme d l qu n s c j on y
    """,
    "de": """
        der die das und in den von zu dem mit sich des auf für ist im nicht ein eine als auch es an werden aus er hat
        dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur
    """,
    "es": """
        el la los las un una de del y a en que se no es por con para su al lo como más pero sus le ya o este sí porque
        esta entre cuando muy sin sobre también me hasta hay donde han quien están desde fue son ha
    """,
    "pt": """
        o a os as um uma de do da dos das e em no na nos nas que não se por com para mais como mas ao à foi é são ele
        ela seu sua ou quando muito há já também só pelo pela até isso entre era depois sem mesmo aos ter
    """,
}
_PROFILES = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 8_000
_LEAST_WORDS = 5


def language_of(text: str, *, default: str, hint: str = "") -> str:
    """One of it, en, fr, de, es, pt; for a text too short or too strange to tell, the hint if it is one, else default.

    Looks at three samples, so that a foreign preface does not decide for a book.
    """
    if hint in _PROFILES:
        default = hint
    words: Counter[str] = Counter()
    for start in (0, max(0, len(text) // 2), max(0, len(text) - _SAMPLE)):
        words.update(word.lower() for word in _WORD.findall(text, start, start + _SAMPLE))
    total = words.total()
    if total < _LEAST_WORDS:
        return default
    shares = {
        language: sum(count for word, count in words.items() if word in profile) / total
        for language, profile in _PROFILES.items()
    }
    best = max(shares, key=lambda language: (shares[language], language == default))
    return best if shares[best] >= 0.15 else default
