"""Words that carry meaning, by their stems, and which language a short text is in. Rough, and the same for ever."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from domain.practice.exercise import folded
from domain.practice.wordlists import words

_STEM_LENGTH = 7
_FUNCTION_WORDS = {
    "it": frozenset(
        words(
            "il lo la gli le l un una uno di del dello della dei degli delle dell che e ed è non per con nel nello "
            "nella nei negli nelle nell sul sulla sui sulle dal dallo dalla dai dalle dall al allo alla ai agli alle "
            "all si sono era erano come più anche questo questa quale quali qual chi dove quando perché fu furono "
            "cosa cos ha hanno quanti quante secondo"
        )
    ),
    "en": frozenset(
        words(
            "the of and to is was were are that for with on by from at this which what who whom where when how why "
            "did does do his her its it as be been has have had not an into there their"
        )
    ),
    "fr": frozenset(
        words(
            "le la les des du un une et est dans que qui pour par sur avec au aux ne pas il elle sont était où quand "
            "quel quelle ce cette ces dans leur été son ses d l qu"
        )
    ),
    "es": frozenset(
        words(
            "el la los las del un una y es en que por con para se al lo como más qué quién dónde cuándo cuál cómo fue "
            "era su sus este esta son está muy"
        )
    ),
    "de": frozenset(
        words(
            "der die das und ist zu den dem des ein eine einen einem einer nicht mit von war wurde für auf wer wo wann "
            "was wie welche welcher welches im am auch sich aus bei nach"
        )
    ),
    "pt": frozenset(
        words(
            "o os as do da dos das um uma e é em que por com para não no na nos nas foi quem onde quando qual como "
            "mais seu sua são ao"
        )
    ),
}
_EMPTY = frozenset(folded(word) for listed in _FUNCTION_WORDS.values() for word in listed) | frozenset(
    words(
        "a i o s t d in su da tra fra ne se ma ho hai abbiamo avete sei siamo siete stato stata stati state essere "
        "avere ad ci vi mi ti li io tu noi voi lui lei loro suo sua suoi sue mio tuo nostro vostro che cui chi quanto "
        "quanta ogni tutto tutta tutti tutte molto molta molti molte poco altro altra altri altre ancora gia poi pero "
        "quindi infatti inoltre mentre dopo prima durante verso senza sotto sopra contro cosi solo oggi qui li la no "
        "completa completare scegli scegliere inserisci giusto giusta corretto corretta parola testo brano passaggio "
        "fonte frase mancante manca adatta adatto risposta domanda comincia inizia lettera lettere iniziale "
        "complete choose right correct word text passage sentence missing answer according starts letter"
    )
)
"""They say nothing of what a text is about: function words, and what every exercise says."""

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "HANGUL", "THAI")
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA")


def stems(text: str) -> tuple[str, ...]:
    """The words of meaning in order, without accents and endings: `le antiche città` -> `antic`, `citt`."""
    return tuple(
        _stem(word) for word in folded(text).split() if word not in _EMPTY and (len(word) > 1 or word.isdigit())
    )


def _stem(word: str) -> str:
    if word.isdigit():
        return word
    short = word.rstrip("aeiou").removesuffix("h")
    return short[:_STEM_LENGTH] if len(short) > 1 else word


def language_clash(text: str, language: str, *, least: int = 2) -> str | None:
    """The language that the text is in when it is plainly another than this one (`it`); None where one can't tell.

    By function words, at least so many, twice as many as of its own; between languages that are listed only.
    """
    if language not in _FUNCTION_WORDS:
        return None
    found = Counter(re.findall(r"[^\W\d_]{2,}|(?<!\S)[^\W\d_](?!\S)", text.casefold()))
    hits = {one: sum(found[word] for word in listed) for one, listed in _FUNCTION_WORDS.items()}
    best = max(hits, key=lambda one: hits[one])
    own = hits[language]
    return best if hits[best] >= least and hits[best] > 2 * own else None


def script_of(text: str) -> str | None:
    """In which letters most of the text is written; None without letters that we tell apart."""
    found: Counter[str] = Counter()
    for character in text:
        if character.isalpha():
            name = unicodedata.name(character, "")
            if name.startswith(_EAST_ASIAN):
                found["CJK"] += 1
            else:
                found.update(script for script in _SCRIPTS if name.startswith(script))
    return found.most_common(1)[0][0] if found else None
